//go:build !race

// The race detector lets pools lose things on purpose.

package mix_test

import (
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/mix"
	"plenum/components/media/tone"
)

type nobody struct{}

func (nobody) Receive(*media.Layer, *media.Packet) {}

func TestNothingIsAllocatedForAFrame(t *testing.T) {
	for _, c := range codec.All {
		m := mix.New()
		var layers []*media.Layer
		payload := make([]byte, media.MaxFrameBytes)
		enc, err := codec.NewEncoder(c)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, media.FrameSamples)
		tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{300}, Amplitude: 4000}}).Read(pcm)
		k, _ := enc.Encode(pcm, payload)
		for range 6 {
			port := m.Join()
			l := media.NewTrack(media.TrackConfig{Codec: c}).AddLayer("", 0)
			if err := port.SetInput(l.Track()); err != nil {
				t.Fatal(err)
			}
			out, _ := port.For([]media.Codec{c})
			out.Layers()[0].Subscribe(nobody{})
			layers = append(layers, l)
		}
		n := uint32(0)
		tick := func() {
			now := start.Add(time.Duration(n) * media.FrameTime)
			for i, l := range layers {
				p := media.NewPacket(k)
				p.Make(media.Header{SSRC: 1, Sequence: uint16(n), Timestamp: n * c.FrameUnits()}, payload[:k], now)
				p.HasLevel, p.Voice, p.Level = true, i < 4, 30
				l.Publish(p)
			}
			m.Tick(n, now)
			n++
		}
		for range 200 { // rings and pools fill
			tick()
		}
		if a := testing.AllocsPerRun(200, tick); a != 0 {
			t.Errorf("%s: %v allocations for a frame", c, a)
		}
	}
}
