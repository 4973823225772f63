package archive

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// Engine stores and finds archived stanzas of accounts and rooms alike.
type Engine struct {
	db  *store.DB
	ids idSource
}

// OpenEngine brings the tables up to date.
func OpenEngine(ctx context.Context, db *store.DB) (*Engine, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "archive", lite, pg); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return &Engine{db: db, ids: newIDSource()}, nil
}

// ID names a stanza within an archive: milliseconds since 1970 in the upper 43 bits, a number below 2^20 in the others. IDs grow
// with time. On the wire it is a decimal number.
type ID int64

const idShift = 20

// Time is when the stanza was archived.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id) >> idShift).UTC() }

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads the wire form; ok is false for what no archive here has ever given out.
func ParseID(s string) (id ID, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return ID(n), err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

// firstAt is the lowest id that time t can have.
func firstAt(t time.Time) ID { return ID(max(t.UnixMilli(), 0) << idShift) }

// idSource makes ids that grow. The low 8 bits differ between nodes, so that two of them hardly ever give the same id to one
// archive; the 12 bits above count within a millisecond.
type idSource struct {
	mu   sync.Mutex
	last int64 // milliseconds << 12 | count
	node int64
}

func newIDSource() idSource {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return idSource{node: int64(binary.LittleEndian.Uint64(b[:]) & 0xff)}
}

func (s *idSource) next() ID {
	now := time.Now().UnixMilli() << 12
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, now)
	return ID(s.last<<8 | s.node)
}

// NextID makes a new id.
func (e *Engine) NextID() ID { return e.ids.next() }

var insertRow = store.NewInsert("archive", []string{"owner", "id", "peer", "resource", "stanza"}, "")

// Add puts a stanza into the batch. Peer is the other side, or zero in a room. Stanza must not change any more.
func (e *Engine) Add(b *store.Batch, owner jid.JID, id ID, peer jid.JID, stanza []byte) {
	b.Insert(insertRow, owner.String(), int64(id), peer.Bare().String(), peer.Resource(), stanza)
}

// Replace changes what is stored under an id, such as for a retraction; it does nothing when there is no such id.
func (e *Engine) Replace(b *store.Batch, owner jid.JID, id ID, stanza []byte) {
	o := owner.String()
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE archive SET stanza = $3 WHERE owner = $1 AND id = $2`, o, int64(id), stanza)
		return err
	})
}

// Get reads one stanza; fault.NotFound when there is none.
func (e *Engine) Get(ctx context.Context, owner jid.JID, id ID) ([]byte, error) {
	var b []byte
	err := e.db.QueryRow(ctx, `SELECT stanza FROM archive WHERE owner = $1 AND id = $2`, owner.String(), int64(id)).Scan(&b)
	if errors.Is(err, store.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no such message")
	}
	return b, err
}

// Delete removes a whole archive.
func (e *Engine) Delete(ctx context.Context, owner jid.JID) error {
	return e.db.Commit(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM archive WHERE owner = $1`, owner.String()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM archive_prefs WHERE owner = $1`, owner.String())
		return err
	})
}

// Row is an archived stanza.
type Row struct {
	ID     ID
	Stanza []byte
}

// Page is a part of an archive, oldest first.
type Page struct {
	Rows     []Row
	Complete bool // there is nothing beyond it in the direction of paging
	Count    int  // of all matches; -1 unless it was asked for
}

// Query finds a page. Errors: fault.NotFound when an id that the query names is not in the archive (XEP-0313#query-paging).
func (e *Engine) Query(ctx context.Context, owner jid.JID, q Query) (Page, error) {
	w, err := e.where(ctx, owner, q)
	if err != nil {
		return Page{}, err
	}
	page := Page{Count: -1}
	if q.RSM.Max == 0 {
		page.Complete = true
		err := e.db.QueryRow(ctx, `SELECT count(*) FROM archive WHERE `+w.sql(), w.args...).Scan(&page.Count)
		return page, err
	}
	limit := q.limit()
	order := "ASC"
	if q.backwards() {
		order = "DESC"
	}
	rows, err := e.db.Query(ctx, `SELECT id, stanza FROM archive WHERE `+w.sql()+` ORDER BY id `+order+` LIMIT `+strconv.Itoa(limit+1), w.args...)
	if err != nil {
		return Page{}, fmt.Errorf("read the archive of %s: %w", owner, err)
	}
	size := 0
	page.Complete = true
	for rows.Next() {
		var r Row
		if err := rows.Scan((*int64)(&r.ID), &r.Stanza); err != nil {
			return Page{}, fmt.Errorf("read the archive of %s: %w", owner, err)
		}
		if len(page.Rows) == limit || len(page.Rows) > 0 && size+len(r.Stanza) > PageBytes {
			page.Complete = false
			break
		}
		size += len(r.Stanza)
		page.Rows = append(page.Rows, r)
	}
	if q.backwards() {
		for i, j := 0, len(page.Rows)-1; i < j; i, j = i+1, j-1 {
			page.Rows[i], page.Rows[j] = page.Rows[j], page.Rows[i]
		}
	}
	return page, rows.Err()
}

type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, arg any) {
	w.args = append(w.args, arg)
	w.conds = append(w.conds, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(w.args))))
}

func (w *where) sql() string { return strings.Join(w.conds, " AND ") }

func (e *Engine) where(ctx context.Context, owner jid.JID, q Query) (*where, error) {
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
		w.add("id >= ?", int64(firstAt(q.Start)))
	}
	if !q.End.IsZero() {
		w.add("id < ?", int64(firstAt(q.End.Add(time.Millisecond))))
	}
	for _, b := range []struct{ id, cond string }{
		{q.AfterID, "id > ?"}, {q.RSM.After, "id > ?"}, {q.BeforeID, "id < ?"}, {q.RSM.Before, "id < ?"},
	} {
		if b.id == "" {
			continue
		}
		id, err := e.known(ctx, owner, b.id)
		if err != nil {
			return nil, err
		}
		w.add(b.cond, int64(id))
	}
	if len(q.IDs) > 0 {
		var list []string
		for _, s := range q.IDs {
			id, err := e.known(ctx, owner, s)
			if err != nil {
				return nil, err
			}
			list = append(list, strconv.FormatInt(int64(id), 10))
		}
		w.conds = append(w.conds, "id IN ("+strings.Join(list, ",")+")")
	}
	return w, nil
}

// known checks that the archive has an id that the asker names.
func (e *Engine) known(ctx context.Context, owner jid.JID, s string) (ID, error) {
	id, ok := ParseID(s)
	if ok {
		var one int
		err := e.db.QueryRow(ctx, `SELECT 1 FROM archive WHERE owner = $1 AND id = $2`, owner.String(), int64(id)).Scan(&one)
		if err == nil {
			return id, nil
		}
		if !errors.Is(err, store.ErrNoRows) {
			return 0, fmt.Errorf("read the archive of %s: %w", owner, err)
		}
	}
	return 0, fault.New(fault.NotFound, "the archive has no message with this id")
}

// Ends are the oldest and the newest id; ok is false when the archive is empty.
func (e *Engine) Ends(ctx context.Context, owner jid.JID) (first, last ID, ok bool, err error) {
	for _, end := range []struct {
		order string
		id    *ID
	}{{"ASC", &first}, {"DESC", &last}} {
		err = e.db.QueryRow(ctx, `SELECT id FROM archive WHERE owner = $1 ORDER BY id `+end.order+` LIMIT 1`, owner.String()).Scan((*int64)(end.id))
		if errors.Is(err, store.ErrNoRows) {
			return 0, 0, false, nil
		}
		if err != nil {
			return 0, 0, false, fmt.Errorf("read the archive of %s: %w", owner, err)
		}
	}
	return first, last, true, nil
}
