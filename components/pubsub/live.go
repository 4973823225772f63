package pubsub

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"plenum/xmppd/jid"
)

// Live nodes show what the server knows of an account now: each account has them, with one item or none, and access by presence. Nothing of it is stored,
// so a server that has started anew shows nothing old. Who may see the node gets its item as that of any other (XEP-0163#notify-last), and each change; it
// is not published to by clients, configured, or subscribed to but by presence and +notify.

// liveID is the ID of the item of a live node.
const liveID = "current"

// ServeLive makes every account have a live node, before the server starts. Item gives the payload, an element standing alone, or nil when there is none
// now; it must not block.
func (p *Service) ServeLive(name string, item func(owner jid.JID) []byte) { p.live[name] = item }

// LiveChanged tells the sessions of this server who may see an account's live node of its item, which is another now. Each server of a cluster is to call it.
func (p *Service) LiveChanged(name string, owner jid.JID) {
	owner = owner.Bare().Clone()
	p.engine.shard(owner).lane.post(func() {
		n, it := p.liveNode(owner, name)
		event := retractEvent(n, []string{liveID})
		if it != nil {
			event = itemEvent(n, it)
		}
		nt := notice{node: n, pkt: p.packet(event)}
		if nt.pkt != nil {
			p.eachAudience(n, func(a audience) { p.deliver(&nt, a) })
		}
	})
}

// liveNode is a live node of an account, and its item; nil for none.
func (p *Service) liveNode(owner jid.JID, name string) (*node, *Item) {
	n := &node{service: owner, name: name, config: DefaultConfig(name), created: time.Now().UTC()}
	payload := p.live[name](owner)
	if len(payload) == 0 {
		return n, nil
	}
	n.items, n.bytes, n.last = 1, len(payload), &Item{ID: liveID, Payload: bytes.Clone(payload), Publisher: owner, Published: n.created, size: len(payload)}
	return n, n.last
}

// liveWanted are those of an account that somebody wants.
func (p *Service) liveWanted(owner jid.JID, wants func(node string) bool) (list []*node) {
	for name := range p.live {
		if wants(name) {
			n, _ := p.liveNode(owner, name)
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
	return list
}

// answerLive answers a request for a live node. The asker sees the account's presence.
func (p *Service) answerLive(c *call) ([]byte, error) {
	switch {
	case c.owner || c.set && c.verb != "subscribe" && c.verb != "unsubscribe":
		return nil, forbidden()
	case c.verb != "items":
		return nil, unsupported("subscribe")
	}
	n, it := p.liveNode(c.service, c.node)
	var pg page
	if it != nil && (len(c.items) == 0 || slices.ContainsFunc(c.items, func(r requestItem) bool { return r.id == liveID })) {
		pg.items = []Item{*it}
	}
	return appendPage(n, pg), nil
}

// liveFor is a live node of an account, for somebody who sees its presence; nil for none.
func (p *Service) liveFor(from, to jid.JID, name string) *node {
	if p.live[name] == nil || !p.relation(to.Bare(), from).Presence || to.Domain() == p.srv.GuestDomain() || !p.srv.IsHost(to.Domain()) {
		return nil
	}
	n, _ := p.liveNode(to.Bare(), name)
	return n
}
