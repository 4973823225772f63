package register

import (
	"net/netip"
	"sync"
	"time"
)

const (
	limitWindow    = time.Hour
	limitAddresses = 100_000 // how many addresses are remembered; beyond it all wait
)

// addressLimit counts what each address did within a window.
type addressLimit struct {
	max int

	mu    sync.Mutex
	since time.Time
	count map[netip.Addr]int
}

func newAddressLimit(n int) *addressLimit {
	return &addressLimit{max: n, count: map[netip.Addr]int{}}
}

// has reports whether an address may do one more; take counts it. Loopback, and connections without an address, are not limited.
func (l *addressLimit) has(ap netip.AddrPort) bool { return l.add(ap, 0) }

func (l *addressLimit) take(ap netip.AddrPort) bool { return l.add(ap, 1) }

func (l *addressLimit) add(ap netip.AddrPort, n int) bool {
	a := ap.Addr().Unmap()
	if !a.IsValid() || a.IsLoopback() {
		return true
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil { // a household has as many addresses as it likes
			a = p.Addr()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.since) > limitWindow {
		l.since = now
		clear(l.count)
	}
	have, known := l.count[a]
	if have >= l.max || !known && len(l.count) >= limitAddresses {
		return false
	}
	if n > 0 {
		l.count[a] = have + n
	}
	return true
}
