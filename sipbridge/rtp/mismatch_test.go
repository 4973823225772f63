package rtp_test

import (
	"strings"
	"testing"

	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

// Who offers what cannot be taken is told why, before anybody is rung and when it is answered alike; nothing is taken of it.
func TestWhyAnOfferCannotBeTaken(t *testing.T) {
	const key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	fingerprint := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("AB:", 32), ":")
	for name, c := range map[string]struct {
		security rtp.Security
		offer    []string
		want     string
	}{
		"pictures":               {rtp.Plain, []string{"m=video %RTP RTP/AVP 31"}, "no sound"},
		"sound that is off":      {rtp.Plain, []string{"m=audio 0 RTP/AVP 8"}, "no sound"},
		"other codecs":           {rtp.Plain, []string{"m=audio %RTP RTP/AVP 3 18", "a=rtpmap:3 GSM/8000"}, "no codec"},
		"DTLS without ICE":       {rtp.SDES, []string{"m=audio %RTP UDP/TLS/RTP/SAVP 8", fingerprint, "a=setup:actpass"}, "switched off"},
		"keys that all can read": {rtp.Plain, []string{"m=audio %RTP RTP/SAVP 8", key}, "over TLS alone"},
		"unknown suites":         {rtp.SDES, []string{"m=audio %RTP RTP/SAVP 8", strings.Replace(key, "AES_CM_128_HMAC_SHA1_80", "F8_128_HMAC_SHA1_80", 1)}, "AEAD_AES_128_GCM, "},
		"no encryption":          {rtp.Secure, []string{"m=audio %RTP RTP/AVP 8"}, "encryption is required"},
		"a fax without sound":    {rtp.Plain, []string{"m=image 4000 udptl t38"}, "a call begins with sound"},
		"another protocol":       {rtp.Plain, []string{"m=audio %RTP TCP/MRCPv2 8"}, "sound is taken as RTP"},
	} {
		e := newEngine(t)
		a, p := newParty(t, e, rtp.Options{Security: c.security}), newPhone(t)
		offer := []byte(p.describe(c.offer...))
		early := a.Takes(offer)
		_, late := a.Answer(offer)
		if !fault.Is(early, fault.Invalid) || !strings.Contains(early.Error(), c.want) || late == nil || late.Error() != early.Error() {
			t.Errorf("%s: %v, and when it is answered %v", name, early, late)
		}
		if n := len(early.Error()); n > 128 {
			t.Errorf("%s: %d characters are more than a Warning carries", name, n)
		}
		if taken, _ := e.Ports(); taken != 0 {
			t.Errorf("%s has taken ports", name)
		}
	}
	a, p := newParty(t, newEngine(t), rtp.Options{}), newPhone(t)
	if err := a.Takes([]byte(p.describe("m=audio %RTP RTP/AVP 8"))); err != nil {
		t.Error(err)
	}
	if err := a.Takes([]byte("v=1")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no description: %v", err)
	}
	if len(a.Slots()) != 0 {
		t.Error("something was agreed on")
	}
}
