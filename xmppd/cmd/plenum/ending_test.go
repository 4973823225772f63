package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

//
func TestSessionsEndWithTheRightToThem(t *testing.T) {
	ctx := context.Background()
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.xmpp.Stop(ctx)
	clara, err := p.accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{Login: "clara", Auth: directory.AuthNone, Role: directory.Administrator})
	if err != nil {
		t.Fatal(err)
	}
	edited := func(edit func(*directory.UserInput)) func(jid.JID) error {
		return func(user jid.JID) error {
			a, err := p.accounts.Get(ctx, user)
			if err != nil {
				return err
			}
			in := a.Input()
			edit(&in)
			_, err = p.accounts.UpdateUser(ctx, clara.JID, user, a.Revision, in)
			return err
		}
	}
	for _, test := range []struct {
		name  string
		act   func(user jid.JID) error
		stays bool
	}{
		{"disabled by command", func(user jid.JID) error { return p.accounts.Disable(ctx, user) }, false},
		{"disabled in the form", edited(func(in *directory.UserInput) { in.Disabled = true }), false},
		{"of many", func(user jid.JID) error {
			_, err := p.accounts.Bulk(ctx, clara.JID, directory.BulkDisable, []jid.JID{user})
			return err
		}, false},
		{"without authentication", edited(func(in *directory.UserInput) { in.Auth = directory.AuthNone }), false},
		{"put into the bin", func(user jid.JID) error { return p.accounts.Trash(ctx, clara.JID, user) }, false},
		{"with a new password from an administrator", edited(func(in *directory.UserInput) { in.Password = "Therefore5" }), false},
		{"with a new password of his own", func(user jid.JID) error { return p.accounts.SetPasswordBy(ctx, user, user, "Therefore5") }, true},
		{"with another name", edited(func(in *directory.UserInput) { in.DisplayName = "Romeo" }), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := p.accounts.Create(ctx, newRomeo); err != nil {
				t.Fatal(err)
			}
			session := enter(t, p.xmpp, "romeo@localhost/orchard")
			if err := test.act(romeo); err != nil {
				t.Fatal(err)
			}
			if test.stays {
				if got := session.ask("<iq type='get' id='q' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"); got == "" {
					t.Error("no answer")
				}
			} else {
				eventually(t, "the session ends", func() bool { return len(p.xmpp.Targets(romeo)) == 0 })
			}
			gone, err := p.leaving.remove(ctx, romeo)
			if err != nil {
				t.Fatal(err)
			}
			<-gone
		})
	}
}

func TestTheBinIsEmptied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		p := assemble(t, t.TempDir())
		defer closing(t, p)
		forgotten := make(chan jid.JID, 9)
		p.leaving.also(forgetting(func(owner jid.JID) error {
			forgotten <- owner
			return nil
		}))
		if _, err := p.accounts.Create(ctx, newRomeo); err != nil {
			t.Fatal(err)
		}
		if err := p.accounts.Trash(ctx, jid.JID{}, romeo); err != nil {
			t.Fatal(err)
		}
		go p.leaving.emptyBin(ctx)
		time.Sleep(29 * 24 * time.Hour)
		synctest.Wait()
		if _, err := p.accounts.Get(ctx, romeo); err != nil || len(forgotten) > 0 {
			t.Errorf("before its time: %v, forgotten by %d", err, len(forgotten))
		}
		time.Sleep(2 * 24 * time.Hour)
		synctest.Wait()
		if _, err := p.accounts.Get(ctx, romeo); !fault.Is(err, fault.NotFound) || len(forgotten) != 1 {
			t.Errorf("after its time: %v, forgotten by %d", err, len(forgotten))
		}
	})
}
