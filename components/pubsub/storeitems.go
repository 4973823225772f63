package pubsub

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

const itemColumns = `item, serial, published, expires, publisher, length(payload), payload`

func scanItems(rows *store.Rows) ([]Item, error) {
	out := make([]Item, 0, rows.Len())
	for rows.Next() {
		var it Item
		var publisher string
		var published int64
		if err := rows.Scan(&it.ID, &it.serial, &published, &it.expires, &publisher, &it.size, &it.Payload); err != nil {
			return nil, err
		}
		it.Published = time.UnixMilli(published).UTC()
		it.Publisher, _ = jid.Parse(publisher)
		out = append(out, it)
	}
	return out, nil
}

// readItem reads one item; nil when there is none.
func readItem(q querier, service jid.JID, node, id string) (*Item, error) {
	rows, err := q.query(`SELECT `+itemColumns+` FROM pubsub_items WHERE service = $1 AND node = $2 AND item = $3`, service.String(), node, id)
	if err != nil {
		return nil, err
	}
	items, err := scanItems(rows)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	return &items[0], nil
}

// itemRange is a part of a node's items by their order.
type itemRange struct {
	after, before int64 // serials that are left out; 0 for none
	backwards     bool  // newest first
	limit         int
}

// readItems reads items that have not expired.
func readItems(ctx context.Context, db *store.DB, n *node, r itemRange) ([]Item, error) {
	sql := `SELECT ` + itemColumns + ` FROM pubsub_items WHERE service = $1 AND node = $2 AND (expires = 0 OR expires > $3)`
	args := []any{n.service.String(), n.name, time.Now().UnixMilli()}
	if r.after > 0 {
		args = append(args, r.after)
		sql += ` AND serial > $` + strconv.Itoa(len(args))
	}
	if r.before > 0 {
		args = append(args, r.before)
		sql += ` AND serial < $` + strconv.Itoa(len(args))
	}
	sql += ` ORDER BY serial`
	if r.backwards {
		sql += ` DESC`
	}
	rows, err := db.Query(ctx, sql+` LIMIT `+strconv.Itoa(r.limit), args...)
	if err != nil {
		return nil, fmt.Errorf("read items of %s: %w", n.service, err)
	}
	return scanItems(rows)
}

// countItems counts those that have not expired, all of them or those before a serial.
func countItems(ctx context.Context, db *store.DB, n *node, before int64) (count int, err error) {
	sql := `SELECT count(*) FROM pubsub_items WHERE service = $1 AND node = $2 AND (expires = 0 OR expires > $3)`
	args := []any{n.service.String(), n.name, time.Now().UnixMilli()}
	if before > 0 {
		sql += ` AND serial < $4`
		args = append(args, before)
	}
	err = db.QueryRow(ctx, sql, args...).Scan(&count)
	return count, err
}

var insertItem = store.NewInsert("pubsub_items", []string{"service", "node", "item", "serial", "published", "expires", "publisher", "payload"},
	`ON CONFLICT (service, node, item) DO UPDATE SET serial = excluded.serial, published = excluded.published, expires = excluded.expires,
	publisher = excluded.publisher, payload = excluded.payload`)

// putItem stores an item and accounts for it in n. It reports whether the item is a new one.
func putItem(tx *store.Tx, n *node, it *Item) (bool, error) {
	var size int
	err := tx.QueryRow(`SELECT length(payload) FROM pubsub_items WHERE service = $1 AND node = $2 AND item = $3`,
		n.service.String(), n.name, it.ID).Scan(&size)
	if err != nil && !isNone(err) {
		return false, err
	}
	isNew := err != nil
	if isNew {
		n.items++
	}
	n.bytes += it.size - size
	payload := it.Payload
	if payload == nil {
		payload = []byte{}
	}
	return isNew, tx.Insert(insertItem, n.service.String(), n.name, it.ID, it.serial, it.Published.UnixMilli(), it.expires, it.Publisher.String(), payload)
}

// removeItems deletes items and accounts for it in n; those that do not exist are passed over.
func removeItems(tx *store.Tx, n *node, ids []string) error {
	for _, id := range ids {
		rows, err := tx.Query(`DELETE FROM pubsub_items WHERE service = $1 AND node = $2 AND item = $3 RETURNING length(payload)`,
			n.service.String(), n.name, id)
		if err != nil {
			return err
		}
		for rows.Next() {
			var size int
			if err := rows.Scan(&size); err != nil {
				return err
			}
			n.items--
			n.bytes -= size
		}
	}
	return nil
}

// oldest are the ids of the items that were published first, but not since serial.
func oldest(tx *store.Tx, n *node, count int, serial int64) ([]string, error) {
	rows, err := tx.Query(`SELECT item FROM pubsub_items WHERE service = $1 AND node = $2 AND serial < $3 ORDER BY serial LIMIT $4`,
		n.service.String(), n.name, serial, count)
	if err != nil {
		return nil, err
	}
	return scanIDs(rows)
}

// expired are the ids of a node's items whose time is over.
func expired(tx *store.Tx, n *node, now time.Time) ([]string, error) {
	rows, err := tx.Query(`SELECT item FROM pubsub_items WHERE service = $1 AND node = $2 AND expires > 0 AND expires <= $3 LIMIT $4`,
		n.service.String(), n.name, now.UnixMilli(), sweepRows)
	if err != nil {
		return nil, err
	}
	return scanIDs(rows)
}

func scanIDs(rows *store.Rows) ([]string, error) {
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// findLast sets n.last to the newest item there is.
func findLast(tx *store.Tx, n *node) error {
	n.last = nil
	rows, err := tx.Query(`SELECT `+itemColumns+` FROM pubsub_items WHERE service = $1 AND node = $2 ORDER BY serial DESC LIMIT 1`,
		n.service.String(), n.name)
	if err != nil {
		return err
	}
	items, err := scanItems(rows)
	if err == nil && len(items) == 1 {
		n.last = small(&items[0])
	}
	return err
}

// small is the item as it is kept with its node: without a large payload.
func small(it *Item) *Item {
	if it.size <= lastBytes {
		return it
	}
	c := *it
	c.Payload = nil
	return &c
}
