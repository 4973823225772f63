package telephony

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A town has a few people with telephones, a trunk and announcements, and the calls among them, whose machines are stepped as their runners would.
type town struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Time
	legs  *legs
	plan  *dialPlan
	calls []*liveCall
	made  int

	alive map[call.LegID]*liveCall // legs that exist, and the call that is answerable for them
	rows  map[string]Record
	log   []string

	circles int // of forwards
	handed  int // legs from one call to another
}

func (w *town) AtExtension(ext string) (User, bool) {
	if len(ext) == 2 && ext >= "10" && ext <= "15" {
		return User{JID: jid.MustParse("u" + ext + "@example.org"), Extension: ext, Name: "User " + ext, CallWaiting: ext != "13"}, true
	}
	return User{}, false
}

func (w *town) Get(user jid.JID) (User, bool) { return w.AtExtension(user.Local()[1:]) }

// Ways are two telephones, clients and a mobile telephone, each in its time, or some of them.
func (w *town) Ways(user jid.JID, _ directory.RingClass) (list []Way) {
	for _, way := range []Way{{Device: user.Local() + "a"}, {Device: user.Local() + "b"}, {}, {Device: user.Local() + "m", Number: "0177"}} {
		if w.rnd.IntN(5) == 0 {
			continue
		}
		if w.rnd.IntN(3) == 0 {
			way.Delay, way.Ring = time.Duration(w.rnd.IntN(10))*time.Second, time.Duration(w.rnd.IntN(20))*time.Second
		}
		list = append(list, way)
	}
	return list
}

func (w *town) MayPickUp(user jid.JID, _ directory.Kind, from string) bool {
	return user.Local() != "u10" || from[:3] != "u11"
}
func (w *town) Registered(device string) bool { return device != "u14a" && device != "u14b" }
func (w *town) Emergency(number string) bool  { return number == "112" }
func (w *town) DialIn(string) bool            { return false }
func (w *town) Up(l Line) bool                { return l.Trunk != "down" }
func (w *town) Callable(user jid.JID) bool    { return user.Local() == "u10" }
func (w *town) busy(user jid.JID) bool        { return w.rnd.IntN(2) == 0 }
func (w *town) announce(why call.Reason) App  { return map[bool]App{true: echo}[why != call.Busy] }

// rings is the first call that rings at somebody.
func (w *town) rings(picker jid.JID, may func(jid.JID) bool) (ringing, bool) {
	for _, l := range w.calls {
		for _, d := range l.machine.phones() {
			if d.Doing == Ringing && may(d.user) {
				return ringing{l, call.LegID(d.ID), d.user}, true
			}
		}
	}
	return ringing{}, false
}

func (w *town) fail(format string, args ...any) { w.t.Helper(); w.dump(); w.t.Fatalf(format, args...) }

func (w *town) dump() {
	for _, line := range w.log {
		w.t.Log(line)
	}
}

func (w *town) Outbound(_ User, number string, anonymous bool) ([]Line, error) {
	if number[0] != '0' && number != "112" {
		return nil, fault.New(fault.NotFound, "no rule")
	}
	return []Line{{Trunk: "down", Number: number}, {Trunk: "a", Number: number}, {Trunk: "b", Number: number, Class: directory.PremiumNumber}}, nil
}

// Penetrates is redirect.choice, which one has.
func (w *town) Penetrates(user jid.JID) bool { return user.Local() == "u12" }

// forwardsOf are forwards that come and go, some in a circle.
type forwardsOf struct {
	*town
	Forwards
}

func (f forwardsOf) Get(user jid.JID) (directory.Forward, bool) {
	targets := []string{"10", "11", "12", "13", "00123", "*103", "112", "99"}
	return directory.Forward{User: user, Target: targets[f.rnd.IntN(len(targets))], Active: f.rnd.IntN(3) == 0}, true
}

// What carries calls out is not needed: no machine dials.
type noEdges struct {
	Phones
	Lines
	Clients
}

func newTown(t *testing.T, seed uint64) *town {
	w := &town{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1e9, 0), legs: newLegs(), alive: map[call.LegID]*liveCall{}, rows: map[string]Record{},
	}
	w.plan = &dialPlan{
		people: w, phones: phonesOf{w, noEdges{}}, lines: linesOf{w, noEdges{}}, clients: clientsOf{w, noEdges{}},
		apps: Apps{Announce: w.announce}, busy: w.busy, forwards: forwardsOf{w, nil}, circle: func(string, jid.JID) { w.circles++ }, rings: w.rings,
	}
	return w
}

type (
	phonesOf struct {
		*town
		noEdges
	}
	linesOf struct {
		*town
		noEdges
	}
	clientsOf struct {
		*town
		noEdges
	}
)

func (p phonesOf) Registered(d string) bool { return p.town.Registered(d) }
func (l linesOf) Outbound(u User, n string, a bool) ([]Line, error) {
	return l.town.Outbound(u, n, a)
}
func (l linesOf) Emergency(n string) bool      { return l.town.Emergency(n) }
func (l linesOf) DialIn(n string) bool         { return l.town.DialIn(n) }
func (l linesOf) Up(line Line) bool            { return l.town.Up(line) }
func (c clientsOf) Callable(user jid.JID) bool { return c.town.Callable(user) }

func (w *town) newLeg() call.LegID {
	w.made++
	return call.LegID(fmt.Sprintf("leg%d", w.made))
}

func (w *town) begin(c Caller, number string) {
	l := &liveCall{caller: c, began: w.now, mine: map[call.LegID]bool{}}
	who := w.plan.dialler(c)
	id := w.newLeg()
	w.made++
	l.machine = &machine{
		Call: call.New(w.now, call.Config{Caller: id, Party: w.plan.party(who), Longest: time.Hour}), id: recordID(w.now, w.made),
		plan: w.plan, legs: w.legs, live: l, newLeg: w.newLeg, ring: 20 * time.Second, transfers: 3, dialler: who, rang: map[call.LegID]bool{},
	}
	w.legs.add(&party{leg: id, Caller: c, shown: w.plan.party(who)}, l)
	w.calls = append(w.calls, l)
	w.alive[id] = l
	w.step(l, "", begin{dialled: number})
}

// step does what a runner does.
func (w *town) step(l *liveCall, from call.LegID, e call.Event) {
	m := l.machine
	if m.Over() {
		return
	}
	if from != "" && w.alive[from] != l {
		return
	}
	w.log = append(w.log, fmt.Sprintf("%p %s %T%+v", l, from, e, e))
	if _, ended := e.(call.Ended); ended {
		delete(w.alive, from)
	}
	orders := m.Step(w.now, from, e)
	if _, ended := e.(call.Ended); ended {
		w.legs.remove(from, l)
	}
	effects := m.effects
	for _, o := range orders {
		w.log = append(w.log, "    "+o.String())
		w.order(l, o)
	}
	w.check(l)
	if m.Over() {
		w.legs.end(l)
	}
	for _, f := range effects {
		w.effect(l, f)
	}
}

func (w *town) order(l *liveCall, o call.Order) {
	switch o.Command.(type) {
	case call.Place:
		if w.alive[o.Leg] != nil {
			w.fail("%s is placed twice", o.Leg)
		}
		if p := w.legs.get(o.Leg); p == nil {
			w.fail("%s is placed, and nobody knows where it leads to", o.Leg)
		}
		w.alive[o.Leg] = l
	case call.Hangup:
		if w.alive[o.Leg] != l {
			w.fail("%v to a leg that is gone, or another call's", o)
		}
		delete(w.alive, o.Leg)
		w.legs.remove(o.Leg, l)
	case call.Over, call.Exhausted:
	default:
		if w.alive[o.Leg] != l {
			w.fail("%v to a leg that is gone, or another call's", o)
		}
	}
}

func (w *town) effect(l *liveCall, f effect) {
	switch f := f.(type) {
	case save:
		if old, ok := w.rows[f.ID]; ok && old.Result != ResultOpen {
			w.fail("the record %s was closed as %s and is written again: %+v", f.ID, old.Result, f.Record)
		}
		if f.Parent != "" && w.rows[f.Parent].Chain != f.Chain {
			w.fail("%+v does not go on from its parent", f.Record)
		}
		w.rows[f.ID] = f.Record
	case handOver:
		w.legs.move(f.leg, f.to)
		if w.alive[f.leg] != l {
			return
		}
		w.log = append(w.log, fmt.Sprintf("%p hands %s over to %p", l, f.leg, f.to))
		if f.to.machine.Over() {
			delete(w.alive, f.leg)
			w.step(l, "", call.Release{Leg: f.leg})
			return
		}
		w.alive[f.leg] = f.to
		w.handed++
		w.step(l, "", call.Release{Leg: f.leg})
		w.step(f.to, "", f.adopt)
	case ask:
		if f.to != nil && !f.to.machine.Over() {
			w.step(f.to, "", f.event)
		} else if f.otherwise != nil {
			w.step(l, "", f.otherwise)
		}
	}
}

// check looks at what must hold after every step.
func (w *town) check(l *liveCall) {
	m := l.machine
	for id, owner := range w.alive {
		if owner == l && m.Over() {
			w.fail("the call is over and has left %s behind", id)
		}
	}
	if m.row == nil {
		return
	}
	if open := m.row.Result == ResultOpen; open == m.Over() {
		w.fail("over: %v, and the record is %+v", m.Over(), *m.row)
	}
	if talks := m.pair()[1] != ""; !m.Over() && talks != !m.row.Answered.IsZero() {
		w.fail("two talk: %v, and the record is %+v", talks, *m.row)
	}
	for _, d := range m.phones() {
		if d.user.IsZero() || d.Doing != Talking && d.Doing != Ringing {
			w.fail("somebody does %+v", d)
		}
	}
}

func (w *town) anyLeg() (call.LegID, *liveCall) {
	ids := slices.Sorted(maps.Keys(w.alive))
	if len(ids) == 0 {
		return "gone", nil
	}
	id := ids[w.rnd.IntN(len(ids))]
	return id, w.alive[id]
}

// otherLine is another leg of the same user, or any leg.
func (w *town) otherLine(id call.LegID) call.LegID {
	who := w.legs.get(id)
	for _, other := range slices.Sorted(maps.Keys(w.alive)) {
		if p := w.legs.get(other); who != nil && who.Inside() && p != nil && p.User == who.User && w.alive[other] != w.alive[id] && w.rnd.IntN(2) == 0 {
			return other
		}
	}
	other, _ := w.anyLeg()
	return other
}

var (
	numbers = []string{"10", "11", "12", "13", "14", "99", "00123", "112", "*80", "", "*42#5"}
	pickups = []string{"*8", "*810", "*811", "*812", "*899"}
)

func (w *town) number() string { return numbers[w.rnd.IntN(len(numbers))] }

func (w *town) anybody() Caller {
	return Caller{User: jid.MustParse(fmt.Sprintf("u1%d@example.org", w.rnd.IntN(5))), Device: "x"}
}

func (w *town) act() {
	id, l := w.anyLeg()
	other := w.otherLine(id)
	w.now = w.now.Add(time.Duration(w.rnd.IntN(8)) * time.Second)
	switch n := w.rnd.IntN(20); {
	case n < 2 || l == nil:
		c := w.anybody()
		if w.rnd.IntN(4) == 0 {
			c = Caller{Trunk: "a", Number: "+4930"}
		}
		w.begin(c, w.number())
	case n < 4:
		w.step(l, id, call.Ringing{Early: n == 2})
	case n < 8:
		w.step(l, id, call.Answered{})
	case n < 9:
		w.step(l, id, call.Ended{Reason: call.Reason(w.rnd.IntN(int(call.Reasons)))})
	case n == 9:
		w.step(l, id, call.TransferAsked{To: call.Party{Number: w.number()}})
	case n < 12:
		w.step(l, id, call.TransferAsked{Replaces: other})
	case n >= 16:
		w.step(l, id, call.Ringing{})
		w.begin(w.anybody(), pickups[w.rnd.IntN(len(pickups))])
	case n == 12:
		w.step(l, id, call.Held{})
	case n == 13:
		w.step(l, "", call.Tick{})
	case n == 14:
		for _, l := range w.calls {
			w.step(l, "", call.Tick{})
		}
	default:
		w.step(l, id, call.DTMF{Key: '1'})
	}
}

// Whatever happens: each leg has one end, each record one, and nothing is left behind.
func TestCallsOfATown(t *testing.T) {
	results, ways, handed, circles := map[Result]int{}, map[Via]int{}, 0, 0
	for seed := range uint64(2000) {
		w := newTown(t, seed)
		for range 60 {
			w.act()
		}
		for _, l := range w.calls {
			w.step(l, "", call.Drop{Reason: call.Removed})
		}
		if len(w.alive) > 0 || len(w.legs.all) > 0 || len(w.legs.inCall) > 0 {
			w.fail("seed %d: left behind: %v, %v", seed, w.alive, w.legs.all)
		}
		for _, r := range w.rows {
			if r.Result == ResultOpen || r.Ended.Before(r.Began) {
				w.fail("seed %d: a record stays open: %+v", seed, r)
			}
			results[r.Result]++
			ways[r.Via]++
		}
		handed += w.handed
		circles += w.circles
	}
	t.Logf("%v, %v; %d legs went from one call to another, %d calls went round in circles of forwards", results, ways, handed, circles)
	if handed < 100 || results[ResultHangup] < 1000 || results[ResultNoAnswer] < 1000 || results[ResultTransfer] < 500 || ways[ViaPickup] < 100 || circles < 50 {
		t.Error("not everything has happened often enough to show something")
	}
}
