package xmppd

import (
	"bytes"
	"hash/maphash"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/jid"
)

// ownRoster is an account's contacts as they are kept in memory; immutable. All text lies in one string and is shared by what is
// given out: 20 contacts with names and groups take 1.5 KiB.
type ownRoster struct {
	version  int64       // 0 for an account that never had a contact
	serial   int64       // counts changes, those that clients do not see too
	requests int         // unanswered subscription requests
	text     string      // of each row: contact, name
	rows     []rosterRow // by contact
	groups   [][]string  // the lists of groups that rows have, each once
}

// rosterRow says where the text of a contact ends and what else there is about it.
type rosterRow struct {
	contact, name uint32
	groups        uint32 // the number of the list, from 1; 0 for none
	state         subState
	approved      bool
}

var noRoster = &ownRoster{}

func (r *ownRoster) versionText() string { return strconv.FormatInt(r.version, 10) }

func (r *ownRoster) len() int { return len(r.rows) }

// contact is the address in row i.
func (r *ownRoster) contact(i int) string {
	start := uint32(0)
	if i > 0 {
		start = r.rows[i-1].name
	}
	return r.text[start:r.rows[i].contact]
}

// item is row i as everybody else sees it.
func (r *ownRoster) item(i int) RosterItem {
	row := &r.rows[i]
	item := RosterItem{
		Contact: jid.Canonical(r.contact(i)), Name: r.text[row.contact:row.name],
		Subscription: row.state.subscription(), Ask: row.state.pendingOut(), Approved: row.approved,
	}
	if row.groups > 0 {
		item.Groups = r.groups[row.groups-1]
	}
	return item
}

func (r *ownRoster) items() iter.Seq[RosterItem] {
	return func(yield func(RosterItem) bool) {
		for i := range r.rows {
			if !yield(r.item(i)) {
				return
			}
		}
	}
}

func (r *ownRoster) find(contact jid.JID) (int, bool) {
	return sort.Find(r.len(), func(i int) int { return strings.Compare(contact.String(), r.contact(i)) })
}

// with is the roster after a change of one contact.
func (r *ownRoster) with(ch *contactChange) *ownRoster {
	b := rosterBuilder{version: ch.version, serial: ch.serial, requests: r.requests}
	if ch.before.request != nil {
		b.requests--
	}
	if ch.after.request != nil {
		b.requests++
	}
	contact := ch.contact.String()
	for i, row := range r.rows {
		if c := r.contact(i); c != contact {
			rec := record{state: row.state, approved: row.approved, name: r.text[row.contact:row.name]}
			if row.groups > 0 {
				rec.groups = strings.Join(r.groups[row.groups-1], groupSeparator)
			}
			b.add(c, &rec)
		}
	}
	if ch.after.listed {
		b.add(contact, &ch.after)
	}
	return b.build()
}

// rosterBuilder puts a roster together.
type rosterBuilder struct {
	version  int64
	serial   int64
	requests int
	text     []byte
	rows     []builderRow
}

// builderRow says where the contact, the name and the groups of a row lie in the text: each begins where the one before ends.
type builderRow struct {
	start, contact, name, end uint32
	state                     subState
	approved                  bool
}

// add takes a listed contact, in any order, each once.
func (b *rosterBuilder) add(contact string, r *record) {
	j, err := jid.Parse(contact)
	if err != nil || r.state >= subStates {
		return
	}
	if b.rows == nil {
		const usual = 32
		b.rows, b.text = make([]builderRow, 0, usual), make([]byte, 0, usual*len(contact)*2)
	}
	row := builderRow{start: uint32(len(b.text)), state: r.state, approved: r.approved}
	b.text = append(b.text, j.String()...)
	row.contact = uint32(len(b.text))
	b.text = append(b.text, r.name...)
	row.name = uint32(len(b.text))
	b.text = append(b.text, r.groups...)
	row.end = uint32(len(b.text))
	b.rows = append(b.rows, row)
}

func (b *rosterBuilder) build() *ownRoster {
	r := &ownRoster{version: b.version, serial: b.serial, requests: b.requests}
	if len(b.rows) == 0 {
		return r
	}
	slices.SortFunc(b.rows, func(x, y builderRow) int { return bytes.Compare(b.text[x.start:x.contact], b.text[y.start:y.contact]) })
	r.rows = make([]rosterRow, len(b.rows))
	size := 0
	for i := range b.rows {
		size += int(b.rows[i].name - b.rows[i].start)
	}
	var text strings.Builder
	text.Grow(size)
	var lists map[string]uint32
	for i := range b.rows {
		in, row := &b.rows[i], &r.rows[i]
		text.Write(b.text[in.start:in.name])
		row.name = uint32(text.Len())
		row.contact = row.name - (in.name - in.contact)
		row.state, row.approved = in.state, in.approved
		if in.end == in.name {
			continue
		}
		groups := string(b.text[in.name:in.end])
		if row.groups = lists[groups]; row.groups == 0 {
			r.groups = append(r.groups, strings.Split(groups, groupSeparator))
			row.groups = uint32(len(r.groups))
			if lists == nil {
				lists = map[string]uint32{}
			}
			lists[groups] = row.groups
		}
	}
	r.text = text.String()
	return r
}

const (
	// rosterCacheItems is how many contacts are kept in memory over all accounts, each roster counted as some more for
	// itself: 50,000 users with 20 contacts fit. It bounds the cache to about 150 MB.
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
	sh.cost += e.roster.len() + rosterCacheCost
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
		sh.cost -= e.roster.len() + rosterCacheCost
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
