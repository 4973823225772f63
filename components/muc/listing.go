package muc

import (
	"context"
	"fmt"

	"plenum/components/disco"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
)

// listing is a page of the list of public rooms, ordered by address.
type listing struct {
	items        []disco.Item
	index, count int
}

func (l *listing) set() rsm.Page {
	p := rsm.Page{Index: l.index, Count: l.count}
	if n := len(l.items); n > 0 {
		p.First, p.Last = l.items[0].JID, l.items[n-1].JID
	}
	return p
}

// public reads a page of at most limit rooms. The ids of the result set are the addresses.
func (s *roomStore) public(ctx context.Context, q rsm.Request, limit int) (*listing, error) {
	l := &listing{}
	if err := s.db.QueryRow(ctx, `SELECT count(*) FROM muc_room WHERE public AND NOT locked`).Scan(&l.count); err != nil {
		return nil, fmt.Errorf("count rooms: %w", err)
	}
	if q.Max >= 0 {
		limit = min(limit, q.Max)
	}
	const head = `SELECT room, name FROM muc_room WHERE public AND NOT locked`
	var err error
	switch {
	case limit == 0:
	case q.Last:
		err = s.list(ctx, l, true, head+` ORDER BY room DESC LIMIT $1`, limit)
	case q.Before != "":
		err = s.list(ctx, l, true, head+` AND room < $2 ORDER BY room DESC LIMIT $1`, limit, q.Before)
	case q.After != "":
		err = s.list(ctx, l, false, head+` AND room > $2 ORDER BY room LIMIT $1`, limit, q.After)
	case q.Index > l.count:
		err = fault.New(fault.NotFound, "the list is shorter")
	default:
		err = s.list(ctx, l, false, head+` ORDER BY room LIMIT $1 OFFSET $2`, limit, max(q.Index, 0))
	}
	if err == nil && len(l.items) > 0 {
		err = s.db.QueryRow(ctx, `SELECT count(*) FROM muc_room WHERE public AND NOT locked AND room < $1`, l.items[0].JID).Scan(&l.index)
	}
	if err != nil && fault.KindOf(err) == fault.Internal {
		err = fmt.Errorf("list rooms: %w", err)
	}
	return l, err
}

func (s *roomStore) list(ctx context.Context, l *listing, reverse bool, sql string, args ...any) error {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		var it disco.Item
		if err := rows.Scan(&it.JID, &it.Name); err != nil {
			return err
		}
		if j, err := jid.Parse(it.JID); err == nil && it.Name == "" {
			it.Name = j.Local()
		}
		l.items = append(l.items, it)
	}
	if reverse {
		for i, j := 0, len(l.items)-1; i < j; i, j = i+1, j-1 {
			l.items[i], l.items[j] = l.items[j], l.items[i]
		}
	}
	return rows.Err()
}
