package conference

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Somebody at a telephone takes part in a conference without being in its room. He has dialled in by the number of all groups and the PIN
// of this one, or is a member who has called from his own telephone. Who he is says PhoneCaller; to the others he is a participant like
// any other, but he hears what happens to him instead of seeing it.

// PhoneCaller is somebody at a telephone.
type PhoneCaller struct {
	Number   string  // with "+" when he comes from outside; "" when it is withheld
	Name     string  // of a user, where the directory has none
	User     jid.JID // whose telephone it is; zero for strangers
	Language string  // that he is spoken to in
	Code     string  // of the guest whose page has no sound of its own, and whose place this call shares; "" for none
}

// An Announcement is something that a caller is told.
type Announcement string

// What callers are told.
const (
	SayWait    Announcement = "conference-wait"
	SayJoined  Announcement = "conference-joined"
	SayMuted   Announcement = "conference-muted"
	SayUnmuted Announcement = "conference-unmuted"
	SayMutedBy Announcement = "conference-muted-by-moderator"
	SayHandUp  Announcement = "conference-hand-raised"
	SayHandOff Announcement = "conference-hand-lowered"
	SayClosed  Announcement = "conference-closed"
	SayEnded   Announcement = "conference-ended"
	SayExpired Announcement = "conference-expired"
	SayRemoved Announcement = "conference-removed"
	SayRefused Announcement = "conference-rejected"
	SayFull    Announcement = "conference-full"
)

// farewells are what callers hear before the conference hangs up.
var farewells = map[call.Reason]Announcement{
	call.Forbidden: SayClosed, call.Finished: SayEnded, call.Expired: SayExpired, call.Removed: SayRemoved, call.Declined: SayRefused, call.Congestion: SayFull,
}

// ErrKeptOut says that a moderator has removed a caller a while ago.
var ErrKeptOut = fault.New(fault.Forbidden, "a moderator has removed this caller")

// Other errors of IncomingPhone.
var (
	errNoGuests = fault.New(fault.Forbidden, "guests are not admitted to this group")
	errNoPlace  = fault.New(fault.Limit, "all places of the conference are taken")
)

// IncomingPhone takes the call of somebody at a telephone to the conference of a group. Who is no member of it is a guest. It waits for the
// room, and must not be called by the owner of anything. The errors are of kind Forbidden, Limit, Busy, NotFound, and Unavailable when
// another server of the cluster has the room: sound does not go from one to the other.
func (c *Service) IncomingPhone(ctx context.Context, room jid.JID, who PhoneCaller, leg call.Leg, o call.Offer) (call.Sink, error) {
	attendance, err := c.Rooms.Attend(ctx, room, who.User)
	if err != nil {
		return nil, err
	}
	p, err := c.newPhone(room, &who, attendance)
	if err != nil {
		attendance.Release()
		return nil, err
	}
	p.leg = leg
	if !c.postTo(room, func(m *meeting) event {
		p.sink = &sink{m: m, p: p}
		return dialsIn{p}
	}) {
		p.release()
		return nil, fault.New(fault.Busy, errBusy.Text)
	}
	return p.sink, nil
}

// newPhone is a caller as a participant, if he may be one.
func (c *Service) newPhone(room jid.JID, who *PhoneCaller, attendance muc.Attendance) (*participant, error) {
	info := muc.OccupantInfo{ID: "phone-" + rand.Text(), User: who.User.Bare(), Affiliation: attendance.Affiliation, Role: muc.Participant}
	info.Guest = attendance.Affiliation < muc.Member || !c.isAccount(info.User)
	info.Nick = c.callerName(who)
	p := &participant{told: noSlots, statuses: newBucket(statusesPerMinute), phone: true, caller: who, l: &listener{who: info}, id: info.ID}
	release := attendance.Release
	if info.Guest {
		a, err := c.Access.Get(room)
		switch {
		case err != nil:
			return nil, errNoGuests
		case attendance.Affiliation == muc.Outcast, c.removals.left(phoneKey(room, who), time.Now()) > 0:
			return nil, ErrKeptOut
		}
		p.l.who.Affiliation, p.token = muc.None, a.Token
		if who.Code == "" {
			if err := c.here.admitPhone(p.id, &a, c.places(&a), c.cfg.Total); err != nil {
				return nil, err
			}
		}
		release = func() { attendance.Release(); c.here.dropPhone(p.id) }
	}
	p.release = release
	if m := c.meeting(room); m != nil {
		if f := m.figures.Load(); f.people+f.waiting >= c.placesFor(room, &p.l.who) {
			release()
			return nil, errNoPlace
		}
	}
	return p, nil
}

// anonymous is what a caller is called of whom nothing is known.
const anonymous = "Phone"

// callerName is what the others see.
func (c *Service) callerName(who *PhoneCaller) string {
	if who.User.IsZero() { // what a stranger says of himself may be anybody's name
		return hidden(who.Number)
	}
	if c.Names != nil {
		if name := c.Names(who.User.Bare()); name != "" {
			return name
		}
	}
	return cmp.Or(strings.TrimSpace(who.Name), hidden(who.Number))
}

const (
	hiddenDigits = 3 // of a stranger's number
	shownDigits  = 4 // at least, or none
)

// hidden is a number of which the others do not see the end.
func hidden(number string) string {
	digits := 0
	for _, r := range number {
		if r != '+' && !unicode.IsDigit(r) && r != ' ' {
			return anonymous // an address
		}
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if digits < hiddenDigits+shownDigits {
		return anonymous
	}
	left := hiddenDigits
	out := []rune(number)
	for i := len(out) - 1; left > 0; i-- {
		if unicode.IsDigit(out[i]) {
			out[i], left = '•', left-1
		}
	}
	return string(out)
}

// phoneKey is what a caller is known by after a moderator has removed him. Who withholds his number is taken for all who do.
func phoneKey(room jid.JID, who *PhoneCaller) removalKey {
	return removalKey{room.Clone(), netip.Addr{}, "tel:" + who.Number}
}

// dialsIn is a caller who has come in.
type dialsIn struct{ p *participant }

func (d dialsIn) apply(m *meeting) {
	p := d.p
	if len(m.people) >= m.svc.placesFor(m.room, &p.l.who) {
		m.farewell(p, call.Congestion)
		p.release()
		return
	}
	p.setRole(m)
	m.last++
	p.n = m.last
	if twin := m.byCode(p.caller.Code); twin != nil {
		p.twin, twin.twin = twin, p
		if twin.hand.IsZero() {
			twin.hand = p.hand // raised while he waited
		}
		twin.guard(m)
	} else if a, err := m.svc.Access.Get(m.room); err == nil && p.caller.Code != "" && p.l.who.Guest {
		m.svc.here.keepPhone(p.id, &a) // the page has gone meanwhile
	}
	p.l.who.Nick = m.free(p.l.who.Nick, p)
	m.people = append(m.people, p)
	p.leg.Send(call.Answer{})
	m.look.Reset(lookEach)
	m.touched()
}

// setRole gives a caller the role that he would have in the room.
func (p *participant) setRole(m *meeting) {
	p.l.who.Role = muc.Participant
	if !p.l.who.Guest && (p.l.who.Affiliation >= muc.Admin || m.svc.public(m.room)) {
		p.l.who.Role = muc.Moderator
	}
}

// free is a name that nobody else in the conference has.
func (m *meeting) free(name string, p *participant) string {
	taken := func(name string) bool {
		for _, other := range m.people {
			if other != p && other != p.twin && other.nick() == name {
				return true
			}
		}
		for _, l := range m.listeners {
			if l.who.Nick == name {
				return true
			}
		}
		return name == Nick
	}
	free := name
	for i := 2; taken(free); i++ {
		free = name + " " + strconv.Itoa(i)
	}
	return free
}

// yieldNames gives callers another name who have that of somebody who has come by himself.
func (m *meeting) yieldNames(nick string) {
	for _, p := range m.people {
		if p.caller != nil && p.l.who.Nick == nick {
			p.l.who.Nick = m.free(nick, p)
		}
	}
}

// callersChanged looks at who may still be here, after guests were admitted or no longer, or by another PIN.
func (m *meeting) callersChanged() {
	access, err := m.svc.Access.Get(m.room)
	for _, p := range slices.Clone(m.people) {
		switch {
		case p.caller == nil:
		case p.l.who.Guest && (err != nil || access.Token != p.token):
			m.dismissCaller(p, call.Forbidden)
		default:
			p.setRole(m)
		}
	}
}

func (m *meeting) dismissCaller(p *participant, why call.Reason) {
	m.part(p, why)
	m.step(departs{id: p.id})
}

// memberLeft puts a user's telephones out who is no member any more.
func (m *meeting) memberLeft(user jid.JID) {
	for _, p := range slices.Clone(m.people) {
		if p.caller != nil && !p.l.who.Guest && p.l.who.User == user {
			m.dismissCaller(p, call.Removed)
		}
	}
}

// announce tells a caller something; others see it.
func (m *meeting) announce(p *participant, what Announcement) {
	if p.caller == nil || m.svc.Say == nil || p.endpoint == nil || !p.takesMix() {
		return
	}
	player := play.NewPlayer(false, m.svc.Say(p.caller.Language, what))
	if p.hush != nil {
		p.hush()
	}
	ctx, stop := context.WithCancel(m.svc.ctx)
	p.says, p.hush = player, stop
	m.stale = true
	m.work.Go(func() {
		defer stop()
		_ = player.Run(ctx) // it ends with its clip, or with the call
		m.inbox.Post(do(func(m *meeting) {
			if p.says == player {
				p.says, p.hush, m.stale = nil, nil, true
			}
		}))
	})
}

// farewell tells a caller why, and hangs up.
func (m *meeting) farewell(p *participant, why call.Reason) {
	endpoint, slot := p.leg.Media(), -1
	if endpoint != nil {
		slot = slices.IndexFunc(endpoint.Slots(), func(s media.Slot) bool { return s.Kind.Sound() })
	}
	what, ok := farewells[why]
	if !ok || p.caller == nil || m.svc.Say == nil || slot < 0 {
		p.leg.Send(call.Hangup{Reason: why})
		return
	}
	p.sink.leaving.Store(true)
	m.empty(p) // what he has heard so far
	player := play.NewPlayer(false, m.svc.Say(p.caller.Language, what))
	told := m.svc.aside(func() {
		if err := endpoint.Bind(slot, player); err == nil {
			_ = player.Run(m.svc.ctx)
			_ = endpoint.Bind(slot, nil) // it took the player
		}
		p.leg.Send(call.Hangup{Reason: why})
	})
	if !told {
		p.leg.Send(call.Hangup{Reason: why})
	}
}

// A guest's browser and his telephone: the page shows a code, which he types after the PIN. They are one participant to all others.

const codeDigits = 4

var errNoCodes = errors.New("no code is free")

// code makes the number that joins a telephone to a guest's page, unless it has one.
func (m *meeting) code(p *participant) (string, error) {
	if p.code != "" {
		return p.code, nil
	}
	for range 100 {
		n, _ := rand.Int(rand.Reader, big.NewInt(9000)) // fails as little as rand.Read
		code := strconv.FormatInt(n.Int64()+1000, 10)
		if m.byCode(code) == nil {
			p.code = code
			return code, nil
		}
	}
	return "", errNoCodes
}

// byCode finds the guest whose page shows a code, and who has no telephone yet.
func (m *meeting) byCode(code string) *participant {
	for _, p := range m.people {
		if code != "" && p.code == code && p.twin == nil {
			return p
		}
	}
	return nil
}

// phoneRequest asks how to take part by telephone.
type phoneRequest struct{}

// tellPhone answers it: number, PIN and a code.
func (m *meeting) tellPhone(p *participant) ([]byte, error) {
	number := m.svc.number()
	a, err := m.svc.Access.Get(m.room)
	if number == "" || err != nil || !p.l.who.Guest {
		return nil, xmppd.Errorf("item-not-found", "there is no telephone number for this group")
	}
	code, err := m.code(p)
	if err != nil {
		return nil, xmppd.Errorf("resource-constraint", "%s", err)
	}
	m.touched()
	return closed(element(nil, "phone", "number", number, "pin", a.PIN, "code", code)), nil
}

// ExpectsCode reports whether somebody's page in the conference of a room shows a code to be typed at a telephone.
func (c *Service) ExpectsCode(room jid.JID) bool {
	m := c.meeting(room)
	return m != nil && m.figures.Load().codes > 0
}

// IsCode reports whether a page shows this code now.
func (c *Service) IsCode(ctx context.Context, room jid.JID, code string) (bool, error) {
	if !c.ExpectsCode(room) {
		return false, nil
	}
	is := false
	err := c.await(ctx, room, func(m *meeting) error {
		is = len(code) == codeDigits && m.byCode(code) != nil
		return nil
	})
	return is, err
}

// untwin ends what binds two halves of a guest. A telephone that is left alone is a guest of its own.
func (m *meeting) untwin(p *participant) {
	other := p.twin
	if other == nil {
		return
	}
	p.twin, other.twin = nil, nil
	other.guard(m)
	if other.caller != nil && m.participant(other.id) == other {
		other.l.who.Nick, other.hand = m.free(m.svc.callerName(other.caller), other), p.hand
		if a, err := m.svc.Access.Get(m.room); err == nil {
			m.svc.here.keepPhone(other.id, &a)
		}
	}
}

// listed are those whom others know as participants: a telephone that belongs to a page is not.
func (m *meeting) listed() []*participant {
	list := make([]*participant, 0, len(m.people))
	for _, p := range m.people {
		if p.caller == nil || p.twin == nil {
			list = append(list, p)
		}
	}
	return list
}

// phonesLeave ends the calls of telephones whose users are members no longer, when b is committed.
func (c *Service) phonesLeave(b *store.Batch, room jid.JID, users []jid.JID) {
	b.OnCommit(func(err error) {
		if m := c.meeting(room); m != nil && err == nil {
			m.inbox.Post(do(func(m *meeting) {
				for _, user := range users {
					m.memberLeft(user)
				}
			}))
		}
	})
}
