package xmppd

import (
	"embed"
	"fmt"
	"io/fs"
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
	return s.offline.releaseNode(s.ctx)
}
