package main

import (
	"context"
	"testing"
	"testing/synctest"

	"plenum/components/directory"
	"plenum/sipbridge/events"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A phone shows its owner's colleagues, himself, his messages, and switches that he sees; nobody else's. (A-061, B8)
func TestWhatLampsShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := assemble(t, t.TempDir())
		defer closing(t, p)
		ctx := context.Background()
		users := make(map[string]directory.Account)
		for login, extension := range map[string]string{"romeo": "200", "juliet": "201"} {
			user, err := p.accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{Login: login, Auth: directory.AuthNone, Extension: extension, Softphone: true})
			if err != nil {
				t.Fatal(err)
			}
			users[login] = user
		}
		phone := events.Phone{Device: "x", Owner: users["romeo"].JID}
		source := lamps{p}
		dialogs := func(what string, phone events.Phone, extension string, want fault.Kind) {
			t.Helper()
			if list, err := source.Dialogs(phone, extension); fault.KindOf(err) != want && (err != nil || want != fault.Internal) || len(list) != 0 {
				t.Errorf("%s: %v, %v", what, list, err)
			}
		}
		dialogs("a colleague", phone, "201", fault.Internal)
		dialogs("himself", phone, "200", fault.Internal)
		dialogs("nobody", phone, "999", fault.NotFound)
		dialogs("on a phone that is nobody's", events.Phone{Device: "y"}, "200", fault.Forbidden)

		in := directory.CallObjectInput{Name: "Night", Extension: "800", Permissions: []string{directory.AllID}}
		night, err := p.org.CallFlows.CreateObject(ctx, jid.JID{}, directory.Switches, in)
		if err != nil {
			t.Fatal(err)
		}
		dialogs("a switch that is off", phone, "800", fault.Internal)
		dialogs("a switch, on a phone that is nobody's", events.Phone{Device: "y"}, "800", fault.Forbidden)
		if _, err := p.org.CallFlows.Toggle(ctx, users["juliet"].JID, night.ID); err != nil {
			t.Fatal(err)
		}
		if list, err := source.Dialogs(phone, "800"); err != nil || len(list) != 1 || list[0].State != events.Confirmed || list[0].CallID != "" {
			t.Errorf("the lamp of a switch that is on shows %+v, %v", list, err)
		}
		in.Permissions = nil
		if _, err := p.org.CallFlows.UpdateObject(ctx, jid.JID{}, night.ID, night.Revision, in); err != nil {
			t.Fatal(err)
		}
		dialogs("a switch that nobody sees", phone, "800", fault.Forbidden)

		all, err := p.org.Permissions.Get(directory.AllID)
		if err != nil {
			t.Fatal(err)
		}
		without := all.Input()
		without.Types = nil
		if _, err := p.org.Permissions.Update(ctx, jid.JID{}, all.ID, all.Revision, without); err != nil {
			t.Fatal(err)
		}
		dialogs("who is no colleague", phone, "201", fault.Forbidden)
		dialogs("himself, without colleagues", phone, "200", fault.Internal)

		for mailbox, want := range map[string]bool{"200": true, "romeo": true, "201": false, "juliet": false, "": false} {
			owner, m, err := source.Messages(phone, mailbox)
			if (err == nil) != want || want && (owner != users["romeo"].JID || m.New != 0 || m.Account == "") || !want && !fault.Is(err, fault.NotFound) {
				t.Errorf("the messages of %q are %+v of %s, %v", mailbox, m, owner, err)
			}
		}
		if _, _, err := source.Messages(events.Phone{Device: "y"}, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("the messages of nobody: %v", err)
		}
	})
}
