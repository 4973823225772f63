package pubsub_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

var juliet = jid.MustParse("juliet@example.org")

const note = "<note xmlns='urn:test'/>"

// start runs a server on a database and gives its service.
func start(t testing.TB, db *store.DB, world *cluster.World, node cluster.NodeID) (*xmpptest.Server, *pubsub.Service) {
	t.Helper()
	var p *pubsub.Service
	srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, World: world, Node: node, Register: func(s *xmppd.Server) { p = setUp(t, s) }})
	return srv, p
}

func ids(items []pubsub.Item) string {
	var out []string
	for _, it := range items {
		out = append(out, it.ID)
	}
	return strings.Join(out, " ")
}

func TestStore(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service)
	}{
		{"items are there after a restart, in the order of publication", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			config := pubsub.DefaultConfig("n")
			config.MaxItems = 0
			for _, id := range []string{"b", "a", "c", "b"} {
				if got, err := p.Publish(ctx, juliet, "n", id, []byte(note), pubsub.PublishOptions{Config: config}); err != nil || got != id {
					t.Fatal(got, err)
				}
			}
			wantItems(t, p, "n", "a c b")
			p = restart()
			wantItems(t, p, "n", "a c b")
			it, err := p.Items(ctx, juliet, "n", "c", "none")
			if err != nil || len(it) != 1 || string(it[0].Payload) != note || it[0].Publisher != juliet || time.Since(it[0].Published) > time.Minute {
				t.Fatalf("%+v %v", it, err)
			}
		}},
		{"a singleton keeps the item published last", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			for _, id := range []string{"a", "b", "c"} {
				publish(t, p, "n", id)
			}
			wantItems(t, p, "n", "c")
			wantItems(t, restart(), "n", "c")
		}},
		{"what is retracted is gone, and the one before is the last again", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			publish(t, p, pubsub.NSBookmarks, "a")
			publish(t, p, pubsub.NSBookmarks, "b")
			if err := p.Retract(ctx, juliet, pubsub.NSBookmarks, "b"); err != nil {
				t.Fatal(err)
			}
			if err := p.Retract(ctx, juliet, pubsub.NSBookmarks, "b"); !isCondition(err, "item-not-found") {
				t.Fatal(err)
			}
			wantItems(t, p, pubsub.NSBookmarks, "a")
			wantItems(t, restart(), pubsub.NSBookmarks, "a")
			if err := p.Retract(ctx, juliet, "none", "b"); !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
		}},
		{"large payloads and large lists go around memory", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			big := "<data xmlns='urn:xmpp:avatar:data'>" + strings.Repeat("QUJD", 30_000) + "</data>"
			for i := range 3 {
				if _, err := p.Publish(ctx, juliet, pubsub.NSBookmarks, fmt.Sprint(i), []byte(big), pubsub.PublishOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range []*pubsub.Service{p, restart()} {
				it, err := p.Items(ctx, juliet, pubsub.NSBookmarks)
				if err != nil || ids(it) != "0 1 2" || string(it[2].Payload) != big {
					t.Fatal(ids(it), err)
				}
				if it, err = p.Items(ctx, juliet, pubsub.NSBookmarks, "1"); err != nil || len(it) != 1 || string(it[0].Payload) != big {
					t.Fatal(ids(it), err)
				}
			}
		}},
		{"items expire", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			config := pubsub.DefaultConfig("n")
			config.MaxItems, config.Expire = 0, 1
			publish := func(id string) {
				begun := time.Now()
				if _, err := p.Publish(ctx, juliet, "n", id, []byte(note), pubsub.PublishOptions{Config: config}); err != nil {
					t.Fatal(err)
				}
				if it, err := p.Items(ctx, juliet, "n"); time.Since(begun) < 900*time.Millisecond && (err != nil || ids(it) != id) {
					t.Fatal(ids(it), err)
				}
			}
			publish("a")
			deadline := time.Now().Add(time.Minute)
			for {
				it, err := p.Items(ctx, juliet, "n")
				if err != nil || time.Now().After(deadline) {
					t.Fatal(ids(it), err)
				}
				if len(it) == 0 {
					break
				}
				time.Sleep(50 * time.Millisecond) // until the deadline: the item's time is real
			}
			wantItems(t, restart(), "n", "")
			publish("b")
			sweeping, stop := context.WithCancel(ctx)
			done := make(chan struct{})
			go func() { p.Sweep(sweeping); close(done) }()
			for len(mustItems(t, p, "n")) > 0 {
				if time.Now().After(deadline) {
					t.Fatal("the item does not expire")
				}
				time.Sleep(50 * time.Millisecond)
			}
			stop()
			<-done
		}},
		{"configuration shortens what is kept", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			for _, id := range []string{"a", "b", "c"} {
				publish(t, p, pubsub.NSBookmarks, id)
			}
			if err := p.Configure(ctx, juliet, pubsub.NSBookmarks, func(c *pubsub.NodeConfig) { c.MaxItems = 2 }); err != nil {
				t.Fatal(err)
			}
			wantItems(t, p, pubsub.NSBookmarks, "b c")
			publish(t, p, pubsub.NSBookmarks, "d")
			wantItems(t, restart(), pubsub.NSBookmarks, "c d")
		}},
		{"a deleted account leaves nothing", func(t *testing.T, p *pubsub.Service, restart func() *pubsub.Service) {
			publish(t, p, "n", "a")
			if err := p.ForgetAccount(ctx, juliet); err != nil {
				t.Fatal(err)
			}
			wantItems(t, p, "n", "")
			wantItems(t, restart(), "n", "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				_, p := start(t, db, cluster.NewLocal(), "a")
				c.run(t, p, func() *pubsub.Service {
					_, again := start(t, db, cluster.NewLocal(), "a")
					return again
				})
			})
		})
	}
}

func publish(t testing.TB, p *pubsub.Service, node, id string) {
	t.Helper()
	if _, err := p.Publish(context.Background(), juliet, node, id, []byte(note), pubsub.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
}

func mustItems(t testing.TB, p *pubsub.Service, node string) []pubsub.Item {
	t.Helper()
	it, err := p.Items(context.Background(), juliet, node)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func wantItems(t testing.TB, p *pubsub.Service, node, want string) {
	t.Helper()
	it, err := p.Items(context.Background(), juliet, node)
	if err != nil || ids(it) != want {
		t.Fatalf("items of %s: %q, want %q (%v)", node, ids(it), want, err)
	}
}

func isCondition(err error, condition string) bool {
	e, ok := err.(*xmppd.StanzaError)
	return ok && e.Condition == condition
}

// TestTwoServersPublish lets two servers change one node at the same time, also make it at the same time.
func TestTwoServersPublish(t *testing.T) {
	const each = 50
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		world := cluster.NewLocal()
		_, a := start(t, db, world, "a")
		_, b := start(t, db, world, "b")
		var done sync.WaitGroup
		for name, p := range map[string]*pubsub.Service{"a": a, "b": b} {
			done.Go(func() {
				for i := range each {
					if _, err := p.Publish(context.Background(), juliet, pubsub.NSBookmarks, fmt.Sprint(name, i), []byte(note), pubsub.PublishOptions{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done.Wait()
		_, c := start(t, db, cluster.NewLocal(), "c")
		got, err := c.Items(context.Background(), juliet, pubsub.NSBookmarks)
		if err != nil || len(got) != 2*each {
			t.Fatal(len(got), err)
		}
		for _, name := range []string{"a", "b"} {
			var own []string
			for _, it := range got {
				if strings.HasPrefix(it.ID, name) {
					own = append(own, it.ID)
				}
			}
			for i, id := range own {
				if id != fmt.Sprint(name, i) {
					t.Fatalf("the order of %s: %v", name, own)
				}
			}
		}
		// Memory follows, although word of changes comes at any time.
		deadline := time.Now().Add(time.Minute)
		for _, p := range []*pubsub.Service{a, b} {
			for {
				have, err := p.Items(context.Background(), juliet, pubsub.NSBookmarks)
				if err == nil && slices.EqualFunc(have, got, func(x, y pubsub.Item) bool { return x.ID == y.ID }) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal(len(have), err)
				}
				time.Sleep(10 * time.Millisecond) // polls until the deadline
			}
		}
	})
}

func TestLimits(t *testing.T) {
	ctx := context.Background()
	var p *pubsub.Service
	xmpptest.Start(t, func(s *xmppd.Server) {
		p = setUpWith(t, s, pubsub.Config{Nodes: 2, Items: 3, ItemBytes: 1024, AccountBytes: 2048})
	})
	for i := range 5 {
		publish(t, p, pubsub.NSBookmarks, fmt.Sprint(i))
	}
	wantItems(t, p, pubsub.NSBookmarks, "2 3 4")
	publish(t, p, "two", "a")
	if _, err := p.Publish(ctx, juliet, "three", "a", []byte(note), pubsub.PublishOptions{}); !isCondition(err, "policy-violation") {
		t.Errorf("one node too many: %v", err)
	}
	sized := func(n int) []byte { return []byte("<a xmlns='b'>" + strings.Repeat("x", n) + "</a>") }
	large := sized(900)
	if _, err := p.Publish(ctx, juliet, "two", "a", sized(1100), pubsub.PublishOptions{}); !isCondition(err, "not-acceptable") {
		t.Errorf("an item too large: %v", err)
	}
	if _, err := p.Publish(ctx, juliet, pubsub.NSBookmarks, "l1", large, pubsub.PublishOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := p.Publish(ctx, juliet, pubsub.NSBookmarks, "l2", large, pubsub.PublishOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := p.Publish(ctx, juliet, "two", "a", large, pubsub.PublishOptions{}); !isCondition(err, "resource-constraint") {
		t.Errorf("an account too large: %v", err)
	}
	if _, err := p.Publish(ctx, juliet, pubsub.NSBookmarks, "l2", sized(400), pubsub.PublishOptions{}); err != nil {
		t.Errorf("less is always welcome: %v", err)
	}
}
