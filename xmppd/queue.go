package xmppd

import (
	"math/bits"
	"sync"

	"plenum/xmppd/xmlstream"
)

// entry is one element on its way to a client. It is small, as a room puts one into hundreds of queues: what all recipients
// share stands in the parcel.
type entry struct {
	*parcel
	to   string // replaces the packet's own; empty keeps it
	at   uint32 // when a 1:1 message was first queued, in the server's milliseconds; 0 for others
	kind entryKind
}

// parcel is what is the same for all recipients of an element. It is immutable.
type parcel struct {
	pkt   *xmlstream.Packet // nil for what is no stanza
	from  string            // replaces the packet's own; empty keeps it
	extra []byte            // serialised children added at the end; without a packet, all there is
	size  int
	topic topic // of what may wait in the backlog
}

func newParcel(p *xmlstream.Packet, from string, extra []byte) *parcel {
	c := &parcel{pkt: p, from: from, extra: extra, size: len(extra)}
	if p != nil {
		c.size += p.Size()
	}
	return c
}

// stanzaEntry is a stanza for one recipient.
func stanzaEntry(p *xmlstream.Packet, extra []byte) entry {
	return entry{parcel: newParcel(p, "", extra)}
}

// rawEntry is something that is no stanza.
func rawEntry(b []byte, kind entryKind) entry {
	return entry{parcel: newParcel(nil, "", b), kind: kind}
}

type entryKind uint8

const (
	entStanza entryKind = iota // counts for stream management
	entNonza                   // does not count and is not sent again
	entEarly                   // a stanza from before stream management was enabled: not counted, but redelivered
	entFinal                   // ends the stream; extra is the stream error, or nothing
)

// queue is a session's output: a ring that grows with what waits and is given back when it is empty. With stream
// management (XEP-0198) an entry stays after it was written until the client has acknowledged it, so that the same ring is
// the list of what a resumed stream gets again. All fields are guarded by mu.
type queue struct {
	mu      sync.Mutex
	ring    []entry // length is a power of two
	head, n int     // oldest entry, number of entries
	written int     // of these, how many the current connection was given
	writing int     // how many after them the writer has in its hands; they may be acknowledged before it reports
	bytes   int
	keep    bool   // stream management: entries leave by acknowledgement only
	acked   uint32 // the last h of the client
	out     uint32 // stanzas ever queued since stream management was enabled
	asked   bool   // an <r/> is unanswered
	closed  bool   // nothing more is taken
	held    bool   // the backlog does not move

	later *backlog // nil when there is none
	room  []func() // called, with mu held, when there is room and nothing waits

	rest chan struct{} // closed when the writer rests; nil when nobody waits

	ahead  int    // entries that passed waits for
	passed func() // called, with mu held, when these have left; nil when nobody waits
}

// idle is closed when the writer that runs now has stopped.
func (q *queue) idle() <-chan struct{} {
	if q.rest == nil {
		q.rest = make(chan struct{})
	}
	return q.rest
}

func (q *queue) wake() {
	if q.rest != nil {
		close(q.rest)
		q.rest = nil
	}
}

func (q *queue) at(i int) *entry { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// push appends e; the caller holds mu and has checked the limits.
func (q *queue) push(e entry) {
	if q.n == len(q.ring) {
		q.grow()
	}
	*q.at(q.n) = e
	q.n++
	q.bytes += e.size
	if q.keep && e.kind == entStanza {
		q.out++
	}
}

// idleRing is the ring that a session begins with and keeps until it rests, in entries: what a client needs between two writes, at 32
// bytes each.
const idleRing = 8

func (q *queue) grow() { q.resize(max(idleRing, 2*len(q.ring))) }

// resize moves what is queued into a ring of another size, a power of two or 0.
func (q *queue) resize(size int) {
	next := make([]entry, size)
	for i := range q.n {
		next[i] = *q.at(i)
	}
	q.ring, q.head = next, 0
}

// pop removes the oldest entry.
func (q *queue) pop() {
	e := q.at(0)
	q.bytes -= e.size
	*e = entry{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	switch {
	case q.written > 0:
		q.written--
	case q.writing > 0:
		q.writing--
	}
	if q.n == 0 {
		q.head = 0
		q.shrink()
	}
	if q.ahead > 0 {
		if q.ahead--; q.ahead == 0 {
			q.passed()
		}
	}
}

// shrink gives back the ring that a busy queue has needed, unless it is filled again from the backlog.
func (q *queue) shrink() {
	if q.n == 0 && len(q.ring) > idleRing && q.later == nil {
		q.ring = nil
	}
}

// watch has fn called, with mu held, when all that is queued now has been written or, with stream management, acknowledged.
func (q *queue) watch(fn func()) { q.ahead, q.passed = q.n, fn }

// watching reports whether watch still waits.
func (q *queue) watching() bool { return q.ahead > 0 }

// unwritten copies up to len(dst) entries that the connection has not been given and at most limit bytes of them, but
// at least one. They count as being written.
func (q *queue) unwritten(dst []entry, limit int) int {
	k := 0
	for q.written+k < q.n && k < len(dst) {
		e := q.at(q.written + k)
		if limit -= e.size; limit < 0 && k > 0 {
			break
		}
		dst[k] = *e
		k++
	}
	q.writing = k
	return k
}

// wrote notes that what was being written is.
func (q *queue) wrote() {
	k := q.writing
	q.written, q.writing = q.written+k, 0
	if !q.keep {
		for range k {
			q.pop()
		}
		return
	}
	for q.n > 0 && q.written > 0 && q.at(0).kind != entStanza {
		q.pop()
	}
}

// ack drops what the client has handled up to h (XEP-0198#acking, modulo 2^32). It reports false when h says more than
// was ever sent.
func (q *queue) ack(h uint32) bool {
	if h-q.acked > q.out-q.acked {
		return false
	}
	for q.acked != h && q.n > 0 {
		if q.at(0).kind == entStanza {
			q.acked++
		}
		q.pop()
	}
	q.acked = h
	q.asked = false
	for q.n > 0 && q.written > 0 && q.at(0).kind != entStanza {
		q.pop()
	}
	return true
}

// unacked is the number of stanzas that the client has not confirmed.
func (q *queue) unacked() uint32 { return q.out - q.acked }

// wantsAck reports whether the client is to be asked what it has got: all is written, and no request is under way.
func (q *queue) wantsAck() bool { return q.keep && !q.asked && q.unacked() > 0 && q.written == q.n }

// pack gives back what the ring has beyond what is in it.
func (q *queue) pack() {
	size := 0
	if q.n > 0 {
		size = 1 << bits.Len(uint(q.n-1))
	}
	if size == len(q.ring) {
		return
	}
	q.resize(size)
}

// rewind makes a new connection get everything again that is still here, stanzas only.
func (q *queue) rewind() {
	q.asked = false
	kept := make([]entry, 0, q.n)
	for i := range q.n {
		if e := q.at(i); e.kind == entStanza {
			kept = append(kept, *e)
		}
	}
	q.replace(kept)
}

// take empties the queue and returns the stanzas that were in it.
func (q *queue) take() []entry {
	var rest []entry
	for i := range q.n {
		if e := q.at(i); e.kind == entStanza || e.kind == entEarly {
			rest = append(rest, *e)
		}
	}
	q.replace(nil)
	return rest
}

func (q *queue) replace(entries []entry) {
	out := q.out
	q.ring, q.head, q.n, q.bytes, q.written, q.writing = nil, 0, 0, 0, 0, 0
	for _, e := range entries {
		q.push(e)
	}
	q.out = out
	q.ahead = min(q.ahead, q.n)
}

// uncount makes what is queued now not count for stream management, which starts after it.
func (q *queue) uncount() {
	for i := range q.n {
		if e := q.at(i); e.kind == entStanza {
			e.kind = entEarly
		}
	}
}

// prepend puts e before everything else.
func (q *queue) prepend(e entry) {
	rest := make([]entry, 0, q.n+1)
	rest = append(rest, e)
	for i := range q.n {
		rest = append(rest, *q.at(i))
	}
	if q.ahead > 0 {
		q.ahead++
	}
	q.replace(rest)
}
