package pubsub

import (
	"cmp"
	"slices"
	"time"

	"plenum/xmppd/jid"
)

// node is a node as it was at one moment: what is kept of it in memory. It is immutable.
type node struct {
	service  jid.JID
	name     string
	config   *NodeConfig
	created  time.Time
	serial   int64 // grows with each change
	edition  int64 // the serial of the last change of items
	items    int
	bytes    int
	last     *Item    // published last; nil for none. A large one has no payload here
	entities []entity // by JID
}

// entity is somebody who has an affiliation or an explicit subscription.
type entity struct {
	jid          jid.JID // bare, unless a full JID has subscribed
	affiliation  Affiliation
	subscription Subscription
}

// Item is one published item.
type Item struct {
	ID        string
	Payload   []byte // an element standing alone; nil for none
	Publisher jid.JID
	Published time.Time

	expires int64 // milliseconds since 1970; 0 for never
	size    int   // of the payload, which may be left out
	serial  int64
}

// gone reports whether the item has expired.
func (it *Item) gone(now time.Time) bool { return it.expires > 0 && it.expires <= now.UnixMilli() }

// latest is the item published last, if it is still there.
func (n *node) latest() *Item {
	if n.last == nil || n.last.gone(time.Now()) {
		return nil
	}
	return n.last
}

func (n *node) find(who jid.JID) (int, bool) {
	return slices.BinarySearchFunc(n.entities, who, func(e entity, j jid.JID) int { return e.jid.Compare(j) })
}

// affiliation of a bare JID. The account itself owns its nodes.
func (n *node) affiliation(bare jid.JID) Affiliation {
	if bare == n.service {
		return Owner
	}
	if i, ok := n.find(bare); ok {
		return n.entities[i].affiliation
	}
	return None
}

// subscription of an address as it was subscribed.
func (n *node) subscription(who jid.JID) Subscription {
	if i, ok := n.find(who); ok {
		return n.entities[i].subscription
	}
	return Unsubscribed
}

// subscribed reports whether any address of a bare JID has an approved subscription.
func (n *node) subscribed(bare jid.JID) bool {
	return slices.ContainsFunc(n.entities, func(e entity) bool { return e.subscription == Subscribed && e.jid.Bare() == bare })
}

// relation adds to what is known of who what this node knows.
func (n *node) relation(who jid.JID, r Relation) Relation {
	bare := who.Bare()
	r.Affiliation, r.Subscribed = n.affiliation(bare), n.subscribed(bare)
	return r
}

// with is the list of entities with one entity changed; an entity without anything is left out.
func with(list []entity, e entity) []entity {
	i, ok := slices.BinarySearchFunc(list, e.jid, func(e entity, j jid.JID) int { return e.jid.Compare(j) })
	out := make([]entity, 0, len(list)+1)
	out = append(out, list[:i]...)
	if e.affiliation != None || e.subscription != Unsubscribed {
		out = append(out, e)
	}
	if ok {
		i++
	}
	return append(out, list[i:]...)
}

func sortEntities(list []entity) {
	slices.SortFunc(list, func(a, b entity) int { return a.jid.Compare(b.jid) })
}

// account holds the nodes of one service. It is immutable.
type account struct {
	nodes []*node // by name
}

func (a *account) node(name string) *node {
	i, ok := slices.BinarySearchFunc(a.nodes, name, func(n *node, s string) int { return cmp.Compare(n.name, s) })
	if !ok {
		return nil
	}
	return a.nodes[i]
}

// with is the account with a node changed, or removed when n is nil.
func (a *account) with(name string, n *node) *account {
	i, ok := slices.BinarySearchFunc(a.nodes, name, func(n *node, s string) int { return cmp.Compare(n.name, s) })
	out := make([]*node, 0, len(a.nodes)+1)
	out = append(out, a.nodes[:i]...)
	if n != nil {
		out = append(out, n)
	}
	if ok {
		i++
	}
	return &account{append(out, a.nodes[i:]...)}
}
