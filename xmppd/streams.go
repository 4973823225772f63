package xmppd

import (
	"net"
	"net/netip"
	"sync"
)

// streamTable counts the connections and holds those that have no session yet; the others are reached by their session.
type streamTable struct {
	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	unbound   map[wire]struct{}
	total     int
	byAddr    map[netip.Addr]*addrCount
}

// addrCount is what one address has open. An IPv6 address counts as its /64, which is what one customer gets.
type addrCount struct{ all, unbound int }

// connLimits are the bounds of a streamTable.
type connLimits struct{ total, perAddr, unboundPerAddr int }

func (s *Server) connLimits() connLimits {
	return connLimits{s.cfg.Connections, s.cfg.ConnectionsPerAddress, s.cfg.LoginsPerAddress}
}

func network(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is6() {
		p, _ := a.Prefix(64) // never fails for IPv6
		return p.Addr()
	}
	return a
}

// admit counts a new connection in, or refuses it. Loopback is only bound by the total: who comes from there is a proxy
// that speaks for many, or the machine itself.
func (t *streamTable) admit(a netip.Addr, l connLimits) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.total >= l.total {
		return false
	}
	if counted(a) {
		c := t.byAddr[network(a)]
		if c == nil {
			c = &addrCount{}
			if t.byAddr == nil {
				t.byAddr = map[netip.Addr]*addrCount{}
			}
			t.byAddr[network(a)] = c
		}
		if c.all >= l.perAddr || c.unbound >= l.unboundPerAddr {
			return false
		}
		c.all++
		c.unbound++
	}
	t.total++
	return true
}

func counted(a netip.Addr) bool { return a.IsValid() && !a.IsLoopback() }

// bound notes that a connection of this address has logged in.
func (t *streamTable) bound(a netip.Addr) {
	if !counted(a) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byAddr[network(a)].unbound--
}

// leave undoes admit. Unbound says that bound was not called.
func (t *streamTable) leave(a netip.Addr, unbound bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	if !counted(a) {
		return
	}
	c := t.byAddr[network(a)]
	c.all--
	if unbound {
		c.unbound--
	}
	if c.all == 0 {
		delete(t.byAddr, network(a))
	}
}

// add makes w reachable for closeAll; false when the server is being stopped.
func (t *streamTable) add(w wire) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.unbound == nil {
		t.unbound = map[wire]struct{}{}
	}
	t.unbound[w] = struct{}{}
	return true
}

func (t *streamTable) drop(w wire) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.unbound, w)
}

func (t *streamTable) addListener(l net.Listener) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.listeners == nil {
		t.listeners = map[net.Listener]struct{}{}
	}
	t.listeners[l] = struct{}{}
	return true
}

func (t *streamTable) dropListener(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, l)
}

// closeListeners stops the accept loops; no connection is admitted afterwards.
func (t *streamTable) closeListeners() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for l := range t.listeners {
		l.Close()
	}
}

// closeAll ends the streams that are not bound yet with a stream error.
func (t *streamTable) closeAll(condition string) {
	for _, w := range t.unboundWires() {
		w.interrupt(condition)
	}
}

// cutAll drops the connections that are not bound yet.
func (t *streamTable) cutAll() {
	for _, w := range t.unboundWires() {
		w.close()
	}
}

func (t *streamTable) unboundWires() []wire {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]wire, 0, len(t.unbound))
	for w := range t.unbound {
		list = append(list, w)
	}
	return list
}
