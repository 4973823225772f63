package muc

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// stanza is what came for a room; the events that are made of one embed it.
type stanza struct{ *xmppd.Stanza }

func (s stanza) inbound() *xmppd.Stanza { return s.Stanza }

// Deliver implements xmppd.Component.
func (m *Service) Deliver(_ context.Context, in *xmppd.Stanza) {
	if in.To.Local() == "" {
		m.serve(in)
		return
	}
	room := in.To.Bare()
	if node, ok := m.ownedBy(room); ok && m.send(node, in) {
		return
	}
	m.deliverHere(room, in)
}

// deliverHere gives a stanza to the room on this node, which opens if it may.
func (m *Service) deliverHere(room jid.JID, in *xmppd.Stanza) {
	e, err := newEvent(stanza{in})
	if err != nil {
		m.refuse(in, err)
		return
	}
	if e == nil || m.post(room, e) || m.sendAway(in) {
		return
	}
	m.refuse(in, errBusy)
}

// newEvent says what a stanza means for a room; nil without an error means nothing at all.
func newEvent(s stanza) (event, error) {
	switch s.Packet.Kind() {
	case xmlstream.Presence:
		return presenceEvent(s)
	case xmlstream.Message:
		return messageEvent(s)
	case xmlstream.IQ:
		return iqEvent(s)
	}
	return nil, nil
}

func presenceEvent(s stanza) (event, error) {
	switch s.Packet.Type() {
	case "":
		if x, ok := s.Packet.Child(NS, "x"); ok {
			return newJoin(s, x)
		}
		if s.To.Resource() == "" {
			return nil, xmppd.Errorf("jid-malformed", "a nickname is needed")
		}
		if s.Packet.Size() > maxPresence {
			return nil, errPresenceSize
		}
		return update{s}, nil
	case "unavailable":
		return exit{s}, nil
	case "error":
		return bounced{s}, nil
	}
	return nil, nil // rooms have no subscriptions, and who asks by a probe is no occupant (XEP-0045#bizrules-presence)
}

func messageEvent(s stanza) (event, error) {
	switch typ := s.Packet.Type(); {
	case typ == "error":
		return bounced{s}, nil
	case s.To.Resource() != "":
		if typ == "groupchat" {
			return nil, xmppd.Errorf("bad-request", "a message to one occupant is not of type groupchat") // XEP-0045#privatemessage
		}
		return privateMessage{s}, nil
	case typ == "groupchat":
		if isSubject(s.Packet) {
			return setSubject{s}, nil
		}
		s.Hold()
		return groupMessage{s}, nil
	case typ == "headline":
		return nil, nil
	case typ == "chat" && s.Packet.Hints().Has(xmlstream.HintJingleMessage):
		return toResident{s}, nil
	}
	return roomMessage(s)
}

func iqEvent(s stanza) (event, error) {
	switch s.Packet.Type() {
	case xmppd.Get, xmppd.Set:
		first, ok := s.Packet.First()
		if !ok {
			return nil, xmppd.Errorf("bad-request", "an IQ of type get or set has one child")
		}
		q := request{stanza: s, payload: first}
		if s.To.Resource() != "" {
			return occupantRequest{q}, nil
		}
		return roomRequest(q)
	}
	return answer{s}, nil
}

// sendAway passes a stanza on to any other node while this one is being stopped.
func (m *Service) sendAway(in *xmppd.Stanza) bool {
	m.mu.RLock()
	stopped := m.stopped
	m.mu.RUnlock()
	if !stopped {
		return false
	}
	for _, node := range m.srv.Node().Peers() {
		if m.send(node, in) {
			return true
		}
	}
	return false
}

// refuse answers a stanza with an error; nobody hears that he could not leave.
func (m *Service) refuse(in *xmppd.Stanza, err error) {
	defer in.Settled()
	if in.Packet.Kind() == xmlstream.Presence && in.Packet.Type() == "unavailable" {
		return
	}
	m.reply(in, xmppd.ErrorReply(in.Packet, m.srv.StanzaError(err)))
}

// refuseEvent refuses a stanza that the room could not take.
func (m *Service) refuseEvent(e event, err error) {
	switch e := e.(type) {
	case interface{ inbound() *xmppd.Stanza }:
		m.refuse(e.inbound(), err)
	case *ask:
		e.done(RoomInfo{}, err)
	case *attend:
		e.refuse(fault.Wrap(fault.Unavailable, err, "the room cannot be opened at the moment"))
	}
}

// result answers a request with a payload, which may be empty.
func (m *Service) result(in *xmppd.Stanza, payload []byte) {
	m.reply(in, resultPacket(in.Packet, payload))
}

func resultPacket(p *xmlstream.Packet, payload []byte) *xmlstream.Packet {
	return xmlstream.NewBuilder().Start("iq", "", "type", "result", "id", p.ID(), "from", p.To(), "to", p.From()).Raw(payload).Packet()
}
