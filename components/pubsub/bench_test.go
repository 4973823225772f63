package pubsub_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"plenum/components/disco"
	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// friends is a roster source in which juliet and some others see each other.
type friends []jid.JID

func (f friends) items(owner jid.JID) iter.Seq[xmppd.RosterItem] {
	return func(yield func(xmppd.RosterItem) bool) {
		for _, j := range f {
			item := xmppd.RosterItem{Contact: j, Subscription: xmppd.SubscriptionFrom | xmppd.SubscriptionTo}
			if owner != juliet {
				item.Contact = juliet
			}
			if !yield(item) || owner != juliet {
				return
			}
		}
	}
}

func (f friends) RosterItem(_ context.Context, owner, contact jid.JID) (xmppd.RosterItem, bool, error) {
	for item := range f.items(owner) {
		if item.Contact == contact {
			return item, true, nil
		}
	}
	return xmppd.RosterItem{}, false, nil
}

func (f friends) RosterItems(_ context.Context, owner jid.JID) (iter.Seq[xmppd.RosterItem], error) {
	return f.items(owner), nil
}

func (f friends) RosterVersion(context.Context, jid.JID) (string, error) { return "1", nil }

// online starts a server where n contacts of juliet want the events of a node.
func online(b *testing.B, n int) (*pubsub.Service, []*xmpptest.Client) {
	var contacts friends
	for i := range n {
		contacts = append(contacts, jid.MustParse(fmt.Sprintf("c%d@example.org", i)))
	}
	var p *pubsub.Service
	srv := xmpptest.Start(b, func(s *xmppd.Server) {
		p = setUp(b, s)
		s.AddRosterSource(contacts)
	})
	info := &disco.Info{Features: []string{"m+notify"}}
	ver := info.Hash()
	var clients []*xmpptest.Client
	for i, j := range contacts {
		c := srv.Login(j.Local())
		c.Send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + ver + "'/></presence>")
		if i == 0 { // the others have the same capabilities
			id, _ := c.Find("<iq type='get' id='…'>…</iq>").Attr("id")
			c.Send("<iq type='result' id='" + id + "' to='example.org'>" + string(info.Append(nil)) + "</iq>")
		}
		c.Find("<presence from='" + c.JID.String() + "'>…</presence>")
		clients = append(clients, c)
	}
	return p, clients
}

func BenchmarkPublishTo50(b *testing.B) {
	p, clients := online(b, 50)
	ctx := context.Background()
	const mood = "<mood xmlns='m'><happy/><text>Yay, the mood spec has been approved!</text></mood>"
	events := func(n int) {
		for _, c := range clients {
			for range n {
				if got := c.Next(); got.Type() != "headline" {
					b.Fatalf("%s", got.Raw())
				}
			}
		}
	}
	if _, err := p.Publish(ctx, juliet, "m", "1", []byte(mood), pubsub.PublishOptions{}); err != nil {
		b.Fatal(err)
	}
	events(1)
	b.ReportAllocs()
	behind := 0
	for b.Loop() {
		if _, err := p.Publish(ctx, juliet, "m", "1", []byte(mood), pubsub.PublishOptions{}); err != nil {
			b.Fatal(err)
		}
		if behind++; behind == 500 {
			b.StopTimer()
			events(behind)
			behind = 0
			b.StartTimer()
		}
	}
}

func BenchmarkPublishAlone(b *testing.B) {
	p, _ := online(b, 1)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Publish(ctx, juliet, "n", "1", []byte(note), pubsub.PublishOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkItems(b *testing.B) {
	p, _ := online(b, 1)
	ctx := context.Background()
	publish(b, p, "n", "1")
	b.ReportAllocs()
	for b.Loop() {
		if it, err := p.Items(ctx, juliet, "n"); err != nil || len(it) != 1 {
			b.Fatal(err)
		}
	}
}

// BenchmarkLogin measures what a session with 20 contacts of 5 nodes each costs when its capabilities become known.
func BenchmarkLogin(b *testing.B) {
	contacts := make(friends, 20)
	for i := range contacts {
		contacts[i] = jid.MustParse(fmt.Sprintf("c%d@example.org", i))
	}
	var p *pubsub.Service
	srv := xmpptest.Start(b, func(s *xmppd.Server) {
		p = setUp(b, s)
		s.AddRosterSource(contacts)
	})
	for _, j := range contacts {
		for _, node := range []string{"m", "n", "o", "p", "q"} {
			if _, err := p.Publish(context.Background(), j, node, "1", []byte(note), pubsub.PublishOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	info := &disco.Info{Features: []string{"m+notify", "n+notify"}}
	caps := "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + info.Hash() + "'/></presence>"
	c := srv.Login("juliet")
	c.Send(caps)
	id, _ := c.Find("<iq type='get' id='…'>…</iq>").Attr("id")
	c.Send("<iq type='result' id='" + id + "' to='example.org'>" + string(info.Append(nil)) + "</iq>")
	items := 2 * len(contacts)
	take := func(others int) {
		for range items + others {
			c.Next()
		}
	}
	take(1) // and its own presence
	b.ReportAllocs()
	for b.Loop() {
		c.Send("<presence type='unavailable'/>")
		c.Send(caps)
		take(2)
	}
}
