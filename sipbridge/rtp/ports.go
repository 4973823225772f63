package rtp

import (
	"net"
	"net/netip"
	"sync"

	"plenum/sipbridge/dscp"
	"plenum/xmppd/fault"
)

// A ports is the range that pairs of ports are taken from, one after another: what has just been given back is taken last, since
// packets of the call before may still come.
type ports struct {
	first, pairs int
	dscp         int // of what is sent

	mu    sync.Mutex
	next  int
	taken []bool
}

func newPorts(first, last, dscp int) ports {
	first += first & 1
	n := (last - first + 1) / 2
	return ports{first: first, pairs: n, dscp: dscp, taken: make([]bool, n)}
}

// take opens sockets on a free pair, passing over ports that others have. It fails with fault.Limit.
func (p *ports) take(at netip.Addr) (rtp, rtcp *net.UDPConn, port int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.pairs {
		i := p.next
		p.next = (p.next + 1) % p.pairs
		if p.taken[i] {
			continue
		}
		port = p.first + 2*i
		if rtp, err = p.listen(at, port); err != nil {
			continue
		}
		if rtcp, err = p.listen(at, port+1); err != nil {
			_ = rtp.Close()
			continue
		}
		p.taken[i] = true
		return rtp, rtcp, port, nil
	}
	if err == nil {
		err = errPorts
	}
	return nil, nil, 0, fault.Wrap(fault.Limit, err, "no port is free for the sound of another call")
}

// give takes a pair back whose sockets are closed.
func (p *ports) give(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[(port-p.first)/2] = false
}

// inUse is how many pairs are taken.
func (p *ports) inUse() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.taken {
		if t {
			n++
		}
	}
	return n
}

func (p *ports) listen(at netip.Addr, port int) (*net.UDPConn, error) {
	network := "udp6"
	if at.Is4() {
		network = "udp4"
	}
	c, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, uint16(port))))
	if err == nil {
		_ = dscp.Mark(c, p.dscp) // a system that cannot mark sends all the same
	}
	return c, err
}
