package telephony

import (
	"cmp"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/telephony/flow"
	"plenum/components/telephony/prompts"
)

// A machine is a call with what telephony knows of numbers and people: it looks at what comes before the [call.Call] in it does, and at what that
// one wants. Like it, it has no goroutine and no clock, and depends on nothing but what goes in and what the plan answers.
type machine struct {
	*call.Call
	id        string
	plan      *dialPlan
	legs      *legs
	live      *liveCall // whose machine it is; nil in tests of the machine alone
	newLeg    func() call.LegID
	ring      time.Duration
	transfers int // that are left
	forwards  int // by which the call has come to whom is rung now

	dialler dialler // in whose name is dialled, and
	served  Caller  // for whom: who waits for an answer
	dialled string
	first   string     // what is dialled when the caller's own device was answered, which is called first
	giveUp  time.Time  // when it has rung for long enough
	acts    call.LegID // for whom somebody has had the call ended, in this step
	steps   [][]target // that are left
	rang    map[call.LegID]bool
	rung    bool // somebody was, in this step
	outside bool // the step was one by a trunk
	said    bool // why nothing came of it

	course *course // the actions that lead the call now; nil for none
	resume *plan   // that is pursued when nothing rings any more
	state  flow.State
	hops   int  // courses that it has begun
	up     bool // the caller has been answered

	waiting *waiting // in the line of a team; nil when he does not
	talks   *served  // to a member of a team; nil when nobody does
	lines   int      // in which he has waited

	effects []effect
	rows
}

// An effect is what a step brings about outside the call.
type effect interface{ effect() }

type (
	// handOver gives a leg to another call.
	handOver struct {
		leg   call.LegID
		to    *liveCall
		adopt call.Adopt
	}
	// ask sends an event to the call of a leg; when there is none, otherwise comes back to this one.
	ask struct {
		to        *liveCall
		event     call.Event
		otherwise call.Event
	}
	// save keeps a row.
	save struct{ Record }
)

func (handOver) effect() {}
func (ask) effect()      {}
func (save) effect()     {}

// Events of telephony's own. They are events by what is embedded in them, and mean nothing to the call.Call.
type (
	// begin dials what the caller has dialled.
	begin struct {
		call.Tick
		dialled, fallback string
	}
	// give asks for the partner of a leg, to be put in the place of another leg of the same user in another call.
	give struct {
		call.Tick
		leg      call.LegID
		to       *liveCall
		replaces call.LegID
	}
	// blind transfers a leg's partner to a number, as the leg itself may ask for.
	blind struct {
		call.Tick
		leg    call.LegID
		number string
	}
	// passed says that the PIN was entered which the service at a leg has asked for.
	passed struct {
		call.Tick
		leg call.LegID
	}
	// refused says that a transfer has come to nothing.
	refused struct {
		call.Tick
		leg    call.LegID
		reason call.Reason
	}
)

// Step implements [call.Machine].
func (m *machine) Step(now time.Time, from call.LegID, e call.Event) []call.Order {
	m.effects, m.acts = nil, ""
	before := m.pair()
	var orders []call.Order
	if from == "" {
		orders = m.told(now, e)
	} else {
		orders = m.heard(now, from, e)
	}
	if !m.Over() && !m.giveUp.IsZero() && !now.Before(m.giveUp) {
		m.giveUp = time.Time{}
		orders = append(orders, m.Call.Step(now, "", call.Drop{Reason: call.NoAnswer})...)
	}
	orders = m.goOn(now, orders)
	for _, o := range orders {
		_, answer := o.Command.(call.Answer)
		m.up = m.up || answer
	}
	m.tellLine()
	m.account(now, before, cmp.Or(from, m.acts), e, orders)
	return orders
}

// told takes what the owner of the call says.
func (m *machine) told(now time.Time, e call.Event) []call.Order {
	switch e := e.(type) {
	case begin:
		m.state = m.plan.labelled(now)
		return m.follow(now, m.plan.resolveIn(m.dialler, e.dialled, e.fallback))
	case give:
		return m.give(now, e)
	case blind:
		return m.transfer(now, e.leg, e.number)
	case passed:
		return m.passed(now, e.leg)
	case chose:
		return m.chose(now, e)
	case refused:
		return m.refuseTransfer(e.leg, e.reason)
	case wanted:
		return m.wanted(now, e)
	case callOut:
		return m.callOut(e.leg)
	}
	if orders, ok := m.lined(now, e); ok {
		return orders
	}
	return m.Call.Step(now, "", e)
}

// heard takes what a leg says.
func (m *machine) heard(now time.Time, from call.LegID, e call.Event) []call.Order {
	switch e := e.(type) {
	case call.TransferAsked:
		if m.Over() {
			return nil
		}
		if e.Replaces != "" {
			return m.attended(from, e.Replaces)
		}
		return m.transfer(now, from, e.To.Number)
	case call.Ringing:
		m.rang[from], m.rung = true, true
	case call.Answered:
		if m.first != "" && !m.Over() {
			return m.taken(now, from, e)
		}
	}
	return m.Call.Step(now, from, e)
}

// follow begins with a plan.
func (m *machine) follow(now time.Time, p plan) []call.Order {
	m.dialled, m.said, m.forwards = p.dialled, false, m.dialler.Forwards+p.forwards
	if p.take != nil {
		m.take(p.take)
		return nil
	}
	m.open(now, p)
	return m.pursue(now, p)
}

// next makes the branches of the next step.
func (m *machine) next() []call.Branch {
	step := m.steps[0]
	m.box = step[0].box
	m.steps, m.rung, m.outside = m.steps[1:], false, step[0].line != nil && !step[0].mobile()
	branches := make([]call.Branch, 0, len(step))
	for _, t := range step {
		ring := m.ring
		if t.app != nil {
			ring = 0
		}
		branches = append(branches, m.branch(t, ring))
	}
	return branches
}

// goOn does what is left to try when all who were rung have failed.
func (m *machine) goOn(now time.Time, orders []call.Order) []call.Order {
	for i := 0; i < len(orders); i++ {
		if e, ok := orders[i].Command.(call.Exhausted); ok && !m.Over() {
			orders = append(orders, m.exhausted(now, e.Reason)...)
		}
	}
	return orders
}

// anotherWay are the reasons for which the same number is worth being tried by another trunk: it was not the called party who has failed.
var anotherWay = []call.Reason{
	call.Failed, call.Unavailable, call.Congestion, call.Forbidden, call.Incompatible, call.Insecure, call.MediaLost,
}

func (m *machine) exhausted(now time.Time, why call.Reason) []call.Order {
	if m.waiting != nil {
		return m.hold(now)
	}
	if m.resume != nil {
		return m.pursue(now, *m.resume)
	}
	if m.course != nil && m.course.hangs {
		m.course.hangs, m.rung = false, false
		return m.act(now)
	}
	if len(m.steps) > 0 && !m.rung && slices.Contains(anotherWay, why) {
		return m.Call.Step(now, "", call.Dial{Branches: m.next()})
	}
	return m.unanswered(now, why, "")
}

// fail ends the call, after the caller was told why where there are words for it: who was rung in vain knows. A text says more than the reason.
func (m *machine) fail(now time.Time, why call.Reason, text prompts.ID) []call.Order {
	if !m.said && !m.rung {
		said := why
		if m.outside && (why == call.Unavailable || why == call.Failed) {
			said = call.Congestion // it is not the other party who cannot be reached
		}
		if t, ok := m.plan.announce(said, text); ok {
			m.said, m.steps = true, [][]target{{t}}
			return m.Call.Step(now, "", call.Dial{Branches: m.next()})
		}
	}
	return m.Call.Step(now, "", call.Drop{Reason: why})
}

// passed goes on behind a leg that has asked for a PIN.
func (m *machine) passed(now time.Time, leg call.LegID) []call.Order {
	if p := m.legs.get(leg); m.Over() || p == nil || !p.target.gate || m.Partner(leg) == "" || len(m.steps) == 0 {
		return nil
	}
	return m.Call.Step(now, "", call.Transfer{Leg: leg, Branches: m.next()})
}

// pair is who talks to each other.
func (m *machine) pair() [2]call.LegID {
	ids := m.Legs()
	if len(ids) == 0 {
		return [2]call.LegID{}
	}
	return [2]call.LegID{ids[0], m.Partner(ids[0])}
}
