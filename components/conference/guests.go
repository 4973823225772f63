package conference

import (
	"net/netip"
	"sync"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// guestTable knows the guests who have logged in on this node, and how many there are on others.
type guestTable struct {
	mu        sync.Mutex
	byLocal   map[string]*guest
	elsewhere map[cluster.NodeID]nodeNews
	changed   chan struct{} // a token when other nodes have to be told
}

// guest is one from his login until his session is over.
type guest struct {
	room    jid.JID
	token   string
	addr    netip.Addr
	session *xmppd.Session // nil until a resource is bound, and for telephones
	phone   bool
	since   time.Time // of the login
	enters  bucket
}

// count is how many guests a node has, by room.
type count map[jid.JID]int

// Meetings are the conferences that go on.
type Meetings struct {
	Running int // waiting and held ones too
	People  int // who take part
	Waiting int // who are to be let in, or wait for a moderator
}

// Conference is what the conference of one room is doing.
type Conference struct {
	State   string // idle, waiting, live, hold or ended
	People  int    // who take part
	Waiting int
}

// nodeNews is what a node has told of itself.
type nodeNews struct {
	guests      count
	conferences map[jid.JID]Conference
}

func newGuestTable() guestTable {
	return guestTable{byLocal: map[string]*guest{}, elsewhere: map[cluster.NodeID]nodeNews{}, changed: make(chan struct{}, 1)}
}

// expectFor is how long a guest who has logged in may take to bind a resource. It is longer than the server lets him.
const expectFor = 2 * time.Minute

// expect takes in a guest who is about to log in, unless there are too many.
func (t *guestTable) expect(local string, a *directory.Access, addr netip.Addr, perRoom, total int) error {
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
	t.byLocal[local] = &guest{room: a.Room, token: a.Token, addr: addr, since: time.Now(), enters: newBucket(entersPerMinute)}
	t.signal()
	return nil
}

// admitPhone takes in a guest who has dialled in, unless there are too many.
func (t *guestTable) admitPhone(id string, a *directory.Access, perRoom, total int) error {
	if err := t.expect(id, a, netip.Addr{}, perRoom, total); err != nil {
		return err
	}
	t.keepPhone(id, a)
	return nil
}

// keepPhone takes in a guest who is at the telephone whether there is a place or not: he had one until now.
func (t *guestTable) keepPhone(id string, a *directory.Access) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byLocal[id] = &guest{room: a.Room, token: a.Token, phone: true, since: time.Now()}
	t.signal()
}

// dropPhone forgets one who has hung up.
func (t *guestTable) dropPhone(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byLocal, id)
	t.signal()
}

// again takes in a guest who comes back, and may have been on another node.
func (t *guestTable) again(local string, a *directory.Access, addr netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.byLocal[local]; g != nil {
		g.addr = addr
	} else {
		t.byLocal[local] = &guest{room: a.Room, token: a.Token, addr: addr, since: time.Now(), enters: newBucket(entersPerMinute)}
		t.signal()
	}
}

// forgetLate drops who has not bound a resource in time.
func (t *guestTable) forgetLate(now time.Time) {
	for local, g := range t.byLocal {
		if g.session == nil && !g.phone && now.Sub(g.since) > expectFor {
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
		inRoom += node.guests[room]
		for _, n := range node.guests {
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
