package wire

import (
	"slices"

	"plenum/xmppd/xmlstream"
)

// A MessageKind is a step of Jingle Message Initiation (XEP-0353).
type MessageKind string

const (
	MessagePropose MessageKind = "propose"
	MessageRinging MessageKind = "ringing"
	MessageProceed MessageKind = "proceed"
	MessageAccept  MessageKind = "accept" // of versions before 0.6: to one's own devices
	MessageReject  MessageKind = "reject"
	MessageRetract MessageKind = "retract"
	MessageFinish  MessageKind = "finish"
)

var messageKinds = []MessageKind{MessagePropose, MessageRinging, MessageProceed, MessageAccept, MessageReject, MessageRetract, MessageFinish}

// Message is an element of Jingle Message Initiation.
type Message struct {
	Kind     MessageKind
	ID       string   // of the session to come, its sid
	Media    []string // of a propose: the media of its RTP descriptions
	Reason   *Reason  // of reject, retract and finish; nil for none
	TieBreak bool     // both had proposed (XEP-0353#tie-break-1)
	Migrated string   // of finish: the session that takes this one's place (XEP-0353#tie-break-2)
	Nick     string   // of a propose of ours: what the caller is called (XEP-0172); it stands beside the element

	// Other has what else there is: descriptions that are none of RTP, and the <device/> (NSVerified) by which clients agree on the OMEMO
	// devices that encrypt the fingerprints of their certificates for each other.
	Other []Raw
}

// FindMessage returns the element of Jingle Message Initiation in a message stanza.
func FindMessage(p *xmlstream.Packet) (xmlstream.Element, bool) {
	for c := range p.Children() {
		if c.Space() == NSMessage {
			return c, true
		}
	}
	return xmlstream.Element{}, false
}

// ParseMessage reads an element of Jingle Message Initiation.
func ParseMessage(e xmlstream.Element) (*Message, error) {
	m := &Message{Kind: MessageKind(clone(e.Local()))}
	if e.Space() != NSMessage || !slices.Contains(messageKinds, m.Kind) {
		return nil, badRequest("this is no Jingle message")
	}
	r := reader{e: e}
	m.ID = r.required("id")
	for c := range e.Children() {
		if r.err != nil {
			return nil, r.err
		}
		r.err = m.child(c)
	}
	if r.err == nil && m.Kind == MessagePropose && len(m.Media) == 0 && len(m.Other) == 0 {
		r.fail("a propose needs a description")
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

func (m *Message) child(e xmlstream.Element) (err error) {
	switch {
	case e.Is(NSRTP, "description"):
		r := reader{e: e}
		if media := r.required("media"); r.err == nil && more(&r.err, len(m.Media), MaxMedia, "media") {
			m.Media = append(m.Media, media)
		}
		return r.err
	case e.Is(NS, "reason"):
		m.Reason, err = ParseReason(e)
	case e.Is(NSMessage, "tie-break"):
		m.TieBreak = true
	case e.Is(NSMessage, "migrated"):
		r := reader{e: e}
		m.Migrated, err = r.required("to"), r.err
	case e.Space() == NSMessage: // of a later version
	default:
		m.Other = keep(m.Other, e, &err)
	}
	return err
}

// Build writes the element, and the hint that all messages of this protocol carry (XEP-0353#usecases). The stanza is of type chat.
func (m *Message) Build(b *xmlstream.Builder) {
	b.Start(string(m.Kind), NSMessage, "id", m.ID)
	for _, media := range m.Media {
		b.Element("description", NSRTP, "", "media", media)
	}
	if m.Reason != nil {
		m.Reason.Build(b)
	}
	if m.TieBreak {
		b.Element("tie-break", "", "")
	}
	if m.Migrated != "" {
		b.Element("migrated", "", "", "to", m.Migrated)
	}
	buildRaw(b, m.Other)
	b.End()
	if m.Nick != "" {
		b.Element("nick", nsNick, m.Nick)
	}
	buildStore(b)
}

// buildStore writes the hint that has a message without a body archived (XEP-0334).
func buildStore(b *xmlstream.Builder) { b.Element("store", nsHints, "") }
