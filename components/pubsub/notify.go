package pubsub

import (
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// notice is a notification on its way to all who get it.
type notice struct {
	node  *node // as it was when the access to it counts
	pkt   *xmlstream.Packet
	reply []byte // <addresses/> for those who see the owner's presence
	item  int64  // serial of the published item; 0 for other events
}

// audience is an account whose sessions may get a notification.
type audience struct {
	bare      jid.JID
	presence  bool      // sees the owner's presence: sessions that announce their interest get it
	addresses []jid.JID // explicit subscriptions of the account
}

// happened turns what was committed into notifications. It runs in the lane of the service.
func (p *Service) happened(o *outcome) {
	n := o.after
	if n == nil {
		n = o.before
	}
	if n.config.Notify {
		p.notifyChanges(o, n)
	}
	for _, x := range o.states {
		p.tellState(n, x, o.own)
	}
	if n.config.SendLast != SendNever {
		for _, who := range o.joined {
			p.greet(n, who)
		}
	}
	for i := range o.published {
		for _, fn := range p.onPublish[n.name] {
			fn(p.srv.Context(), n.service, o.published[i])
		}
	}
	if len(o.removed) > 0 || o.purged || o.after == nil {
		for _, fn := range p.onRetract[n.name] {
			fn(p.srv.Context(), n.service, o.removed)
		}
	}
}

func (p *Service) notifyChanges(o *outcome, n *node) {
	switch {
	case o.after == nil:
		if n.config.NotifyDelete {
			p.notify(n, deleteEvent(n, o.redirect), nil)
		}
	case o.purged:
		if n.config.NotifyRetract {
			p.notify(n, purgeEvent(n), nil)
		}
	case o.configured:
		if n.config.NotifyConfig {
			p.notify(n, configEvent(n), nil)
		}
		p.widened(o)
	case o.event && len(o.published) == 0:
		p.notify(n, itemEvent(n, nil), nil)
	}
	for i := range o.published {
		p.notify(n, itemEvent(n, &o.published[i]), &o.published[i])
	}
	if o.tellRemove {
		for ids := range slices.Chunk(o.removed, maxNamed) {
			p.notify(n, retractEvent(n, ids), nil)
		}
	}
}

// notify sends an event to all who get those of a node (XEP-0163#notify). The item is the one it tells of, nil for none.
func (p *Service) notify(n *node, event []byte, it *Item) {
	nt := notice{node: n, pkt: p.packet(event)}
	if nt.pkt == nil {
		return
	}
	if it != nil {
		nt.reply, nt.item = replyTo(it.Publisher), it.serial
	}
	far := map[cluster.NodeID][]audience{}
	p.eachAudience(n, func(a audience) {
		p.deliver(&nt, a)
		for _, node := range p.srv.RemoteNodes(a.bare) {
			far[node] = append(far[node], a)
		}
	})
	for node, list := range far {
		if err := p.srv.SendNode(node, kindEvent, marshalEvent(&nt, list)); err != nil {
			p.srv.Log().Warn("another node cannot be reached", "node", node, "err", err)
		}
	}
}

// eachAudience yields the accounts of this server that may get events of a node and have sessions. Explicit subscribers of other
// domains are sent theirs at once.
func (p *Service) eachAudience(n *node, yield func(audience)) {
	explicit := map[jid.JID][]jid.JID{}
	for _, x := range n.entities {
		if x.subscription == Subscribed {
			explicit[x.jid.Bare()] = append(explicit[x.jid.Bare()], x.jid)
		}
	}
	yield(audience{n.service, true, explicit[n.service]})
	delete(explicit, n.service)
	items, err := p.srv.RosterItems(p.srv.Context(), n.service)
	if err != nil {
		p.srv.Log().Error("contacts cannot be notified", "account", n.service, "err", err)
		return
	}
	for item := range items {
		if !item.Subscription.From() || !p.online(item.Contact) {
			continue
		}
		if p.admitted(n, item.Contact, Relation{Presence: true, Groups: item.Groups}) {
			yield(audience{item.Contact, true, explicit[item.Contact]})
		}
		delete(explicit, item.Contact)
	}
	for who, addresses := range explicit {
		if p.admitted(n, who, Relation{}) && p.online(who) {
			yield(audience{who, false, addresses})
		}
	}
}

func (p *Service) online(who jid.JID) bool {
	return len(p.srv.Sessions(who)) > 0 || len(p.srv.RemoteNodes(who)) > 0
}

// admitted reports whether an account may get events of a node, and neither side has blocked the other.
func (p *Service) admitted(n *node, who jid.JID, r Relation) bool {
	return n.config.MayRead(n.relation(who, r)) == nil && !p.blocked(n.service, who)
}

func (p *Service) blocked(owner, who jid.JID) bool {
	ctx := p.srv.Context()
	return p.blocks != nil && (p.blocks.Blocked(ctx, owner, who) || p.blocks.Blocked(ctx, who, owner))
}

// deliver gives a notification to the sessions of an account on this node, each once: those that want it by their capabilities, and
// those that have subscribed; without any of the former, all that take messages, if the bare JID has (XEP-0163#notify-num).
func (p *Service) deliver(nt *notice, a audience) {
	sessions := p.srv.Sessions(a.bare)
	if len(sessions) == 0 {
		return
	}
	lane := p.engine.shard(nt.node.service).index
	var extra []byte
	if a.presence {
		extra = nt.reply
	}
	interested := false
	for _, x := range sessions {
		wants := a.presence && p.wants(x, lane, nt.node.name)
		interested = interested || wants
		if wants && p.hasGot(x, lane, nt.node, nt.item) {
			continue
		}
		if wants || slices.Contains(a.addresses, x.JID()) {
			x.SendAs(nt.pkt, "", x.JID().String(), extra)
			p.hasNow(x, lane, nt.node, nt.item)
		}
	}
	if interested || !slices.Contains(a.addresses, a.bare) {
		return
	}
	for _, x := range sessions {
		if pr := x.Presence(); pr.Available && pr.Priority >= 0 && !slices.Contains(a.addresses, x.JID()) {
			x.SendAs(nt.pkt, "", a.bare.String(), extra)
		}
	}
}

// route sends an event to one address, whoever and wherever it is.
func (p *Service) route(event []byte, to jid.JID) {
	if pkt := p.packet(event); pkt != nil {
		p.srv.Route(pkt.Rewrite(xmlstream.Rewrite{To: xmlstream.Set(to.String())}))
	}
}

// tellState tells a subscriber unless he knows, and the owner if he wants to know, of a new state (XEP-0060#impl-subchange).
func (p *Service) tellState(n *node, x entity, own bool) {
	if x.subscription == Pending {
		if pkt := p.packet(requestMessage(n, x.jid)); pkt != nil {
			p.srv.Route(pkt)
		}
		return
	}
	if n.config.NotifySub && x.jid.Bare() != n.service {
		p.route(stateEvent(n, x), n.service)
	}
	if !own && !p.blocked(n.service, x.jid.Bare()) {
		p.route(stateEvent(n, x), x.jid)
	}
}

// greet sends the last item to a new subscriber, unless it has come by presence (XEP-0060#subscriber-subscribe-last).
func (p *Service) greet(n *node, who jid.JID) {
	it := p.last(n)
	bare := who.Bare()
	if it == nil || !p.admitted(n, bare, p.relation(n.service, bare)) {
		return
	}
	lane := p.engine.shard(n.service).index
	for _, x := range p.srv.Sessions(bare) {
		if p.wants(x, lane, n.name) && (who == bare || who == x.JID()) && p.relation(n.service, bare).Presence {
			return
		}
	}
	p.route(lastEvent(n, it), who)
}

// relation is what the server knows of how an entity stands to the owner of an account.
func (p *Service) relation(owner, who jid.JID) Relation {
	bare := who.Bare()
	r := Relation{Guest: bare.Domain() == p.srv.GuestDomain()}
	if bare == owner {
		r.Presence = true
		return r
	}
	if item, ok := p.srv.RosterItem(owner, bare); ok {
		r.Presence, r.Groups = item.Subscription.From(), item.Groups
	}
	return r
}

// watchMessages reads the owner's answers to subscription requests (XEP-0060#owner-subreq).
func (p *Service) watchMessages() {
	p.srv.Hooks.Message.Add(xmppd.Observe, func(ev *xmppd.Message) error {
		if ev.Side == xmppd.Outbound && ev.To == ev.Owner && ev.Packet.Type() != "error" {
			p.answered(ev)
		}
		return nil
	})
}
