package cluster

import (
	"context"
	"strconv"
	"sync"
	"time"
)

const renewBatch = 500

// redisLeaser owns keys in Redis that expire. By its own monotonic clock it gives a lease up a tenth of the TTL before Redis can
// give it to another, so two owners meet only where a process stood still in between; then the fence decides.
type redisLeaser struct {
	*redisConn
	order *stripes

	mu   sync.Mutex
	held map[string]*redisLease
}

type redisLease struct {
	leaser *redisLeaser
	key    string
	fence  int64
	value  string // as it stands in Redis
	lost   chan struct{}
	until  time.Time // under leaser.mu
}

func (l *redisLease) Key() string           { return l.key }
func (l *redisLease) Fence() int64          { return l.fence }
func (l *redisLease) Lost() <-chan struct{} { return l.lost }

func (l *redisLease) Release(ctx context.Context) error {
	if !l.leaser.drop(l) {
		return nil
	}
	_, err := l.leaser.eval(ctx, releaseScript, l.key, l.value)
	return err
}

func (r *redisLeaser) Acquire(ctx context.Context, key string) (Lease, NodeID, error) {
	if !r.open.Load() {
		return nil, "", ErrClosed
	}
	stripe, err := r.order.take(ctx, key)
	if err != nil {
		return nil, "", err
	}
	defer func() { <-stripe }()
	if l := r.own(key); l != nil {
		return l, r.id, nil
	}
	asked := time.Now()
	v, err := r.eval(ctx, acquireScript, key, r.member(), r.millis())
	if err != nil {
		return nil, "", err
	}
	reply := v.([]any)
	owner, _, _ := parseMember(reply[0].(string))
	if owner != r.id {
		return nil, owner, nil
	}
	l := &redisLease{leaser: r, key: key, value: reply[0].(string) + " " + reply[1].(string), lost: make(chan struct{}), until: r.expiry(asked)}
	if l.fence, err = strconv.ParseInt(reply[1].(string), 10, 64); err != nil {
		return nil, "", err
	}
	if !r.keep(l) {
		return nil, "", ErrClosed
	}
	return l, r.id, nil
}

func (r *redisLeaser) Owner(ctx context.Context, key string) (NodeID, error) {
	if r.own(key) != nil {
		return r.id, nil
	}
	if !r.open.Load() {
		return "", ErrClosed
	}
	if !r.up.Load() {
		return "", ErrUnavailable
	}
	value, err := r.client.Get(ctx, r.key("lease:"+key)).Result()
	if err := r.check(ctx, err); err != nil {
		return "", err
	}
	id, _, _ := parseMember(valueMember(value))
	return id, nil
}

// expiry is when a lease that was asked for at a time is no longer relied upon.
func (r *redisLeaser) expiry(asked time.Time) time.Time { return asked.Add(r.ttl - r.ttl/10) }

func (r *redisLeaser) own(key string) *redisLease {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.held[key]; l != nil && time.Now().Before(l.until) {
		return l
	}
	return nil
}

func (r *redisLeaser) keep(l *redisLease) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		return false
	}
	if old := r.held[l.key]; old != nil {
		close(old.lost)
	}
	r.held[l.key] = l
	return true
}

// drop ends l and reports whether it was held.
func (r *redisLeaser) drop(l *redisLease) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[l.key] != l {
		return false
	}
	delete(r.held, l.key)
	close(l.lost)
	return true
}

// expire ends what could not be renewed in time. It does no I/O, so that a hanging Redis cannot hold it up.
func (r *redisLeaser) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, l := range r.held {
		if !time.Now().Before(l.until) {
			delete(r.held, key)
			close(l.lost)
		}
	}
}

// loseAll ends all leases; none can be acquired any more when final.
func (r *redisLeaser) loseAll(final bool) (lost []*redisLease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.held {
		lost = append(lost, l)
		close(l.lost)
	}
	clear(r.held)
	if final {
		r.held = nil
	}
	return lost
}

func (r *redisLeaser) all() (all []*redisLease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.held {
		all = append(all, l)
	}
	return all
}

// renew extends all leases. Those that Redis does not know any more are lost.
func (r *redisLeaser) renew(ctx context.Context) error {
	all := r.all()
	for len(all) > 0 {
		batch := all[:min(len(all), renewBatch)]
		all = all[len(batch):]
		asked := time.Now()
		v, err := r.eval(ctx, renewScript, pairs(batch, r.millis())...)
		if err != nil {
			return err
		}
		gone := make(map[string]bool)
		for _, key := range v.([]any) {
			gone[key.(string)] = true
		}
		for _, l := range batch {
			if gone[l.key] {
				r.drop(l)
			} else {
				r.extend(l, asked)
			}
		}
	}
	return nil
}

func (r *redisLeaser) extend(l *redisLease, asked time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.until = r.expiry(asked)
}

// releaseAll gives all leases back.
func (r *redisLeaser) releaseAll(ctx context.Context) error {
	all := r.loseAll(true)
	for len(all) > 0 {
		batch := all[:min(len(all), renewBatch)]
		all = all[len(batch):]
		if _, err := r.eval(ctx, releaseScript, pairs(batch)...); err != nil {
			return err
		}
	}
	return nil
}

// pairs are the key and value of each lease, after first.
func pairs(leases []*redisLease, first ...any) []any {
	for _, l := range leases {
		first = append(first, l.key, l.value)
	}
	return first
}
