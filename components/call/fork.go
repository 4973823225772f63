package call

import (
	"slices"
	"time"
)

// dialMore rings new branches for the caller, besides those that ring or in their place.
func (c *Call) dialMore(e Dial) {
	switch {
	case c.partner != nil: // the owner's word has crossed an answer
		return
	case !e.Add:
		c.dial(e.Branches, e.Eager)
		return
	case len(c.ringing)+len(c.waiting) == 0:
		waits := c.waits
		c.dial(e.Branches, e.Eager)
		c.waits = waits
		return
	}
	c.place(e.Branches)
}

// dial rings new branches for the caller, and no others.
func (c *Call) dial(branches []Branch, eager bool) {
	c.cancelBranches(Cancelled)
	c.decideBy, c.eager, c.best, c.failed, c.waits = time.Time{}, eager, Failed, false, Nothing
	c.place(branches)
}

func (c *Call) place(branches []Branch) {
	for _, b := range branches {
		c.waiting = append(c.waiting, planned{b, c.now.Add(b.Start)})
	}
	c.goOn()
}

// goOn starts branches, unless the caller is called himself and has not answered: that starts them.
func (c *Call) goOn() {
	if c.caller.direction == Incoming || c.caller.state == up {
		c.startBranches()
	}
}

// startBranches places the branches whose time has come, and says so when there are none left to hope for.
func (c *Call) startBranches() {
	c.waiting = slices.DeleteFunc(c.waiting, func(b planned) bool {
		if b.at.After(c.now) {
			return false
		}
		m := &member{id: b.Leg, party: b.Party, direction: Outgoing, branch: b.Branch}
		if b.Ring > 0 {
			m.deadline = b.at.Add(b.Ring)
		}
		c.ringing = append(c.ringing, m)
		c.order(b.Leg, Place{b.Branch, c.caller.id, c.caller.party, c.video})
		return true
	})
	if len(c.ringing) > 0 {
		return
	}
	if len(c.waiting) == 0 {
		c.exhausted()
	} else if c.eager && c.failed {
		c.hurry()
	} else {
		c.ringCaller(rung) // he waits, and has heard nothing yet
	}
}

// hurry moves the plan forward so that its next branches start now.
func (c *Call) hurry() {
	first := slices.MinFunc(c.waiting, func(a, b planned) int { return a.at.Compare(b.at) })
	ahead := first.at.Sub(c.now)
	for i := range c.waiting {
		c.waiting[i].at = c.waiting[i].at.Add(-ahead)
	}
	c.startBranches()
}

func (c *Call) exhausted() {
	reason := c.best
	if !c.failed {
		reason = NotFound // nobody was dialled at all
	}
	c.best, c.failed = reason, true
	c.decideBy = c.now.Add(DecideTime)
	c.order("", Exhausted{reason})
}

// alerted says that a branch rings.
func (c *Call) alerted(m *member, early bool) {
	if !slices.Contains(c.ringing, m) || m.state > alerting {
		return
	}
	m.state, m.early = alerting, m.early || early
	want := rung
	if c.onlyEarly() != nil {
		want = rungEarly
	}
	c.ringCaller(want)
}

// ringCaller tells a caller that somebody is rung for him, or will be, unless he knows.
func (c *Call) ringCaller(want ringState) {
	if c.caller.state != up && c.caller.direction == Incoming && want > c.caller.rung {
		c.caller.rung = want
		c.order(c.caller.id, Ring{Early: want == rungEarly})
	}
}

// answered says that a leg was taken by its party: a branch, or a caller who was called.
func (c *Call) answered(m *member) {
	switch {
	case m == c.caller && m.state != up && m.direction == Outgoing:
		m.state = up
		if len(c.waiting) > 0 {
			for i := range c.waiting {
				c.waiting[i].at = c.now.Add(c.waiting[i].Start)
			}
			c.startBranches()
		}
	case !slices.Contains(c.ringing, m) || m.state >= confirming:
	case m.branch.Confirm:
		m.state, m.deadline = confirming, c.now.Add(ConfirmTime)
	default:
		c.win(m)
	}
}

// win makes a branch the caller's partner and lets the others go.
func (c *Call) win(m *member) {
	c.ringing = slices.DeleteFunc(c.ringing, func(other *member) bool { return other == m })
	c.cancelBranches(Elsewhere)
	m.state, m.deadline = up, time.Time{}
	c.connect(m)
	c.order(c.caller.id, Identify{m.party})
}

// connect makes m the caller's partner.
func (c *Call) connect(m *member) {
	c.partner, c.talked, c.decideBy, c.waits = m, true, time.Time{}, Nothing
	c.answerCaller()
}

func (c *Call) answerCaller() {
	if c.caller.direction == Incoming && c.caller.state != up {
		c.order(c.caller.id, Answer{})
		c.caller.state = up
	}
}

// pressed takes a key: of who is to confirm, or of who talks.
func (c *Call) pressed(m *member, e DTMF) {
	if m.state == confirming {
		if e.Key == '1' {
			c.win(m)
		}
		return
	}
	if other := c.other(m); other != nil && !other.holds && !m.holds {
		c.order(other.id, SendDTMF{Keys: string(rune(e.Key)), Duration: e.Duration})
	}
}

// branchEnded takes what became of a branch. The branch is not in c.ringing any more.
func (c *Call) branchEnded(m *member, r Reason) {
	c.failedFor(r)
	if r == Declined && m.branch.Group != "" {
		c.drop(m.branch.Group, r)
	}
	c.startBranches()
}

func (c *Call) failedFor(r Reason) {
	if !c.failed || r.better(c.best) {
		c.best, c.failed = r, true
	}
}

// drop ends the branches of a group, and those to come, and reports whether there were any.
func (c *Call) drop(group string, r Reason) bool {
	before := len(c.waiting) + len(c.ringing)
	c.waiting = slices.DeleteFunc(c.waiting, func(b planned) bool { return b.Group == group })
	c.ringing = slices.DeleteFunc(c.ringing, func(b *member) bool {
		if b.branch.Group == group {
			c.order(b.id, Hangup{r})
			return true
		}
		return false
	})
	return len(c.waiting)+len(c.ringing) < before
}

// withdraw gives up the branches of a group at the owner's wish.
func (c *Call) withdraw(group string, r Reason) {
	if group != "" && c.drop(group, r) {
		c.failedFor(r)
		c.goOn()
	}
}

// cancelBranches ends all branches, of which none has won or one that is not among them any more.
func (c *Call) cancelBranches(r Reason) {
	for _, m := range c.ringing {
		c.order(m.id, Hangup{r})
	}
	c.ringing, c.waiting = nil, nil
}
