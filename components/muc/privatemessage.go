package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// privateMessage is a message to one occupant (XEP-0045#privatemessage).
type privateMessage struct{ stanza }

func (p privateMessage) apply(r *Room) {
	if r.isResident(p.To) {
		p.handOver(r)
		return
	}
	from, to, err := p.ends(r)
	if err != nil {
		r.svc.refuse(p.Stanza, err)
		return
	}
	first, drop := to.primary(), func(e xmlstream.Element) bool { return isRoomElement(e) || r.forged(e) }
	if from.guest || to.guest {
		said := drop
		drop = func(e xmlstream.Element) bool { return said(e) || r.hidden(e) }
	}
	x := append(append([]byte(nil), from.idXML...), "<x xmlns='"+NSUser+"'/>"...)
	pkt := p.Packet.Rewrite(xmlstream.Rewrite{
		From: xmlstream.Set(from.addr), To: xmlstream.Set(first.jid.String()), Append: x, Drop: drop,
	})
	// One copy takes the way of any message, with the recipient's archive; his other sessions in the room get it directly.
	if !r.route(pkt) {
		r.svc.refuse(p.Stanza, errBusy)
		return
	}
	r.private.add(sent{id: pkt.ID(), from: p.From, to: first.jid, as: to.addr})
	if others := r.own(to, first); len(others) > 0 {
		r.send(pkt, "", nil, others)
	}
}

// ends are sender and recipient, or why the message must not be sent.
func (p privateMessage) ends(r *Room) (from, to *occupant, err error) {
	if r.state == absent {
		return nil, nil, xmppd.Errorf("item-not-found", "there is no such room")
	}
	from, to = r.occupantOf(p.From), r.occupants[p.To.Resource()]
	switch {
	case from == nil:
		return nil, nil, xmppd.Errorf("not-acceptable", "you are not in the room")
	case to == nil:
		return nil, nil, xmppd.Errorf("item-not-found", "there is nobody of that name in the room")
	case !r.cfg.AllowPM.covers(from.role):
		return nil, nil, xmppd.Errorf("forbidden", "you must not send private messages in this room")
	case p.Packet.Size() > r.svc.cfg.MessageBytes:
		return nil, nil, xmppd.Errorf("policy-violation", "the message is larger than %d bytes", r.svc.cfg.MessageBytes)
	}
	for _, end := range []struct {
		o    *occupant
		full jid.JID
	}{{from, p.From}, {to, to.primary().jid}} {
		if err := r.mute(end.o, end.full); err != nil {
			return nil, nil, err
		}
	}
	return from, to, r.throttle(from)
}

// sent is a message that the room has passed on for somebody, who is told when it bounces.
type sent struct {
	id       string
	from, to jid.JID
	as       string // what the sender knows the recipient by
}

// recentMessages are the last messages that were passed on. Older ones bounce unheard.
type recentMessages struct {
	ring []sent
	next int
}

const rememberedMessages = 64

func (l *recentMessages) add(s sent) {
	if s.id == "" {
		return
	}
	s.from, s.to = s.from.Clone(), s.to.Clone()
	if len(l.ring) < rememberedMessages {
		l.ring = append(l.ring, s)
		return
	}
	l.ring[l.next] = s
	l.next = (l.next + 1) % rememberedMessages
}

func (l *recentMessages) find(id string, to jid.JID) (sent, bool) {
	for _, s := range l.ring {
		if s.id == id && (s.to == to || s.to == to.Bare()) {
			return s, true
		}
	}
	return sent{}, false
}

// passOn gives an error to whom the bounced message came from, and reports whether there was such a message.
func (b bounced) passOn(r *Room) bool {
	if b.Packet.Kind() != xmlstream.Message || b.Packet.ID() == "" {
		return false
	}
	s, ok := r.private.find(b.Packet.ID(), b.From)
	switch {
	case !ok:
	case r.svc.isGuest(s.from.Bare()): // an error may say by whom it is
		asked := xmlstream.NewBuilder().Start("message", "", "id", s.id, "from", s.from.String(), "to", s.as).Packet()
		r.route(xmppd.ErrorReply(asked, xmppd.Errorf("service-unavailable", "")))
	default:
		r.route(b.Packet.Rewrite(xmlstream.Rewrite{From: xmlstream.Set(s.as), To: xmlstream.Set(s.from.String()), Drop: isRoomElement}))
	}
	return ok
}
