package xmppd

import (
	"errors"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// deliveryKind says what the receiving node does with a stanza.
type deliveryKind byte

const (
	toOne      deliveryKind = iota // to the session bare/resource; if it is gone, as RFC 6121 §8.5 says
	toAudience                     // to the sessions of bare in the audience, except resource
	toRoute                        // to this node's router: an account's presence, a component's stanza
	toKick                         // the session that extra names ends
)

// kindStanza is the envelope that carries a delivery.
const kindStanza = "stanza"

// delivery is what one node asks another to do with a stanza.
type delivery struct {
	kind     deliveryKind
	audience Audience
	bare     jid.JID
	resource string
	pkt      *xmlstream.Packet // nil for toKick
	extra    []byte
}

var errEnvelope = errors.New("malformed envelope")

func (d *delivery) marshal() []byte {
	var raw []byte
	if d.pkt != nil {
		raw = d.pkt.Raw()
	}
	b := make([]byte, 0, 32+len(raw)+len(d.extra)+len(d.bare.String())+len(d.resource))
	b = append(b, byte(d.kind), byte(d.audience))
	b = appendField(b, d.bare.String())
	b = appendField(b, d.resource)
	b = appendField(b, d.extra)
	return appendField(b, raw)
}

func unmarshalDelivery(b []byte) (d delivery, err error) {
	if len(b) < 2 {
		return d, errEnvelope
	}
	d.kind, d.audience = deliveryKind(b[0]), Audience(b[1])
	b = b[2:]
	var f [4][]byte
	for i := range f {
		if f[i], b, err = takeField(b); err != nil {
			return d, err
		}
	}
	if d.bare, err = jid.Parse(string(f[0])); err != nil {
		return d, err
	}
	d.resource = string(f[1])
	if len(f[2]) > 0 {
		d.extra = f[2]
	}
	if len(f[3]) > 0 {
		d.pkt, err = xmlstream.Parse(f[3], NSClient, xmlstream.S2S)
	}
	return d, err
}

func (s *Server) sendEnvelope(node cluster.NodeID, d delivery) bool {
	if err := s.node.Bus.Send(node, cluster.Envelope{Kind: kindStanza, Payload: d.marshal()}); err != nil {
		s.log.Warn("another node cannot be reached", "node", node, "err", err)
		return false
	}
	return true
}

// OnNode registers the receiver of a component's own envelopes. It is called in order and must not block.
func (s *Server) OnNode(kind string, fn func(from cluster.NodeID, payload []byte)) {
	s.mustRegister()
	s.kinds[kind] = fn
}

// SendNode sends a component's envelope to one node, in order with everything else that goes there.
func (s *Server) SendNode(to cluster.NodeID, kind string, payload []byte) error {
	return s.node.Bus.Send(to, cluster.Envelope{Kind: kind, Payload: payload})
}

// Announce sends a component's envelope to all other nodes, best effort.
func (s *Server) Announce(kind string, payload []byte) {
	if err := s.node.Bus.Publish(cluster.Envelope{Kind: kind, Payload: payload}); err != nil {
		s.log.Warn("the other nodes cannot be told", "kind", kind, "err", err)
	}
}

// RouteOn has another node route a stanza, as its Route would. A component uses it for what another node owns.
func (s *Server) RouteOn(node cluster.NodeID, p *xmlstream.Packet) bool {
	to, err := jid.Parse(p.To())
	if err != nil {
		return false
	}
	return s.sendEnvelope(node, delivery{kind: toRoute, bare: to, pkt: p})
}

func (s *Server) receiveEnvelope(e cluster.Envelope) {
	defer func() {
		if r := recover(); r != nil {
			s.bug("an envelope", r)
		}
	}()
	if e.Kind != kindStanza {
		if fn := s.kinds[e.Kind]; fn != nil {
			fn(e.From, e.Payload)
			return
		}
		s.log.Warn("an envelope of unknown kind", "kind", e.Kind, "node", e.From)
		return
	}
	d, err := unmarshalDelivery(e.Payload)
	if err != nil {
		s.log.Error("an envelope cannot be read", "node", e.From, "err", err)
		return
	}
	s.accept(e.From, d)
}

func (s *Server) accept(from cluster.NodeID, d delivery) {
	switch d.kind {
	case toOne:
		full, err := d.bare.WithResource(d.resource)
		if err != nil {
			return
		}
		if x := s.Session(full); x == nil || !x.SendAs(d.pkt, "", "", d.extra) {
			s.redeliverOne(full, stanzaEntry(d.pkt, d.extra))
		}
	case toAudience:
		except := jid.JID{}
		if d.resource != "" {
			except, _ = d.bare.WithResource(d.resource)
		}
		s.sendLocal(d.bare, d.audience, d.pkt, except)
	case toRoute:
		if from, err := jid.Parse(d.pkt.From()); err == nil {
			s.routeHere(d.pkt, from, d.bare)
		}
	case toKick:
		s.kicked(from, d.bare, d.extra)
	}
}

// routeHere is for stanzas that another node has found to belong to this one.
func (s *Server) routeHere(p *xmlstream.Packet, from, to jid.JID) {
	if c := s.components[to.Domain()]; c != nil {
		c.Deliver(s.ctx, &Stanza{From: from, To: to, Packet: p})
		return
	}
	if p.Kind() == xmlstream.Presence {
		s.presenceHere(p, from, to)
		return
	}
	s.Route(p)
}

// nodeDown is called on one surviving node after another has died: what was under way to it is delivered again, and its
// sessions are reported unavailable.
func (s *Server) nodeDown(d cluster.Down) {
	s.log.Error("a node is gone; its sessions are cleared", "node", d.Node, "sessions", len(d.Sessions), "undelivered", len(d.Undelivered))
	for _, r := range d.Sessions {
		if full, err := jid.Parse(r.Bare + "/" + r.Resource); err == nil && r.Available {
			s.goneElsewhere(full)
		}
	}
	for _, f := range s.Hooks.NodeDown.list {
		f(d)
	}
	for _, e := range d.Undelivered { // after components know that the node is gone: they must not pass it there again
		s.undelivered(d.Node, e)
	}
}

// undelivered deals with an envelope whose receiver is gone: what was for one session is delivered to the account's others, or
// kept, and a component gets its own back. The rest is presence, and the node's end is told by itself.
func (s *Server) undelivered(to cluster.NodeID, e cluster.Envelope) {
	if e.Kind != kindStanza {
		for _, f := range s.Hooks.Undelivered.list {
			f(to, e)
		}
		return
	}
	d, err := unmarshalDelivery(e.Payload)
	if err != nil || d.pkt == nil || d.kind != toOne {
		return
	}
	if full, err := d.bare.WithResource(d.resource); err == nil {
		s.redeliverOne(full, stanzaEntry(d.pkt, d.extra))
	}
}

// displaced is called for a session whose place another node has given away while this one was cut off.
func (s *Server) displaced(r cluster.Session) {
	bare, err := jid.Parse(r.Bare)
	if err != nil {
		return
	}
	for _, x := range s.users.get(bare) {
		if x.sid == r.SID {
			x.end("conflict", "the resource was bound again")
		}
	}
}

// returned is called when this node is back among the others, which have reported its sessions unavailable meanwhile: their
// presence is sent again.
func (s *Server) returned() {
	for _, x := range s.AllSessions() {
		if p := x.Presence(); p.Available {
			out := s.newPresenceOut(x.jid, p.Packet, x)
			out.broadcast()
		}
	}
}
