package pubsub

import (
	"bytes"
	"context"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// PublishFunc learns of an item that was published at an account's node. It runs after the commit, in the order of events, and holds up
// those that follow: it must not change nodes itself before it returns.
type PublishFunc func(ctx context.Context, owner jid.JID, it Item)

// RetractFunc learns of removed items; none are named when the node was purged or deleted. It runs as PublishFunc does.
type RetractFunc func(ctx context.Context, owner jid.JID, ids []string)

// OnPublish registers fn for the nodes of all accounts with this name, before the server starts.
func (p *Service) OnPublish(node string, fn PublishFunc) {
	p.onPublish[node] = append(p.onPublish[node], fn)
}

// OnRetract registers fn for the nodes of all accounts with this name, before the server starts.
func (p *Service) OnRetract(node string, fn RetractFunc) {
	p.onRetract[node] = append(p.onRetract[node], fn)
}

// PublishOptions say what a publication of the server's own wants. The zero value is usual.
type PublishOptions struct {
	Config *NodeConfig // of a node that does not exist yet; nil for the default
}

// Publish publishes an item in the name of an account, and gives its id, a new one when id is empty. A payload is an element standing alone. A
// node that does not exist is made.
func (p *Service) Publish(ctx context.Context, owner jid.JID, node, id string, payload []byte, o PublishOptions) (string, error) {
	ids, err := p.publishAll(ctx, owner, node, []Item{{ID: id, Payload: payload}}, o)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func (p *Service) publishAll(ctx context.Context, owner jid.JID, node string, items []Item, o PublishOptions) ([]string, error) {
	for _, it := range items {
		if _, err := xmlstream.Parse(it.Payload, "", xmlstream.S2S); err != nil && len(it.Payload) > 0 {
			return nil, fault.Wrap(fault.Invalid, err, "the payload is not well-formed")
		}
	}
	return p.engine.publish(ctx, &publication{service: owner.Bare(), node: node, who: owner, items: items, config: o.Config})
}

// Retract removes items in the name of an account and tells subscribers. fault.NotFound when the node does not exist.
func (p *Service) Retract(ctx context.Context, owner jid.JID, node string, ids ...string) error {
	n, err := p.engine.node(ctx, owner.Bare(), node)
	if err != nil {
		return err
	}
	if n == nil {
		return fault.New(fault.NotFound, "there is no such node")
	}
	return p.engine.retract(ctx, owner.Bare(), node, owner, Relation{}, ids, true)
}

// Items gives items of an account's node, oldest first: those with the ids, or all when none are named. A node that does not exist has none.
// The items are shared and must not be changed.
func (p *Service) Items(ctx context.Context, owner jid.JID, node string, ids ...string) ([]Item, error) {
	n, err := p.engine.node(ctx, owner.Bare(), node)
	if err != nil || n == nil {
		return nil, err
	}
	if len(ids) > 0 {
		pg, err := p.engine.named(ctx, n, ids)
		return pg.items, err
	}
	if items, ok, err := p.engine.all(ctx, n); ok || err != nil {
		return items, err
	}
	return readItems(ctx, p.engine.db, n, itemRange{limit: p.engine.limits.items})
}

// Configure gives an account's node the configuration that change makes of a copy of the present one.
func (p *Service) Configure(ctx context.Context, owner jid.JID, name string, change func(*NodeConfig)) error {
	return p.engine.reconfigure(ctx, owner.Bare(), name, func(n *node) (*NodeConfig, error) {
		c := n.config.clone()
		change(c)
		return c, nil
	})
}

// ForgetAccount removes everything of a deleted account, its subscriptions at others too. Nobody is notified.
func (p *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	owner = owner.Bare()
	var elsewhere []jid.JID
	err := p.engine.db.Commit(ctx, func(tx *store.Tx) (err error) {
		elsewhere, err = forgetService(tx, owner)
		return err
	})
	if err != nil {
		return err
	}
	for _, service := range append(elsewhere, owner) {
		p.engine.shard(service).accounts.forget(service)
		p.srv.Announce(kindChanged, []byte(service.String()))
	}
	return nil
}

// cloneItem gives what was received memory of its own: it outlives the stanza.
func cloneItem(it requestItem) Item {
	return Item{ID: strings.Clone(it.id), Payload: bytes.Clone(it.payload)}
}
