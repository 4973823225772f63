package archive

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// Engine stores and finds archived stanzas of accounts and rooms alike.
type Engine struct {
	db  *store.DB
	ids idSource
}

// OpenEngine brings the tables up to date.
func OpenEngine(ctx context.Context, db *store.DB) (*Engine, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "archive", lite, pg); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return &Engine{db: db}, nil
}

// NextID makes a new id.
func (e *Engine) NextID() ID { return e.ids.next() }

var insertRow = store.NewInsert("archive", []string{"owner", "id", "peer", "resource", "stanza"}, "")

// Add puts a stanza into the batch. Peer is the other side; in a room, the author. Stanza must not change any more.
func (e *Engine) Add(b *store.Batch, owner jid.JID, id ID, peer jid.JID, stanza []byte) {
	b.Insert(insertRow, owner.String(), int64(id), peer.Bare().String(), peer.Resource(), stanza)
}

// Row is an archived stanza.
type Row struct {
	ID     ID
	Stanza []byte
}

// Ends are the oldest and the newest id; ok is false when the archive is empty.
func (e *Engine) Ends(ctx context.Context, owner jid.JID) (first, last ID, ok bool, err error) {
	for _, end := range []struct {
		order string
		id    *ID
	}{{"ASC", &first}, {"DESC", &last}} {
		err = e.db.QueryRow(ctx, `SELECT id FROM archive WHERE owner = $1 ORDER BY id `+end.order+` LIMIT 1`, owner.String()).Scan((*int64)(end.id))
		if errors.Is(err, store.ErrNoRows) {
			return 0, 0, false, nil
		}
		if err != nil {
			return 0, 0, false, fmt.Errorf("read the archive of %s: %w", owner, err)
		}
	}
	return first, last, true, nil
}
