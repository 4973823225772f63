package cluster

import (
	"hash/maphash"
	"sync"
	"time"

	"plenum/xmppd/lru"
)

const (
	// cacheUsers bounds the memory of what is known of users elsewhere: about 10 MB for short lists.
	cacheUsers = 65536
	// cacheLife bounds how long a lost invalidation can mislead.
	cacheLife   = 30 * time.Second
	cacheShards = 16
)

// cache remembers which sessions a user has on other nodes, most often none.
type cache struct {
	seed   maphash.Seed
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu      sync.Mutex
	users   *lru.Cache[string, cached]
	changes uint64 // counts invalidations
}

type cached struct {
	sessions []Session
	until    time.Time
}

func newCache() *cache {
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].users = lru.New[string, cached](cacheUsers / cacheShards)
	}
	return c
}

func (c *cache) shard(bare string) *cacheShard {
	return &c.shards[maphash.String(c.seed, bare)%cacheShards]
}

// get returns what is known of bare. When nothing is, changes is what put needs.
func (c *cache) get(bare string) (sessions []Session, changes uint64, ok bool) {
	sh := c.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	v, ok := sh.users.Get(bare)
	if ok && time.Now().After(v.until) {
		ok = false
	}
	return v.sessions, sh.changes, ok
}

// put remembers what was read after get had returned changes, unless an invalidation came in between: the reading may be older.
func (c *cache) put(bare string, sessions []Session, changes uint64) {
	sh := c.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.changes == changes {
		sh.users.Put(bare, cached{sessions, time.Now().Add(cacheLife)})
	}
}

func (c *cache) drop(bare string) {
	sh := c.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.changes++
	sh.users.Delete(bare)
}

func (c *cache) clear() {
	for i := range c.shards {
		sh := &c.shards[i]
		sh.mu.Lock()
		sh.changes++
		sh.users.Clear()
		sh.mu.Unlock()
	}
}
