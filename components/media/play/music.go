package play

import (
	"math"
	"sync"

	"plenum/components/media"
)

// The music on hold: a minute of plucked strings, made by this file alone. The end rings into the beginning, so that the loop has no seam.
const (
	bar       = 3 * media.Rate // four beats at 80 a minute
	beat      = bar / 4
	bars      = 20
	musicPeak = 10000
	rounding  = 2.2
)

// The chords of a round, from the bass up, as numbers of half tones above A of 110 Hz.
var chords = [4][5]int{
	{3, 10, 15, 19, 22},       // C, with the seventh left out
	{0, 12, 15, 19, 24},       // A minor
	{8 - 12, 8, 12, 15, 20},   // F
	{10 - 12, 10, 14, 17, 22}, // G
}

// The order in which a chord's strings are plucked, by half beats; −1 is a rest.
var patterns = [3][8]int{
	{1, 2, 3, 4, 3, 2, 3, 2},
	{1, 3, 2, 4, 3, 4, 2, 3},
	{1, 2, 4, -1, 3, 2, 4, -1},
}

// melody has the notes that fit all four chords (a pentatonic scale), from two octaves above.
var melody = [6]int{27, 29, 31, 34, 36, 39}

// Music returns the music on hold, at [media.Rate]. It is made once, on the first call, which takes some tens of milliseconds.
var Music = sync.OnceValue(func() *Clip { return NewClip(renderMusic()) })

func renderMusic() []int16 {
	s := &score{mix: make([]float64, bars*bar), seed: 20}
	for b := range bars {
		chord, pattern := chords[b%len(chords)], patterns[b/4%len(patterns)]
		s.pluck(b*bar, chord[0], 0.55, 0.996)
		s.pluck(b*bar+2*beat, chord[0], 0.35, 0.996)
		for i, str := range pattern {
			if str >= 0 {
				s.pluck(b*bar+i*beat/2, chord[str], 0.3+0.08*s.chance(), 0.995)
			}
		}
		if b/4%2 == 1 { // every other round has a melody
			s.phrase(b)
		}
	}
	return s.sound()
}

// A score is the sound as it is put together.
type score struct {
	mix  []float64
	seed uint32
	note int // of the melody
}

// chance is a number from 0 to 1, the same in every run.
func (s *score) chance() float64 {
	s.seed = s.seed*1664525 + 1013904223
	return float64(s.seed>>8) / (1 << 24)
}

// phrase plays a few notes of the melody, each a step or a leap from the one before.
func (s *score) phrase(b int) {
	for at := 0; at < 4; {
		s.note = min(max(s.note+int(5*s.chance())-2, 0), len(melody)-1)
		s.pluck(b*bar+at*beat, melody[s.note], 0.35, 0.994)
		at += 1 + int(2*s.chance())
	}
}

// pluck adds a string that is plucked, after Karplus and Strong: a burst of noise runs round a delay line as long as the period, and
// loses its higher parts with each turn. keep is how much is left of the rest.
func (s *score) pluck(at, halfTones int, loud, keep float64) {
	period := media.Rate / (110 * math.Pow(2, float64(halfTones)/12))
	line := make([]float64, int(period))
	smooth := 0.0
	for i := range line {
		smooth += 0.5 * (2*s.chance() - 1 - smooth) // a finger, not a plectrum
		line[i] = loud * smooth
	}
	// What the period has beyond whole samples is made up by a first-order all-pass filter.
	fraction := period - float64(len(line)) - 0.5
	if fraction < 0.1 {
		fraction += 1
		line = line[:len(line)-1]
	}
	c := (1 - fraction) / (1 + fraction)
	var last, allIn, allOut float64
	for i := range 5 * media.Rate / 2 {
		x := line[i%len(line)]
		average := keep * (x + last) / 2
		last = x
		allOut = c*(average-allOut) + allIn
		allIn = average
		line[i%len(line)] = allOut
		fade := 1.0
		if left := 5*media.Rate/2 - i; left < media.Rate/4 {
			fade = float64(left) / (media.Rate / 4)
		}
		s.mix[(at+i)%len(s.mix)] += x * fade
	}
}

// sound is the mix at the loudness of a voice. The first moment of each string would keep the rest too quiet, and is rounded off.
func (s *score) sound() []int16 {
	peak := 0.0
	for _, x := range s.mix {
		peak = max(peak, math.Abs(x))
	}
	pcm := make([]int16, len(s.mix))
	for i, x := range s.mix {
		pcm[i] = int16(math.Tanh(rounding*x/peak) * musicPeak)
	}
	return pcm
}
