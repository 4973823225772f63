// Package tone makes and recognises tones: what a telephone plays while it rings or is busy, the keys' tones, and what tests listen for.
package tone

import (
	"math"
	"time"

	"plenum/components/media"
)

// A Tone is one or several sines at a time.
type Tone struct {
	Hz        []float64
	Amplitude float64 // of each, 32767 being the loudest
}

// A Signal is a tone that is switched on and off in a cadence. Without one it sounds all the time.
type Signal struct {
	Tone
	Cadence []time.Duration // on, off, on, off …, again and again
}

// Signals of the public network (ITU-T E.180), as telephones in most of Europe know them.
var (
	Ringback   = Signal{Tone{[]float64{425}, 5000}, []time.Duration{time.Second, 4 * time.Second}}
	Busy       = Signal{Tone{[]float64{425}, 5000}, []time.Duration{480 * time.Millisecond, 480 * time.Millisecond}}
	Congestion = Signal{Tone{[]float64{425}, 5000}, []time.Duration{240 * time.Millisecond, 240 * time.Millisecond}}
)

// edge is how long a tone takes to be fully there and gone, so that it does not click.
const edge = media.Rate * 3 / 1000

// A Generator plays a signal. It belongs to one goroutine.
type Generator struct {
	sines     []sine
	amplitude float64
	cadence   []int // in samples
	at        int   // place in the cadence, which is
	part      int   // its at-th sample of this part
}

// sine is an oscillator that turns a pointer on by a fixed angle.
type sine struct{ re, im, cos, sin float64 }

func (s *sine) next() float64 {
	s.re, s.im = s.re*s.cos-s.im*s.sin, s.re*s.sin+s.im*s.cos
	return s.im
}

// NewGenerator makes a generator at the beginning of the signal.
func NewGenerator(s Signal) *Generator {
	g := &Generator{amplitude: s.Amplitude}
	for _, hz := range s.Hz {
		w := 2 * math.Pi * hz / media.Rate
		g.sines = append(g.sines, sine{1, 0, math.Cos(w), math.Sin(w)})
	}
	for _, d := range s.Cadence {
		g.cadence = append(g.cadence, int(d*media.Rate/time.Second))
	}
	return g
}

// Read fills pcm with what comes next.
func (g *Generator) Read(pcm []int16) {
	for i := range pcm {
		var sum float64
		for j := range g.sines {
			sum += g.sines[j].next()
		}
		pcm[i] = int16(min(max(sum*g.amplitude*g.gain(), -32768), 32767))
	}
	for j := range g.sines { // rounding must not let the pointer grow or shrink
		s := &g.sines[j]
		length := math.Hypot(s.re, s.im)
		s.re, s.im = s.re/length, s.im/length
	}
}

// gain is how loud the next sample is by the cadence.
func (g *Generator) gain() float64 {
	if len(g.cadence) == 0 {
		return 1
	}
	for g.at >= g.cadence[g.part] {
		g.at, g.part = 0, (g.part+1)%len(g.cadence)
	}
	at, left := g.at, g.cadence[g.part]-g.at
	g.at++
	if g.part%2 == 1 {
		return 0
	}
	return min(float64(min(at, left))/edge, 1)
}

// Amplitude is how loud the sine of this frequency is in pcm, by Goertzel's algorithm. The longer pcm is, the less do other
// frequencies count: at n samples, those of [media.Rate]/n Hz away and more.
func Amplitude(pcm []int16, hz float64) float64 {
	return 2 * math.Sqrt(Power(pcm, 2*math.Cos(2*math.Pi*hz/media.Rate))) / float64(len(pcm))
}

// Power is the squared magnitude of one frequency, which coefficient names: twice the cosine of its angle for each sample.
func Power(pcm []int16, coefficient float64) float64 {
	var s1, s2 float64
	for _, x := range pcm {
		s1, s2 = float64(x)+coefficient*s1-s2, s1
	}
	return max(s1*s1+s2*s2-coefficient*s1*s2, 0)
}

// Heard reports whether the sine of this frequency is the greater part of what pcm has, and is not just noise.
func Heard(pcm []int16, hz float64) bool {
	var energy float64
	for _, s := range pcm {
		energy += float64(s) * float64(s)
	}
	a := Amplitude(pcm, hz)
	return a > 100 && a*a/2*float64(len(pcm)) > energy/2
}
