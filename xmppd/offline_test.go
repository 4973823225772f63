package xmppd_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

const enableSM = "<enable xmlns='urn:xmpp:sm:3'/>"

// onEach runs a test on every database there is, with options for servers that share one.
func onEach(t *testing.T, fn func(t *testing.T, o xmpptest.Options)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fn(t, xmpptest.Options{Store: db, World: cluster.NewLocal(), Users: xmpptest.NewUsers()})
	})
}

// send has romeo send numbered messages to juliet, who need not be there, and waits until they are settled.
func send(t *testing.T, srv *xmpptest.Server, romeo *xmpptest.Client, from, to int, body string) {
	t.Helper()
	for i := from; i < to; i++ {
		romeo.Send(fmt.Sprintf("<message type='chat' id='m%d' to='juliet@example.org'><body>%s</body></message>", i, body))
	}
	romeo.Send("<iq type='get' id='settled'><settled xmlns='urn:test'/></iq>")
	romeo.Find("<iq type='error' id='settled'>…</iq>")
}

// messages takes what comes until the session's presence is reflected, and returns the ids of the messages.
func messages(c *xmpptest.Client) (ids []string) {
	for {
		p := c.Next()
		switch p.Local() {
		case "message":
			ids = append(ids, p.ID())
		case "presence":
			return ids
		}
	}
}

// stored waits until a number of messages is in the offline store.
func stored(t *testing.T, db *store.DB, want int) {
	t.Helper()
	var n, claimed int
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM offline`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM offline WHERE node <> ''`).Scan(&claimed); err != nil {
			t.Fatal(err)
		}
		if n == want && (n == 0 || claimed == 0) {
			return
		}
	}
	t.Fatalf("%d messages are stored, %d of them under way; want %d and none", n, claimed, want)
}

func ids(from, to int) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("m%d", i))
	}
	return list
}

func expectIDs(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func juliet(o xmpptest.Options) { o.Users.Add(jid.MustParse("juliet@example.org")) }

func TestOfflineMessagesAreKeptUntilAcknowledged(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		srv := xmpptest.StartWith(t, o)
		juliet(o)
		send(t, srv, srv.Login("romeo"), 0, 5, "hello")

		first := srv.Login("juliet/1")
		first.Send(enableSM + "<presence/>")
		first.Find("<enabled xmlns='urn:xmpp:sm:3'/>")
		expectIDs(t, "the first session", messages(first), ids(0, 5))
		first.Send("<a xmlns='urn:xmpp:sm:3' h='2'/>")
		first.Cut()
		stored(t, o.Store, 3)

		second := srv.Login("juliet/2")
		second.Send(enableSM + "<presence/>")
		second.Find("<enabled xmlns='urn:xmpp:sm:3'/>")
		expectIDs(t, "the second session, of what the first had not acknowledged", messages(second), ids(2, 5))
		second.Send("<a xmlns='urn:xmpp:sm:3' h='3'/>")
		stored(t, o.Store, 0)
		second.Cut()

		third := srv.Login("juliet/3")
		third.Send("<presence/>")
		expectIDs(t, "the third session", messages(third), nil)
	})
}

func TestOfflineMessagesGoWhenWritten(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		srv := xmpptest.StartWith(t, o)
		juliet(o)
		send(t, srv, srv.Login("romeo"), 0, 3, "hello")
		c := srv.Login("juliet")
		c.Send("<presence/>")
		expectIDs(t, "the first session", messages(c), ids(0, 3))
		stored(t, o.Store, 0)
	})
}

func TestOfflineMessagesSurviveADeadServer(t *testing.T) {
	for _, next := range []cluster.NodeID{"a", "b"} {
		t.Run("the next node is "+string(next), func(t *testing.T) {
			onEach(t, func(t *testing.T, o xmpptest.Options) {
				o.Node = "a"
				srv := xmpptest.StartWith(t, o)
				juliet(o)
				send(t, srv, srv.Login("romeo"), 0, 3, "hello")
				c := srv.Login("juliet")
				c.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/><presence/>")
				c.Find("<enabled xmlns='urn:xmpp:sm:3'/>")
				expectIDs(t, "before", messages(c), ids(0, 3))
				srv.Kill()

				o.Node = next
				srv = xmpptest.StartWith(t, o)
				c = srv.Login("juliet/again")
				c.Send("<presence/>")
				expectIDs(t, "after", messages(c), ids(0, 3))
				stored(t, o.Store, 0)
			})
		})
	}
}

func TestTwoSessionsShareTheOfflineMessages(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		const n = 100
		o.Node = "a"
		a := xmpptest.StartWith(t, o)
		o.Node = "b"
		b := xmpptest.StartWith(t, o)
		juliet(o)
		send(t, a, a.Login("romeo"), 0, n, "hello")
		clients := []*xmpptest.Client{a.Login("juliet/1"), b.Login("juliet/2"), a.Login("juliet/3")}
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]int{}
		for _, c := range clients {
			wg.Go(func() {
				c.Send("<presence/>")
				for _, id := range messages(c) {
					mu.Lock()
					seen[id]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, id := range ids(0, n) {
			if seen[id] != 1 {
				t.Errorf("%s came %d times", id, seen[id])
			}
		}
		stored(t, o.Store, 0)
	})
}

func TestOfflineMessagesAreLimited(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		o.Config = func(c *xmppd.Config) { c.OfflineMessages = 3 }
		srv := xmpptest.StartWith(t, o)
		juliet(o)
		romeo := srv.Login("romeo")
		send(t, srv, romeo, 0, 5, "hello")
		for _, id := range ids(3, 5) {
			romeo.Expect("<message type='error' id='" + id + "'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
		}
		c := srv.Login("juliet")
		c.Send("<presence/>")
		expectIDs(t, "the first three", messages(c), ids(0, 3))
		c.Close()
		stored(t, o.Store, 0)
		send(t, srv, romeo, 5, 6, "there is room again")
		stored(t, o.Store, 1)
		romeo.Silent()
	})
}

func TestManyOfflineMessagesComeInParts(t *testing.T) {
	o := xmpptest.Options{Store: storetest.OpenMemory(t), World: cluster.NewLocal(), Users: xmpptest.NewUsers()}
	o.Config = func(c *xmppd.Config) { c.QueueBytes = 64 << 10 }
	srv := xmpptest.StartWith(t, o)
	juliet(o)
	const n = 200
	send(t, srv, srv.Login("romeo"), 0, n, strings.Repeat("x", 1000)) // 200 kB, where half of 64 KiB go at a time
	c := srv.Login("juliet")
	c.Send("<presence/>")
	got := messages(c)
	for len(got) < n {
		got = append(got, c.Next().ID())
	}
	expectIDs(t, "all", got, ids(0, n))
	stored(t, o.Store, 0)
	c.Silent()
}

func TestWhatTheClientFindsInTheArchiveIsNotSentAgain(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		o.Register = func(s *xmppd.Server) {
			s.Hooks.Message.Add(xmppd.Archive, func(ev *xmppd.Message) error {
				if ev.Packet.ID() != "m1" {
					ev.StanzaID = "archived-" + ev.Packet.ID()
				}
				return nil
			})
		}
		srv := xmpptest.StartWith(t, o)
		juliet(o)
		romeo := srv.Login("romeo")
		send(t, srv, romeo, 0, 3, "hello")
		c := srv.Login("juliet")
		srv.Session(c.JID).ReadsArchive()
		send(t, srv, romeo, 3, 4, "after the query")
		c.Send("<presence/>")
		c.Expect("<message type='chat' id='m1'><body>hello</body><delay xmlns='urn:xmpp:delay'>…</delay></message>")
		c.Expect("<message type='chat' id='m3'><body>after the query</body><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='archived-m3'/><delay xmlns='urn:xmpp:delay'>…</delay></message>")
		expectIDs(t, "more", messages(c), nil)
		stored(t, o.Store, 0)
	})
}

func TestForgottenAccounts(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		srv := xmpptest.StartWith(t, o)
		juliet(o)
		romeo := srv.Login("romeo").Available()
		romeo.Send("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>")
		romeo.Find("<iq type='result' id='1'>…</iq>")
		c := srv.Login("juliet").Available()
		romeo.Send("<presence type='subscribe' to='juliet@example.org'/>")
		c.Find("<presence type='subscribe'>…</presence>")
		c.Send("<presence type='subscribed' to='romeo@example.org'/><presence type='subscribe' to='romeo@example.org'/>")
		romeo.Find("<presence type='subscribed'/>")
		romeo.Find("<presence type='subscribe'/>")
		c.Close()
		romeo.Find("<presence type='unavailable'/>")
		send(t, srv, romeo, 0, 2, "hello")
		if err := srv.ForgetAccount(context.Background(), jid.MustParse("juliet@example.org")); err != nil {
			t.Fatal(err)
		}
		romeo.Find("<presence type='unsubscribed' from='juliet@example.org'/>")
		romeo.Find("<presence type='unsubscribe' from='juliet@example.org'/>")
		romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' subscription='none'/></query></iq>")
		stored(t, o.Store, 0)
		var n int
		if err := o.Store.QueryRow(t.Context(), `SELECT count(*) FROM contacts WHERE owner = 'juliet@example.org'`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d contacts are left, %v", n, err)
		}
		again := srv.Login("juliet/new").Available()
		again.Silent()
	})
}

func TestADeadNodesSessionsAreUnavailable(t *testing.T) {
	a, b := xmpptest.Two(t, nothing)
	romeo, juliet := a.Login("romeo").Available(), b.Login("juliet").Available()
	romeo.Send("<presence type='subscribe' to='juliet@example.org'/>")
	juliet.Find("<presence type='subscribe'/>")
	juliet.Send("<presence type='subscribed' to='romeo@example.org'/>")
	romeo.Find("<presence from='juliet@example.org/r'/>")
	b.Kill()
	romeo.Find("<presence type='unavailable' from='juliet@example.org/r' to='romeo@example.org'/>")
}

func TestASubscriptionOfOneSideAloneIsCorrected(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		srv := xmpptest.StartWith(t, o)
		err := o.Store.Commit(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec(`INSERT INTO rosters (owner, version, serial) VALUES ('romeo@example.org', 1, 1)`); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO contacts (owner, contact, state, listed, approved, name, group_names)
				VALUES ('romeo@example.org', 'juliet@example.org', 4, TRUE, FALSE, '', '')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		srv.Login("juliet").Available()
		romeo := srv.Login("romeo")
		rosterOf(romeo)
		romeo.Send("<presence/>")
		romeo.Find("<presence type='unsubscribed' from='juliet@example.org'/>")
		romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' subscription='none'/></query></iq>")
	})
}
