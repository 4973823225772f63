package profiles

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	return db.Migrate(ctx, "profiles", lite, pg)
}

// takeTurn notes that the times up to now are observed, and returns up to where they were before. Of several servers one alone has a turn. Times that
// were observed are not again when the clock is put back, unless by more than it could have been put forward by mistake.
func takeTurn(ctx context.Context, db *store.DB, now time.Time) (last time.Time, mine bool, err error) {
	err = db.Commit(ctx, func(tx *store.Tx) error {
		mine = false // a transaction may run twice
		var at int64
		err := tx.QueryRow("SELECT at FROM profile_clock WHERE id = 1").Scan(&at)
		if errors.Is(err, store.ErrNoRows) {
			_, err = tx.Exec("INSERT INTO profile_clock (id, at) VALUES (1, $1) ON CONFLICT DO NOTHING", now.UnixMilli())
			return err
		}
		if err != nil {
			return err
		}
		if last = time.UnixMilli(at); !now.After(last) && last.Sub(now) <= latest {
			return nil
		}
		var taken int64
		err = tx.QueryRow("UPDATE profile_clock SET at = $1 WHERE id = 1 AND at = $2 RETURNING at", now.UnixMilli(), at).Scan(&taken)
		if errors.Is(err, store.ErrNoRows) { // another was faster
			return nil
		}
		mine = err == nil && now.After(last)
		return err
	})
	return last, mine && err == nil, err
}

// MaxRuns is how many changes of his profile are kept of a user.
const MaxRuns = 20

// keepRun keeps what has happened, in the place of what happened long ago.
func keepRun(ctx context.Context, db *store.DB, r *Run) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return db.Commit(ctx, func(tx *store.Tx) error {
		at := r.At.UnixMicro()
		if _, err := tx.Exec("INSERT INTO profile_run (owner, at, run) VALUES ($1, $2, $3) ON CONFLICT (owner, at) DO UPDATE SET run = excluded.run",
			r.User.String(), at, string(text)); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM profile_run WHERE owner = $1 AND at NOT IN (SELECT at FROM profile_run WHERE owner = $1 ORDER BY at DESC LIMIT $2)",
			r.User.String(), MaxRuns)
		return err
	})
}

func runsOf(ctx context.Context, db *store.DB, user jid.JID) (runs []Run, err error) {
	rows, err := db.Query(ctx, "SELECT run FROM profile_run WHERE owner = $1 ORDER BY at DESC", user.String())
	if err != nil {
		return nil, fmt.Errorf("read what profiles have done: %w", err)
	}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read what profiles have done: %w", err)
		}
		var r Run
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, fmt.Errorf("read what profiles have done: %w", err)
		}
		runs = append(runs, r)
	}
	return runs, nil
}
