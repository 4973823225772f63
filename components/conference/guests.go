package conference

import (
	"encoding/json"
	"net/netip"
	"slices"
	"sync"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
)

// guestTable knows the guests who have logged in on this node, and how many there are on others.
type guestTable struct {
	mu        sync.Mutex
	byLocal   map[string]*guest
	elsewhere map[cluster.NodeID]count
	changed   chan struct{} // a token when other nodes have to be told
}

// guest is one from his login until his session is over.
type guest struct {
	room    jid.JID
	token   string
	session *xmppd.Session // nil until a resource is bound
	since   time.Time      // of the login
	enters  bucket
}

// count is how many guests a node has, by room.
type count map[jid.JID]int

func newGuestTable() guestTable {
	return guestTable{byLocal: map[string]*guest{}, elsewhere: map[cluster.NodeID]count{}, changed: make(chan struct{}, 1)}
}

// expectFor is how long a guest who has logged in may take to bind a resource. It is longer than the server lets him.
const expectFor = 2 * time.Minute

// expect takes in a guest who is about to log in, unless there are too many.
func (t *guestTable) expect(local string, a *directory.Access, perRoom, total int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetLate(time.Now())
	inRoom, all := t.count(a.Room)
	switch {
	case inRoom >= perRoom:
		return fault.New(fault.Limit, "all places for guests of this group are taken")
	case all >= total:
		return fault.New(fault.Limit, "all places for guests are taken")
	}
	t.byLocal[local] = &guest{room: a.Room, token: a.Token, since: time.Now(), enters: newBucket(entersPerMinute)}
	t.signal()
	return nil
}

// again takes in a guest who comes back, and may have been on another node.
func (t *guestTable) again(local string, a *directory.Access) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byLocal[local] == nil {
		t.byLocal[local] = &guest{room: a.Room, token: a.Token, since: time.Now(), enters: newBucket(entersPerMinute)}
		t.signal()
	}
}

// forgetLate drops who has not bound a resource in time.
func (t *guestTable) forgetLate(now time.Time) {
	for local, g := range t.byLocal {
		if g.session == nil && now.Sub(g.since) > expectFor {
			delete(t.byLocal, local)
			t.signal()
		}
	}
}

// count is how many guests there are in a room, and in all, on all nodes.
func (t *guestTable) count(room jid.JID) (inRoom, all int) {
	for _, g := range t.byLocal {
		if g.room == room {
			inRoom++
		}
	}
	all = len(t.byLocal)
	for _, node := range t.elsewhere {
		inRoom += node[room]
		for _, n := range node {
			all += n
		}
	}
	return inRoom, all
}

func (t *guestTable) signal() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// entersPerMinute is how often a guest may enter his room, or ask to be told everything again: it is told to all.
const entersPerMinute = 12

var errHasty = &xmppd.StanzaError{Type: "wait", Condition: "policy-violation", Text: "you enter too often"}

func (t *guestTable) mayEnter(local string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.byLocal[local]
	return g == nil || g.enters.take(time.Now())
}

// sessionStarted notes that a guest is there. He has one session: an older one ends.
func (c *Service) sessionStarted(x *xmppd.Session) {
	if !c.srv.IsGuest(x.JID()) {
		return
	}
	c.here.mu.Lock()
	if g := c.here.byLocal[x.JID().Local()]; g != nil {
		g.session = x
	}
	c.here.mu.Unlock()
	for _, t := range c.srv.Targets(x.JID().Bare()) {
		if t.SID != x.ID() {
			c.srv.CloseSession(t, "conflict", "you have come back")
		}
	}
}

func (c *Service) sessionEnded(x *xmppd.Session) {
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	if g := c.here.byLocal[x.JID().Local()]; c.srv.IsGuest(x.JID()) && g != nil && g.session == x {
		delete(c.here.byLocal, x.JID().Local())
		c.here.signal()
	}
}

// stale are the sessions of guests whose link is worth nothing any more.
func (t *guestTable) stale(valid func(*guest) bool) (list []*xmppd.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetLate(time.Now())
	for _, g := range t.byLocal {
		if g.session != nil && !valid(g) {
			list = append(list, g.session)
		}
	}
	return list
}

const (
	kindGuests   = "conference.guests" // how many guests the sender has, by room
	tellEvery    = 250 * time.Millisecond
	refreshEvery = 10 * time.Second // news may be lost
)

// watch tells other nodes how many guests are here, and ends the sessions of those who may not be here any longer. The room puts
// them out first, so that they learn why; this is for those who are in no room.
func (c *Service) watch() {
	sweep, refresh := time.NewTicker(sweepEvery), time.NewTicker(refreshEvery)
	defer sweep.Stop()
	defer refresh.Stop()
	doubtful := map[*xmppd.Session]bool{}
	for {
		select {
		case <-sweep.C:
			doubtful = c.endStale(doubtful)
			continue
		case <-refresh.C:
		case <-c.here.changed:
			select {
			case <-time.After(tellEvery):
			case <-c.ctx.Done():
				return
			}
		case <-c.ctx.Done():
			return
		}
		c.tellGuests()
	}
}

// endStale ends the sessions that were stale at the last look too.
func (c *Service) endStale(before map[*xmppd.Session]bool) (now map[*xmppd.Session]bool) {
	now = map[*xmppd.Session]bool{}
	for _, x := range c.here.stale(func(g *guest) bool {
		a, err := c.Access.Get(g.room)
		return err == nil && a.Token == g.token
	}) {
		if before[x] {
			x.Close("policy-violation", "guests are no longer let into this group")
		}
		now[x] = true
	}
	return now
}

// tally is what kindGuests carries, for each room.
type tally struct {
	Room jid.JID
	N    int
}

func (c *Service) tellGuests() {
	peers := c.srv.Node().Peers()
	n := count{}
	c.here.mu.Lock()
	for _, g := range c.here.byLocal {
		n[g.room]++
	}
	for node := range c.here.elsewhere {
		if !slices.Contains(peers, node) {
			delete(c.here.elsewhere, node)
		}
	}
	c.here.mu.Unlock()
	if len(peers) == 0 {
		return
	}
	list := make([]tally, 0, len(n))
	for room, k := range n {
		list = append(list, tally{room, k})
	}
	if b, err := json.Marshal(list); err == nil {
		c.srv.Announce(kindGuests, b)
	}
}

func (c *Service) heardGuests(from cluster.NodeID, b []byte) {
	var list []tally
	if err := json.Unmarshal(b, &list); err != nil {
		c.log.Error("another node's count of guests cannot be read", "node", from, "err", err)
		return
	}
	n := make(count, len(list))
	for _, t := range list {
		n[t.Room] = t.N
	}
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	c.here.elsewhere[from] = n
}

// bucket limits how often something may happen: perMinute times a minute, and as many at once.
type bucket struct {
	perMinute, tokens float64
	last              time.Time
}

func newBucket(perMinute int) bucket {
	return bucket{perMinute: float64(perMinute), tokens: float64(perMinute), last: time.Now()}
}

func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.tokens+now.Sub(b.last).Minutes()*b.perMinute, b.perMinute)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// trackedAddresses is how many addresses are remembered; the one that was not seen for the longest time is forgotten.
const trackedAddresses = 1 << 14

// rateTable counts logins by address.
type rateTable struct {
	perMinute int
	mu        sync.Mutex
	byAddr    *lru.Cache[netip.Addr, *bucket]
}

func newRateTable(perMinute int) rateTable {
	return rateTable{perMinute: perMinute, byAddr: lru.New[netip.Addr, *bucket](trackedAddresses)}
}

// take counts a login. Who comes from loopback is a proxy that speaks for many, or the machine itself.
func (r *rateTable) take(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.IsLoopback() {
		return true
	}
	if addr.Is6() {
		p, _ := addr.Prefix(64) // never fails for IPv6
		addr = p.Addr()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.byAddr.Get(addr)
	if !ok {
		fresh := newBucket(r.perMinute)
		b = &fresh
		r.byAddr.Put(addr, b)
	}
	return b.take(time.Now())
}
