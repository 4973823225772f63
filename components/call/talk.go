package call

import (
	"slices"
	"time"
)

// ended takes a leg out that is gone.
func (c *Call) ended(m *member, r Reason) {
	switch {
	case slices.Contains(c.ringing, m):
		c.ringing = slices.DeleteFunc(c.ringing, func(other *member) bool { return other == m })
		c.branchEnded(m, r)
	default:
		c.cancelBranches(Cancelled)
		if other := c.other(m); other != nil {
			c.order(other.id, Hangup{r})
		}
		c.end(r)
	}
}

// setHold notes that m has put its partner on hold, or takes it back.
func (c *Call) setHold(m *member, on bool) {
	if m.holds == on || m.state != up {
		return
	}
	m.holds = on
	if other := c.other(m); other != nil {
		if on {
			c.order(other.id, Hold{})
		} else {
			c.order(other.id, Resume{})
		}
	}
}

// identified says that a leg's party is another than was thought.
func (c *Call) identified(m *member, p Party) {
	m.party = p
	if other := c.other(m); other != nil {
		c.order(other.id, Identify{p})
	}
}

// transfer lets a leg go and searches another partner for the one it talked to.
func (c *Call) transfer(e Transfer) {
	m := c.member(e.Leg)
	stays := c.other(m)
	if stays == nil {
		return
	}
	c.order(m.id, TransferResult{Done: true})
	c.order(m.id, Hangup{Transferred})
	c.caller, c.partner = stays, nil
	c.freshPartner(stays, m.holds)
	c.dial(e.Branches, false)
}

// freshPartner makes a leg ready for another partner: it holds nobody, and the one who had put it on hold is gone.
func (c *Call) freshPartner(m *member, wasHeld bool) {
	m.holds = false
	if wasHeld {
		c.order(m.id, Resume{})
	}
}

// adopt takes a leg over from elsewhere.
func (c *Call) adopt(e Adopt) {
	if c.member(e.Leg) != nil {
		return
	}
	replaced := c.member(e.Replaces)
	stays := c.caller
	if replaced != nil && replaced == c.caller {
		stays = c.partner
	}
	answered := replaced != nil && (replaced == c.caller || replaced == c.partner)
	if e.Replaces != "" && replaced == nil || e.Ringing && answered || stays == nil || !c.mayConnect(stays, replaced) {
		c.order(e.Leg, Hangup{Cancelled}) // what it was to replace has just gone, or the other has just answered
		return
	}
	m := &member{id: e.Leg, party: e.Party, direction: e.Direction, state: up}
	if !e.Up {
		c.order(m.id, Answer{})
	}
	if e.Held {
		c.order(m.id, Resume{})
	}
	if other := c.other(replaced); other != nil {
		c.order(replaced.id, TransferResult{Done: true})
		c.order(replaced.id, Hangup{Transferred})
		c.freshPartner(other, replaced.holds)
	} else {
		c.cancelBranches(Elsewhere)
	}
	c.caller = stays
	c.connect(m)
	c.order(stays.id, Identify{m.party})
	c.order(m.id, Identify{stays.party})
}

// mayConnect reports whether a leg is free for another partner in the place of replaced, which may be nil.
func (c *Call) mayConnect(stays, replaced *member) bool {
	if stays.direction == Outgoing && stays.state != up {
		return false // it has not been reached itself
	}
	return c.partner == nil || c.other(replaced) == stays
}

// release gives a leg up to another call.
func (c *Call) release(leg LegID) {
	m := c.member(leg)
	if m == nil {
		return
	}
	if slices.Contains(c.ringing, m) {
		c.ringing = slices.DeleteFunc(c.ringing, func(other *member) bool { return other == m })
		c.branchEnded(m, Elsewhere)
		return
	}
	c.cancelBranches(Cancelled)
	if other := c.other(m); other != nil {
		c.order(other.id, Hangup{Transferred})
	}
	c.end(Transferred)
}

// runTimers does what was due until now, in order of time.
func (c *Call) runTimers() {
	now := c.now
	for {
		at, run := c.nextTimer()
		if run == nil || at.After(now) {
			break
		}
		c.now = at
		run()
	}
	c.now = now
}

// nextTimer is what is due first, and its time; run is nil when there is nothing.
func (c *Call) nextTimer() (at time.Time, run func()) {
	consider := func(t time.Time, f func()) {
		if !t.IsZero() && (run == nil || t.Before(at)) {
			at, run = t, f
		}
	}
	consider(c.endBy, func() { c.finish(Expired) })
	consider(c.decideBy, func() { c.finish(c.best) })
	for _, m := range c.ringing {
		consider(m.deadline, func() {
			c.order(m.id, Hangup{NoAnswer})
			c.ended(m, NoAnswer)
		})
	}
	if c.caller != nil && (c.caller.direction == Incoming || c.caller.state == up) {
		for _, b := range c.waiting {
			consider(b.at, c.startBranches)
		}
	}
	return at, run
}
