package rtp_test

import (
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/jingle/transport"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

func TestTonesPassByEachSuite(t *testing.T) {
	for _, suite := range sdp.Suites {
		t.Run(suite.Name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t)
			a, b := newParty(t, e, rtp.Options{Security: rtp.Secure}), newParty(t, e, rtp.Options{Security: rtp.SDES})
			offer := a.offer(t)
			var only []string // this suite, as a phone would have offered it
			for line := range strings.Lines(offer) {
				if !strings.HasPrefix(line, "a=crypto") || strings.Contains(line, suite.Name+" ") {
					only = append(only, line)
				}
			}
			answer := b.answer(t, strings.Join(only, ""))
			if len(lines(answer, "a=crypto")) != 1 || !strings.Contains(answer, suite.Name) || !strings.Contains(answer, "RTP/SAVP ") {
				t.Fatal(answer)
			}
			a.accept(t, answer)
			for _, p := range []*party{a, b} {
				if got := p.Stats().Encryption; got != suite.Name {
					t.Errorf("encrypted by %q", got)
				}
			}
			_, _ = a.Bind(0, sing(t, media.PCMA, 440)), b.Bind(0, sing(t, media.PCMA, 1000))
			first, second := listenTo(t, changed(t, b)), listenTo(t, changed(t, a))
			first.hears(t, 440)
			second.hears(t, 1000)
			a.Hold(true)
			agree(t, a, b)
			a.Hold(false)
			agree(t, b, a) // the streams go on with the same keys
			first.hears(t, 440)
			second.hears(t, 1000)
		})
	}
}

// changed is the track once the peer has begun to send PCMA.
func changed(t *testing.T, p *party) *media.Track {
	t.Helper()
	p.await(t, "added PCMA", 1)
	return p.track(t)
}

// RFC 8643: keys in an offer of plain RTP, which may be answered or not.
func TestEncryptionThatIsOnlyOfferedMayBeLeftOut(t *testing.T) {
	e := newEngine(t)
	a, b := newParty(t, e, rtp.Options{Security: rtp.SDES}), newParty(t, e, rtp.Options{})
	offer, answer := agree(t, a, b)
	if len(lines(offer, "a=crypto")) != len(sdp.Suites) || !strings.Contains(offer, "RTP/AVP ") || len(lines(answer, "a=crypto")) != 0 {
		t.Error(offer, answer)
	}
	if a.Stats().Encryption != "" {
		t.Error("encrypted")
	}
	c := newParty(t, e, rtp.Options{Security: rtp.SDES})
	if _, answer := agree(t, a, c); len(lines(answer, "a=crypto")) != 1 { // another device takes the call, which can
		t.Error(answer)
	}
	if got := a.Stats().Encryption; got != "AEAD_AES_128_GCM" || c.Stats().Encryption != got {
		t.Errorf("%q", got)
	}
	d, p := newParty(t, e, rtp.Options{Security: rtp.Secure}), newPhone(t)
	d.offer(t)
	if err := d.Accept([]byte(p.describe(offered))); !fault.Is(err, fault.Invalid) {
		t.Errorf("an answer without keys to who needs them: %v", err)
	}
}

// Compat: baresip with mediaenc=srtp-mand, and others that are set to encrypt, refuse RTP/AVP.
func TestAnOfferOfEncryptionAlone(t *testing.T) {
	e := newEngine(t)
	a, b := newParty(t, e, rtp.Options{Security: rtp.SDES}), newParty(t, e, rtp.Options{Security: rtp.Secure})
	before := a.offer(t)
	if !a.Insist() || a.Insist() || newParty(t, e, rtp.Options{}).Insist() {
		t.Error("what can be insisted on?")
	}
	offer, _ := agree(t, a, b)
	if !strings.Contains(offer, "RTP/SAVP ") || !slices.Equal(lines(before, "a=crypto"), lines(offer, "a=crypto")) {
		t.Error(offer)
	}
	if a.Stats().Encryption == "" {
		t.Error("not encrypted")
	}
}

// What is not sealed with the keys is nobody's, wherever it comes from, and moves nothing.
func TestPacketsThatDoNotVerifyAreDropped(t *testing.T) {
	e := newEngine(t)
	a, b := newParty(t, e, rtp.Options{Security: rtp.Secure}), newParty(t, e, rtp.Options{Security: rtp.Secure})
	_, answer := agree(t, a, b)
	_ = a.Bind(0, sing(t, media.PCMA, 440))
	ear := listenTo(t, changed(t, b))
	p := newPhone(t)
	p.aims(answer)
	before := b.Stats()
	for i := range 20 {
		p.send(media.Header{PayloadType: 8, SSRC: 1, Sequence: uint16(i)}, make([]byte, 160))
	}
	n := len(ear.packets(t, 1))
	for _, got := range ear.packets(t, n+20) {
		if got.SSRC == 1 {
			t.Fatal("a stranger is heard")
		}
	}
	if after := b.Stats(); after.Remote != before.Remote || after.Dropped-before.Dropped != 20 {
		t.Errorf("%+v after %+v", after, before)
	}
}

// a phone in a browser, with ICE and DTLS.
func TestTonesPassToAPhoneInABrowser(t *testing.T) {
	engines := make([]*rtp.Engine, 2)
	for i := range engines {
		w, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		engines[i] = newEngine(t, func(c *rtp.Config) { c.WebRTC = w })
	}
	a, b := newParty(t, engines[0], rtp.Options{Security: rtp.WebRTC}), newParty(t, engines[1], rtp.Options{Security: rtp.WebRTC})
	offer := a.offer(t)
	if got := lines(offer, "m=")[0]; !strings.Contains(got, " UDP/TLS/RTP/SAVPF 96 ") || len(lines(offer, "a=rtcp-mux")) != 1 {
		t.Errorf("%q", got)
	}
	offer = strings.Replace(offer, "a=group:BUNDLE 0", "a=group:BUNDLE 0 1", 1) + "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=rtpmap:99 VP8/90000\r\na=mid:1\r\n"
	answer := b.answer(t, offer)
	if got := lines(answer, "m="); len(got) != 2 || got[1] != "m=video 0 UDP/TLS/RTP/SAVPF 99" {
		t.Errorf("%q", got)
	}
	if len(lines(answer, "a=group:BUNDLE 0")) != 1 || len(lines(answer, "a=mid:0")) != 1 || len(lines(answer, "a=setup:passive"))+len(lines(answer, "a=setup:active")) != 1 {
		t.Error(answer)
	}
	a.accept(t, answer)
	_, _ = a.Bind(0, sing(t, media.Opus, 440)), b.Bind(0, sing(t, media.Opus, 1000))
	listenTo(t, b.track(t)).hears(t, 440)
	listenTo(t, a.track(t)).hears(t, 1000)
	if err := a.SendDTMF("7", 0); err != nil {
		t.Fatal(err)
	}
	b.await(t, "key 7 100ms", 1)
	if got := b.Stats().Encryption; got != "SRTP_AEAD_AES_128_GCM" {
		t.Errorf("encrypted by %q", got)
	}
	again := b.offer(t)
	if x, y := lines(again, "a=ice-ufrag"), lines(answer, "a=ice-ufrag"); !slices.Equal(x, y) {
		t.Errorf("another offer begins ICE anew: %q, %q", x, y)
	}
	a.Hold(true)
	b.accept(t, a.answer(t, again))
	b.await(t, "held true", 1)
	b.Close()
	a.await(t, "lost", 1)
}
