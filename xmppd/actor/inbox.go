// Package actor has the inbox by which one goroutine owns a state that others only send messages to.
//
// The owner is a loop, and nothing but the loop touches the state:
//
//	for e := range inbox.All(ctx) {
//		e.apply(room)
//	}
//
// Everybody else calls [Inbox.Post], which never blocks. An owner that needs something of another owner posts a question that
// carries where to post the answer; it never waits for it.
package actor

import (
	"context"
	"iter"
	"sync"
)

// minRing is the smallest ring that is allocated: most inboxes hold a handful of events and then none for long.
const minRing = 4

// Inbox is a bounded queue with many senders and one receiver. It holds no memory for events until the first one comes, grows
// by doubling and shrinks as it empties, so a hundred thousand idle rooms are cheap whatever their limit.
type Inbox[E any] struct {
	limit int
	wake  chan struct{} // one token at most: there is something to do for a waiting receiver

	mu     sync.Mutex
	ring   []E // len is 0 or a power of two times minRing
	head   int // index of the oldest event
	count  int
	closed bool
}

// NewInbox makes an inbox that holds up to limit events; limit must be positive.
func NewInbox[E any](limit int) *Inbox[E] {
	if limit <= 0 {
		panic("actor: inbox limit must be positive")
	}
	return &Inbox[E]{limit: limit, wake: make(chan struct{}, 1)}
}

// Post appends e. It never blocks: it reports false, and e is not kept, when the inbox is full or closed.
// Events of one sender are received in the order of its calls.
func (in *Inbox[E]) Post(e E) bool {
	in.mu.Lock()
	if in.closed || in.count == in.limit {
		in.mu.Unlock()
		return false
	}
	if in.count == len(in.ring) {
		in.resize(max(minRing, 2*len(in.ring)))
	}
	in.ring[(in.head+in.count)&(len(in.ring)-1)] = e
	in.count++
	first := in.count == 1
	in.mu.Unlock()
	if first {
		in.signal()
	}
	return true
}

// All yields the events in order and waits for more. It ends when ctx is done, with what is queued left in place, or after
// [Inbox.Close] when everything queued has been yielded. Only one goroutine may range over it at a time.
func (in *Inbox[E]) All(ctx context.Context) iter.Seq[E] {
	return func(yield func(E) bool) {
		for ctx.Err() == nil {
			e, ok, closed := in.pop()
			switch {
			case ok:
				if !yield(e) {
					return
				}
			case closed:
				return
			default:
				select {
				case <-in.wake:
				case <-ctx.Done():
				}
			}
		}
	}
}

// Close makes further posts fail and lets [Inbox.All] end once the inbox is drained. It may be called more than once.
func (in *Inbox[E]) Close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.signal()
}

// Len is the number of events that wait.
func (in *Inbox[E]) Len() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.count
}

func (in *Inbox[E]) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// pop takes the oldest event. The slot is cleared, so that the inbox does not keep alive what the receiver has dropped.
func (in *Inbox[E]) pop() (e E, ok, closed bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.count == 0 {
		return e, false, in.closed
	}
	var zero E
	e, in.ring[in.head] = in.ring[in.head], zero
	in.head = (in.head + 1) & (len(in.ring) - 1)
	in.count--
	// A quarter, not a half: a queue that swings around a power of two would be copied at each step.
	if len(in.ring) > minRing && in.count <= len(in.ring)/4 {
		in.resize(len(in.ring) / 2)
	}
	return e, true, in.closed
}

func (in *Inbox[E]) resize(n int) {
	ring := make([]E, n)
	tail := copy(ring, in.ring[in.head:min(in.head+in.count, len(in.ring))])
	copy(ring[tail:], in.ring[:in.count-tail])
	in.ring, in.head = ring, 0
}
