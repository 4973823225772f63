package pubsub

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// create makes a node (XEP-0060#owner-create).
func (e *engine) create(service jid.JID, name string, c *NodeConfig) error {
	return e.change(service, name, func(tx *store.Tx, o *outcome) error {
		n := newNode(service, name, c)
		before, err := e.lockNode(tx, service, name, nil)
		if err != nil {
			return err
		}
		if before == nil {
			if err := e.insert(tx, &n); err != nil {
				return err
			}
		}
		if before != nil || n == nil {
			return xmppd.Errorf("conflict", "there is such a node already")
		}
		o.after, o.serial = n, n.serial
		return nil
	})
}

// configure changes the configuration of a node (XEP-0060#owner-configure).
func (e *engine) configure(ctx context.Context, service jid.JID, name string, who jid.JID, f *dataform.Form) error {
	return e.reconfigure(ctx, service, name, func(n *node) (*NodeConfig, error) {
		if n.affiliation(who.Bare()) != Owner {
			return nil, forbidden()
		}
		c, err := n.config.configured(f, e.limits)
		if err != nil {
			return nil, err
		}
		return c, nil
	})
}

// reconfigure gives a node the configuration that change makes of it.
func (e *engine) reconfigure(ctx context.Context, service jid.JID, name string, change func(*node) (*NodeConfig, error)) error {
	return e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		c, err := change(n)
		if err != nil {
			return err
		}
		old := n.config
		n.config, o.configured = c, true
		if c.Expire != old.Expire {
			n.edition = n.serial
			if err := setExpiry(tx, n); err != nil {
				return err
			}
		}
		if !c.Persist && old.Persist {
			n.edition = n.serial
			n.items, n.bytes, n.last = 0, 0, nil
			_, err := tx.Exec(`DELETE FROM pubsub_items WHERE service = $1 AND node = $2`, service.String(), name)
			return err
		}
		return e.shrink(tx, n, o)
	})
}

// setExpiry counts the time of existing items anew.
func setExpiry(tx *store.Tx, n *node) error {
	_, err := tx.Exec(`UPDATE pubsub_items SET expires = CASE WHEN $3 = 0 THEN 0 ELSE published + $3 END WHERE service = $1 AND node = $2`,
		n.service.String(), n.name, int64(n.config.Expire)*1000)
	if err != nil {
		return err
	}
	return findLast(tx, n)
}

// shrink removes the oldest items when the node may keep fewer of them now.
func (e *engine) shrink(tx *store.Tx, n *node, o *outcome) error {
	over := n.items - e.most(n.config)
	if over <= 0 {
		return nil
	}
	ids, err := oldest(tx, n, over, n.serial)
	if err != nil {
		return err
	}
	n.edition = n.serial
	o.removed, o.tellRemove = ids, n.config.NotifyRetract
	return removeItems(tx, n, ids)
}

// remove deletes a node (XEP-0060#owner-delete). The URI says where it has gone; it may be empty.
func (e *engine) remove(ctx context.Context, service jid.JID, name string, who jid.JID, uri string) error {
	known, err := e.node(ctx, service, name)
	if err != nil {
		return err
	}
	return e.change(service, name, func(tx *store.Tx, o *outcome) error {
		n, err := e.lockNode(tx, service, name, known)
		if err != nil {
			return err
		}
		if n == nil {
			return noNode()
		}
		if n.affiliation(who.Bare()) != Owner {
			return forbidden()
		}
		o.before, o.serial, o.redirect = n, n.serial+1, uri
		return deleteNode(tx, service, name)
	})
}
