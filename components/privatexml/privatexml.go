// Package privatexml keeps small pieces of XML for a user's clients.
//
// Spec: XEP-0049 1.2 complete
package privatexml

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <query/>.
const NS = "jabber:iq:private"

// Limits of what one account may keep.
const (
	MaxElements = 200
	MaxBytes    = 128 << 10 // of one element
)

//go:embed migrations
var migrations embed.FS

// Service keeps the elements.
type Service struct {
	db *store.DB
	// Mirror, if set, is told of what was written, and Source, if set, is asked before the table. The bookmarks of XEP-0048 live in
	// PEP that way.
	Mirror func(ctx context.Context, owner jid.JID, e xmlstream.Element) (taken bool, err error)
	Source func(ctx context.Context, owner jid.JID, space, local string) (data []byte, taken bool, err error)
}

// Register puts private XML storage into s.
func Register(ctx context.Context, s *xmppd.Server) (*Service, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := s.Store().Migrate(ctx, "privatexml", lite, pg); err != nil {
		return nil, fmt.Errorf("private XML: %w", err)
	}
	p := &Service{db: s.Store()}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "query", p.get)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "query", p.set)
	s.AddFeature(xmppd.ToServer, NS)
	return p, nil
}

// query is what a request names: its owner and one element at least, each in a namespace of its own (XEP-0049).
func query(iq *xmppd.IQ) (owner jid.JID, list []xmlstream.Element, err error) {
	if owner, err = iq.Owner(); err != nil {
		return owner, nil, err
	}
	for e := range iq.Payload.Children() {
		if e.Space() == NS || e.Space() == xmppd.NSClient || e.Space() == "" {
			return owner, nil, xmppd.Errorf("not-acceptable", "the element needs a namespace of its own")
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return owner, nil, xmppd.Errorf("not-acceptable", "name the element")
	}
	return owner, list, nil
}

func (p *Service) get(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, list, err := query(iq)
	if err != nil {
		return nil, err
	}
	e := list[0]
	data, err := p.Get(ctx, owner, e.Space(), e.Local())
	if err != nil {
		return nil, err
	}
	if data == nil {
		data = e.Standalone()
	}
	return append(append([]byte("<query xmlns='"+NS+"'>"), data...), "</query>"...), nil
}

// Get reads an element; nil when there is none.
func (p *Service) Get(ctx context.Context, owner jid.JID, space, local string) ([]byte, error) {
	if p.Source != nil {
		if data, taken, err := p.Source(ctx, owner, space, local); taken || err != nil {
			return data, err
		}
	}
	var data []byte
	err := p.db.QueryRow(ctx, `SELECT data FROM private_xml WHERE owner = $1 AND space = $2 AND local = $3`, owner.String(), space, local).Scan(&data)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return nil, fmt.Errorf("read private XML of %s: %w", owner, err)
	}
	return data, nil
}

func (p *Service) set(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, list, err := query(iq)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if p.Mirror != nil {
			taken, err := p.Mirror(ctx, owner, e)
			if err != nil {
				return nil, err
			}
			if taken {
				continue
			}
		}
		if err := p.put(ctx, owner, e); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (p *Service) put(ctx context.Context, owner jid.JID, e xmlstream.Element) error {
	data := e.Standalone()
	if len(data) > MaxBytes {
		return fault.Newf(fault.Limit, "an element has at most %d bytes", MaxBytes)
	}
	return p.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO private_xml (owner, space, local, data) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner, space, local) DO UPDATE SET data = excluded.data`, owner.String(), e.Space(), e.Local(), data)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM private_xml WHERE owner = $1`, owner.String()).Scan(&n); err != nil {
			return err
		}
		if n > MaxElements {
			return fault.Newf(fault.Limit, "an account keeps at most %d elements", MaxElements)
		}
		return nil
	})
}

// ForgetAccount removes everything of a deleted account.
func (p *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	return p.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM private_xml WHERE owner = $1`, owner.String())
		return err
	})
}
