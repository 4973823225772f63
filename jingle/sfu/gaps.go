package sfu

import (
	"slices"
	"time"
)

// Limits of asking again for what was lost (RFC 4585 §6.2.1).
const (
	// maxGaps is how many packets may be missing at once. With more the picture is lost, and a key frame is asked for.
	maxGaps = 128
	// maxAsked is how often one packet is asked for.
	maxAsked = 6
	// firstRTT is taken for the round trip while it is not known, leastRTT as its least: packets that overtake each other are not lost.
	firstRTT = 100 * time.Millisecond
	leastRTT = 20 * time.Millisecond
)

// A gap is a packet that is missing.
type gap struct {
	sequence uint16
	asked    uint8
	next     time.Duration // when it is asked for again
}

// gaps are the packets of a stream that are missing, oldest first.
type gaps struct {
	list []gap // has room for maxGaps once there was one
}

// add notes that the count packets before this one are missing. It reports false when they are too many, and forgets all.
func (g *gaps) add(before uint16, count int, now time.Duration) bool {
	if len(g.list)+count > maxGaps {
		g.list = g.list[:0]
		return false
	}
	if g.list == nil {
		g.list = make([]gap, 0, maxGaps)
	}
	for n := uint16(count); n > 0; n-- {
		g.list = append(g.list, gap{sequence: before - n, next: now})
	}
	return true
}

// found takes a packet out that has come after all.
func (g *gaps) found(sequence uint16) {
	if i := slices.IndexFunc(g.list, func(m gap) bool { return m.sequence == sequence }); i >= 0 {
		g.list = slices.Delete(g.list, i, i+1)
	}
}

// due appends the packets to ask for now. Each is asked for again after a round trip, which is then taken for longer.
func (g *gaps) due(to []uint16, now, rtt time.Duration) []uint16 {
	if rtt == 0 {
		rtt = firstRTT
	}
	rtt = max(rtt, leastRTT)
	kept := g.list[:0]
	for _, m := range g.list {
		if m.next <= now {
			if m.asked == maxAsked {
				continue
			}
			m.asked++
			m.next = now + rtt*time.Duration(m.asked+1)/2 + rtt/4
			to = append(to, m.sequence)
		}
		kept = append(kept, m)
	}
	g.list = kept
	return to
}

func (g *gaps) reset() { g.list = g.list[:0] }
