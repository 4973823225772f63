package xmppd_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// own is a session without a socket, whose client may stop reading.
type own struct {
	*xmppd.Session
	t testing.TB

	mu   sync.Mutex
	got  []*xmlstream.Packet
	gate chan struct{} // closed: the client reads
}

func openOwn(t testing.TB, s *xmpptest.Server, who string, reads bool) *own {
	o := &own{t: t, gate: make(chan struct{})}
	if reads {
		close(o.gate)
	}
	x, err := s.OpenSession(t.Context(), jid.MustParse(who+"@example.org/r"), func(p *xmlstream.Packet) {
		<-o.gate
		o.mu.Lock()
		defer o.mu.Unlock()
		o.got = append(o.got, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Session = x
	return o
}

func (o *own) send(format string, args ...any) {
	o.t.Helper()
	if err := o.Submit(xmlstream.MustParse(fmt.Sprintf(format, args...))); err != nil {
		o.t.Fatal(err)
	}
}

// all is what has come once everything has settled.
func (o *own) all() []*xmlstream.Packet {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.got
}

// star is a group in which all see the first member, and he all, but nobody else anybody.
type star struct{ *team }

func (s star) RosterItem(ctx context.Context, owner, contact jid.JID) (xmppd.RosterItem, bool, error) {
	if hub := s.members[0]; owner != hub && contact != hub {
		return xmppd.RosterItem{}, false, nil
	}
	return s.team.RosterItem(ctx, owner, contact)
}

func (s star) RosterItems(ctx context.Context, owner jid.JID) (iter.Seq[xmppd.RosterItem], error) {
	if hub := s.members[0]; owner != hub {
		return slices.Values([]xmppd.RosterItem{s.item(hub)}), nil
	}
	return s.team.RosterItems(ctx, owner)
}

func statusOf(p *xmlstream.Packet) string {
	e, _ := p.Child(xmppd.NSClient, "status")
	return e.Text()
}

// A client that reads nothing for a while, in a group bigger than its queue, is not cut off; in the end it knows everybody's newest
// presence, and a message had not to wait behind all of them.
func TestASlowClientInABigGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, rounds = 2500, 3
		srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(star{colleagues(n)}) })
		slow := openOwn(t, srv, "u0", false)
		slow.send("<presence/>")
		var others []*own
		for i := 1; i < n; i++ {
			o := openOwn(t, srv, fmt.Sprintf("u%d", i), true)
			o.send("<presence/>")
			others = append(others, o)
		}
		for round := range rounds {
			for _, o := range others {
				o.send("<presence><status>round %d</status></presence>", round)
			}
		}
		others[0].send("<message to='u0@example.org/r' type='chat'><body>hello</body></message>")
		synctest.Wait()
		close(slow.gate)
		last, at := map[string]string{}, -1
		for i, p := range slow.all() {
			if p.Kind() == xmlstream.Message {
				at = i
			} else {
				last[p.From()] = statusOf(p)
			}
		}
		if at < 0 || at > 300 {
			t.Errorf("the message came as number %d", at)
		}
		if len(last) != n {
			t.Errorf("the presence of %d has come", len(last))
		}
		for who, status := range last {
			if want := fmt.Sprintf("round %d", rounds-1); status != want && who != slow.JID().String() {
				t.Errorf("%s has the status %q", who, status)
				break
			}
		}
		if got := srv.Stats(); got.SlowConsumers != 0 {
			t.Errorf("%d sessions have ended", got.SlowConsumers)
		}
	})
}

// XEP-0198: what waits for the client survives the loss of its connection.
func TestTheBacklogIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1500
		s := xmpptest.StartWith(t, xmpptest.Options{Register: func(s *xmppd.Server) {
			group := colleagues(n)
			group.members = slices.Insert(group.members, 0, jid.MustParse("juliet@example.org"))
			s.AddRosterSource(star{group})
		}})
		s.Auth("juliet")
		first := dial(t, s)
		previd := resumable(first)
		first.send("<presence/>")
		first.expect("<presence ")
		first.conn.Close()
		synctest.Wait()
		for i := range n {
			o := openOwn(t, s, fmt.Sprintf("u%d", i), true)
			o.send("<presence/>")
			o.send("<presence><status>here</status></presence>")
		}
		second := dial(t, s)
		second.send(loginJuliet + resume(previd, 1))
		second.expect("<resumed ")
		for range n {
			synctest.Wait()
			second.mu.Lock()
			got := strings.Count(second.got.String(), "<presence ")
			second.mu.Unlock()
			second.send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", got+1))
		}
		for i := range n {
			if who := fmt.Sprintf("u%d@example.org/r", i); !strings.Contains(second.got.String(), who) {
				t.Fatalf("nothing of %s has come", who)
			}
		}
	})
}

// changing is a source that changes while a roster is read.
type changing struct {
	*team
	meanwhile func()
}

func (c *changing) RosterItems(ctx context.Context, owner jid.JID) (iter.Seq[xmppd.RosterItem], error) {
	items, err := c.team.RosterItems(ctx, owner)
	if fn := c.meanwhile; fn != nil {
		c.meanwhile = nil
		fn()
	}
	return items, err
}

// RFC 6121 §2.1.4: who reads the roster while it changes gets the change after the result, which does not have it.
func TestARosterThatChangesWhileItIsRead(t *testing.T) {
	source := &changing{team: &team{name: "Red"}}
	srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(source) })
	romeo := srv.Login("romeo")
	source.meanwhile = func() { source.change(t, srv.Server, "romeo", "juliet") }
	romeo.Send(getRoster)
	v := romeo.Expect("<iq type='result' id='roster'><query xmlns='jabber:iq:roster' ver='$v'/></iq>")
	w := romeo.Expect("<iq type='set'><query xmlns='jabber:iq:roster' ver='$v'><item jid='juliet@example.org' subscription='both'><group>Red</group></item></query></iq>")
	if v["v"] == w["v"] {
		t.Errorf("the version is %q before and after", v["v"])
	}
	romeo.Send("<iq type='get' id='again'><query xmlns='jabber:iq:roster' ver='" + w["v"] + "'/></iq>")
	romeo.Expect("<iq type='result' id='again'/>")
}

// RFC 6121 §2.6.3: a push must not tell a version whose other changes have not been pushed: a client that leaves then would believe
// to have them.
func TestAVersionIsToldWhenItIsTrue(t *testing.T) {
	onEach(t, func(t *testing.T, o xmpptest.Options) {
		red := &team{name: "Red"}
		o.Register = func(s *xmppd.Server) { s.AddRosterSource(red) }
		o.Node = "a"
		a := xmpptest.StartWith(t, o)
		o.Node = "b"
		b := xmpptest.StartWith(t, o)
		romeo, phone := a.Login("romeo"), b.Login("romeo/phone")
		rosterOf(romeo)
		rosterOf(phone)
		red.set("romeo", "juliet", "nurse", "tybalt") // nobody was told
		romeo.Send("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='paris@example.org'/></query></iq>")
		pushed := "<iq type='set'><query xmlns='jabber:iq:roster' ver='$v'><item jid='paris@example.org' subscription='none'/></query></iq>"
		for _, c := range []*xmpptest.Client{romeo, phone} {
			v, _ := c.Find(pushed).First()
			ver, _ := v.Attr("ver")
			c.Send("<iq type='get' id='2'><query xmlns='jabber:iq:roster' ver='" + ver + "'/></iq>")
			query, ok := c.Find("<iq type='result' id='2'>…</iq>").First()
			items := 0
			for range query.Children() {
				items++
			}
			if !ok || items != 4 {
				t.Errorf("%s asks with the version of the push and gets %d contacts", c.JID, items)
			}
		}
	})
}

// Of many pushes the last one alone has the version.
func TestOneOfManyPushesTellsTheVersion(t *testing.T) {
	red := &team{name: "Red"}
	srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(red) })
	romeo := srv.Login("romeo")
	rosterOf(romeo)
	members := []string{"romeo"}
	for i := range 500 {
		members = append(members, fmt.Sprintf("u%d", i))
	}
	red.change(t, srv.Server, members...)
	pushed, ver := map[string]bool{}, ""
	for ver == "" {
		query, _ := romeo.Find("<iq type='set'>…</iq>").First()
		item, _ := query.First()
		who, _ := item.Attr("jid")
		pushed[who] = true
		ver, _ = query.Attr("ver")
	}
	if len(pushed) != 500 {
		t.Errorf("the version came behind %d contacts", len(pushed))
	}
	romeo.Send("<iq type='get' id='again'><query xmlns='jabber:iq:roster' ver='" + ver + "'/></iq>")
	romeo.Expect("<iq type='result' id='again'/>")
}

// A roster may be bigger than what may wait for a client.
func TestARosterOfTwelveThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 12_000
		srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(colleagues(n)) })
		o := openOwn(t, srv, "u0", true)
		o.send(getRoster)
		got := o.all()
		if len(got) != 1 || got[0].Type() != "result" || got[0].Size() < 1<<20 {
			t.Fatalf("%d stanzas, the first has %d bytes: %.300s", len(got), got[0].Size(), got[0].Raw())
		}
		query, _ := got[0].First()
		items := 0
		for range query.Children() {
			items++
		}
		if items != n-1 {
			t.Errorf("%d contacts", items)
		}
		o.send("<iq type='get' id='2' to='example.org'><nothing xmlns='urn:test'/></iq>")
		if len(o.all()) != 2 {
			t.Error("the session is gone")
		}
	})
}
