package call

import (
	"slices"
	"time"
)

// Times that a call keeps by itself.
const (
	// DecideTime is how long the owner may think after [Exhausted]; a look into the database fits well.
	DecideTime = 5 * time.Second
	// ConfirmTime is how long who answers a branch with Confirm may take to press 1: the question twice, and a moment.
	ConfirmTime = 15 * time.Second
)

// Config is what a call begins with.
type Config struct {
	Caller    LegID
	Party     Party // who calls
	Direction Direction
	Video     bool
	Longest   time.Duration // after which the call ends with Expired; 0 is without limit
}

// A Call is one caller, those who are rung for him, and the partner he talks to. It is a state machine without goroutine, clock or
// chance: what [Call.Step] returns depends on what went in alone. The zero value is no call.
type Call struct {
	caller  *member   // nil when the call is over
	partner *member   // who talks to the caller; nil while it is searched
	ringing []*member // branches that were placed and have not won, in the order of Dial
	waiting []planned // branches that have not been placed, in that order too

	video    bool
	eager    bool
	talked   bool      // the caller had a partner before
	waits    Sound     // what he hears until he has one
	decideBy time.Time // set between Exhausted and what the owner decides
	endBy    time.Time
	best     Reason // of the branches that have ended
	failed   bool   // one has ended

	now    time.Time
	orders []Order
}

// A member is a leg of the call.
type member struct {
	id        LegID
	party     Party
	direction Direction
	state     memberState
	early     bool      // can be heard while it rings
	holds     bool      // has put the other on hold
	told      Hear      // what it was last given to hear
	rung      ringState // what a caller was told
	branch    Branch
	deadline  time.Time // of ringing, or of confirming; zero is none
}

type memberState uint8

const (
	placed     memberState = iota // nothing was heard of it yet, or of a caller: it has not been answered
	alerting                      // rings
	confirming                    // has answered and is to press 1
	up                            // has answered
)

type ringState uint8

const (
	notRung ringState = iota
	rung
	rungEarly
)

type planned struct {
	Branch
	at time.Time
}

// New makes the call of a leg that has come in, or that is called first to be connected then: for the latter, what is dialled
// waits until it has answered. Where Longest is set, time runs from now.
func New(now time.Time, c Config) *Call {
	call := &Call{caller: &member{id: c.Caller, party: c.Party, direction: c.Direction}, video: c.Video}
	if c.Longest > 0 {
		call.endBy = now.Add(c.Longest)
	}
	return call
}

// Step takes an event of a leg, or of the owner when from is empty, and returns what is to be done, in order. Events of legs that
// are not in the call are ignored: they have crossed an order. What was due until now is done afterwards: who answers as the time
// to ring ends has answered.
func (c *Call) Step(now time.Time, from LegID, e Event) []Order {
	c.orders = nil
	c.now = now
	if c.caller != nil {
		if from == "" {
			c.ownerEvent(e)
		} else if m := c.member(from); m != nil {
			c.legEvent(m, e)
		}
	} else if adopt, ok := e.(Adopt); ok && from == "" {
		c.order(adopt.Leg, Hangup{Cancelled}) // nobody else would end it
	}
	c.runTimers()
	c.tellSounds()
	return c.orders
}

// Next is when Step is to be called at the latest, with [Tick] if nothing else has happened. Zero is never.
func (c *Call) Next() time.Time {
	next, _ := c.nextTimer()
	return next
}

// Over reports whether the call has ended: it takes no more events.
func (c *Call) Over() bool { return c.caller == nil }

// Legs returns the legs of the call: the caller first, then his partner or those who are rung.
func (c *Call) Legs() []LegID {
	var ids []LegID
	for _, m := range c.members() {
		ids = append(ids, m.id)
	}
	return ids
}

// Held reports whether the leg's partner has put it on hold.
func (c *Call) Held(leg LegID) bool {
	m := c.member(leg)
	if m == nil {
		return false
	}
	other := c.other(m)
	return other != nil && other.holds
}

// Partner returns whom the leg talks to, or the empty LegID.
func (c *Call) Partner(leg LegID) LegID {
	if other := c.other(c.member(leg)); other != nil {
		return other.id
	}
	return ""
}

// Party returns who is at the leg.
func (c *Call) Party(leg LegID) Party {
	if m := c.member(leg); m != nil {
		return m.party
	}
	return Party{}
}

// Rings reports whether a branch has been dialled and has neither failed nor won, whether it has been placed already or not.
func (c *Call) Rings(leg LegID) bool {
	return slices.ContainsFunc(c.ringing, func(m *member) bool { return m.id == leg }) ||
		slices.ContainsFunc(c.waiting, func(b planned) bool { return b.Leg == leg })
}

func (c *Call) members() []*member {
	var list []*member
	if c.caller != nil {
		list = append(list, c.caller)
	}
	if c.partner != nil {
		list = append(list, c.partner)
	}
	return append(list, c.ringing...)
}

func (c *Call) member(id LegID) *member {
	for _, m := range c.members() {
		if m.id == id {
			return m
		}
	}
	return nil
}

// other is whom m talks to, nil when it talks to nobody.
func (c *Call) other(m *member) *member {
	switch {
	case m == nil || c.partner == nil:
		return nil
	case m == c.caller:
		return c.partner
	case m == c.partner:
		return c.caller
	}
	return nil
}

func (c *Call) order(leg LegID, command Command) {
	c.orders = append(c.orders, Order{leg, command})
}

func (c *Call) ownerEvent(e Event) {
	switch e := e.(type) {
	case Dial:
		c.dialMore(e)
	case Accept:
		c.decideBy, c.waits = time.Time{}, e.Sound
		c.answerCaller()
	case Adopt:
		c.adopt(e)
	case Release:
		c.release(e.Leg)
	case Transfer:
		c.transfer(e)
	case SetHold:
		if m := c.member(e.Leg); m != nil {
			c.setHold(m, e.On)
		}
	case Withdraw:
		c.withdraw(e.Group, e.Reason)
	case Drop:
		c.finish(e.Reason)
	}
}

func (c *Call) legEvent(m *member, e Event) {
	switch e := e.(type) {
	case Ringing:
		c.alerted(m, e.Early)
	case Answered:
		c.answered(m)
	case DTMF:
		c.pressed(m, e)
	case Held:
		c.setHold(m, true)
	case Resumed:
		c.setHold(m, false)
	case Identified:
		c.identified(m, e.Party)
	case Ended:
		c.ended(m, e.Reason)
	}
}

// finish ends the call and each of its legs.
func (c *Call) finish(r Reason) {
	if c.caller == nil {
		return
	}
	c.cancelBranches(Cancelled)
	for _, m := range []*member{c.caller, c.partner} {
		if m != nil {
			c.order(m.id, Hangup{r})
		}
	}
	c.end(r)
}

// end is the last of the call, when its legs have had their last command.
func (c *Call) end(r Reason) {
	c.caller, c.partner, c.ringing, c.waiting = nil, nil, nil, nil
	c.decideBy, c.endBy = time.Time{}, time.Time{}
	c.order("", Over{r})
}

// tellSounds orders what has changed in what each leg is to hear.
func (c *Call) tellSounds() {
	for _, m := range c.members() {
		if want := c.hears(m); want != m.told {
			m.told = want
			c.order(m.id, want)
		}
	}
}

// hears says what a leg is to hear as the call stands.
func (c *Call) hears(m *member) Hear {
	other := c.other(m)
	switch {
	case m.state == confirming:
		return Hear{Sound: AskToPick}
	case other != nil && m.holds:
		return Hear{}
	case other != nil && other.holds:
		return Hear{Sound: Music}
	case other != nil:
		return Hear{From: other.id}
	case m != c.caller:
		return Hear{}
	}
	if early := c.announcing(); early != nil {
		return Hear{From: early.id}
	}
	if early := c.onlyEarly(); early != nil {
		return Hear{From: early.id}
	}
	switch {
	case m.state != up: // its own device makes the ringing tone
		return Hear{}
	case c.waits != Nothing:
		return Hear{Sound: c.waits}
	case slices.ContainsFunc(c.ringing, func(b *member) bool { return b.state != placed }), len(c.ringing) == 0 && len(c.waiting) > 0:
		return Hear{Sound: Ringback}
	case c.talked:
		return Hear{Sound: Music}
	}
	return Hear{} // the owner's to fill
}

// announcing is the branch that is heard whoever else rings.
func (c *Call) announcing() *member {
	for _, b := range c.ringing {
		if b.branch.Announces && b.early && b.state == alerting {
			return b
		}
	}
	return nil
}

// onlyEarly is the branch that can be heard before it answers, when no other rings that could not be.
func (c *Call) onlyEarly() *member {
	if len(c.ringing) == 1 && c.ringing[0].early && c.ringing[0].state == alerting {
		return c.ringing[0]
	}
	return nil
}
