// Package plc conceals the loss of packets for codecs that do not do it themselves: the last period of the voice is repeated and
// fades away. The idea is that of ITU-T G.711 appendix I, without its delay.
package plc

import "plenum/components/media"

const (
	// Periods of voices, in samples: 200 Hz to 66 Hz. A higher voice repeats itself in two or three of its periods.
	minPeriod = media.Rate / 200
	maxPeriod = media.Rate / 66
	compared  = media.Rate / 50 // what a period is judged by
	past      = maxPeriod + compared

	steady = media.Rate / 100     // is repeated as loud as it was
	fading = media.Rate * 5 / 100 // then falls silent
	seam   = media.Rate / 500     // hides the step into the repetition
	merge  = media.Rate * 4 / 1000
)

// A Concealer follows the decoded sound of one stream. The zero value is ready; it belongs to one goroutine.
type Concealer struct {
	line   [past]int16 // the last samples that were heard
	period int
	lost   int              // samples since the last that came; 0 while nothing is missing
	loop   [maxPeriod]int16 // the period that is repeated
	step   int              // between the sound and its repetition
}

// Good takes sound that has come. After a loss its beginning is merged with what was made up, in place.
func (c *Concealer) Good(pcm []int16) {
	if c.lost > 0 {
		n := min(merge, len(pcm))
		for i := range n {
			made := int(c.next())
			pcm[i] = int16((made*(n-i) + int(pcm[i])*i) / n)
		}
		c.lost = 0
	}
	c.remember(pcm)
}

// Fill makes up sound in place of what is missing.
func (c *Concealer) Fill(pcm []int16) {
	if c.lost == 0 {
		c.begin()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
	c.remember(pcm)
}

func (c *Concealer) remember(pcm []int16) {
	if len(pcm) >= past {
		copy(c.line[:], pcm[len(pcm)-past:])
		return
	}
	copy(c.line[:], c.line[len(pcm):])
	copy(c.line[past-len(pcm):], pcm)
}

// begin finds the period of the voice.
func (c *Concealer) begin() {
	c.period = minPeriod
	best := int64(-1 << 62)
	for lag := minPeriod; lag <= maxPeriod; lag += 2 {
		if l := c.likeness(lag, 2); l > best {
			best, c.period = l, lag
		}
	}
	around := c.period
	best = int64(-1 << 62)
	for lag := max(around-1, minPeriod); lag <= min(around+1, maxPeriod); lag++ {
		if l := c.likeness(lag, 1); l > best {
			best, c.period = l, lag
		}
	}
	c.step = int(c.line[past-1]) - int(c.line[past-1-c.period])
	c.loop = [maxPeriod]int16{}
	copy(c.loop[:], c.line[past-c.period:])
}

// likeness is the correlation of the newest sound with that of lag samples before, in relation to how loud the latter is.
func (c *Concealer) likeness(lag, stride int) int64 {
	var product, power int64
	for i := past - compared; i < past; i += stride {
		a, b := int64(c.line[i]), int64(c.line[i-lag])
		product += a * b
		power += b * b
	}
	if product <= 0 || power == 0 {
		return product
	}
	// product²/power, without leaving 64 bits.
	p := product >> 16
	return p * p / (power>>16 + 1) << 8
}

// next is the next sample of the repetition.
func (c *Concealer) next() int16 {
	i := c.lost
	c.lost++
	if i >= steady+fading {
		return 0
	}
	s := int(c.loop[i%c.period])
	if i < seam {
		s += c.step * (seam - i) / seam
	}
	if i > steady {
		s = s * (steady + fading - i) / fading
	}
	return int16(min(max(s, -32768), 32767))
}
