package rtp_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

func quick(c *rtp.Config) { c.KeepAlive, c.Reports = time.Second, time.Second }

// Who is sent no sound is sent empty packets that stand for nothing, in one stream with the sound; also while he is on hold, and encrypted where sound is.
func TestTheWayIsKeptOpenWithoutSound(t *testing.T) {
	t.Parallel()
	for name, sdp := range map[string][]string{
		"nothing to say":                {"m=audio %RTP RTP/AVP 8 101", events},
		"on hold":                       {"m=audio %RTP RTP/AVP 8 101", events, "a=sendonly"},
		"the highest numbers are taken": {"m=audio %RTP RTP/AVP 8 127 126", "a=rtpmap:127 telephone-event/8000", "a=rtpmap:126 PCMU/8000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, p := newParty(t, newEngine(t, quick), rtp.Options{}), newPhone(t)
			p.aims(a.answer(t, p.describe(sdp...)))
			begin := time.Now()
			first := p.next()
			want := uint8(127)
			if len(sdp) > 2 && sdp[1] != events {
				want = 125
			}
			if first.PayloadType != want || first.Marker || len(first.Payload) != 0 || time.Since(begin) < time.Second/2 {
				t.Errorf("after %v comes %+v", time.Since(begin), first)
			}
			second := p.next()
			if d := second.Timestamp - first.Timestamp; second.PayloadType != want || second.Sequence != first.Sequence+1 || second.SSRC != first.SSRC || d < 8000 || d > 2*8000 {
				t.Errorf("%+v follows %+v", second.Header, first.Header)
			}
			if name == "on hold" {
				p.aims(a.answer(t, p.describe("m=audio %RTP RTP/AVP 8 101", events)))
			}
			if err := a.Bind(0, sing(t, media.PCMA, 440)); err != nil {
				t.Fatal(err)
			}
			last := second
			for range 100 {
				got := p.next()
				if got.Sequence != last.Sequence+1 || got.SSRC != last.SSRC || got.Timestamp-last.Timestamp > 2*8000 || got.Timestamp == last.Timestamp {
					t.Fatalf("%+v follows %+v", got.Header, last.Header)
				}
				if got.PayloadType == want && last.PayloadType == 8 {
					t.Fatal("an empty packet in the middle of sound")
				}
				last = got
			}
		})
	}
}

// Where reports go by the same port as sound, they keep the way open.
func TestReportsKeepTheWayOpen(t *testing.T) {
	t.Parallel()
	a, p := newParty(t, newEngine(t, quick), rtp.Options{}), newPhone(t)
	p.aims(a.answer(t, p.describe("m=audio %RTP RTP/AVP 8", "a=rtcp-mux")))
	b := make([]byte, 2048)
	for range 3 {
		_ = p.rtp.SetReadDeadline(time.Now().Add(patience))
		n, _, err := p.rtp.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rtcp.Unmarshal(b[:n]); err != nil || !media.IsRTCP(b[:n]) {
			t.Errorf("%x is no report: %v", b[:n], err)
		}
	}
}

func TestHowOftenTheWayIsKeptOpen(t *testing.T) {
	for _, c := range []rtp.Config{{KeepAlive: time.Millisecond}, {KeepAlive: time.Hour}, {DSCP: 64}, {DSCP: -2}} {
		if _, err := rtp.NewEngine(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
