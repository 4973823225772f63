package main

import (
	"context"
	"errors"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// forgetting is a package that keeps something for accounts.
type forgetting func(owner jid.JID) error

func (f forgetting) ForgetAccount(_ context.Context, owner jid.JID) error { return f(owner) }

// assemble builds a server on a data folder without starting it.
func assemble(t *testing.T, data string) *parts {
	t.Helper()
	cfg, err := localserveCommand{Domain: "localhost", AllowPlaintext: true}.config(&folder{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS.Certificates = nil
	p, err := build(context.Background(), cfg, quietLogs())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func closing(t *testing.T, p *parts) {
	t.Helper()
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

var (
	romeo    = jid.MustParse("romeo@localhost")
	newRomeo = directory.NewAccount{JID: romeo, Password: "Wherefore4"}
)

func TestWhoeverLeavesIsForgottenBeforeTheNameIsFree(t *testing.T) {
	ctx := context.Background()
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	begun, may := make(chan jid.JID), make(chan struct{})
	p.leaving.also(forgetting(func(owner jid.JID) error {
		begun <- owner
		<-may
		return nil
	}))
	if _, err := p.accounts.Create(ctx, newRomeo); err != nil {
		t.Fatal(err)
	}
	gone, err := p.leaving.remove(ctx, romeo)
	if err != nil {
		t.Fatal(err)
	}
	if owner := <-begun; owner != romeo {
		t.Errorf("%s is forgotten", owner)
	}
	if _, err := p.accounts.Create(ctx, newRomeo); !fault.Is(err, fault.Conflict) {
		t.Errorf("the name is given away while its data is there: %v", err)
	}
	close(may)
	<-gone
	if _, err := p.accounts.Create(ctx, newRomeo); err != nil {
		t.Errorf("the name is not free: %v", err)
	}
	if _, err := p.leaving.remove(ctx, jid.MustParse("nobody@localhost")); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody who is not there: %v", err)
	}
}

func TestARemovalGoesOnAtTheNextStart(t *testing.T) {
	ctx, data := context.Background(), t.TempDir()
	before := assemble(t, data)
	before.leaving.also(forgetting(func(jid.JID) error { return errors.New("the process dies here") }))
	if _, err := before.accounts.Create(ctx, newRomeo); err != nil {
		t.Fatal(err)
	}
	gone, err := before.leaving.remove(ctx, romeo)
	if err != nil {
		t.Fatal(err)
	}
	<-gone
	closing(t, before)

	after := assemble(t, data)
	defer closing(t, after)
	var forgotten []jid.JID
	after.leaving.also(forgetting(func(owner jid.JID) error {
		forgotten = append(forgotten, owner)
		return nil
	}))
	for range 2 { // the second time nothing is left to do
		if err := after.leaving.resume(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if len(forgotten) != 1 || forgotten[0] != romeo {
		t.Errorf("forgotten: %v", forgotten)
	}
}
