package telephony

import (
	"context"
	"slices"
	"strings"

	"plenum/components/call"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// The domain of numbers, as XMPP clients see it: NUMBER@pbx.example.org can be added as a contact, shows that it takes calls, and is called
// like anybody else. The domain itself is a gateway to the telephone network.

const (
	resource  = "sip" // of numbers
	nsGateway = "jabber:iq:gateway"
)

// Numbers are what carries the calls of XMPP clients with this domain.
type Numbers interface {
	// Deliver takes what has come for a number; it reports false for what is not about calls.
	Deliver(resident jid.JID, in *xmppd.Stanza) bool
	// Caps is the <c/> of the presence of numbers.
	Caps(domain string) []byte
	// Features are those that numbers announce. The list is the caller's.
	Features(domain string) []string
}

// Identities are those of numbers (XEP-0030).
func Identities() []disco.Identity {
	return []disco.Identity{{Category: "client", Type: "phone", Name: "Telephone number"}}
}

// Resource is that of numbers.
const Resource = resource

// A pbx serves the domain of numbers.
type pbx struct {
	*Service
	numbers Numbers
}

// Serve puts the domain of numbers into the server, before it starts.
func (s *Service) Serve(n Numbers) {
	p := &pbx{s, n}
	s.teamFaces.caps = p.teamCaps()
	s.srv.AddComponent(s.domain, p)
}

// Deliver implements xmppd.Component.
func (p *pbx) Deliver(_ context.Context, in *xmppd.Stanza) {
	to := in.To
	if !p.srv.IsHost(in.From.Domain()) {
		p.refuse(in, xmppd.Errorf("forbidden", "only users of this server have telephones"))
		return
	}
	if p.toTeam(in) {
		return
	}
	if in.Packet.Kind() == xmlstream.Presence {
		p.presence(in)
		return
	}
	if to.Local() == "" && p.gateway(in) {
		return
	}
	if p.passedOn(in) {
		return
	}
	resident, ok := p.resident(to)
	if ok && p.numbers.Deliver(resident, in) {
		return
	}
	switch {
	case in.Packet.Type() == "error", in.Packet.Kind() == xmlstream.IQ && in.Packet.Type() == "result":
	case !ok:
		p.refuse(in, xmppd.Errorf("item-not-found", "this is no number"))
	default:
		p.refuse(in, xmppd.Errorf("service-unavailable", "a telephone number takes calls only"))
	}
}

// passedOn lets the node have it that has the telephones, if that is another one.
func (p *pbx) passedOn(in *xmppd.Stanza) bool {
	node, far := p.nodes.elsewhere()
	return far && !p.inCall(in.From.Bare()) && p.srv.RouteOn(node, in.Packet)
}

// inCall reports whether a user is in a call of this node: one that has begun while no other node spoke SIP goes on here.
func (p *pbx) inCall(user jid.JID) bool {
	return slices.ContainsFunc(p.Calls(), func(c LiveCall) bool { return c.In(user) })
}

// resident is the full JID of a number. It reports false for what cannot be dialled.
func (p *pbx) resident(to jid.JID) (jid.JID, bool) {
	if _, named := teamOf(to); named {
		return jid.JID{}, false
	}
	if r := to.Resource(); r != "" && r != resource {
		return jid.JID{}, false
	}
	full, err := to.Bare().WithResource(resource)
	return full, err == nil
}

func (p *pbx) refuse(in *xmppd.Stanza, e *xmppd.StanzaError) {
	if in.Packet.Kind() == xmlstream.Presence && in.Packet.Type() == "unavailable" {
		return
	}
	if reply := xmppd.ErrorReply(in.Packet, e); reply != nil {
		p.srv.Route(reply)
	}
}

// presence lets everybody have numbers as contacts, and shows them as there: some clients call only who is (XEP-0100#addressing).
func (p *pbx) presence(in *xmppd.Stanza) {
	full, ok := p.resident(in.To)
	if local := in.To.Local(); !ok || dialledBy(local) != local { // a call that is taken is nobody's contact
		if in.Packet.Type() == "subscribe" {
			p.send("unsubscribed", in.To.Bare(), in.From.Bare())
		}
		return
	}
	number, user := full.Bare(), in.From.Bare()
	switch in.Packet.Type() {
	case "subscribe":
		p.send("subscribed", number, user)
		p.send("subscribe", number, user)
		p.show(full, user)
	case "probe", "":
		p.show(full, in.From)
	case "unsubscribe":
		p.send("unsubscribed", number, user)
		p.send("unavailable", full, user)
	}
}

func (p *pbx) send(typ string, from, to jid.JID) {
	p.srv.Route(xmlstream.NewBuilder().Element("presence", "", "", "type", typ, "from", from.String(), "to", to.String()).Packet())
}

func (p *pbx) show(full, to jid.JID) {
	b := xmlstream.NewBuilder().Start("presence", "", "from", full.String(), "to", to.String())
	p.srv.Route(b.Raw(p.numbers.Caps(p.domain)).End().Packet())
}

// gateway answers for the domain itself.
func (p *pbx) gateway(in *xmppd.Stanza) bool {
	q, ok := in.Packet.First()
	if !ok || in.Packet.Kind() != xmlstream.IQ {
		return false
	}
	typ := in.Packet.Type()
	iq := p.srv.NewIQ(in, q)
	node, _ := q.Attr("node")
	switch {
	case typ == xmppd.Get && q.Is(disco.NSInfo, "query") && node == "" && in.To.Resource() == "":
		iq.Result((&disco.Info{
			Identities: []disco.Identity{{Category: "gateway", Type: "pstn", Name: "Telephone"}, {Category: "gateway", Type: "sip", Name: "Telephone"}},
			Features:   []string{disco.NSInfo, disco.NSItems, nsGateway, `jid\20escaping`},
		}).Append(nil))
	case typ == xmppd.Get && q.Is(disco.NSItems, "query"):
		iq.Result(disco.AppendItems(nil, node, nil))
	case typ == xmppd.Get && q.Is(nsGateway, "query"):
		iq.Result(xmlstream.NewBuilder().Start("query", nsGateway).
			Element("desc", "", "Enter the number as you would dial it, or with + and the country code.").Element("prompt", "", "Telephone number").End().Bytes())
	case typ == xmppd.Set && q.Is(nsGateway, "query"):
		p.translate(iq, q)
	default:
		return false
	}
	return true
}

// translate gives the address of a number that somebody has typed in (XEP-0100#addressing-iqgateway).
func (p *pbx) translate(iq *xmppd.IQ, q xmlstream.Element) {
	prompt, _ := q.Child(nsGateway, "prompt")
	number := clean(strings.TrimSpace(prompt.Text()))
	j, err := jid.New(number, p.domain, "")
	if number == "" || err != nil {
		iq.Error(xmppd.Errorf("not-acceptable", "this is no telephone number"))
		return
	}
	iq.Result(xmlstream.NewBuilder().Start("query", nsGateway).Element("jid", "", j.String()).End().Bytes())
}

// ClientCalls takes the calls of XMPP clients to numbers, from whatever carries them.
type ClientCalls struct{ *Service }

// Incoming takes a call of a client to a number.
func (c ClientCalls) Incoming(from, to jid.JID, leg call.Leg, o call.Offer) (call.Sink, error) {
	user, ok := c.People.Get(from.Bare())
	if !ok {
		return nil, fault.New(fault.Forbidden, "only users of this server have telephones")
	}
	number, err := c.numberAt(to)
	if err != nil {
		return nil, err
	}
	return c.Service.Incoming(Caller{User: user.JID, Language: user.Language}, number, leg, o)
}
