package telephony

import (
	"sync"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// A party is who is at a leg, and how he came to be there. It does not change.
type party struct {
	leg       call.LegID
	direction call.Direction
	Caller               // who it is, as one who could call somebody himself
	shown     call.Party // how others see him
	target    target     // of who was called, and
	served    Caller     // who is to talk to him
	begins    bool       // his device is called first, for a call that he wants
}

// owner is the user at the leg: who calls, or who is rung, though it be at his mobile telephone.
func (p *party) owner() jid.JID {
	if p.target.mobile() {
		return p.target.user
	}
	return p.User
}

// legs has all legs of all calls.
type legs struct {
	mu     sync.Mutex
	all    map[call.LegID]*party
	inCall map[call.LegID]*liveCall
}

func newLegs() *legs {
	return &legs{all: make(map[call.LegID]*party), inCall: make(map[call.LegID]*liveCall)}
}

// add takes in a leg that begins.
func (l *legs) add(p *party, c *liveCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.over {
		l.all[p.leg], l.inCall[p.leg] = p, c
		c.mine[p.leg] = true
	}
}

// get is who is at a leg; nil for one that is gone.
func (l *legs) get(id call.LegID) *party {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[id]
}

// call is the call that a leg is in.
func (l *legs) call(id call.LegID) *liveCall {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inCall[id]
}

// move says that a leg is in another call from now on.
func (l *legs) move(id call.LegID, to *liveCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := l.inCall[id]
	if from == nil || from == to {
		return
	}
	delete(from.mine, id)
	if to.over {
		l.forget(id)
		return
	}
	l.inCall[id], to.mine[id] = to, true
}

// remove forgets a leg of a call that has ended; one that another call has now it does not.
func (l *legs) remove(id call.LegID, from *liveCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inCall[id] == from {
		delete(from.mine, id)
		l.forget(id)
	}
}

// end forgets all legs of a call, which gets no more.
func (l *legs) end(c *liveCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.over = true
	for id := range c.mine {
		l.forget(id)
	}
	c.mine = nil
}

func (l *legs) forget(id call.LegID) {
	delete(l.all, id)
	delete(l.inCall, id)
}
