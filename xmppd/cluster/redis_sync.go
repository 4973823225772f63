package cluster

import (
	"context"
	"strings"
	"sync"
	"time"
)

const (
	// syncInterval is how often the registry is compared with what Redis has: a failover may lose the last writes.
	syncInterval = time.Minute
	// syncWriters is how many sessions are written at a time after an outage.
	syncWriters = 16
	// scanBatch is how many entries one step of a scan or of a removal takes.
	scanBatch = 1000
)

// sync makes Redis have the sessions of this node. All are written again when writes have failed or the server is not the same
// process as before, since a restart or failover may have lost any of the last writes; otherwise only what is missing or too much.
func (r *redisRegistry) sync(ctx context.Context) error {
	run, err := r.runID(ctx)
	if err != nil {
		return err
	}
	all := r.dirty.Swap(false) || run != r.run
	if err := r.syncAll(ctx, all); err != nil {
		if all {
			r.dirty.Store(true)
		}
		return err
	}
	r.run = run
	return nil
}

// runID names the process that Redis runs in.
func (c *redisConn) runID(ctx context.Context) (string, error) {
	info, err := c.client.Info(ctx, "server").Result()
	if err := c.check(ctx, err); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(info, "run_id:")
	id, _, _ := strings.Cut(rest, "\r\n")
	return id, nil
}

func (r *redisRegistry) syncAll(ctx context.Context, all bool) error {
	known, err := r.scanSet(ctx, r.key("nodesess:"+r.member()))
	if err != nil {
		return err
	}
	work := make(chan func() error)
	var workers sync.WaitGroup
	var once sync.Once
	var failed error
	for range syncWriters {
		workers.Go(func() {
			for do := range work {
				if err := do(); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	for s := range r.own.each() {
		full := fullJID(s.Bare, s.Resource)
		if !known[full] || all {
			work <- func() error { return r.rewrite(ctx, s) }
		}
		delete(known, full)
	}
	for full := range known {
		work <- func() error { return r.retract(ctx, full) }
	}
	close(work)
	workers.Wait()
	return failed
}

// rewrite enters one own session again. Another node's session that has the place by now keeps it.
func (r *redisRegistry) rewrite(ctx context.Context, s Session) error {
	stripe, err := r.order.take(ctx, s.Bare)
	if err != nil {
		return err
	}
	defer func() { <-stripe }()
	now, ok := r.own.get(s.Bare, s.Resource)
	if !ok {
		return nil
	}
	if epoch := r.life.Load(); now.Epoch != epoch { // bound while the node came back with a new one
		now.Epoch = epoch
		r.own.update(now)
	}
	_, entered, err := r.write(ctx, now, true)
	if err == nil && !entered && r.own.unbind(now.Bare, now.Resource, now.SID) {
		r.lose(now)
	}
	return err
}

// retract removes an entry of this node that has no session.
func (r *redisRegistry) retract(ctx context.Context, full string) error {
	bare, resource := splitFull(full)
	stripe, err := r.order.take(ctx, bare)
	if err != nil {
		return err
	}
	defer func() { <-stripe }()
	if _, ok := r.own.get(bare, resource); ok {
		return nil
	}
	_, err = r.eval(ctx, unbindScript, r.member(), bare, resource, "")
	return err
}

// scanSet reads a set step by step, so that Redis is not held up by a large one.
func (c *redisConn) scanSet(ctx context.Context, key string) (map[string]bool, error) {
	found := make(map[string]bool)
	for cursor := uint64(0); ; {
		entries, next, err := c.client.SScan(ctx, key, cursor, "", scanBatch).Result()
		if err := c.check(ctx, err); err != nil {
			return nil, err
		}
		for _, e := range entries {
			found[e] = true
		}
		if cursor = next; cursor == 0 {
			return found, nil
		}
	}
}
