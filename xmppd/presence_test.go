package xmppd_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

func colleagues(n int) *team {
	g := &team{name: "All"}
	for i := range n {
		g.members = append(g.members, jid.MustParse(fmt.Sprintf("u%d@example.org", i)))
	}
	return g
}

// When everybody logs in at the same time, everybody hears of everybody, and once.
func TestTheMorningRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20
		srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(colleagues(n)) })
		clients := make([]*xmpptest.Client, n)
		for i := range clients {
			clients[i] = srv.Login(fmt.Sprintf("u%d", i))
		}
		var wg sync.WaitGroup
		for _, c := range clients {
			wg.Go(func() { c.Send("<presence/>") })
		}
		wg.Wait()
		for _, c := range clients {
			heard := map[string]int{}
			for range n {
				p := c.Next()
				heard[p.From()]++
			}
			if len(heard) != n {
				t.Errorf("%s has heard of %d: %v", c.JID, len(heard), heard)
			}
			c.Silent()
		}
	})
}

// Users of two servers subscribe to each other all at the same time; both sides of each subscription agree in the end.
func TestManySubscriptionsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		const n = 8
		o.Node = "a"
		a := xmpptest.StartWith(t, o)
		o.Node = "b"
		b := xmpptest.StartWith(t, o)
		clients := make([]*xmpptest.Client, n)
		for i := range clients {
			clients[i] = []*xmpptest.Server{a, b}[i%2].Login(fmt.Sprintf("u%d", i)).Available()
		}
		var wg sync.WaitGroup
		for i, c := range clients {
			wg.Go(func() {
				for k := range n {
					if k != i {
						c.Send(fmt.Sprintf("<presence type='subscribed' to='u%d@example.org'/><presence type='subscribe' to='u%d@example.org'/>", k, k))
					}
				}
				c.Send("<iq type='get' id='done'><done xmlns='urn:test'/></iq>")
				c.Find("<iq type='error' id='done'>…</iq>")
			})
		}
		wg.Wait()
		for _, c := range clients {
			query, _ := rosterOf(c).First()
			items := 0
			for item := range query.Children() {
				if sub, _ := item.Attr("subscription"); sub != "both" {
					t.Errorf("%s has %s", c.JID, item)
				}
				items++
			}
			if items != n-1 {
				t.Errorf("%s has %d contacts, want %d", c.JID, items, n-1)
			}
		}
	})
}
