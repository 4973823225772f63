package conference_test

import (
	"context"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// FuzzGuest sends any stanza from a guest to any address. Who is not in his group gets nothing, and what those who are in it get comes
// from the room; the group lives on.
func FuzzGuest(f *testing.F) {
	for _, s := range []string{
		"<presence/>", "<presence><x xmlns='http://jabber.org/protocol/muc'/></presence>", "<presence type='subscribe'/>", "<presence type='probe'/>",
		"<message type='groupchat'><body>b</body></message>", "<message type='chat'><body>b</body></message>", "<message type='error'><error type='cancel'/></message>",
		"<message><x xmlns='http://jabber.org/protocol/muc#user'><decline to='juliet@example.org'/></x></message>",
		"<message><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field></x></message>",
		"<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'/></iq>",
		"<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>", "<iq type='result' id='1'/>",
		"<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content name='mic'/><content name='a0'/></jingle></iq>",
		"<iq type='set' id='1'><watch xmlns='urn:plenum:conference:0'/></iq>", "<iq type='set' id='1'><end xmlns='urn:plenum:conference:0'/></iq>",
		"<iq type='set' id='1'><view xmlns='urn:plenum:conference:0'><slot n='0' height='720'/><pin nick='Romeo' media='camera'/></view></iq>",
		"<message type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='x'/></message>",
	} {
		for _, to := range []string{"", "sales@groups.example.org", "sales@groups.example.org/Romeo", "juliet@example.org", "juliet@example.org/r", "guest.example.org", "other@groups.example.org/X", focus} {
			f.Add(s, to)
		}
	}
	var c *conference.Service
	srv := xmpptest.StartWith(f, xmpptest.Options{Register: func(s *xmppd.Server) {
		var err error
		cfg := conference.Config{Total: 1 << 20, PerGroup: 100_000}
		if c, err = registerWith(s, cfg, muc.Config{GuestMessagesPerSecond: 1 << 20}, newAccess(), newExchange(s), conference.Rules{}); err != nil {
			f.Fatal(err)
		}
	}})
	bg := context.Background()
	if _, err := c.Create(bg, conference.New{Name: "Sales", Owners: []jid.JID{romeo}}); err != nil {
		f.Fatal(err)
	}
	g, err := c.SetGuests(bg, romeo, sales, true)
	if err != nil {
		f.Fatal(err)
	}
	var strange, stray atomic.Int64
	session := func(t testing.TB, full string, got func(*xmlstream.Packet)) *xmppd.Session {
		s, err := srv.OpenSession(bg, jid.MustParse(full), got)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	juliet := session(f, "juliet@example.org/r", func(p *xmlstream.Packet) {
		if !strings.HasPrefix(p.From(), "juliet@example.org") {
			strange.Add(1)
		}
	})
	_ = juliet.Submit(xmlstream.MustParse("<presence/>"))
	owner := session(f, romeo.String()+"/r", func(p *xmlstream.Packet) {
		if !strings.HasPrefix(p.From(), sales.String()) {
			stray.Add(1)
		}
	})
	_ = owner.Submit(xmlstream.MustParse("<presence to='sales@groups.example.org/Romeo'>" + muckx + "</presence>"))
	f.Fuzz(func(t *testing.T, text, to string) {
		p, err := xmlstream.Parse([]byte(text), "jabber:client", xmlstream.C2S)
		if err != nil || p.Kind() == xmlstream.Nonza {
			return
		}
		if _, err := jid.Parse(to); err != nil && to != "" {
			return
		}
		local, err := c.Admit(bg, g.Access.Token, netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		guest := session(t, local+"@guest.example.org/r", func(*xmlstream.Packet) {})
		_ = guest.Submit(xmlstream.MustParse("<presence to='sales@groups.example.org/Visitor'>" + muckx + "</presence>"))
		change := xmlstream.Rewrite{From: xmlstream.Remove(), To: xmlstream.Remove()}
		if to != "" {
			change.To = xmlstream.Set(to)
		}
		if err := guest.Submit(p.Rewrite(change)); err != nil {
			t.Fatalf("the stream ends: %v", err)
		}
		ctx, cancel := context.WithTimeout(bg, time.Minute)
		defer cancel()
		if _, err := c.Rooms.Get(ctx, sales); err != nil {
			t.Fatalf("the group does not answer: %v", err)
		}
		if strange.Load() > 0 || stray.Load() > 0 {
			t.Fatalf("%d stanzas have reached a stranger, %d an occupant past the room", strange.Load(), stray.Load())
		}
		guest.Close("", "")
	})
}
