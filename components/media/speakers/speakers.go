// Package speakers finds out who speaks in a conference: the one to show, and the few to hear. It looks at nothing but levels,
// so nobody need be decoded for it.
//
// Whether somebody is shown is decided on three time scales, after Volfin and Cohen, "Dominant speaker identification for multipoint
// videoconferencing" (2012): he speaks now, he has for a moment, and he has for longer than the one shown before. A cough or a word of
// consent moves no picture. To be heard, having begun is enough while there is room.
package speakers

import (
	"cmp"
	"math"
	"slices"
	"time"

	"plenum/components/media"
)

const (
	// The time scales, and by how much somebody must be ahead on each of them to be shown instead.
	immediate, medium, long = 40 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond
	aheadNow, aheadMedium   = 0.15, 0.1

	// hold is how long who has ceased to speak keeps his place among those who are heard: pauses within a sentence are shorter.
	hold = 300 * time.Millisecond / media.FrameTime
	// louder is by what factor somebody must be more active than one who is heard to take his place while he still speaks.
	louder = 1.3

	// voiced is how far a level must be above the noise of the room to be a voice, for senders that do not say; the noise is
	// learnt from the quietest moments, and forgotten by a decibel a second.
	voiced     = 9.0
	noiseDrift = 1.0 / 50
	// unheard is for how long nothing at all must have come for the noise to be learnt anew: longer than packets go missing in a row. What
	// sounded before says nothing of what sounds then, and who comes back shall be heard at once.
	unheard = 500 * time.Millisecond / media.FrameTime
)

// A Detector watches the participants of one conference. It belongs to one goroutine.
type Detector struct {
	all      []*Speaker
	heard    []*Speaker
	places   int
	dominant *Speaker
	sorted   []*Speaker // scratch
}

// A Speaker is one participant, or one track of his.
type Speaker struct {
	level    media.Level
	voice    bool
	stated   bool    // whether voice is the sender's own word
	noise    float64 // level of the room, in negative decibels as a media.Level
	activity [3]float64
	silent   int // frames since the last voice
	unheard  int // frames since there was a level at all
	heard    bool
}

// New makes a detector that has so many places for people to be heard.
func New(places int) *Detector { return &Detector{places: places} }

// Join adds a participant.
func (d *Detector) Join() *Speaker {
	s := &Speaker{level: media.Silence, noise: float64(media.Quiet), silent: int(hold)}
	d.all = append(d.all, s)
	return s
}

// Leave takes a participant away.
func (d *Detector) Leave(s *Speaker) {
	is := func(other *Speaker) bool { return other == s }
	d.all = slices.DeleteFunc(d.all, is)
	d.heard = slices.DeleteFunc(d.heard, is)
	s.heard = false
	if d.dominant == s {
		d.dominant = nil
	}
}

// Hear says how loud a participant was in the frame that [Detector.Tick] will look at. stated is whether voice is what the sender has said;
// else the level decides.
func (s *Speaker) Hear(level media.Level, voice, stated bool) {
	s.level, s.voice, s.stated = level, voice, stated
}

// Speaking reports whether the participant has spoken a moment ago.
func (s *Speaker) Speaking() bool { return s.silent < int(hold) }

// Heard reports whether the participant has one of the places.
func (s *Speaker) Heard() bool { return s.heard }

// Tick is one frame of time.
func (d *Detector) Tick() {
	for _, s := range d.all {
		s.tick()
	}
	d.choose()
	d.show()
}

// Dominant is the one to show: who speaks, or who has spoken last. nil when nobody has yet.
func (d *Detector) Dominant() *Speaker { return d.dominant }

// Heard returns those who have a place. The list is valid until the next tick.
func (d *Detector) Heard() []*Speaker { return d.heard }

var scales = [3]float64{weight(immediate), weight(medium), weight(long)}

func weight(scale time.Duration) float64 {
	return 1 - math.Exp(-float64(media.FrameTime)/float64(scale))
}

func (s *Speaker) tick() {
	active := 0.0
	if s.speaks() {
		s.silent = 0
		// From 0.3 for a whisper to 1 for a voice close to the microphone.
		active = min(max(1-(float64(s.level)-15)/60, 0.3), 1)
	} else {
		s.silent++
	}
	for i, w := range scales {
		s.activity[i] += w * (active - s.activity[i])
	}
}

// speaks says whether the frame has a voice.
func (s *Speaker) speaks() bool {
	if s.stated { // by the sender, or by who has muted him
		s.unheard = int(unheard)
		return s.voice && s.level < media.Silence
	}
	if s.level == media.Silence {
		s.unheard++
		return false
	}
	if s.unheard >= int(unheard) {
		s.noise = float64(media.Quiet)
	}
	s.unheard = 0
	l := float64(s.level)
	s.noise = max(s.noise-noiseDrift, l)
	return s.level < media.Quiet && l < s.noise-voiced
}

// choose gives the places to those who speak.
func (d *Detector) choose() {
	d.heard = slices.DeleteFunc(d.heard, func(s *Speaker) bool {
		s.heard = s.Speaking()
		return !s.heard
	})
	d.sorted = d.sorted[:0]
	for _, s := range d.all {
		if !s.heard && s.silent == 0 {
			d.sorted = append(d.sorted, s)
		}
	}
	slices.SortStableFunc(d.sorted, func(a, b *Speaker) int { return cmp.Compare(b.activity[1], a.activity[1]) })
	for _, s := range d.sorted {
		if len(d.heard) < d.places {
			d.heard = append(d.heard, s)
			s.heard = true
			continue
		}
		if len(d.heard) == 0 {
			return
		}
		weakest := slices.MinFunc(d.heard, func(a, b *Speaker) int { return cmp.Compare(a.activity[1], b.activity[1]) })
		if s.activity[1] < louder*weakest.activity[1] {
			return // and the others are no more active
		}
		d.heard[slices.Index(d.heard, weakest)] = s
		s.heard, weakest.heard = true, false
	}
}

// show finds who is to be shown.
func (d *Detector) show() {
	for _, s := range d.all {
		if s == d.dominant || s.silent > 0 {
			continue
		}
		if d.dominant == nil || s.ahead(d.dominant) {
			d.dominant = s
		}
	}
}

func (s *Speaker) ahead(other *Speaker) bool {
	a, b := s.activity, other.activity
	return a[0] > b[0]+aheadNow && a[1] > b[1]+aheadMedium && a[2] > b[2]
}
