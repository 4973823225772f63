package sfu

import (
	"sync"
	"time"
)

// A peerClock says what our clock shows when the peer's shows something: all of its streams are related by it, so that sound and pictures of one
// person stay together wherever they are sent on.
type peerClock struct {
	mu     sync.Mutex
	known  bool
	offset time.Duration // ours less the peer's, and the time of a packet that was not held up
}

const (
	// clockJump is more than a network delays anything: the peer's clock was set.
	clockJump = time.Second
	// clockDrift is the share of a difference that is taken over for a packet that came later than others did: clocks drift.
	clockDrift = 128
)

// moment is the peer's time in ours, by a report that came now.
func (c *peerClock) moment(ntp uint64, now time.Time) time.Time {
	theirs := timeNTP(ntp)
	d := now.Sub(theirs)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch apart := d - c.offset; {
	case !c.known || apart > clockJump || apart < 0:
		c.known, c.offset = true, d
	default:
		c.offset += apart / clockDrift
	}
	return theirs.Add(c.offset)
}
