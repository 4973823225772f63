package muc_test

import (
	"context"
	"testing"

	"plenum/components/archive"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

var coven = jid.MustParse("coven@chat.example.org")

// start runs a server with rooms, and gives access to them.
func start(t testing.TB, o xmpptest.Options, cfg muc.Config, doors muc.Doors) (*xmpptest.Server, *muc.Service) {
	t.Helper()
	var rooms *muc.Service
	more := o.Register
	o.Register = func(s *xmppd.Server) {
		if more != nil {
			more(s)
		}
		history, err := archive.OpenEngine(s.Context(), s.Store())
		if err != nil {
			t.Fatal(err)
		}
		cfg.Domain = "chat.example.org"
		if rooms, err = muc.Register(s, cfg, history); err != nil {
			t.Fatal(err)
		}
		rooms.SetDoors(doors)
	}
	return xmpptest.StartWith(t, o), rooms
}

func enter(c *xmpptest.Client, nick string) *xmpptest.Client {
	c.Send("<presence to='coven@chat.example.org/" + nick + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	c.Find("<presence from='coven@chat.example.org/" + nick + "'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/>…</x></presence>")
	return c
}

func configure(c *xmpptest.Client, fields string) {
	c.Send("<iq type='set' id='c' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" + fields + "</x></query></iq>")
	c.Find("<iq type='result' id='c'/>")
}

func field(name, value string) string {
	return "<field var='" + name + "'><value>" + value + "</value></field>"
}

// TestRoomsSurviveRestarts runs on every database.
func TestRoomsSurviveRestarts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		users := xmpptest.NewUsers()
		srv, _ := start(t, xmpptest.Options{Store: db, Users: users}, muc.Config{}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, field("muc#roomconfig_roomname", "A Dark Cave")+field("muc#roomconfig_moderatedroom", "1")+field("muc#roomconfig_persistentroom", "1"))
		crone.Send(`<iq type='set' id='a' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'>
			<item affiliation='member' jid='hag@example.org' nick='thirdwitch'/><item affiliation='outcast' jid='mallory@example.org'><reason>spam</reason></item></query></iq>`)
		crone.Find("<iq type='result' id='a'/>")
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='s'><subject>Spells</subject></message>")
		for _, id := range []string{"1", "2"} {
			crone.Send("<message type='groupchat' to='coven@chat.example.org' id='" + id + "'><body>b</body></message>")
		}
		first := crone.Find("<message type='groupchat' id='2'>…</message>")
		crone.Send(`<presence to='temp@chat.example.org/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
		crone.Find("<presence from='temp@chat.example.org/x'>…</presence>")
		srv.Stop()

		srv, rooms := start(t, xmpptest.Options{Store: db, Users: users}, muc.Config{}, muc.Doors{})
		mallory := srv.Login("mallory").Available()
		mallory.Send("<presence to='coven@chat.example.org/x' id='m'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		mallory.Find("<presence type='error' id='m'>…</presence>")
		mallory.Send("<iq type='get' id='p' to='coven@chat.example.org/firstwitch'><ping xmlns='urn:xmpp:ping'/></iq>")
		mallory.Find("<iq type='error' id='p'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")

		hag := srv.Login("hag").Available()
		hag.Send("<presence to='coven@chat.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		hag.Find("<presence from='coven@chat.example.org/thirdwitch'>…<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/>…</x></presence>")
		hag.Expect("<message type='groupchat' id='1' from='coven@chat.example.org/firstwitch'>…<delay xmlns='urn:xmpp:delay'/></message>")
		again := hag.Next()
		if string(again.Raw()) == "" || stanzaID(again) != stanzaID(first) || stanzaID(first) == "" {
			t.Errorf("the stanza id of a message is %q, and after a restart %q", stanzaID(first), stanzaID(again))
		}
		hag.Expect("<message type='groupchat' id='s' from='coven@chat.example.org/firstwitch'><subject>Spells</subject>…<delay xmlns='urn:xmpp:delay'/></message>")
		info, err := rooms.Get(context.Background(), coven)
		if err != nil || info.Config.Name != "A Dark Cave" || !info.Config.Moderated || info.Subject != "Spells" || len(info.Occupants) != 1 {
			t.Errorf("%+v, %v", info, err)
		}
		list, err := rooms.Affiliations(context.Background(), coven)
		if err != nil || len(list) != 3 || list[0].Affiliation != muc.Owner || list[1].Nick != "thirdwitch" || list[2].Reason != "spam" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func stanzaID(p interface {
	Child(space, local string) (xmlstream.Element, bool)
}) string {
	e, _ := p.Child("urn:xmpp:sid:0", "stanza-id")
	id, _ := e.Attr("id")
	return id
}
