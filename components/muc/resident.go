package muc

import (
	"bytes"

	"golang.org/x/text/secure/precis"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Resident is an occupant that the server itself has in rooms: a room's conference. It counts as nobody, takes no place, and no user may
// have its nickname. The functions are called by the goroutines of rooms, answer from memory and must not block.
type Resident struct {
	Nick string
	// Presence is what the resident of a room shows, nil while it is not there. When that changes, ResidentChanged has to be called.
	Presence func(room jid.JID) *Showing
	// About is what disco#info of a room says besides, because of its resident.
	About func(room jid.JID) disco.Info
	// Deliver takes what an occupant has sent to the resident: requests and the answers to its own, messages, and messages of type
	// chat about calls (XEP-0353) which were sent to the room. An error goes back to the sender.
	Deliver func(room jid.JID, in *xmppd.Stanza, from *OccupantInfo) error
	// Seen learns what happens to the sessions of occupants.
	Seen func(room jid.JID, o *Occupancy)
	// Gone learns that a room leaves this node, or was destroyed: before Seen learns that those who were in it have left.
	Gone func(room jid.JID)
	// Silenced tells which guests, by their full JID, neither chat nor get what others say; nil when there is none.
	Silenced func(room jid.JID) func(guest jid.JID) bool
}

// Showing is what a resident shows: the children of its presence.
type Showing struct {
	Lang     string // the language of what has no other
	ToAll    []byte
	ToGuests []byte // in place of it
}

// Occupancy is the news about one session of an occupant: it has entered, his nickname, role or affiliation is another, or it has left.
type Occupancy struct {
	Session  jid.JID
	Occupant OccupantInfo // without Sessions
	Left     bool
}

// ResidentChanged makes a room on this node ask for the presence of its resident again.
func (m *Service) ResidentChanged(room jid.JID) {
	m.mu.RLock()
	r := m.rooms[room]
	m.mu.RUnlock()
	if r != nil {
		r.report(func(r *Room) { r.askResident(); r.sweep() })
	}
}

// TellMembers sends a message of the resident to everybody in a room on this node who is no guest. It is not archived.
func (m *Service) TellMembers(room jid.JID, content []byte) {
	m.mu.RLock()
	r := m.rooms[room]
	m.mu.RUnlock()
	if r != nil {
		r.report(func(r *Room) { r.tellMembers(content); r.sweep() })
	}
}

func (r *Room) tellMembers(content []byte) {
	if r.state == absent || r.svc.doors.Resident == nil {
		return
	}
	var to []*xmppd.Recipient
	for i, s := range r.all {
		if !s.occupant.guest {
			to = append(to, r.recipients[i])
		}
	}
	b := xmlstream.NewBuilder().Start("message", "", "type", "groupchat", "id", newStanzaID()).Raw(content).Raw(r.residentID())
	r.send(b.Packet(), r.residentAddr(), nil, to)
}

// resident is the resident's nickname, "" when there is none.
func (m *Service) resident() string {
	if m.doors.Resident == nil {
		return ""
	}
	return m.doors.Resident.Nick
}

func (r *Room) residentAddr() string { return r.nickAddr(r.svc.resident()) }

// residentID marks what the resident says (XEP-0421). It is called as if it were the room.
func (r *Room) residentID() []byte { return occupantIDXML(r.occupantID(r.jid)) }

// isResident reports whether a stanza is for the resident.
func (r *Room) isResident(to jid.JID) bool {
	return r.svc.doors.Resident != nil && to.Resource() == r.svc.doors.Resident.Nick
}

// resemblesResident reports whether a nickname is the resident's but for case, width and spaces (RFC 8266 §4).
func (r *Room) resemblesResident(nick string) bool {
	is := r.svc.resident()
	if is == "" || nick == is {
		return nick == is && is != ""
	}
	a, err := precis.Nickname.CompareKey(is)
	b, err2 := precis.Nickname.CompareKey(nick)
	return err == nil && err2 == nil && a == b
}

// askResident learns what the resident shows now, and tells the room what has changed.
func (r *Room) askResident() {
	d := r.svc.doors.Resident
	if d == nil || r.state == absent {
		return
	}
	was := r.showing
	r.showing = d.Presence(r.jid)
	switch {
	case r.showing == nil && was == nil:
	case r.showing == nil:
		r.send(goneBase, r.residentAddr(), appendUser(r.residentID(), &item{}, nil), r.recipients)
	default:
		r.showResident(r.all, was)
	}
}

// residentMoved tells those who were in the room on another node what the resident shows here.
func (r *Room) residentMoved() {
	switch {
	case r.svc.doors.Resident == nil:
	case r.showing != nil:
		r.showResident(r.all, nil)
	default: // what it has shown there is over
		r.send(goneBase, r.residentAddr(), appendUser(r.residentID(), &item{}, nil), r.recipients)
	}
}

// showResident sends the resident's presence to those for whom it is another than it was; was is nil when there was none.
func (r *Room) showResident(sessions []*session, was *Showing) {
	if r.showing == nil {
		return
	}
	if was == nil {
		was = &Showing{}
	}
	var guests, others []*xmppd.Recipient
	for _, s := range sessions {
		if s.occupant.guest {
			guests = append(guests, s.to)
		} else {
			others = append(others, s.to)
		}
	}
	extra := appendUser(r.residentID(), &item{role: Participant}, nil)
	for _, part := range []struct {
		before, content []byte
		to              []*xmppd.Recipient
	}{{was.ToAll, r.showing.ToAll, others}, {was.ToGuests, r.showing.ToGuests, guests}} {
		if len(part.to) > 0 && !bytes.Equal(part.before, part.content) {
			r.send(xmlstream.NewBuilder().Start("presence", "", "xml:lang", r.showing.Lang).Raw(part.content).Packet(), r.residentAddr(), extra, part.to)
		}
	}
}

// toResident is a message about a call that was sent to the room.
type toResident struct{ stanza }

func (x toResident) apply(r *Room) {
	if r.svc.doors.Resident == nil {
		r.svc.refuse(x.Stanza, xmppd.Errorf("bad-request", "a message to a room is of type groupchat"))
		return
	}
	x.handOver(r)
}

// residentPerSecond is how much an occupant may send to the resident for long; ten seconds' worth may come at once: each call
// begins with the candidates of its transports.
const residentPerSecond = 20

// handOver gives a stanza to the resident.
func (s stanza) handOver(r *Room) {
	o := r.occupantOf(s.From)
	request := s.Packet.Type() != "result" && s.Packet.Type() != "error"
	switch {
	case r.state == absent || o == nil:
		if request {
			r.svc.refuse(s.Stanza, xmppd.Errorf("not-acceptable", "you are not in the room"))
		}
		return
	case request && !o.calls.take(residentPerSecond):
		r.svc.refuse(s.Stanza, errThrottled)
		return
	}
	info := r.occupantInfo(o)
	if err := r.svc.doors.Resident.Deliver(r.jid, s.Stanza, &info); err != nil && request {
		r.svc.refuse(s.Stanza, err)
	}
}

// occupantInfo tells about an occupant, his sessions apart.
func (r *Room) occupantInfo(o *occupant) OccupantInfo {
	return OccupantInfo{Nick: o.nick, ID: o.id, User: o.bare, Affiliation: o.affiliation, Role: o.role, Guest: o.guest}
}

// seen tells the resident about sessions of an occupant.
func (r *Room) seen(o *occupant, left bool, sessions ...*session) {
	d := r.svc.doors.Resident
	if d == nil {
		return
	}
	for _, s := range sessions {
		d.Seen(r.jid, &Occupancy{Session: s.jid, Occupant: r.occupantInfo(o), Left: left})
	}
}

// residentGone tells the resident that the room is over, here at least.
func (r *Room) residentGone() {
	r.showing = nil
	if d := r.svc.doors.Resident; d != nil {
		d.Gone(r.jid)
	}
}

// silenced tells which guests are kept out of the conversation, by their full JID; nil when there is none.
func (r *Room) silenced() func(jid.JID) bool {
	if d := r.svc.doors.Resident; d != nil && r.guests > 0 {
		return d.Silenced(r.jid)
	}
	return nil
}

// mute says why a session must not speak or be spoken to.
func (r *Room) mute(o *occupant, full jid.JID) error {
	if !o.guest {
		return nil
	}
	if silent := r.silenced(); silent != nil && silent(full) {
		return xmppd.Errorf("forbidden", "guests do not chat while they wait for the conference")
	}
	return nil
}
