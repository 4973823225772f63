package telephony

import (
	"slices"
	"strconv"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/flow"
	"plenum/components/telephony/prompts"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

// Flows are the actions of users and teams, and the menus, routers and conditions around them (B8). It answers from memory.
type Flows interface {
	flow.Objects
	// Of are the actions of a user or a team; none when there is no such.
	Of(owner directory.FlowOwner) directory.CallFlow
	// AtExtension is the menu, router or switch whose extension this is.
	AtExtension(extension string) (directory.CallObject, bool)
	// Labels are the rules for labels.
	Labels() []directory.CallObject
}

// A course is what leads a call that was made to a user, a team, a menu or a router: their actions before, they themselves, and their actions after.
type course struct {
	name  string // of whose actions they are
	party call.Party
	after []directory.CallAction
	user  User                  // who is called, or
	team  *directory.Team       // in whose line the caller is to wait, or
	menu  *directory.CallObject // where he is to choose; a router has nothing but actions

	list   []directory.CallAction // that is gone through, and
	at     int                    // where
	over   bool                   // it is the one after
	why    call.Reason            // nobody has taken the call, then
	text   prompts.ID
	left   team.Why // why he does not wait any more
	picked bool     // he has chosen in the menu
	hangs  bool     // the next line comes as soon as nothing rings: something is said to the caller, or he has chosen
}

// courseOf is that of a user or a team; nil when there are no actions for such a call.
func (d *dialPlan) courseOf(who dialler, owner directory.FlowOwner, p call.Party) *course {
	if d.flows == nil {
		return nil
	}
	lists := d.flows.Of(owner)
	c := &course{name: p.Name, party: p, list: lists.Before(who.Inside()), after: lists.After(who.Inside())}
	if len(c.list)+len(c.after) == 0 {
		return nil
	}
	return c
}

// toObject leads to a menu, a router, or what turns a switch over.
func (d *dialPlan) toObject(p plan, who dialler, o directory.CallObject) plan {
	p.party = call.Party{Number: o.Extension, Name: o.Name}
	switch {
	case o.Kind == directory.Switches && who.Inside() && d.apps.Switch != nil:
		return p.app(o.Name, d.apps.Switch(o.ID))
	case o.Kind == directory.Menus && d.apps.Menu != nil:
		p.course = &course{
			name: o.Name, party: p.party, list: o.Menu.Before(who.Inside()), after: o.Menu.After(who.Inside()), menu: &o,
		}
		return p
	case o.Kind == directory.CallRouters:
		p.course = &course{name: o.Name, party: p.party, list: o.Actions}
		return p
	}
	return p.refuse(call.NotFound)
}

// object is the menu, router or switch whose extension this is.
func (d *dialPlan) object(extension string) (directory.CallObject, bool) {
	if d.flows == nil {
		return directory.CallObject{}, false
	}
	return d.flows.AtExtension(extension)
}

// leads reports whether a plan leads anywhere.
func (p *plan) leads() bool { return len(p.steps) > 0 || p.team != nil || p.course != nil }

// pursue goes on by a plan: by the actions before, if there are any, and then to who is called.
func (m *machine) pursue(now time.Time, p plan) []call.Order {
	m.course, m.resume = p.course, nil
	if m.course == nil {
		return m.reach(now, p)
	}
	if m.hops++; m.hops > directory.MaxCallHops {
		m.plan.circle(p.dialled, m.course.user.JID)
		m.course = nil
		return m.fail(now, call.Busy, prompts.ReasonBusy)
	}
	if len(m.course.list) > 0 {
		return m.act(now)
	}
	return m.reach(now, p)
}

// reach rings who is called.
func (m *machine) reach(now time.Time, p plan) []call.Order {
	switch {
	case p.team != nil:
		m.wait(*p.team)
		return nil
	case len(p.steps) > 0:
		m.steps = p.steps
		return m.Call.Step(now, "", call.Dial{Branches: m.next()})
	case m.course != nil && m.course.menu != nil:
		menu := m.course.menu.Menu
		if m.up || m.first != "" {
			menu.AnswerDelay = 0
		}
		t := target{party: m.course.party, app: m.plan.apps.Menu(menu, m.plan.chosen), menu: true}
		m.steps = [][]target{{t}}
		return m.Call.Step(now, "", call.Dial{Branches: m.next()})
	}
	return m.unanswered(now, p.reason, p.text)
}

// forAfter are the reasons for which the actions after a call take it.
var forAfter = []call.Reason{call.NoAnswer, call.Busy, call.Declined, call.Unavailable, call.Failed, call.Incompatible, call.MediaLost}

// statuses say what the actions see of them.
var statuses = map[call.Reason]directory.CallStatus{call.NoAnswer: directory.StatusNoAnswer, call.Busy: directory.StatusBusy}

// unanswered goes on with the actions after a call that nobody has taken.
func (m *machine) unanswered(now time.Time, why call.Reason, text prompts.ID) []call.Order {
	c := m.course
	if c == nil || c.over || !slices.Contains(forAfter, why) {
		return m.fail(now, why, text)
	}
	m.state.Status = directory.StatusUnavailable
	if s, ok := statuses[why]; ok {
		m.state.Status = s
	}
	return m.actAfter(now, why, text)
}

func (m *machine) actAfter(now time.Time, why call.Reason, text prompts.ID) []call.Order {
	c := m.course
	c.list, c.at, c.over, c.why, c.text = c.after, 0, true, why, text
	m.unheard = why.String()
	return m.act(now)
}

// act carries out what comes next in the list.
func (m *machine) act(now time.Time) []call.Order {
	for c := m.course; ; {
		step := flow.Next(c.list, c.at, m.state, m.plan.flows, m.plan.clock(now))
		m.state, c.at = step.State, step.At
		if m.state.Language != "" {
			m.served.Language = m.state.Language
		}
		if step.Action == nil {
			return m.listEnds(now)
		}
		if orders, ok := m.do(now, step.Action); ok {
			return orders
		}
	}
}

// listEnds goes on where a list has led nowhere.
func (m *machine) listEnds(now time.Time) []call.Order {
	c := m.course
	switch {
	case c.over && c.team != nil:
		m.course = nil
		return m.afterTeam(now, *c.team, c.left)
	case c.over:
		m.course = nil
		return m.fail(now, c.why, c.text)
	case c.menu != nil && c.picked:
		return m.unanswered(now, call.NoAnswer, "")
	case c.menu != nil:
		return m.reach(now, plan{})
	case c.team != nil:
		return m.reach(now, plan{team: c.team})
	case !c.user.JID.IsZero():
		p := m.plan.ring(plan{dialled: m.dialled}, m.dialler, c.user)
		return m.reach(now, p)
	}
	return m.unanswered(now, call.Unavailable, "")
}

// do carries a line out. It reports false for one that leads nowhere now: then the next one comes.
func (m *machine) do(now time.Time, a *directory.CallAction) (orders []call.Order, ok bool) {
	c := m.course
	switch a.Kind {
	case directory.CallPrompt:
		if m.plan.apps.Play == nil {
			return nil, false
		}
		return m.play(now, m.plan.apps.Play(prompts.ID(a.Prompt))), true
	case directory.CallVoicemail:
		return m.leaveMessage(now, a)
	case directory.CallHangUp:
		why := call.Declined
		if c.over {
			why = c.why
		}
		return m.Call.Step(now, "", call.Drop{Reason: why}), true
	}
	p, ok := m.plan.leadsTo(m.dialler, c, a)
	if !ok {
		return nil, false
	}
	m.actedOn(now, p)
	return m.pursue(now, p), true
}

// play says something to the caller, whose call is answered by that.
func (m *machine) play(now time.Time, app App) []call.Order {
	m.course.hangs = true
	m.steps = [][]target{{{party: m.course.party, app: app}}}
	return slices.Concat(m.Call.Step(now, "", call.Accept{}), m.Call.Step(now, "", call.Dial{Branches: m.next()}))
}

// leaveMessage lets the caller leave a message, in the box of a user or a team.
func (m *machine) leaveMessage(now time.Time, a *directory.CallAction) ([]call.Order, bool) {
	c := m.course
	owner, party, ok := m.plan.boxOf(c, a)
	if !ok || m.plan.apps.Leave == nil {
		return nil, false
	}
	busy := a.Greeting == directory.GreetingBusy || a.Greeting == directory.GreetingByStatus && c.over && c.why == call.Busy
	m.course = nil // nothing comes after it
	m.steps = [][]target{{m.plan.box(owner, party, busy)}}
	return m.Call.Step(now, "", call.Dial{Branches: m.next()}), true
}

// boxOf is the box that a line leads to, and who has it. It reports false when he, or the team, is gone.
func (d *dialPlan) boxOf(c *course, a *directory.CallAction) (owner jid.JID, p call.Party, ok bool) {
	switch team := a.TeamBox(); {
	case a.Box == "" && c.team != nil:
		return TeamBox(d.domain, c.team.ID), c.party, true
	case team != "" && d.teams != nil:
		t, err := d.teams.Get(team)
		return TeamBox(d.domain, t.ID), call.Party{Number: t.Extension, Name: t.Name}, err == nil
	}
	u := c.user
	if ok = !u.JID.IsZero(); a.Box != "" {
		u, ok = d.people.Get(jid.Canonical(a.Box))
	}
	return u.JID, call.Party{JID: u.JID, Number: u.Extension, Name: u.Name}, ok
}

// leadsTo is the plan for a line that passes the call on. It reports false where nothing is there, or nothing can ring.
func (d *dialPlan) leadsTo(who dialler, c *course, a *directory.CallAction) (p plan, ok bool) {
	p = plan{dialled: a.Target, party: call.Party{Number: a.Target}}
	switch a.Kind {
	case directory.CallTeam:
		if d.teams == nil {
			return p, false
		}
		t, err := d.teams.Get(a.Target)
		if err != nil {
			return p, false
		}
		p.dialled = t.Extension
		p = d.toTeam(p, who, t)
	case directory.CallMenu, directory.CallRouter:
		o, err := d.flows.Object(a.Target)
		if err != nil || string(o.Kind) != string(a.Kind) {
			return p, false
		}
		p.dialled = o.Extension
		p = d.toObject(p, who, o)
	case directory.CallExtension:
		p = d.inside(p, who, a.Target)
	case directory.CallNumber: // in the name of who is called, as a forward is
		p = d.forwardOutside(p, who, c.user, a.Target)
	}
	return p, p.leads()
}

// inside leads to whom an extension belongs, whoever calls: a user, a team, a menu or a router.
func (d *dialPlan) inside(p plan, who dialler, extension string) plan {
	if user, ok := d.people.AtExtension(extension); ok {
		return d.user(p, who, user)
	}
	if t, ok := d.team(extension); ok {
		return d.toTeam(p, who, t)
	}
	if o, ok := d.object(extension); ok && o.Kind != directory.Switches {
		return d.toObject(p, who, o)
	}
	return p.refuse(call.NotFound)
}

// labelled is the state of a call that begins, with the labels that it has at first.
func (d *dialPlan) labelled(now time.Time) flow.State {
	if d.flows == nil {
		return flow.State{}
	}
	return flow.Begin(d.flows.Labels(), d.flows, d.clock(now))
}

// labelNumber is the value of a label of the call, if that is a whole number within its limits; 0 otherwise.
func (m *machine) labelNumber(label string, most int) int {
	n, err := strconv.Atoi(m.state.Labels[label])
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

// clock is the time as conditions see it.
func (d *dialPlan) clock(now time.Time) time.Time {
	if d.zone == nil {
		return now
	}
	return now.In(d.zone)
}

// actedOn has the call go on, by a plan, since an action says so.
func (m *machine) actedOn(now time.Time, p plan) {
	m.forwards = max(m.forwards, m.dialler.Forwards+p.forwards)
	if c := m.course; c.over && c.team != nil {
		m.afterLine(now, c.why, p)
		return
	}
	m.afterAction(now, p)
}

// A chose event says which entry of a menu was chosen at its leg; −1 is none.
type chose struct {
	call.Tick
	leg   call.LegID
	entry int
}

// chose goes on behind a menu, by the actions of the entry or by those after the menu.
func (m *machine) chose(now time.Time, e chose) []call.Order {
	c, p := m.course, m.legs.get(e.leg)
	if m.Over() || p == nil || !p.target.menu || m.Partner(e.leg) == "" || c == nil || c.menu == nil {
		return nil
	}
	c.picked, c.hangs, c.list, c.at = true, true, nil, 0
	if e.entry >= 0 && e.entry < len(c.menu.Menu.Entries) {
		c.list = c.menu.Menu.Entries[e.entry].Actions
	}
	return m.Call.Step(now, "", call.Transfer{Leg: e.leg})
}

// chosen tells the call of a menu's leg what was chosen.
func (s *Service) chosen(leg call.LegID, entry int) {
	if l := s.legs.call(leg); l != nil {
		l.runner.Post(chose{leg: leg, entry: entry})
	}
}

// inMenu reports whether something is at a leg that asks the caller, and passes him on.
func (m *machine) inMenu(leg call.LegID) bool {
	p := m.legs.get(leg)
	return p != nil && (p.target.menu || p.target.gate)
}
