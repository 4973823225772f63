package pubsub

import (
	"context"
	"crypto/rand"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// publication is a request to publish.
type publication struct {
	service  jid.JID
	node     string
	who      jid.JID
	relation Relation // without what the node itself knows
	items    []Item   // ids may be empty
	options  *dataform.Form
	config   *NodeConfig // of a node that has to be made
}

// publish stores items and returns their ids (XEP-0060#publisher-publish). A node that does not exist is made for its owner.
func (e *engine) publish(ctx context.Context, p *publication) ([]string, error) {
	known, err := e.node(ctx, p.service, p.node)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	ids := make([]string, len(p.items))
	for i := range p.items {
		it := &p.items[i]
		if it.ID == "" {
			it.ID = rand.Text()
		}
		it.Publisher, it.Published, it.size = p.who, now, len(it.Payload)
		ids[i] = it.ID
	}
	return ids, e.change(p.service, p.node, func(tx *store.Tx, o *outcome) error {
		n, err := e.lockForPublish(tx, p, known, o)
		if err != nil {
			return err
		}
		if err := e.publishable(n.config, p.items); err != nil {
			return err
		}
		if err := e.storePublished(tx, p, n, o, now); err != nil {
			return err
		}
		o.after, o.serial = n, n.serial
		return saveNode(tx, n)
	})
}

// lockForPublish gives the node to publish to, its serial grown, or makes it, and checks access and options.
func (e *engine) lockForPublish(tx *store.Tx, p *publication, known *node, o *outcome) (*node, error) {
	before, err := e.lockNode(tx, p.service, p.node, known)
	if err != nil {
		return nil, err
	}
	if before == nil {
		n, err := e.autoCreate(tx, p)
		if n != nil || err != nil {
			return n, err
		}
		if before, err = e.lockNode(tx, p.service, p.node, nil); err != nil { // another server was faster
			return nil, err
		}
	}
	if !before.config.MayPublish(before.relation(p.who, p.relation)) {
		return nil, forbidden()
	}
	if p.options != nil {
		if err := before.config.meets(p.options, e.limits); err != nil {
			return nil, err
		}
	}
	n := *before
	n.serial++
	o.before = before
	return &n, nil
}

// autoCreate makes the node of a publication (XEP-0060#publisher-publish-autocreate); nil when it exists meanwhile.
func (e *engine) autoCreate(tx *store.Tx, p *publication) (*node, error) {
	if p.who.Bare() != p.service {
		return nil, noNode()
	}
	config := p.config
	if config == nil {
		config = DefaultConfig(p.node)
	}
	if p.options != nil {
		c, err := config.withOptions(p.options, e.limits)
		if err != nil {
			return nil, err
		}
		config = c
	}
	if err := e.publishable(config, p.items); err != nil {
		return nil, err
	}
	n := newNode(p.service, p.node, config)
	return n, e.insert(tx, &n)
}

// insert stores a new node, and sets it to nil when there is one of that name already.
func (e *engine) insert(tx *store.Tx, n **node) error {
	nodes, _, err := usage(tx, (*n).service)
	if err != nil {
		return err
	}
	if nodes >= e.cfg.Nodes {
		return withType("wait", fail("policy-violation", "max-nodes-exceeded", "an account has at most %d nodes", e.cfg.Nodes))
	}
	made, err := insertNode(tx, *n)
	if err == nil && !made {
		*n = nil
	}
	return err
}

// publishable checks items against the event type of a node (XEP-0060#publisher-publish-error-badrequest).
func (e *engine) publishable(c *NodeConfig, items []Item) *xmppd.StanzaError {
	if !c.Persist && !c.Payloads {
		if len(items) > 0 {
			return fail("bad-request", "item-forbidden", "")
		}
		return nil
	}
	if len(items) == 0 {
		return fail("bad-request", "item-required", "")
	}
	most := e.limits.payload
	if c.MaxPayload > 0 {
		most = min(most, c.MaxPayload)
	}
	for i := range items {
		switch {
		case c.Payloads && len(items[i].Payload) == 0:
			return fail("bad-request", "payload-required", "")
		case len(items[i].Payload) > most:
			return fail("not-acceptable", "payload-too-big", "a payload has at most %d bytes", most)
		}
	}
	if c.Persist && len(items) > e.most(c) {
		return fail("not-allowed", "max-items-exceeded", "")
	}
	return nil
}

// most is how many items a node keeps.
func (e *engine) most(c *NodeConfig) int {
	if c.MaxItems == 0 {
		return e.limits.items
	}
	return min(c.MaxItems, e.limits.items)
}

// storePublished writes the items, and makes room for them.
func (e *engine) storePublished(tx *store.Tx, p *publication, n *node, o *outcome, now time.Time) error {
	o.event = true
	o.published = append([]Item(nil), p.items...)
	if !n.config.Persist {
		return nil
	}
	old := n.bytes
	since := n.serial
	for i := range o.published {
		it := &o.published[i]
		if i > 0 {
			n.serial++
		}
		it.serial, it.expires = n.serial, n.config.expires(now)
		isNew, err := putItem(tx, n, it)
		if err != nil {
			return err
		}
		if isNew && n.config.Full == FullReject && n.items > e.most(n.config) {
			return fail("conflict", "node-full", "")
		}
		n.last = small(it)
	}
	n.edition = n.serial
	if err := e.makeRoom(tx, n, o, since, now); err != nil {
		return err
	}
	if n.bytes <= old {
		return nil
	}
	_, bytes, err := usage(tx, p.service)
	if err == nil && bytes-old+n.bytes > e.cfg.AccountBytes {
		err = xmppd.Errorf("resource-constraint", "all items of an account take at most %d bytes", e.cfg.AccountBytes)
	}
	return err
}

// makeRoom removes what has expired, and the oldest items as long as there are too many.
func (e *engine) makeRoom(tx *store.Tx, n *node, o *outcome, since int64, now time.Time) error {
	if n.config.Expire > 0 {
		ids, err := expired(tx, n, now)
		if err != nil {
			return err
		}
		if err := removeItems(tx, n, ids); err != nil {
			return err
		}
	}
	over := n.items - e.most(n.config)
	if over <= 0 {
		return nil
	}
	ids, err := oldest(tx, n, over, since)
	if err != nil {
		return err
	}
	// The one item of a singleton is replaced: a retraction would say that there is none any more.
	if n.config.Full == FullRetract && n.config.NotifyRetract && e.most(n.config) > 1 {
		o.removed, o.tellRemove = ids, true
	}
	return removeItems(tx, n, ids)
}
