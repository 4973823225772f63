package pubsub

import (
	"slices"
	"sync/atomic"
	"time"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// interest is what one session of this server wants to be notified of.
//
// Each lane has its own view of it, which changes in the lane's order: when a session's capabilities become known, each lane first
// gives it the last items of the services in the lane, and from then on their events. So none is missed, and none comes twice.
type interest struct {
	newest atomic.Pointer[disco.Capabilities] // given to the lanes last
	caps   [shards]*disco.Capabilities        // each belongs to a lane; nil while the session is not available
	given  [shards]*given                     // likewise: what the session has just been given; nil most of the time
}

// given are serials of items, by node, that a session has got since somebody began to give it last items.
type given struct {
	serials map[itemKey]int64
	uses    int // of those who give, and those who wait until nothing older can come
}

// settle is how long an event may be on its way to a session that has already been given the item as the last one: the database
// knew it before the lane, or came faster than another server.
const settle = 10 * time.Second

func (p *Service) watchPresence() {
	p.srv.Hooks.Presence.Add(xmppd.Observe, func(ev *xmppd.Presence) error {
		if ev.Side != xmppd.Outbound || !ev.To.IsZero() || ev.Origin == nil {
			return nil
		}
		switch {
		case ev.Packet.Type() == "unavailable":
			p.setInterest(ev.Origin, nil)
		case ev.Initial:
			p.setInterest(ev.Origin, p.caps.Of(ev.Origin)) // known from before: nothing would tell of it again
		}
		return nil
	})
	p.caps.OnChange(func(x *xmppd.Session, caps *disco.Capabilities) {
		if x.Presence().Available {
			p.setInterest(x, caps)
		}
	})
	p.srv.Hooks.SessionEnd.Add(func(x *xmppd.Session) {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.sessions, x.ID())
	})
	p.srv.Hooks.Subscription.Add(p.subscriptionChanged)
	p.srv.Hooks.Met.Add(p.met)
}

// setInterest makes the lanes know what a session wants, and send it the last items of what it did not want before.
func (p *Service) setInterest(x *xmppd.Session, caps *disco.Capabilities) {
	in := p.interestOf(x, caps != nil)
	if in == nil || in.newest.Swap(caps) == caps {
		return
	}
	var owners [shards][]jid.JID
	if caps != nil {
		owners = p.sources(x.JID().Bare())
	}
	for i := range p.engine.shards {
		p.engine.shards[i].lane.post(func() {
			old := in.caps[i]
			in.caps[i] = caps
			if caps == nil {
				in.given[i] = nil // when it is available again it is given all again
				return
			}
			p.handOut(x, in, i, owners[i], func(name string) bool { return caps.Notify(name) && !old.Notify(name) })
		})
	}
}

// interestOf gives the interest of a session; it is made when it is wanted and not there.
func (p *Service) interestOf(x *xmppd.Session, wanted bool) *interest {
	p.mu.RLock()
	in := p.sessions[x.ID()]
	p.mu.RUnlock()
	if in != nil || !wanted {
		return in
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if in = p.sessions[x.ID()]; in == nil {
		in = &interest{}
		p.sessions[x.ID()] = in
	}
	return in
}

// wants reports whether a session is to get the events of a node; the caller runs in the lane.
func (p *Service) wants(x *xmppd.Session, lane int, node string) bool {
	in := p.interestOf(x, false)
	return in != nil && in.caps[lane].Notify(node) && x.Presence().Available
}

// hasGot reports whether the session was just given an item as the last one, or a newer one.
func (p *Service) hasGot(x *xmppd.Session, lane int, n *node, serial int64) bool {
	in := p.interestOf(x, false)
	return in != nil && in.given[lane].has(n, serial)
}

// hasNow notes that a session got an item while it is being given last ones.
func (p *Service) hasNow(x *xmppd.Session, lane int, n *node, serial int64) {
	if in := p.interestOf(x, false); in != nil {
		in.given[lane].note(n, serial)
	}
}

func (g *given) has(n *node, serial int64) bool {
	return g != nil && serial > 0 && g.serials[itemKey{n.service, n.name}] >= serial
}

func (g *given) note(n *node, serial int64) {
	if g != nil && serial > 0 {
		g.serials[itemKey{n.service, n.name}] = serial
	}
}

// sources are the accounts whose events a session may get by presence, by shard: its own, and those whose presence it sees.
func (p *Service) sources(own jid.JID) (owners [shards][]jid.JID) {
	add := func(j jid.JID) {
		i := p.engine.shard(j).index
		owners[i] = append(owners[i], j)
	}
	if own.Domain() == p.srv.GuestDomain() {
		return owners
	}
	add(own)
	items, err := p.srv.RosterItems(p.srv.Context(), own)
	if err != nil {
		p.complain("the contacts cannot be read", own, err)
		return owners
	}
	for item := range items {
		if item.Subscription.To() && p.srv.IsHost(item.Contact.Domain()) && item.Contact != own {
			add(item.Contact)
		}
	}
	return owners
}

// sendLast sends a session the last items of the owner's nodes, or of one, that it wants and may see (XEP-0163#notify-last), and
// adds them to sent.
func (p *Service) sendLast(x *xmppd.Session, sent *given, owner jid.JID, only string, wants func(node string) bool) {
	a, err := p.engine.account(p.srv.Context(), owner)
	if err != nil {
		p.complain("the last items cannot be read", owner, err)
		return
	}
	var who Relation
	known := false
	nodes := a.nodes
	if len(p.live) > 0 {
		nodes = append(slices.Clip(nodes), p.liveWanted(owner, wants)...)
	}
	for _, n := range nodes {
		if only != "" && n.name != only || n.config.SendLast != SendOnSubPresence || !n.config.Notify || n.latest() == nil || !wants(n.name) {
			continue
		}
		if !known {
			who, known = p.relation(owner, x.JID()), true
			if !who.Presence || p.blocked(owner, x.JID().Bare()) {
				return
			}
		}
		if n.config.MayRead(n.relation(x.JID(), who)) != nil {
			continue
		}
		if it := p.last(n); it != nil && !sent.has(n, it.serial) {
			if pkt := p.packet(lastEvent(n, it)); pkt != nil {
				x.SendAs(pkt, "", x.JID().String(), replyTo(it.Publisher))
				sent.note(n, it.serial)
			}
		}
	}
}

// last is the item published last with its payload; nil when there is none.
func (p *Service) last(n *node) *Item {
	it := n.latest()
	if it == nil || it.Payload != nil || it.size == 0 {
		return it
	}
	full, err := p.engine.item(p.srv.Context(), n, it.ID)
	if err != nil {
		p.complain("the last item cannot be read", n.service, err)
	}
	return full
}

// complain logs what went wrong while nobody waits for an answer.
func (p *Service) complain(what string, account jid.JID, err error) {
	if p.srv.Context().Err() == nil {
		p.srv.Log().Error("pubsub: "+what, "account", account, "err", err)
	}
}

// subscriptionChanged gives a contact that now sees the owner's presence the last items, and ends the subscriptions of one that does
// not any more (XEP-0163#impl-subscriptions).
func (p *Service) subscriptionChanged(c *xmppd.SubscriptionChange) {
	saw, sees := hasFrom(c.Before), hasFrom(c.After)
	if saw == sees {
		return
	}
	if sees {
		p.meet(c.Owner.Clone(), c.Contact.Clone(), "")
		return
	}
	a, err := p.engine.account(p.srv.Context(), c.Owner)
	if err != nil {
		p.complain("subscriptions cannot be ended", c.Owner, err)
		return
	}
	for _, n := range a.nodes {
		if n.subscribed(c.Contact) {
			p.engine.cancel(n, c.Contact.Clone(), p.relation(c.Owner, c.Contact))
		}
	}
}

func hasFrom(subscription string) bool { return subscription == "from" || subscription == "both" }

// meet sends the sessions of an account, on all nodes, the owner's last items, of one node or all.
func (p *Service) meet(owner, who jid.JID, name string) {
	p.meetHere(owner, who, name)
	for _, node := range p.srv.RemoteNodes(who) {
		if err := p.srv.SendNode(node, kindMeet, marshalMeet(owner, who, name)); err != nil {
			p.srv.Log().Warn("another node cannot be reached", "node", node, "err", err)
		}
	}
}

func (p *Service) meetHere(owner, who jid.JID, name string) {
	sh := p.engine.shard(owner)
	sh.lane.post(func() {
		for _, x := range p.srv.Sessions(who) {
			if in := p.interestOf(x, false); in != nil && x.Presence().Available {
				sent := in.give(sh.index)
				p.sendLast(x, sent, owner, name, in.caps[sh.index].Notify)
				p.given(in, sh.index, sent)
			}
		}
	})
}

// widened gives the last item to contacts who may see it since the access model has changed (XEP-0060#impl-notify).
func (p *Service) widened(o *outcome) {
	before, after := o.before, o.after
	if before.config.Access == after.config.Access && len(after.config.Groups) == 0 {
		return
	}
	items, err := p.srv.RosterItems(p.srv.Context(), after.service)
	if err != nil {
		p.complain("contacts cannot be notified", after.service, err)
		return
	}
	for item := range items {
		if !item.Subscription.From() || !p.online(item.Contact) {
			continue
		}
		r := after.relation(item.Contact, Relation{Presence: true, Groups: item.Groups})
		if before.config.MayRead(r) != nil && after.config.MayRead(r) == nil {
			p.meet(after.service, item.Contact, after.name)
		}
	}
}
