package xmppd

import (
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// sendCurrent gives out a session's last presence. When it changes meanwhile, the new one is given too: it may have been sent to
// the same recipient before the old one was.
func (s *Server) sendCurrent(y *Session, send func(*xmlstream.Packet)) {
	last := y.Presence()
	if !last.Available {
		return
	}
	for {
		send(last.Packet)
		now := y.Presence()
		if !now.Available {
			send(unavailableFrom(y.jid))
			return
		}
		if now.Packet == last.Packet {
			return
		}
		last = now
	}
}

// showOnline sends the present presence of all the owner's sessions, on all nodes, to somebody who may see it.
func (s *Server) showOnline(owner, to jid.JID) {
	s.showHere(owner, to)
	for _, node := range s.availableNodes(owner) {
		s.sendProbe(node, true, to, []jid.JID{owner})
	}
}

func (s *Server) showHere(owner, to jid.JID) {
	for _, y := range s.users.get(owner) {
		s.sendCurrent(y, func(p *xmlstream.Packet) {
			out := s.newPresenceOut(y.jid, p, y)
			out.to(to)
			out.flush()
		})
	}
}

func (s *Server) availableNodes(bare jid.JID) []cluster.NodeID {
	var seen []cluster.NodeID
next:
	for _, r := range s.remote(bare) {
		if !r.Available {
			continue
		}
		for _, n := range seen {
			if n == r.Node {
				continue next
			}
		}
		seen = append(seen, r.Node)
	}
	return seen
}

// probeContacts gets a session that has just become available the presence of its contacts and of the account's other sessions
// (RFC 6121 §4.3). Those on other nodes answer by themselves.
func (s *Server) probeContacts(x *Session) {
	own, order := x.jid.Bare(), x.Presence().order
	far := map[cluster.NodeID][]jid.JID{}
	ask := func(contact jid.JID) {
		if c := s.components[contact.Domain()]; c != nil {
			s.probeComponent(c, x, contact)
			return
		}
		if list := s.users.get(contact); len(list) > 0 && !s.SharesPresence(s.ctx, contact, own) {
			s.refuseProbe(x.jid, contact)
			return
		}
		for _, y := range s.users.get(contact) {
			if y.Presence().order < order { // those that come later send their presence here by themselves
				s.sendCurrent(y, func(p *xmlstream.Packet) { s.answerHere(x, y, p) })
			}
		}
		for _, node := range s.availableNodes(contact) {
			far[node] = append(far[node], contact)
		}
	}
	items, err := s.RosterItems(s.ctx, own)
	if err != nil {
		x.Log().Error("the roster cannot be read", "err", err)
		return
	}
	for item := range items {
		if item.Subscription.To() {
			ask(item.Contact)
		}
	}
	ask(own)
	for node, contacts := range far {
		s.sendProbe(node, false, x.jid, contacts)
	}
}

func (s *Server) probeComponent(c Component, x *Session, contact jid.JID) {
	p := mustOwn(append(appendHead(nil, "presence", "probe", "", x.jid.String(), contact.String()), "/>"...))
	c.Deliver(s.ctx, &Stanza{From: x.jid, To: contact, Packet: p, Origin: x})
}

// answerHere gives y's presence to x, both on this node.
func (s *Server) answerHere(x, y *Session, p *xmlstream.Packet) {
	out := s.newPresenceOut(y.jid, p, y)
	if out.sendable(x.jid) && out.acceptable(x.jid) {
		out.give(x, x.jid)
	}
}

// kindProbe asks another node to send the presence of some accounts' sessions to somebody.
const kindProbe = "probe"

// sendProbe asks for the presence of accounts on another node. Allowed says that 'to' was found to have the right to it.
func (s *Server) sendProbe(node cluster.NodeID, allowed bool, to jid.JID, accounts []jid.JID) {
	flag := "-"
	if allowed {
		flag = "+"
	}
	b := appendField(appendField(nil, flag), to.String())
	for _, a := range accounts {
		b = appendField(b, a.String())
	}
	if err := s.SendNode(node, kindProbe, b); err != nil {
		s.log.Warn("another node cannot be reached", "node", node, "err", err)
	}
}

func (s *Server) receiveProbe(node cluster.NodeID, b []byte) {
	flag, b, err := takeField(b)
	if err != nil {
		s.log.Error("a probe cannot be read", "node", node, "err", err)
		return
	}
	to, b, err := takeJID(b)
	var accounts []jid.JID
	for err == nil && len(b) > 0 {
		var a jid.JID
		if a, b, err = takeJID(b); err == nil {
			accounts = append(accounts, a)
		}
	}
	if err != nil {
		s.log.Error("a probe cannot be read", "node", node, "err", err)
		return
	}
	s.background("a probe", func() { // it may have to read rosters
		for _, a := range accounts {
			if string(flag) == "+" || s.SharesPresence(s.ctx, a, to.Bare()) {
				s.showHere(a, to)
			} else {
				s.correct(to.Bare(), a)
			}
		}
	})
}

// sessionProbe answers a client that asks by itself, which clients need not do (RFC 6121 §4.7.1).
func (s *Server) sessionProbe(x *Session, p *xmlstream.Packet, to jid.JID) error {
	switch {
	case to.IsZero():
		return Errorf("bad-request", "a probe needs 'to'")
	case !s.hosts[to.Domain()]:
		s.toDomain(p, x.jid, to, x)
	default:
		s.answerProbe(p, x.jid, to)
	}
	return nil
}

// answerProbe is RFC 6121 §4.3.2. Who may not see the presence of the probed account is told the same as for an account that does
// not exist.
func (s *Server) answerProbe(p *xmlstream.Packet, from, to jid.JID) {
	owner := to.Bare()
	if to.Local() == "" {
		return
	}
	if out := s.newPresenceOut(from, p, nil); !out.acceptable(to) {
		return
	}
	if !s.SharesPresence(s.ctx, owner, from.Bare()) {
		s.refuseProbe(from, owner)
		return
	}
	if !s.anyAvailable(owner) {
		s.sendPresence("unavailable", owner, from)
		return
	}
	if !to.IsFull() {
		s.showOnline(owner, from)
		return
	}
	if y := s.Session(to); y != nil {
		s.sendCurrent(y, func(p *xmlstream.Packet) {
			out := s.newPresenceOut(y.jid, p, y)
			out.to(from)
			out.flush()
		})
		return
	}
	for _, r := range s.remote(owner) {
		if r.Resource == to.Resource() && r.Available {
			s.sendProbe(r.Node, true, from, []jid.JID{owner})
			return
		}
	}
	s.sendPresence("unavailable", to, from)
}

func (s *Server) anyAvailable(bare jid.JID) bool {
	for _, y := range s.users.get(bare) {
		if y.Presence().Available {
			return true
		}
	}
	return len(s.availableNodes(bare)) > 0
}

// refuseProbe says 'unsubscribed' (RFC 6121 §4.3.2). A local user whose roster has it otherwise is corrected by that.
func (s *Server) refuseProbe(from, owner jid.JID) {
	if item, _ := s.RosterItem(from.Bare(), owner); item.Subscription.To() {
		s.background("a subscription", func() { s.correct(from.Bare(), owner) })
		return
	}
	s.sendPresence("unsubscribed", owner, from)
}

// correct ends a subscription that only the subscriber's side knows of, as after a crash between the writes of both sides. It goes
// by what is stored: word of a change on another node may be under way.
func (s *Server) correct(user, owner jid.JID) {
	stored, err := s.contacts.load(s.ctx, owner)
	if err != nil {
		s.rosterUnread(owner, err)
		return
	}
	i, found := stored.find(user)
	others, _ := s.rosterItemFrom(s.rosters[1:], owner, user)
	if found && stored.item(i).Subscription.From() || others.Subscription.From() {
		s.contacts.cache.forget(owner)
		return
	}
	s.tellIf(user, owner, evUnsubscribed, subscriptionPacket(evUnsubscribed, owner, user), false)
}

// sendPresence sends a presence without content to a session or component, past everything that acts on subscriptions.
func (s *Server) sendPresence(typ string, from, to jid.JID) {
	p := mustOwn(append(appendHead(nil, "presence", typ, "", from.String(), to.String()), "/>"...))
	out := s.newPresenceOut(from, p, nil)
	out.to(to)
	out.flush()
}
