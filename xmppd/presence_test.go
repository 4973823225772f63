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
		// What a node hears of another it hears in order: when these are there, so is word of all changes.
		for i, c := range clients {
			c.Send(fmt.Sprintf("<message type='chat' id='last' to='%s'><last xmlns='urn:test'/></message>", clients[(i+1)%n].JID))
		}
		for _, c := range clients {
			c.Find("<message type='chat' id='last'>…</message>")
		}
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

// A request is held up between the two accounts, and taken back from another client meanwhile: in the end either both sides know of a
// request, or neither does.
func TestSubscriptionsThatCross(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		arrived, on := make(chan struct{}), make(chan struct{})
		hold := sync.OnceFunc(func() { close(arrived); <-on })
		o.Register = func(s *xmppd.Server) {
			s.Hooks.Presence.Add(xmppd.Authorize, func(p *xmppd.Presence) error {
				if p.Side == xmppd.Inbound && p.Packet.Type() == "subscribe" {
					hold()
				}
				return nil
			})
		}
		srv := xmpptest.StartWith(t, o)
		phone, desk, juliet := srv.Login("romeo/phone"), srv.Login("romeo/desk"), srv.Login("juliet").Available()
		phone.Send("<presence type='subscribe' to='juliet@example.org'/><iq type='get' id='done'><done xmlns='urn:test'/></iq>")
		<-arrived
		desk.Send("<presence type='unsubscribe' to='juliet@example.org'/><iq type='get' id='done'><done xmlns='urn:test'/></iq>")
		desk.Find("<iq type='error' id='done'>…</iq>")
		close(on)
		phone.Find("<iq type='error' id='done'>…</iq>")
		juliet.Send("<presence type='subscribed' to='romeo@example.org'/><iq type='get' id='done'><done xmlns='urn:test'/></iq>")
		juliet.Find("<iq type='error' id='done'>…</iq>")
		phone.Send("<presence/>")
		has := func(c *xmpptest.Client) string {
			query, _ := rosterOf(c).First()
			item, _ := query.First()
			sub, _ := item.Attr("subscription")
			return sub
		}
		if sees, shows := has(phone) == "to", has(juliet) == "from"; sees != shows {
			t.Errorf("romeo's roster has %q, juliet's %q", has(phone), has(juliet))
		}
	})
}
