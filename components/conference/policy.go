package conference

import (
	"cmp"
	"slices"

	"plenum/components/media"
)

// This file decides who hears and sees whom. It is pure. People go by their number, which grows with each who comes; 0 is nobody.

// A choice is what comes in one slot: something that somebody publishes. The zero value is nothing.
type choice struct {
	who  int
	kind media.Kind
}

// A scene is what there is to be heard and seen.
type scene struct {
	voices      []int    // who have a microphone, who has spoken last first, then in the order in which they came
	heard       []int    // of them who speak now, as many as may be heard
	cameras     []camera // in the order in which their owners came
	screen      int      // whose screen is shared
	screenSound bool     // and it has sound
	dominant    int      // who speaks, or has spoken last

	ranked []int // owners of cameras, who has spoken last first, then by their arrival; see rank
}

// A camera is one, and when its owner has begun to speak last: a number that grows; 0 is never.
type camera struct {
	who   int
	spoke uint64
}

// rank orders the cameras.
func (s *scene) rank() {
	sorted := slices.SortedStableFunc(slices.Values(s.cameras), func(a, b camera) int { return cmp.Compare(b.spoke, a.spoke) })
	s.ranked = s.ranked[:0]
	for _, c := range sorted {
		s.ranked = append(s.ranked, c.who)
	}
}

func (s *scene) hasCamera(who int) bool {
	return slices.ContainsFunc(s.cameras, func(c camera) bool { return c.who == who })
}

// has reports whether something is there.
func (s *scene) has(c choice) bool {
	switch c.kind {
	case media.Screen:
		return c.who != 0 && c.who == s.screen
	case media.Video:
		return s.hasCamera(c.who)
	}
	return false
}

// A wish is what one person wants to see.
type wish struct {
	self    int
	pin     choice
	visible []bool            // by slot of video, the first of which is the stage
	takes   func(choice) bool // whether he can decode it
}

// fill puts what is wanted into the places that there are. What was there and is still wanted stays where it is.
func fill(have, want []choice) []choice {
	out := make([]choice, len(have))
	want = want[:min(len(want), len(have))]
	var free []int
	for i, c := range have {
		if c.who != 0 && slices.Contains(want, c) && !slices.Contains(out, c) {
			out[i] = c
		} else {
			free = append(free, i)
		}
	}
	for _, c := range want {
		if !slices.Contains(out, c) {
			out[free[0]] = c
			free = free[1:]
		}
	}
	return out
}

// listen is what somebody hears who gets voices one by one: those who speak, and while there is room those whom he has heard last and
// then the others, so that in a small conference nobody's first word is lost.
func listen(have []choice, self int, s *scene) []choice {
	var want []choice
	add := func(c choice) {
		if c.who != 0 && c.who != self && !slices.Contains(want, c) {
			want = append(want, c)
		}
	}
	if s.screenSound {
		add(choice{s.screen, media.ScreenAudio})
	}
	for _, who := range s.heard {
		add(choice{who, media.Audio})
	}
	for _, who := range s.voices {
		if c := (choice{who, media.Audio}); slices.Contains(have, c) {
			add(c)
		}
	}
	for _, who := range s.voices {
		if len(want) >= len(have) {
			break
		}
		add(choice{who, media.Audio})
	}
	return fill(have, want)
}

// watch is what somebody sees: on the stage what he has pinned, else a screen, else who speaks; in the tiles the others who have spoken last.
// Slots that he does not show get nothing.
func watch(have []choice, w *wish, s *scene) []choice {
	out := make([]choice, len(have))
	if len(have) == 0 {
		return out
	}
	first := w.stage(have[0], s)
	var rest []choice
	add := func(c choice) {
		if c != first && w.can(c, s) {
			rest = append(rest, c)
		}
	}
	var tiles []int
	for i := 1; i < len(have); i++ {
		if w.visible[i] {
			tiles = append(tiles, i)
		}
	}
	if w.visible[0] {
		out[0] = first
	} else if first.who != 0 {
		rest = append(rest, first)
	}
	add(choice{s.screen, media.Screen})
	for _, who := range s.ranked {
		if len(rest) > len(tiles) {
			break
		}
		add(choice{who, media.Video})
	}
	before := make([]choice, len(tiles))
	for i, slot := range tiles {
		before[i] = have[slot]
	}
	for i, c := range fill(before, rest) {
		out[tiles[i]] = c
	}
	return out
}

// can reports whether something is there, is another's, and can be decoded.
func (w *wish) can(c choice, s *scene) bool { return c.who != w.self && s.has(c) && w.takes(c) }

// stage is what is largest. Who was shown stays while nobody else speaks.
func (w *wish) stage(have choice, s *scene) choice {
	list := [...]choice{w.pin, {s.screen, media.Screen}, {s.dominant, media.Video}}
	for _, c := range list {
		if w.can(c, s) {
			return c
		}
	}
	if have.kind == media.Video && w.can(have, s) {
		return have
	}
	for _, who := range s.ranked {
		if c := (choice{who, media.Video}); w.can(c, s) {
			return c
		}
	}
	return choice{}
}
