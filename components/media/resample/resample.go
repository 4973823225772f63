// Package resample changes the sample rate of sound: a polyphase filter with a Kaiser window.
package resample

import (
	"fmt"
	"math"
)

const (
	// beta of the Kaiser window puts the stop band 80 dB down, below the noise of 13 bits.
	beta        = 7.857
	attenuation = 80.0
	// passEdge and stopEdge bound the filter's slope, in parts of the lower of the two rates: 3.4 and 4.4 kHz at 8 kHz. What lies between
	// half the rate and the stop band folds back above the telephone's band, where nothing is heard.
	passEdge = 0.425
	stopEdge = 0.55
	// maxPhases bounds the table for rates with no common divisor worth the name.
	maxPhases = 1000
)

// A Resampler turns a stream of one rate into one of another. It keeps what the filter needs of the past, so that chunks of any
// length join without a seam; they come out delayed by half the filter. It belongs to one goroutine.
type Resampler struct {
	up, down int
	taps     int       // of each phase
	filter   []float32 // phase by phase, each reversed so that it runs along the samples
	history  []float32 // the last taps-1 samples of what was put in, then room for a chunk
	phase    int
	skip     int // samples of the next chunk that are stepped over first
}

// New makes a resampler between two rates in samples a second.
func New(from, to int) (*Resampler, error) {
	if from <= 0 || to <= 0 {
		return nil, fmt.Errorf("resample from %d to %d samples a second: both must be positive", from, to)
	}
	d := gcd(from, to)
	r := &Resampler{up: to / d, down: from / d}
	if r.up > maxPhases || r.down > maxPhases {
		return nil, fmt.Errorf("resample from %d to %d samples a second: the rates have no simple ratio", from, to)
	}
	r.design()
	r.history = make([]float32, r.taps-1)
	return r, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// design computes the low pass at the common multiple of both rates and deals its taps out to the phases.
func (r *Resampler) design() {
	lower := 1 / float64(max(r.up, r.down)) // of the rates, in parts of their common multiple
	slope := 2 * math.Pi * (stopEdge - passEdge) * lower
	length := int(math.Ceil((attenuation-8)/(2.285*slope))) | 1
	r.taps = (length + r.up - 1) / r.up
	r.taps = (r.taps + 3) &^ 3 // the inner loop takes four at a time
	cutoff := (passEdge + stopEdge) / 2 * lower
	r.filter = make([]float32, r.taps*r.up)
	for n := range length {
		x := float64(n) - float64(length-1)/2
		w := 2 * x / float64(length-1)
		h := 2 * cutoff * sinc(2*cutoff*x) * bessel0(beta*math.Sqrt(max(1-w*w, 0))) / bessel0(beta)
		phase, tap := n%r.up, n/r.up
		r.filter[phase*r.taps+r.taps-1-tap] = float32(h * float64(r.up))
	}
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel0 is the modified Bessel function of order 0, by its series.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

// Room is the greatest number of samples that [Resampler.Process] makes of n.
func (r *Resampler) Room(n int) int { return n*r.up/r.down + 1 }

// Process takes the next samples of the stream and writes what they make into out, which must have room; it returns how many. With a ratio of
// small numbers, frames give frames: 320 at 16 kHz always give 160 at 8 kHz.
func (r *Resampler) Process(out, in []int16) int {
	keep := r.taps - 1
	if need := keep + len(in); cap(r.history) < need {
		grown := make([]float32, keep, need)
		copy(grown, r.history)
		r.history = grown
	}
	line := r.history[:keep+len(in)]
	for i, s := range in {
		line[keep+i] = float32(s)
	}
	n, at := 0, r.skip
	for ; at < len(in); n++ {
		out[n] = clip(dot(line[at:at+r.taps], r.filter[r.phase*r.taps:]))
		r.phase += r.down
		at += r.phase / r.up
		r.phase %= r.up
	}
	r.skip = at - len(in)
	copy(line, line[len(in):])
	r.history = line[:keep]
	return n
}

// dot is the inner product of a with the beginning of b; the length of a is a multiple of four.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	return s0 + s1 + s2 + s3
}

func clip(x float32) int16 {
	switch {
	case x >= math.MaxInt16:
		return math.MaxInt16
	case x <= math.MinInt16:
		return math.MinInt16
	case x < 0:
		return int16(x - 0.5)
	}
	return int16(x + 0.5)
}
