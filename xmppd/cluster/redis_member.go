package cluster

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// heartbeats is how often the node's key is renewed within its TTL.
const heartbeats = 3

// join enters the node with a new epoch. It returns the member of a former life that nobody has buried.
//
// While the id is in use it waits: a process that has crashed keeps its key until the TTL ends. It need not wait when the
// connection of that process is gone, and it gives up when the key is renewed, for then two processes have the same id.
func (n *redisNode) join(ctx context.Context) (former string, err error) {
	ended, alone := "", 0
	for left := n.ttl; ; {
		reply, err := n.tryJoin(ctx, ended)
		if err != nil {
			return "", err
		}
		if reply[0] == "ok" {
			if prev := reply[2].(string); prev != "" {
				former = string(n.id) + "/" + prev
			}
			return former, nil
		}
		pttl := time.Duration(reply[2].(int64)) * time.Millisecond
		if pttl > left {
			return "", ErrInUse
		}
		left = pttl
		connected, err := n.client.PubSubNumSub(ctx, n.key("alive:"+string(n.id))).Result()
		if err != nil {
			return "", fmt.Errorf("join: %w", err)
		}
		// Twice in a row, since a connection may be in the middle of coming back.
		if alone++; connected[n.key("alive:"+string(n.id))] > 0 {
			alone = 0
		}
		if alone >= 2 {
			ended = reply[1].(string)
		}
		if !sleep(ctx, n.ttl/50) {
			return "", ctx.Err()
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tryJoin runs the script and takes the new epoch over.
func (n *redisNode) tryJoin(ctx context.Context, ended string) ([]any, error) {
	atLeast := strconv.FormatInt(n.life.Load(), 10)
	v, err := joinScript.Run(ctx, n.client, nil, n.prefix, string(n.id), n.millis(), ended, atLeast).Result()
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	reply := v.([]any)
	if reply[0] == "ok" {
		epoch, err := strconv.ParseInt(reply[1].(string), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
		n.life.Store(epoch)
	}
	return reply, nil
}

// heartbeat beats three times in a TTL, more often while Redis does not answer, and when there is news.
func (n *redisNode) heartbeat() {
	timer := time.NewTimer(n.ttl / heartbeats)
	defer timer.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-timer.C:
		case <-n.kick:
		}
		ctx, cancel := context.WithTimeout(n.ctx, min(redisTimeout, n.ttl/heartbeats))
		if err := n.beat(ctx); err != nil {
			n.lost(err)
		}
		cancel()
		if n.up.Load() {
			timer.Reset(n.ttl / heartbeats)
		} else {
			timer.Reset(n.ttl / heartbeats / 5)
		}
	}
}

// beat renews this node, and acts on what it sees of the others.
func (n *redisNode) beat(ctx context.Context) error {
	v, err := beatScript.Run(ctx, n.client, nil, n.prefix, string(n.id), strconv.FormatInt(n.life.Load(), 10), n.millis()).Result()
	if err != nil {
		return err
	}
	reply := v.([]any)
	switch {
	case !n.open.Load():
		return nil
	case reply[0] == "taken":
		n.depose()
		return nil
	case reply[0] == "gone":
		if err := n.rejoin(ctx); err != nil {
			return err
		}
		return n.beat(ctx)
	}
	silent, orphans := n.see(reply[1].([]any), reply[2].([]any))
	back := n.found()
	if back {
		n.log.Info("redis answers again")
		n.registry.cache.clear()
	}
	if err := n.leaser.renew(ctx); err != nil {
		return err
	}
	if back || n.registry.dirty.Load() || n.cutOff.Load() {
		select {
		case n.syncNow <- struct{}{}:
		default:
		}
	}
	return n.undertaker.look(silent, orphans)
}

// see takes over who is alive. It returns the members whose key has expired, and those whose burier has died.
func (n *redisNode) see(members, dying []any) (silent, orphans []string) {
	epochs := make(map[NodeID]int64)
	for i := 0; i+2 < len(members); i += 3 {
		m := members[i].(string) + "/" + members[i+1].(string)
		id, epoch, ok := parseMember(m)
		if ok && members[i+2] == "1" {
			epochs[id] = epoch
		} else {
			silent = append(silent, m)
		}
	}
	for i := 0; i+1 < len(dying); i += 2 {
		if dying[i+1] != "1" {
			orphans = append(orphans, dying[i].(string))
		}
	}
	v := newView(n.id, epochs)
	n.view.Store(v)
	n.bus.prune(v)
	return silent, orphans
}

// rejoin begins a new life: the others have buried this one, or Redis has lost its data. Leases are lost either way.
func (n *redisNode) rejoin(ctx context.Context) error {
	before := n.life.Load()
	n.leaser.loseAll(false)
	reply, err := n.tryJoin(ctx, strconv.FormatInt(before, 10))
	if err != nil {
		return err
	}
	if reply[0] != "ok" {
		n.depose()
		return nil
	}
	n.log.Warn("this node was not known in the cluster any more and has joined again", "former", before, "epoch", n.life.Load())
	n.registry.own.setEpoch(n.life.Load())
	n.registry.dirty.Store(true)
	n.cutOff.Store(true)
	return nil
}

// depose ends this node because another process has taken its id.
func (n *redisNode) depose() {
	if !n.open.Swap(false) {
		return
	}
	n.deposed.Store(true)
	n.log.Error("another process runs with this node's id; this one is out of the cluster", "id", n.id)
	n.leaser.loseAll(true)
	n.cancel()
}

// listen takes what is published. Each (re)connection may have missed something, so then all that is remembered is in doubt.
func (n *redisNode) listen(s *redis.PubSub) {
	defer s.Close()
	messages := s.ChannelWithSubscriptions(redis.WithChannelSize(1000))
	for {
		select {
		case <-n.ctx.Done():
			return
		case m, ok := <-messages:
			if !ok {
				return
			}
			n.heard(m)
		}
	}
}

func (n *redisNode) heard(m any) {
	switch m := m.(type) {
	case *redis.Subscription:
		n.registry.cache.clear()
		n.wake()
	case *redis.Message:
		switch m.Channel {
		case n.key("inval"):
			n.registry.invalidated(m)
		case n.key("bus"):
			n.bus.published(m)
		case n.key("ctl"):
			n.wake()
		}
	}
}

// upkeep keeps what Redis has of this node's sessions right.
func (n *redisNode) upkeep() {
	tick := time.NewTicker(syncInterval)
	defer tick.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.syncNow:
		case <-tick.C:
		}
		if !n.up.Load() || n.registry.sync(n.ctx) != nil {
			continue
		}
		if n.cutOff.Swap(false) {
			n.notify(n.returned)
		}
	}
}
