// Package lru is a map that keeps the entries used last, up to a number of them.
package lru

// Cache maps K to V and forgets the entry not used for the longest time when it would grow past its size. It is not safe for concurrent use:
// whoever owns it has a lock anyway, for what stands beside it.
type Cache[K comparable, V any] struct {
	size    int
	entries map[K]*entry[K, V]
	root    entry[K, V] // ring: root.next was used last, root.prev longest ago
}

type entry[K comparable, V any] struct {
	prev, next *entry[K, V]
	key        K
	value      V
}

// New returns an empty cache for size entries, at least one.
func New[K comparable, V any](size int) *Cache[K, V] {
	c := &Cache[K, V]{size: max(size, 1), entries: make(map[K]*entry[K, V])}
	c.root.prev, c.root.next = &c.root, &c.root
	return c
}

// Get returns the value of key and counts that as use.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	e, ok := c.entries[key]
	if !ok {
		var none V
		return none, false
	}
	c.unlink(e)
	c.pushFront(e)
	return e.value, true
}

// Put sets the value of key, and drops the entry not used for the longest time when there are too many.
func (c *Cache[K, V]) Put(key K, value V) {
	if e, ok := c.entries[key]; ok {
		e.value = value
		c.unlink(e)
		c.pushFront(e)
		return
	}
	if len(c.entries) >= c.size {
		c.Delete(c.root.prev.key)
	}
	e := &entry[K, V]{key: key, value: value}
	c.entries[key] = e
	c.pushFront(e)
}

// Delete forgets key.
func (c *Cache[K, V]) Delete(key K) {
	if e, ok := c.entries[key]; ok {
		c.unlink(e)
		delete(c.entries, key)
	}
}

// Clear forgets everything.
func (c *Cache[K, V]) Clear() {
	clear(c.entries)
	c.root.prev, c.root.next = &c.root, &c.root
}

// Len returns the number of entries.
func (c *Cache[K, V]) Len() int { return len(c.entries) }

func (c *Cache[K, V]) unlink(e *entry[K, V]) {
	e.prev.next, e.next.prev = e.next, e.prev
}

func (c *Cache[K, V]) pushFront(e *entry[K, V]) {
	e.prev, e.next = &c.root, c.root.next
	e.prev.next, e.next.prev = e, e
}
