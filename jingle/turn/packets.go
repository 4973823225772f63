package turn

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"plenum/xmppd/lru"
)

// What one place may ask over UDP, where the sender of a request can be forged and its answer is larger. An office behind one address whose
// people all begin a call together stays far below; data that is relayed does not count.
const (
	requestsPerSecond = 200 // with a second's worth at once
	requestPlaces     = 4096
)

// socketPause is how long a socket rests after a fault of the system, such as no memory.
const socketPause = 100 * time.Millisecond

// packets is a UDP socket that drops what comes too often, and that goes on after faults: pion would stop reading.
type packets struct {
	net.PacketConn
	figures *figures
	from    *lru.Cache[netip.Addr, *bucket] // the reader's
	failed  chan error
}

func newPackets(conn net.PacketConn, f *figures) *packets {
	return &packets{PacketConn: conn, figures: f, from: lru.New[netip.Addr, *bucket](requestPlaces), failed: make(chan error, 1)}
}

// ReadFrom is called by one goroutine.
func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := p.PacketConn.ReadFrom(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			select {
			case p.failed <- err:
			default:
			}
			return 0, nil, err
		case err != nil:
			<-time.After(socketPause)
		case isRequest(b[:n]) && p.tooMany(from):
			p.figures.throttled.Add(1)
		default:
			return n, from, nil
		}
	}
}

// isRequest reports whether a packet is a STUN request (RFC 8489 §5): those are answered whoever sends them.
func isRequest(b []byte) bool { return len(b) >= 2 && b[0]&0xc1 == 0 && b[1]&0x10 == 0 }

func (p *packets) tooMany(from net.Addr) bool {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return true
	}
	place, now := placeOf(udp.AddrPort().Addr()), time.Now()
	b, ok := p.from.Get(place)
	if !ok {
		b = &bucket{rate: requestsPerSecond}
		b.start(now)
		p.from.Put(place, b)
	}
	return !b.take(1, now)
}

// placeOf is an IPv4 address, or the network of an IPv6 address that one line has.
func placeOf(ip netip.Addr) netip.Addr {
	ip = plain(ip)
	if ip.Is4() {
		return ip
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return network.Addr()
}
