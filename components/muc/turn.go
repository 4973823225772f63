package muc

import (
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/store"
)

// event is something that a room has to deal with. apply runs on the room's goroutine and does no I/O.
type event interface{ apply(*Room) }

// turn keeps the order of what a room does while some of it waits for the store. Messages to all may be stored while
// earlier ones still are; everything else waits for them, and what changes the room lets nothing pass until it is stored.
type turn struct {
	line  []*step // what was begun, oldest first; it is finished in this order
	alone bool    // the step under way changes the room
	held  []event // what waits
}

// step is what remains to be done once a batch is committed.
type step struct {
	fn   func(error)
	in   *xmppd.Stanza // whose sender is told when the room ends here before the outcome is known; may be nil
	err  error
	done bool
}

// handle applies e now, or keeps it until its turn comes.
func (r *Room) handle(e event) {
	if len(r.turn.held) > 0 || r.mustWait(e) {
		if len(r.turn.held) >= r.svc.cfg.Inbox {
			r.svc.refuseEvent(e, errBusy)
			return
		}
		r.turn.held = append(r.turn.held, e)
		return
	}
	r.take(e)
}

var errBusy = xmppd.Errorf("resource-constraint", "the room has too much to do")

func (r *Room) mustWait(e event) bool {
	_, passes := e.(groupMessage)
	return r.turn.alone || len(r.turn.line) > 0 && !passes
}

// take applies e, and what follows from it.
func (r *Room) take(e event) {
	e.apply(r)
	r.sweep()
}

// release applies what waited and need not any longer.
func (r *Room) release() {
	for len(r.turn.held) > 0 && !r.over && !r.mustWait(r.turn.held[0]) {
		e := r.turn.held[0]
		r.turn.held[0] = nil
		r.turn.held = r.turn.held[1:]
		r.take(e)
	}
	if len(r.turn.held) == 0 {
		r.turn.held = nil
	}
}

// commit stores b and then calls fn on the room's goroutine, in the order of the calls. An empty batch counts as stored.
func (r *Room) commit(b *store.Batch, fn func(error)) { r.commitFor(nil, b, fn) }

// commitFor is commit on behalf of a stanza.
func (r *Room) commitFor(in *xmppd.Stanza, b *store.Batch, fn func(error)) {
	s := &step{fn: fn, in: in}
	r.turn.line = append(r.turn.line, s)
	if b == nil || b.Empty() {
		r.finish(s, nil)
		return
	}
	b.OnCommit(func(err error) { r.report(func(r *Room) { r.finish(s, err) }) })
	if err := r.svc.srv.Store().Submit(b); err != nil {
		r.finish(s, err)
	}
}

// change is commit for what changes the room: nothing else happens until it is stored. It is called only by events that
// have waited for their turn.
func (r *Room) change(b *store.Batch, fn func(error)) {
	r.turn.alone = true
	r.commit(b, func(err error) {
		r.turn.alone = false
		fn(err)
	})
}

// finish notes the outcome of a step and goes on with all that are finished from the front.
func (r *Room) finish(s *step, err error) {
	s.done, s.err = true, err
	for len(r.turn.line) > 0 && r.turn.line[0].done && !r.over {
		s := r.turn.line[0]
		r.turn.line[0] = nil
		r.turn.line = r.turn.line[1:]
		s.fn(s.err)
		if isFenced(s.err) {
			r.takenOver()
			return
		}
		r.sweep()
	}
	if len(r.turn.line) == 0 {
		r.turn.line = nil
	}
}

// takenOver ends the room here, because another node owns it.
func (r *Room) takenOver() {
	r.log.Error("another node has taken the room over")
	r.over, r.fenced = true, true
}

// resultLane brings outcomes back to the room. It takes what the inbox might have to refuse: there is one for each step
// that the room itself has begun.
type resultLane struct {
	mu   sync.Mutex
	list []func(*Room)
}

// report has fn called on the room's goroutine, before further events. It may be called from anywhere.
func (r *Room) report(fn func(*Room)) {
	r.lane.mu.Lock()
	r.lane.list = append(r.lane.list, fn)
	r.lane.mu.Unlock()
	r.inbox.Post(wake{}) // when the inbox is full there is an event before which the result is taken
}

// wake makes the room look after its results.
type wake struct{}

func (wake) apply(*Room) {}

func (r *Room) takeResults() {
	r.lane.mu.Lock()
	list := r.lane.list
	r.lane.list = nil
	r.lane.mu.Unlock()
	for _, fn := range list {
		if !r.over {
			fn(r)
		}
	}
}
