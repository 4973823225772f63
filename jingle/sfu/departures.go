package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"plenum/jingle/transport"
)

// departures are the packets that left on one transport.
type departures struct {
	sendMu   sync.Mutex // nothing else is locked while it is held
	sequence uint16     // of the next packet, for feedback on when it arrived

	lateSeen  atomic.Uint64 // video packets that the transport dropped, when last looked at
	lateSince time.Time
	lateLast  time.Time
}

// departure numbers a packet that is about to leave.
func (l *link) departure(size int) uint16 {
	l.sendMu.Lock()
	defer l.sendMu.Unlock()
	l.sequence++
	return l.sequence - 1
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
