package cluster

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// undertaker finds out who has died, and buries those that this node was the first to claim.
type undertaker struct {
	*redisConn
	view     *viewHolder
	registry *redisRegistry
	notify   func(func())
	handle   func(Down)
}

// look goes through the answer of a heartbeat. A member counts as dead only when Redis has answered for a whole TTL: after an
// outage the keys of all nodes have expired, and the living need that time to come back.
func (u *undertaker) look(silent, orphans []string) error {
	if u.upFor() < u.ttl {
		return nil
	}
	for _, dead := range append(silent, orphans...) {
		v, err := u.eval(u.ctx, claimScript, dead, u.member())
		if err != nil {
			return err
		}
		if v.(int64) == 1 {
			u.claimed(dead)
		}
	}
	return nil
}

// claimed has the burial done by the goroutine of the handlers that may block.
func (u *undertaker) claimed(dead string) {
	id, epoch, ok := parseMember(dead)
	if !ok {
		return
	}
	u.view.Store(u.view.Load().without(u.id, id, epoch))
	u.registry.cache.clear()
	me := u.member()
	u.notify(func() { u.bury(dead, id, epoch, me) })
}

// bury tells of the death and then removes what is left. When Redis fails it tries again; when this node has lost its own life
// meanwhile, another does it.
func (u *undertaker) bury(dead string, id NodeID, epoch int64, me string) {
	d := Down{Node: id, Epoch: epoch}
	var err error
	for u.valid(me) {
		if d.Sessions, d.Undelivered, err = u.estate(dead); err == nil {
			break
		}
		u.pause(u.ttl / 10)
	}
	if !u.valid(me) {
		return
	}
	u.log.Warn("node is dead", "node", id, "epoch", epoch, "sessions", len(d.Sessions), "undelivered", len(d.Undelivered))
	u.handle(d)
	for u.valid(me) {
		if err := u.erase(u.ctx, dead); err == nil {
			return
		}
		u.pause(u.ttl / 10)
	}
}

func (u *undertaker) valid(me string) bool { return u.ctx.Err() == nil && u.member() == me }

// estate reads what a dead member has left.
func (u *undertaker) estate(dead string) (sessions []Session, undelivered []Envelope, err error) {
	full, err := u.scanSet(u.ctx, u.key("nodesess:"+dead))
	if err != nil {
		return nil, nil, err
	}
	for batch := range batches(full) {
		var values []*redis.StringCmd
		_, err := u.client.Pipelined(u.ctx, func(p redis.Pipeliner) error {
			for _, f := range batch {
				bare, resource := splitFull(f)
				values = append(values, p.HGet(u.ctx, u.key("sess:"+bare), resource))
			}
			return nil
		})
		if err := u.check(u.ctx, err); err != nil {
			return nil, nil, err
		}
		for i, f := range batch {
			bare, resource := splitFull(f)
			s, ok := parseSession(bare, resource, values[i].Val())
			if ok && member(s.Node, s.Epoch) == dead {
				sessions = append(sessions, s)
			}
		}
	}
	undelivered, err = u.leftover(u.ctx, dead)
	return sessions, undelivered, err
}

// erase removes a member's sessions, its inbox and its name.
func (c *redisConn) erase(ctx context.Context, m string) error {
	full, err := c.scanSet(ctx, c.key("nodesess:"+m))
	if err != nil {
		return err
	}
	for batch := range batches(full) {
		args := []any{m}
		for _, f := range batch {
			args = append(args, f)
		}
		if _, err := c.eval(ctx, removeScript, args...); err != nil {
			return err
		}
	}
	_, err = c.eval(ctx, forgetScript, m)
	return err
}
