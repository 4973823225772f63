package xmppd

import (
	"context"
	"slices"
	"sync"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// presenceOut gives one presence to many. The packet is shared by all sessions that get it; other nodes get one envelope each.
type presenceOut struct {
	srv        *Server
	pkt        *xmlstream.Packet
	parcel     *parcel // of pkt, made for the first recipient
	from       jid.JID
	origin     *Session
	authorized bool   // the sender's side has agreed already
	hooked     bool   // there are hooks to ask
	until      uint64 // leave out sessions of this node that became available later; 0 leaves out none
	far        map[cluster.NodeID][]jid.JID
}

func (s *Server) newPresenceOut(from jid.JID, p *xmlstream.Packet, origin *Session) presenceOut {
	return presenceOut{srv: s, pkt: p, from: from, origin: origin, hooked: len(s.Hooks.Presence.list[Authorize]) > 0}
}

// to sends to an account's available sessions, to the one of a full JID whether available or not, or to a component.
func (o *presenceOut) to(to jid.JID) {
	s := o.srv
	if c := s.components[to.Domain()]; c != nil {
		if !o.sendable(to) {
			return
		}
		p := o.pkt.Rewrite(xmlstream.Rewrite{To: xmlstream.Set(to.String())})
		c.Deliver(s.ctx, &Stanza{From: o.from, To: to, Packet: p, Origin: o.origin})
		return
	}
	if !s.hosts[to.Domain()] || to.Local() == "" {
		return
	}
	list, far := s.users.get(to.Bare()), s.remote(to.Bare())
	if !o.listens(list, to) && len(far) == 0 || !o.sendable(to) { // most contacts are not online: whether they may see it, nobody need be asked
		return
	}
	o.among(list, to)
	o.there(far, to)
}

// elsewhere is to for the sessions on other nodes alone.
func (o *presenceOut) elsewhere(to jid.JID) {
	if far := o.srv.remote(to.Bare()); len(far) > 0 && o.sendable(to) {
		o.there(far, to)
	}
}

// there notes the nodes that are to get the presence when it is flushed.
func (o *presenceOut) there(far []cluster.Session, to jid.JID) {
	for _, r := range far {
		if to.IsFull() && r.Resource == to.Resource() || !to.IsFull() && r.Available {
			o.note(r.Node, to)
		}
	}
}

// here sends to this node's sessions.
func (o *presenceOut) here(to jid.JID) { o.among(o.srv.users.get(to.Bare()), to) }

// listens reports whether one of an account's sessions on this node gets the presence.
func (o *presenceOut) listens(list []*Session, to jid.JID) bool {
	return slices.ContainsFunc(list, func(x *Session) bool { return o.concerns(x, to) })
}

// concerns reports whether a session of the account gets the presence. Those of the server's own that make nothing of presence do not: each user
// who has a telephone has one.
func (o *presenceOut) concerns(x *Session, to jid.JID) bool {
	switch {
	case slices.Contains(x.ignored, xmlstream.Presence):
		return false
	case to.IsFull():
		return x.jid == to
	}
	return o.includes(x.Presence())
}

// among sends to those of an account's sessions on this node whom it concerns.
func (o *presenceOut) among(list []*Session, to jid.JID) {
	if !o.listens(list, to) || !o.acceptable(to) {
		return
	}
	own := o.from.Bare() == to
	for _, x := range list {
		if !o.concerns(x, to) {
			continue
		}
		addr := to
		if own {
			addr = x.jid
		}
		o.give(x, addr)
	}
}

// give queues the presence for one session. That of an account may wait in the backlog.
func (o *presenceOut) give(x *Session, to jid.JID) {
	if o.parcel == nil {
		o.parcel = o.wrap()
	}
	e := entry{parcel: o.parcel, to: to.String()}
	if o.parcel.topic == (topic{}) {
		x.push(e)
		return
	}
	x.pushLater(e)
}

func (o *presenceOut) wrap() *parcel {
	if o.origin != nil {
		if last := o.origin.Presence(); last.Packet == o.pkt {
			return last.parcel
		}
	}
	if !o.srv.hosts[o.from.Domain()] { // what a room says of its occupants keeps its place among the room's messages
		return newParcel(o.pkt, "", nil)
	}
	return presenceParcel(o.pkt, o.from)
}

func presenceParcel(p *xmlstream.Packet, from jid.JID) *parcel {
	c := newParcel(p, "", nil)
	c.topic = topic{jid: from.String()}
	return c
}

func (o *presenceOut) includes(p *SessionPresence) bool {
	return p.Available && (o.until == 0 || p.order <= o.until)
}

func (o *presenceOut) note(node cluster.NodeID, to jid.JID) {
	if o.far == nil {
		o.far = map[cluster.NodeID][]jid.JID{}
	}
	if l := o.far[node]; len(l) == 0 || l[len(l)-1] != to {
		o.far[node] = append(l, to)
	}
}

// sendable asks the hooks of the sender's account.
func (o *presenceOut) sendable(to jid.JID) bool {
	if !o.hooked || o.authorized || !o.srv.hosts[o.from.Domain()] || o.from.Bare() == to.Bare() {
		return true
	}
	return o.allowed(Outbound, o.from.Bare(), to)
}

// acceptable asks the hooks of the recipient's account.
func (o *presenceOut) acceptable(to jid.JID) bool {
	if !o.srv.reaches(o.from, to) {
		return false
	}
	if !o.hooked || o.from.Bare() == to.Bare() {
		return true
	}
	return o.allowed(Inbound, to.Bare(), to)
}

// presences are lent to the hooks that are asked of each recipient.
var presences = sync.Pool{New: func() any { return new(Presence) }}

func (o *presenceOut) allowed(side Side, owner, to jid.JID) bool {
	ev := presences.Get().(*Presence)
	*ev = Presence{Context: o.srv.ctx, Side: side, Owner: owner, From: o.from, To: to, Packet: o.pkt, Origin: o.origin}
	err := runHooks(o.srv, &o.srv.Hooks.Presence, Authorize, ev)
	*ev = Presence{}
	presences.Put(ev)
	return err == nil
}

// kindPresence is the envelope of a presence for sessions on another node: the packet, and the recipients.
const kindPresence = "presence"

// flush sends what is for other nodes.
func (o *presenceOut) flush() {
	for node, list := range o.far {
		b := appendField(nil, o.from.String())
		b = appendField(b, o.pkt.Raw())
		for _, to := range list {
			b = appendField(b, to.String())
		}
		if err := o.srv.SendNode(node, kindPresence, b); err != nil {
			o.srv.log.Warn("another node cannot be reached", "node", node, "err", err)
		}
	}
	o.far = nil
}

// receivePresence delivers what another node's flush has sent.
func (s *Server) receivePresence(node cluster.NodeID, b []byte) {
	from, b, err := takeJID(b)
	if err != nil {
		s.log.Error("a presence cannot be read", "node", node, "err", err)
		return
	}
	raw, b, err := takeField(b)
	if err != nil {
		s.log.Error("a presence cannot be read", "node", node, "err", err)
		return
	}
	p, err := xmlstream.Parse(raw, NSClient, xmlstream.S2S)
	if err != nil {
		s.log.Error("a presence cannot be read", "node", node, "err", err)
		return
	}
	out := s.newPresenceOut(from, p, nil)
	for len(b) > 0 {
		var to jid.JID
		if to, b, err = takeJID(b); err != nil {
			s.log.Error("a presence cannot be read", "node", node, "err", err)
			return
		}
		out.here(to)
	}
}

func takeJID(b []byte) (j jid.JID, rest []byte, err error) {
	f, rest, err := takeField(b)
	if err == nil {
		j, err = jid.ParseBytes(f)
	}
	return j, rest, err
}

// broadcast sends a session's presence to the contacts who may see it and to the account's available sessions, the sender among
// them (RFC 6121 §4.2.2).
func (o *presenceOut) broadcast() {
	owner := o.from.Bare()
	items, err := o.srv.RosterItems(o.srv.ctx, owner)
	if err != nil {
		o.srv.rosterUnread(owner, err)
	} else {
		for item := range items {
			if item.Subscription.From() {
				o.to(item.Contact)
			}
		}
	}
	if o.pkt.Type() == "unavailable" {
		for contact := range o.srv.formerContacts(owner) {
			o.to(contact)
		}
	}
	o.to(owner)
	o.flush()
}

// ShowOffline sends unavailable presence of all the owner's sessions to the contacts that match and could see them.
func (s *Server) ShowOffline(ctx context.Context, owner jid.JID, match func(contact jid.JID) bool) {
	s.eachWatcher(ctx, owner, match, s.showOffline)
}

// ShowOnline sends the present presence of all the owner's sessions to the contacts that match and may see it, and theirs to the
// owner.
func (s *Server) ShowOnline(ctx context.Context, owner jid.JID, match func(contact jid.JID) bool) {
	s.eachWatcher(ctx, owner, match, func(owner, contact jid.JID) {
		s.showOnline(owner, contact)
		if item, _ := s.RosterItem(contact, owner); item.Subscription.From() {
			s.showOnline(contact, owner)
		}
	})
}

func (s *Server) eachWatcher(ctx context.Context, owner jid.JID, match func(jid.JID) bool, fn func(owner, contact jid.JID)) {
	items, err := s.RosterItems(ctx, owner)
	if err != nil {
		s.rosterUnread(owner, err)
		return
	}
	for item := range items {
		if item.Subscription.From() && match(item.Contact) {
			fn(owner, item.Contact)
		}
	}
}

// showOffline makes all the owner's sessions unavailable for a contact.
func (s *Server) showOffline(owner, contact jid.JID) {
	send := func(full jid.JID) {
		out := s.newPresenceOut(full, unavailableFrom(full), nil)
		out.to(contact)
		out.flush()
	}
	for _, x := range s.users.get(owner) {
		if x.Presence().Available {
			send(x.jid)
		}
	}
	for _, r := range s.remote(owner) {
		if full, err := owner.WithResource(r.Resource); err == nil && r.Available {
			send(full)
		}
	}
}
