package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/admin/api"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// desk is what the console of one of two servers sees.
type desk struct {
	*clients
	poll *poll
}

func twoDesks(t *testing.T) (servers [2]*xmpptest.Server, desks [2]desk) {
	n := 0
	a, b := xmpptest.Two(t, func(s *xmppd.Server) {
		p := newPoll(s, s.Log())
		caps := disco.Register(s, disco.Config{}).Caps
		name := func(user jid.JID) string { return strings.ToUpper(user.Local()) }
		c := newClients(s, caps, name, p)
		answerPoll(p, pollFigures, func(struct{}) api.Figures { return c.figures() })
		desks[n] = desk{c, p}
		n++
	})
	return [2]*xmpptest.Server{a, b}, desks
}

func shown(list []api.Client) string {
	var out []string
	for _, c := range list {
		out = append(out, c.JID.String()+" "+c.State+" "+c.Node)
	}
	return strings.Join(out, ", ")
}

func TestConsoleSeesTheClientsOfBothServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers, desks := twoDesks(t)
		romeo, again, juliet := servers[0].Login("romeo/desk"), servers[1].Login("romeo/phone"), servers[1].Login("juliet/r")
		nurse := servers[0].Login("nurse/r")
		romeo.Send("<presence><show>away</show></presence>")
		again.Send("<presence/>")
		juliet.Send("<presence><show>dnd</show><priority>5</priority></presence>")
		synctest.Wait()
		ctx := context.Background()
		for i, d := range desks {
			list, total, err := d.Find(ctx, "", 0, 10)
			if got := shown(list); err != nil || total != 4 ||
				got != "juliet@example.org/r dnd b, nurse@example.org/r unavailable a, romeo@example.org/desk away a, romeo@example.org/phone available b" {
				t.Errorf("server %d: %d, %s (%v)", i, total, got, err)
			}
			for _, c := range []struct {
				text          string
				offset, limit int
				want          string
			}{
				{"", 1, 2, "nurse@example.org/r unavailable a, romeo@example.org/desk away a of 4"},
				{"", 3, 2, "romeo@example.org/phone available b of 4"},
				{"", 9, 2, " of 4"},
				{"PHONE", 0, 9, "romeo@example.org/phone available b of 1"},
				{"nurse r", 0, 9, "nurse@example.org/r unavailable a of 1"},
				{"nobody", 0, 9, " of 0"},
			} {
				list, total, _ := d.Find(ctx, c.text, c.offset, c.limit)
				if got := fmt.Sprintf("%s of %d", shown(list), total); got != c.want {
					t.Errorf("server %d, %q from %d: %s", i, c.text, c.offset, got)
				}
			}
			for user, want := range map[string]api.Presence{"nurse": api.Offline, "nobody": api.Offline} {
				if got := d.Presence(jid.MustParse(user + "@example.org")); got != want {
					t.Errorf("server %d shows %s as %s", i, user, got)
				}
			}
			if figures := append([]api.Figures{d.figures()}, askPoll[api.Figures](ctx, d.poll, pollFigures, struct{}{})...); len(figures) != 2 ||
				figures[0].Sessions != 2 || figures[1].Sessions != 2 || figures[0].Users+figures[1].Users != 2 {
				t.Errorf("server %d counts %+v", i, figures)
			}
		}
		if here, there := desks[1].Presence(jid.MustParse("juliet@example.org")), desks[0].Presence(jid.MustParse("juliet@example.org")); here != api.Busy || there != api.Available {
			t.Errorf("juliet is %s where she is, and %s on the other server", here, there)
		}
		if !desks[0].End(jid.MustParse("juliet@example.org/r")) || desks[0].End(jid.MustParse("juliet@example.org/gone")) {
			t.Error("a client of the other server cannot be disconnected, or one that is not there can")
		}
		juliet.Expect(`<presence to='juliet@example.org/r' from='juliet@example.org/r'><show>dnd</show><priority>5</priority></presence>`)
		juliet.Expect(`<stream:error xmlns:stream='http://etherx.jabber.org/streams'> … <not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/> … </stream:error>`)
		nurse.Send("<presence/>")
		synctest.Wait()
		if list, _, _ := desks[1].Find(ctx, "", 0, 10); slices.ContainsFunc(list, func(c api.Client) bool { return c.JID.Local() == "juliet" }) {
			t.Errorf("she is still there: %s", shown(list))
		}
	})
}

// A server that does not answer costs a second, and the others are shown.
func TestASilentServerIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := cluster.NewLocal()
		var p *poll
		a := xmpptest.StartWith(t, xmpptest.Options{World: world, Node: "a", Register: func(s *xmppd.Server) { p = newPoll(s, s.Log()) }})
		xmpptest.StartWith(t, xmpptest.Options{World: world, Node: "b", Users: xmpptest.NewUsers()}) // an older version
		synctest.Wait()
		if peers := a.Node().Peers(); len(peers) != 1 {
			t.Fatalf("peers %v", peers)
		}
		begun := time.Now()
		if got := askPoll[clientList](context.Background(), p, pollClients, clientQuery{}); len(got) != 0 || time.Since(begun) != pollTime {
			t.Errorf("%v after %v", got, time.Since(begun))
		}
		if len(p.waiting) != 0 {
			t.Error("the question is remembered for ever")
		}
	})
}
