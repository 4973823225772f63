package transport

import (
	"errors"
	"net"
	"sync"
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
	// batch is how many packets one system call takes: those that a picture is to a hundred receivers. streamBatch is the same for a TCP
	// connection.
	batch       = 1024
	streamBatch = 64
)

// A queue holds packets until its one writer takes them. Pushing never blocks.
type queue struct {
	clock func() time.Duration
	total *Counters

	mu     sync.Mutex
	wake   sync.Cond
	voice  ring
	video  ring
	closed bool
}

// A ring is a first-in first-out list of fixed size.
type ring struct {
	slots      []*Buffer
	head, size int
}

func (r *ring) push(b *Buffer) bool {
	if r.size == len(r.slots) {
		return false
	}
	r.slots[(r.head+r.size)%len(r.slots)] = b
	r.size++
	return true
}

func (r *ring) pop() *Buffer {
	b := r.slots[r.head]
	r.slots[r.head] = nil
	r.head = (r.head + 1) % len(r.slots)
	r.size--
	return b
}

func newQueue(room int, clock func() time.Duration, total *Counters) *queue {
	q := &queue{clock: clock, total: total, voice: ring{slots: make([]*Buffer, room)}, video: ring{slots: make([]*Buffer, room)}}
	q.wake.L = &q.mu
	return q
}

// push takes the buffer over. It reports whether there was room.
func (q *queue) push(b *Buffer) bool {
	b.since = q.clock()
	q.mu.Lock()
	r := &q.voice
	if b.class == Video {
		r = &q.video
	}
	ok := !q.closed && r.push(b)
	if ok && q.voice.size+q.video.size == 1 {
		q.wake.Signal()
	}
	q.mu.Unlock()
	if !ok {
		q.drop(b, lateness(b.class))
	}
	return ok
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
		for !q.closed && q.voice.size+q.video.size == 0 {
			q.wake.Wait()
		}
		if q.closed {
			return 0
		}
		now := q.clock()
		n := q.take(&q.voice, to, now-voiceWait)
		n += q.take(&q.video, to[n:], now-videoWait)
		if n > 0 {
			return n
		}
	}
}

func (q *queue) take(r *ring, to []*Buffer, notBefore time.Duration) int {
	n := 0
	for n < len(to) && r.size > 0 {
		b := r.pop()
		if b.since < notBefore {
			q.drop(b, lateness(b.class))
			continue
		}
		to[n] = b
		n++
	}
	return n
}

// write hands packets to the network until the queue is closed, as many at once as list has room for. It is the body of the queue's one writer. With a
// gatherer those of one transport are written together.
func (q *queue) write(w func([]*Buffer) (int, error), list []*Buffer, g *gatherer) {
	for {
		n := q.next(list)
		if n == 0 {
			return
		}
		if g != nil && n > 2 {
			g.gather(list[:n])
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
	for _, r := range []*ring{&q.voice, &q.video} {
		for r.size > 0 {
			r.pop().Release()
		}
	}
	q.wake.Signal()
}
