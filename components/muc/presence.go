package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// clean is the presence of an occupant's session without addresses and without what only the room may say (XEP-0045#bizrules-presence).
// Guests say no more than they are shown of others, and nothing while they are silenced.
func (r *Room) clean(p *xmlstream.Packet, o *occupant, full jid.JID) *xmlstream.Packet {
	if r.mute(o, full) != nil {
		return p.Rewrite(xmlstream.Rewrite{From: xmlstream.Remove(), To: xmlstream.Remove(), Drop: func(xmlstream.Element) bool { return true }})
	}
	return clean(p, o.guest)
}

func clean(p *xmlstream.Packet, guest bool) *xmlstream.Packet {
	drop := isRoomElement
	if guest {
		drop = hiddenPresence
	}
	return p.Rewrite(xmlstream.Rewrite{From: xmlstream.Remove(), To: xmlstream.Remove(), Drop: drop})
}

// extras are what the room adds to a presence of s for those who see real JIDs and for those who do not.
func (s *session) extras() (full, anon []byte) {
	if s.full == nil {
		o := s.occupant
		i := item{affiliation: o.affiliation, role: o.role}
		s.anon = appendUser(append(make([]byte, 0, 384), o.mark...), &i, nil)
		i.jid = s.jid.String()
		s.full = appendUser(append(make([]byte, 0, 384), o.mark...), &i, nil)
	}
	return s.full, s.anon
}

// visible reports whether the room passes on the occupant's presence to all (XEP-0045#roomconfig: presencebroadcast; and
// Config.QuietAbove).
func (r *Room) visible(o *occupant) bool {
	return r.cfg.Broadcast.has(o.role) && (o.role == Moderator || len(r.occupants) <= r.svc.cfg.QuietAbove)
}

// notice is a presence of the room about an occupant, apart from whom it goes to.
type notice struct {
	base  *xmlstream.Packet
	from  string
	id    []byte // occupant.mark
	item  item   // without jid
	jid   jid.JID
	more  []byte // further content of <x/>
	codes []int
}

// tellSelf sends n to sessions of the occupant himself. They get code 110 as well, and the codes in extra.
func (r *Room) tellSelf(n *notice, self []*xmppd.Recipient, extra ...int) {
	if len(self) == 0 {
		return
	}
	i := n.item
	i.jid = n.jid.String()
	codes := append(append([]int{codeSelf}, extra...), n.codes...)
	r.send(n.base, n.from, appendUser(append([]byte(nil), n.id...), &i, n.more, codes...), self)
}

// tellOthers sends n to everybody but the sessions of o: with the real JID to those who see it, and to guests without what
// clients have added.
func (r *Room) tellOthers(o *occupant, n *notice) {
	full, anon, guests := r.scratch[0][:0], r.scratch[1][:0], r.scratch[3][:0]
	for i, s := range r.all {
		switch {
		case s.occupant == o:
		case r.sees(s.occupant):
			full = append(full, r.recipients[i])
		case s.occupant.guest:
			guests = append(guests, r.recipients[i])
		default:
			anon = append(anon, r.recipients[i])
		}
	}
	r.scratch[0], r.scratch[1], r.scratch[3] = full, anon, guests
	if len(guests)+len(anon) > 0 {
		extra := appendUser(append([]byte(nil), n.id...), &n.item, n.more, n.codes...)
		if len(anon) > 0 {
			r.send(n.base, n.from, extra, anon)
		}
		if len(guests) > 0 {
			r.send(forGuests(n.base, hiddenPresence), n.from, extra, guests)
		}
	}
	if len(full) > 0 {
		i := n.item
		i.jid = n.jid.String()
		r.send(n.base, n.from, appendUser(append([]byte(nil), n.id...), &i, n.more, n.codes...), full)
	}
}

// own are the recipients of an occupant's sessions except one, which may be nil. The slice is valid until the next call.
func (r *Room) own(o *occupant, except *session) []*xmppd.Recipient {
	out := r.scratch[2][:0]
	for _, s := range o.sessions {
		if s != except {
			out = append(out, s.to)
		}
	}
	r.scratch[2] = out
	return out
}

// send gives a shared packet to recipients and notes those that are gone.
func (r *Room) send(p *xmlstream.Packet, from string, extra []byte, to []*xmppd.Recipient) {
	if gone := r.svc.srv.Fanout(p, from, extra, to); len(gone) > 0 {
		r.lost = append(r.lost, gone...)
	}
}

// publish tells the room the presence of one session. Why has the reason and the actor of a change, if any; codes go to that
// session alone.
func (r *Room) publish(s *session, why item, codes ...int) {
	o := s.occupant
	n := notice{
		base: s.base, from: o.addr, id: o.mark, jid: s.jid,
		item: item{affiliation: o.affiliation, role: o.role, actor: why.actor, reason: why.reason},
	}
	switch {
	case r.visible(o):
		r.tellOthers(o, &n)
		o.shown = true
	case o.shown && !r.cfg.Broadcast.has(o.role): // his role is not shown any longer
		r.publishGone(o, &notice{base: goneBase, from: o.addr, id: o.mark, jid: s.jid, item: item{affiliation: o.affiliation}})
		o.shown = false
	}
	if others := r.own(o, s); len(others) > 0 {
		r.tellSelf(&n, others)
	}
	r.tellSelf(&n, []*xmppd.Recipient{s.to}, codes...)
	r.mirror(s)
}

// publishAll tells the room the presence of all sessions of o, after his role or affiliation has changed.
func (r *Room) publishAll(o *occupant, why item) {
	o.forget()
	r.seen(o, false, o.sessions...)
	for _, s := range o.sessions {
		r.publish(s, why)
	}
}

// publishGone tells everybody but o's own sessions that he is gone.
func (r *Room) publishGone(o *occupant, n *notice) {
	if !o.shown {
		return
	}
	r.tellOthers(o, n)
}

// introduce sends s the presence of everybody else, the sessions of one occupant in the order of their last change.
func (r *Room) introduce(s *session) {
	to := []*xmppd.Recipient{s.to}
	full := r.sees(s.occupant)
	for _, other := range r.all {
		o := other.occupant
		if o == s.occupant || other != o.primary() || !r.visible(o) {
			continue
		}
		for _, x := range o.sessions {
			named, anon := x.extras()
			switch {
			case full:
				r.send(x.base, o.addr, named, to)
			case s.occupant.guest:
				r.send(x.guestBase(), o.addr, anon, to)
			default:
				r.send(x.base, o.addr, anon, to)
			}
		}
	}
	r.showResident([]*session{s}, nil)
}

// sweep makes those leave who turned out to be gone (XEP-0045#impl-service-ghosts).
func (r *Room) sweep() {
	for len(r.lost) > 0 {
		lost := r.lost
		r.lost = nil
		for _, to := range lost {
			if s := r.sessions[to.JID]; s != nil && s.to == to {
				r.exit(s, goneBase, codeError)
			}
		}
	}
}
