package sfu_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
)

// A packet is found by its announced SSRC, by the names of content and layer, or by a payload type that only one content has.
func TestPacketsFindTheirTrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		mic, cam := listen(c.track("mic").Layers()[0]), listen(c.track("cam").Layer("h"))
		c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 1}, []media.Extension{{ID: 1, Data: []byte{0x80 | 30}}}, []byte{1})
		if p := await(t, mic, "a packet"); p.Level != 30 || !p.Voice {
			t.Errorf("level %d, voice %v", p.Level, p.Voice)
		}
		c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: 1}, []media.Extension{{ID: 4, Data: []byte("cam")}, {ID: 10, Data: []byte("h")}}, picture(true, 1, 360))
		if p := await(t, cam, "a packet"); !p.Keyframe {
			t.Error("no key frame")
		}
		c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: 2}, nil, picture(false, 2, 0))
		await(t, cam, "a packet whose SSRC was learned")
		if h := c.track("cam").Layer("h").Height(); h != 360 {
			t.Errorf("height %d", h)
		}
		unknown := c.peer.Transport(0).Counters().Dropped(transport.UnknownSSRC)
		c.send(media.Header{PayloadType: 96, SSRC: 8, Sequence: 1}, nil, picture(true, 1, 360))                                            // which layer?
		c.send(media.Header{PayloadType: 96, SSRC: 9, Sequence: 1}, []media.Extension{{ID: 4, Data: []byte("v0")}}, picture(true, 1, 360)) // not a content of his
		c.send(media.Header{PayloadType: 99, SSRC: 1001, Sequence: 2}, nil, []byte{1})                                                     // not a codec
		c.send(media.Header{PayloadType: 111, SSRC: 1002, Sequence: 1}, nil, []byte{1})                                                    // another voice while the first speaks
		c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 3}, nil, []byte{2})
		await(t, mic, "the packet behind")
		if got := c.peer.Transport(0).Counters().Dropped(transport.UnknownSSRC) - unknown; got != 4 {
			t.Errorf("%d packets were unknown", got)
		}
	})
}

// Beside a shared screen with the same codecs, the layers of a camera are known by their own names alone: what our pages send says no more.
func TestLayersAreKnownByTheirNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := answer(t, "../testdata/browser/initiate.xml")
		more, err := d.Answer(jingle(t, "../testdata/browser/add-screen.xml"), sdp.Default())
		if err != nil {
			t.Fatal(err)
		}
		d.Merge(more)
		c := dialWith(t, newEngine(t), d)
		cam := listen(c.track("cam").Layer("h"))
		c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: 1}, []media.Extension{{ID: 10, Data: []byte("h")}}, picture(true, 1, 360))
		await(t, cam, "a packet")
		c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: 3}, nil, picture(false, 3, 0))
		await(t, cam, "the packet behind a lost one")
		c.send(media.Header{PayloadType: 97, SSRC: 70, Sequence: 1}, []media.Extension{{ID: 11, Data: []byte("h")}}, append([]byte{0, 2}, picture(false, 2, 0)...))
		if p := await(t, cam, "a repaired packet"); p.SSRC != 7 || p.Sequence != 2 {
			t.Errorf("SSRC %d, sequence %d", p.SSRC, p.Sequence)
		}
	})
}

// A simulcast of old has an SSRC for each layer, and one for the retransmissions of each, which are announced (XEP-0339#sdp-ssrc-group).
func TestLayersThatAreAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := answer(t, "testdata/page-initiate.xml")
		_, cam := d.Content(wire.Key{Creator: wire.Initiator, Name: "cam"})
		cam.Layers = nil
		cam.Sources = []sdp.Source{{SSRC: 31, Repair: 41}, {SSRC: 32, Repair: 42, Layer: 1}, {SSRC: 33, Repair: 43, Layer: 2}}
		c := dialWith(t, newEngine(t), d)
		layers := c.track("cam").Layers()
		if len(layers) != 3 || layers[0].Height() >= layers[1].Height() || layers[1].Height() >= layers[2].Height() {
			t.Fatalf("%d layers", len(layers))
		}
		for i, l := range layers {
			got := listen(l)
			ssrc := 31 + uint32(i)
			c.send(media.Header{PayloadType: 96, SSRC: ssrc, Sequence: 1}, nil, picture(true, 1, 90))
			c.send(media.Header{PayloadType: 96, SSRC: ssrc, Sequence: 3}, nil, picture(false, 3, 0))
			c.send(media.Header{PayloadType: 97, SSRC: ssrc + 10, Sequence: 1}, nil, append([]byte{0, 2}, picture(false, 2, 0)...))
			for _, want := range []uint16{1, 3, 2} {
				if p := await(t, got, "a packet"); p.SSRC != ssrc || p.Sequence != want {
					t.Errorf("packet %d of %d, want %d of %d", p.Sequence, p.SSRC, want, ssrc)
				}
			}
		}
	})
}

// Lost packets are asked for, and come as retransmissions in a stream of their own (RFC 4588).
func TestLostPicturesAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		q := listen(c.track("cam").Layer("q"))
		name := []media.Extension{{ID: 4, Data: []byte("cam")}, {ID: 10, Data: []byte("q")}}
		for _, n := range []uint16{65533, 65534, 1, 2} {
			c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: n, Timestamp: uint32(n)}, name, picture(n == 65533, n, 180))
		}
		nack := heard[*rtcp.TransportLayerNack](c)
		var asked []uint16
		for _, pair := range nack.Nacks {
			asked = append(asked, pair.PacketList()...)
		}
		if !slices.Equal(asked, []uint16{65535, 0}) || nack.MediaSSRC != 7 {
			t.Fatalf("asked for %v of %d", asked, nack.MediaSSRC)
		}
		repaired := []media.Extension{{ID: 4, Data: []byte("cam")}, {ID: 11, Data: []byte("q")}}
		c.send(media.Header{PayloadType: 97, SSRC: 70, Sequence: 500, Timestamp: 65535}, repaired, append([]byte{0xff, 0xff}, picture(false, 65535, 0)...))
		c.send(media.Header{PayloadType: 97, SSRC: 70, Sequence: 501, Timestamp: 0}, nil, append([]byte{0, 0}, picture(false, 0, 0)...))
		var got []uint16
		for range 6 {
			p := await(t, q, "a packet")
			if p.PayloadType != 96 || p.SSRC != 7 {
				t.Errorf("payload type %d, SSRC %d", p.PayloadType, p.SSRC)
			}
			got = append(got, p.Sequence)
		}
		if !slices.Equal(got, []uint16{65533, 65534, 1, 2, 65535, 0}) {
			t.Errorf("got %v", got)
		}
		c.send(media.Header{PayloadType: 97, SSRC: 70, Sequence: 502}, nil, []byte{1}) // too short to be one
		if s := c.peer.Stats(); s.Repaired != 2 {
			t.Errorf("%d repaired", s.Repaired)
		}
	})
}

// More gaps than can be filled are one key frame to ask for, not a flood of requests.
func TestAFloodOfGapsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		name := []media.Extension{{ID: 4, Data: []byte("cam")}, {ID: 10, Data: []byte("q")}}
		for n := range uint16(200) {
			c.send(media.Header{PayloadType: 96, SSRC: 7, Sequence: 10 + 10*n}, name, picture(n == 0, n, 180))
		}
		heard[*rtcp.PictureLossIndication](c)
	})
}

// Keys are reported once, and are no loss in what is forwarded.
func TestKeysOfTheTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		mic := listen(c.track("mic").Layers()[0])
		c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 10, Timestamp: 960}, nil, []byte{1})
		for n, end := range []byte{0, 0, 0x80, 0x80, 0x80} {
			c.send(media.Header{PayloadType: 110, SSRC: 1001, Sequence: 11 + uint16(n), Timestamp: 1920}, nil, []byte{5, end | 10, 0x12, 0xc0})
		}
		c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 16, Timestamp: 6720}, nil, []byte{2})
		if key := await(t, c.log.keys, "a key"); key != '5' {
			t.Errorf("key %c", key)
		}
		await(t, mic, "sound")
		if p := await(t, mic, "sound"); p.Sequence != 11 || p.Payload[0] != 2 {
			t.Errorf("the packet behind the key has the number %d", p.Sequence)
		}
		if len(c.log.keys) != 0 {
			t.Error("a key was reported more than once")
		}
	})
}

// The sender is told when each of its packets came, and which did not.
func TestTheSenderIsToldWhenItsPacketsCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		for n := range uint16(100) {
			if n%10 != 3 {
				number := n + 65480
				c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: n}, []media.Extension{{ID: 3, Data: []byte{byte(number >> 8), byte(number)}}}, []byte{1})
			}
		}
		told := 0
		for received := 0; received < 90; {
			f := heard[*rtcp.TransportLayerCC](c)
			if f.MediaSSRC != 1001 || f.PacketStatusCount == 0 {
				t.Fatalf("feedback %v", f)
			}
			received += len(f.RecvDeltas)
			told += int(f.PacketStatusCount)
		}
		if told != 100 {
			t.Errorf("told of %d packets", told)
		}
	})
}

// What the peer sends is reported to it, with the report that it has sent itself.
func TestReceptionIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/page-initiate.xml")
		now := uint64(3_900_000_000)<<32 | 0x1234_5678
		mic := c.track("mic").Layers()[0]
		for n := range uint16(10) {
			if n != 4 {
				c.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: n, Timestamp: 960 * uint32(n)}, nil, []byte{1})
			}
		}
		c.tell(&rtcp.SenderReport{SSRC: 1001, NTPTime: now, RTPTime: 9600})
		for {
			r := heard[*rtcp.ReceiverReport](c)
			if len(r.Reports) == 0 || r.Reports[0].LastSenderReport == 0 {
				continue
			}
			b := r.Reports[0]
			if b.SSRC != 1001 || b.TotalLost != 1 || b.LastSequenceNumber != 9 || b.LastSenderReport != uint32(now>>16) || b.Delay > 5<<16 {
				t.Errorf("report %+v", b)
			}
			break
		}
		at, timestamp, ok := mic.Timing()
		if !ok || timestamp != 9600 || time.Since(at) > patience || time.Since(at) < 0 {
			t.Errorf("timestamp %d stands for %v, %v", timestamp, at, ok)
		}
		if q := await(t, c.log.quality, "the quality"); q.Loss < 0 || q.Loss > 0.2 {
			t.Errorf("quality %+v", q)
		}
	})
}

// A client that begins to send in another of the codecs that were agreed on has another track.
func TestACodecThatChangesIsAnotherTrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/phone-initiate.xml")
		first := await(t, c.log.added, "a track")
		opus := listen(first.Layers()[0])
		c.send(media.Header{PayloadType: 111, SSRC: 5, Sequence: 1}, nil, []byte{1})
		await(t, opus, "a packet")
		first.SetBlocked(true)
		for n := range uint16(5) {
			c.send(media.Header{PayloadType: 8, SSRC: 5, Sequence: 2 + n}, nil, make([]byte, 160))
		}
		if await(t, c.log.removed, "the end of the track") != first || !first.Closed() {
			t.Error("another track has ended")
		}
		if second := await(t, c.log.added, "another track"); !second.Codec().Is(media.PCMA) || !second.Blocked() || second.ID() != first.ID() {
			t.Errorf("track %s in %s, blocked %v", second.ID(), second.Codec(), second.Blocked())
		}
		for n := range uint16(100) { // there and back all the time is not followed
			c.send(media.Header{PayloadType: 111, SSRC: 5, Sequence: 7 + n}, nil, []byte{1})
		}
		if len(c.log.added) != 0 {
			t.Error("a track for each change")
		}
	})
}
