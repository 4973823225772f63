package store

import "sync"

// queue is an unbounded list between many producers and one consumer; its users bound it by counting what they put in.
type queue[T any] struct {
	wake chan struct{} // holds one token when items or closed changed

	mu     sync.Mutex
	items  []T
	closed bool
}

func newQueue[T any]() *queue[T] { return &queue[T]{wake: make(chan struct{}, 1)} }

// put reports false when the queue is closed.
func (q *queue[T]) put(items ...T) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	first := len(q.items) == 0
	q.items = append(q.items, items...)
	q.mu.Unlock()
	if first {
		q.signal()
	}
	return true
}

// take appends all items to into. With wait it blocks until there is one or the queue is closed; ok is false when it is closed and
// empty.
func (q *queue[T]) take(into []T, wait bool) (all []T, ok bool) {
	for {
		q.mu.Lock()
		n, closed := len(q.items), q.closed
		if n > 0 {
			into = append(into, q.items...)
			clear(q.items)
			q.items = q.items[:0]
		}
		q.mu.Unlock()
		if n > 0 || !wait || closed {
			return into, n > 0 || !closed
		}
		<-q.wake
	}
}

// close makes put fail; what is queued can still be taken. It reports false when the queue was closed already.
func (q *queue[T]) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	q.signal()
	return true
}

func (q *queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
