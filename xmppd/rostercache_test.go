package xmppd

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"plenum/xmppd/jid"
)

func owner(i int) jid.JID { return jid.MustParse(fmt.Sprintf("u%d@example.org", i)) }

func builtRoster(n int) *ownRoster {
	b := rosterBuilder{version: time.Now().UnixMilli(), serial: 1}
	for i := range n {
		groups := []string{"Colleagues", "Colleagues" + groupSeparator + "Friends"}[i%2]
		b.add(fmt.Sprintf("colleague%d@example.org", i), &record{state: stBoth, listed: true, name: fmt.Sprintf("Colleague Number %d", i), groups: groups})
	}
	return b.build()
}

func TestARosterOfTwentyIsSmall(t *testing.T) {
	const n, limit = 2000, 1792
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what other tests have left
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	c := newRosterCache(time.Now)
	for i := range n {
		c.put(owner(i), builtRoster(20), 0)
	}
	per := (heap() - before) / n
	t.Logf("%d bytes for each account", per)
	if per > limit {
		t.Errorf("%d bytes for each account are too many, the limit is %d", per, limit)
	}
	runtime.KeepAlive(c)
}

func TestARosterIsFoundByContact(t *testing.T) {
	r := builtRoster(25)
	if !slices.IsSortedFunc(slices.Collect(r.items()), func(a, b RosterItem) int { return a.Contact.Compare(b.Contact) }) {
		t.Error("the contacts are not in order")
	}
	for i := range 25 {
		j := jid.MustParse(fmt.Sprintf("colleague%d@example.org", i))
		at, ok := r.find(j)
		if !ok {
			t.Fatalf("%s is not found", j)
		}
		if item := r.item(at); item.Contact != j || item.Name != fmt.Sprintf("Colleague Number %d", i) || len(item.Groups) != 1+i%2 {
			t.Errorf("%s is %+v", j, item)
		}
	}
	if _, ok := r.find(jid.MustParse("colleague@example.org")); ok {
		t.Error("a stranger is found")
	}
}

func TestRosterCache(t *testing.T) {
	now := time.Now()
	c := newRosterCache(func() time.Time { return now })
	r1, r2 := &ownRoster{version: 100, serial: 1}, &ownRoster{version: 200, serial: 2}
	o := owner(1)
	want := func(sentence string, want *ownRoster) {
		t.Helper()
		if got, _ := c.get(o); got != want {
			t.Errorf("%s: %+v, want %+v", sentence, got, want)
		}
	}
	want("nothing is there at first", nil)
	_, epoch := c.get(o)
	c.put(o, r1, epoch)
	want("what was put is there", r1)
	_, epoch = c.get(o)
	c.forget(o)
	want("what was forgotten is not", nil)
	c.put(o, r1, epoch)
	want("what was read before something was forgotten is not put in", nil)
	_, epoch = c.get(o)
	c.put(o, r2, epoch)
	now = now.Add(rosterCacheAge + 1)
	want("what is too old is read again", nil)
}

func TestRosterCacheFollowsChanges(t *testing.T) {
	contact := jid.MustParse("juliet@example.org")
	c := newRosterCache(time.Now)
	o := owner(1)
	c.put(o, builtRoster(3), 0)
	ch := contactChange{owner: o, contact: contact, after: record{listed: true, name: "J", state: stNonePendingOut}, version: 7, serial: 2}
	c.apply(&ch)
	r, _ := c.get(o)
	if i, ok := r.find(contact); !ok || r.len() != 4 || r.item(i).Name != "J" || !r.item(i).Ask || r.version != 7 || r.serial != 2 {
		t.Fatalf("after an addition: %+v", r)
	}
	old := r
	ch = contactChange{owner: o, contact: contact, before: ch.after, after: record{listed: true, state: stBoth, request: []byte("x")}, version: 8, serial: 3}
	c.apply(&ch)
	r, _ = c.get(o)
	if i, _ := r.find(contact); r.item(i).Subscription.String() != "both" || r.requests != 1 || r.len() != 4 {
		t.Fatalf("after a change: %+v", r)
	}
	if i, _ := old.find(contact); old.item(i).Name != "J" {
		t.Error("a roster that somebody may hold was changed")
	}
	ch = contactChange{owner: o, contact: contact, before: ch.after, version: 9, serial: 4}
	c.apply(&ch)
	r, _ = c.get(o)
	if _, ok := r.find(contact); ok || r.len() != 3 || r.requests != 0 {
		t.Fatalf("after a removal: %+v", r)
	}
	ch.serial = 6
	c.apply(&ch)
	if r, _ := c.get(o); r != nil {
		t.Error("a change that does not follow on what is there leaves it there")
	}
}

func TestRosterCacheIsBounded(t *testing.T) {
	c := newRosterCache(time.Now)
	r := &ownRoster{rows: make([]rosterRow, rosterCacheItems/rosterCacheShards/10)}
	keep := owner(0)
	c.put(keep, r, 0)
	for i := range 1000 {
		c.put(owner(i+1), r, 0)
		c.get(keep)
	}
	total := 0
	for i := range c.shards {
		sh := &c.shards[i]
		cost := 0
		for _, e := range sh.m {
			cost += e.roster.len() + rosterCacheCost
		}
		if cost != sh.cost || cost > rosterCacheItems/rosterCacheShards {
			t.Errorf("shard %d holds %d, says %d", i, cost, sh.cost)
		}
		total += len(sh.m)
	}
	if total < 100 {
		t.Errorf("only %d rosters are kept", total)
	}
	if got, _ := c.get(keep); got == nil {
		t.Error("a roster in constant use is gone")
	}
}

func BenchmarkRosterCacheGet(b *testing.B) {
	c := newRosterCache(time.Now)
	c.put(owner(1), builtRoster(20), 0)
	o, contact := owner(1), jid.MustParse("colleague7@example.org")
	b.ReportAllocs()
	for b.Loop() {
		r, _ := c.get(o)
		if _, ok := r.find(contact); !ok {
			b.Fatal("not found")
		}
	}
}
