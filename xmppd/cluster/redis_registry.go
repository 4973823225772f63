package cluster

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// redisRegistry keeps this node's sessions in own, which is right at any time, and writes them to Redis for the others. What
// could not be written is noted in dirty and written again as a whole (redis_sync.go).
type redisRegistry struct {
	*redisConn
	view  *viewHolder
	own   *table
	cache *cache
	order *stripes
	dirty atomic.Bool
	lose  func(Session) // tells that an own session has lost its place
	run   string        // the Redis process that has all sessions; used by the upkeep alone
}

func (r *redisRegistry) Bind(ctx context.Context, s Session) (*Session, error) {
	if !r.open.Load() {
		return nil, ErrClosed
	}
	stripe, err := r.order.take(ctx, s.Bare)
	if err != nil {
		return nil, err
	}
	defer func() { <-stripe }()
	s.Node, s.Epoch = r.id, r.life.Load()
	local := r.own.bind(s)
	old, _, err := r.write(ctx, s, false)
	switch {
	case ctx.Err() != nil && err != nil:
		r.own.unbind(s.Bare, s.Resource, s.SID)
		r.dirty.Store(true)
		return nil, ctx.Err()
	case err != nil:
		r.dirty.Store(true)
		return local, nil
	case old == nil:
		return local, nil
	case local != nil && local.SID != old.SID:
		r.lose(*local)
	}
	return old, nil
}

// write enters s and returns another session that had the place. With yield, the place is left to a session of a living node;
// entered then is false.
func (r *redisRegistry) write(ctx context.Context, s Session, yield bool) (old *Session, entered bool, err error) {
	flag := "0"
	if yield {
		flag = "1"
	}
	v, err := r.eval(ctx, bindScript, member(s.Node, s.Epoch), s.Bare, s.Resource, sessionValue(s), flag)
	if err != nil {
		if isGone(err) {
			r.wake()
		}
		return nil, false, err
	}
	r.cache.drop(s.Bare)
	reply := v.([]any)
	before, ok := parseSession(s.Bare, s.Resource, reply[1].(string))
	if ok && before.SID != s.SID {
		old = &before
	}
	return old, reply[0].(int64) == 1, nil
}

func (r *redisRegistry) Update(ctx context.Context, s Session) error {
	if !r.open.Load() {
		return ErrClosed
	}
	stripe, err := r.order.take(ctx, s.Bare)
	if err != nil {
		return err
	}
	defer func() { <-stripe }()
	s.Node, s.Epoch = r.id, r.life.Load()
	if !r.own.update(s) {
		return nil
	}
	if _, err := r.eval(ctx, updateScript, r.member(), s.Bare, s.Resource, sessionValue(s)); err != nil {
		r.dirty.Store(true)
	}
	return nil
}

func (r *redisRegistry) Unbind(ctx context.Context, bare, resource, sid string) error {
	if !r.open.Load() {
		return ErrClosed
	}
	stripe, err := r.order.take(ctx, bare)
	if err != nil {
		return err
	}
	defer func() { <-stripe }()
	if !r.own.unbind(bare, resource, sid) {
		return nil
	}
	if _, err := r.eval(ctx, unbindScript, r.member(), bare, resource, sid); err != nil {
		r.dirty.Store(true)
	}
	return nil
}

func (r *redisRegistry) Lookup(ctx context.Context, bare string) ([]Session, error) {
	own := r.own.lookup(bare)
	others, err := r.Remote(ctx, bare)
	if err != nil || len(others) == 0 {
		return own, err
	}
	all := slices.Clone(others)
	for _, s := range own { // an own one whose resource another node has got is on its way out
		if !slices.ContainsFunc(others, func(o Session) bool { return o.Resource == s.Resource }) {
			all = append(all, s)
		}
	}
	return all, nil
}

// Remote answers from memory when it can. Without Redis the users of other nodes count as offline.
func (r *redisRegistry) Remote(ctx context.Context, bare string) ([]Session, error) {
	view := r.view.Load()
	if len(view.peers) == 0 || !r.up.Load() {
		return nil, nil
	}
	sessions, changes, ok := r.cache.get(bare)
	if !ok {
		entries, err := r.client.HGetAll(ctx, r.key("sess:"+bare)).Result()
		if err := r.check(ctx, err); err != nil {
			return nil, ctx.Err()
		}
		for resource, value := range entries {
			if s, ok := parseSession(bare, resource, value); ok && s.Node != r.id {
				sessions = append(sessions, s)
			}
		}
		r.cache.put(bare, sessions, changes)
	}
	return view.living(sessions), nil
}

// invalidated takes a message of the channel inval: id, bare JID, and the entry that was replaced, as its member, resource and SID.
func (r *redisRegistry) invalidated(m *redis.Message) {
	f := strings.SplitN(m.Payload, "\n", 5)
	if len(f) != 5 || f[0] == string(r.id) {
		return
	}
	r.cache.drop(f[1])
	if id, _, ok := parseMember(f[2]); ok && id == r.id {
		r.own.unbind(f[1], f[3], f[4])
	}
}
