package blocking

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// blockStore keeps the block lists.
type blockStore struct{ db *store.DB }

func openStore(ctx context.Context, db *store.DB) (*blockStore, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "blocking", lite, pg); err != nil {
		return nil, fmt.Errorf("block lists: %w", err)
	}
	return &blockStore{db}, nil
}

func (b *blockStore) list(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	rows, err := b.db.Query(ctx, `SELECT jid FROM blocked WHERE owner = $1 ORDER BY jid`, owner.String())
	if err != nil {
		return nil, fmt.Errorf("read the block list of %s: %w", owner, err)
	}
	var out []jid.JID
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read the block list of %s: %w", owner, err)
		}
		if j, err := jid.Parse(s); err == nil {
			out = append(out, j)
		}
	}
	return out, rows.Err()
}

func (b *blockStore) add(ctx context.Context, owner jid.JID, items []jid.JID, limit int) error {
	return b.db.Commit(ctx, func(tx *store.Tx) error {
		for _, j := range items {
			if _, err := tx.Exec(`INSERT INTO blocked (owner, jid) VALUES ($1, $2) ON CONFLICT DO NOTHING`, owner.String(), j.String()); err != nil {
				return err
			}
		}
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM blocked WHERE owner = $1`, owner.String()).Scan(&n); err != nil {
			return err
		}
		if n > limit {
			return fault.Newf(fault.Limit, "a block list has at most %d entries", limit)
		}
		return nil
	})
}

// remove takes items off the list, or all of them when there are none.
func (b *blockStore) remove(ctx context.Context, owner jid.JID, items []jid.JID) error {
	return b.db.Commit(ctx, func(tx *store.Tx) error {
		if len(items) == 0 {
			_, err := tx.Exec(`DELETE FROM blocked WHERE owner = $1`, owner.String())
			return err
		}
		for _, j := range items {
			if _, err := tx.Exec(`DELETE FROM blocked WHERE owner = $1 AND jid = $2`, owner.String(), j.String()); err != nil {
				return err
			}
		}
		return nil
	})
}
