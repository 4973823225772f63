package rtp

import (
	"net/netip"
	"testing"
)

// However much a stranger sends, he does not get the call while the peer sends; where the peer has moved to, it is found when the old place is quiet.
func TestAPlaceIsLeftOnlyWhenItIsQuiet(t *testing.T) {
	at := netip.MustParseAddrPort
	said, stranger, moved := at("192.0.2.1:4000"), at("198.51.100.7:4000"), at("192.0.2.1:5000")
	var l latch
	l.expect(said)
	if ok, first := l.admit(said, 1, 0, false); !ok || !first {
		t.Fatal("the place of the description is not believed")
	}
	for now := int64(1); now < 10*quiet; now++ {
		if ok, _ := l.admit(stranger, 2, now, false); ok {
			t.Fatalf("the stranger is believed after %d ms", now)
		}
		if now%(quiet/2) == 0 {
			l.admit(said, 1, now, false)
		}
	}
	now := l.heard
	for n := 1; ; n++ {
		now += quiet / 20
		ok, anew := l.admit(moved, 1, now, false)
		if ok != (now-l.heard >= quiet || anew) {
			t.Fatalf("packet %d from the new place, %d ms after the last from the old one: taken %v", n, now-l.heard, ok)
		}
		if anew {
			if n != 20 {
				t.Errorf("moved with packet %d", n)
			}
			break
		}
	}
	if ok, _ := l.admit(said, 1, now, false); ok {
		t.Error("the old place is still believed")
	}
}

// Whoever has come in while the peer was quiet loses the call with the peer's next packet, though he goes on sending.
func TestThePeerComesBackFromItsOwnAddress(t *testing.T) {
	at := netip.MustParseAddrPort
	said, behind, stranger := at("192.0.2.1:4000"), at("203.0.113.5:4000"), at("198.51.100.7:4000")
	for _, peer := range []netip.AddrPort{said, behind} {
		l := latch{signalled: behind.Addr()}
		l.expect(said)
		l.admit(peer, 1, 0, false)
		now := int64(2 * quiet) // of hold, or silence
		for ; l.from != stranger && now < 10*quiet; now += 20 {
			l.admit(stranger, 2, now, false)
		}
		if l.from != stranger {
			t.Fatal("a place that the peer may have moved to is never believed")
		}
		if ok, back := l.admit(peer, 1, now, false); !ok || !back {
			t.Errorf("%s is not believed any more", peer)
		}
		if ok, _ := l.admit(stranger, 2, now+1, false); ok {
			t.Error("the stranger still is")
		}
	}
}
