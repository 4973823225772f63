package rtp_test

import (
	"testing"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/transcode"
	"plenum/sipbridge/rtp"
)

func TestTonesPassBothWaysInEachCodec(t *testing.T) {
	for _, c := range codec.All {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t)
			a, b := newParty(t, e, rtp.Options{Codecs: []media.Codec{c}}), newParty(t, e, rtp.Options{})
			agree(t, a, b)
			if err := a.Bind(0, sing(t, c, 440)); err != nil {
				t.Fatal(err)
			}
			if err := b.Bind(0, sing(t, c, 1000)); err != nil {
				t.Fatal(err)
			}
			listenTo(t, b.track(t)).hears(t, 440)
			listenTo(t, a.track(t)).hears(t, 1000)
		})
	}
}

// Two legs that have no codec in common, as a call puts them together.
func TestACallBetweenOpusAndG711IsTranscoded(t *testing.T) {
	e := newEngine(t)
	far, near := newParty(t, e, rtp.Options{Codecs: []media.Codec{media.Opus}}), newParty(t, e, rtp.Options{})
	agree(t, far, near)
	trunk, line := newParty(t, e, rtp.Options{Codecs: []media.Codec{media.PCMA}}), newParty(t, e, rtp.Options{})
	agree(t, trunk, line)
	for from, to := range map[*party]*party{near: line, line: near} {
		if err := to.Bind(0, transcode.New(from.track(t))); err != nil {
			t.Fatal(err)
		}
	}
	_ = far.Bind(0, sing(t, media.Opus, 700))
	_ = trunk.Bind(0, sing(t, media.PCMA, 1200))
	listenTo(t, trunk.track(t)).hears(t, 700)
	listenTo(t, far.track(t)).hears(t, 1200)
}
