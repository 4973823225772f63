package tone_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/tone"
)

func TestAToneIsHeardAndNoOther(t *testing.T) {
	g := tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{440}, Amplitude: 8000}})
	pcm := make([]int16, 3200)
	g.Read(pcm[:100])
	g.Read(pcm[100:])
	if a := tone.Amplitude(pcm, 440); math.Abs(a-8000) > 20 {
		t.Errorf("amplitude %.0f", a)
	}
	for _, hz := range []float64{425, 455, 880, 1000} {
		if tone.Heard(pcm, hz) {
			t.Errorf("%v Hz heard", hz)
		}
	}
	if !tone.Heard(pcm, 440) {
		t.Error("440 Hz not heard")
	}
	for i := range pcm {
		pcm[i] = int16(rand.IntN(20000) - 10000)
	}
	if tone.Heard(pcm, 440) {
		t.Error("440 Hz heard in noise")
	}
}

func TestACadence(t *testing.T) {
	g := tone.NewGenerator(tone.Busy)
	frame := make([]int16, media.Rate*48/1000) // a tenth of each part
	for i := range 60 {
		g.Read(frame)
		on := i/10%2 == 0
		if heard := tone.Heard(frame, 425); heard != on {
			t.Errorf("after %v the tone is heard: %v", time.Duration(i)*48*time.Millisecond, heard)
		}
	}
}

func TestAToneStaysAsLoud(t *testing.T) {
	g := tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{425, 1000}, Amplitude: 1000}})
	pcm := make([]int16, media.FrameSamples)
	for range 10_000 {
		g.Read(pcm)
	}
	if a := tone.Amplitude(pcm, 1000); math.Abs(a-1000) > 1 {
		t.Errorf("amplitude %.0f after three minutes", a)
	}
}
