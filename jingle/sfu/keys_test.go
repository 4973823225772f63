package sfu_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/components/media/dtmf"
	"plenum/xmppd/fault"
)

// Keys are events in place of the sound, in one stream with it; sound goes on after them.
func TestKeysArePressedForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna, ben := dial(t, e, page), dial(t, e, page)
		ben.bind(0, anna.track("mic"))
		ssrc, _ := ben.sources("a0")
		sent := uint16(0)
		say := func() {
			t.Helper()
			anna.send(media.Header{PayloadType: 111, SSRC: 1001, Sequence: 65530 + sent, Timestamp: 960 * uint32(sent)}, nil, []byte{byte(sent)})
			sent++
		}
		say()
		last := ben.next(ssrc).Header
		if err := ben.peer.SendDTMF("1#", 0); err != nil {
			t.Fatal(err)
		}
		if err := ben.peer.SendDTMF("x", 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("x is a key: %v", err)
		}
		receiver, pressed := dtmf.NewReceiver(48000), ""
		until := time.Now().Add(time.Second)
		for pressed != "1#" && time.Now().Before(until) {
			time.Sleep(20 * time.Millisecond)
			say() // is not heard meanwhile
			synctest.Wait()
			for len(ben.packets) > 0 {
				p := ben.next(ssrc)
				if p.Sequence != last.Sequence+1 || p.PayloadType != 110 || p.Marker != (p.Timestamp != last.Timestamp) || string(p.MID) != "a0" {
					t.Fatalf("packet %+v after %+v", p.Header, last)
				}
				last = p.Header
				press, ok, err := receiver.Receive(p.Timestamp, p.Payload, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					pressed += string(press.Key)
				}
			}
		}
		if pressed != "1#" {
			t.Fatalf("the peer was told %q", pressed)
		}
		time.Sleep(200 * time.Millisecond)
		for len(ben.packets) > 0 { // the end is said three times
			last = ben.next(ssrc).Header
		}
		say()
		p := ben.next(ssrc)
		if d := time.Duration(p.Timestamp-last.Timestamp) * time.Second / 48000; p.PayloadType != 111 || p.Sequence != last.Sequence+1 || d < 200*time.Millisecond || d > time.Second {
			t.Errorf("after the keys comes %+v, %v after them", p.Header, d)
		}
	})
}

// Who takes no events is not sent any, and keys that are pressed when the session ends hold nothing up.
func TestKeysThatCannotBePressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		without := answer(t, page)
		for i := range without.Transports {
			for j := range without.Transports[i].Contents {
				without.Transports[i].Contents[j].Events = nil
			}
		}
		if err := dialWith(t, e, without).peer.SendDTMF("1", 0); !fault.Is(err, fault.Unavailable) {
			t.Errorf("keys for a peer without events: %v", err)
		}
		ben := dial(t, e, page)
		if err := ben.peer.SendDTMF("123456", time.Second); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		ben.peer.Close()
		if err := ben.peer.SendDTMF("1", 0); !fault.Is(err, fault.Unavailable) {
			t.Errorf("keys for a peer that is closed: %v", err)
		}
	})
}
