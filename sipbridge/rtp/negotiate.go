package rtp

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// eventRange are the keys that we take and send (RFC 4733 §2.4.1); fec says that a copy of the frame before is of use to us (RFC 7587 §7.1).
const (
	eventRange = "0-15"
	fec        = "useinbandfec=1"
	packetTime = "20" // of what we make ourselves; what others have sent is passed on as it is
)

// An offer is one of ours.
type offer struct {
	lines     []sdp.Media
	audio     int
	payloads  []sdp.Payload
	direction sdp.Direction
}

// Offer makes the first offer, or a new one with the present direction and codecs. An offer that is not accepted changes nothing.
func (s *Session) Offer() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(s.options.Security == WebRTC, true); err != nil {
		return nil, err
	}
	o := &offer{audio: s.audio, direction: s.direction(sdp.SendRecv)}
	d := s.describe()
	for i := range s.lines {
		o.lines = append(o.lines, s.lines[i].Refuse())
	}
	if len(o.lines) == 0 {
		o.lines = make([]sdp.Media, 1)
	}
	m := sdp.Media{Kind: "audio"}
	for _, c := range s.codecs() {
		if c.Is(media.Opus) {
			c.Format = fec
		}
		o.payloads = append(o.payloads, sdp.Payload{ID: s.number(c), Codec: c})
	}
	for _, clock := range clocks(o.payloads) {
		c := media.Codec{Name: sdp.Events, Clock: clock, Channels: 1, Format: eventRange}
		o.payloads = append(o.payloads, sdp.Payload{ID: s.number(c), Codec: c})
	}
	for _, p := range o.payloads {
		m.AddPayload(p)
	}
	m.Add("ptime", packetTime)
	m.Add(o.direction.String(), "")
	s.wire.offer(d, &m)
	o.lines[o.audio] = m
	d.Media = o.lines
	s.offered, s.faxOffered = o, nil
	return s.write(d), nil
}

// clocks are those that events are needed with: 8000, which all have, and those of other codecs.
func clocks(list []sdp.Payload) []int {
	found := []int{8000}
	for _, p := range list {
		if !slices.Contains(found, p.Codec.Clock) {
			found = append(found, p.Codec.Clock)
		}
	}
	return found
}

// Accept takes the peer's answer to our last offer. Where several devices answer the same offer, it is called for each, and the last one counts.
func (s *Session) Accept(answer []byte) error {
	d, err := sdp.Parse(answer)
	if err != nil {
		return err
	}
	news, err := s.accept(d)
	s.tell(news)
	return err
}

func (s *Session) accept(d *sdp.Description) (news []func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.offered
	switch {
	case s.closed:
		return nil, errClosed
	case s.faxOffered != nil:
		return nil, s.acceptFax(d)
	case o == nil:
		return nil, fault.New(fault.Invalid, "there was no offer to answer")
	case len(d.Media) <= o.audio || d.Media[o.audio].Kind != "audio" || d.Media[o.audio].Port == 0:
		return nil, fault.New(fault.Invalid, "the answer takes no sound")
	}
	m := &d.Media[o.audio]
	var theirs, ours []sdp.Payload
	for _, p := range m.Payloads() {
		if i := slices.IndexFunc(o.payloads, func(own sdp.Payload) bool { return own.Codec.Is(p.Codec) }); i >= 0 {
			theirs, ours = append(theirs, named(p, o.payloads[i].Codec)), append(ours, o.payloads[i])
		}
	}
	if err := s.wire.accept(d, m); err != nil {
		return nil, err
	}
	return s.settle(d, m, theirs, ours, o.direction, o.lines, o.audio)
}

// named is the payload with the codec spelled as we do.
func named(p sdp.Payload, c media.Codec) sdp.Payload {
	p.Codec.Name, p.Codec.Channels = c.Name, c.Channels
	return p
}

// A plan is what an offered line can become.
type plan struct {
	kind   planKind
	crypto sdp.Crypto // the peer's key that was chosen
}

type planKind uint8

const (
	impossible planKind = iota
	plain
	sdes
	dtls
)

// plan says what can be made of an offered line, with what the leg asks for.
func (s *Session) plan(d *sdp.Description, m *sdp.Media) plan {
	protocol := strings.ToUpper(m.Protocol)
	_, browser := s.wire.(*browser)
	if s.wire != nil && browser != isDTLS(d, m) {
		return plan{}
	}
	switch {
	case isDTLS(d, m):
		_, ice := d.Transport(m)
		if _, mux := m.Value("rtcp-mux"); ice && mux && s.engine.config.WebRTC != nil {
			return plan{kind: dtls}
		}
	case protocol == "RTP/SAVP" || protocol == "RTP/SAVPF":
		if s.options.Security == SDES || s.options.Security == Secure {
			return choose(m)
		}
	case protocol == "RTP/AVP" || protocol == "RTP/AVPF":
		p := choose(m)
		switch {
		case p.kind == sdes && (s.options.Security == SDES || s.options.Security == Secure): // RFC 8643 §3.1
			return p
		case s.options.Security == Plain || s.options.Security == SDES:
			return plan{kind: plain}
		}
	}
	return plan{}
}

func isDTLS(d *sdp.Description, m *sdp.Media) bool {
	_, fingerprint := d.Value(m, "fingerprint")
	return fingerprint && strings.Contains(strings.ToUpper(m.Protocol), "SAVP")
}

// choose takes the best of the peer's keys.
func choose(m *sdp.Media) plan {
	offered := m.Cryptos()
	for _, suite := range sdp.Suites {
		if i := slices.IndexFunc(offered, func(c sdp.Crypto) bool { return c.Suite == suite }); i >= 0 {
			return plan{sdes, offered[i]}
		}
	}
	return plan{}
}

// Answer takes the peer's offer, the first or a new one, and answers it.
func (s *Session) Answer(offer []byte) ([]byte, error) {
	d, err := sdp.Parse(offer)
	if err != nil {
		return nil, err
	}
	answer, news, err := s.answer(d)
	s.tell(news)
	return answer, err
}

func (s *Session) answer(d *sdp.Description) (answer []byte, news []func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, errClosed
	}
	if i, image := imageLine(d); image != nil {
		answer, err = s.answerFax(d, i, image)
		return answer, nil, err
	}
	at, p, agreed := s.pick(d)
	if at < 0 {
		return nil, nil, s.mismatch(d)
	}
	if err := s.open(p.kind == dtls, false); err != nil {
		return nil, nil, err
	}
	theirs := &d.Media[at]
	direction := s.direction(d.Direction(theirs).Reverse())
	m := sdp.Media{Kind: "audio", Protocol: theirs.Protocol}
	for _, p := range agreed {
		if p.Codec.Name == sdp.Events {
			p.Codec.Format = eventRange
		} else if p.Codec.Is(media.Opus) {
			p.Codec.Format = fec
		}
		m.AddPayload(p)
		s.remember(p)
	}
	m.Add("ptime", packetTime)
	m.Add(direction.String(), "")
	own := s.describe()
	if err := s.wire.answer(d, theirs, own, &m, p); err != nil {
		return nil, nil, err
	}
	for i := range d.Media {
		own.Media = append(own.Media, d.Media[i].Refuse())
	}
	own.Media[at] = m
	if mid, ok := theirs.Value("mid"); ok {
		own.Media[at].Add("mid", mid)
		if bundled(d, mid) {
			own.Attributes = append(own.Attributes, sdp.Attribute{Name: "group", Value: "BUNDLE " + mid})
		}
	}
	if news, err = s.settle(d, theirs, agreed, agreed, direction, own.Media, at); err != nil {
		return nil, nil, err
	}
	return s.write(own), news, nil
}

// pick finds the best line of an offer, what can be made of it, and what of it we can. The line is -1 when none will do.
func (s *Session) pick(d *sdp.Description) (at int, p plan, agreed []sdp.Payload) {
	at = -1
	for i := range d.Media {
		m := &d.Media[i]
		if m.Kind != "audio" || m.Port == 0 {
			continue
		}
		if q := s.plan(d, m); q.kind > p.kind {
			if list := s.common(m); len(list) > 0 {
				at, p, agreed = i, q, list
			}
		}
	}
	return at, p, agreed
}

// bundled reports whether the offer has put a line into a group (RFC 9143 §7.3).
func bundled(d *sdp.Description, mid string) bool {
	for _, a := range d.Attributes {
		if fields := strings.Fields(a.Value); strings.EqualFold(a.Name, "group") && len(fields) > 1 && fields[0] == "BUNDLE" {
			if slices.Contains(fields[1:], mid) {
				return true
			}
		}
	}
	return false
}

// common is what of an offered line we can, in our order: codecs, then events with their clocks. It is empty when there is no codec.
func (s *Session) common(m *sdp.Media) []sdp.Payload {
	offered := m.Payloads()
	var list []sdp.Payload
	for _, c := range s.codecs() {
		if i := slices.IndexFunc(offered, func(p sdp.Payload) bool { return p.Codec.Is(c) }); i >= 0 {
			list = append(list, named(offered[i], c))
		}
	}
	if len(list) == 0 {
		return nil
	}
	for _, clock := range clocks(list) {
		c := media.Codec{Name: sdp.Events, Clock: clock, Channels: 1}
		if i := slices.IndexFunc(offered, func(p sdp.Payload) bool { return p.Codec.Is(c) }); i >= 0 {
			list = append(list, named(offered[i], c))
		}
	}
	return list
}

// settle makes what was agreed on count: theirs are the payloads that the peer takes, ours those that we do. It returns whom to tell afterwards.
func (s *Session) settle(d *sdp.Description, m *sdp.Media, theirs, ours []sdp.Payload, most sdp.Direction, lines []sdp.Media, audio int) ([]func(), error) {
	remote := d.Direction(m)
	t := &terms{wire: s.wire, direction: most & remote.Reverse(), peerHolds: !remote.Receives()}
	t.agree(theirs, ours)
	if len(t.send) == 0 {
		return nil, fault.New(fault.Invalid, "there is no codec in common")
	}
	_, t.mux = m.Value("rtcp-mux")
	t.to, t.toRTCP = s.destinations(d, m)
	s.lines, s.audio = lines, audio
	before := s.terms.Load()
	s.wire.connect(t)
	s.terms.Store(t)
	var news []func()
	events := s.options.Events
	if before == nil || !slices.Equal(before.codecs, t.codecs) {
		news = append(news, events.MediaReady)
		s.out.rebind(t.codecs)
	}
	if before == nil || before.direction != t.direction || !slices.Equal(before.send, t.send) {
		s.out.renew()
	}
	news = append(news, s.in.settle(s, t)...)
	if was := before != nil && before.peerHolds; was != t.peerHolds {
		news = append(news, func() { events.Held(t.peerHolds) })
	}
	return news, nil
}

func (s *Session) tell(news []func()) {
	for _, f := range news {
		f()
	}
}

// open makes the wire that the first offer or answer asks for.
func (s *Session) open(ice, controlling bool) error {
	switch {
	case s.closed:
		return errClosed
	case s.wire != nil:
	case ice:
		b, err := newBrowser(s, controlling)
		if err != nil {
			return err
		}
		s.wire = b
	default:
		p, err := newPair(s)
		if err != nil {
			return err
		}
		s.wire = p
	}
	return nil
}

// codecs are ours in the order in which they are wanted.
func (s *Session) codecs() []media.Codec {
	var first, rest []media.Codec
	for _, c := range s.prefer {
		if own, ok := c.Find(s.options.Codecs); ok {
			first = append(first, own)
		}
	}
	for _, c := range s.options.Codecs {
		if _, ok := c.Find(first); !ok {
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// direction is what we say, of what would be possible: who is on hold is not listened to.
func (s *Session) direction(most sdp.Direction) sdp.Direction {
	if s.hold {
		most &^= sdp.RecvOnly
	}
	return most
}

// number is the payload type that a codec has in the session (RFC 3264 §8.3.2), given to it if it has none.
func (s *Session) number(c media.Codec) uint8 {
	if i := slices.IndexFunc(s.numbers, func(p sdp.Payload) bool { return p.Codec.Is(c) }); i >= 0 {
		return s.numbers[i].ID
	}
	taken := func(id uint8) bool {
		return slices.ContainsFunc(s.numbers, func(p sdp.Payload) bool { return p.ID == id })
	}
	id := usual(c)
	for next := uint8(96); taken(id) && next < 128; next++ {
		id = next
	}
	s.remember(sdp.Payload{ID: id, Codec: c})
	return id
}

// usual is the payload type that a codec has where nothing speaks against it.
func usual(c media.Codec) uint8 {
	switch {
	case c.Is(media.PCMU):
		return 0
	case c.Is(media.PCMA):
		return 8
	case c.Is(media.G722):
		return 9
	case c.Name == sdp.Events && c.Clock == 8000:
		return 101
	case c.Name == sdp.Events:
		return 102
	}
	return 96
}

// remember notes a payload type that the peer was told.
func (s *Session) remember(p sdp.Payload) {
	s.numbers = slices.DeleteFunc(s.numbers, func(old sdp.Payload) bool { return old.ID == p.ID || old.Codec.Is(p.Codec) })
	s.numbers = append(s.numbers, p)
}

// describe begins a description of ours.
func (s *Session) describe() *sdp.Description {
	return &sdp.Description{Origin: sdp.Origin{ID: strconv.FormatUint(s.id, 10), Address: s.options.External}, Address: s.options.External}
}

// write writes a description of ours, with the next version when it is not the last one again.
func (s *Session) write(d *sdp.Description) []byte {
	d.Origin.Version = strconv.FormatUint(s.version, 10)
	if b := d.Bytes(); bytes.Equal(b, s.written) {
		return b
	}
	s.version++
	d.Origin.Version = strconv.FormatUint(s.version, 10)
	s.written = d.Bytes()
	return s.written
}

// OfferCodecs is what the party that sent the offer can take of the codecs that there are, best first; nil when nothing can be read.
func OfferCodecs(offer []byte) []media.Codec {
	d, err := sdp.Parse(offer)
	if err != nil {
		return nil
	}
	var list []media.Codec
	for i := range d.Media {
		m := &d.Media[i]
		if m.Kind != "audio" || m.Port == 0 {
			continue
		}
		for _, p := range m.Payloads() {
			known, ok := p.Codec.Find(codec.All)
			if _, twice := p.Codec.Find(list); ok && !twice {
				list = append(list, known)
			}
		}
	}
	return list
}
