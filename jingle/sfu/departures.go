package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"plenum/jingle/transport"
)

// departures are the packets that left on one transport, and what is reckoned from their arrival.
type departures struct {
	sendMu   sync.Mutex // nothing else is locked while it is held
	sequence uint16     // of the next packet, for feedback on when it arrived
	left     []departed // at their number modulo keptDepartures; made with the first
	estimate estimator

	lateSeen  atomic.Uint64 // video packets that the transport dropped, when last looked at
	lateSince time.Time
	lateLast  time.Time
}

// keptDepartures is how many packets may be under way, or not told of yet: a second of 8 Mbit/s.
const keptDepartures = 1024

type departed struct {
	at       time.Duration
	sequence uint16
	size     uint16 // 0 once it was told of
}

// departure numbers a packet that is about to leave.
func (l *link) departure(size int) uint16 {
	now := l.peer.now()
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	if l.left == nil {
		l.left = make([]departed, keptDepartures)
	}
	n := l.sequence
	l.left[n%keptDepartures] = departed{now, n, uint16(size + wireOverhead)}
	l.sequence++
	return n
}

// wireOverhead is what a packet has beside its payload: RTP, extensions, tag, UDP, IPv4.
const wireOverhead = 12 + 16 + 16 + 28

// arrived takes the receiver's word on when packets arrived. It reports false for a message that cannot be read.
func (l *link) arrived(b []byte) bool {
	now := l.peer.now()
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	if l.left == nil {
		return true
	}
	ok := readArrivals(b, func(sequence uint16, at time.Duration, received bool) {
		d := &l.left[sequence%keptDepartures]
		if d.sequence != sequence || d.size == 0 {
			return
		}
		if received {
			l.estimate.arrive(d.at, at, int(d.size))
			d.size = 0
		} else {
			l.estimate.lose()
		}
	})
	l.estimate.update(now, l.roundTrip())
	if l.estimate.fell == now {
		l.peer.wake()
	}
	return ok
}

// limit takes what the receiver says that it takes.
func (l *link) limit(bits uint64) {
	now := l.peer.now()
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	l.estimate.limited(bits, now)
}

// lossOf takes the loss that a receiver reports of one stream.
func (l *link) lossOf(fraction uint8) {
	now := l.peer.now()
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	l.estimate.report(float64(fraction)/256, now)
}

// need says how much it takes to show everything at the least. So much is tried now and then, though nothing near it is sent: a screen has no
// smaller layer to begin with.
func (l *link) need(bits int) {
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	l.estimate.needed = float64(bits)
}

// bandwidth is what may be sent in bits a second, 0 when nothing is known. mayRise says that more may be tried than is sent now.
func (l *link) bandwidth() (bits int, mayRise bool) {
	now := l.peer.now()
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	return l.estimate.target(now)
}

// What is dropped on our side now and then is asked for again and comes late. When it goes on for overloadAfter the network, or this
// machine, takes less than is sent; drops farther apart than overloadGap are not the same overload.
const (
	overloadAfter = 300 * time.Millisecond
	overloadGap   = time.Second
)

// overloaded reports whether pictures must be given up: to one slot for each packet that was dropped in an overload.
func (l *link) overloaded(now time.Time) bool {
	n := l.transport.Counters().Dropped(transport.VideoLate)
	if n == l.lateSeen.Load() {
		return false
	}
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	l.lateSeen.Store(n)
	if now.Sub(l.lateLast) > overloadGap {
		l.lateSince = now
	}
	l.lateLast = now
	return now.Sub(l.lateSince) > overloadAfter
}
