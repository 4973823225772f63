package pubsub

import (
	"container/list"
	"sync"
	"time"

	"plenum/xmppd/jid"
)

// cacheAge is when an account's nodes are read again, because word of a change on another server may have been lost.
const cacheAge = 10 * time.Minute

// weighed is a cache that is bounded by the sum of the costs of its entries. Its user has the lock.
type weighed[K comparable, V any] struct {
	most, cost int
	m          map[K]*list.Element
	order      *list.List // of *weighedEntry[K, V], used last first
}

type weighedEntry[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

func newWeighed[K comparable, V any](most int) *weighed[K, V] {
	return &weighed[K, V]{most: most, m: map[K]*list.Element{}, order: list.New()}
}

func (c *weighed[K, V]) get(key K) (v V, ok bool) {
	el := c.m[key]
	if el == nil {
		return v, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*weighedEntry[K, V]).value, true
}

func (c *weighed[K, V]) put(key K, v V, cost int) {
	c.drop(key)
	if cost > c.most {
		return
	}
	c.m[key] = c.order.PushFront(&weighedEntry[K, V]{key, v, cost})
	c.cost += cost
	for c.cost > c.most {
		c.drop(c.order.Back().Value.(*weighedEntry[K, V]).key)
	}
}

func (c *weighed[K, V]) drop(key K) {
	if el := c.m[key]; el != nil {
		c.cost -= c.order.Remove(el).(*weighedEntry[K, V]).cost
		delete(c.m, key)
	}
}

// accounts keeps the nodes of the accounts used last. It has a lock of its own.
type accounts struct {
	mu    sync.Mutex
	cache *weighed[jid.JID, cachedAccount]
	epoch uint64 // counts what was changed or forgotten, so that an older read is not put in after it
}

type cachedAccount struct {
	*account
	read time.Time
}

func newAccounts(nodes int) *accounts {
	return &accounts{cache: newWeighed[jid.JID, cachedAccount](nodes)}
}

func cost(a *account) int { return len(a.nodes) + 1 }

// get returns nil when the account is to be read; epoch is for put.
func (c *accounts) get(service jid.JID) (a *account, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.cache.get(service)
	if !ok || time.Since(v.read) > cacheAge {
		return nil, c.epoch
	}
	return v.account, c.epoch
}

// put keeps an account that was read after get had returned epoch.
func (c *accounts) put(service jid.JID, a *account, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch == epoch {
		c.cache.put(service.Clone(), cachedAccount{a, time.Now()}, cost(a))
	}
}

func (c *accounts) forget(service jid.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.cache.drop(service)
}

// apply carries a committed change of a node out in memory, unless something later is known. n is nil for a node that is gone
// since serial.
func (c *accounts) apply(service jid.JID, name string, n *node, serial int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	v, ok := c.cache.get(service)
	if !ok {
		return
	}
	if old := v.node(name); old != nil && old.serial > serial {
		return
	}
	a := v.with(name, n)
	c.cache.put(service.Clone(), cachedAccount{a, v.read}, cost(a))
}

// itemKey names the items of a node as they were after one change.
type itemKey struct {
	service jid.JID
	node    string
}

// itemLists keeps all items of nodes that were read lately.
type itemLists struct {
	mu    sync.Mutex
	cache *weighed[itemKey, itemList]
}

type itemList struct {
	edition int64
	items   []Item // in the order of publication
}

// itemCost is what an item takes beside its payload.
const itemCost = 200

func newItemLists(bytes int) *itemLists {
	return &itemLists{cache: newWeighed[itemKey, itemList](bytes)}
}

func (c *itemLists) get(n *node) ([]Item, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.cache.get(itemKey{n.service, n.name})
	return l.items, ok && l.edition == n.edition
}

func (c *itemLists) put(n *node, items []Item) {
	total := itemCost
	for i := range items {
		total += itemCost + items[i].size
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cache.put(itemKey{n.service, n.name}, itemList{n.edition, items}, total)
}
