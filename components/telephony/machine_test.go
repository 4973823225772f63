package telephony

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/components/telephony/team"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A town has a few people with telephones, teams, a trunk and announcements, and the calls among them, whose machines are stepped as their runners
// would. What calls and lines tell each other takes its time, in any order between two of them.
type town struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Time
	legs  *legs
	plan  *dialPlan
	calls []*liveCall // that are not over
	made  int

	alive   []call.LegID             // legs that exist
	answers map[call.LegID]*liveCall // and the call that is answerable for each
	does    map[*liveCall][]userDialog
	mail    map[*liveCall][]call.Event // of lines
	rows    map[string]Record
	log     []fmt.Stringer

	lines    *lines
	letters  []lineMessage // to the lines
	teams    []directory.Team
	deleted  []bool
	silent   map[jid.JID]bool
	gone     map[string]bool // devices that have not registered
	quiet    bool            // all devices are there and ring at once
	circles  int             // of forwards, or of actions
	acted    int             // lists that calls have gone through
	chosen   int             // entries of menus
	handed   int             // legs from one call to another
	served   [3]int          // callers of teams who were answered, sent away, picked up
	messages int             // in this act
}

var townsfolk = func() map[string]User {
	all := make(map[string]User)
	for _, ext := range []string{"10", "11", "12", "13", "14", "15"} {
		all[ext] = User{JID: jid.MustParse("u" + ext + "@example.org"), Extension: ext, Name: "User " + ext, CallWaiting: ext != "13"}
	}
	return all
}()

func (w *town) AtExtension(ext string) (User, bool) {
	u, ok := townsfolk[ext]
	u.Silent = w.silent[u.JID]
	return u, ok
}

func (w *town) Get(user jid.JID) (User, bool) { return w.AtExtension(user.Local()[1:]) }

// Ways are two telephones, clients and a mobile telephone, each in its time, or some of them.
func (w *town) Ways(user jid.JID, _ directory.RingClass) (list []Way) {
	if w.quiet {
		return []Way{{Device: user.Local() + "a"}}
	}
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

func (w *town) MayPickUp(user jid.JID, kind directory.Kind, from string) bool {
	if kind == directory.Teams {
		return user.Local() != "u10"
	}
	return user.Local() != "u10" || from[:3] != "u11"
}
func (w *town) Registered(device string) bool { return !w.gone[device] }
func (w *town) Emergency(number string) bool  { return number == "112" }
func (w *town) DialIn(string) bool            { return false }
func (w *town) Up(l Line) bool                { return l.Trunk != "down" }
func (w *town) Callable(user jid.JID) bool    { return user.Local() == "u10" }
func (w *town) announce(why call.Reason) App  { return map[bool]App{true: echo}[why != call.Busy] }

// doing is what a user's telephones do.
func (w *town) doing(user jid.JID) (d Doing) {
	for _, l := range w.calls {
		for _, dialog := range w.does[l] {
			if dialog.user == user {
				d = max(d, dialog.Doing)
			}
		}
	}
	return d
}

func (w *town) busy(user jid.JID) bool { return w.doing(user) == Talking }

// phone is what the lines see of a member.
func (w *town) phone(user jid.JID) team.Phone {
	switch u, _ := w.Get(user); {
	case u.Silent:
		return team.Away
	case w.doing(user) > Free:
		return team.Busy
	case len(w.plan.ways(dialler{}, u, directory.RingQueue)) == 0:
		return team.Away
	}
	return team.Idle
}

// rings is the first call that rings at somebody, or waits.
func (w *town) rings(_ jid.JID, may func(ringing) bool) (ringing, bool) {
	for _, l := range w.calls {
		line := l.machine.line()
		for _, d := range w.does[l] {
			if r := (ringing{l, d.user, line}); d.Doing == Ringing && may(r) {
				return r, true
			}
		}
		if r := (ringing{call: l, team: line}); line != "" && may(r) {
			return r, true
		}
	}
	return ringing{}, false
}

func (w *town) fail(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.log {
		w.t.Log(line)
	}
	w.t.Fatalf(format, args...)
}

// A logged line is put together when somebody reads it.
type logged struct {
	format string
	args   []any
}

func (l logged) String() string { return fmt.Sprintf(l.format, l.args...) }

func (w *town) note(format string, args ...any) { w.log = append(w.log, logged{format, args}) }

func (w *town) Outbound(_ User, number string, anonymous bool) ([]Line, error) {
	if number[0] != '0' && number != "112" {
		return nil, fault.New(fault.NotFound, "no rule")
	}
	return []Line{{Trunk: "down", Number: number}, {Trunk: "a", Number: number}, {Trunk: "b", Number: number, Class: directory.PremiumNumber}}, nil
}

// Penetrates is redirect.choice, which one has.
func (w *town) Penetrates(user jid.JID) bool { return user.Local() == "u12" }

// forwardsOf are forwards that come and go, some in a circle, some into teams.
type forwardsOf struct {
	*town
	Forwards
}

func (f forwardsOf) Get(user jid.JID) (directory.Forward, bool) {
	targets := []string{"10", "11", "12", "13", "00123", "*103", "112", "99", "50", "51"}
	return directory.Forward{User: user, Target: targets[f.rnd.IntN(len(targets))], Active: !f.quiet && f.rnd.IntN(3) == 0}, true
}

// teamsOf are two teams, some of whose members are in both.
type teamsOf struct{ *town }

func (o teamsOf) AtExtension(ext string) (directory.Team, bool) {
	i := slices.IndexFunc(o.teams, func(t directory.Team) bool { return t.Extension == ext })
	if i < 0 || o.deleted[i] {
		return directory.Team{}, false
	}
	return o.teams[i], true
}

func (o teamsOf) Get(id string) (directory.Team, error) {
	i := slices.IndexFunc(o.teams, func(t directory.Team) bool { return t.ID == id })
	if i < 0 || o.deleted[i] {
		return directory.Team{}, fault.New(fault.NotFound, "there is no such team")
	}
	return o.teams[i], nil
}

// flowsOf are actions that come and go, in circles and to what is not there too.
type flowsOf struct{ *town }

func (f flowsOf) list() (list []directory.CallAction) {
	f.acted++
	targets := []string{"80", "81", "10", "11", "99"}
	for range f.rnd.IntN(4) {
		a := directory.CallAction{Kind: directory.CallActionKinds()[f.rnd.IntN(len(directory.CallActionKinds()))], Target: targets[f.rnd.IntN(len(targets))]}
		a.Label, a.Value, a.Prompt = "l", []string{"", "x"}[f.rnd.IntN(2)], "p"
		switch f.rnd.IntN(5) {
		case 0:
			a.When = directory.Condition{Kind: directory.LabelIs, Label: "l", Not: f.rnd.IntN(2) == 0}
		case 1:
			a.When = directory.Condition{Kind: directory.SwitchIsOn, Object: "s", Not: f.rnd.IntN(2) == 0}
		}
		list = append(list, a)
	}
	return list
}

func (f flowsOf) Of(directory.FlowOwner) directory.CallFlow {
	if f.quiet || f.rnd.IntN(2) == 0 {
		return directory.CallFlow{}
	}
	return directory.CallFlow{BeforeInternal: f.list(), AfterInternal: f.list(), BeforeExternal: f.list(), AfterExternal: f.list()}
}

func (f flowsOf) Object(id string) (directory.CallObject, error) {
	o := directory.CallObject{ID: id, On: true, CallObjectInput: directory.CallObjectInput{Name: id, Extension: id}}
	switch id {
	case "80":
		o.Kind, o.Actions = directory.CallRouters, f.list()
	case "81":
		o.Kind, o.Menu.CallFlow = directory.Menus, f.Of(directory.FlowOwner{})
		o.Menu.Entries = []directory.MenuEntry{{Keys: "1", Actions: f.list()}, {Keys: "2", Actions: f.list()}}
	case "s":
		o.Kind = directory.Switches
	default:
		return o, fault.New(fault.NotFound, "none")
	}
	return o, nil
}

func (w flowsOf) Labels() []directory.CallObject {
	return []directory.CallObject{{Kind: directory.Labels, CallObjectInput: directory.CallObjectInput{Name: "origin", Label: directory.LabelRule{Value: "town"}}}}
}

func (f flowsOf) AtExtension(extension string) (directory.CallObject, bool) {
	o, err := f.Object(extension)
	return o, err == nil
}

func (o teamsOf) Notified(id string) []jid.JID {
	return []jid.JID{townsfolk["14"].JID, townsfolk["15"].JID}
}

// What carries calls out is not needed: no machine dials.
type noEdges struct {
	Phones
	Lines
	Clients
}

func newTown(t *testing.T, seed uint64) *town {
	w := &town{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1e9, 0), legs: newLegs(), answers: map[call.LegID]*liveCall{}, rows: map[string]Record{},
		does: map[*liveCall][]userDialog{}, mail: map[*liveCall][]call.Event{}, silent: map[jid.JID]bool{}, gone: map[string]bool{"u14a": true, "u14b": true},
	}
	for i, members := range [][]string{{"10", "11", "12", "13", "14"}, {"13", "14", "15"}} {
		in := directory.DefaultTeam()
		in.Name, in.Extension = fmt.Sprint("Team ", i), fmt.Sprint(50+i)
		in.InternalTimeout, in.ExternalTimeout, in.MaxWaiting, in.Weight = 60, 90, 4, i
		in.Strategy = directory.Strategies()[w.rnd.IntN(len(directory.Strategies()))]
		one := directory.Team{ID: fmt.Sprint("team", i), TeamInput: in}
		for weight, ext := range members {
			m := directory.TeamMember{User: townsfolk[ext].JID, Dynamic: true, Weight: weight}
			one.Members = append(one.Members, m)
			one.Agents = append(one.Agents, directory.Agent{TeamMember: m, In: true})
		}
		w.teams, w.deleted = append(w.teams, one), append(w.deleted, false)
	}
	w.plan = &dialPlan{
		people: w, phones: phonesOf{w, noEdges{}}, lines: trunksOf{w, noEdges{}}, clients: clientsOf{w, noEdges{}}, teams: teamsOf{w},
		apps: Apps{
			Announce: w.announce, Position: func(int) App { return echo }, Play: func(prompts.ID) App { return echo }, Leave: func(jid.JID, bool) App { return echo },
			Menu: func(directory.Menu, func(call.LegID, int)) App { return echo },
		}, flows: flowsOf{w}, busy: w.busy, forwards: forwardsOf{w, nil},
		circle: func(string, jid.JID) { w.circles++ }, rings: w.rings,
	}
	w.lines = newLines(lineWorld{
		teams: teamsOf{w}, phone: w.phone, now: func() time.Time { return w.now }, tell: func(l *liveCall, e call.Event) { w.mail[l] = append(w.mail[l], e) },
		chance: func() *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) },
	})
	return w
}

type (
	phonesOf struct {
		*town
		noEdges
	}
	trunksOf struct {
		*town
		noEdges
	}
	clientsOf struct {
		*town
		noEdges
	}
)

func (p phonesOf) Registered(d string) bool { return p.town.Registered(d) }
func (l trunksOf) Outbound(u User, n string, a bool) ([]Line, error) {
	return l.town.Outbound(u, n, a)
}
func (l trunksOf) Emergency(n string) bool     { return l.town.Emergency(n) }
func (l trunksOf) DialIn(n string) bool        { return l.town.DialIn(n) }
func (l trunksOf) Up(line Line) bool           { return l.town.Up(line) }
func (c clientsOf) Callable(user jid.JID) bool { return c.town.Callable(user) }

func (w *town) newLeg() call.LegID {
	w.made++
	return call.LegID(fmt.Sprintf("leg%d", w.made))
}

// longest is how long a call may last: a short one lets time alone end what goes on.
const longest = 5 * time.Minute

// machine makes one as the service does.
func (w *town) machine(l *liveCall, who dialler, cfg call.Config) *machine {
	cfg.Party, cfg.Longest = w.plan.party(who), longest
	return &machine{
		Call: call.New(w.now, cfg), id: fmt.Sprint("call", w.made), plan: w.plan, legs: w.legs, live: l, newLeg: w.newLeg, ring: 20 * time.Second,
		transfers: 3, dialler: who, served: l.caller, rang: map[call.LegID]bool{},
	}
}

func (w *town) begin(c Caller, number string) *liveCall {
	l := &liveCall{caller: c, began: w.now, mine: map[call.LegID]bool{}}
	who := w.plan.dialler(c)
	id := w.newLeg()
	w.made++
	l.machine = w.machine(l, who, call.Config{Caller: id})
	w.legs.add(&party{leg: id, Caller: c, shown: w.plan.party(who)}, l)
	w.calls = append(w.calls, l)
	w.lives(id, l)
	w.step(l, "", begin{dialled: number})
	return l
}

// dials begins a call for somebody at his own telephone.
func (w *town) dials(c Caller, number string) {
	l := &liveCall{caller: c, began: w.now, mine: map[call.LegID]bool{}}
	who := w.plan.dialler(c)
	id := w.newLeg()
	w.made++
	l.machine = w.machine(l, who, call.Config{Caller: id, Direction: call.Outgoing})
	l.machine.first, l.machine.giveUp = number, w.now.Add(20*time.Second)
	own := target{party: call.Party{JID: c.User}, user: c.User, device: c.Device}
	w.legs.add(&party{leg: id, direction: call.Outgoing, Caller: c, shown: w.plan.party(who), target: own, begins: true}, l)
	w.calls = append(w.calls, l)
	w.step(l, "", callOut{leg: id})
}

func (w *town) lives(id call.LegID, l *liveCall) {
	w.alive = append(w.alive, id)
	w.answers[id] = l
}

func (w *town) dies(id call.LegID) {
	if i := slices.Index(w.alive, id); i >= 0 {
		w.alive[i] = w.alive[len(w.alive)-1]
		w.alive = w.alive[:len(w.alive)-1]
	}
	delete(w.answers, id)
}

// step does what a runner does.
func (w *town) step(l *liveCall, from call.LegID, e call.Event) {
	m := l.machine
	if m.Over() || from != "" && w.answers[from] != l {
		return
	}
	if w.messages++; w.messages > 5000 {
		w.fail("a loop without end")
	}
	w.note("%p %s %T%+v", l, from, e, e)
	if _, ended := e.(call.Ended); ended {
		w.dies(from)
	}
	orders := m.Step(w.now, from, e)
	if _, ended := e.(call.Ended); ended {
		w.legs.remove(from, l)
	}
	effects := m.effects
	for _, o := range orders {
		w.note("    %v", o)
		w.order(l, o)
	}
	w.see(l)
	w.check(l)
	if m.Over() {
		w.legs.end(l)
		w.calls = slices.DeleteFunc(w.calls, func(other *liveCall) bool { return other == l })
	}
	for _, f := range effects {
		w.effect(l, f)
	}
}

// see follows what users do by a call; the lines hear of it some time later.
func (w *town) see(l *liveCall) {
	before, now := w.does[l], l.machine.phones()
	if slices.Equal(before, now) {
		return
	}
	for _, d := range before {
		w.letters = append(w.letters, phoneMoved{d.user})
	}
	for _, d := range now {
		w.letters = append(w.letters, phoneMoved{d.user})
	}
	if len(now) == 0 {
		delete(w.does, l)
	} else {
		w.does[l] = now
	}
}

func (w *town) order(l *liveCall, o call.Order) {
	switch o.Command.(type) {
	case call.Place:
		if w.answers[o.Leg] != nil {
			w.fail("%s is placed twice", o.Leg)
		}
		if p := w.legs.get(o.Leg); p == nil {
			w.fail("%s is placed, and nobody knows where it leads to", o.Leg)
		}
		w.lives(o.Leg, l)
	case call.Hangup:
		if w.answers[o.Leg] != l {
			w.fail("%v to a leg that is gone, or another call's", o)
		}
		w.dies(o.Leg)
		w.legs.remove(o.Leg, l)
	case call.Over, call.Exhausted:
	default:
		if w.answers[o.Leg] != l {
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
		w.handOver(l, f)
	case ask:
		if f.to != nil && !f.to.machine.Over() {
			w.step(f.to, "", f.event)
		} else if f.otherwise != nil {
			w.step(l, "", f.otherwise)
		}
	case toLine:
		if _, took := f.do.(answered); took {
			w.served[0]++
		}
		w.letters = append(w.letters, f.lineEvent)
	}
}

func (w *town) handOver(l *liveCall, f handOver) {
	w.legs.move(f.leg, f.to)
	if w.answers[f.leg] != l {
		return
	}
	w.note("%p hands %s over to %p", l, f.leg, f.to)
	if f.to.machine.Over() {
		w.dies(f.leg)
		w.step(l, "", call.Release{Leg: f.leg})
		return
	}
	w.answers[f.leg] = f.to
	w.handed++
	if f.to.machine.line() != "" {
		w.served[2]++
	}
	w.step(l, "", call.Release{Leg: f.leg})
	w.step(f.to, "", f.adopt)
}

// check looks at what must hold after every step.
func (w *town) check(l *liveCall) {
	m := l.machine
	if m.Over() {
		for id, owner := range w.answers {
			if owner == l {
				w.fail("the call is over and has left %s behind", id)
			}
		}
		if next := m.Next(); !next.IsZero() || m.waiting != nil || m.talks != nil {
			w.fail("the call is over, and something is to happen at %v: %+v, %+v", next, m.waiting, m.talks)
		}
	}
	talk := m.pair()[1] != ""
	if talk && (len(m.Legs()) != 2 || m.waiting != nil) {
		w.fail("two talk, and others ring or wait: %v, %+v", m.Legs(), m.waiting)
	}
	if m.row == nil {
		return
	}
	if open := m.row.Result == ResultOpen; open == m.Over() {
		w.fail("over: %v, and the record is %+v", m.Over(), *m.row)
	}
	pair := m.pair()
	if menu := m.inMenu(pair[0]) || m.inMenu(pair[1]); !m.Over() && (talk && !menu) != !m.row.Answered.IsZero() {
		w.fail("two talk: %v, and the record is %+v", talk, *m.row)
	}
	for _, d := range w.does[l] {
		if d.user.IsZero() || d.Doing != Talking && d.Doing != Ringing {
			w.fail("somebody does %+v", d)
		}
	}
}

// post carries what calls and lines tell each other: all of it, or what chance wants.
func (w *town) post(all bool) {
	for all || w.rnd.IntN(4) > 0 {
		n := len(w.letters)
		var to *liveCall
		for _, l := range w.calls {
			if len(w.mail[l]) > 0 && (to == nil || w.rnd.IntN(2) == 0) {
				to = l
			}
		}
		switch {
		case n == 0 && to == nil:
			w.agree()
			return
		case to == nil, n > 0 && w.rnd.IntN(2) == 0:
			if w.messages++; w.messages > 5000 {
				w.fail("calls and lines have no end of telling each other")
			}
			letter := w.letters[0]
			w.letters = w.letters[1:]
			w.note("lines: %T%+v", letter, letter)
			letter.apply(w.lines)
		default:
			e := w.mail[to][0]
			w.mail[to] = w.mail[to][1:]
			if _, left := e.(lineLeft); left {
				w.served[1]++
			}
			w.step(to, "", e)
		}
	}
}

// agree looks at what must hold when everything has been told.
func (w *town) agree() {
	clear(w.mail)
	waits := 0
	for _, l := range w.calls {
		if m := l.machine; m.waiting != nil {
			waits++
			if w.lines.calls[m.waiting.id].call != l {
				w.fail("%s waits, and its line does not know", m.waiting.id)
			}
		}
	}
	if waits != len(w.lines.calls) {
		w.fail("%d calls wait, and the lines have %v", waits, w.lines.calls)
	}
	rung := make(map[jid.JID]string)
	for id, q := range w.lines.queues {
		for _, c := range q.Waiting() {
			m := w.lines.calls[c.Call].call.machine
			slices.SortFunc(c.Rings, jid.JID.Compare)
			var has []jid.JID
			for _, f := range m.waiting.rung {
				has = append(has, f.user)
			}
			slices.SortFunc(has, jid.JID.Compare)
			if !slices.Equal(has, c.Rings) {
				w.fail("for %s the line has %v rung, and the call %v", c.Call, c.Rings, has)
			}
			for _, user := range c.Rings {
				if rung[user] != "" {
					w.fail("%s is rung by %s and %s", user, rung[user], id)
				}
				rung[user] = id
			}
		}
		for _, user := range q.Members() {
			talks := slices.ContainsFunc(w.calls, func(l *liveCall) bool {
				s := l.machine.talks
				return s != nil && s.team == id && s.user == user
			})
			if does := q.Doing(w.now, user); does == team.Talking && !talks {
				w.fail("%s has no call of %s, and the line has him in one", user, id)
			}
		}
	}
}

func (w *town) anyLeg() (call.LegID, *liveCall) {
	if len(w.alive) == 0 {
		return "gone", nil
	}
	id := w.alive[w.rnd.IntN(len(w.alive))]
	return id, w.answers[id]
}

// otherLine is another leg of the same user, or any leg.
func (w *town) otherLine(id call.LegID) call.LegID {
	who := w.legs.get(id)
	for _, other := range w.alive {
		if p := w.legs.get(other); who != nil && who.Inside() && p != nil && p.User == who.User && w.answers[other] != w.answers[id] && w.rnd.IntN(2) == 0 {
			return other
		}
	}
	other, _ := w.anyLeg()
	return other
}

var (
	numbers = []string{"80", "81", "10", "11", "12", "13", "14", "99", "00123", "112", "*80", "", "*42#5", "50", "51", "50", "51"}
	picks   = []string{"*8", "*810", "*811", "*812", "*899", "*850", "*851"}
)

func (w *town) number() string { return numbers[w.rnd.IntN(len(numbers))] }

func (w *town) anybody() Caller {
	return Caller{User: jid.MustParse(fmt.Sprintf("u1%d@example.org", w.rnd.IntN(5))), Device: "x"}
}

// passes lets time pass: whose timers are due is told, late now and then.
func (w *town) passes(d time.Duration) {
	w.now = w.now.Add(d)
	for _, l := range slices.Clone(w.calls) {
		if next := l.machine.Next(); !next.IsZero() && !next.After(w.now) && w.rnd.IntN(8) > 0 {
			w.step(l, "", call.Tick{})
		}
	}
	if len(w.lines.calls) > 0 && w.rnd.IntN(4) > 0 {
		w.letters = append(w.letters, lineTick{})
	}
}

func (w *town) act() {
	w.messages = 0
	id, l := w.anyLeg()
	w.passes(time.Duration(w.rnd.IntN(8)) * time.Second)
	switch n := w.rnd.IntN(24); {
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
		w.step(l, id, call.TransferAsked{Replaces: w.otherLine(id)})
	case n == 12 && l.machine.course != nil:
		if l.machine.course.menu != nil {
			w.chosen++
		}
		w.step(l, "", chose{leg: id, entry: w.rnd.IntN(4) - 1})
	case n == 12:
		w.step(l, id, call.Held{})
	case n == 13:
		w.step(l, id, call.DTMF{Key: '1'})
	case n < 16:
		w.step(l, id, call.Ringing{})
		w.begin(w.anybody(), picks[w.rnd.IntN(len(picks))])
	case n < 18:
		if one := TakeCode(l.machine.id); n == 16 {
			w.begin(w.anybody(), one)
		} else {
			w.dials(w.anybody(), []string{one, w.number()}[w.rnd.IntN(2)])
		}
	case n == 18:
		w.changeProfile()
	case n == 19:
		device := w.anybody().User.Local() + []string{"a", "b"}[w.rnd.IntN(2)]
		w.gone[device] = !w.gone[device]
		w.letters = append(w.letters, phoneMoved{})
	default:
		w.changeTeam()
	}
	w.post(w.rnd.IntN(8) == 0)
}

// changeProfile makes somebody silent, whatever rings of him, or not any more.
func (w *town) changeProfile() {
	user := w.anybody().User
	w.silent[user] = w.rnd.IntN(3) == 0
	w.letters = append(w.letters, phoneMoved{user})
	if w.silent[user] {
		for _, l := range slices.Clone(w.calls) {
			w.step(l, "", call.Withdraw{Group: groupOf(user), Reason: call.Unavailable})
		}
	}
}

// changeTeam changes what members do, or what the team is.
func (w *town) changeTeam() {
	i := w.rnd.IntN(len(w.teams))
	t := &w.teams[i]
	t.Agents = slices.Clone(t.Agents)
	a := &t.Agents[w.rnd.IntN(len(t.Agents))]
	switch w.rnd.IntN(8) {
	case 0, 1:
		if err := a.LogIn(!a.In); err != nil {
			w.fail("%v", err)
		}
	case 2, 3:
		a.Paused = []string{"", "1"}[w.rnd.IntN(2)]
	case 4:
		t.AfterTarget = []string{"", "50", "51", "13", "00123"}[w.rnd.IntN(5)]
	case 5:
		t.LeaveEmpty, t.JoinEmpty, t.Ringback = w.rnd.IntN(2) == 0, w.rnd.IntN(2) == 0, w.rnd.IntN(2) == 0
		t.WrapUp, t.Announce = 7*w.rnd.IntN(2), 10*w.rnd.IntN(2)
	case 6:
		w.deleted[i] = w.rnd.IntN(3) == 0
	case 7:
		if len(w.lines.calls) == 0 {
			t.Strategy = directory.Strategies()[w.rnd.IntN(len(directory.Strategies()))]
		}
	}
	w.letters = append(w.letters, teamChanged{[]string{t.ID, ""}[w.rnd.IntN(2)]})
}

// ends brings everything to an end: by force, or by time alone.
func (w *town) ends(byTime bool) {
	for rounds := 0; len(w.calls) > 0; rounds++ {
		w.messages = 0
		w.post(true)
		if !byTime {
			for _, l := range slices.Clone(w.calls) {
				w.step(l, "", call.Drop{Reason: call.Removed})
			}
			continue
		}
		if rounds > 2*int(longest/time.Second) {
			w.fail("time does not end %v", w.calls)
		}
		w.passes(time.Second)
	}
	w.messages = 0
	w.post(true)
	if len(w.alive) > 0 || len(w.legs.all) > 0 || len(w.legs.inCall) > 0 || len(w.does) > 0 {
		w.fail("left behind: %v, %v, %v", w.alive, w.legs.all, w.does)
	}
	if len(w.lines.rings) > 0 {
		w.fail("%v are rung for nobody", w.lines.rings)
	}
	for _, q := range w.lines.queues {
		if next := q.Next(); !next.IsZero() {
			w.fail("nobody waits, and something is to happen at %v", next)
		}
	}
	for _, r := range w.rows {
		if r.Result == ResultOpen || r.Ended.Before(r.Began) {
			w.fail("a record stays open: %+v", r)
		}
	}
}

// histories is how many courses of a town are played; the race detector makes each ten times as slow.
func histories() uint64 {
	if raced || testing.Short() {
		return 4000
	}
	return 100_000
}

// Whatever happens: each call has one winner, each leg one end, each record one, nothing goes on for ever, nothing is left behind, and calls and lines
// agree on who waits and who is rung for him.
func TestCallsOfATown(t *testing.T) {
	const parts = 4
	began, each := time.Now(), histories()/parts
	var seen [parts]struct {
		results                                                  map[Result]int
		ways                                                     map[Via]int
		handed, circles, answered, sentAway, picked, endedByTime int
		lists, chosen, byAction                                  int
	}
	t.Run("in parts", func(t *testing.T) {
		for part := range uint64(parts) {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				s := &seen[part]
				s.results, s.ways = map[Result]int{}, map[Via]int{}
				for seed := part * each; seed < (part+1)*each; seed++ {
					w := newTown(t, seed)
					for range 26 {
						w.act()
					}
					byTime := seed%16 == 0
					w.ends(byTime)
					for _, r := range w.rows {
						s.results[r.Result]++
						s.ways[r.Via]++
						if r.By == ByAction && r.Via == ViaForward {
							s.byAction++
						}
					}
					s.handed, s.circles = s.handed+w.handed, s.circles+w.circles
					s.lists, s.chosen = s.lists+w.acted, s.chosen+w.chosen
					s.answered, s.sentAway, s.picked = s.answered+w.served[0], s.sentAway+w.served[1], s.picked+w.served[2]
					if byTime {
						s.endedByTime++
					}
				}
			})
		}
	})
	sum := &seen[0]
	for i := 1; i < parts; i++ {
		s := &seen[i]
		for r, n := range s.results {
			sum.results[r] += n
		}
		for v, n := range s.ways {
			sum.ways[v] += n
		}
		sum.handed, sum.circles, sum.answered = sum.handed+s.handed, sum.circles+s.circles, sum.answered+s.answered
		sum.lists, sum.chosen, sum.byAction = sum.lists+s.lists, sum.chosen+s.chosen, sum.byAction+s.byAction
		sum.sentAway, sum.picked, sum.endedByTime = sum.sentAway+s.sentAway, sum.picked+s.picked, sum.endedByTime+s.endedByTime
	}
	t.Logf("%d histories in %v: %+v", each*parts, time.Since(began).Round(time.Second), *sum)
	for what, n := range map[string]int{
		"calls from hand to hand": sum.handed, "conversations": sum.results[ResultHangup], "calls in vain": sum.results[ResultNoAnswer],
		"transfers": sum.results[ResultTransfer], "pickups": sum.ways[ViaPickup], "circles of forwards": sum.circles, "callers of teams who are served": sum.answered,
		"callers of teams who are sent away": sum.sentAway, "callers of teams who are picked up": sum.picked, "histories ended by time": sum.endedByTime,
		"calls passed on by actions": sum.byAction, "lists of actions": sum.lists, "entries of menus that are chosen": sum.chosen,
	} {
		if n < int(each)/50 {
			t.Errorf("only %d %s: not enough to show something", n, what)
		}
	}
}
