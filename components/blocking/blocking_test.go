package blocking_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"plenum/components/blocking"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// XEP-0191#matching
func TestMatching(t *testing.T) {
	const full, otherResource, bare, domain = "t@x.org/a", "t@x.org/b", "t@x.org", "x.org"
	const otherUser, domainResource, subdomain = "u@x.org/a", "x.org/a", "t@sub.x.org/a"
	all := []string{full, otherResource, bare, domain, otherUser, domainResource, subdomain}
	for item, hits := range map[string][]string{
		full:           {full},
		bare:           {full, otherResource, bare},
		domainResource: {domainResource, full, otherUser}, // as XEP-0016 has it: this resource of whoever is in the domain
		domain:         {full, otherResource, bare, domain, otherUser, domainResource},
		"sub.x.org":    {subdomain},
		"y.org":        {},
	} {
		for _, who := range all {
			want := strings.Contains(" "+strings.Join(hits, " ")+" ", " "+who+" ")
			if got := blocking.Covers([]jid.JID{jid.MustParse(item)}, jid.MustParse(who)); got != want {
				t.Errorf("%s blocked: %s: got %v, want %v", item, who, got, want)
			}
		}
	}
	if blocking.Covers(nil, jid.MustParse(full)) {
		t.Error("an empty list blocks somebody")
	}
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, romeo := context.Background(), jid.MustParse("romeo@example.org")
		var b *blocking.Service
		srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) {
			var err error
			if b, err = blocking.Register(ctx, s); err != nil {
				t.Fatal(err)
			}
		}})
		c := srv.Login("romeo")
		c.Send("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='ü@x.org'/><item jid='a@x.org'/><item jid='a@x.org'/></block></iq>")
		c.Expect("<iq type='result' id='1'/>")
		if !b.Blocked(ctx, romeo, jid.MustParse("ü@x.org/r")) || b.Blocked(ctx, romeo, jid.MustParse("b@x.org")) || b.Blocked(ctx, romeo, romeo) {
			t.Error("not what was blocked")
		}
		if b.Blocked(ctx, jid.MustParse("juliet@example.org"), jid.MustParse("a@x.org")) {
			t.Error("somebody else's list counts")
		}
		// The list is full: nothing of the request is kept.
		for from := 0; from < blocking.MaxItems-2; from += 2000 {
			c.Send("<iq type='set' id='2'><block xmlns='urn:xmpp:blocking'>" + many(from, min(from+2000, blocking.MaxItems-2)) + "</block></iq>")
			c.Expect("<iq type='result' id='2'/>")
		}
		c.Send("<iq type='set' id='3'><block xmlns='urn:xmpp:blocking'><item jid='one@y.org'/></block></iq>")
		c.Expect("<iq type='error' id='3'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
		if b.Blocked(ctx, romeo, jid.MustParse("one@y.org")) {
			t.Error("more is kept than the limit")
		}
		for range 2 {
			if err := b.ForgetAccount(ctx, romeo); err != nil {
				t.Fatal(err)
			}
		}
		if b.Blocked(ctx, romeo, jid.MustParse("a@x.org")) {
			t.Error("the list is still there")
		}
	})
}

func many(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "<item jid='%d@z.org'/>", i)
	}
	return b.String()
}

func TestGuestsHaveNoList(t *testing.T) {
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		if _, err := blocking.Register(s.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
	got := make(chan *xmlstream.Packet, 1)
	x, err := srv.OpenSession(context.Background(), jid.MustParse("g1@"+srv.GuestDomain()+"/r"), func(p *xmlstream.Packet) { got <- p })
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Submit(xmlstream.MustParse("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='a@x.org'/></block></iq>")); err != nil {
		t.Fatal(err)
	}
	if err := xmpptest.Match("<iq type='error' id='1'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>", <-got, map[string]string{}); err != nil {
		t.Error(err)
	}
}

func FuzzItems(f *testing.F) {
	f.Add("<item jid='a@b'/>")
	f.Add("<item jid='A@B/c'/><x xmlns='urn:x'/><item/>")
	f.Fuzz(func(t *testing.T, children string) {
		p, err := xmlstream.Parse([]byte("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'>"+children+"</block></iq>"), xmlstream.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		e, _ := p.First()
		items, err := blocking.Items(e)
		if err != nil {
			if _, ok := err.(*xmppd.StanzaError); !ok && fault.KindOf(err) == fault.Internal {
				t.Errorf("an error that says nothing to the client: %v", err)
			}
			return
		}
		for _, j := range items {
			if again, err := jid.Parse(j.String()); err != nil || again != j || !blocking.Covers(items, j) {
				t.Errorf("%q: %v", j, err)
			}
		}
	})
}
