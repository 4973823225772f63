package sfu_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
)

func TestTracksAndSlotsFollowTheDescription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := answer(t, "testdata/page-initiate.xml"), newLog()
		p := newPeer(t, newEngine(t), l)
		if err := p.Describe(d); err != nil {
			t.Fatal(err)
		}
		tracks := slices.Collect(p.Tracks())
		if len(tracks) != 2 || tracks[0].ID() != "mic" || tracks[1].ID() != "cam" || len(tracks[1].Layers()) != 3 || tracks[1].Layers()[2].RID() != "f" {
			t.Fatalf("tracks %v", tracks)
		}
		if <-l.added != tracks[0] || <-l.added != tracks[1] {
			t.Error("the session was told of other tracks")
		}
		slots := p.Slots()
		if len(slots) != 12 || slots[2].Kind != media.Audio || slots[3].Kind != media.Video || !slots[3].Codecs[0].Is(media.VP8) {
			t.Errorf("slots %v", slots)
		}
		_, v0 := d.Content(wire.Key{Creator: wire.Initiator, Name: "v0"})
		if len(v0.Local.Sources) != 2 || len(v0.Local.SourceGroups) != 1 || v0.Local.SourceGroups[0].SSRCs[0] != v0.Local.Sources[0].SSRC {
			t.Errorf("sources %v in %v", v0.Local.Sources, v0.Local.SourceGroups)
		}
		if p.Transport(0) == nil || p.Transport(1) != nil {
			t.Error("one group is one transport")
		}

		if err := p.Describe(d); err != nil {
			t.Fatal(err)
		}
		if again := slices.Collect(p.Tracks()); !slices.Equal(again, tracks) || len(p.Slots()) != 12 || len(l.added)+len(l.removed) != 0 {
			t.Error("what did not change is another")
		}
		if len(v0.Local.Sources) != 2 {
			t.Errorf("sources %v", v0.Local.Sources)
		}

		d.Remove(wire.Key{Creator: wire.Initiator, Name: "cam"})
		d.Remove(wire.Key{Creator: wire.Initiator, Name: "a1"})
		if err := p.Describe(d); err != nil {
			t.Fatal(err)
		}
		if <-l.removed != tracks[1] || !tracks[1].Closed() || len(slices.Collect(p.Tracks())) != 1 {
			t.Error("the track of a content that was removed stays")
		}
		slots = p.Slots()
		if len(slots) != 12 || len(slots[1].Codecs) != 0 || slots[3].Kind != media.Video {
			t.Errorf("slots %v after one was removed", slots)
		}
		if err := p.Bind(1, tracks[0]); !fault.Is(err, fault.Invalid) {
			t.Errorf("binding to what was removed: %v", err)
		}
		if err := p.Bind(12, tracks[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("binding to what never was: %v", err)
		}
		if err := p.Bind(3, tracks[0]); !fault.Is(err, fault.Invalid) {
			t.Errorf("sound in a place for pictures: %v", err)
		}
	})
}

// Dino does no BUNDLE. What it holds back is no track, and is one when it begins to send.
func TestATransportForEachContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := answer(t, "../wire/testdata/dino-initiate.xml"), newLog()
		p := newPeer(t, newEngine(t), l)
		if err := p.Describe(d); err != nil {
			t.Fatal(err)
		}
		first, second := p.Transport(0), p.Transport(1)
		if first == nil || second == nil || len(p.Slots()) != 1 || len(l.added) != 2 {
			t.Fatalf("%d slots, %d tracks", len(p.Slots()), len(l.added))
		}
		k := wire.Key{Creator: wire.Initiator, Name: "video"}
		_, video := d.Content(k)
		video.SetSenders(d.Role, wire.None)
		if err := p.Describe(d); err != nil || len(l.removed) != 1 {
			t.Errorf("%d tracks removed, %v", len(l.removed), err)
		}
		video.SetSenders(d.Role, wire.Both)
		if err := p.Describe(d); err != nil || len(l.added) != 3 || len(p.Slots()) != 2 {
			t.Errorf("%d tracks, %d slots, %v", len(l.added), len(p.Slots()), err)
		}
		d.Remove(wire.Key{Creator: wire.Initiator, Name: "audio"})
		if err := p.Describe(d); err != nil || p.Transport(0) != second || p.Transport(1) != nil {
			t.Error("the transport of the content that is left is another")
		}
	})
}

// Of an offer the sources are known, and nothing else.
func TestAnOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		p := newPeer(t, newEngine(t), l)
		d := sdp.Offer(wire.Initiator, []sdp.Want{{Name: "audio", Kind: media.Audio, Send: true, Receive: true}}, sdp.Default(), true)
		if err := p.Describe(d); err != nil {
			t.Fatal(err)
		}
		if len(p.Slots())+len(l.added) != 0 || len(d.Transports[0].Contents[0].Local.Sources) != 1 || p.Transport(0) == nil {
			t.Errorf("%d slots, %d tracks, sources %v", len(p.Slots()), len(l.added), d.Transports[0].Contents[0].Local.Sources)
		}
	})
}
