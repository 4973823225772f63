package vcard_test

import (
	"context"
	"strings"
	"testing"

	"plenum/components/vcard"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		if _, err := vcard.Register(s.Context(), s, "Verona & Co"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var v *vcard.Service
		var told []string
		srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) {
			var err error
			if v, err = vcard.Register(s.Context(), s, "Plenum"); err != nil {
				t.Fatal(err)
			}
			v.OnChange(func(_ context.Context, owner jid.JID, card xmlstream.Element) {
				told = append(told, owner.String()+" "+card.String())
			})
		}})
		romeo := srv.Login("romeo")
		const card = "<vCard xmlns='vcard-temp'><FN>Rómeo</FN></vCard>"
		romeo.Send("<iq type='set' id='1'>" + card + "</iq>")
		romeo.Expect("<iq type='result' id='1'/>")
		if len(told) != 1 || told[0] != "romeo@example.org "+card {
			t.Errorf("told %q", told)
		}
		ctx, owner := context.Background(), jid.MustParse("romeo@example.org")
		if got, err := v.Get(ctx, owner); string(got) != card || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		for range 2 {
			if err := v.ForgetAccount(ctx, owner); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := v.Get(ctx, owner); got != nil || err != nil {
			t.Errorf("after ForgetAccount: got %q, %v", got, err)
		}
	})
}

func TestTheLargestCard(t *testing.T) {
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		if _, err := vcard.Register(s.Context(), s, "Plenum"); err != nil {
			t.Fatal(err)
		}
	})
	romeo := srv.Login("romeo")
	const frame = len("<vCard xmlns='vcard-temp'><FN></FN></vCard>")
	for _, c := range []struct {
		more int
		want string
	}{
		{0, "<iq type='result' id='1'/>"},
		{1, "<iq type='error' id='1'><error type='modify'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>"},
	} {
		romeo.Send("<iq type='set' id='1'><vCard xmlns='vcard-temp'><FN>" + strings.Repeat("x", vcard.MaxBytes-frame+c.more) + "</FN></vCard></iq>")
		romeo.Expect(c.want)
	}
}
