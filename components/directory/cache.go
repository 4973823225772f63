package directory

import (
	"sync"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
)

const (
	// DefaultCachedAccounts keeps some 300 bytes for each account.
	DefaultCachedAccounts = 20000
	// cachedUnknown is how many JIDs without account are remembered. They have a cache of their own, so that somebody who tries names does
	// not push the users out of memory.
	cachedUnknown = 4096
	// cacheTime bounds how long a node acts on an old answer when the news of a change was lost.
	cacheTime = 5 * time.Minute
)

// cache holds what was read of accounts, without their keys. Changes remove entries; they never update them.
type cache struct {
	mu      sync.Mutex
	known   *lru.Cache[jid.JID, cached[Record]]
	unknown *lru.Cache[jid.JID, cached[struct{}]]
	age     uint64 // counts removals: what was read before the last one is not put in
}

type cached[T any] struct {
	value T
	until time.Time
}

func newCache(size int) *cache {
	return &cache{known: lru.New[jid.JID, cached[Record]](size), unknown: lru.New[jid.JID, cached[struct{}]](cachedUnknown)}
}

// get returns the record, or that there is surely none; hit is false when the store must be asked, with the age to give to put.
func (c *cache) get(bare jid.JID) (record Record, exists, hit bool, age uint64) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.known.Get(bare); ok && now.Before(entry.until) {
		return entry.value, true, true, c.age
	}
	if entry, ok := c.unknown.Get(bare); ok && now.Before(entry.until) {
		return Record{}, false, true, c.age
	}
	return Record{}, false, false, c.age
}

// put keeps what the store said, unless something changed since get.
func (c *cache) put(bare jid.JID, record Record, exists bool, age uint64) {
	until := time.Now().Add(cacheTime)
	bare = bare.Clone()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age != age {
		return
	}
	if exists {
		c.unknown.Delete(bare)
		c.known.Put(bare, cached[Record]{record, until})
	} else {
		c.known.Delete(bare)
		c.unknown.Put(bare, cached[struct{}]{until: until})
	}
}

// remove forgets these accounts.
func (c *cache) remove(changes []Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	for _, change := range changes {
		c.known.Delete(change.JID)
		c.unknown.Delete(change.JID)
	}
}

// clear forgets everything.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	c.known.Clear()
	c.unknown.Clear()
}
