package muc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// two starts two servers that are one system.
func two(t *testing.T) (a, b *xmpptest.Server, rooms [2]*muc.Service) {
	t.Helper()
	return twoWith(t, nil)
}

// twoWith registers something else as well.
func twoWith(t *testing.T, register func(*xmppd.Server)) (a, b *xmpptest.Server, rooms [2]*muc.Service) {
	t.Helper()
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := xmpptest.Options{Store: db, World: cluster.NewLocal(), Users: xmpptest.NewUsers(), Node: "a", Register: register}
	a, rooms[0] = start(t, o, muc.Config{}, muc.Doors{})
	o.Node = "b"
	b, rooms[1] = start(t, o, muc.Config{}, muc.Doors{})
	return a, b, rooms
}

// meet lets crone, who is on the server that owns the room, and hag, who is on the other, enter.
func meet(owner, other *xmpptest.Server) (crone, hag *xmpptest.Client) {
	crone = enter(owner.Login("crone").Available(), "firstwitch")
	configure(crone, "")
	hag = enter(other.Login("hag").Available(), "thirdwitch")
	crone.Find("<presence from='coven@chat.example.org/thirdwitch'>…</presence>")
	return crone, hag
}

// TestARoomLivesOnWhenItsServerDies has one occupant on each server.
func TestARoomLivesOnWhenItsServerDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two(t)
		crone, hag := meet(a, b)
		wicca := enter(b.Login("wiccarocks").Available(), "secondwitch")
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='1'><body>before</body></message>")
		hag.Find("<message type='groupchat' id='1'>…</message>")
		synctest.Wait()
		a.Kill()
		time.Sleep(time.Minute)
		synctest.Wait()
		// The one who was there is gone, the others are not, and they did nothing for it.
		hag.Find("<presence type='unavailable' from='coven@chat.example.org/firstwitch'>…</presence>")
		wicca.Find("<presence type='unavailable' from='coven@chat.example.org/firstwitch'>…</presence>")
		hag.Send("<iq type='get' id='p' to='coven@chat.example.org/thirdwitch'><ping xmlns='urn:xmpp:ping'/></iq>")
		hag.Find("<iq type='result' id='p'/>")
		hag.Send("<message type='groupchat' to='coven@chat.example.org' id='2'><body>after</body></message>")
		wicca.Find("<message type='groupchat' id='2' from='coven@chat.example.org/thirdwitch'>…</message>")
		hag.Find("<message type='groupchat' id='2' from='coven@chat.example.org/thirdwitch'>…</message>")
		// She comes back at the other server, and has missed nothing.
		crone = b.Login("crone/new").Available()
		crone.Send("<presence to='coven@chat.example.org/firstwitch'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		crone.Find("<message type='groupchat' id='1'>…</message>")
		crone.Find("<message type='groupchat' id='2'>…</message>")
	})
}

// TestOccupantsOfADeadServerLeave has the room on the server that stays.
func TestOccupantsOfADeadServerLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two(t)
		crone, _ := meet(a, b)
		b.Kill()
		time.Sleep(time.Minute)
		synctest.Wait()
		crone.Find("<presence type='unavailable' from='coven@chat.example.org/thirdwitch'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='333'/></x></presence>")
	})
}

// TestARoomMovesWhenItsServerStops: nobody on the other server notices.
func TestARoomMovesWhenItsServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two(t)
		_, hag := meet(a, b)
		a.Stop()
		synctest.Wait()
		hag.Find("<presence type='unavailable' from='coven@chat.example.org/firstwitch'>…</presence>")
		hag.Send("<message type='groupchat' to='coven@chat.example.org' id='2'><body>after</body></message>")
		hag.Find("<message type='groupchat' id='2' from='coven@chat.example.org/thirdwitch'>…</message>")
	})
}

// TestEverybodyIsToldWhenTheLastServerStops (XEP-0045#service-shutdown-kick).
func TestEverybodyIsToldWhenTheLastServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := start(t, xmpptest.Options{}, muc.Config{}, muc.Doors{})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, "")
		go srv.Stop()
		crone.Find("<presence type='unavailable' from='coven@chat.example.org/firstwitch'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/><status code='332'/></x></presence>")
		crone.Ended()
		srv.Stop()
	})
}

// TestTheProgramReachesRoomsOnOtherServers calls the methods for the rest of the program on both.
func TestTheProgramReachesRoomsOnOtherServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, rooms := two(t)
		ctx := context.Background()
		owner := jid.MustParse("crone@example.org")
		if err := rooms[0].Create(ctx, coven, rooms[0].NewConfig(), owner); err != nil {
			t.Fatal(err)
		}
		hag := enter(b.Login("hag").Available(), "thirdwitch")
		_ = a
		for i, m := range rooms {
			info, err := m.Get(ctx, coven)
			if err != nil || len(info.Occupants) != 1 || info.Occupants[0].Nick != "thirdwitch" {
				t.Errorf("server %d: %+v, %v", i, info, err)
			}
		}
		if err := rooms[1].Create(ctx, coven, rooms[0].NewConfig(), owner); !fault.Is(err, fault.Conflict) {
			t.Errorf("created twice: %v", err)
		}
		if err := rooms[1].SetAffiliations(ctx, coven, muc.Affiliated{JID: owner, Affiliation: muc.None}); !fault.Is(err, fault.Conflict) {
			t.Errorf("without an owner: %v", err)
		}
		if err := rooms[1].SetAffiliations(ctx, coven, muc.Affiliated{JID: hag.JID, Affiliation: muc.Member}); err != nil {
			t.Error(err)
		}
		hag.Find("<presence from='coven@chat.example.org/thirdwitch'>…<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member'/>…</x></presence>")
		if err := rooms[1].ForgetAccount(ctx, owner); err != nil {
			t.Error(err)
		}
		hag.Find("<presence from='coven@chat.example.org/thirdwitch'>…<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner'/>…</x></presence>")
		c := rooms[0].NewConfig()
		c.Name = "Cave"
		if err := rooms[1].Configure(ctx, coven, c, nil); err != nil {
			t.Error(err)
		}
		c.AllowPM = "some"
		if err := rooms[1].Configure(ctx, coven, c, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("configured wrongly: %v", err)
		}
		if err := rooms[1].Kick(ctx, coven, "nobody", "", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("kicked nobody: %v", err)
		}
		if err := rooms[1].Kick(ctx, coven, "thirdwitch", "", "Avaunt"); err != nil {
			t.Error(err)
		}
		hag.Find("<presence type='unavailable' from='coven@chat.example.org/thirdwitch'>…</presence>")
		if list, err := rooms[1].List(ctx, "", 10); err != nil || len(list) != 1 || list[0] != coven {
			t.Errorf("%v, %v", list, err)
		}
		if err := rooms[1].Destroy(ctx, coven, jid.JID{}, "over"); err != nil {
			t.Error(err)
		}
		if _, err := rooms[0].Get(ctx, coven); !fault.Is(err, fault.NotFound) {
			t.Errorf("the room is still there: %v", err)
		}
	})
}

// TestAnOccupantComesBackThroughAnotherServer: the same resource is bound on the other server while the first one is slow to end
// the old session, or hangs. Whatever it says late does not put the new session out of the room.
func TestAnOccupantComesBackThroughAnotherServer(t *testing.T) {
	for _, held := range []time.Duration{time.Second, time.Minute} {
		t.Run("held "+held.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const hold = "test.hold"
				a, b, _ := twoWith(t, func(s *xmppd.Server) {
					s.OnNode(hold, func(cluster.NodeID, []byte) { time.Sleep(held) })
				})
				crone := enter(b.Login("crone").Available(), "firstwitch")
				configure(crone, "")
				old := enter(a.Login("hag/cave").Available(), "thirdwitch")
				crone.Find("<presence from='coven@chat.example.org/thirdwitch'>…</presence>")
				old.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
				old.Find("<enabled xmlns='urn:xmpp:sm:3'>…</enabled>")
				old.Cut()
				synctest.Wait()
				crone.Send("<message type='groupchat' to='coven@chat.example.org' id='kept by the old session'><body>b</body></message>")
				synctest.Wait()
				standStill := func() {
					if err := b.SendNode("a", hold, nil); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
				}
				standStill()
				hag := b.Login("hag/cave")
				standStill()
				crone.Send("<message type='groupchat' to='coven@chat.example.org' id='under way to the old session'><body>b</body></message>")
				synctest.Wait()
				enter(hag.Available(), "thirdwitch")
				time.Sleep(3 * time.Minute)
				synctest.Wait()
				crone.Drain()
				hag.Drain()
				crone.Send("<message type='groupchat' to='coven@chat.example.org' id='1'><body>still here?</body></message>")
				hag.Find("<message type='groupchat' id='1' from='coven@chat.example.org/firstwitch'>…</message>")
				hag.Send("<message type='groupchat' to='coven@chat.example.org' id='2'><body>I am</body></message>")
				crone.Find("<message type='groupchat' id='2' from='coven@chat.example.org/thirdwitch'>…</message>")
			})
		})
	}
}
