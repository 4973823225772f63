// Package clustertest gives tests nodes of one cluster.
package clustertest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"plenum/xmppd/cluster"
)

// ttl is how long a killed node goes unnoticed on Redis: short for the sake of the test, long enough for a busy machine.
const ttl = 3 * time.Second

// clusters makes the prefix of each cluster its own.
var clusters atomic.Int64

// Pair returns two nodes of a new cluster, not yet started: set the handlers, then Start. They are closed when the test ends.
// With PLENUM_TEST_REDIS=host:port they meet there, otherwise in process.
func Pair(t testing.TB) (a, b *cluster.Node) {
	t.Helper()
	nodes := Nodes(t, 2)
	return nodes[0], nodes[1]
}

// Nodes is [Pair] for up to 26 nodes, named a, b, c…
func Nodes(t testing.TB, count int) []*cluster.Node {
	t.Helper()
	address := os.Getenv("PLENUM_TEST_REDIS")
	if address == "" {
		return Local(t, count)
	}
	prefix := fmt.Sprintf("test:%d:%d:%d:", os.Getpid(), time.Now().UnixNano(), clusters.Add(1))
	return nodes(t, count, func(id cluster.NodeID) *cluster.Node {
		config := cluster.RedisConfig{Addresses: []string{address}, Node: string(id), Prefix: prefix, TTL: ttl}
		n, err := cluster.JoinRedis(t.Context(), config, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return n
	})
}

// Local is [Nodes] in process whatever the environment says: for tests on fake time, where sockets do not work.
func Local(t testing.TB, count int) []*cluster.Node {
	t.Helper()
	return nodes(t, count, cluster.NewLocal().Join)
}

func nodes(t testing.TB, count int, join func(cluster.NodeID) *cluster.Node) (all []*cluster.Node) {
	for i := range count {
		n := join(cluster.NodeID(rune('a' + i)))
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), ttl)
			defer cancel()
			n.Close(ctx)
		})
		all = append(all, n)
	}
	return all
}
