package cluster_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"plenum/xmppd/cluster"
	"plenum/xmppd/cluster/clustertest"
)

func TestLocal(t *testing.T) {
	conformance(t, func(*testing.T) join { return cluster.NewLocal().Join })
}

func TestLocalWorksOnFakeTimeAndLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := clustertest.Local(t, 2)
		a, b := nodes[0], nodes[1]
		got := make(chan cluster.Envelope, 1)
		b.Bus.Handle(func(e cluster.Envelope) { got <- e })
		for _, n := range []*cluster.Node{a, b} {
			if err := n.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if err := a.Bus.Send(b.ID, cluster.Envelope{Kind: "x"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e := <-got; e.From != a.ID {
			t.Fatalf("got %+v", e)
		}
	})
}

// filled is a world with a node "a" that has 20,000 sessions, and as many other nodes as others says.
func filled(b *testing.B, others int) *cluster.Node {
	world := cluster.NewLocal()
	a := world.Join("a")
	nodes := []*cluster.Node{a}
	for i := range others {
		nodes = append(nodes, world.Join(cluster.NodeID(fmt.Sprint("n", i))))
	}
	for _, n := range nodes {
		if err := n.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { n.Close(context.Background()) })
	}
	for i := range 20_000 {
		a.Registry.Bind(b.Context(), session(fmt.Sprint("user", i, "@example"), "x", fmt.Sprint(i)))
	}
	b.ReportAllocs()
	return a
}

func BenchmarkLocalLookup(b *testing.B) {
	a := filled(b, 0)
	for b.Loop() {
		a.Registry.Lookup(b.Context(), "user4711@example")
	}
}

func BenchmarkLocalRemoteAlone(b *testing.B) {
	a := filled(b, 0)
	for b.Loop() {
		a.Registry.Remote(b.Context(), "user4711@example")
	}
}

func BenchmarkLocalRemoteWithPeers(b *testing.B) {
	a := filled(b, 2)
	for b.Loop() {
		a.Registry.Remote(b.Context(), "user4711@example")
	}
}

func BenchmarkLocalBindUnbind(b *testing.B) {
	a := filled(b, 0)
	for b.Loop() {
		a.Registry.Bind(b.Context(), session("user4711@example", "y", "other"))
		a.Registry.Unbind(b.Context(), "user4711@example", "y", "other")
	}
}

func BenchmarkLocalSend(b *testing.B) {
	a := filled(b, 1)
	for b.Loop() {
		a.Bus.Send("n0", cluster.Envelope{Kind: "x"})
	}
}
