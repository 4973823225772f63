package turn

import (
	"sync"

	"plenum/xmppd/fault"
)

// places counts the relayed addresses of this server.
type places struct {
	perUser, total int

	mu    sync.Mutex
	taken map[string]int // by user
	all   int
}

func newPlaces(perUser, total int) *places {
	return &places{perUser: perUser, total: total, taken: map[string]int{}}
}

// free reports whether a user may have one more.
func (p *places) free(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all < p.total && p.taken[user] < p.perUser
}

func (p *places) take(user string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.total || p.taken[user] >= p.perUser {
		return fault.New(fault.Limit, "there are no more relayed addresses")
	}
	p.all++
	p.taken[user]++
	return nil
}

func (p *places) giveBack(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.taken[user]--; p.taken[user] == 0 {
		delete(p.taken, user)
	}
}

func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}
