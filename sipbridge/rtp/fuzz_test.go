package rtp_test

import (
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// FuzzAnswer answers any offer, or refuses it as invalid, and takes any answer to an offer of ours. What is answered has a line for each that was
// offered, one of them taken, with no codec that was not offered.
func FuzzAnswer(f *testing.F) {
	e := newEngine(f)
	p := newPhone(f)
	f.Add(p.describe(offered), uint8(rtp.Plain))
	f.Add(p.describe("m=video 4 RTP/AVP 9", "m=audio %RTP RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", events, "a=mid:x", "a=rtcp-mux", "a=rtcp:9 IN IP4 ::1"), uint8(rtp.SDES))
	seed := newParty(f, e, rtp.Options{Security: rtp.Secure})
	f.Add(seed.offer(f), uint8(rtp.Secure))
	f.Add(seed.offer(f)+"a=inactive\r\nc=IN IP4 0.0.0.0\r\n", uint8(rtp.SDES))
	f.Add(p.describe("m=image %RTP udptl t38", "a=T38FaxVersion:0"), uint8(rtp.Plain))
	f.Fuzz(func(t *testing.T, text string, security uint8) {
		o := rtp.Options{Security: rtp.Security(security % 4), Events: newWitness(), Local: loopback}
		for range 2 {
			s, err := e.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			refused := s.Takes([]byte(text))
			if refused != nil && !fault.Is(refused, fault.Invalid) {
				t.Fatal(refused)
			}
			answer, err := s.Answer([]byte(text))
			if err == nil {
				if refused != nil {
					t.Fatalf("it is taken, and was not to be: %v", refused)
				}
				checkAnswer(t, text, string(answer))
				if _, err := s.Offer(); err != nil {
					t.Fatalf("no new offer: %v", err)
				}
				answer, err = s.Answer([]byte(text))
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			_ = answer
			if _, err := s.Offer(); err != nil && o.Security != rtp.WebRTC {
				t.Fatal(err)
			}
			if err := s.Accept([]byte(text)); err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
		}
	})
}

func checkAnswer(t *testing.T, offer, answer string) {
	t.Helper()
	o, a := read(t, offer), read(t, answer)
	if len(o.Media) != len(a.Media) {
		t.Fatalf("%d lines for %d", len(a.Media), len(o.Media))
	}
	taken := 0
	for i := range a.Media {
		m, theirs := &a.Media[i], &o.Media[i]
		if m.Kind != theirs.Kind || !strings.EqualFold(m.Protocol, theirs.Protocol) {
			t.Fatalf("%s %s became %s %s", theirs.Kind, theirs.Protocol, m.Kind, m.Protocol)
		}
		if m.Port == 0 {
			continue
		}
		taken++
		known := map[uint8]media.Codec{}
		for _, p := range theirs.Payloads() {
			known[p.ID] = p.Codec
		}
		for _, p := range m.Payloads() {
			if !p.Codec.Is(known[p.ID]) {
				t.Fatalf("%d is %s, was %s", p.ID, p.Codec, known[p.ID])
			}
		}
		if d := a.Direction(m) &^ o.Direction(theirs).Reverse(); d != sdp.Inactive {
			t.Fatalf("%s is answered %s", o.Direction(theirs), a.Direction(m))
		}
	}
	if taken != 1 {
		t.Fatalf("%d lines were taken", taken)
	}
}
