// Package clustertest gives tests nodes of one cluster.
package clustertest

import (
	"context"
	"testing"

	"plenum/xmppd/cluster"
)

// Pair returns two nodes of a new cluster, not yet started: set the handlers, then Start. They are closed when the test ends.
func Pair(t testing.TB) (a, b *cluster.Node) {
	t.Helper()
	nodes := Nodes(t, 2)
	return nodes[0], nodes[1]
}

// Nodes is [Pair] for any number of nodes.
func Nodes(t testing.TB, count int) []*cluster.Node {
	t.Helper()
	world := cluster.NewLocal()
	var nodes []*cluster.Node
	for i := range count {
		n := world.Join(cluster.NodeID(rune('a' + i)))
		t.Cleanup(func() { n.Close(context.Background()) })
		nodes = append(nodes, n)
	}
	return nodes
}
