package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// A forgetter keeps something for accounts.
type forgetter interface {
	// ForgetAccount removes what is kept of an account that is no more. Doing it twice does no harm.
	ForgetAccount(ctx context.Context, owner jid.JID) error
}

// leaving removes accounts with all that the packages keep of them. The database remembers who is leaving, so that a
// restart goes on where the process ended: whoever gets the address next must not find another's history.
type leaving struct {
	db         *store.DB
	accounts   *directory.Accounts
	xmpp       *xmppd.Server
	log        *slog.Logger
	forgetters []forgetter

	removals sync.WaitGroup
}

// sessionsEnd bounds how long the removal waits for the account's sessions to end.
const sessionsEnd = 10 * time.Second

func newLeaving(ctx context.Context, db *store.DB, accounts *directory.Accounts, xmpp *xmppd.Server, log *slog.Logger) (*leaving, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "leaving", lite, pg); err != nil {
		return nil, fmt.Errorf("accounts that leave: %w", err)
	}
	return &leaving{db: db, accounts: accounts, xmpp: xmpp, log: log, forgetters: []forgetter{xmpp}}, nil
}

// also adds to those that keep something for accounts.
func (l *leaving) also(f ...forgetter) { l.forgetters = append(l.forgetters, f...) }

// reserved refuses to make an account while one of the same name is just being removed.
func (l *leaving) reserved(ctx context.Context, owner jid.JID) error {
	var one int
	err := l.db.QueryRow(ctx, "SELECT 1 FROM leaving WHERE owner = $1", owner.String()).Scan(&one)
	switch {
	case err == nil:
		return fault.New(fault.Conflict, "a user of this name is just being removed: try again in a moment")
	case !errors.Is(err, store.ErrNoRows):
		return fmt.Errorf("create account %s: %w", owner, err)
	}
	return nil
}

// removeNow is remove for who does not wait for the end of it.
func (l *leaving) removeNow(ctx context.Context, owner jid.JID) error {
	_, err := l.remove(ctx, owner)
	return err
}

// remove deletes an account and begins to remove what belongs to it; done is closed when that is over.
func (l *leaving) remove(ctx context.Context, owner jid.JID) (done <-chan struct{}, err error) {
	if _, err := l.accounts.Get(ctx, owner); err != nil {
		return nil, err
	}
	if err := l.mark(ctx, owner); err != nil {
		return nil, fmt.Errorf("delete account %s: %w", owner, err)
	}
	if err := l.accounts.Delete(ctx, owner); err != nil {
		return nil, errors.Join(err, l.unmark(ctx, owner))
	}
	l.xmpp.CloseSessions(owner, "not-authorized", "the account was deleted")
	over := make(chan struct{})
	l.removals.Go(func() {
		defer close(over)
		l.finish(context.WithoutCancel(ctx), owner)
	})
	return over, nil
}

// close returns when what is being removed is gone. Nobody may remove accounts any more.
func (l *leaving) close() { l.removals.Wait() }

// resume goes on with what an earlier process left undone. Sessions must not be possible yet.
func (l *leaving) resume(ctx context.Context) error {
	rows, err := l.db.Query(ctx, "SELECT owner FROM leaving")
	if err != nil {
		return fmt.Errorf("accounts that leave: %w", err)
	}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return fmt.Errorf("accounts that leave: %w", err)
		}
		owner, err := jid.Parse(text)
		if err != nil {
			return fmt.Errorf("accounts that leave: %w", err)
		}
		switch _, err := l.accounts.Get(ctx, owner); {
		case err == nil: // the process ended before the account was deleted
			if err := l.unmark(ctx, owner); err != nil {
				return err
			}
		case fault.Is(err, fault.NotFound):
			l.finish(ctx, owner)
		default:
			return err
		}
	}
	return nil
}

// finish has everybody forget the account, when its sessions have ended. What fails is tried again at the next start.
func (l *leaving) finish(ctx context.Context, owner jid.JID) {
	for end := time.Now().Add(sessionsEnd); len(l.xmpp.Targets(owner)) > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	var faults []error
	for _, f := range l.forgetters {
		faults = append(faults, f.ForgetAccount(ctx, owner))
	}
	if err := errors.Join(faults...); err != nil {
		l.log.Error("what belongs to a deleted account could not be removed; it is tried again at the next start", "account", owner, "err", err)
		return
	}
	if err := l.unmark(ctx, owner); err != nil {
		l.log.Error("the removal of an account could not be noted as done", "account", owner, "err", err)
	}
}

// mark notes that an account leaves. One that does already is refused: of several nodes that find the same user in the bin one removes him.
func (l *leaving) mark(ctx context.Context, owner jid.JID) error {
	return l.db.Commit(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec("INSERT INTO leaving (owner) VALUES ($1) ON CONFLICT DO NOTHING", owner.String())
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "the user is just being removed")
		}
		return err
	})
}

func (l *leaving) unmark(ctx context.Context, owner jid.JID) error {
	return l.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM leaving WHERE owner = $1", owner.String())
		return err
	})
}

// emptyInterval is how often the bin is looked through.
const emptyInterval = time.Hour

// emptyBin removes those whose time in the bin is over, until ctx ends.
func (l *leaving) emptyBin(ctx context.Context) {
	ticker := time.NewTicker(emptyInterval)
	defer ticker.Stop()
	for {
		for _, user := range l.accounts.Expired() {
			if ctx.Err() != nil {
				return
			}
			if err := l.removeNow(ctx, user); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
				l.log.Error("a user whose time in the bin is over could not be removed", "account", user, "err", err)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
