package rtp

import (
	"strings"

	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// Takes says whether an offer could be answered, and fails as [Session.Answer] would otherwise: with fault.Invalid and words for who has set up the phone.
// Nothing is made of the offer. Whether a fax is taken the other end is asked besides.
func (s *Session) Takes(offer []byte) error {
	d, err := sdp.Parse(offer)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, image := imageLine(d); image != nil {
		return s.takesFax(image)
	}
	if at, _, _ := s.pick(d); at < 0 {
		return s.mismatch(d)
	}
	return nil
}

// mismatch says why no line of an offer will do: of its first line with sound.
func (s *Session) mismatch(d *sdp.Description) error {
	why := "the offer has no sound"
	for i := range d.Media {
		if m := &d.Media[i]; m.Kind == "audio" && m.Port != 0 {
			why = s.complaint(d, m)
			break
		}
	}
	return fault.New(fault.Invalid, why)
}

const noMux = "a phone with ICE must multiplex RTP and RTCP"

func (s *Session) complaint(d *sdp.Description, m *sdp.Media) string {
	protocol := strings.ToUpper(m.Protocol)
	keys := s.options.Security == SDES || s.options.Security == Secure
	_, browser := s.wire.(*browser)
	_, ice := d.Transport(m)
	switch {
	case s.plan(d, m).kind != impossible:
		return "no codec of the offer is known here: Opus, G.722, PCMA and PCMU are"
	case s.wire != nil && browser != isDTLS(d, m):
		return "a call does not change between DTLS and what is none"
	case isDTLS(d, m) && s.engine.config.WebRTC == nil:
		return "DTLS is switched off here: offer SRTP with keys in the SDP, over TLS"
	case isDTLS(d, m) && !ice:
		return "DTLS-SRTP is taken with ICE alone: switch ICE on, or offer SRTP with keys in the SDP, over TLS"
	case isDTLS(d, m):
		return noMux
	case strings.Contains(protocol, "SAVP") && !keys:
		return "SRTP with keys in the SDP is taken over TLS alone"
	case strings.Contains(protocol, "SAVP"):
		return "SRTP is offered without a known suite: " + suites()
	case (protocol == "RTP/AVP" || protocol == "RTP/AVPF") && keys:
		return "encryption is required: offer SRTP with keys in the SDP"
	}
	return "sound is taken as RTP, SRTP, or SRTP with DTLS and ICE"
}

func suites() string {
	names := make([]string, len(sdp.Suites))
	for i := range names {
		names[i] = sdp.Suites[i].Name
	}
	return strings.Join(names, ", ")
}
