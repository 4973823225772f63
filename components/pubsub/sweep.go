package pubsub

import (
	"context"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

const (
	sweepEvery = time.Hour
	sweepRows  = 500 // in one transaction, so that others are not held up
)

// Sweep removes items whose time is over (pubsub#item_expire), again and again until ctx ends. Readers do not see them anyway.
func (p *Service) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := p.engine.sweep(ctx); err != nil && ctx.Err() == nil {
			p.srv.Log().Error("expired items could not be removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep goes through the nodes that have expired items, one transaction each.
func (e *engine) sweep(ctx context.Context) error {
	for {
		rows, err := e.db.Query(ctx, `SELECT DISTINCT service, node FROM pubsub_items WHERE expires > 0 AND expires <= $1 LIMIT 100`, time.Now().UnixMilli())
		if err != nil || rows.Len() == 0 {
			return err
		}
		for rows.Next() {
			var service, name string
			if err := rows.Scan(&service, &name); err != nil {
				return err
			}
			if err := e.sweepNode(ctx, service, name); err != nil {
				return err
			}
		}
	}
}

func (e *engine) sweepNode(ctx context.Context, service, name string) error {
	owner, err := jid.Parse(service)
	if err != nil {
		return err
	}
	return e.edit(ctx, owner, name, func(tx *store.Tx, n *node, _ *outcome) error {
		ids, err := expired(tx, n, time.Now())
		if err != nil {
			return err
		}
		n.edition = n.serial
		if err := removeItems(tx, n, ids); err != nil {
			return err
		}
		return findLast(tx, n)
	})
}
