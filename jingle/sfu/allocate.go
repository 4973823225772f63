package sfu

import (
	"time"

	"plenum/components/media"
)

// allocate gives each slot of the link its share: sound first, then the smallest layer of each picture in the order of the slots, whose first is the
// stage, then larger ones in the same order. What does not fit at all is paused.
func (l *link) allocate() {
	l.sharing.Lock()
	defer l.sharing.Unlock()
	budget, mayRise := l.bandwidth()
	limited := budget > 0
	senders := *l.senders.Load()
	var room [16]int
	bases, needed := room[:0], 0
	for _, s := range senders {
		base := s.least()
		if needed += base; s.kind.Sound() {
			budget -= base
		}
		bases = append(bases, base)
	}
	l.need(needed)
	for i, s := range senders {
		switch {
		case s.kind.Sound():
		case bases[i] > budget && limited:
			bases[i] = -1
		default:
			budget -= bases[i]
		}
	}
	for i, s := range senders {
		switch {
		case s.kind.Sound() || !limited:
			s.allow(0, true)
		case bases[i] < 0:
			s.allow(-1, mayRise)
		default:
			budget -= max(s.allow(bases[i]+max(budget, 0), mayRise)-bases[i], 0)
		}
	}
}

// starveAfter is how long a picture is shown on, as small as can be, that takes more than there is: that of a screen is large for a moment whenever
// another page is turned to, and each pause costs a key frame.
const starveAfter = 2 * time.Second

// least is what the slot takes at the least while it shows anything, in bits a second.
func (s *sender) least() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.track == nil || !s.sending || s.height == 0 {
		return 0
	}
	var smallest *media.Layer
	for _, l := range s.track.Layers() {
		if smallest == nil || l.Height() < smallest.Height() {
			smallest = l
		}
	}
	if smallest == nil {
		return 0
	}
	return s.rate(smallest)
}

// allow says what the slot may have, and returns what it takes of it.
func (s *sender) allow(limit int, mayRise bool) int {
	s.mu.Lock()
	if s.starved && !mayRise {
		limit = -1
	}
	if limit >= 0 {
		s.tight = 0
	} else if s.current != nil && s.current.Track() == s.track { // what is shown may be more than fits for a moment
		now := s.peer.now()
		if s.tight == 0 {
			s.tight = now
		}
		if now-s.tight < starveAfter {
			limit = 1
		}
	}
	s.limit, s.mayRise = limit, mayRise
	s.choose()
	took := 0
	if s.goal != nil {
		took = s.rate(s.goal)
	}
	s.mu.Unlock()
	s.subscribe()
	return took
}
