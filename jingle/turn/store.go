package turn

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// secretSize is that of the output of SHA-1, with which passwords are made.
const secretSize = 20

// openSecret reads the secret that all nodes make passwords with. Whoever comes first makes it.
func openSecret(ctx context.Context, db *store.DB, seal Sealer) ([]byte, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "turn", lite, pg); err != nil {
		return nil, err
	}
	secret, err := readSecret(ctx, db, seal)
	if !errors.Is(err, store.ErrNoRows) {
		return secret, err
	}
	fresh := make([]byte, secretSize)
	rand.Read(fresh)
	sealed, err := seal.Seal(fresh)
	if err != nil {
		return nil, fmt.Errorf("seal the secret: %w", err)
	}
	err = db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO turn_secret (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", sealed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	return readSecret(ctx, db, seal)
}

func readSecret(ctx context.Context, db *store.DB, seal Sealer) ([]byte, error) {
	var sealed []byte
	if err := db.QueryRow(ctx, "SELECT secret FROM turn_secret WHERE id = 1").Scan(&sealed); err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	secret, err := seal.Open(sealed)
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	return secret, nil
}
