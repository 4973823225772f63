package xmppd

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"io/fs"

	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// openStores brings the server's own tables up to date.
func (s *Server) openStores() error {
	lite, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	pg, err := fs.Sub(migrations, "migrations/postgres")
	if err != nil {
		return err
	}
	if err := s.db.Migrate(s.ctx, "xmppd", lite, pg); err != nil {
		return fmt.Errorf("rosters and offline messages: %w", err)
	}
	s.contacts = newContacts(s)
	s.rosters = []RosterSource{s.contacts}
	s.offline = newOfflineStore(s)
	if s.fake, err = s.secret(s.ctx, "unknown users"); err != nil {
		return err
	}
	return s.offline.releaseNode(s.ctx)
}

// secretBytes is the length of a secret that the server has made for itself.
const secretBytes = 32

// secret returns the secret of that name, which is made when it is first asked for and then the same on all nodes and for ever.
func (s *Server) secret(ctx context.Context, name string) (value []byte, err error) {
	fresh := make([]byte, secretBytes)
	rand.Read(fresh)
	err = s.db.Commit(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT value FROM secrets WHERE name = $1`, name).Scan(&value)
	})
	if err != nil {
		return nil, fmt.Errorf("read the secret for %s: %w", name, err)
	}
	return value, nil
}
