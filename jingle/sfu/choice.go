package sfu

import (
	"time"

	"plenum/components/media"
)

const (
	// blackout is how long the source before is shown while the new one has no key frame, to a receiver that has one picture.
	blackout = 2 * time.Second
	// inactive is how long nothing must come of a layer for it to count as not sent; a screen that does not change sends less often than a camera.
	inactive = 1500 * time.Millisecond
)

// A choice is what a slot shows. The sender's mutex guards it.
type choice struct {
	track    *media.Track
	bound    time.Duration // when the track was
	current  *media.Layer  // that is sent on
	goal     *media.Layer  // that is to be: from its next key frame on
	fallback *media.Layer  // in place of a goal that is not sent
	chosen   time.Duration // when the goal was
	limit    int           // bits a second that the slot may have; 0 is no limit, below that nothing
	mayRise  bool          // a larger layer than now may be tried
	tight    time.Duration // since when the least of what is shown does not fit; 0 is not
	starved  bool          // there is a source, and too little bandwidth for any of it
}

// choose decides which layer of the source is to be shown: the smallest that is at least as high as it is shown, and does not exceed the limit.
func (s *sender) choose() {
	goal := s.best()
	if goal != s.goal {
		s.goal, s.fallback, s.chosen = goal, nil, s.peer.now()
	}
	switch {
	case goal == nil, s.kind.Sound():
		s.show(goal)
	case s.current != nil && s.current.Track().Closed():
		s.show(nil)
	}
}

// show sends another layer on, or none.
func (s *sender) show(l *media.Layer) {
	if s.current != l {
		s.current, s.anew = l, true
	}
}

func (s *sender) best() (best *media.Layer) {
	s.starved = false
	if s.track == nil || !s.sending || s.height == 0 {
		return nil
	}
	if s.limit < 0 {
		s.starved = true
		return nil
	}
	layers := s.track.Layers()
	for _, l := range layers {
		if best == nil || better(l, best, s.height) {
			best = l
		}
	}
	if s.limit == 0 || len(layers) < 2 {
		return best
	}
	for { // the next smaller one as long as there is one
		rate := s.rate(best)
		rises := s.goal != nil && s.goal.Track() == s.track && best.Height() > s.goal.Height()
		if rate <= s.limit && (!rises || s.mayRise && rate+rate/10 <= s.limit) {
			return best
		}
		smaller := below(layers, best)
		if smaller == nil {
			return best
		}
		best = smaller
	}
}

// better reports whether a is the better one to show so high.
func better(a, b *media.Layer, height int) bool {
	if b.Height() < height {
		return a.Height() > b.Height()
	}
	return a.Height() >= height && a.Height() < b.Height()
}

// below is the layer with the next smaller picture.
func below(layers []*media.Layer, than *media.Layer) (found *media.Layer) {
	for _, l := range layers {
		if l.Height() < than.Height() && (found == nil || l.Height() > found.Height()) {
			found = l
		}
	}
	return found
}

// rate is what a layer takes, in bits a second: as measured, or as is usual for its height while it is not sent.
func (s *sender) rate(l *media.Layer) int {
	if r := l.Bitrate(); r > 0 && time.Since(l.Arrival()) < inactive {
		return r
	}
	switch h := l.Height(); {
	case s.kind.Sound():
		return 40_000
	case h == 0:
		return 800_000
	case h <= 180:
		return 150_000
	case h <= 360:
		return 500_000
	}
	return 1_500_000
}

// wants are the layers whose packets the slot needs now.
func (s *sender) wants() (list []*media.Layer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range [...]*media.Layer{s.current, s.goal, s.fallback} {
		if l == nil {
			continue
		}
		known := false
		for _, other := range list {
			known = known || other == l
		}
		if !known {
			list = append(list, l)
		}
	}
	return list
}

// settle does what no packet brings about: it ends a source that was replaced, and falls back on another layer when the goal is not sent.
func (s *sender) settle(now time.Time) {
	s.mu.Lock()
	at := now.Sub(s.peer.start)
	if s.current != nil && s.track != nil && s.current.Track() != s.track && at-s.bound > blackout {
		s.show(nil)
	}
	if s.track != nil && s.track.Closed() {
		s.track = nil
	}
	s.choose()
	if s.goal != nil && !s.kind.Sound() && at-s.chosen > inactive {
		s.fallback = nil
		sent := func(l *media.Layer) bool { return now.Sub(l.Arrival()) < inactive }
		if !sent(s.goal) && (s.current == nil || s.current == s.goal || !sent(s.current)) {
			for _, l := range s.track.Layers() {
				if l != s.goal && sent(l) && (s.fallback == nil || better(l, s.fallback, s.goal.Height())) {
					s.fallback = l
				}
			}
		}
	}
	s.mu.Unlock()
	s.subscribe()
}

// paused reports whether the slot's source is not sent for lack of bandwidth.
func (s *sender) paused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.starved
}
