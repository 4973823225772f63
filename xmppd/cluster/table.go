package cluster

import (
	"hash/maphash"
	"iter"
	"slices"
	"sync"
)

// tableShards spreads the locks: far more than cores, so that two users seldom meet.
const tableShards = 64

// table holds sessions by bare JID. Its slices are never modified once stored, so readers share them without copying.
type table struct {
	seed   maphash.Seed
	shards [tableShards]tableShard
}

type tableShard struct {
	mu     sync.RWMutex
	byBare map[string][]Session
}

func newTable() *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].byBare = make(map[string][]Session)
	}
	return t
}

func (t *table) shard(bare string) *tableShard {
	return &t.shards[maphash.String(t.seed, bare)%tableShards]
}

func (t *table) lookup(bare string) []Session {
	sh := t.shard(bare)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.byBare[bare]
}

// bind enters s and returns the session that had its place, if it was another one.
func (t *table) bind(s Session) *Session {
	sh := t.shard(s.Bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.byBare[s.Bare]
	i := slices.IndexFunc(old, func(o Session) bool { return o.Resource == s.Resource })
	if i < 0 {
		sh.byBare[s.Bare] = append(slices.Clip(old), s)
		return nil
	}
	displaced := old[i]
	list := slices.Clone(old)
	list[i] = s
	sh.byBare[s.Bare] = list
	if displaced.SID == s.SID {
		return nil
	}
	return &displaced
}

// update replaces the entry with the same resource and SID and reports whether there was one.
func (t *table) update(s Session) bool {
	sh := t.shard(s.Bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.byBare[s.Bare]
	i := slices.IndexFunc(old, func(o Session) bool { return o.Resource == s.Resource && o.SID == s.SID })
	if i < 0 {
		return false
	}
	list := slices.Clone(old)
	list[i] = s
	sh.byBare[s.Bare] = list
	return true
}

// remove deletes what match selects among one user's sessions.
func (t *table) remove(bare string, match func(Session) bool) (removed []Session) {
	sh := t.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.remove(bare, match)
}

func (t *table) unbind(bare, resource, sid string) bool {
	return len(t.remove(bare, func(s Session) bool { return s.Resource == resource && s.SID == sid })) > 0
}

// removeAll deletes what match selects among everybody's sessions.
func (t *table) removeAll(match func(Session) bool) (removed []Session) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.Lock()
		for bare := range sh.byBare {
			removed = append(removed, sh.remove(bare, match)...)
		}
		sh.mu.Unlock()
	}
	return removed
}

func (sh *tableShard) remove(bare string, match func(Session) bool) (removed []Session) {
	var keep []Session
	for _, s := range sh.byBare[bare] {
		if match(s) {
			removed = append(removed, s)
		} else {
			keep = append(keep, s)
		}
	}
	switch {
	case removed == nil:
	case keep == nil:
		delete(sh.byBare, bare)
	default:
		sh.byBare[bare] = keep
	}
	return removed
}

// get returns the session of one resource.
func (t *table) get(bare, resource string) (Session, bool) {
	for _, s := range t.lookup(bare) {
		if s.Resource == resource {
			return s, true
		}
	}
	return Session{}, false
}

// each yields all sessions, shard by shard; no lock is held while it yields.
func (t *table) each() iter.Seq[Session] {
	return func(yield func(Session) bool) {
		for i := range t.shards {
			for _, s := range t.shards[i].all() {
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (sh *tableShard) all() (all []Session) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, list := range sh.byBare {
		all = append(all, list...)
	}
	return all
}

// setEpoch puts all sessions into another life of the node that has this table for itself.
func (t *table) setEpoch(epoch int64) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.Lock()
		for bare, old := range sh.byBare {
			list := slices.Clone(old)
			for i := range list {
				list[i].Epoch = epoch
			}
			sh.byBare[bare] = list
		}
		sh.mu.Unlock()
	}
}
