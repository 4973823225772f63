package pubsub

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// retract removes items, all or none of them (XEP-0060#publisher-delete).
func (e *engine) retract(ctx context.Context, service jid.JID, name string, who jid.JID, base Relation, ids []string, notify bool) error {
	return e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		r := n.relation(who, base)
		if !n.config.MayRemove(r, true) {
			return forbidden()
		}
		if !n.config.Persist {
			return unsupported("persistent-items")
		}
		for _, id := range ids {
			it, err := readItem(txQuerier{tx}, service, name, id)
			if err != nil {
				return err
			}
			if it == nil {
				return xmppd.Errorf("item-not-found", "there is no such item")
			}
			if !n.config.MayRemove(r, it.Publisher.Bare() == who.Bare()) {
				return forbidden()
			}
		}
		if err := removeItems(tx, n, ids); err != nil {
			return err
		}
		n.edition = n.serial
		o.removed, o.tellRemove = ids, notify || n.config.NotifyRetract
		return findLast(tx, n)
	})
}

// purge removes all items (XEP-0060#owner-purge).
func (e *engine) purge(ctx context.Context, service jid.JID, name string, who jid.JID) error {
	return e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		if a := n.affiliation(who.Bare()); a != Owner && a != Publisher {
			return forbidden()
		}
		if !n.config.Persist {
			return unsupported("persistent-items")
		}
		if _, err := tx.Exec(`DELETE FROM pubsub_items WHERE service = $1 AND node = $2`, service.String(), name); err != nil {
			return err
		}
		n.items, n.bytes, n.last, n.edition = 0, 0, nil, n.serial
		o.purged = true
		return nil
	})
}
