package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/xmppd/jid"
)

// The number that is set for all groups is in their data and invitations at once, and not without it.
//
//
func TestTheGroupNumberIsThatOfAllGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meeting{t: t, parts: assemble(t, t.TempDir())}
		defer closing(t, m.parts)
		if err := m.xmpp.Start(); err != nil {
			t.Fatal(err)
		}
		defer m.xmpp.Stop(context.Background())
		m.begin()
		ctx := context.Background()
		for _, number := range []string{"", "+49211123450", "+49211123451", ""} {
			settings := m.org.Telephony.Get()
			in := settings.Input()
			in.ExternalGroupNumber = number
			if number != settings.ExternalGroupNumber {
				if _, err := m.org.Telephony.Update(ctx, jid.JID{}, settings.Revision, in); err != nil {
					t.Fatal(err)
				}
			}
			for _, room := range []string{"sales@groups.localhost", "friends@groups.localhost"} {
				guests := m.groups.Guests(jid.MustParse(room))
				if !guests.Allowed || guests.Link == "" || guests.Number != number {
					t.Errorf("with the number %q guests of %s have %+v", number, room, guests)
				}
			}
			text, err := m.groups.Invitation(ctx, jid.MustParse("sales@groups.localhost"), "en")
			if err != nil {
				t.Fatal(err)
			}
			access, err := m.org.Guests.Get(jid.MustParse("sales@groups.localhost"))
			if err != nil {
				t.Fatal(err)
			}
			pin := access.PIN[:3] + " " + access.PIN[3:6] + " " + access.PIN[6:]
			if number != "" && (!strings.Contains(text, number) || !strings.Contains(text, pin)) || number == "" && strings.Contains(text, pin) {
				t.Errorf("with the number %q the invitation is\n%s", number, text)
			}
			if !strings.Contains(text, access.Token) {
				t.Errorf("without a link the invitation is\n%s", text)
			}
		}
	})
}
