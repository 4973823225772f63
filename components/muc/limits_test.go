package muc_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/archive"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

const (
	stanzas = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
	mucUser = "xmlns='http://jabber.org/protocol/muc#user'"
	muckx   = "<x xmlns='http://jabber.org/protocol/muc'/>"
)

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := start(t, xmpptest.Options{}, muc.Config{RoomsPerUser: 1, NickBytes: 12, MessageBytes: 2000, MessagesPerSecond: 1, MaxAffiliations: 3}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, "")
		crone.Send("<presence to='second@chat.example.org/x' id='r'>" + muckx + "</presence>")
		crone.Find("<presence type='error' id='r'><error type='wait'><resource-constraint " + stanzas + "/>…</error></presence>")

		hag := srv.Login("hag").Available()
		hag.Send("<presence to='coven@chat.example.org/thirdwitchlong' id='n'>" + muckx + "</presence>")
		hag.Find("<presence type='error' id='n'><error type='modify'><policy-violation " + stanzas + "/>…</error></presence>")
		hag.Send("<presence to='coven@chat.example.org/h' id='p'>" + muckx + "<status>" + strings.Repeat("x", 40_000) + "</status></presence>")
		hag.Find("<presence type='error' id='p'>…</presence>")
		hag.Send("<presence to='coven@chat.example.org/\u00a0' id='i'>" + muckx + "</presence>")
		hag.Find("<presence type='error' id='i'><error type='modify'><jid-malformed " + stanzas + "/>…</error></presence>")
		enter(hag, "thirdwitch")
		hag.Send("<message type='groupchat' to='coven@chat.example.org' id='m'><body>" + strings.Repeat("x", 2000) + "</body></message>")
		hag.Find("<message type='error' id='m'><error type='modify'><policy-violation " + stanzas + "/>…</error></message>")
		for range 11 {
			hag.Send("<message type='groupchat' to='coven@chat.example.org' id='f'><body>x</body></message>")
		}
		hag.Find("<message type='error' id='f'><error type='wait'><policy-violation " + stanzas + "/>…</error></message>")
		time.Sleep(time.Minute)
		hag.Send("<message type='groupchat' to='coven@chat.example.org' id='later'><body>x</body></message>")
		hag.Find("<message type='groupchat' id='later'>…</message>")

		crone.Send("<iq type='set' id='a' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='a@example.org'/><item affiliation='member' jid='b@example.org'/><item affiliation='member' jid='c@example.org'/></query></iq>")
		crone.Find("<iq type='error' id='a'><error type='wait'><resource-constraint " + stanzas + "/>…</error></iq>")
	})
}

func TestInLargeRoomsOnlyModeratorsAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := start(t, xmpptest.Options{}, muc.Config{QuietAbove: 2}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, "")
		hag := enter(srv.Login("hag").Available(), "thirdwitch")
		crone.Find("<presence from='coven@chat.example.org/thirdwitch'>…</presence>")
		mac := srv.Login("mac").Available()
		mac.Send("<presence to='coven@chat.example.org/mac'>" + muckx + "</presence>")
		mac.Find("<presence from='coven@chat.example.org/firstwitch'>…</presence>")
		mac.Find("<presence from='coven@chat.example.org/mac'>…<x " + mucUser + ">…<status code='110'/>…</x></presence>")
		mac.Send("<message type='groupchat' to='coven@chat.example.org' id='m'><body>x</body></message>")
		crone.Find("<message type='groupchat' id='m'>…</message>")
		hag.Find("<message type='groupchat' id='m'>…</message>")
		mac.Send("<presence to='coven@chat.example.org/mac'><show>away</show></presence>")
		crone.Send("<presence to='coven@chat.example.org/firstwitch'><show>away</show></presence>")
		hag.Find("<presence from='coven@chat.example.org/firstwitch'><show>away</show>…</presence>")
		// Who was seen entering is also seen leaving.
		hag.Send("<presence type='unavailable' to='coven@chat.example.org/thirdwitch'/>")
		crone.Find("<presence type='unavailable' from='coven@chat.example.org/thirdwitch'>…</presence>")
	})
}

func TestGuestsAreLetInByTheirDoorOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		admitted := jid.MustParse("g1@guest.example.org")
		srv, rooms := start(t, xmpptest.Options{}, muc.Config{}, muc.Doors{AdmitGuest: func(guest, room jid.JID, _ int) error {
			if guest == admitted && room == coven {
				return nil
			}
			return fault.New(fault.Forbidden, "no")
		}})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, field("muc#roomconfig_membersonly", "1")+field("muc#roomconfig_whois", "anyone"))
		got := make(chan *xmlstream.Packet, 100)
		open := func(user string) *xmppd.Session {
			s, err := srv.OpenSession(context.Background(), jid.MustParse(user+"@guest.example.org/web"), func(p *xmlstream.Packet) { got <- p })
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		send := func(s *xmppd.Session, stanza string) {
			if err := s.Submit(xmlstream.MustParse(stanza)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		next := func(pattern string) {
			t.Helper()
			select {
			case p := <-got:
				if err := xmpptest.Match(pattern, p, map[string]string{}); err != nil {
					t.Errorf("%s\n%s\n%v", pattern, p.Raw(), err)
				}
			default:
				t.Errorf("nothing came instead of %s", pattern)
			}
		}
		other, guest := open("g2"), open("g1")
		send(other, "<presence to='coven@chat.example.org/other'>"+muckx+"</presence>")
		next("<presence type='error' from='coven@chat.example.org/other'><error type='auth'><forbidden " + stanzas + "/>…</error></presence>")
		send(other, "<presence to='mine@chat.example.org/other'>"+muckx+"</presence>")
		next("<presence type='error'><error type='cancel'><not-allowed " + stanzas + "/>…</error></presence>")
		send(guest, "<presence to='coven@chat.example.org/Guest'>"+muckx+"</presence>")
		next("<presence from='coven@chat.example.org/firstwitch'><occupant-id xmlns='urn:xmpp:occupant-id:0'/><x " + mucUser + "><item affiliation='owner' role='moderator'/></x></presence>")
		next("<presence from='coven@chat.example.org/Guest'>…<x " + mucUser + "><item affiliation='none' role='participant'/><status code='110'/>…</x></presence>")
		next("<message type='groupchat'><subject/></message>")
		crone.Find("<presence from='coven@chat.example.org/Guest'>…<x " + mucUser + "><item jid='g1@guest.example.org/web'/></x></presence>")
		send(guest, "<message type='groupchat' to='coven@chat.example.org' id='m'><body>hi</body></message>")
		next("<message type='groupchat' id='m'>…</message>")
		send(guest, "<iq type='set' id='q' to='coven@chat.example.org'><query xmlns='urn:xmpp:mam:2'/></iq>")
		next("<iq type='error' id='q'>…</iq>")
		crone.Send("<iq type='set' id='a' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='moderator' nick='Guest'/></query></iq>")
		crone.Find("<iq type='error' id='a'>…</iq>")
		if err := rooms.Kick(context.Background(), coven, "Guest", "", "over"); err != nil {
			t.Error(err)
		}
		guest.Close("", "")
		other.Close("", "")
	})
}

func TestRoomsThatNobodyIsInLeaveMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, rooms := start(t, xmpptest.Options{}, muc.Config{IdleTimeout: time.Minute}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, field("muc#roomconfig_persistentroom", "1"))
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='m'><body>kept</body></message>")
		crone.Find("<message type='groupchat' id='m'>…</message>")
		crone.Send("<presence type='unavailable' to='coven@chat.example.org/firstwitch'/>")
		crone.Send("<iq type='get' id='i' to='nowhere@chat.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		crone.Find("<iq type='error' id='i'>…</iq>")
		synctest.Wait()
		if n := rooms.Loaded(); n != 1 {
			t.Errorf("%d rooms at first", n)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if n := rooms.Loaded(); n != 0 {
			t.Errorf("%d rooms later", n)
		}
		crone.Send("<presence to='coven@chat.example.org/firstwitch'>" + muckx + "</presence>")
		crone.Find("<message type='groupchat' id='m'><body>kept</body>…<delay xmlns='urn:xmpp:delay'/></message>")
	})
}

func TestATemporaryRoomWaitsForItsOccupantsAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		o := xmpptest.Options{Store: db, Users: xmpptest.NewUsers()}
		srv, _ := start(t, o, muc.Config{}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, field("muc#roomconfig_roomname", "Cave"))
		srv.Stop()
		srv, rooms := start(t, o, muc.Config{IdleTimeout: time.Minute}, muc.Doors{})
		hag := srv.Login("hag").Available()
		enter(hag, "thirdwitch")
		if info, err := rooms.Get(context.Background(), coven); err != nil || info.Config.Name != "Cave" {
			t.Errorf("%+v, %v", info, err)
		}
		time.Sleep(2 * time.Minute)
		if info, err := rooms.Get(context.Background(), coven); err != nil || len(info.Occupants) != 1 {
			t.Errorf("%+v, %v", info, err)
		}
		srv.Stop()
		srv, rooms = start(t, o, muc.Config{IdleTimeout: time.Minute}, muc.Doors{})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if _, err := rooms.Get(context.Background(), coven); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody has come, and the room is there: %v", err)
		}
		srv.Stop()
	})
}

// TestALateOwnerWritesNothing lets somebody else take the room over behind its owner's back.
func TestALateOwnerWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		srv, _ := start(t, xmpptest.Options{Store: db, Deps: quiet}, muc.Config{}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, "")
		if err := db.Commit(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE muc_fence SET fence = fence + 1`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='s'><subject>late</subject></message>")
		crone.Find("<message type='error' id='s'><error type='wait'><resource-constraint " + stanzas + "/>…</error></message>")
		crone.Send("<iq type='get' id='p' to='coven@chat.example.org/firstwitch'><ping xmlns='urn:xmpp:ping'/></iq>")
		crone.Find("<iq type='error' id='p'>…</iq>") // the room was loaded anew
		enter(crone, "firstwitch")
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='s2'><subject>now</subject></message>")
		crone.Find("<message type='groupchat' id='s2'>…</message>")
		srv.Stop()
	})
}

// quiet takes the log away from a test that provokes errors.
func quiet(d *xmppd.Deps) { d.Log = slog.New(slog.DiscardHandler) }

func TestOthersAddFieldsToTheForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		allowed, by := "0", jid.JID{}
		srv := xmpptest.Start(t, func(s *xmppd.Server) {
			history, err := archive.OpenEngine(s.Context(), s.Store())
			if err != nil {
				t.Fatal(err)
			}
			rooms, err := muc.Register(s, muc.Config{Domain: "chat.example.org"}, history)
			if err != nil {
				t.Fatal(err)
			}
			rooms.Extend(muc.Extension{
				Fields: func(jid.JID) []dataform.Field {
					return []dataform.Field{{Var: "x#guests", Type: dataform.Boolean, Label: "Allow guests", Values: []string{allowed}}}
				},
				Read: func(_, who jid.JID, f *dataform.Form) (func(context.Context) error, error) {
					v, ok := f.Get("x#guests")
					switch {
					case !ok:
						return nil, nil
					case v == "3":
						return func(context.Context) error { return fault.New(fault.Unavailable, "not now") }, nil
					case v != "1":
						return nil, fault.New(fault.Invalid, "no")
					}
					return func(context.Context) error {
						allowed, by = v, who
						return nil
					}, nil
				},
			})
			rooms.ExtendInfo(func(jid.JID) []dataform.Field { return []dataform.Field{{Var: "x#status", Values: []string{"closed"}}} })
		})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, field("x#guests", "1"))
		if allowed != "1" || by.String() != "crone@example.org" {
			t.Errorf("%q by %s", allowed, by)
		}
		crone.Send("<iq type='get' id='f' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>")
		crone.Find("<iq type='result' id='f'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>…<field var='x#guests' type='boolean'><value>1</value></field></x></query></iq>")
		crone.Send("<iq type='set' id='s' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" + field("x#guests", "2") + "</x></query></iq>")
		crone.Find("<iq type='error' id='s'>…</iq>")
		crone.Send("<iq type='set' id='u' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>" + field("x#guests", "3") + "</x></query></iq>")
		crone.Find("<iq type='error' id='u'><error type='cancel'><service-unavailable " + stanzas + "/>…</error></iq>")
		crone.Send("<iq type='get' id='i' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		crone.Find("<iq type='result' id='i'><query xmlns='http://jabber.org/protocol/disco#info'>…<x xmlns='jabber:x:data' type='result'>…<field var='x#status'><value>closed</value></field></x></query></iq>")
	})
}
