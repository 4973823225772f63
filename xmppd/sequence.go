package xmppd

import (
	"sync"

	"plenum/xmppd/store"
)

// Committer takes batches for the group-commit writer, in order (store.DB).
type Committer interface {
	Submit(*store.Batch) error
}

// Sequence keeps the order of what one origin (a session, a room) does, while some of it waits for a commit: a message is
// delivered, and counted as handled, after its archive rows are on disk, and nothing that came later overtakes it.
// The zero value with a Committer is ready. Do and Commit are called by one goroutine at a time: the origin's.
type Sequence struct {
	db Committer

	mu       sync.Mutex
	items    []*seqItem
	running  bool // somebody executes an item
	barriers int  // waiting items that a later message's archiving must not overtake
	changed  *sync.Cond
}

type seqItem struct {
	fn      func(error)
	err     error
	ready   bool
	barrier bool
}

// Do runs fn now, or behind what waits. Barrier says that fn may change what later stanzas mean (an IQ, a presence).
func (q *Sequence) Do(barrier bool, fn func()) {
	q.mu.Lock()
	if q.running || len(q.items) > 0 {
		q.push(&seqItem{fn: func(error) { fn() }, ready: true, barrier: barrier})
		q.mu.Unlock()
		return
	}
	q.running = true
	q.mu.Unlock()
	fn()
	q.drain()
}

// Blocked reports whether a barrier waits; then a message must go through Do as a whole.
func (q *Sequence) Blocked() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.barriers > 0
}

// Commit submits b and runs fn with the outcome, in order. An empty or nil b counts as committed.
func (q *Sequence) Commit(b *store.Batch, fn func(error)) {
	if b == nil || b.Empty() {
		q.Do(false, func() { fn(nil) })
		return
	}
	it := &seqItem{fn: fn}
	q.mu.Lock()
	q.push(it)
	q.mu.Unlock()
	q.submit(b, it)
}

// Then is Commit for use inside a running fn: what waits already stays behind it.
func (q *Sequence) Then(b *store.Batch, fn func(error)) {
	if b == nil || b.Empty() {
		fn(nil)
		return
	}
	it := &seqItem{fn: fn}
	q.mu.Lock()
	q.items = append([]*seqItem{it}, q.items...)
	q.mu.Unlock()
	q.submit(b, it)
}

func (q *Sequence) submit(b *store.Batch, it *seqItem) {
	b.OnCommit(func(err error) { q.committed(it, err) })
	if err := q.db.Submit(b); err != nil {
		q.committed(it, err)
	}
}

func (q *Sequence) committed(it *seqItem, err error) {
	q.mu.Lock()
	it.err, it.ready = err, true
	start := !q.running && q.items[0] == it
	if start {
		q.running = true
	}
	q.mu.Unlock()
	if start {
		go q.drain()
	}
}

func (q *Sequence) push(it *seqItem) {
	q.items = append(q.items, it)
	if it.barrier {
		q.barriers++
	}
}

// drain runs what is ready; the caller holds the running mark.
func (q *Sequence) drain() {
	for {
		q.mu.Lock()
		if len(q.items) == 0 || !q.items[0].ready {
			q.running = false
			if len(q.items) == 0 {
				q.items = nil
			}
			q.signal()
			q.mu.Unlock()
			return
		}
		it := q.items[0]
		q.items[0] = nil
		q.items = q.items[1:]
		if it.barrier {
			q.barriers--
		}
		q.signal()
		q.mu.Unlock()
		it.fn(it.err)
	}
}

func (q *Sequence) signal() {
	if q.changed != nil {
		q.changed.Broadcast()
	}
}

// WaitBelow blocks while n or more items wait. WaitBelow(1) waits until nothing runs either.
func (q *Sequence) WaitBelow(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) >= n || n == 1 && q.running {
		if q.changed == nil {
			q.changed = sync.NewCond(&q.mu)
		}
		q.changed.Wait()
	}
}
