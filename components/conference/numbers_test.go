package conference_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// B7: each group has a small number of its own, which it keeps over a restart, and which another one gets only when it is gone.
func TestGroupsHaveNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		_ = srv
		rooms := map[string]jid.JID{}
		for _, name := range []string{"A", "B", "C"} {
			g, err := c[0].Create(t.Context(), conference.New{Name: name, Owners: []jid.JID{romeo}})
			if err != nil {
				t.Fatal(err)
			}
			rooms[name] = g.Room
			synctest.Wait()
		}
		numbers := func(want map[string]int) {
			t.Helper()
			time.Sleep(time.Second)
			for i := range c {
				for name, n := range want {
					if got := c[i].GroupNumber(rooms[name]); got != n {
						t.Errorf("at node %d group %s has number %d, not %d", i, name, got, n)
					}
					if room, ok := c[i].ByGroupNumber(n); n > 0 && (!ok || room != rooms[name]) {
						t.Errorf("at node %d number %d is %v", i, n, room)
					}
				}
			}
		}
		numbers(map[string]int{"A": 1, "B": 2, "C": 3})
		if err := c[1].Delete(t.Context(), rooms["B"]); err != nil {
			t.Fatal(err)
		}
		numbers(map[string]int{"A": 1, "B": 0, "C": 3})
		if _, ok := c[0].ByGroupNumber(2); ok {
			t.Error("the number of a group that is gone still leads somewhere")
		}
		g, err := c[1].Create(t.Context(), conference.New{Name: "D", Owners: []jid.JID{romeo}})
		if err != nil {
			t.Fatal(err)
		}
		rooms["D"] = g.Room
		numbers(map[string]int{"A": 1, "C": 3, "D": 2})
		if is, err := c[0].IsMember(t.Context(), rooms["A"], romeo); !is || err != nil {
			t.Errorf("its owner does not belong to the group: %v", err)
		}
		if is, err := c[0].IsMember(t.Context(), rooms["A"], julietsPhone.User); is || err != nil {
			t.Errorf("anybody belongs to the group: %v", err)
		}
	})
}

// Groups that were there before numbers get one when the server starts; the others keep theirs.
func TestNumbersAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		users := xmpptest.NewUsers()
		begin := func(node cluster.NodeID) (*xmpptest.Server, *conference.Service) {
			var c *conference.Service
			srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Users: users, World: cluster.NewLocal(), Node: node, Register: func(s *xmppd.Server) {
				var err error
				if c, err = register(s, conference.Config{}, muc.Config{}, newAccess()); err != nil {
					t.Fatal(err)
				}
			}})
			time.Sleep(time.Second)
			return srv, c
		}
		srv, c := begin("a")
		var rooms []jid.JID
		for _, name := range []string{"A", "B", "C"} {
			g, err := c.Create(t.Context(), conference.New{Name: name, Owners: []jid.JID{romeo}})
			if err != nil {
				t.Fatal(err)
			}
			rooms = append(rooms, g.Room)
			time.Sleep(time.Second)
		}
		srv.Stop()
		err = db.Commit(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM conference_number WHERE number <> 2`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, c = begin("b")
		for i, n := range []int{1, 2, 3} {
			if got := c.GroupNumber(rooms[i]); got != n {
				t.Errorf("%s has number %d, not %d", rooms[i], got, n)
			}
		}
	})
}
