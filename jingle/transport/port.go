package transport

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// holdAddress is how long an address stays with the transport whose checks last came from there when another one's come: longer than
	// any client waits between two. So a spoofed check does not take it away, and a port that a NAT gives to somebody else is soon his.
	holdAddress = 5 * time.Second
	// maxAddresses is how many addresses one transport may have; a peer with more is playing.
	maxAddresses = 64
)

// A port is one socket, or one listener with its streams, and what is known of the addresses it hears from.
type port struct {
	engine *Engine
	local  netip.AddrPort
	tcp    bool
	out    *queue // of the socket; streams have their own

	mu    sync.RWMutex
	peers map[netip.AddrPort]*peer
	used  map[*Transport]int // how many addresses each has
}

// A peer is one remote address.
type peer struct {
	owner   *Transport    // who gets DTLS and media from there
	checked time.Duration // when the owner last answered an authenticated check from there
	asked   []*Transport  // who sent checks there, and is waiting for answers
	stream  *stream       // nil for UDP
}

// users are all transports that use the address.
func (r *peer) users() []*Transport {
	if r.owner == nil || slices.Contains(r.asked, r.owner) {
		return r.asked
	}
	return append(slices.Clone(r.asked), r.owner)
}

func newPort(e *Engine, local netip.AddrPort, tcp bool) *port {
	return &port{engine: e, local: local, tcp: tcp, peers: map[netip.AddrPort]*peer{}, used: map[*Transport]int{}}
}

// deliver hands one packet from the network on. b is used again after it returns.
func (p *port) deliver(b []byte, from netip.AddrPort) {
	if len(b) > maxPacket {
		p.engine.counters.drop(Oversize)
		return
	}
	switch protocolOf(b) {
	case protocolSTUN:
		p.deliverSTUN(b, from)
	case protocolDTLS:
		if t := p.owner(from); t != nil {
			t.receiveDTLS(b)
		}
	case protocolRTP:
		if t := p.owner(from); t != nil {
			t.receive(b)
		}
	default:
		p.engine.counters.drop(NoProtocol)
	}
}

func (p *port) owner(from netip.AddrPort) *Transport {
	p.mu.RLock()
	var t *Transport
	if r := p.peers[from]; r != nil {
		t = r.owner
	}
	p.mu.RUnlock()
	if t == nil {
		p.engine.counters.drop(NotOurs)
	}
	return t
}

// deliverSTUN hands a check to the transport that it names, an answer to those who sent checks to where it comes from.
func (p *port) deliverSTUN(b []byte, from netip.AddrPort) {
	switch stunType(b) {
	case 0:
		p.engine.counters.drop(Stranger)
	case bindingRequest:
		if t := p.engine.transport(stunUfrag(b)); t != nil {
			t.receiveSTUN(p, b, from)
		} else {
			p.engine.counters.drop(Stranger)
		}
	default:
		p.mu.RLock()
		var to []*Transport
		if r := p.peers[from]; r != nil {
			to = r.asked
		}
		p.mu.RUnlock() // the list is replaced, never changed
		if len(to) == 0 {
			p.engine.counters.drop(Stranger)
		}
		for _, t := range to {
			t.receiveSTUN(p, b, from)
		}
	}
}

// peer returns the entry of an address for a transport that uses it, nil when it may have no more.
func (p *port) peer(t *Transport, at netip.AddrPort) *peer {
	r := p.peers[at]
	if r != nil && slices.Contains(r.users(), t) {
		return r
	}
	if t.closed.Load() || p.used[t] >= maxAddresses {
		return nil
	}
	if r == nil {
		if p.tcp {
			return nil // its stream is gone
		}
		r = &peer{}
		p.peers[at] = r
	}
	p.used[t]++
	return r
}

// ask notes that a transport sends checks to an address.
func (p *port) ask(t *Transport, at netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.peer(t, at); r != nil && !slices.Contains(r.asked, t) {
		r.asked = append(slices.Clone(r.asked), t)
	}
}

// claim notes that an authenticated check for the transport came from an address.
func (p *port) claim(t *Transport, at netip.AddrPort) {
	now := p.engine.clock()
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.peer(t, at)
	if r == nil {
		return
	}
	if before := r.owner; before != nil && before != t {
		if now-r.checked < holdAddress {
			p.release(r, t) // which peer counted
			return
		}
		r.owner = nil
		p.release(r, before)
	}
	r.owner, r.checked = t, now
}

// release counts one address less for a transport that does not use it any more.
func (p *port) release(r *peer, t *Transport) {
	if slices.Contains(r.users(), t) {
		return
	}
	if p.used[t]--; p.used[t] <= 0 {
		delete(p.used, t)
	}
}

// uses reports whether the transport has anything to do with the address.
func (p *port) uses(t *Transport, at netip.AddrPort) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	r := p.peers[at]
	return r != nil && slices.Contains(r.users(), t)
}

// forget takes a closed transport out of the table.
func (p *port) forget(t *Transport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used[t] == 0 {
		return
	}
	delete(p.used, t)
	for at, r := range p.peers {
		if r.owner == t {
			r.owner = nil
			if r.stream != nil {
				r.stream.close()
			}
		}
		if slices.Contains(r.asked, t) {
			r.asked = slices.DeleteFunc(slices.Clone(r.asked), func(other *Transport) bool { return other == t })
		}
		if r.stream == nil && r.owner == nil && len(r.asked) == 0 {
			delete(p.peers, at)
		}
	}
}

// queueTo is where packets to an address are put, nil when there is no way.
func (p *port) queueTo(to netip.AddrPort) *queue {
	if !p.tcp {
		return p.out
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if r := p.peers[to]; r != nil && r.stream != nil {
		return r.stream.out
	}
	return nil
}

// read is the body of a socket's reader.
func (p *port) read(s Socket) {
	list := make([]Arrival, reads)
	for i := range list {
		list[i].Data = make([]byte, maxPacket+1) // one more, to tell a packet that was cut
	}
	for {
		n, err := s.ReadBatch(list)
		if p.engine.isClosed() {
			return
		}
		if err != nil { // an ICMP error of a peer; a socket that is broken for good is closed, which ends the engine's use of it
			if !transient(err) {
				p.engine.log.Error("a media socket cannot be read any more", "address", p.local, "error", err)
				return
			}
			continue
		}
		p.deliverAll(list[:n])
	}
}

// deliverAll hands packets on, and gathers what comes of it, so that the packets of a picture leave together for each receiver.
func (p *port) deliverAll(list []Arrival) {
	e := p.engine
	e.holds.n.Add(1)
	since := e.clock()
	for i := range list {
		a := &list[i]
		p.deliver(a.Data, unmap(a.From))
		a.Data = a.Data[:cap(a.Data)]
		if i < len(list)-1 {
			if now := e.clock(); now-since > holdTime {
				e.flush()
				since = now
			}
		}
	}
	e.holds.n.Add(-1)
	e.flush()
}
