package rtp

import (
	"net/netip"
	"strings"
	"time"

	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// A fax by T.38 passes between two legs as it is: what comes to the port of the one goes out by that of the other, in place of sound. Neither is decrypted or
// read, so that it works between phones and trunks only.
//
//	one offers T.38 ─▶ OfferFax of its partner ─▶ the partner's peer answers, Accept ─▶ Answer of the one
//
// Where the partner's peer wants none, or there is none, Answer refuses the offer, and the fax goes on as sound.

// imageLine is the line of T.38 by UDPTL that a description asks for in place of sound, nil when there is none.
func imageLine(d *sdp.Description) (at int, m *sdp.Media) {
	for i := range d.Media {
		switch l := &d.Media[i]; {
		case l.Port == 0:
		case l.Kind == "audio":
			return 0, nil
		case l.Kind == "image" && strings.EqualFold(l.Protocol, "udptl") && strings.EqualFold(l.Formats[0], "t38") && m == nil:
			at, m = i, l
		}
	}
	return at, m
}

// OffersFax reports whether an offer asks for T.38 in place of sound.
func OffersFax(offer []byte) bool {
	d, err := sdp.Parse(offer)
	if err != nil {
		return false
	}
	_, m := imageLine(d)
	return m != nil
}

// Partner is who is told of the session whose sound the peer hears, in whatever codec; nil when it hears something else.
func (s *Session) Partner() Events {
	if other := s.partner(); other != nil {
		return other.options.Events
	}
	return nil
}

func (s *Session) partner() *Session {
	s.out.binding.Lock()
	t := s.out.track
	s.out.binding.Unlock()
	if t == nil {
		return nil
	}
	return s.engine.publisherOf(t)
}

// Faxing reports whether a fax passes in place of sound.
func (s *Session) Faxing() bool {
	t := s.terms.Load()
	return t != nil && t.fax != nil
}

// OfferFax is an offer of what the partner's peer has offered: T.38 with the same parameters. It fails with fault.Invalid when this leg cannot carry it: before
// there is sound, or a partner, and where media is encrypted, which T.38 is not.
func (s *Session) OfferFax(offer []byte) ([]byte, error) {
	theirs, err := sdp.Parse(offer)
	if err != nil {
		return nil, err
	}
	_, image := imageLine(theirs)
	from := s.partner()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.takesFax(image); err != nil {
		return nil, err
	}
	if from == nil || from == s {
		return nil, errNoPartner
	}
	o := &faxOffer{from: from}
	for i := range s.lines {
		o.lines = append(o.lines, s.lines[i].Refuse())
	}
	o.lines[s.audio] = s.imageOf(image)
	s.offered, s.faxOffered = nil, o
	d := s.describe()
	d.Media = o.lines
	return s.write(d), nil
}

// A faxOffer is an offer of ours of T.38.
type faxOffer struct {
	from  *Session
	lines []sdp.Media
}

func (s *Session) takesFax(image *sdp.Media) error {
	switch _, ok := s.wire.(*pair); {
	case s.closed:
		return errClosed
	case image == nil:
		return fault.New(fault.Invalid, "there is no T.38 in the offer")
	case s.terms.Load() == nil:
		return fault.New(fault.Invalid, "a call begins with sound, and a fax follows it")
	case !ok || s.wire.suite() != "":
		return fault.New(fault.Invalid, "a fax cannot be sent by this call")
	}
	return nil
}

var errNoPartner = fault.New(fault.Invalid, "there is nobody to send a fax to")

// imageOf is a line of ours with the parameters of another.
func (s *Session) imageOf(image *sdp.Media) sdp.Media {
	m := sdp.Media{Kind: "image", Port: s.wire.(*pair).port, Protocol: "udptl", Formats: []string{"t38"}}
	for _, a := range image.Attributes {
		if strings.HasPrefix(strings.ToUpper(a.Name), "T38") {
			m.Attributes = append(m.Attributes, a)
		}
	}
	return m
}

// acceptFax takes the answer to an offer of T.38.
func (s *Session) acceptFax(d *sdp.Description) error {
	o := s.faxOffered
	_, image := imageLine(d)
	if image == nil {
		return fault.New(fault.Invalid, "the answer takes no T.38")
	}
	s.image = image
	s.lines = o.lines
	s.fax(d, image, o.from)
	return nil
}

// answerFax answers an offer of T.38 with what the partner's peer has answered.
func (s *Session) answerFax(d *sdp.Description, at int, image *sdp.Media) ([]byte, error) {
	if err := s.takesFax(image); err != nil {
		return nil, err
	}
	partner := s.partner()
	if partner == nil || partner == s {
		return nil, errNoPartner
	}
	t := partner.terms.Load()
	partner.mu.Lock()
	answered := partner.image
	partner.mu.Unlock()
	if t == nil || t.fax != s || answered == nil {
		return nil, fault.New(fault.Invalid, "the other side takes no fax")
	}
	own := s.describe()
	for i := range d.Media {
		own.Media = append(own.Media, d.Media[i].Refuse())
	}
	own.Media[at] = s.imageOf(answered)
	s.lines, s.audio = own.Media, at
	s.fax(d, image, partner)
	return s.write(own), nil
}

// fax passes on what comes to the partner, in place of sound.
func (s *Session) fax(d *sdp.Description, image *sdp.Media, partner *Session) {
	t := *s.terms.Load()
	t.direction, t.fax = sdp.Inactive, partner
	t.to, _ = s.destinations(d, image)
	t.toRTCP = netip.AddrPort{}
	s.wire.connect(&t)
	s.terms.Store(&t)
}

// receiveFax passes a datagram on to the other leg.
func (p *pair) receiveFax(other *Session, b []byte, from netip.AddrPort) {
	now := time.Now()
	p.mu.Lock()
	ok, moved := p.latch.admit(from, 0, now.UnixMilli(), false)
	p.mu.Unlock()
	if !ok {
		p.session.in.drop()
		return
	}
	if moved {
		p.follow(from)
	}
	if t := other.terms.Load(); t != nil {
		if q, ok := t.wire.(*pair); ok && t.fax == p.session {
			q.sendFax(b)
		}
	}
}

func (p *pair) sendFax(b []byte) {
	if to := p.to.Load(); to != nil {
		_, _ = p.rtp.WriteToUDPAddrPort(b, *to)
	}
}
