package rtp_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/play"
	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

// answered is a session that a phone has made an offer to, and its phone.
func answered(t testing.TB, o rtp.Options, linesOfSound ...string) (*party, *phone) {
	t.Helper()
	a, p := newParty(t, newEngine(t), o), newPhone(t)
	p.aims(a.answer(t, p.describe(linesOfSound...)))
	return a, p
}

// For the peer the stream goes on whatever is bound: ringback, music, the partner.
func TestTheStreamGoesOnOverChangesOfTheSource(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 8")
	var last packet
	for i, hz := range []float64{425, 600, 800, 1000} {
		s := sing(t, media.PCMA, hz)
		if err := a.Bind(0, s); err != nil {
			t.Fatal(err)
		}
		s.stop() // only what was sent up to here is looked at
		_ = a.Bind(0, sing(t, media.PCMA, hz+10))
		for n := range 5 {
			got := p.next()
			if i+n > 0 {
				if got.Sequence != last.Sequence+1 || got.SSRC != last.SSRC {
					t.Fatalf("%+v follows %+v", got.Header, last.Header)
				}
				if past := got.Timestamp - last.Timestamp; past < 160 || past > 8000 {
					t.Errorf("the timestamp goes on by %d", past)
				}
			} else if !got.Marker {
				t.Error("a stream begins with a marker")
			}
			last = got
		}
	}
	_ = a.Bind(0, nil)
	if n := a.Stats().Sent; n < 20 {
		t.Errorf("%d packets were sent", n)
	}
}

// script publishes packets as they are.
func script(t testing.TB, c media.Codec) (*media.Track, func(h media.Header, payload []byte)) {
	t.Helper()
	tr := media.NewTrack(media.TrackConfig{ID: "script", Codec: c, Ring: 8})
	l := tr.AddLayer("", 0)
	return tr, func(h media.Header, payload []byte) {
		p := media.NewPacket(len(payload))
		p.Make(h, payload, time.Now())
		l.Publish(p)
	}
}

func TestNumbersAndTimesOfASourceAreKeptWithinIt(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 8")
	tr, publish := script(t, media.PCMA)
	if err := a.Bind(0, tr); err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, 80)
	publish(media.Header{SSRC: 1, Sequence: 65534, Timestamp: 0xffffff00}, payload)
	first := p.next()
	for _, c := range []struct {
		sequence, want uint16
		ahead          uint32
		marker         bool
	}{{65535, 1, 80, false}, {2, 4, 320, true}, {1, 3, 240, false}, {3, 5, 100000, true}} { // lost, late, after a pause
		publish(media.Header{SSRC: 1, Sequence: c.sequence, Timestamp: 0xffffff00 + c.ahead, Marker: c.marker}, payload)
		got := p.next()
		if got.Sequence-first.Sequence != c.want || got.Timestamp-first.Timestamp != c.ahead || got.Marker != c.marker {
			t.Errorf("%+v of %+v after %+v", got.Header, c, first.Header)
		}
	}
	publish(media.Header{SSRC: 2, Sequence: 5000, Timestamp: 7}, payload) // the source begins anew
	got := p.next()
	if got.Sequence-first.Sequence != 6 || !got.Marker {
		t.Errorf("%+v after %+v", got.Header, first.Header)
	}
	publish(media.Header{SSRC: 2, Sequence: 4999, Timestamp: 7}, payload) // from before the change
	publish(media.Header{SSRC: 2, Sequence: 20000, Timestamp: 7}, payload)
	if got := p.next(); got.Sequence-first.Sequence != 7 || !got.Marker {
		t.Errorf("%+v after %+v", got.Header, first.Header)
	}
}

func TestPacketsOfAnyLengthArePassedOnAsTheyAre(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 0", "a=ptime:60")
	b, q := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 0")
	if err := b.Bind(0, a.track(t)); err != nil {
		t.Fatal(err)
	}
	h := media.Header{SSRC: 9, Sequence: 1, Timestamp: 5}
	var before packet
	for i, milliseconds := range []int{10, 20, 30, 40, 60} {
		payload := make([]byte, 8*milliseconds)
		payload[0] = byte(i)
		p.send(h, payload)
		got := q.next()
		if len(got.Payload) != len(payload) || got.Payload[0] != byte(i) {
			t.Errorf("%d octets of %d", len(got.Payload), len(payload))
		}
		if i > 0 && (got.Sequence != before.Sequence+1 || int(got.Timestamp-before.Timestamp) != int(8*[]int{10, 20, 30, 40}[i-1])) {
			t.Errorf("%+v follows %+v", got.Header, before.Header)
		}
		before = got
		h.Sequence++
		h.Timestamp += uint32(len(payload))
	}
}

//
func TestKeysOfThePeerAreToldOnceAndNotPassedOn(t *testing.T) {
	a, p := answered(t, rtp.Options{}, offered)
	ear := listenTo(t, a.track(t))
	h := media.Header{SSRC: 9, Sequence: 100}
	say := func(id uint8, payload ...byte) {
		h.PayloadType = id
		p.send(h, payload)
		h.Sequence++
	}
	voice := make([]byte, 160)
	say(8, voice...)
	for d := byte(1); d <= 4; d++ { // 80 ms; its tone is in the sound too
		h.Timestamp = 160
		say(101, 11, 10, 0, 40*d)
		h.Timestamp = 160 * uint32(d)
		say(8, voice...)
	}
	h.Timestamp = 160
	for range 3 {
		say(101, 11, 0x80|10, 3, 32)
	}
	a.await(t, "key # 100ms", 1)
	h.Timestamp = 1600
	say(8, voice...)
	say(101, 16, 0, 0, 0) // a flash is no key
	say(8, voice...)
	h.Timestamp = 4000
	say(101, 1, 10, 1, 64) // whose end is lost
	a.await(t, "key 1 40ms", 1)
	h.Timestamp = 9000
	say(8, voice...)
	got := ear.packets(t, 4)
	for i := range got[1:] {
		if got[i+1].Sequence != got[i].Sequence+1 {
			t.Errorf("a gap: %d after %d", got[i+1].Sequence, got[i].Sequence)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d packets were passed on", len(got))
	}
	if want := []string{"ready", "added PCMA", "key # 100ms", "key 1 40ms"}; !slices.Equal(a.events(), want) {
		t.Errorf("%q", a.events())
	}
}

func TestKeysArePressedAsTonesWhereThereAreNoEvents(t *testing.T) {
	a, b := newParty(t, newEngine(t), rtp.Options{}), newPhone(t)
	b.aims(a.answer(t, b.describe("m=audio %RTP RTP/AVP 8")))
	for i, payload := range dialled(t, "159#") {
		b.send(media.Header{PayloadType: 8, SSRC: 4, Sequence: uint16(i), Timestamp: uint32(160 * i)}, payload)
	}
	for _, key := range "159#" {
		a.await(t, "key "+string(key)+" 100ms", 1)
	}
	if err := a.SendDTMF("1", 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("keys to a phone without events: %v", err)
	}
}

func TestKeysAreSentInPlaceOfSound(t *testing.T) {
	for name, clock := range map[string]uint32{"PCMA": 8000, "opus": 48000} {
		t.Run(name, func(t *testing.T) {
			a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 96 8 101 102", "a=rtpmap:96 opus/48000/2", events, "a=rtpmap:102 telephone-event/48000")
			c := media.Opus
			keys := uint8(102)
			if name == "PCMA" {
				c, keys = media.PCMA, 101
			}
			if err := a.Bind(0, sing(t, c, 300)); err != nil {
				t.Fatal(err)
			}
			last := p.next()
			if err := a.SendDTMF("4*", 60*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if err := a.SendDTMF("x", 0); !fault.Is(err, fault.Invalid) {
				t.Errorf("a key that is none: %v", err)
			}
			var pressed [][]packet
			for len(pressed) < 2 || last.PayloadType == keys {
				got := p.next()
				if got.Sequence != last.Sequence+1 || got.SSRC != last.SSRC {
					t.Fatalf("%+v follows %+v", got.Header, last.Header)
				}
				switch {
				case got.PayloadType == keys && got.Marker:
					pressed = append(pressed, []packet{got})
				case got.PayloadType == keys:
					pressed[len(pressed)-1] = append(pressed[len(pressed)-1], got)
				case last.PayloadType == keys && len(pressed) < 2:
					t.Fatal("sound between the keys")
				}
				last = got
			}
			if !last.Marker || last.Timestamp-pressed[1][0].Timestamp > 8*clock || last.Timestamp-pressed[1][0].Timestamp < clock/20 {
				t.Errorf("sound goes on at %+v after %+v", last.Header, pressed[1][0].Header)
			}
			for i, list := range pressed {
				if len(list) != 5 || list[0].Payload[0] != []byte{4, 10}[i] {
					t.Fatalf("key %d: %+v", i, list)
				}
				for n, e := range list {
					if end := e.Payload[1]&0x80 != 0; e.Timestamp != list[0].Timestamp || end != (n >= 2) {
						t.Errorf("packet %d of key %d: %+v", n, i, e)
					}
				}
			}
		})
	}
}

func TestAPhoneMayChangeItsCodecAtAnyTime(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 8 9 0 13")
	tell := []string{"ready", "added G722"} // our order
	h := media.Header{SSRC: 3, Sequence: 1}
	for _, c := range []struct {
		id   uint8
		name string
	}{{8, "PCMA"}, {0, "PCMU"}} {
		tell = append(tell, "removed "+tell[len(tell)-1][len("added "):], "added "+c.name)
		deadline := time.Now().Add(patience)
		for h.PayloadType = c.id; !slices.Equal(a.events(), tell); h.Sequence++ { // a change that follows another at once is taken for a mistake
			p.send(h, make([]byte, 160))
			h.Timestamp += 160
			if time.Now().After(deadline) {
				t.Fatalf("%q", a.events())
			}
		}
		if got := a.track(t).Codec().Name; got != c.name {
			t.Errorf("the track has %s", got)
		}
	}
	ear := listenTo(t, a.track(t))
	dropped := a.Stats().Dropped
	h.PayloadType = 13 // noise for a pause
	p.send(h, []byte{60})
	h.Sequence++
	h.PayloadType, h.Timestamp = 0, h.Timestamp+8000
	p.send(h, make([]byte, 160))
	got := ear.packets(t, 1)
	if len(a.events()) != len(tell) || got[len(got)-1].PayloadType != 0 || a.Stats().Dropped != dropped {
		t.Errorf("%q, %+v", a.events(), got)
	}
}

func listenOn(t testing.TB, at string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Behind NAT the peer sends from elsewhere than its description says; but nobody else gets the call by sending to our port.
func TestPacketsGoToWhereTheyComeFrom(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 8")
	ear := listenTo(t, a.track(t))
	source := sing(t, media.PCMA, 440)
	if err := a.Bind(0, source); err != nil {
		t.Fatal(err)
	}
	p.next() // to where the description says, as long as nothing has come
	send := func(c *net.UDPConn, ssrc uint32, from, to int) {
		for i := from; i < to; i++ {
			p.sendBy(c, media.Header{PayloadType: 8, SSRC: ssrc, Sequence: uint16(i), Timestamp: uint32(i * 160)}, make([]byte, 160))
		}
	}
	mapped := listenOn(t, "127.0.0.1:0")
	send(mapped, 1, 0, 1)
	p.nextBy(mapped)
	stranger := listenOn(t, "127.0.0.9:0")
	send(stranger, 2, 0, 4)
	send(mapped, 1, 1, 2)
	send(stranger, 2, 4, 8)
	send(mapped, 1, 2, 3)
	if got := ear.packets(t, 3); len(got) != 3 || got[2].SSRC != 1 {
		t.Errorf("the stranger is heard: %+v", got)
	}
	moved := listenOn(t, "127.0.0.1:0") // the NAT gives it another port, and the old one is quiet
	deadline := time.Now().Add(patience)
	for i := 3; ; i++ {
		p.next0(mapped)
		send(moved, 1, i, i+1)
		if list := ear.packets(t, 3); len(list) > 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the new place was not believed")
		}
	}
	p.nextBy(moved)
}

// next0 waits for the next packet, whatever it is, so that the test does not run ahead of the clock.
func (p *phone) next0(c *net.UDPConn) {
	var b [2048]byte
	_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, _, _ = c.ReadFromUDPAddrPort(b[:])
}

func TestAStrangerIsBelievedAfterFivePacketsOnlyWhereNobodyElseIs(t *testing.T) {
	a, p := answered(t, rtp.Options{}, "m=audio %RTP RTP/AVP 8")
	ear := listenTo(t, a.track(t))
	elsewhere := listenOn(t, "127.0.0.9:0") // media of a carrier comes from a machine that it has not named
	for i := range 6 {
		ssrc := uint32(7)
		if i == 2 {
			ssrc = 8 // not one stream: counted anew
		}
		p.sendBy(elsewhere, media.Header{PayloadType: 8, SSRC: ssrc, Sequence: uint16(i)}, make([]byte, 160))
	}
	for i := 6; i < 9; i++ {
		p.sendBy(elsewhere, media.Header{PayloadType: 8, SSRC: 7, Sequence: uint16(i)}, make([]byte, 160))
	}
	if got := ear.packets(t, 2); got[0].Sequence != 7 {
		t.Errorf("the first that counts is %d", got[0].Sequence)
	}
}

// who is on hold with us hears what is bound then.
func TestWhoIsOnHoldHearsMusic(t *testing.T) {
	a, p := newParty(t, newEngine(t), rtp.Options{}), newPhone(t)
	p.aims(a.offer(t))
	a.accept(t, p.describe("m=audio %RTP RTP/AVP 0 101", events))
	if err := a.Bind(0, sing(t, media.PCMU, 440)); err != nil {
		t.Fatal(err)
	}
	last := p.next()
	player := play.NewPlayer(true, play.Music())
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = player.Run(ctx) })
	defer done.Wait()
	defer cancel()
	a.Hold(true)
	a.offer(t)
	if err := a.Bind(0, player); err != nil {
		t.Fatal(err)
	}
	a.accept(t, p.describe("m=audio %RTP RTP/AVP 0 101", events, "a=recvonly"))
	for n := 0; n < 50; {
		got := p.next()
		if got.Sequence != last.Sequence+1 {
			t.Fatalf("%+v follows %+v", got.Header, last.Header)
		}
		if last = got; loud(t, got.Payload) {
			n++
		}
	}
}

// loud reports whether μ-law has more than silence.
func loud(t testing.TB, payload []byte) bool {
	t.Helper()
	dec, err := codec.NewDecoder(media.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, media.MaxDecoded)
	n, err := dec.Decode(payload, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return media.Measure(pcm[:n]) < media.Quiet
}
