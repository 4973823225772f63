package stack

import "sync"

// idleWorkers is how many goroutines wait for the next mailbox at most. A call has a message every few milliseconds while it is set up, and what it
// does needs a deep stack: a new goroutine would have its own grown each time, four times over.
const idleWorkers = 16

// workers are the goroutines that run mailboxes. There are as many as there is work for, and a few of them stay for what comes next.
type workers struct {
	next  chan *mailbox
	quit  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	idle int // that wait, or are about to
}

func (w *workers) init() { w.next, w.quit = make(chan *mailbox), make(chan struct{}) }

// give has a mailbox run by one that waits, or by a new one. It does not block.
func (w *workers) give(m *mailbox) {
	select {
	case w.next <- m:
	default:
		w.ended.Go(func() { w.work(m) })
	}
}

func (w *workers) work(m *mailbox) {
	for {
		m.run()
		if !w.rest() {
			return
		}
		select {
		case m = <-w.next:
			w.mu.Lock()
			w.idle--
			w.mu.Unlock()
		case <-w.quit:
			return
		}
	}
}

// rest reports whether one more may wait.
func (w *workers) rest() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle == idleWorkers {
		return false
	}
	w.idle++
	return true
}

// end ends those that wait, when there is no more work.
func (w *workers) end() {
	close(w.quit)
	w.ended.Wait()
}
