package xmppd

import (
	"runtime"
	"sync"
	"time"
)

// breaks are what those take together who have much to do that may wait: telling thousands of a change, writing backlogs, reading the
// answers. The runtime looks for what has come over the network only when nothing else can run, or every 10 ms. As long as one of
// them can, other people's messages so lie in their sockets; it does not help that each lets others go first.
type breaks struct {
	working func() bool // something is on its way to the store, and others wait for it
	mu      sync.Mutex
	due     time.Time     // of the next
	over    chan struct{} // closed when the present one is over; nil when there is none
}

const (
	// breakEvery is how long one goes on between two breaks.
	breakEvery = 500 * time.Microsecond
	// breakTime is enough for the runtime to become idle and look, and for what it finds to be read, stored and handed on: with less, a message
	// waits at each of these steps, and others come after it. So who has much to do takes two thirds of the time.
	breakTime = 300 * time.Microsecond
	// breakLimit is how long a break lasts at most while messages are being stored.
	breakLimit = 4 * breakTime
	// breakLapse is how long after a break was due nobody has had much to do.
	breakLapse = 20 * time.Millisecond
)

// pass lets others run, and takes part in a break when it is time. The caller holds no lock.
func (b *breaks) pass() {
	b.mu.Lock()
	now, over := time.Now(), b.over
	late := now.Sub(b.due)
	switch {
	case over != nil:
		b.mu.Unlock()
		<-over
		return
	case late > breakLapse:
		b.due = now.Add(breakEvery)
		late = -breakEvery
	case late >= 0:
		over = make(chan struct{})
		b.over = over
	}
	b.mu.Unlock()
	if late < 0 {
		runtime.Gosched()
		return
	}
	time.Sleep(breakTime)
	for b.working() && time.Since(now) < breakLimit {
		time.Sleep(breakTime)
	}
	b.mu.Lock()
	b.over, b.due = nil, time.Now().Add(breakEvery)
	b.mu.Unlock()
	close(over)
}

// Breathe is called again and again, without a lock, by who has much to do in one go that may wait. It lets others go first.
func (s *Server) Breathe() { s.breaks.pass() }
