package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

const (
	sweepEvery = time.Hour
	sweepRows  = 500                   // in one transaction, so that messages are not held up
	sweepPause = 50 * time.Millisecond // between transactions
)

// Sweep removes what is older than the configuration says, in accounts and rooms, again and again until ctx ends.
func (a *Service) Sweep(ctx context.Context) {
	if a.cfg.Keep <= 0 {
		return
	}
	log := a.srv.Log()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if n, err := a.engine.SweepOnce(ctx, time.Now().Add(-a.cfg.Keep)); err != nil && ctx.Err() == nil {
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
	limit := int64(firstFrom(t))
	for owner := ""; ; {
		// The next archive and its oldest message are found by the key, so that archives without old messages cost next to nothing.
		var oldest int64
		err := e.db.QueryRow(ctx, `SELECT owner, id FROM archive WHERE owner > $1 ORDER BY owner, id LIMIT 1`, owner).Scan(&owner, &oldest)
		if errors.Is(err, store.ErrNoRows) {
			return removed, nil
		}
		if err != nil {
			return removed, fmt.Errorf("sweep the archive: %w", err)
		}
		if oldest >= limit {
			continue
		}
		n, err := e.removeBefore(ctx, owner, limit)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("sweep the archive of %s: %w", owner, err)
		}
	}
}

// removeBefore removes the messages of an archive with ids below limit, in small transactions.
func (e *Engine) removeBefore(ctx context.Context, owner string, limit int64) (removed int, err error) {
	for {
		var n int64
		err := e.db.Commit(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM archive WHERE owner = $1 AND id IN (SELECT id FROM archive WHERE owner = $1 AND id < $2 ORDER BY id LIMIT $3)`,
				owner, limit, sweepRows)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += int(n)
		if n < sweepRows {
			return removed, nil
		}
		select {
		case <-ctx.Done():
			return removed, ctx.Err()
		case <-time.After(sweepPause):
		}
	}
}

// Purge removes a whole archive, in small transactions too. It is for archives that nothing is added to any more.
func (e *Engine) Purge(ctx context.Context, owner jid.JID) error {
	if _, err := e.removeBefore(ctx, owner.String(), math.MaxInt64); err != nil {
		return fmt.Errorf("remove the archive of %s: %w", owner, err)
	}
	return nil
}
