package jid

import "strings"

// Cache remembers what literal addresses parse to, for one goroutine that sees the same few again
// and again: a stream reading stanzas. Invalid addresses are not remembered.
type Cache struct {
	young, old map[string]JID // two generations: a full young one becomes the old one
	half       int
}

// NewCache returns a cache of at most size addresses (at least 2).
func NewCache(size int) *Cache { return &Cache{half: max(size/2, 1)} }

// Parse is the package's Parse; the JID has memory of its own.
func (c *Cache) Parse(s string) (JID, error) {
	if j, ok := c.young[s]; ok {
		return j, nil
	}
	if j, ok := c.old[s]; ok {
		c.add(s, j)
		return j, nil
	}
	key := strings.Clone(s)
	j, err := Parse(key)
	if err == nil {
		c.add(key, j)
	}
	return j, err
}

// ParseBytes is Parse for bytes; a hit allocates nothing.
func (c *Cache) ParseBytes(b []byte) (JID, error) {
	if j, ok := c.young[string(b)]; ok {
		return j, nil
	}
	return c.Parse(string(b))
}

// add puts a key into the young generation. The key of a hit in the old one belongs to the caller's
// stanza, so the canonical string is taken instead where it is the same.
func (c *Cache) add(key string, j JID) {
	if key == j.s {
		key = j.s
	} else {
		key = strings.Clone(key)
	}
	if len(c.young) >= c.half {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = make(map[string]JID)
	}
	c.young[key] = j
}
