package cluster

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisConn is the way to Redis, and knows whether Redis answers. While it does not, commands fail at once; the heartbeat alone
// goes on trying.
type redisConn struct {
	client *redis.Client
	prefix string
	id     NodeID
	ttl    time.Duration
	log    *slog.Logger
	ctx    context.Context // ends with the node
	cancel context.CancelFunc

	life atomic.Int64  // epoch; 0 before start
	open atomic.Bool   // started and not ended
	up   atomic.Bool   // Redis answered last
	kick chan struct{} // wakes the heartbeat

	since atomic.Pointer[time.Time] // Redis answers since then
}

func (c *redisConn) key(name string) string { return c.prefix + name }

func (c *redisConn) member() string { return member(c.id, c.life.Load()) }

func (c *redisConn) millis() string { return strconv.FormatInt(c.ttl.Milliseconds(), 10) }

// eval runs a script. Errors are ErrUnavailable, that of ctx, or one that isGone knows.
func (c *redisConn) eval(ctx context.Context, s *redis.Script, args ...any) (any, error) {
	if !c.up.Load() {
		return nil, ErrUnavailable
	}
	v, err := s.Run(ctx, c.client, nil, append([]any{c.prefix}, args...)...).Result()
	return v, c.check(ctx, err)
}

// check makes of the error of a command what callers may see, and notes when Redis does not answer.
func (c *redisConn) check(ctx context.Context, err error) error {
	switch {
	case err == nil || err == redis.Nil || isGone(err):
		return ignoreNil(err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	c.lost(err)
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func ignoreNil(err error) error {
	if err == redis.Nil {
		return nil
	}
	return err
}

// isGone tells whether Redis knows this life of the node no more.
func isGone(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && redis.HasErrorPrefix(reply, "GONE")
}

// lost notes that Redis did not answer.
func (c *redisConn) lost(err error) {
	if c.up.Swap(false) && c.ctx.Err() == nil {
		c.log.Error("redis does not answer; this node serves its own users only", "err", err)
		c.wake()
	}
}

// found notes that Redis answers, and reports whether it did not before.
func (c *redisConn) found() bool {
	if c.up.Load() {
		return false
	}
	now := time.Now()
	c.since.Store(&now)
	c.up.Store(true)
	return true
}

// upFor is for how long Redis has answered without a break.
func (c *redisConn) upFor() time.Duration {
	since := c.since.Load()
	if since == nil || !c.up.Load() {
		return 0
	}
	return time.Since(*since)
}

// wake makes the heartbeat beat now.
func (c *redisConn) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// pause waits and reports false when the node has ended.
func (c *redisConn) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// every calls fn at intervals until the node ends.
func (c *redisConn) every(d time.Duration, fn func()) {
	for c.pause(d) {
		fn()
	}
}

// stripes order what this node writes about one key, across the round trip to Redis: without them an older bind could overtake
// a newer one of the same resource. They are taken by goroutines that may wait, never while another lock is held.
type stripes struct {
	seed maphash.Seed
	held [256]chan struct{}
}

func newStripes() *stripes {
	s := &stripes{seed: maphash.MakeSeed()}
	for i := range s.held {
		s.held[i] = make(chan struct{}, 1)
	}
	return s
}

// take waits for the stripe of key; the caller gives it back by receiving from it.
func (s *stripes) take(ctx context.Context, key string) (<-chan struct{}, error) {
	stripe := s.held[maphash.String(s.seed, key)%uint64(len(s.held))]
	select {
	case stripe <- struct{}{}:
		return stripe, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
