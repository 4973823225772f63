package cluster_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"plenum/xmppd/cluster"
)

// ownServer is a Redis server that the test may stop and start.
func ownServer(t *testing.T) *redisServer {
	s := &redisServer{}
	s.start(t)
	t.Cleanup(s.stop)
	return s
}

func admin(t *testing.T, address string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRedisOutageKeepsLocalUsersAndRepublishesThemAfterwards(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	newNode := redisCluster(t, server.address)
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	bind := must[*cluster.Session](t)
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "before", "1")))
	bind(b.Registry.Bind(t.Context(), session("romeo@example", "elsewhere", "2")))
	eventually(t, "a sees both", func() bool { return sids(t, a, "romeo@example") == "1 2" })
	lease, _ := acquire(t, a, "room")
	epoch := a.Epoch()

	server.halt()
	eventually(t, "a knows that Redis is gone", func() bool {
		a.Registry.Lookup(t.Context(), "somebody@example")
		return a.Health() != nil
	})
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "during", "3")))
	if d := bind(a.Registry.Bind(t.Context(), session("romeo@example", "before", "4"))); d == nil || d.SID != "1" {
		t.Errorf("displaced %+v, want session 1", d)
	}
	if err := a.Registry.Unbind(t.Context(), "romeo@example", "nothing", "x"); err != nil {
		t.Error(err)
	}
	if got := sids(t, a, "romeo@example"); got != "3 4" {
		t.Errorf("during the outage a sees %q, want its own sessions", got)
	}
	if err := a.Bus.Send("b", cluster.Envelope{}); err != cluster.ErrUnavailable {
		t.Errorf("send: %v, want ErrUnavailable", err)
	}
	if l, _, err := a.Leaser.Acquire(t.Context(), "other"); err == nil || l != nil {
		t.Errorf("acquired %v during the outage", l)
	}
	eventually(t, "the lease is lost by the local clock", func() bool { return lost(lease) })

	server.start(t) // empty
	for _, n := range []*probe{a, b} {
		eventually(t, "all sessions are known again on "+string(n.ID), func() bool {
			return n.Health() == nil && sids(t, n, "romeo@example") == "2 3 4"
		})
	}
	if a.Epoch() <= epoch {
		t.Errorf("epoch %d after %d, although Redis lost its data", a.Epoch(), epoch)
	}
	again, _ := acquire(t, b, "room")
	if again == nil || again.Fence() <= lease.Fence() {
		t.Errorf("lease %+v after fence %d", again, lease.Fence())
	}
	sendAll(t, a, "b", "x", 10)
	eventually(t, "envelopes pass again", func() bool { return inOrder(t, b, 10, "a") })
	if n := len(a.gotDowns()) + len(b.gotDowns()); n != 0 {
		t.Errorf("%d downs, though nobody died", n)
	}
}

func TestRedisOutageWithTheSameResourceBoundOnBothSidesLeavesOne(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	newNode := redisCluster(t, server.address)
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	server.halt()
	for _, n := range []*probe{a, b} {
		must[*cluster.Session](t)(n.Registry.Bind(t.Context(), session("romeo@example", "orchard", string(n.ID))))
	}
	server.start(t)
	eventually(t, "one of the two is told to go", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(a.displaced)+len(b.displaced) == 1
	})
	for _, n := range []*probe{a, b} {
		eventually(t, "one session is left", func() bool { return len(sids(t, n, "romeo@example")) == 1 })
	}
}

func TestRedisBrokenConnectionsNeitherLoseNorRepeatNorReorder(t *testing.T) {
	t.Parallel()
	address := ownServer(t).address
	newNode := redisCluster(t, address)
	const count = 20_000
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range count { // not sendAll: while the connection is away, the refusal is immediate
			for a.Bus.Send("b", cluster.Envelope{Kind: "x", Payload: number(i)}) != nil {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	client := admin(t, address)
	for range 30 {
		for _, kind := range []string{"normal", "pubsub"} {
			if err := client.Do(t.Context(), "CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes").Err(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond) // a pace, not a wait: some batches are to get through between the cuts
	}
	<-done
	eventually(t, "all arrived once and in order", func() bool { return inOrder(t, b, count, "a") })
	if n := len(a.gotDowns()) + len(b.gotDowns()); n != 0 {
		t.Errorf("%d downs, though nobody died", n)
	}
}

func TestRedisRepeatedBatchIsHandledOnce(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	prefix := newPrefix()
	newNode := redisNodes(t, address, prefix)
	gate := make(chan struct{})
	a, b := startProbe(t, newNode, "a"), startGated(t, newNode, "b", gate)
	eventually(t, "a sees b", func() bool { return slices.Contains(a.Peers(), "b") })
	sendAll(t, a, "b", "x", 50)
	client := admin(t, address)
	inbox := fmt.Sprintf("%sinbox:b/%d", prefix, b.Epoch())
	eventually(t, "all are in the inbox", func() bool { return client.XLen(t.Context(), inbox).Val() == 50 })
	// What a sender does that has not seen the answer: the same entries once more.
	for _, m := range client.XRange(t.Context(), inbox, "-", "+").Val() {
		client.XAdd(t.Context(), &redis.XAddArgs{Stream: inbox, Values: m.Values})
	}
	sendAll(t, a, "b", "y", 1)
	close(gate)
	eventually(t, "the last one arrived", func() bool { return len(b.got()) > 0 && b.got()[len(b.got())-1].Kind == "y" })
	if n := len(b.got()); n != 51 {
		t.Fatalf("%d envelopes handled, want 51", n)
	}
	eventually(t, "the inbox is empty", func() bool { return client.XLen(t.Context(), inbox).Val() == 0 })
}

// A node that hangs for longer than its TTL is declared dead; when it goes on it must notice, and come back with all its sessions.
func TestRedisNodeThatWasDeclaredDeadComesBack(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	line := newGateway(t, address)
	a, b := startProbe(t, redisNodes(t, line.address, prefix), "a"), startProbe(t, redisNodes(t, address, prefix), "b")
	bind := must[*cluster.Session](t)
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "stays", "1")))
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "moves", "2")))
	eventually(t, "b sees both", func() bool { return sids(t, b, "romeo@example") == "1 2" })
	former := a.Epoch()
	lease, _ := acquire(t, a, "room")

	line.cut()
	// b can own the room only after a has given it up.
	var taken cluster.Lease
	eventually(t, "b owns the room", func() bool {
		taken, _ = acquire(t, b, "room")
		return taken != nil
	})
	if !lost(lease) {
		t.Error("two nodes hold the lease")
	}
	eventually(t, "b is told of the death", func() bool { return len(b.gotDowns()) == 1 })
	if d := b.gotDowns()[0]; d.Node != "a" || d.Epoch != former || joinSIDs(d.Sessions) != "1 2" {
		t.Errorf("down %+v", d)
	}
	bind(b.Registry.Bind(t.Context(), session("romeo@example", "moves", "3")))
	eventually(t, "a knows that it is cut off", func() bool { return a.Health() != nil })

	line.mend()
	eventually(t, "a is told that it was away", func() bool { return a.wasReturned() == 1 })
	for _, n := range []*probe{a, b} {
		eventually(t, "both know who is where", func() bool { return sids(t, n, "romeo@example") == "1 3" })
	}
	if a.Epoch() <= former {
		t.Errorf("epoch %d after %d", a.Epoch(), former)
	}
	eventually(t, "a ends the session that was displaced", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return joinSIDs(a.displaced) == "2"
	})
	sendAll(t, b, "a", "x", 10)
	sendAll(t, a, "b", "x", 10)
	eventually(t, "envelopes pass both ways", func() bool { return inOrder(t, a, 10, "b") && inOrder(t, b, 10, "a") })
	if n := len(a.gotDowns()) + len(b.gotDowns()); n != 1 {
		t.Errorf("%d downs, want 1", n)
	}
}

func TestRedisSecondProcessTakesTheIdOfOneThatIsCutOff(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	line := newGateway(t, address)
	first := startProbe(t, redisNodes(t, line.address, prefix), "a")
	lease, _ := acquire(t, first, "room")
	line.cut()
	second := startProbe(t, redisNodes(t, address, prefix), "a")
	eventually(t, "the second is told of the first's death", func() bool { return len(second.gotDowns()) == 1 })
	if l, _ := acquire(t, second, "room"); l == nil || l.Fence() <= lease.Fence() {
		t.Errorf("lease %+v after fence %d", l, lease.Fence())
	}
	line.mend()
	eventually(t, "the first is out for good", func() bool {
		_, err := first.Registry.Bind(t.Context(), session("romeo@example", "x", "1"))
		return err == cluster.ErrClosed && lost(lease) && errors.Is(first.Health(), cluster.ErrInUse)
	})
	if err := second.Health(); err != nil {
		t.Error(err)
	}
}

func TestRedisSweepRemovesWhatBelongsToNobody(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	a := startProbe(t, redisNodes(t, address, prefix), "a")
	must[*cluster.Session](t)(a.Registry.Bind(t.Context(), session("romeo@example", "lives", "1")))
	client := admin(t, address)
	client.HSet(t.Context(), prefix+"sess:romeo@example", "left", "ghost/7 0 0 0 2")
	client.HSet(t.Context(), prefix+"sess:juliet@example", "left", "ghost/7 0 0 0 3")
	client.SAdd(t.Context(), prefix+"nodesess:ghost/8", "romeo@example/left")
	client.XAdd(t.Context(), &redis.XAddArgs{Stream: prefix + "inbox:ghost/9", Values: []string{"e", "x"}})
	eventually(t, "the sweep has run", func() bool {
		cluster.Sweep(a.Node)
		return client.Exists(t.Context(), prefix+"sess:juliet@example", prefix+"nodesess:ghost/8", prefix+"inbox:ghost/9").Val() == 0
	})
	if left := client.HKeys(t.Context(), prefix+"sess:romeo@example").Val(); !slices.Equal(left, []string{"lives"}) {
		t.Errorf("left are %v", left)
	}
	a.Close(t.Context())
	if left := client.Keys(t.Context(), prefix+"*").Val(); len(left) > 3 {
		t.Errorf("a cluster without nodes has the keys %v", left) // epoch, fence, sweep
	}
}

func TestRedisBurialThatWasLeftUnfinishedIsDoneByAnother(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	a := startProbe(t, redisNodes(t, address, prefix), "a")
	client := admin(t, address)
	client.HSet(t.Context(), prefix+"sess:romeo@example", "x", "ghost/7 0 1 0 sid")
	client.SAdd(t.Context(), prefix+"nodesess:ghost/7", "romeo@example/x")
	client.HSet(t.Context(), prefix+"dying", "ghost/7", "burier/8") // which died over it
	eventually(t, "a is told", func() bool { return len(a.gotDowns()) == 1 })
	if d := a.gotDowns()[0]; d.Node != "ghost" || d.Epoch != 7 || joinSIDs(d.Sessions) != "sid" {
		t.Errorf("down %+v", d)
	}
	eventually(t, "nothing is left", func() bool {
		return client.Exists(t.Context(), prefix+"sess:romeo@example", prefix+"nodesess:ghost/7", prefix+"dying").Val() == 0
	})
}

func TestRedisComparisonRepairsWhatAFailoverHasLost(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	a := startProbe(t, redisNodes(t, address, prefix), "a")
	for i := range 50 {
		must[*cluster.Session](t)(a.Registry.Bind(t.Context(), session(fmt.Sprint("u", i, "@example"), "x", fmt.Sprint(i))))
	}
	client := admin(t, address)
	me := fmt.Sprintf("a/%d", a.Epoch())
	lostEntry := func(bare string) {
		client.SRem(t.Context(), prefix+"nodesess:"+me, bare+"/x")
		client.Del(t.Context(), prefix+"sess:"+bare)
	}
	lostEntry("u7@example")
	lostEntry("u8@example")
	client.HSet(t.Context(), prefix+"sess:gone@example", "x", me+" 0 0 0 old") // unbound, and the removal was lost
	client.SAdd(t.Context(), prefix+"nodesess:"+me, "gone@example/x")
	if err := cluster.Compare(t.Context(), a.Node); err != nil {
		t.Fatal(err)
	}
	b := startProbe(t, redisNodes(t, address, prefix), "b")
	for bare, want := range map[string]string{"u7@example": "7", "u8@example": "8", "u9@example": "9", "gone@example": ""} {
		if got := sids(t, b, bare); got != want {
			t.Errorf("%s: got %q, want %q", bare, got, want)
		}
	}
	if n := client.SCard(t.Context(), prefix+"nodesess:"+me).Val(); n != 50 {
		t.Errorf("%d sessions noted, want 50", n)
	}
}

func TestRedisFullInboxStopsTheSender(t *testing.T) {
	t.Parallel()
	address, prefix := realRedis(t), newPrefix()
	gate := make(chan struct{})
	a, b := startProbe(t, redisNodes(t, address, prefix), "a"), startGated(t, redisNodes(t, address, prefix), "b", gate)
	eventually(t, "a sees b", func() bool { return slices.Contains(a.Peers(), "b") })
	sent := 0
	for deadline := time.Now().Add(time.Minute); sent < 1_000_000; sent++ {
		err := a.Bus.Send("b", cluster.Envelope{Kind: "x", Payload: number(sent)})
		if err == cluster.ErrFull && (sent >= 100_000 || time.Now().After(deadline)) && redisLen(t, address, fmt.Sprintf("%sinbox:b/%d", prefix, b.Epoch())) > 99_000 {
			break
		} else if err == cluster.ErrFull {
			sent--
			time.Sleep(time.Millisecond)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if sent < 100_000 || sent > 120_000 {
		t.Errorf("stopped after %d envelopes", sent)
	}
	close(gate)
	eventually(t, "all that was accepted arrives", func() bool { return inOrder(t, b, sent, "a") })
}

func redisLen(t *testing.T, address, stream string) int64 {
	return admin(t, address).XLen(t.Context(), stream).Val()
}

func TestRedisThatIsNotThereIsSaidAtOnce(t *testing.T) {
	config := cluster.RedisConfig{Addresses: []string{"127.0.0.1:1"}, Node: "a", Password: "hunter2"}
	_, err := cluster.JoinRedis(t.Context(), config, testLog(t))
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
}
