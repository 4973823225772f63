package cluster

import (
	"iter"
	"strings"
	"time"
)

// sweepInterval is rare, since leftovers harm nobody: readers ignore what belongs to no living node. They come about when Redis
// fails over and loses a part of the writes.
const sweepInterval = 10 * time.Minute

// sweep removes what belongs to members that are neither alive nor being buried. One node at a time does it.
func (u *undertaker) sweep() {
	if !u.up.Load() || u.upFor() < u.ttl {
		return
	}
	mine, err := u.client.SetNX(u.ctx, u.key("sweep"), u.member(), sweepInterval/2).Result()
	if u.check(u.ctx, err) != nil || !mine {
		return
	}
	var known map[string]bool
	// gone looks again before it says yes: a node that has joined since the last look is no leftover.
	gone := func(m string) bool {
		if !known[m] {
			known, err = u.members()
		}
		return err == nil && !known[m]
	}
	for _, kind := range []string{"inbox:", "nodesess:"} {
		for key := range u.scanKeys(kind) {
			if m := strings.TrimPrefix(key, u.key(kind)); gone(m) {
				u.erase(u.ctx, m)
			}
		}
	}
	for key := range u.scanKeys("sess:") {
		u.sweepUser(strings.TrimPrefix(key, u.key("sess:")), gone)
	}
}

func (u *undertaker) sweepUser(bare string, gone func(string) bool) {
	entries, err := u.client.HGetAll(u.ctx, u.key("sess:"+bare)).Result()
	if u.check(u.ctx, err) != nil {
		return
	}
	for resource, value := range entries {
		if m := valueMember(value); gone(m) {
			u.eval(u.ctx, removeScript, m, fullJID(bare, resource))
		}
	}
}

// members are all that are listed or being buried.
func (u *undertaker) members() (map[string]bool, error) {
	known := map[string]bool{u.member(): true}
	listed, err := u.client.HGetAll(u.ctx, u.key("nodes")).Result()
	if err := u.check(u.ctx, err); err != nil {
		return nil, err
	}
	for id, epoch := range listed {
		known[id+"/"+epoch] = true
	}
	dying, err := u.client.HKeys(u.ctx, u.key("dying")).Result()
	if err := u.check(u.ctx, err); err != nil {
		return nil, err
	}
	for _, m := range dying {
		known[m] = true
	}
	return known, nil
}

// scanKeys yields the keys of one kind; it ends early when Redis does not answer.
func (u *undertaker) scanKeys(kind string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for cursor := uint64(0); ; {
			keys, next, err := u.client.Scan(u.ctx, cursor, globEscaper.Replace(u.key(kind))+"*", scanBatch).Result()
			if u.check(u.ctx, err) != nil {
				return
			}
			for _, k := range keys {
				if !yield(k) {
					return
				}
			}
			if cursor = next; cursor == 0 {
				return
			}
		}
	}
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// batches yields the elements of a set, scanBatch at a time.
func batches(set map[string]bool) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		batch := make([]string, 0, min(len(set), scanBatch))
		for f := range set {
			if batch = append(batch, f); len(batch) == scanBatch {
				if !yield(batch) {
					return
				}
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}
