package muc

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/secure/precis"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// join is a presence with <x xmlns='http://jabber.org/protocol/muc'/>: somebody enters the room, or has lost track of it
// and wants to be told everything again (XEP-0045#enter-muc).
type join struct {
	stanza
	nick     string
	renamed  bool // preparation has changed the nickname
	password string
	history  wanted
}

// newJoin reads <x/>.
func newJoin(s stanza, x xmlstream.Element) (event, error) {
	nick := s.To.Resource()
	if nick == "" || invisible(nick) {
		return nil, xmppd.Errorf("jid-malformed", "a nickname is needed") // XEP-0045#bizrules-jids
	}
	if s.Packet.Size() > maxPresence {
		return nil, errPresenceSize
	}
	j := join{stanza: s, nick: strings.Clone(nick), password: text(x, NS, "password")}
	if _, sent, ok := strings.Cut(s.Packet.To(), "/"); ok && sent != nick {
		j.renamed = true
	}
	var err error
	if h, ok := x.Child(NS, "history"); ok {
		j.history, err = parseWanted(h)
	}
	return j, err
}

// maxPresence is the size of the largest presence, in bytes: it is sent to everybody, and kept for those who enter.
const maxPresence = 32 << 10

var errPresenceSize = xmppd.Errorf("policy-violation", "a presence in a room is not larger than %d bytes", maxPresence)

// invisible reports whether nobody would see anything of a nickname.
func invisible(nick string) bool {
	for _, c := range nick {
		if unicode.IsGraphic(c) && !unicode.IsSpace(c) {
			return false
		}
	}
	return true
}

func (j join) apply(r *Room) {
	if s := r.sessions[j.From]; s != nil {
		j.again(r, s)
		return
	}
	if r.state == absent {
		j.create(r)
		return
	}
	if err := j.admit(r); err != nil {
		r.svc.refuse(j.Stanza, err)
		return
	}
	j.enter(r)
}

// again sends everything to somebody who is in the room already, under a new nickname if he asks for one.
func (j join) again(r *Room, s *session) {
	o, before := s.occupant, s.base
	if err := r.throttle(o); err != nil {
		r.svc.refuse(j.Stanza, err)
		return
	}
	renamed := o.nick != j.nick
	if renamed {
		if err := r.mayBeCalled(j.From, j.nick); err != nil {
			r.svc.refuse(j.Stanza, err)
			return
		}
	}
	r.svc.srv.Resolve(s.to) // it may be another session with the same resource, whose predecessor has not left
	s.show(r.clean(j.Packet, o, j.From))
	o.latest(s)
	if renamed {
		r.rename(o, j.nick, s)
	}
	r.introduce(s)
	if renamed || !samePresence(before, s.base) {
		r.publish(s, item{}, j.codes(r)...)
	} else {
		n := r.noticeOf(s)
		r.tellSelf(&n, []*xmppd.Recipient{s.to}, j.codes(r)...)
	}
	r.replay(s, j.history)
}

// noticeOf is the session's presence as it is.
func (r *Room) noticeOf(s *session) notice {
	o := s.occupant
	return notice{base: s.base, from: o.addr, id: o.mark, jid: s.jid, item: item{affiliation: o.affiliation, role: o.role}}
}

// samePresence compares all but the ids.
func samePresence(a, b *xmlstream.Packet) bool {
	return slices.EqualFunc(childrenOf(a), childrenOf(b), func(x, y string) bool { return x == y })
}

func childrenOf(p *xmlstream.Packet) (out []string) {
	for e := range p.Children() {
		out = append(out, string(e.Standalone()))
	}
	return out
}

var errNoGuests = xmppd.Errorf("forbidden", "this room is not open for guests")

// admit says why somebody may not enter an existing room (XEP-0045#enter-errorcodes).
func (j join) admit(r *Room) error {
	bare := j.From.Bare()
	if r.state == locked && r.affiliation(bare) != Owner {
		return xmppd.Errorf("item-not-found", "the room is not configured yet")
	}
	a := r.affiliation(bare)
	switch {
	case a == Outcast:
		return xmppd.Errorf("forbidden", "you are banned from this room")
	case r.svc.isGuest(bare):
		if err := r.admitGuest(bare, r.otherGuests(bare)); err != nil {
			return err
		}
	case r.cfg.MembersOnly && a == None:
		return xmppd.Errorf("registration-required", "this room is for members only")
	case r.cfg.Password != "" && !sameSecret(j.password, r.cfg.Password):
		return xmppd.Errorf("not-authorized", "a password is needed")
	}
	if err := r.mayBeCalled(j.From, j.nick); err != nil {
		return err
	}
	if r.occupants[j.nick] == nil && r.full(a) {
		return &xmppd.StanzaError{Type: "wait", Condition: "service-unavailable", Text: "the room is full"}
	}
	return nil
}

// reservedPlaces is how many admins and owners may enter a room that is full (XEP-0045#enter-maxusers).
const reservedPlaces = 20

func (r *Room) full(a Affiliation) bool {
	limit := r.svc.cfg.MaxOccupants
	if r.cfg.MaxUsers > 0 {
		limit = min(limit, r.cfg.MaxUsers)
	}
	if a >= Admin {
		limit += reservedPlaces
	}
	return len(r.occupants) >= limit
}

// mayBeCalled says why a user must not have a nickname: it is in use, or reserved (XEP-0045#enter-conflict).
func (r *Room) mayBeCalled(who jid.JID, nick string) error {
	bare := who.Bare()
	if len(nick) > r.svc.cfg.NickBytes {
		return xmppd.Errorf("policy-violation", "the nickname is longer than %d bytes", r.svc.cfg.NickBytes)
	}
	if o := r.occupants[nick]; o != nil && o.bare != bare {
		return xmppd.Errorf("conflict", "the nickname is in use")
	}
	if r.svc.isGuest(bare) && r.belongsToColleague(nick) {
		return &xmppd.StanzaError{Type: "cancel", Condition: "conflict", Text: "this name belongs to somebody in this group", App: nameTaken}
	}
	if owner, ok := r.nicks[nick]; ok && owner != bare || r.resemblesResident(nick) {
		return xmppd.Errorf("conflict", "the nickname is reserved")
	}
	if r.svc.isGuest(bare) && r.resembles(bare, nick) {
		return xmppd.Errorf("conflict", "the nickname looks like somebody else's")
	}
	return nil
}

// resembles reports whether a nickname differs from another one in case, width and spaces alone, so that a guest may be taken
// for somebody he is not (RFC 8266 §4).
func (r *Room) resembles(bare jid.JID, nick string) bool {
	key, err := precis.Nickname.CompareKey(nick)
	if err != nil {
		return true
	}
	same := func(other string, owner jid.JID) bool {
		k, err := precis.Nickname.CompareKey(other)
		return owner != bare && err == nil && k == key
	}
	for other, o := range r.occupants {
		if same(other, o.bare) {
			return true
		}
	}
	for other, owner := range r.nicks {
		if same(other, owner) {
			return true
		}
	}
	return false
}

// nameTaken tells a guest's client that no number behind the name would help.
var nameTaken = []byte("<taken xmlns='urn:plenum:group:0'/>")

// belongsToColleague reports whether a nickname is, but for case, width and spaces (RFC 8266 §4), reserved by a member of the room, or
// the name of one.
func (r *Room) belongsToColleague(nick string) bool {
	key, err := precis.Nickname.CompareKey(nick)
	if err != nil {
		return false // resembles refuses it
	}
	for other := range r.nicks {
		if k, err := precis.Nickname.CompareKey(other); err == nil && k == key {
			return true
		}
	}
	return r.svc.doors.NameTaken != nil && r.svc.doors.NameTaken(nick, r.colleagues())
}

// enter lets somebody in, in the order of XEP-0045#order.
func (j join) enter(r *Room, codes ...int) {
	bare := j.From.Bare().Clone()
	o := r.occupants[j.nick]
	if o == nil {
		o = r.newOccupant(j.nick, bare)
		r.occupants[o.nick] = o
	}
	full := j.From.Clone()
	s := &session{occupant: o, jid: full, to: r.svc.srv.NewRecipient(full), base: clean(j.Packet, o.guest)}
	o.sessions = append(o.sessions, s)
	r.add(s)
	r.introduce(s)
	r.publish(s, item{}, append(j.codes(r), codes...)...)
	r.replay(s, j.history)
}

// newOccupant is somebody who enters, without sessions.
func (r *Room) newOccupant(nick string, bare jid.JID) *occupant {
	a, id := r.affiliation(bare), r.occupantID(bare)
	o := &occupant{nick: nick, addr: r.nickAddr(nick), bare: bare, id: id, idXML: occupantIDXML(id), affiliation: a, role: r.role(bare, a), guest: r.svc.isGuest(bare)}
	o.mark = o.idXML
	if o.guest {
		o.role = Participant
		o.mark = append(slices.Clip(o.idXML), guestHat...)
	}
	return o
}

// codes are what the self-presence says besides 110.
func (j join) codes(r *Room) (codes []int) {
	if r.cfg.NonAnonymous {
		codes = append(codes, codeNonAnonymousRoom)
	}
	if r.cfg.Archive {
		codes = append(codes, codeLogging)
	}
	if j.renamed {
		codes = append(codes, codeNickChanged)
	}
	return codes
}

// create makes the room, locked until it is configured (XEP-0045#createroom-general).
func (j join) create(r *Room) {
	owner := j.From.Bare().Clone()
	if err := r.svc.mayCreate(owner, r.jid); err != nil {
		r.svc.refuse(j.Stanza, err)
		return
	}
	if len(j.nick) > r.svc.cfg.NickBytes {
		r.svc.refuse(j.Stanza, r.mayBeCalled(j.From, j.nick))
		return
	}
	r.make(locked, r.svc.cfg.newRoom(), owner, r.svc.cfg.RoomsPerUser, func(err error) {
		if err != nil {
			if fault.KindOf(err) != fault.Limit {
				err = xmppd.Errorf("resource-constraint", "the room could not be stored")
			}
			r.svc.refuse(j.Stanza, err)
			return
		}
		j.enter(r, codeCreated)
	})
}

// mayCreate says why a user must not create a room.
func (m *Service) mayCreate(user, room jid.JID) error {
	if m.doors.MayCreate != nil {
		return m.doors.MayCreate(user, room)
	}
	if !m.srv.IsHost(user.Domain()) || m.isGuest(user) {
		return xmppd.Errorf("not-allowed", "only users of this server create rooms")
	}
	return nil
}

func (m *Service) isGuest(bare jid.JID) bool { return m.srv.IsGuest(bare) }

// latest notes that the presence of s changed last.
func (o *occupant) latest(s *session) {
	i := slices.Index(o.sessions, s)
	o.sessions = append(slices.Delete(o.sessions, i, i+1), s)
}
