package telephony

import (
	"fmt"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

// Here is what a call does while its caller waits in the line of a team, and while a member of the team talks to him. The line itself is elsewhere
// (teams.go): it says who is to be rung, and is told what becomes of them.

// A waiting is a caller's place in a line.
type waiting struct {
	id       team.CallID
	team     directory.Team
	rung     []failed // who is rung for him, as the line is told when he does not take the call, and
	legs     map[call.LegID]jid.JID
	announce call.LegID // the last announcement of his position
}

// A served is a caller to whom a member talks.
type served struct {
	id   team.CallID
	team string
	user jid.JID
	leg  call.LegID
}

// toLine tells a line something.
type toLine struct{ lineEvent }

func (toLine) effect() {}

// Events that come from a line. They mean nothing when the caller is not in that place any more.
type (
	// lineJoined says that the caller waits.
	lineJoined struct {
		call.Tick
		id team.CallID
	}
	// lineRings has members rung for him.
	lineRings struct {
		call.Tick
		id      team.CallID
		members []jid.JID
		timeout time.Duration
		number  int
	}
	// lineStops has one of them rung no more.
	lineStops struct {
		call.Tick
		id     team.CallID
		member jid.JID
	}
	// lineTells has the caller told where he is.
	lineTells struct {
		call.Tick
		id       team.CallID
		position int
	}
	// lineLeft says that he does not wait, or no more.
	lineLeft struct {
		call.Tick
		id  team.CallID
		why team.Why
		out bool // he has not waited at all
	}
)

// wait puts the caller into the line of a team, which answers.
func (m *machine) wait(t directory.Team) {
	m.lines++
	m.waiting = &waiting{id: team.CallID(fmt.Sprintf("%s/%d", m.id, m.lines)), team: t, legs: make(map[call.LegID]jid.JID)}
	m.effects = append(m.effects, toLine{lineEvent{team: t.ID, id: m.waiting.id, do: join{m.live, m.waits(), team.Caller{
		Inside: m.served.Inside(), Needs: m.state.Skills, Priority: m.labelNumber(t.PriorityLabel, directory.MaxPriority),
		Timeout: time.Duration(m.labelNumber(t.TimeoutLabel, directory.MaxTeamSeconds)) * time.Second,
	}}}})
}

// waits is who waits in a line, as others see him.
func (m *machine) waits() call.Party {
	if ids := m.Legs(); len(ids) > 0 {
		return m.Party(ids[0])
	}
	return call.Party{}
}

// line is the team in whose line the caller waits; empty for none.
func (m *machine) line() string {
	if m.waiting == nil || m.Over() {
		return ""
	}
	return m.waiting.team.ID
}

// hold has the caller hear what those in the line hear.
func (m *machine) hold(now time.Time) []call.Order {
	sound := call.Music
	if m.waiting.team.Ringback {
		sound = call.Ringback
	}
	return m.Call.Step(now, "", call.Accept{Sound: sound})
}

// lined takes what a line says. It reports false for other events.
func (m *machine) lined(now time.Time, e call.Event) (orders []call.Order, ok bool) {
	w := m.waiting
	here := func(id team.CallID) bool { return w != nil && w.id == id && !m.Over() }
	switch e := e.(type) {
	case lineJoined:
		if here(e.id) {
			orders = m.hold(now)
		}
	case lineRings:
		if here(e.id) {
			orders = m.ringMembers(now, e)
		}
	case lineStops:
		if here(e.id) {
			orders = m.Call.Step(now, "", call.Withdraw{Group: e.member.String(), Reason: call.Cancelled})
			w.forget(e.member)
		}
	case lineTells:
		if here(e.id) {
			orders = m.tellPosition(now, e.position)
		}
	case lineLeft:
		if here(e.id) {
			m.waiting = nil
			m.rung = false
			orders = m.after(now, w.team, e)
		}
	default:
		return nil, false
	}
	return orders, true
}

// legsOf are the legs on which a member is rung.
func (w *waiting) legsOf(user jid.JID) (legs []call.LegID) {
	for leg, u := range w.legs {
		if u == user {
			legs = append(legs, leg)
		}
	}
	slices.Sort(legs)
	return legs
}

func (w *waiting) forget(user jid.JID) {
	for _, leg := range w.legsOf(user) {
		delete(w.legs, leg)
	}
	w.rung = slices.DeleteFunc(w.rung, func(f failed) bool { return f.user == user })
}

// ringMembers rings the telephones of members. What a device says for calls of teams comes before what the team says.
func (m *machine) ringMembers(now time.Time, e lineRings) []call.Order {
	var branches []call.Branch
	for _, user := range e.members {
		m.waiting.rung = append(m.waiting.rung, failed{user, e.number})
		u, ok := m.plan.people.Get(user)
		if !ok || m.plan.busy(user) {
			continue // since the line has looked: it is told that he does not answer
		}
		for _, t := range m.plan.ways(m.dialler, u, directory.RingQueue) {
			b := m.branch(t, e.timeout)
			m.waiting.legs[b.Leg] = user
			branches = append(branches, b)
		}
	}
	if len(branches) == 0 {
		return nil
	}
	return m.Call.Step(now, "", call.Dial{Branches: branches, Add: true})
}

// tellPosition announces to the caller where he is in the line, unless he is still being told.
func (m *machine) tellPosition(now time.Time, position int) []call.Order {
	if m.plan.apps.Position == nil || m.Rings(m.waiting.announce) {
		return nil
	}
	app := m.plan.apps.Position(position)
	if app == nil {
		return nil
	}
	b := m.branch(target{app: app}, 0)
	b.Announces, m.waiting.announce = true, b.Leg
	return m.Call.Step(now, "", call.Dial{Branches: []call.Branch{b}, Add: true})
}

// leftReasons is why the call of one ends whom nobody takes.
var leftReasons = map[team.Why]call.Reason{team.Empty: call.Unavailable, team.TimedOut: call.NoAnswer, team.Full: call.Busy}

// after lets a caller go on whom the team does not take: by its actions, if there are any.
func (m *machine) after(now time.Time, t directory.Team, e lineLeft) []call.Order {
	c := m.course
	if c == nil || c.team == nil || c.team.ID != t.ID {
		return m.afterTeam(now, t, e.why)
	}
	m.state.Status = directory.StatusNoAnswer
	switch {
	case e.why == team.Full:
		m.state.Status = directory.StatusFull
	case e.why == team.Empty && e.out:
		m.state.Status = directory.StatusEnterEmpty
	case e.why == team.Empty:
		m.state.Status = directory.StatusExitEmpty
	}
	c.left = e.why
	return m.actAfter(now, leftReasons[e.why], prompts.TeamNobody)
}

// afterTeam lets him go on where there are no actions, or they have led nowhere.
func (m *machine) afterTeam(now time.Time, t directory.Team, why team.Why) []call.Order {
	if t.AfterTarget != "" && m.transfers > 0 {
		m.transfers--
		if p := m.plan.afterTeam(m.dialler, t); p.leads() {
			m.leftLine(now, p, why)
			return m.pursue(now, p)
		}
	}
	if why == team.Full { // he has the busy tone
		return m.fail(now, call.Busy, "")
	}
	return m.fail(now, leftReasons[why], prompts.TeamNobody)
}

// afterTeam is where callers go whom a team does not take.
func (d *dialPlan) afterTeam(who dialler, t directory.Team) plan {
	if t.AfterTarget != directory.ForwardToBox {
		return d.resolve(who, t.AfterTarget)
	}
	p := plan{dialled: t.AfterTarget, party: call.Party{Number: t.Extension, Name: t.Name}}
	if d.apps.Leave == nil {
		return p.refuse(call.Unavailable)
	}
	p.steps = [][]target{{d.box(TeamBox(d.domain, t.ID), p.party, false)}}
	return p
}

// leftLine has the call go on, by a plan, from the line of a team that has not taken it.
func (m *machine) leftLine(now time.Time, p plan, why team.Why) {
	m.forwards = m.dialler.Forwards + p.forwards
	m.afterLine(now, leftReasons[why], p)
}

// leaving is what a line is told when a call ends that could not do so itself.
func (m *machine) leaving() (list []effect) {
	if m.waiting != nil {
		list = append(list, toLine{lineEvent{m.waiting.team.ID, m.waiting.id, leave{}}})
	}
	if m.talks != nil {
		list = append(list, toLine{lineEvent{m.talks.team, m.talks.id, leave{}}})
	}
	return list
}

// tellLine tells the line what has become of the caller and of those who were rung for him.
func (m *machine) tellLine() {
	say := func(id team.CallID, in string, do lineDoing) {
		m.effects = append(m.effects, toLine{lineEvent{team: in, id: id, do: do}})
	}
	if s := m.talks; s != nil && m.Partner(s.leg) == "" {
		say(s.id, s.team, done{s.user})
		m.talks = nil
	}
	w := m.waiting
	if w == nil {
		return
	}
	if partner := m.pair()[1]; m.Over() || partner != "" {
		user, member := w.legs[partner]
		if p := m.legs.get(partner); !member && p != nil { // who has picked the call up may be one too
			_, member = w.team.Agent(p.owner())
			user = p.owner()
		}
		if member {
			say(w.id, w.team.ID, answered{user})
			m.talks = &served{w.id, w.team.ID, user, partner}
		} else {
			say(w.id, w.team.ID, leave{})
		}
		m.waiting = nil
		return
	}
	for _, f := range slices.Clone(w.rung) {
		if !slices.ContainsFunc(w.legsOf(f.user), m.Rings) {
			w.forget(f.user)
			say(w.id, w.team.ID, f)
		}
	}
}
