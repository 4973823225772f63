package archive

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Page is a part of an archive, oldest first.
type Page struct {
	Rows     []Row
	Complete bool // there is nothing beyond it in the direction of paging
	Count    int  // of all matches, on whatever page; -1 unless it was asked for
}

// Query finds a page. Errors: fault.NotFound when an id that the query names is not in the archive (XEP-0313#query-paging-request,
// #query-limit-id).
func (e *Engine) Query(ctx context.Context, owner jid.JID, q Query) (Page, error) {
	named, err := e.named(ctx, owner, &q)
	if err != nil {
		return Page{}, err
	}
	w := q.filter(owner, named)
	page := Page{Count: -1}
	if q.RSM.Max == 0 { // XEP-0059: only the count is wanted
		err = e.db.QueryRow(ctx, `SELECT count(*) FROM archive WHERE `+w.sql(), w.args...).Scan(&page.Count)
		page.Complete = page.Count == 0
	} else {
		q.page(w, named)
		page.Rows, page.Complete, err = e.read(ctx, w, q.limit(), q.backwards())
	}
	if err != nil {
		return Page{}, fmt.Errorf("read the archive of %s: %w", owner, err)
	}
	return page, nil
}

// read gives at most limit rows and PageBytes, but one row at least. It looks at the sizes first, so that no more than that is ever
// in memory.
func (e *Engine) read(ctx context.Context, w *where, limit int, backwards bool) (list []Row, complete bool, err error) {
	order := ` ORDER BY id LIMIT `
	if backwards {
		order = ` ORDER BY id DESC LIMIT `
	}
	sizes, err := e.db.Query(ctx, `SELECT id, length(stanza) FROM archive WHERE `+w.sql()+order+strconv.Itoa(limit+1), w.args...)
	if err != nil {
		return nil, false, err
	}
	var last, n, bytes int64
	for sizes.Next() {
		var id, size int64
		if err := sizes.Scan(&id, &size); err != nil {
			return nil, false, err
		}
		bytes += size
		if n == int64(limit) || n > 0 && bytes > PageBytes {
			break
		}
		last, n = id, n+1
	}
	if n == 0 {
		return nil, true, nil
	}
	complete = int(n) == sizes.Len()
	rows, err := e.db.Query(ctx, `SELECT id, stanza FROM archive WHERE `+w.sql()+order+strconv.FormatInt(n, 10), w.args...)
	if err != nil {
		return nil, false, err
	}
	list = make([]Row, 0, n)
	for rows.Next() {
		var r Row
		if err := rows.Scan((*int64)(&r.ID), &r.Stanza); err != nil {
			return nil, false, err
		}
		list = append(list, r)
		if int64(r.ID) == last {
			break // what came in between belongs to the next page
		}
	}
	if backwards {
		slices.Reverse(list)
	}
	return list, complete, nil
}

// where is a condition with its arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, arg any) {
	w.args = append(w.args, arg)
	w.conds = append(w.conds, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(w.args))))
}

func (w *where) sql() string { return strings.Join(w.conds, " AND ") }

// filter is the condition for what the form asks for.
func (q *Query) filter(owner jid.JID, named map[string]ID) *where {
	w := &where{}
	w.add("owner = ?", owner.String())
	if !q.With.IsZero() {
		w.add("peer = ?", q.With.Bare().String())
		w.conds = append(w.conds, "peer <> ''") // makes PostgreSQL's partial index usable
		if q.With.IsFull() {
			w.add("resource = ?", q.With.Resource())
		}
	}
	if !q.Start.IsZero() {
		w.add("id >= ?", int64(firstFrom(q.Start)))
	}
	if !q.End.IsZero() {
		w.add("id < ?", int64(firstAfter(q.End)))
	}
	if q.AfterID != "" {
		w.add("id > ?", int64(named[q.AfterID]))
	}
	if q.BeforeID != "" {
		w.add("id < ?", int64(named[q.BeforeID]))
	}
	if len(q.IDs) > 0 {
		list := make([]string, len(q.IDs))
		for i, s := range q.IDs {
			list[i] = named[s].String()
		}
		w.conds = append(w.conds, "id IN ("+strings.Join(list, ",")+")")
	}
	return w
}

// page narrows the filter to where the page begins (XEP-0059).
func (q *Query) page(w *where, named map[string]ID) {
	if q.RSM.After != "" {
		w.add("id > ?", int64(named[q.RSM.After]))
	}
	if q.RSM.Before != "" {
		w.add("id < ?", int64(named[q.RSM.Before]))
	}
}

// named gives the ids that the query names. All of them have to be in the archive.
func (e *Engine) named(ctx context.Context, owner jid.JID, q *Query) (map[string]ID, error) {
	ids := map[string]ID{}
	var list []string
	for _, s := range append([]string{q.AfterID, q.BeforeID, q.RSM.After, q.RSM.Before}, q.IDs...) {
		if _, seen := ids[s]; s == "" || seen {
			continue
		}
		id, ok := ParseID(s)
		if !ok {
			return nil, errUnknownID
		}
		ids[s] = id
		list = append(list, s) // a canonical number, so it may stand in a statement
	}
	if len(list) == 0 {
		return ids, nil
	}
	n := 0
	err := e.db.QueryRow(ctx, `SELECT count(*) FROM archive WHERE owner = $1 AND id IN (`+strings.Join(list, ",")+`)`, owner.String()).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("read the archive of %s: %w", owner, err)
	}
	if n < len(list) {
		return nil, errUnknownID
	}
	return ids, nil
}

var errUnknownID = fault.New(fault.NotFound, "the archive has no message with this id")
