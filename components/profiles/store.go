package profiles

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

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
