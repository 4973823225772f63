package transport

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of what waits to be written. They bound the latency of a server that has more to send than it can: a picture that is late is of no use.
const (
	videoWait = 50 * time.Millisecond  // video that waited longer is dropped
	voiceWait = 200 * time.Millisecond // so is everything else; what a jitter buffer has given up by then
	// socketQueue is the room of a socket's queue, for each class: what one core sends in 50 ms.
	socketQueue = 8192
	// streamQueue is the room of a TCP connection's: 50 ms of 40 Mbit/s.
	streamQueue = 256
	// batch is how many packets the writer takes at once.
	batch = 256
	// holdTime is how long packets to many are gathered before they are written: what a picture of a few packets takes to be
	// given to some hundred receivers.
	holdTime = 2 * time.Millisecond
)

// A queue holds packets until its one writer takes them, those to one address together: so that the socket can join them. Pushing never blocks.
type queue struct {
	clock func() time.Duration
	total *Counters
	hold  *holds
	room  int // packets of each class

	mu     sync.Mutex
	wake   sync.Cond
	voice  lane
	video  lane
	ready  bool // the writer is to take what waits
	closed bool
}

// holds counts who is giving packets to many and says when he is done: until then they are gathered.
type holds struct{ n atomic.Int32 }

// A lane is the flows of one class that have packets, in the order in which they came to have them.
type lane struct {
	first, last *flow
	size        int // packets of all flows
}

// A flow is the packets of one class to one address. The queue's mutex guards all but the address.
type flow struct {
	to          netip.AddrPort
	class       Class
	first, last *Buffer
	next        *flow // in the lane
}

func (l *lane) push(f *flow, b *Buffer) {
	if f.first != nil {
		f.last.next = b
	} else {
		f.first = b
		if l.first != nil {
			l.last.next = f
		} else {
			l.first = f
		}
		l.last = f
	}
	f.last = b
	l.size++
}

// pop takes the next packet of the first flow.
func (l *lane) pop() *Buffer {
	f := l.first
	b := f.first
	f.first, b.next = b.next, nil
	if f.first == nil {
		f.last = nil
		l.first, f.next = f.next, nil
	}
	l.size--
	return b
}

func newQueue(room int, clock func() time.Duration, hold *holds, total *Counters) *queue {
	q := &queue{clock: clock, total: total, hold: hold, room: room}
	q.wake.L = &q.mu
	return q
}

func (q *queue) lane(c Class) *lane {
	if c == Video {
		return &q.video
	}
	return &q.voice
}

// push takes the buffer over. It reports whether there was room.
func (q *queue) push(f *flow, b *Buffer) bool {
	b.to, b.class, b.since = f.to, f.class, q.clock()
	q.mu.Lock()
	l := q.lane(f.class)
	ok := !q.closed && l.size < q.room
	if ok {
		l.push(f, b)
		if !q.ready && q.hold.n.Load() == 0 {
			q.ready = true
			q.wake.Signal()
		}
	}
	q.mu.Unlock()
	if !ok {
		q.drop(b, lateness(b.class))
	}
	return ok
}

// flush lets the writer take what was gathered.
func (q *queue) flush() {
	q.mu.Lock()
	if !q.ready && q.voice.size+q.video.size > 0 {
		q.ready = true
		q.wake.Signal()
	}
	q.mu.Unlock()
}

func lateness(c Class) Drop {
	if c == Video {
		return VideoLate
	}
	return VoiceLate
}

func (q *queue) drop(b *Buffer, why Drop) {
	q.total.drop(why)
	if b.t != nil {
		b.t.counters.drop(why)
	}
	b.Release()
}

// next waits for packets and moves up to len(to) of them there, those that are dropped last first. It returns 0 when the queue is closed.
func (q *queue) next(to []*Buffer) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for !q.closed && !q.ready {
			q.wake.Wait()
		}
		if q.closed {
			return 0
		}
		now := q.clock()
		n := q.take(&q.voice, to, now-voiceWait)
		n += q.take(&q.video, to[n:], now-videoWait)
		q.ready = q.voice.size+q.video.size > 0
		if n > 0 {
			return n
		}
	}
}

func (q *queue) take(l *lane, to []*Buffer, notBefore time.Duration) int {
	n := 0
	for n < len(to) && l.first != nil {
		b := l.pop()
		if b.since < notBefore {
			q.drop(b, lateness(b.class))
			continue
		}
		to[n] = b
		n++
	}
	return n
}

// write hands packets to the network until the queue is closed. It is the body of the queue's one writer.
func (q *queue) write(w func([]*Buffer) (int, error)) {
	var list [batch]*Buffer
	for {
		n := q.next(list[:])
		if n == 0 {
			return
		}
		for done := 0; done < n; {
			sent, err := w(list[done:n])
			for _, b := range list[done : done+sent] {
				b.Release()
			}
			if done += sent; err != nil && done < n { // the packet at which it stopped is lost, as on any network
				q.drop(list[done], WriteFailed)
				done++
				if errors.Is(err, net.ErrClosed) {
					q.close()
				}
			}
		}
		clear(list[:n])
	}
}

// close drops what still waits and ends the writer.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, l := range []*lane{&q.voice, &q.video} {
		for l.first != nil {
			l.pop().Release()
		}
	}
	q.wake.Signal()
}
