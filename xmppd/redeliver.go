package xmppd

import (
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// redeliver deals with what a session that has ended did not confirm (XEP-0198#acking): messages go to the account's other
// sessions or to the offline store, each exactly once; requests are answered with an error; presence is dropped.
func (s *Server) redeliver(x *Session, entries []entry) {
	for _, e := range entries {
		s.redeliverOne(x.jid, e)
	}
}

func (s *Server) redeliverOne(full jid.JID, e entry) {
	p := e.pkt
	if p == nil {
		return
	}
	switch p.Kind() {
	case xmlstream.IQ:
		if p.Type() == Get || p.Type() == Set {
			// A request without 'from', such as a roster push, is the account's own: nobody waits for an answer.
			if q := addressed(p, e); q.From() != "" {
				s.Route(ErrorReply(q, Errorf("recipient-unavailable", "")))
			}
		}
	case xmlstream.Message:
		s.redeliverMessage(full, e)
	}
}

// addressed is the packet as this recipient would have seen it.
func addressed(p *xmlstream.Packet, e entry) *xmlstream.Packet {
	r := xmlstream.Rewrite{Append: e.extra}
	if e.from != "" {
		r.From = xmlstream.Set(e.from)
	}
	if e.to != "" {
		r.To = xmlstream.Set(e.to)
	}
	if e.from == "" && e.to == "" && e.extra == nil {
		return p
	}
	return p.Rewrite(r)
}

// redeliverMessage handles a message that one session did not get. It was archived before; so it is not passed through
// the hooks again. Copies made for one session only (carbons, archive results) and groupchat are not passed on.
func (s *Server) redeliverMessage(full jid.JID, e entry) {
	p := addressed(e.pkt, e)
	bare := full.Bare()
	if e.pkt.Type() == "groupchat" {
		if s.isBound(full) { // by another session, which may be in the room: an error would put it out
			return
		}
		if r := ErrorReply(p, Errorf("recipient-unavailable", "")); r != nil {
			s.routeNotice(r)
		}
		return
	}
	if e.pkt.Type() == "error" || e.pkt.Type() == "headline" || forOneSession(p) || !s.offline.keeps(p) {
		return
	}
	to := bare.String()
	p = p.Rewrite(xmlstream.Rewrite{To: xmlstream.Set(to)})
	d := s.decideMessage(p, bare)
	switch d.ruling {
	case deliver:
		for _, t := range d.targets {
			// The session that has the resource now was not there, or was not asked, when the other one got the message.
			if t.JID == full || !s.hasCopy(t, e) {
				s.toTarget(t, p, nil)
			}
		}
	case storeOffline:
		ev := &Message{Context: s.ctx, Side: Inbound, Owner: bare, To: bare, Packet: p, Batch: new(store.Batch), Offline: true}
		ev.From, _ = jid.Parse(p.From())
		if err := s.offline.add(ev.Batch, ev); err != nil {
			s.log.Warn("an undelivered message could not be kept", "account", bare, "err", err)
			return
		}
		ev.Batch.OnCommit(func(err error) {
			if err != nil {
				s.log.Error("an undelivered message could not be stored", "account", bare, "err", err)
				return
			}
			go s.offline.arrived(bare)
		})
		if err := s.db.Submit(ev.Batch); err != nil {
			s.log.Error("an undelivered message could not be stored", "account", bare, "err", err)
		}
	}
}

// forOneSession reports whether p was made for a single session: a carbon or an archive result.
func forOneSession(p *xmlstream.Packet) bool {
	return p.Hints().Has(xmlstream.HintCarbon) || p.Has("urn:xmpp:mam:2", "result")
}

// hasCopy reports whether t got the message when it was first delivered: because it gets carbons, or because the message
// went to the bare JID while t was available already.
func (s *Server) hasCopy(t Target, e entry) bool {
	if s.copyFlag != 0 && t.Flags&s.copyFlag != 0 {
		return true
	}
	if to, err := jid.Parse(e.pkt.To()); err != nil || to.IsFull() {
		return false
	}
	return t.local == nil || e.at == 0 || int32(s.clockOf(t.local.presence.Load().Since)-e.at) < 0
}
