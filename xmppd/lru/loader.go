package lru

import "sync"

// Loader keeps values that are read from elsewhere, such as from the database. It is safe for concurrent use.
//
// Whoever changes a value calls Forget after the change is stored: what was read before that is not kept.
type Loader[K comparable, V any] struct {
	mu    sync.Mutex
	cache *Cache[K, V]
	age   uint64 // counts Forget
}

// NewLoader returns an empty loader that keeps size values.
func NewLoader[K comparable, V any](size int) *Loader[K, V] {
	return &Loader[K, V]{cache: New[K, V](size)}
}

// Get returns the value of key, which read gives when it is not kept. An error is returned and nothing kept. Several callers may read
// the same value at the same time.
func (l *Loader[K, V]) Get(key K, read func() (V, error)) (V, error) {
	l.mu.Lock()
	v, ok := l.cache.Get(key)
	age := l.age
	l.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	if c, ok := any(key).(interface{ Clone() K }); ok {
		key = c.Clone() // it may be part of something larger that nobody else needs any longer
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.age == age {
		l.cache.Put(key, v)
	}
	return v, nil
}

// Forget drops the value of key.
func (l *Loader[K, V]) Forget(key K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.age++
	l.cache.Delete(key)
}
