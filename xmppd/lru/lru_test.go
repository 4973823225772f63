package lru_test

import (
	"testing"

	"plenum/xmppd/lru"
)

func TestCache(t *testing.T) {
	c := lru.New[string, int](2)
	c.Put("a", 1)
	c.Put("b", 2)
	c.Get("a")
	c.Put("c", 3)
	expect(t, c, "the entry not used for the longest time goes", map[string]int{"a": 1, "c": 3}, "b")

	c.Put("a", 4)
	c.Put("d", 5)
	expect(t, c, "putting again counts as use and replaces the value", map[string]int{"a": 4, "d": 5}, "c")

	c.Delete("a")
	c.Delete("a")
	c.Put("e", 6)
	expect(t, c, "a deleted entry makes room", map[string]int{"d": 5, "e": 6}, "a")

	c.Clear()
	expect(t, c, "clear leaves nothing", nil, "d", "e")
	c.Put("f", 7)
	expect(t, c, "a cleared cache can be used", map[string]int{"f": 7})

	one := lru.New[string, int](0)
	one.Put("a", 1)
	one.Put("b", 2)
	expect(t, one, "a cache holds at least one entry", map[string]int{"b": 2}, "a")
}

func expect(t *testing.T, c *lru.Cache[string, int], sentence string, want map[string]int, gone ...string) {
	t.Helper()
	if c.Len() != len(want) {
		t.Errorf("%s: %d entries, want %d", sentence, c.Len(), len(want))
	}
	for key, value := range want {
		if got, ok := c.Get(key); !ok || got != value {
			t.Errorf("%s: %s is %d, %v", sentence, key, got, ok)
		}
	}
	for _, key := range gone {
		if _, ok := c.Get(key); ok {
			t.Errorf("%s: %s is still there", sentence, key)
		}
	}
}
