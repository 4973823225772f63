package dtmf

import (
	"math"

	"plenum/components/media"
	"plenum/components/media/tone"
)

// The tones of the keys: one of the row and one of the column (ITU-T Q.23).
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
	layout  = [4]string{"123A", "456B", "789C", "*0#D"}
)

// Tone is the tone of a key at the loudness of a telephone; ok is false for what is no key.
func Tone(key byte) (t tone.Tone, ok bool) {
	c, ok := code(key)
	if !ok {
		return t, false
	}
	for r, line := range layout {
		for i := range len(line) {
			if line[i] == Keys[c] {
				return tone.Tone{Hz: []float64{rows[r], columns[i]}, Amplitude: 6000}, true
			}
		}
	}
	return t, false
}

// What counts as a key (ITU-T Q.24): how far the tones may differ in loudness, how much they must be of all that is heard, and how
// much louder than the next of their group. Speech has these ratios at times, but not for long.
const (
	window     = media.Rate / 50  // 20 ms
	hop        = media.Rate / 100 // windows overlap by half
	leastTone  = 200.0            // amplitude, about −44 dB
	rowLouder  = 2.0              // 6 dB; ratio of amplitudes
	colLouder  = 2.6              // 8 dB, since cables dampen the higher tones
	shareOfAll = 0.7              // of the energy
	nextBelow  = 2.0              // 6 dB
	enough     = 2                // windows with the same key; 40 ms have so many wherever they begin
	enoughGap  = 3                // windows without it: a gap of 15 ms and more
)

var coefficients = func() (c [8]float64) {
	for i := range 4 {
		c[i] = 2 * math.Cos(2*math.Pi*rows[i]/media.Rate)
		c[4+i] = 2 * math.Cos(2*math.Pi*columns[i]/media.Rate)
	}
	return c
}()

// A Detector listens for keys in the sound of a line that has no events. The zero value is ready; it belongs to one goroutine.
type Detector struct {
	line   [window]int16 // the last 10 ms before a frame, then 10 ms of it
	key    byte          // that was recognised and is still pressed
	heard  byte          // in the last windows
	count  int           // of them
	missed int           // windows since the key was last heard
}

// Detect takes the next frame and returns the key that has begun in it, 0 for none: each press of a key gives it once.
func (d *Detector) Detect(pcm []int16) byte {
	var begun byte
	for len(pcm) >= hop {
		copy(d.line[:], d.line[hop:])
		copy(d.line[window-hop:], pcm[:hop])
		pcm = pcm[hop:]
		if k := d.step(match(&d.line)); k != 0 {
			begun = k
		}
	}
	return begun
}

// step takes what one window has and returns the key that it begins.
func (d *Detector) step(k byte) byte {
	if k != 0 && k == d.heard {
		d.count++
	} else {
		d.heard, d.count = k, 1
	}
	if k == d.key && k != 0 {
		d.missed = 0
		return 0
	}
	if d.key != 0 {
		if d.missed++; d.missed >= enoughGap {
			d.key = 0
		}
	}
	if k != 0 && d.count >= enough {
		d.key, d.missed = k, 0
		return k
	}
	return 0
}

// match returns the key whose tones fill the window, 0 for none.
func match(pcm *[window]int16) byte {
	var energy float64
	for _, s := range pcm {
		energy += float64(s) * float64(s)
	}
	if energy < leastTone*leastTone*window/2 {
		return 0
	}
	power := powers(pcm)
	row, rowPower, rowNext := strongest(power[:4])
	col, colPower, colNext := strongest(power[4:])
	const scale = 2.0 / window // of a power, to the energy that this frequency has in the window
	switch {
	case rowPower > rowLouder*rowLouder*colPower, colPower > colLouder*colLouder*rowPower:
	case rowPower < nextBelow*nextBelow*rowNext, colPower < nextBelow*nextBelow*colNext:
	case (rowPower+colPower)*scale < shareOfAll*energy:
	default:
		return layout[row][col]
	}
	return 0
}

// powers is [tone.Power] of all eight frequencies. They take turns for each sample, so that none waits for its own last step.
func powers(pcm *[window]int16) (power [8]float64) {
	var s1, s2 [8]float64
	c := coefficients
	for _, x := range pcm {
		f := float64(x)
		for i := range s1 {
			s1[i], s2[i] = f+c[i]*s1[i]-s2[i], s1[i]
		}
	}
	for i := range power {
		power[i] = s1[i]*s1[i] + s2[i]*s2[i] - c[i]*s1[i]*s2[i]
	}
	return power
}

func strongest(power []float64) (at int, most, next float64) {
	for i, p := range power {
		if p > most {
			at, most, next = i, p, most
		} else {
			next = max(next, p)
		}
	}
	return at, most, next
}
