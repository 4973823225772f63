package register

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// AddressLimit is addressLimit for tests.
type AddressLimit struct{ l *addressLimit }

func NewAddressLimit(n int) AddressLimit           { return AddressLimit{newAddressLimit(n)} }
func (l AddressLimit) Has(ap netip.AddrPort) bool  { return l.l.has(ap) }
func (l AddressLimit) Take(ap netip.AddrPort) bool { return l.l.take(ap) }

// Book takes any account but "taken".
type Book struct{ Made []jid.JID }

func (b *Book) Create(_ context.Context, bare jid.JID, _ string, _ bool) error {
	if bare.Local() == "taken" {
		return errors.New("taken")
	}
	b.Made = append(b.Made, bare)
	return nil
}
func (b *Book) SetPassword(context.Context, jid.JID, string) error { return nil }
func (b *Book) Delete(context.Context, jid.JID) error              { return nil }

type nobody struct{}

func (nobody) Lookup(context.Context, jid.JID) (sasl.Account, error) { return sasl.Account{}, nil }
func (nobody) Exists(context.Context, jid.JID) (bool, error)         { return false, nil }

// NewForTest makes a service whose PreAuth can be called from any address.
func NewForTest(t *testing.T, perAddress int) (*Service, *Book) {
	t.Helper()
	s, err := xmppd.New(xmppd.Config{Domains: []string{"example.org"}}, xmppd.Deps{
		Log: slog.New(slog.DiscardHandler), Store: storetest.OpenMemory(t), Node: cluster.NewLocal().Join("a"), Accounts: nobody{},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &Book{}
	return Register(s, Config{Open: true, PerAddress: perAddress}, b), b
}

func (r *Service) PreAuth(ctx context.Context, iq *xmppd.PreAuthIQ) (any, error) {
	return r.preAuth(ctx, iq)
}
