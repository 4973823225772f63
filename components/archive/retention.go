package archive

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"plenum/xmppd/store"
)

const (
	sweepEvery = time.Hour
	sweepRows  = 500                   // in one transaction, so that messages are not held up
	sweepPause = 50 * time.Millisecond // between transactions
)

// Sweep removes what is older than keep, again and again until ctx ends.
func (e *Engine) Sweep(ctx context.Context, keep time.Duration, log *slog.Logger) {
	if keep <= 0 {
		return
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if n, err := e.SweepOnce(ctx, time.Now().Add(-keep)); err != nil && ctx.Err() == nil {
			log.Error("old messages could not be removed from the archive", "err", err)
		} else if n > 0 {
			log.Info("old messages removed from the archive", "messages", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// SweepOnce removes everything before t, in small transactions, one archive after the other.
func (e *Engine) SweepOnce(ctx context.Context, t time.Time) (removed int, err error) {
	owner := ""
	for {
		// The next archive is found by its key, without reading rows.
		err := e.db.QueryRow(ctx, `SELECT owner FROM archive WHERE owner > $1 ORDER BY owner LIMIT 1`, owner).Scan(&owner)
		if err == store.ErrNoRows {
			return removed, nil
		}
		if err != nil {
			return removed, fmt.Errorf("sweep the archive: %w", err)
		}
		for {
			var n int64
			err := e.db.Commit(ctx, func(tx *store.Tx) (err error) {
				n, err = tx.Exec(`DELETE FROM archive WHERE owner = $1 AND id IN (SELECT id FROM archive WHERE owner = $1 AND id < $2 ORDER BY id LIMIT $3)`,
					owner, int64(firstAt(t)), sweepRows)
				return err
			})
			if err != nil {
				return removed, fmt.Errorf("sweep the archive of %s: %w", owner, err)
			}
			removed += int(n)
			if n < sweepRows {
				break
			}
			select {
			case <-ctx.Done():
				return removed, ctx.Err()
			case <-time.After(sweepPause):
			}
		}
	}
}
