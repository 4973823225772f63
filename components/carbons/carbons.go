// Package carbons gives each of a user's clients a copy of what the others send and receive.
//
// Spec: XEP-0280 1.0.1 complete
// Spec: XEP-0297 1.0 complete
package carbons

import (
	"context"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of the elements; NSForward that of the wrapper (XEP-0297).
const (
	NS        = "urn:xmpp:carbons:2"
	NSRules   = "urn:xmpp:carbons:rules:0"
	NSForward = "urn:xmpp:forward:0"
)

const nsMUCUser = "http://jabber.org/protocol/muc#user"

// Service makes the copies.
type Service struct {
	srv  *xmppd.Server
	flag uint32 // of sessions that want copies
}

// Register puts carbons into s.
func Register(s *xmppd.Server) *Service {
	c := &Service{srv: s, flag: s.NewFlag()}
	s.CopyFlag(c.flag)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "enable", c.toggle(true))
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "disable", c.toggle(false))
	s.AddFeature(xmppd.ToServer, NS) // where clients look for it (XEP-0280#disco)
	s.AddFeature(xmppd.ToServer, NSRules)
	s.Hooks.Message.Add(xmppd.Rewrite, c.private)
	s.Hooks.Message.Add(xmppd.Deliver, c.copies)
	return c
}

// Enable switches copies for a session on, as the IQ does (XEP-0386 clients ask for it while binding).
func (c *Service) Enable(x *xmppd.Session) { x.SetFlag(c.flag, true) }

func (c *Service) toggle(on bool) xmppd.IQHandler {
	return func(_ context.Context, iq *xmppd.IQ) (any, error) {
		if !iq.Own() || iq.Origin == nil {
			return nil, xmppd.Errorf("forbidden", "")
		}
		iq.Origin.SetFlag(c.flag, on)
		return nil, nil
	}
}

// private notes what the sender wants to stay with one client (XEP-0280#avoiding). The mark stays on: who gets the message may see
// that the others did not.
func (c *Service) private(ev *xmppd.Message) error {
	if ev.Packet.Hints().Any(xmlstream.HintPrivate | xmlstream.HintNoCopy) {
		ev.NoCopy = true
	}
	return nil
}

// payloads are what makes a message of any type one of instant messaging (XEP-0280#recommended-rules: XEP-0184, XEP-0085, XEP-0333, and
// a direct invitation), besides a body; encrypted messages may do without one.
const payloads = xmlstream.HintBody | xmlstream.HintReceiptRequest | xmlstream.HintReceipt | xmlstream.HintMarkable | xmlstream.HintMarker |
	xmlstream.HintChatState | xmlstream.HintConferenceInvite | xmlstream.HintEncrypted

// eligible applies the rules of urn:xmpp:carbons:rules:0 (XEP-0280#recommended-rules).
func (c *Service) eligible(ev *xmppd.Message) bool {
	p := ev.Packet
	if ev.NoCopy || p.Hints().Has(xmlstream.HintCarbon) {
		return false
	}
	invite := false
	if x, ok := p.Child(nsMUCUser, "x"); ok {
		_, invite = x.Child(nsMUCUser, "invite")
		if !invite && ev.Side == xmppd.Inbound {
			return false // a private message in a room: the room gives it to all clients that are there
		}
	}
	switch p.Type() {
	case "groupchat", "headline":
		return false
	case "chat":
		return true
	case "error":
		return !c.aboutRoom(ev)
	}
	return invite || p.Hints().Any(payloads)
}

// aboutRoom reports whether an error answers groupchat, which is not copied. Nothing in an error says what it answers; but a room
// answers groupchat as itself and private messages as an occupant, and what a client answers to a room is as a rule groupchat.
func (c *Service) aboutRoom(ev *xmppd.Message) bool {
	other := ev.To
	if ev.Side == xmppd.Inbound {
		if other = ev.From; other.IsFull() {
			return false
		}
	}
	return slices.Contains(c.srv.ComponentDomains(), other.Domain())
}

// copies sends the copies once the message itself is settled.
func (c *Service) copies(ev *xmppd.Message) error {
	if ev.Side == xmppd.Outbound && ev.To.Bare() == ev.Owner {
		return nil // the inbound pass of the same account does it
	}
	var wrapped *xmlstream.Packet
	for _, t := range c.srv.Targets(ev.Owner) {
		if t.Flags&c.flag == 0 || t.JID == ev.From || reached(ev, t) {
			continue
		}
		if wrapped == nil {
			if !c.eligible(ev) {
				return nil
			}
			wrapped = wrap(ev)
		}
		c.srv.SendTo(t, addressed(wrapped, t.JID.String()))
	}
	return nil
}

func reached(ev *xmppd.Message, t xmppd.Target) bool {
	for _, x := range ev.Targets {
		if x.SID == t.SID {
			return true
		}
	}
	return false
}

func addressed(p *xmlstream.Packet, to string) *xmlstream.Packet {
	return p.Rewrite(xmlstream.Rewrite{To: xmlstream.Set(to)})
}

// wrap makes the copy without its 'to'. It is always from the account itself, or clients could be fooled
// (XEP-0280#security).
func wrap(ev *xmppd.Message) *xmlstream.Packet {
	direction := "received"
	if ev.Side == xmppd.Outbound {
		direction = "sent"
	}
	b := make([]byte, 0, 512+ev.Packet.Size())
	b = append(b, "<message"...)
	b = xmlstream.AppendAttr(b, "from", ev.Owner.String())
	if typ := ev.Packet.Type(); typ != "" && typ != "error" { // an error without <error/> would not be valid (RFC 6120 §8.3.1)
		b = xmlstream.AppendAttr(b, "type", typ)
	}
	b = append(append(append(b, "><"...), direction...), " xmlns='"+NS+"'><forwarded xmlns='"+NSForward+"'>"...)
	b = ev.Packet.Render(b, "", "", ev.StanzaIDElement(), xmlstream.Standalone)
	b = append(b, "</forwarded></"...)
	b = append(append(b, direction...), "></message>"...)
	p, err := xmlstream.Parse(b, xmppd.NSClient, xmlstream.S2S)
	if err != nil {
		panic("carbons: the copy is not well-formed: " + err.Error())
	}
	return p
}
