package plc_test

import (
	"math"
	"testing"

	"plenum/components/media"
	"plenum/components/media/plc"
)

// voice is a tone with harmonics, as a vowel has them.
func voice(hz float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		w := 2 * math.Pi * hz * float64(i) / media.Rate
		pcm[i] = int16(5000*math.Sin(w) + 3000*math.Sin(2*w+1) + 1500*math.Sin(5*w+2))
	}
	return pcm
}

func TestALostFrameOfAVowelIsHardlyMissed(t *testing.T) {
	for _, hz := range []float64{70, 110, 180, 260, 390} {
		pcm := voice(hz, 3200)
		want := append([]int16(nil), pcm...)
		var c plc.Concealer
		for at := 0; at < len(pcm); at += 320 {
			if frame := pcm[at : at+320]; at == 1600 {
				clear(frame)
				c.Fill(frame)
			} else {
				c.Good(frame)
			}
		}
		var signal, noise float64
		for i := 1600; i < 2240; i++ {
			d := float64(want[i]) - float64(pcm[i])
			signal += float64(want[i]) * float64(want[i])
			noise += d * d
		}
		if db := 10 * math.Log10(signal/noise); db < 8 {
			t.Errorf("a voice of %v Hz: the error is only %.1f dB below", hz, db)
		}
	}
}

func TestALongLossFadesAway(t *testing.T) {
	var c plc.Concealer
	c.Good(voice(150, 1600))
	level := make([]media.Level, 5)
	for i := range level {
		frame := make([]int16, 320)
		c.Fill(frame)
		level[i] = media.Measure(frame)
	}
	for i := 1; i < 4; i++ {
		if level[i] <= level[i-1] {
			t.Errorf("levels %v do not fall", level)
		}
	}
	if level[4] != media.Silence {
		t.Errorf("still at level %d after 80 ms", level[4])
	}
}

// There is no step between what came and what is made up, either way, that the voice itself has not.
func TestNoClicks(t *testing.T) {
	pcm := voice(97, 3200)
	steepest := 0
	for i := 1; i < len(pcm); i++ {
		steepest = max(steepest, abs(int(pcm[i])-int(pcm[i-1])))
	}
	var c plc.Concealer
	var heard []int16
	for at := 0; at < len(pcm); at += 320 {
		frame := pcm[at : at+320]
		if at/320%3 == 2 {
			c.Fill(frame)
		} else {
			c.Good(frame)
		}
		heard = append(heard, frame...)
	}
	for i := 1; i < len(heard); i++ {
		if step := abs(int(heard[i]) - int(heard[i-1])); step > 2*steepest {
			t.Errorf("a step of %d at sample %d, where the voice has %d", step, i, steepest)
		}
	}
}

func TestNothingHeardYetIsSilence(t *testing.T) {
	var c plc.Concealer
	frame := voice(100, 320)
	c.Fill(frame)
	if media.Measure(frame) != media.Silence {
		t.Error("sound out of nothing")
	}
}

func abs(n int) int { return max(n, -n) }

func BenchmarkFill(b *testing.B) {
	var c plc.Concealer
	good, lost := voice(150, 320), make([]int16, 320)
	b.ReportAllocs()
	for b.Loop() {
		c.Good(good)
		c.Fill(lost)
	}
}
