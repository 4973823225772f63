package pubsub

import (
	"encoding/binary"
	"errors"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Envelopes between nodes.
const (
	kindEvent = "pubsub.event" // a notification, and whose sessions may get it
	kindMeet  = "pubsub.meet"  // owner, account, node: send the last items
)

var errEnvelope = errors.New("malformed envelope")

func appendPart[T string | []byte](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

func takePart(b []byte) (part, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || uint64(len(b)-k) < n {
		return nil, nil, errEnvelope
	}
	return b[k : k+int(n) : k+int(n)], b[k+int(n):], nil
}

func takeJID(b []byte) (j jid.JID, rest []byte, err error) {
	part, rest, err := takePart(b)
	if err == nil {
		j, err = jid.ParseBytes(part)
	}
	return j, rest, err
}

// marshalEvent is: service, serial of the item, node, reply, packet, and for each account: its JID, + when it sees the owner's presence, the number of
// its subscriptions, and these.
func marshalEvent(nt *notice, list []audience) []byte {
	b := appendPart(nil, nt.node.service.String())
	b = binary.AppendUvarint(b, uint64(nt.item))
	b = appendPart(b, nt.node.name)
	b = appendPart(b, nt.reply)
	b = appendPart(b, nt.pkt.Raw())
	for _, a := range list {
		b = appendPart(b, a.bare.String())
		mark := "-"
		if a.presence {
			mark = "+"
		}
		b = appendPart(b, mark)
		b = binary.AppendUvarint(b, uint64(len(a.addresses)))
		for _, x := range a.addresses {
			b = appendPart(b, x.String())
		}
	}
	return b
}

func unmarshalEvent(b []byte) (nt notice, list []audience, err error) {
	nt.node = &node{}
	if nt.node.service, b, err = takeJID(b); err != nil {
		return nt, nil, err
	}
	item, k := binary.Uvarint(b)
	if k <= 0 {
		return nt, nil, errEnvelope
	}
	nt.item, b = int64(item), b[k:]
	var parts [3][]byte
	for i := range parts {
		if parts[i], b, err = takePart(b); err != nil {
			return nt, nil, err
		}
	}
	nt.node.name, nt.reply = string(parts[0]), parts[1]
	if nt.pkt, err = xmlstream.Parse(parts[2], xmppd.NSClient, xmlstream.S2S); err != nil {
		return nt, nil, err
	}
	for len(b) > 0 {
		var a audience
		if a, b, err = takeAudience(b); err != nil {
			return nt, nil, err
		}
		list = append(list, a)
	}
	return nt, list, nil
}

func takeAudience(b []byte) (a audience, rest []byte, err error) {
	if a.bare, b, err = takeJID(b); err != nil {
		return a, nil, err
	}
	mark, b, err := takePart(b)
	if err != nil {
		return a, nil, err
	}
	a.presence = string(mark) == "+"
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)) {
		return a, nil, errEnvelope
	}
	b = b[k:]
	for range n {
		var j jid.JID
		if j, b, err = takeJID(b); err != nil {
			return a, nil, err
		}
		a.addresses = append(a.addresses, j)
	}
	return a, b, nil
}

func (p *Service) receiveEvent(from cluster.NodeID, b []byte) {
	nt, list, err := unmarshalEvent(b)
	if err != nil {
		p.srv.Log().Error("an event cannot be read", "node", from, "err", err)
		return
	}
	sh := p.engine.shard(nt.node.service)
	sh.accounts.forget(nt.node.service)
	sh.lane.post(func() {
		for _, a := range list {
			p.deliver(&nt, a)
		}
	})
}

func marshalMeet(owner, who jid.JID, name string) []byte {
	return appendPart(appendPart(appendPart(nil, owner.String()), who.String()), name)
}

func (p *Service) receiveMeet(from cluster.NodeID, b []byte) {
	owner, b, err := takeJID(b)
	if err == nil {
		var who jid.JID
		if who, b, err = takeJID(b); err == nil {
			var name []byte
			if name, _, err = takePart(b); err == nil {
				p.engine.shard(owner).accounts.forget(owner)
				p.meetHere(owner, who, string(name))
				return
			}
		}
	}
	p.srv.Log().Error("an envelope cannot be read", "node", from, "err", err)
}
