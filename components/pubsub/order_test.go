package pubsub_test

import (
	"context"
	"strconv"
	"testing"

	"plenum/components/disco"
	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

// TestEachItemOnce lets a contact come online again and again while items are published. Whatever he is given as the last item, and as
// events after it: every item at most once, in their order, and the newest in the end.
func TestEachItemOnce(t *testing.T) {
	const last = 300
	for _, c := range []struct {
		name string
		far  bool
	}{{"on one server", false}, {"on two servers", true}} {
		t.Run(c.name, func(t *testing.T) {
			db, world, users := storetest.OpenMemory(t), cluster.NewLocal(), xmpptest.NewUsers()
			run := func(node cluster.NodeID) (srv *xmpptest.Server, p *pubsub.Service) {
				srv = xmpptest.StartWith(t, xmpptest.Options{Store: db, World: world, Users: users, Node: node, Register: func(s *xmppd.Server) {
					p = setUp(t, s)
					s.AddRosterSource(friends{jid.MustParse("romeo@example.org")})
				}})
				return srv, p
			}
			srv, p := run("a")
			if c.far {
				srv, _ = run("b")
			}
			published := make(chan struct{})
			ctx, stop := context.WithCancel(context.Background())
			t.Cleanup(func() { stop(); <-published })
			go func() {
				defer close(published)
				for i := 1; i <= last && ctx.Err() == nil; i++ {
					if _, err := p.Publish(ctx, juliet, "m", strconv.Itoa(i), []byte(note), pubsub.PublishOptions{}); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			}()
			for over := false; !over; {
				select {
				case <-published:
					over = true // once more, and then he has to get the newest
				default:
				}
				watch(t, srv, over, last)
			}
		})
	}
}

// watch logs romeo in, and reads some events, or all up to the last one.
func watch(t *testing.T, srv *xmpptest.Server, toEnd bool, last int) {
	t.Helper()
	info := &disco.Info{Features: []string{"m+notify"}}
	romeo := srv.Login("romeo")
	defer romeo.Close()
	romeo.Send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + info.Hash() + "'/></presence>")
	got := 0
	for seen := 0; seen < 5 && got < last || toEnd && got < last; {
		p := romeo.Next()
		if p.Local() == "iq" && p.Type() == "get" {
			romeo.Send("<iq type='result' id='" + p.ID() + "' to='" + p.From() + "'>" + string(info.Append(nil)) + "</iq>")
		}
		event, ok := p.Child(pubsub.NSEvent, "event")
		if !ok {
			continue
		}
		items, _ := event.First()
		item, _ := items.First()
		id, _ := item.Attr("id")
		n, _ := strconv.Atoi(id)
		if item.Local() != "item" || n <= got {
			t.Fatalf("item %d follows %d: %s", n, got, p.Raw())
		}
		got = n
		seen++
	}
}
