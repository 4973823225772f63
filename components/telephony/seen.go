package telephony

import (
	"slices"
	"strings"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// A LiveCall is what can be seen of a call that goes on.
type LiveCall struct {
	ID              string // of the first of its records
	Node            string // that has it, when it is another one of the cluster
	Began, Answered time.Time
	Caller, Callee  RecordParty
	Dialled         string
	Parties         []LiveParty // who is in it, the caller first, and who is rung
}

// A LiveParty is one of them.
type LiveParty struct {
	Leg          call.LegID
	Callee       bool
	User         jid.JID // zero for who is no user, and for a service
	Device       string
	Number, Name string // as the other sees him
	Anonymous    bool   // he does not want to be seen
	Doing        PartyDoing
	Holds        bool // he has put the other on hold
}

// PartyDoing is what somebody in a call does.
type PartyDoing string

const (
	PartyCalls PartyDoing = "calling" // waits until somebody answers
	PartyRings PartyDoing = "ringing" // is rung
	PartyTalks PartyDoing = "talking"
)

// In reports whether a user is in the call, or is rung.
func (c *LiveCall) In(user jid.JID) bool {
	return slices.ContainsFunc(c.Parties, func(p LiveParty) bool { return p.User == user })
}

func (c *LiveCall) equal(other *LiveCall) bool {
	return c.ID == other.ID && c.Began.Equal(other.Began) && c.Answered.Equal(other.Answered) && c.Caller == other.Caller && c.Callee == other.Callee &&
		c.Dialled == other.Dialled && slices.Equal(c.Parties, other.Parties)
}

// show lets the call be seen as it is now, on its goroutine.
func (c *liveCall) show() {
	m := c.machine
	if m.Over() || m.row == nil && m.first == "" {
		return
	}
	seen := &LiveCall{ID: m.id, Began: c.began, Dialled: m.first, Callee: RecordParty{Number: m.first}, Parties: m.parties()}
	if m.row != nil {
		seen.Answered, seen.Caller, seen.Callee, seen.Dialled = m.row.Answered, m.row.Caller, m.row.Callee, m.row.Dialled
	} else {
		seen.Caller = m.recordParty(m.pair()[0])
	}
	if last := c.shown.Load(); last == nil || !last.equal(seen) {
		c.shown.Store(seen)
		c.svc.callMoved(m.id)
	}
}

// parties are those who are in a call. Services that say something and go are none.
func (m *machine) parties() (list []LiveParty) {
	pair := m.pair()
	for i, id := range m.Legs() {
		p := m.legs.get(id)
		if p == nil {
			continue
		}
		shown := m.Party(id)
		one := LiveParty{
			Leg: id, Callee: i > 0, User: p.owner(), Device: p.Device, Number: shown.Number, Name: shown.Name, Anonymous: p.Anonymous, Doing: PartyRings,
			Holds: pair[1] != "" && m.Held(m.Partner(id)),
		}
		if p.target.app != nil {
			one.User = jid.JID{}
		}
		switch {
		case pair[1] != "" && (id == pair[0] || id == pair[1]):
			one.Doing = PartyTalks
		case i == 0 && m.first == "":
			one.Doing = PartyCalls
		case i > 0 && (!m.rang[id] || p.target.app != nil):
			continue
		}
		list = append(list, one)
	}
	return list
}

// Calls are the calls that go on, the oldest first.
func (s *Service) Calls() []LiveCall {
	var list []LiveCall
	for _, c := range s.table.list() {
		if shown := c.shown.Load(); shown != nil {
			list = append(list, *shown)
		}
	}
	slices.SortFunc(list, func(a, b LiveCall) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Call is one of them; false when it is over.
func (s *Service) Call(id string) (LiveCall, bool) {
	if c := s.table.find(id); c != nil {
		if shown := c.shown.Load(); shown != nil {
			return *shown, true
		}
	}
	return LiveCall{}, false
}

// OnCall has fn told of each call that is another than before, or over. fn must not block. It is called before the server starts.
func (s *Service) OnCall(fn func(id string)) { s.callWatchers = append(s.callWatchers, fn) }

func (s *Service) callMoved(id string) {
	for _, fn := range s.callWatchers {
		fn(id)
	}
}

// OnTeams has fn told when what goes on in lines of teams may be another than before. fn must not block. It is called before the server starts.
func (s *Service) OnTeams(fn func()) { s.teamWatchers = append(s.teamWatchers, fn) }

func (s *Service) teamsMoved() {
	for _, fn := range s.teamWatchers {
		fn()
	}
}
