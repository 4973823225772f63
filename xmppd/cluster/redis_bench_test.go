package cluster_test

import (
	"fmt"
	"testing"

	"plenum/xmppd/cluster"
)

// redisPair is two nodes, and a session of one user on the first.
func redisPair(b *testing.B) (first, second *cluster.Node) {
	newNode := redisCluster(b, realRedis(b))
	first, second = newNode("a"), newNode("b")
	for _, n := range []*cluster.Node{first, second} {
		if err := n.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	eventually(b, "they see each other", func() bool { return len(first.Peers()) == 1 && len(second.Peers()) == 1 })
	b.ReportAllocs()
	return first, second
}

func BenchmarkRedisBindUnbind(b *testing.B) {
	first, _ := redisPair(b)
	for b.Loop() {
		first.Registry.Bind(b.Context(), session("user@example", "y", "sid"))
		first.Registry.Unbind(b.Context(), "user@example", "y", "sid")
	}
}

func BenchmarkRedisRemoteOfUserWithNone(b *testing.B) {
	first, _ := redisPair(b)
	for b.Loop() {
		first.Registry.Remote(b.Context(), "user@example")
	}
}

func BenchmarkRedisRemoteUncached(b *testing.B) {
	first, _ := redisPair(b)
	i := 0
	for b.Loop() {
		i++
		first.Registry.Remote(b.Context(), fmt.Sprint("user", i, "@example"))
	}
}

func BenchmarkRedisSend(b *testing.B) {
	first, second := redisPair(b)
	payload := make([]byte, 400)
	for b.Loop() {
		for first.Bus.Send(second.ID, cluster.Envelope{Kind: "stanza", Payload: payload}) != nil {
		}
	}
}
