package telephony

import (
	"sync"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// table has the calls that go on, and counts them.
type table struct {
	cfg Config

	mu     sync.Mutex
	calls  map[*liveCall]bool
	ids    map[string]*liveCall
	users  map[jid.JID]int // calls that they have made
	trunks map[string]int  // calls that they have brought
	closed bool
	total  uint64 // that were ever begun
	busy   uint64 // that were refused because of a limit
	work   sync.WaitGroup
}

func newTable(c Config) *table {
	return &table{cfg: c, calls: make(map[*liveCall]bool), ids: make(map[string]*liveCall), users: make(map[jid.JID]int), trunks: make(map[string]int)}
}

// add takes a call in that was made for a reason which limits do not stop, or that is within them.
func (t *table) add(c *liveCall, always bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return fault.New(fault.Unavailable, "the server is being stopped")
	case always:
	case len(t.calls) >= t.cfg.Calls:
		t.busy++
		return fault.New(fault.Limit, "there are too many calls")
	case c.caller.Inside() && t.users[c.caller.User] >= t.cfg.CallsPerUser:
		t.busy++
		return fault.New(fault.Limit, "you have too many calls")
	case c.caller.Trunk != "" && t.trunks[c.caller.Trunk] >= t.cfg.CallsPerTrunk:
		t.busy++
		return fault.New(fault.Limit, "there are too many calls of this trunk")
	}
	t.calls[c], t.ids[c.machine.id] = true, c
	t.total++
	t.work.Add(1)
	if c.caller.Inside() {
		t.users[c.caller.User]++
	}
	if c.caller.Trunk != "" {
		t.trunks[c.caller.Trunk]++
	}
	return nil
}

func (t *table) remove(c *liveCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.calls, c)
	delete(t.ids, c.machine.id)
	if u := c.caller.User; c.caller.Inside() {
		if t.users[u]--; t.users[u] == 0 {
			delete(t.users, u)
		}
	}
	if k := c.caller.Trunk; k != "" {
		if t.trunks[k]--; t.trunks[k] == 0 {
			delete(t.trunks, k)
		}
	}
	t.work.Done()
}

// find is the call with an ID; nil when it is over.
func (t *table) find(id string) *liveCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[id]
}

func (t *table) list() []*liveCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]*liveCall, 0, len(t.calls))
	for c := range t.calls {
		list = append(list, c)
	}
	return list
}

// close lets no more in and waits for those that are there, which have been told to end.
func (t *table) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.work.Wait()
}

// Stats are figures about calls.
type Stats struct {
	Calls, Limit   int
	Begun, Refused uint64
}

// Stats reads the figures.
func (s *Service) Stats() Stats {
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{len(t.calls), t.cfg.Calls, t.total, t.busy}
}
