package sfu_test

import (
	"encoding/binary"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport/transporttest"
	"plenum/jingle/wire"
)

const page = "testdata/page-initiate.xml"

// continuity checks that a stream goes on as one: numbers without gaps or steps back, later timestamps, pictures one after another.
type continuity struct {
	t       testing.TB
	began   bool
	last    media.Header
	picture uint16
	tl0     byte
}

func (c *continuity) check(p *media.Packet) {
	c.t.Helper()
	picture := binary.BigEndian.Uint16(p.Payload[2:]) & 0x7fff
	if c.began {
		if p.Sequence != c.last.Sequence+1 {
			c.t.Errorf("sequence number %d after %d", p.Sequence, c.last.Sequence)
		}
		if d := int32(p.Timestamp - c.last.Timestamp); d <= 0 || d > 90000*5 {
			c.t.Errorf("timestamp %d after %d", p.Timestamp, c.last.Timestamp)
		}
		if (picture-c.picture)&0x7fff != 1 || p.Payload[4] != c.tl0+1 {
			c.t.Errorf("picture %d, %d after %d, %d", picture, p.Payload[4], c.picture, c.tl0)
		}
	}
	c.began, c.last, c.picture, c.tl0 = true, p.Header, picture, p.Payload[4]
}

// Sound goes on as it came, under a name of ours.
func TestSoundIsForwarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		ben.bind(0, anna.track("mic"))
		ssrc, _ := ben.sources("a0")
		var first media.Header
		for n := range uint16(20) {
			anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 65530 + n, Timestamp: 960 * uint32(n)}, []media.Extension{{ID: 1, Data: []byte{0x80 | 33}}}, []byte{byte(n)})
			p := ben.next(ssrc)
			if n == 0 {
				first = p.Header
			}
			if p.Sequence != first.Sequence+n || p.Timestamp != first.Timestamp+960*uint32(n) || p.PayloadType != 111 || p.Payload[0] != byte(n) {
				t.Fatalf("packet %+v", p.Header)
			}
			if p.Level != 33 || !p.Voice || !p.HasTransportSequence || string(p.MID) != "a0" {
				t.Errorf("level %d, voice %v, MID %q", p.Level, p.Voice, p.MID)
			}
		}
		ben.bind(0, nil)
		if anna.track("mic").Layers()[0].Wanted() {
			t.Error("an empty slot listens")
		}
	})
}

// A slot begins with a key frame, which is asked for; another source takes over with a key frame of its own.
func TestASlotShowsOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben, clara := dial(t, e, page), dial(t, e, page), dial(t, e, page)
		anna.film(simulcast(10)...)
		clara.film(simulcast(20)...)
		ben.peer.SetHeight(3, 180)
		ben.bind(3, anna.track("cam"))
		ssrc, _ := ben.sources("v0")
		check, shown := continuity{t: t}, byte(0)
		p := ben.next(ssrc)
		if p.Payload[6]&1 != 0 {
			t.Error("it begins without a key frame")
		}
		for range 10 {
			check.check(p)
			p = ben.next(ssrc)
		}
		for _, turn := range []struct {
			to   *client
			want byte
		}{{clara, 20}, {anna, 10}, {clara, 20}} {
			ben.bind(3, turn.to.track("cam"))
			for {
				check.check(p)
				film, _ := of(p)
				if film != shown && shown != 0 && p.Payload[6]&1 != 0 {
					t.Errorf("film %d begins without a key frame", film)
				}
				if shown = film; shown == turn.want {
					break
				}
				p = ben.next(ssrc)
			}
			for range 5 {
				p = ben.next(ssrc)
				check.check(p)
				if film, _ := of(p); film != turn.want {
					t.Errorf("film %d, want %d", film, turn.want)
				}
			}
			p = ben.next(ssrc)
		}
	})
}

// A client with room for one picture shows the one before until the next one begins, but not for long, though that one sends no key frame.
func TestTheOneBeforeIsNotShownForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		one := answer(t, page)
		one.Transports[0].Contents = slices.DeleteFunc(one.Transports[0].Contents, func(c sdp.Content) bool {
			return c.Send && c.Name != "a0" && c.Name != "v0"
		})
		anna, ben, clara := dial(t, e, page), dialWith(t, e, one), dial(t, e, page)
		anna.film(simulcast(10)...)
		ben.bind(1, anna.track("cam"))
		ssrc, _ := ben.sources("v0")
		ben.next(ssrc)
		ben.bind(1, clara.track("cam"))
		begin, cam := time.Now(), anna.track("cam")
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for slices.ContainsFunc(cam.Layers(), (*media.Layer).Wanted) {
			if <-tick.C; time.Since(begin) > patience {
				t.Fatal("shown without end")
			}
		}
		if d := time.Since(begin); d < time.Second {
			t.Errorf("black after %v", d)
		}
	})
}

// A page shows whose picture each is: nobody is seen under another's name, though the other sends no key frame.
func TestNobodyIsShownUnderAnothersName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben, clara := dial(t, e, page), dial(t, e, page), dial(t, e, page)
		anna.film(simulcast(10)...)
		ben.bind(3, anna.track("cam"))
		ssrc, _ := ben.sources("v0")
		ben.next(ssrc)
		ben.bind(3, clara.track("cam"))
		if slices.ContainsFunc(anna.track("cam").Layers(), (*media.Layer).Wanted) {
			t.Error("who is not shown any more is still sent on")
		}
	})
}

// The height that is shown decides which layer is sent; a switch is no break.
func TestTheLayerFollowsTheHeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		anna.film(simulcast(10)...)
		cam := anna.track("cam")
		ben.peer.SetHeight(4, 180)
		ben.bind(4, cam)
		ssrc, _ := ben.sources("v1")
		check := continuity{t: t}
		for _, step := range []struct {
			height int
			film   byte
		}{{180, 10}, {720, 12}, {361, 12}, {360, 11}, {100, 10}, {2000, 12}} {
			ben.peer.SetHeight(4, step.height)
			for deadline := time.Now().Add(patience); ; {
				p := ben.next(ssrc)
				check.check(p)
				if film, _ := of(p); film == step.film {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("height %d does not bring film %d", step.height, step.film)
				}
			}
		}
		ben.peer.SetHeight(4, 0)
		if slices.ContainsFunc(cam.Layers(), (*media.Layer).Wanted) {
			t.Error("what is hidden is sent")
		}
		for len(anna.log.layers) > 0 { // what Anna was told of it
			wanted := <-anna.log.layers
			if len(wanted) > 3 {
				t.Errorf("layers %v", wanted)
			}
		}
		if wanted := await(t, anna.log.layers, "what is wanted at the end"); len(wanted) != 0 {
			t.Errorf("layers %v are wanted of what nobody shows", wanted)
		}
		ben.peer.SetHeight(4, 360)
		if wanted := await(t, anna.log.layers, "what is wanted now"); !slices.Equal(wanted, []string{"h"}) {
			t.Errorf("layers %v", wanted)
		}
		p := ben.next(ssrc)
		for film, _ := of(p); film != 11; film, _ = of(p) {
			check.check(p)
			p = ben.next(ssrc)
		}
		check.check(p)
	})
}

// A layer that is not sent is replaced by one that is, until it is.
func TestALayerThatIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		films := simulcast(10)
		films[2].frozen = true
		anna.film(films...)
		ben.bind(3, anna.track("cam"))
		ssrc, _ := ben.sources("v0")
		if film, _ := of(ben.next(ssrc)); film != 11 {
			t.Errorf("film %d in place of the one that is not sent", film)
		}
		anna.mu.Lock()
		films[2].frozen = false
		anna.mu.Unlock()
		for deadline := time.Now().Add(patience); ; {
			if film, _ := of(ben.next(ssrc)); film == 12 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("it stays at the smaller one")
			}
		}
	})
}

// What is lost on the way is sent again, from the ring of who sent it, in the stream for retransmissions (RFC 4588).
func TestLostPacketsAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		ben.peer.SetHeight(3, 180)
		ben.bind(3, anna.track("cam"))
		ssrc, repair := ben.sources("v0")
		want := map[uint16][2]uint16{}
		lost := map[uint16]bool{}
		lose := 0
		ben.mu.Lock()
		ben.drop = func(p *media.Packet) bool {
			if p.SSRC != ssrc {
				return false
			}
			lose++
			if lose%20 == 7 { // 5 %
				lost[p.Sequence] = true
				return true
			}
			return false
		}
		ben.mu.Unlock()
		anna.film(simulcast(10)...)
		got := map[uint16]bool{}
		var began, repaired bool
		var highest uint16
		count := 0
		for deadline := time.Now().Add(patience); count < 300; {
			if time.Now().After(deadline) {
				t.Fatalf("%d packets in time", count)
			}
			p := await(t, ben.packets, "a packet")
			sequence, body := p.Sequence, p.Payload
			switch p.SSRC {
			case ssrc:
			case repair:
				if p.PayloadType != 97 {
					t.Fatalf("payload type %d", p.PayloadType)
				}
				sequence, body = binary.BigEndian.Uint16(body), body[2:]
				repaired = true
			default:
				continue
			}
			if got[sequence] {
				t.Errorf("%d came twice", sequence)
			}
			got[sequence] = true
			count++
			end := body[len(body)-2:]
			want[sequence] = [2]uint16{binary.BigEndian.Uint16(end), binary.BigEndian.Uint16(body[2:])}
			if p.SSRC == ssrc {
				if began && sequence != highest+1 {
					var pairs []rtcp.NackPair
					for n := highest + 1; n != sequence; n++ {
						pairs = append(pairs, rtcp.NackPair{PacketID: n})
					}
					ben.tell(&rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: ssrc, Nacks: pairs})
				}
				began, highest = true, sequence
			}
		}
		if !repaired {
			t.Error("nothing was sent again")
		}
		missing := 0
		for n := highest - 200; n != highest-20; n++ { // the last ones may still be under way
			if !got[n] {
				missing++
			}
			if a, b := want[n], want[n+1]; got[n] && got[n+1] && (b[0]-a[0] != 1 || (b[1]-a[1])&0x7fff != 1) {
				t.Errorf("packet %d is the sender's %d, picture %d, the next %d, %d", n, a[0], a[1], b[0], b[1])
			}
		}
		if missing > 0 {
			t.Errorf("%d packets have never come", missing)
		}
	})
}

// A receiver that asks for everything all the time gets little more than others, and troubles nobody.
func TestFloodsOfRequestsAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		films := simulcast(10)
		ben.peer.SetHeight(3, 180)
		ben.bind(3, anna.track("cam"))
		anna.film(films...)
		ssrc, repair := ben.sources("v0")
		var last uint16
		for range 50 {
			last = ben.next(ssrc).Sequence
		}
		before := films[0].asks(anna)
		all := make([]rtcp.NackPair, 200)
		for i := range all {
			all[i] = rtcp.NackPair{PacketID: last - 16, LostPackets: 0xffff}
		}
		for range 100 {
			ben.tell(&rtcp.PictureLossIndication{MediaSSRC: ssrc})
			ben.tell(&rtcp.FullIntraRequest{MediaSSRC: ssrc, FIR: []rtcp.FIREntry{{SSRC: ssrc, SequenceNumber: 1}}})
			ben.tell(&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: all})
		}
		ben.tell(&rtcp.PictureLossIndication{MediaSSRC: 77}) // nothing of his
		again := 0
		for deadline := time.Now().Add(patience); ben.peer.Stats().Malformed == 0; {
			if time.Now().After(deadline) {
				t.Fatal("not all was read")
			}
			if p := await(t, ben.packets, "a packet"); p.SSRC == repair {
				again++
			}
		}
		s := ben.peer.Stats()
		if s.Resent > 17*30 || s.Refused < 150 {
			t.Errorf("%d sent again, %d refused", s.Resent, s.Refused)
		}
		if asked := films[0].asks(anna) - before; asked > 4 {
			t.Errorf("Anna was asked %d times", asked)
		}
	})
}

func (f *film) asks(c *client) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.asked
}

// Nobody hears or sees what is blocked, and it goes on when it is not any more.
func TestABlockedTrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		ben.bind(0, anna.track("mic"))
		ssrc, _ := ben.sources("a0")
		anna.track("mic").SetBlocked(true)
		anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 1}, nil, []byte{1})
		anna.send(media.Header{PayloadType: 99, SSRC: 1001, Sequence: 2}, nil, nil) // counted when it was read
		for deadline := time.Now().Add(patience); anna.peer.Stats().Dropped == 0; {
			if time.Now().After(deadline) {
				t.Fatal("not read")
			}
			time.Sleep(transporttest.Delay)
		}
		anna.track("mic").SetBlocked(false)
		anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 3}, nil, []byte{3})
		if p := ben.next(ssrc); p.Payload[0] != 3 {
			t.Error("what was blocked came")
		}
	})
}

// A client with one place for sound and none for pictures, without BUNDLE, extensions or feedback, takes a track of the server's own.
func TestAClientWithOneSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newEngine(t), "testdata/phone-initiate.xml")
		if n := len(c.peer.Slots()); n != 1 {
			t.Fatalf("%d slots", n)
		}
		mix := media.NewTrack(media.TrackConfig{ID: "mix", Codec: media.PCMA})
		layer := mix.AddLayer("", 0)
		c.bind(0, mix)
		ssrc, _ := c.sources("audio")
		for n := range uint16(3) {
			p := media.NewPacket(200)
			p.Make(media.Header{Sequence: n, Timestamp: 160 * uint32(n)}, make([]byte, 160), time.Now())
			layer.Publish(p)
			if got := c.next(ssrc); got.PayloadType != 8 || len(got.Payload) != 160 || got.Marker != (n == 0) {
				t.Errorf("packet %+v", got.Header)
			}
		}
	})
}

// Sound and pictures of one person are reported on one timeline, whatever was renumbered on the way.
func TestSoundAndPicturesStayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		films := simulcast(10)
		ben.peer.SetHeight(3, 180)
		ben.bind(0, anna.track("mic"))
		ben.bind(3, anna.track("cam"))
		a, _ := ben.sources("a0")
		v, _ := ben.sources("v0")
		hour := uint64(3_900_000_000) << 32 // what Anna's clock shows
		film := films[0]
		anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 1, Timestamp: 48000}, nil, []byte{1})
		anna.frame(film)
		film.key = true
		anna.frame(film)
		sound, shown := ben.next(a), ben.next(v)
		anna.tell(&rtcp.SenderReport{SSRC: 1001, NTPTime: hour, RTPTime: 48000}, &rtcp.SenderReport{SSRC: film.ssrc, NTPTime: hour, RTPTime: film.timestamp})
		var moment [2]time.Duration // of the packets, by the reports
		for have := [2]bool{}; !have[0] || !have[1]; {
			r := heard[*rtcp.SenderReport](ben)
			at := time.Duration(r.NTPTime>>32)*time.Second + time.Duration(r.NTPTime&0xffffffff)*time.Second>>32
			switch r.SSRC {
			case a:
				moment[0], have[0] = at-time.Duration(int32(r.RTPTime-sound.Timestamp))*time.Second/48000, true
			case v:
				moment[1], have[1] = at-time.Duration(int32(r.RTPTime-shown.Timestamp))*time.Second/90000, true
			}
			anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 2}, nil, []byte{1}) // who is silent is not reported of
			anna.frame(film)
		}
		if d := moment[0] - moment[1]; d > 20*time.Millisecond || d < -20*time.Millisecond {
			t.Errorf("they are %v apart", d)
		}
	})
}

// Who puts us on hold is sent nothing, and goes on with a key frame.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		anna.film(simulcast(10)...)
		ben.bind(3, anna.track("cam"))
		ssrc, _ := ben.sources("v0")
		check := continuity{t: t}
		check.check(ben.next(ssrc))
		content := ben.content("v0")
		content.SetSenders(ben.d.Role, wire.None)
		if err := ben.peer.Describe(ben.d); err != nil {
			t.Fatal(err)
		}
		for len(ben.packets) > 0 {
			if p := <-ben.packets; p.SSRC == ssrc {
				check.check(p)
			}
		}
		if slices.ContainsFunc(anna.track("cam").Layers(), (*media.Layer).Wanted) {
			t.Error("wanted on hold")
		}
		content.SetSenders(ben.d.Role, wire.ResponderOnly)
		if err := ben.peer.Describe(ben.d); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			check.check(ben.next(ssrc))
		}
	})
}

// Who can take next to nothing is sent sound alone, and pictures again when there is room.
func TestBandwidthFollowsTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben, clara := dial(t, e, page), dial(t, e, page), dial(t, e, page)
		anna.film(simulcast(10)...)
		clara.film(simulcast(20)...)
		ben.peer.SetHeight(3, 720)
		ben.peer.SetHeight(4, 180)
		ben.bind(0, anna.track("mic"))
		ben.bind(3, anna.track("cam"))
		ben.bind(4, clara.track("cam"))
		stage, _ := ben.sources("v0")
		tile, _ := ben.sources("v1")
		speak := time.NewTicker(20 * time.Millisecond)
		defer speak.Stop()
		for _, step := range []struct {
			bits  float32
			films [2]byte // on stage and tile; 0 is paused
		}{{3_000_000, [2]byte{12, 20}}, {60_000, [2]byte{0, 0}}, {3_000_000, [2]byte{12, 20}}} {
			var got [2]byte
			var told time.Time
			for deadline := time.Now().Add(patience); ; {
				if time.Since(told) > time.Second { // receivers say it again and again
					told = time.Now()
					ben.tell(&rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: 1, Bitrate: step.bits, SSRCs: []uint32{stage}})
				}
				var p *media.Packet
				select {
				case p = <-ben.packets:
				case <-speak.C: // sound goes on
					anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: anna.mic()}, nil, []byte{1})
				}
				for i, ssrc := range []uint32{stage, tile} {
					if p != nil && p.SSRC == ssrc && len(p.Payload) > 3 {
						got[i], _ = of(p)
					}
					if ben.peer.Paused(3 + i) {
						got[i] = 0
					}
				}
				if got == step.films {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%.0f bit/s bring films %v, want %v: %+v", step.bits, got, step.films, ben.peer.Stats())
				}
			}
		}
	})
}

func (c *client) mic() uint16 {
	c.sequence++
	return c.sequence
}
