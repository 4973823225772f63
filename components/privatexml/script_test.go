package privatexml_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"plenum/components/privatexml"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		if _, err := privatexml.Register(s.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
}

// start runs a server on a database.
func start(t *testing.T, db *store.DB) (*xmpptest.Server, *privatexml.Service) {
	var p *privatexml.Service
	srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) {
		var err error
		if p, err = privatexml.Register(s.Context(), s); err != nil {
			t.Fatal(err)
		}
	}})
	return srv, p
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		srv, p := start(t, db)
		romeo := srv.Login("romeo")
		for i := range privatexml.MaxElements {
			romeo.Send(fmt.Sprintf("<iq type='set' id='s'><query xmlns='jabber:iq:private'><e%d xmlns='urn:x'>é%d</e%d></query></iq>", i, i, i))
			romeo.Expect("<iq type='result' id='s'/>")
		}
		romeo.Send("<iq type='set' id='t'><query xmlns='jabber:iq:private'><more xmlns='urn:x'/></query></iq>")
		romeo.Expect("<iq type='error' id='t'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
		romeo.Send("<iq type='set' id='u'><query xmlns='jabber:iq:private'><e7 xmlns='urn:x'>changed</e7></query></iq>")
		romeo.Expect("<iq type='result' id='u'/>")

		ctx, owner := context.Background(), jid.MustParse("romeo@example.org")
		for local, want := range map[string]string{"e7": "<e7 xmlns='urn:x'>changed</e7>", "e8": "<e8 xmlns='urn:x'>é8</e8>", "more": ""} {
			if got, err := p.Get(ctx, owner, "urn:x", local); string(got) != want || err != nil {
				t.Errorf("%s: got %q, %v; want %q", local, got, err, want)
			}
		}
		for range 2 {
			if err := p.ForgetAccount(ctx, owner); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := p.Get(ctx, owner, "urn:x", "e7"); got != nil || err != nil {
			t.Errorf("after ForgetAccount: got %q, %v", got, err)
		}
	})
}

func TestElementsThatAreTooLarge(t *testing.T) {
	srv, _ := start(t, storetest.OpenMemory(t))
	romeo := srv.Login("romeo")
	romeo.Send("<iq type='set' id='1'><query xmlns='jabber:iq:private'><a xmlns='urn:x'>" + strings.Repeat("x", privatexml.MaxBytes) + "</a></query></iq>")
	romeo.Expect("<iq type='error' id='1'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
}
