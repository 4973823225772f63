package sfu

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/jingle/sdp"
)

// Layers that are not sent count as much as is usual for their height: 150, 500 and 1500 kbit/s. A voice is 40.
func TestBandwidthIsDivided(t *testing.T) {
	for _, c := range []struct {
		bits    uint64
		heights []int // shown of the stage, two tiles and a screen of one layer; 0 is paused
	}{
		{10_000_000, []int{720, 180, 180, 1080}},
		{3_000_000, []int{360, 180, 180, 1080}}, // everybody is seen before one is seen larger
		{1_000_000, []int{360, 180, 180, 0}},
		{900_000, []int{360, 180, 180, 0}},
		{500_000, []int{180, 180, 180, 0}},
		{350_000, []int{180, 180, 0, 0}},
		{200_000, []int{180, 0, 0, 0}},
		{100_000, []int{0, 0, 0, 0}},
	} {
		t.Run(fmt.Sprint(c.bits), func(t *testing.T) {
			p := &Peer{start: time.Now()}
			l := &link{peer: p, out: nowhere{}}
			var senders []*sender
			add := func(kind media.Kind, codec media.Codec, shown int, heights ...int) {
				s := &sender{peer: p, kind: kind, sending: true, height: shown, link: l, codecs: []sdp.Codec{{Codec: codec, ID: 100}}}
				track := media.NewTrack(media.TrackConfig{Codec: codec, Kind: kind})
				for _, h := range heights {
					track.AddLayer(fmt.Sprint(h), h)
				}
				senders = append(senders, s)
				l.senders.Store(&senders)
				if err := s.bind(track); err != nil {
					t.Fatal(err)
				}
			}
			l.limit(c.bits)
			add(media.Audio, media.Opus, unlimited, 0)
			add(media.Video, media.VP8, 720, 180, 360, 720)
			add(media.Video, media.VP8, 180, 180, 360, 720)
			add(media.Video, media.VP8, 180, 180, 360, 720)
			add(media.Video, media.VP8, unlimited, 1080)
			l.allocate()
			var got []int
			for _, s := range senders[1:] {
				h := 0
				if s.goal != nil {
					h = s.goal.Height()
				}
				if (h == 0) != s.paused() {
					t.Errorf("height %d, paused %v", h, s.paused())
				}
				got = append(got, h)
			}
			if senders[0].goal == nil {
				t.Error("the voice is not sent")
			}
			if !slices.Equal(got, c.heights) {
				t.Errorf("heights %v, want %v", got, c.heights)
			}
		})
	}
}

// A screen takes much for a moment whenever another page is turned to, which is no reason to stop it.
func TestWhatIsTooMuchForAMomentGoesOn(t *testing.T) {
	p := &Peer{start: time.Now().Add(-time.Minute)}
	l := &link{peer: p, out: nowhere{}}
	s := &sender{peer: p, kind: media.Video, sending: true, height: 1080, link: l, codecs: []sdp.Codec{{Codec: media.VP8, ID: 100}}}
	l.senders.Store(&[]*sender{s})
	track := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Screen})
	layer := track.AddLayer("", 1080) // 1500 kbit/s
	l.limit(2_000_000)
	if err := s.bind(track); err != nil {
		t.Fatal(err)
	}
	s.show(layer) // its key frame has come
	l.limit(1_000_000)
	if l.allocate(); s.paused() || s.goal != layer {
		t.Error("it is stopped at once")
	}
	p.start = p.start.Add(-time.Second)
	l.limit(2_000_000)
	l.allocate()
	l.limit(1_000_000)
	l.allocate()
	p.start = p.start.Add(-starveAfter + 100*time.Millisecond)
	l.limit(1_000_000)
	if l.allocate(); s.paused() {
		t.Error("it is stopped for two moments that are apart")
	}
	p.start = p.start.Add(-200 * time.Millisecond)
	if l.allocate(); !s.paused() || s.goal != nil {
		t.Error("it is never stopped")
	}
	l.limit(2_000_000)
	if l.allocate(); s.paused() || s.goal != layer {
		t.Error("it does not go on")
	}
}
