package pubsub

import (
	"bytes"
	"context"
	"slices"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/rsm"
)

// Limits of one answer: larger ones are cut, and say so (XEP-0060#subscriber-retrieve-returnsome).
const (
	pageBytes  = 384 << 10
	pageMarkup = 15_000 // tags
	listBytes  = 64 << 10
)

// page is a part of a node's items, oldest first.
type page struct {
	items []Item
	cut   bool // there is more than was asked for without a limit, or a limit was asked for
	index int  // of the first one; -1 when not known
	count int
}

// all are the items of a node that is small enough to be kept in memory; ok is false when it is not.
func (e *engine) all(ctx context.Context, n *node) (items []Item, ok bool, err error) {
	if n.bytes+n.items*itemCost > listBytes {
		return nil, false, nil
	}
	if items, ok = e.lists.get(n); !ok {
		if items, err = readItems(ctx, e.db, n, itemRange{limit: n.items + 1}); err != nil {
			return nil, false, err
		}
		if len(items) <= n.items {
			e.lists.put(n, items)
		}
	}
	return present(items), true, nil
}

// item gives one item; nil when there is none.
func (e *engine) item(ctx context.Context, n *node, id string) (*Item, error) {
	if it := n.latest(); it != nil && it.ID == id && (it.Payload != nil || it.size == 0) {
		return it, nil
	}
	items, ok, err := e.all(ctx, n)
	if err != nil {
		return nil, err
	}
	if ok {
		if i := slices.IndexFunc(items, func(it Item) bool { return it.ID == id }); i >= 0 {
			return &items[i], nil
		}
		return nil, nil
	}
	it, err := readItem(dbQuerier{ctx, e.db}, n.service, n.name, id)
	if it != nil && len(present([]Item{*it})) == 0 {
		it = nil
	}
	return it, err
}

// named gives those of the items that exist.
func (e *engine) named(ctx context.Context, n *node, ids []string) (page, error) {
	pg := page{index: -1}
	size := 0
	for _, id := range ids {
		it, err := e.item(ctx, n, id)
		if err != nil {
			return page{}, err
		}
		if it == nil {
			continue
		}
		if size += it.size; size > pageBytes && len(pg.items) > 0 {
			return page{}, xmppd.Errorf("resource-constraint", "ask for fewer items at once")
		}
		pg.items = append(pg.items, *it)
	}
	return pg, nil
}

// recent gives the newest items; many is -1 for all.
func (e *engine) recent(ctx context.Context, n *node, many int) (page, error) {
	items, ok, err := e.all(ctx, n)
	if err != nil {
		return page{}, err
	}
	total := len(items)
	if !ok {
		limit := n.items + 1
		if many >= 0 {
			limit = min(many, limit)
		}
		if items, err = readItems(ctx, e.db, n, itemRange{backwards: true, limit: limit}); err != nil {
			return page{}, err
		}
		slices.Reverse(items)
		total = n.items
	}
	if many >= 0 && len(items) > many {
		items = items[len(items)-many:]
	}
	fit := fitting(items, true)
	return page{items: fit, cut: len(fit) < len(items), index: max(total-len(fit), 0), count: max(total, len(fit))}, nil
}

// paged gives the page that result set management asks for; oldest first (XEP-0059).
func (e *engine) paged(ctx context.Context, n *node, q rsm.Request) (page, error) {
	if q.Index >= 0 {
		return page{}, xmppd.Errorf("feature-not-implemented", "pages are found by item, not by index")
	}
	count, err := countItems(ctx, e.db, n, 0)
	if err != nil || q.Max == 0 {
		return page{cut: true, index: -1, count: count}, err
	}
	r := itemRange{backwards: q.Last || q.Before != "", limit: e.limits.items}
	if q.Max > 0 {
		r.limit = min(r.limit, q.Max)
	}
	for _, end := range []struct {
		id     string
		serial *int64
	}{{q.After, &r.after}, {q.Before, &r.before}} {
		if end.id == "" {
			continue
		}
		it, err := e.item(ctx, n, end.id)
		if err != nil {
			return page{}, err
		}
		if it == nil {
			return page{}, xmppd.Errorf("item-not-found", "the page begins at an item that does not exist") // XEP-0059#notfound
		}
		*end.serial = it.serial
	}
	items, err := readItems(ctx, e.db, n, r)
	if err != nil {
		return page{}, err
	}
	if r.backwards {
		slices.Reverse(items)
	}
	pg := page{items: fitting(items, r.backwards), cut: true, index: -1, count: count}
	if len(pg.items) > 0 {
		pg.index, err = countItems(ctx, e.db, n, pg.items[0].serial)
	}
	return pg, err
}

// fitting cuts items to what fits into an answer: the newest ones, or the oldest.
func fitting(items []Item, newest bool) []Item {
	size, markup := 0, 0
	for k := range items {
		i := k
		if newest {
			i = len(items) - 1 - k
		}
		it := &items[i]
		size += it.size + len(it.ID) + 32
		markup += 1 + bytes.Count(it.Payload, []byte{'<'})
		if k > 0 && (size > pageBytes || markup > pageMarkup) {
			if newest {
				return items[i+1:]
			}
			return items[:i]
		}
	}
	return items
}

// present are the items that have not expired.
func present(items []Item) []Item {
	now := time.Now()
	if !slices.ContainsFunc(items, func(it Item) bool { return it.gone(now) }) {
		return items
	}
	return slices.DeleteFunc(slices.Clone(items), func(it Item) bool { return it.gone(now) })
}
