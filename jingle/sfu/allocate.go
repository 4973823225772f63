package sfu

import "plenum/components/media"

// allocate gives each slot of the link its share: sound first, then the smallest layer of each picture in the order of the slots, whose first is the
// stage, then larger ones in the same order. What does not fit at all is paused.
func (l *link) allocate() {
	l.sharing.Lock()
	defer l.sharing.Unlock()
	budget, mayRise := l.bandwidth()
	limited := budget > 0
	senders := *l.senders.Load()
	for _, s := range senders {
		if s.kind.Sound() {
			budget -= s.least()
		}
	}
	var room [16]int
	bases := room[:0]
	for _, s := range senders {
		base := 0
		if !s.kind.Sound() {
			if base = s.least(); base > budget && limited {
				base = -1
			} else {
				budget -= base
			}
		}
		bases = append(bases, base)
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
