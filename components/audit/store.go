package audit

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "audit", lite, pg); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

var insert = store.NewInsert("audit", []string{"at", "actor", "address", "action", "kind", "object", "name", "changes"}, "")

func add(ctx context.Context, db *store.DB, entries []Entry, at time.Time) error {
	rows := make([][]any, 0, len(entries))
	for _, e := range entries {
		changes, err := json.Marshal(e.Changes)
		if err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
		rows = append(rows, []any{at.UnixMilli(), e.Actor, e.Address, e.Action, e.Kind, e.Object, e.Name, string(changes)})
	}
	err := db.Commit(ctx, func(tx *store.Tx) error {
		for _, row := range rows {
			if err := tx.Insert(insert, row...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// where makes the condition of a query.
func (q *Query) where() (sql string, args []any) {
	var parts []string
	also := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if q.Text != "" {
		also(`(lower(actor) LIKE ? ESCAPE '\' OR lower(object) LIKE ? ESCAPE '\' OR lower(name) LIKE ? ESCAPE '\')`, "%"+escape(strings.ToLower(q.Text))+"%")
	}
	if q.Actor != "" {
		also(`actor = ?`, q.Actor)
	}
	if prefix, ok := strings.CutSuffix(q.Action, "."); ok && prefix != "" {
		also(`action LIKE ? ESCAPE '\'`, escape(q.Action)+"%")
	} else if q.Action != "" {
		also(`action = ?`, q.Action)
	}
	if q.Kind != "" {
		also(`kind = ?`, q.Kind)
	}
	if q.Object != "" {
		also(`object = ?`, q.Object)
	}
	if !q.From.IsZero() {
		also(`at >= ?`, q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		also(`at < ?`, q.Until.UnixMilli())
	}
	if q.Before > 0 {
		also(`id < ?`, q.Before)
	}
	if len(parts) > 0 {
		sql = " WHERE " + strings.Join(parts, " AND ")
	}
	return sql, args
}

// escape makes a text match itself in LIKE.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func list(ctx context.Context, db *store.DB, q Query) ([]Entry, error) {
	where, args := q.where()
	args = append(args, q.Limit)
	rows, err := db.Query(ctx, `SELECT id, at, actor, address, action, kind, object, name, changes FROM audit`+where+
		fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	entries := make([]Entry, 0, rows.Len())
	for rows.Next() {
		var e Entry
		var at int64
		var changes string
		if err := rows.Scan(&e.ID, &at, &e.Actor, &e.Address, &e.Action, &e.Kind, &e.Object, &e.Name, &changes); err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		e.Time = time.UnixMilli(at).UTC()
		if err := json.Unmarshal([]byte(changes), &e.Changes); err != nil {
			return nil, fmt.Errorf("read the audit log: entry %d: %w", e.ID, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// sweepRows is how many entries go in one transaction, so that messages are not held up.
const sweepRows = 500

func removeBefore(ctx context.Context, db *store.DB, t time.Time) error {
	for {
		var n int64
		err := db.Commit(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)`, t.UnixMilli(), sweepRows)
			return err
		})
		if err != nil || n < sweepRows {
			return err
		}
	}
}
