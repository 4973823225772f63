package xmppd

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/jid"
)

// ownRoster is an account's contacts as they are kept in memory; immutable. With 20 contacts it takes less than 3 KiB.
type ownRoster struct {
	version  int64        // 0 for an account that never had a contact
	serial   int64        // counts changes, those that clients do not see too
	items    []RosterItem // by contact
	requests int          // unanswered subscription requests
}

var noRoster = &ownRoster{}

func (r *ownRoster) find(contact jid.JID) (int, bool) {
	return slices.BinarySearchFunc(r.items, contact, func(item RosterItem, c jid.JID) int { return item.Contact.Compare(c) })
}

// with is the roster after a change of one contact.
func (r *ownRoster) with(ch *contactChange) *ownRoster {
	next := &ownRoster{version: ch.version, serial: ch.serial, items: r.items, requests: r.requests}
	if ch.before.request != nil {
		next.requests--
	}
	if ch.after.request != nil {
		next.requests++
	}
	i, found := r.find(ch.contact)
	if !found && !ch.after.listed {
		return next
	}
	next.items = make([]RosterItem, 0, len(r.items)+1)
	next.items = append(next.items, r.items[:i]...)
	if ch.after.listed {
		next.items = append(next.items, ch.after.item(ch.contact.Clone()))
	}
	if found {
		i++
	}
	next.items = append(next.items, r.items[i:]...)
	return next
}

// rosterBuilder puts a roster together so that all its text is one string, and equal lists of groups are one list.
type rosterBuilder struct {
	version  int64
	serial   int64
	requests int
	text     strings.Builder
	rows     []builderRow
}

type builderRow struct {
	contact, name, groups int // where each ends in the text
	state                 subState
	approved              bool
}

func (b *rosterBuilder) add(contact string, r *record) {
	row := builderRow{state: r.state, approved: r.approved}
	b.text.WriteString(contact)
	row.contact = b.text.Len()
	b.text.WriteString(r.name)
	row.name = b.text.Len()
	b.text.WriteString(r.groups)
	row.groups = b.text.Len()
	b.rows = append(b.rows, row)
}

func (b *rosterBuilder) build() *ownRoster {
	r := &ownRoster{version: b.version, serial: b.serial, requests: b.requests, items: make([]RosterItem, 0, len(b.rows))}
	text, from := strings.Clone(b.text.String()), 0
	lists := map[string][]string{}
	for _, row := range b.rows {
		contact, err := jid.Parse(text[from:row.contact])
		rec := record{state: row.state, approved: row.approved, name: text[row.contact:row.name]}
		item := rec.item(contact)
		if g := text[row.name:row.groups]; g != "" {
			if lists[g] == nil {
				lists[g] = strings.Split(g, groupSeparator)
			}
			item.Groups = lists[g]
		}
		if err == nil && row.state < subStates {
			r.items = append(r.items, item)
		}
		from = row.groups
	}
	slices.SortFunc(r.items, func(a, b RosterItem) int { return a.Contact.Compare(b.Contact) })
	return r
}

const (
	// rosterCacheItems is how many contacts are kept in memory over all accounts, each roster counted as some more for
	// itself: 50,000 users with 20 contacts fit. It bounds the cache to about 200 MB.
	rosterCacheItems  = 1 << 21
	rosterCacheCost   = 8 // items that an empty roster counts as
	rosterCacheShards = 16

	// rosterCacheAge is when a roster is read again, because word of a change on another node may have been lost.
	rosterCacheAge = 10 * time.Minute
)

// rosterCache keeps the rosters used last, approximately: what was used since the last look is spared once.
type rosterCache struct {
	now    func() time.Time
	seed   maphash.Seed
	shards [rosterCacheShards]rosterShard
}

type rosterShard struct {
	mu    sync.RWMutex
	m     map[jid.JID]*cachedRoster
	cost  int
	epoch uint64 // counts what was forgotten or changed, so that an older read is not put in after it
}

type cachedRoster struct {
	roster *ownRoster
	read   time.Time
	used   atomic.Bool
}

func newRosterCache(now func() time.Time) *rosterCache {
	c := &rosterCache{now: now, seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].m = map[jid.JID]*cachedRoster{}
	}
	return c
}

func (c *rosterCache) shard(owner jid.JID) *rosterShard {
	return &c.shards[maphash.Comparable(c.seed, owner)%rosterCacheShards]
}

// get returns nil when the roster is to be read; epoch is for put.
func (c *rosterCache) get(owner jid.JID) (r *ownRoster, epoch uint64) {
	sh := c.shard(owner)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	e := sh.m[owner]
	if e == nil || c.now().Sub(e.read) > rosterCacheAge {
		return nil, sh.epoch
	}
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e.roster, sh.epoch
}

// put keeps a roster that was read after get had returned epoch.
func (c *rosterCache) put(owner jid.JID, r *ownRoster, epoch uint64) {
	sh := c.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.epoch != epoch {
		return
	}
	sh.set(owner.Clone(), &cachedRoster{roster: r, read: c.now()})
}

func (sh *rosterShard) set(owner jid.JID, e *cachedRoster) {
	sh.drop(owner)
	sh.m[owner] = e
	sh.cost += len(e.roster.items) + rosterCacheCost
	for sh.cost > rosterCacheItems/rosterCacheShards && len(sh.m) > 1 {
		for k, old := range sh.m { // starts anywhere
			if old != e && !old.used.Swap(false) {
				sh.drop(k)
				break
			}
		}
	}
}

func (sh *rosterShard) drop(owner jid.JID) {
	if e := sh.m[owner]; e != nil {
		sh.cost -= len(e.roster.items) + rosterCacheCost
		delete(sh.m, owner)
	}
}

func (c *rosterCache) forget(owner jid.JID) {
	sh := c.shard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.epoch++
	sh.drop(owner)
}

// apply carries a committed change out in memory; if another change lies between, the roster is read again instead.
func (c *rosterCache) apply(ch *contactChange) {
	sh := c.shard(ch.owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.epoch++
	e := sh.m[ch.owner]
	if e == nil {
		return
	}
	if e.roster.serial != ch.serial-1 {
		sh.drop(ch.owner)
		return
	}
	sh.set(ch.owner.Clone(), &cachedRoster{roster: e.roster.with(ch), read: e.read})
}
