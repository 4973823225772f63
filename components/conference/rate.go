package conference

import (
	"net/netip"
	"sync"
	"time"

	"plenum/xmppd/lru"
)

// bucket limits how often something may happen: perMinute times a minute, and as many at once.
type bucket struct {
	perMinute, tokens float64
	last              time.Time
}

func newBucket(perMinute int) bucket {
	return bucket{perMinute: float64(perMinute), tokens: float64(perMinute), last: time.Now()}
}

func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.tokens+now.Sub(b.last).Minutes()*b.perMinute, b.perMinute)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// trackedAddresses is how many addresses are remembered; the one that was not seen for the longest time is forgotten.
const trackedAddresses = 1 << 14

// rateTable counts logins by address.
type rateTable struct {
	perMinute int
	mu        sync.Mutex
	byAddr    *lru.Cache[netip.Addr, *bucket]
}

func newRateTable(perMinute int) rateTable {
	return rateTable{perMinute: perMinute, byAddr: lru.New[netip.Addr, *bucket](trackedAddresses)}
}

// take counts a login. Who comes from loopback is a proxy that speaks for many, or the machine itself.
func (r *rateTable) take(addr netip.Addr) bool {
	addr = networkOf(addr)
	if !addr.IsValid() || addr.IsLoopback() {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.byAddr.Get(addr)
	if !ok {
		fresh := newBucket(r.perMinute)
		b = &fresh
		r.byAddr.Put(addr, b)
	}
	return b.take(time.Now())
}
