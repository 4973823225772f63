package websession

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// sessionStore keeps the sessions.
type sessionStore struct{ db *store.DB }

// record is a row.
type record struct {
	key           []byte // SHA-256 of the token
	account       jid.JID
	stamp         string // of the account at the log-in
	address       string // where from
	created, used time.Time
}

func openStore(ctx context.Context, db *store.DB) (*sessionStore, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "websession", lite, pg); err != nil {
		return nil, fmt.Errorf("browser sessions: %w", err)
	}
	return &sessionStore{db}, nil
}

// add stores a session and ends the account's oldest ones past a number.
func (s *sessionStore) add(ctx context.Context, r record, most int) error {
	err := s.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO websession (hash, account, stamp, address, created, used) VALUES ($1, $2, $3, $4, $5, $6)`,
			r.key, r.account.String(), r.stamp, r.address, r.created.UnixMilli(), r.used.UnixMilli())
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM websession WHERE account = $1 AND hash NOT IN
			(SELECT hash FROM websession WHERE account = $1 ORDER BY created DESC, hash LIMIT $2)`, r.account.String(), most)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a browser session: %w", err)
	}
	return nil
}

func (s *sessionStore) get(ctx context.Context, key []byte) (record, error) {
	r := record{key: key}
	var account string
	var created, used int64
	err := s.db.QueryRow(ctx, `SELECT account, stamp, address, created, used FROM websession WHERE hash = $1`, key).
		Scan(&account, &r.stamp, &r.address, &created, &used)
	if err != nil {
		return r, fmt.Errorf("read a browser session: %w", err)
	}
	r.created, r.used = time.UnixMilli(created).UTC(), time.UnixMilli(used).UTC()
	if r.account, err = jid.Parse(account); err != nil {
		return r, fmt.Errorf("read a browser session: %w", err)
	}
	return r, nil
}

// touch notes a use, some time soon. What is lost of it makes a session end earlier, not later.
func (s *sessionStore) touch(key []byte, at time.Time) {
	b := new(store.Batch)
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE websession SET used = $2 WHERE hash = $1 AND used < $2`, key, at.UnixMilli())
		return err
	})
	_ = s.db.Submit(b) // the next use tries again
}

func (s *sessionStore) remove(ctx context.Context, key []byte) error {
	return s.db.Commit(ctx, deletion(key))
}

func (s *sessionStore) removeLater(key []byte) error {
	b := new(store.Batch)
	b.Do(deletion(key))
	return s.db.Submit(b)
}

func deletion(key []byte) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM websession WHERE hash = $1`, key)
		return err
	}
}

// keepOnly removes the sessions of an account that have another stamp, all with an empty one, and calls done with the outcome. It does not wait.
func (s *sessionStore) keepOnly(account jid.JID, stamp string, done func(error)) {
	b := new(store.Batch)
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM websession WHERE account = $1 AND stamp <> $2`, account.String(), stamp)
		return err
	})
	b.OnCommit(done)
	if err := s.db.Submit(b); err != nil {
		done(err)
	}
}

// sweep removes sessions used last before one time or begun before another.
func (s *sessionStore) sweep(ctx context.Context, usedBefore, begunBefore time.Time) error {
	return s.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM websession WHERE used <= $1 OR created <= $2`, usedBefore.UnixMilli(), begunBefore.UnixMilli())
		return err
	})
}
