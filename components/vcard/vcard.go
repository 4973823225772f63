// Package vcard keeps the visiting cards of accounts.
//
// Spec: XEP-0054 1.3.0 complete
package vcard

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <vCard/>.
const NS = "vcard-temp"

// MaxBytes is the size of the largest card, its picture included.
const MaxBytes = 200 << 10

//go:embed migrations
var migrations embed.FS

// Service keeps the cards.
type Service struct {
	db       *store.DB
	onChange []func(ctx context.Context, owner jid.JID, card xmlstream.Element)
	Server   string // name of the service, for the server's own card
	// Rewrite, if set, makes of a stored card, nil for none, what an asker gets.
	Rewrite func(ctx context.Context, asker, owner jid.JID, card []byte) ([]byte, error)
}

// Register puts vcard-temp into s. Name is the name of the service.
func Register(ctx context.Context, s *xmppd.Server, name string) (*Service, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := s.Store().Migrate(ctx, "vcard", lite, pg); err != nil {
		return nil, fmt.Errorf("vCards: %w", err)
	}
	v := &Service{db: s.Store(), Server: name}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "vCard", v.get)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "vCard", v.set)
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "vCard", v.server)
	return v, nil
}

// OnChange registers fn for new cards; it runs before the result goes out.
func (v *Service) OnChange(fn func(ctx context.Context, owner jid.JID, card xmlstream.Element)) {
	v.onChange = append(v.onChange, fn)
}

// get gives anybody the card, since it is a public profile. An account without one has an empty card.
func (v *Service) get(ctx context.Context, iq *xmppd.IQ) (any, error) {
	data, err := v.Get(ctx, iq.To.Bare())
	if err == nil && v.Rewrite != nil {
		data, err = v.Rewrite(ctx, iq.From, iq.To.Bare(), data)
	}
	if err != nil {
		return nil, err
	}
	if data == nil {
		if !iq.Own() {
			return nil, xmppd.Errorf("service-unavailable", "") // as for an account that does not exist
		}
		return "<vCard xmlns='" + NS + "'/>", nil
	}
	return data, nil
}

// Get reads the card of an account; nil when there is none.
func (v *Service) Get(ctx context.Context, owner jid.JID) ([]byte, error) {
	var data []byte
	err := v.db.QueryRow(ctx, `SELECT data FROM vcards WHERE owner = $1`, owner.String()).Scan(&data)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return nil, fmt.Errorf("read the vCard of %s: %w", owner, err)
	}
	return data, nil
}

func (v *Service) set(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	data := iq.Payload.Standalone()
	if len(data) > MaxBytes {
		return nil, xmppd.Errorf("policy-violation", "a vCard has at most %d bytes", MaxBytes)
	}
	err = v.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO vcards (owner, data) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET data = excluded.data`, owner.String(), data)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, fn := range v.onChange {
		fn(ctx, owner, iq.Payload)
	}
	return nil, nil
}

func (v *Service) server(context.Context, *xmppd.IQ) (any, error) {
	b := xmlstream.AppendEscaped([]byte("<vCard xmlns='"+NS+"'><FN>"), v.Server)
	return append(b, "</FN></vCard>"...), nil
}

// ForgetAccount removes the card of a deleted account.
func (v *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	return v.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM vcards WHERE owner = $1`, owner.String())
		return err
	})
}
