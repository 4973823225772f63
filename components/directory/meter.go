package directory

import (
	"sync"
	"time"

	"plenum/xmppd/fault"
)

// TrunkMeter counts the calls of trunks on this node and keeps to their limits. The zero value is ready; all methods may be called from any goroutine.
type TrunkMeter struct {
	mu     sync.Mutex
	trunks map[string]*trunkCount
}

type trunkCount struct {
	calls int
	costs []time.Time // when the international and premium calls of the last hour began, the oldest first
}

// Begin counts a call in or out, until end is called; end may be called more than once. Calls that come in have NationalNumber. fault.Limit says that a
// limit is reached; emergency calls have none, but count.
func (m *TrunkMeter) Begin(t *Trunk, class NumberClass, now time.Time) (end func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trunks == nil {
		m.trunks = make(map[string]*trunkCount)
	}
	c := m.trunks[t.ID]
	if c == nil {
		c = &trunkCount{}
		m.trunks[t.ID] = c
	}
	if class != EmergencyNumber && t.MaxCalls > 0 && c.calls >= t.MaxCalls {
		return nil, fault.Newf(fault.Limit, "the trunk %s has %d calls, and more are not allowed", t.Name, c.calls)
	}
	if class.Costs() {
		for len(c.costs) > 0 && now.Sub(c.costs[0]) >= time.Hour {
			c.costs = c.costs[1:]
		}
		if len(c.costs) >= t.Policy.perHour() {
			return nil, fault.Newf(fault.Limit, "the trunk %s took %d international and premium calls in an hour, and more are not allowed", t.Name, len(c.costs))
		}
		c.costs = append(c.costs, now)
	}
	c.calls++
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		c.calls--
	}), nil
}

// Calls returns how many calls a trunk has on this node.
func (m *TrunkMeter) Calls(trunk string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.trunks[trunk]; c != nil {
		return c.calls
	}
	return 0
}
