package muc_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/muc"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// FuzzRoom sends any stanza to a room, from its owner, an occupant and a stranger. Each gets at most one answer of type
// error, and the room lives on.
func FuzzRoom(f *testing.F) {
	for _, s := range []string{
		"<presence><x xmlns='http://jabber.org/protocol/muc'><history seconds='9' maxstanzas='1' since='2000-01-01T00:00:00Z'/><password>p</password></x></presence>",
		"<presence type='unavailable'><status>bye</status></presence>",
		"<presence type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
		"<message type='groupchat' id='1'><body>b</body><stanza-id xmlns='urn:xmpp:sid:0' by='x' id='1'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='x'/></message>",
		"<message type='groupchat'><subject>s</subject></message>",
		"<message type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='5'/></message>",
		"<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@example.org'><reason>r</reason><continue thread='t'/></invite></x></message>",
		"<message><x xmlns='http://jabber.org/protocol/muc#user'><decline to='a@example.org'/></x></message>",
		"<message><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field><field var='muc#role'><value>participant</value></field></x></message>",
		"<message><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field><field var='muc#jid'><value>a@example.org</value></field><field var='muc#register_allow'><value>1</value></field></x></message>",
		"<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='a@example.org' nick='n'><reason>r</reason></item><item nick='n' role='none'/></query></iq>",
		"<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/><item role='moderator'/></query></iq>",
		"<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_maxusers'><value>5</value></field><field var='muc#roomconfig_roomowners'><value>a@example.org</value></field></x></query></iq>",
		"<iq type='set' id='1'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='b@chat.example.org'><reason>r</reason></destroy></query></iq>",
		"<iq type='set' id='1'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='muc#register_roomnick'><value>n</value></field></x></query></iq>",
		"<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='with'><value>a@example.org</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set></query></iq>",
		"<iq type='set' id='1'><moderate xmlns='urn:xmpp:message-moderate:1' id='5'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>",
		"<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type='result' id='1'/>",
	} {
		for who := range byte(3) {
			f.Add(s, "", who)
			f.Add(s, "/owner", who)
		}
	}
	srv, rooms := start(f, xmpptest.Options{}, muc.Config{RoomsPerUser: 1 << 20}, muc.Doors{})
	users := [3]jid.JID{jid.MustParse("owner@example.org/r"), jid.MustParse("occupant@example.org/r"), jid.MustParse("stranger@example.org/r")}
	enter := func(nick string) string {
		return "<presence to='coven@chat.example.org/" + nick + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
	}
	f.Fuzz(func(t *testing.T, text, nick string, who byte) {
		p, err := xmlstream.Parse([]byte(text), "jabber:client", xmlstream.C2S)
		if err != nil || p.Kind() == xmlstream.Nonza {
			return
		}
		to := "coven@chat.example.org" + nick
		if _, err := jid.Parse(to); err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = rooms.Create(ctx, coven, rooms.NewConfig(), users[0].Bare())
		id := rand.Text() // what else is answered with an error does not count
		errors := new(atomic.Int64)
		sessions := make([]interface {
			Submit(*xmlstream.Packet) error
			Close(condition, text string)
		}, 3)
		for i, u := range users {
			s, err := srv.OpenSession(ctx, u, func(p *xmlstream.Packet) {
				if i == int(who%3) && p.Type() == "error" && p.ID() == id {
					errors.Add(1)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			sessions[i] = s
		}
		_ = sessions[0].Submit(xmlstream.MustParse(enter("owner")))
		_ = sessions[1].Submit(xmlstream.MustParse(enter("occupant")))
		if err := sessions[who%3].Submit(p.Rewrite(xmlstream.Rewrite{From: xmlstream.Remove(), To: xmlstream.Set(to), ID: xmlstream.Set(id)})); err != nil {
			t.Fatalf("the stream ends: %v", err)
		}
		if _, err := rooms.Get(ctx, coven); err != nil && !strings.Contains(err.Error(), "no such room") {
			t.Fatalf("the room does not answer: %v", err)
		}
		if n := errors.Load(); n > 1 {
			t.Fatalf("%d errors for one stanza", n)
		}
		for _, s := range sessions {
			s.Close("", "")
		}
	})
}
