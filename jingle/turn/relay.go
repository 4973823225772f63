package turn

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	pion "github.com/pion/turn/v5"

	"plenum/xmppd/fault"
)

// generator opens relayed addresses for the clients of one socket.
type generator struct {
	server *Server

	mu     sync.Mutex
	closed bool
	open   map[*relayed]struct{}
}

func newGenerator(s *Server) *generator { return &generator{server: s, open: map[*relayed]struct{}{}} }

// errOnlyUDP refuses addresses of RFC 6062: no client of XMPP or WebRTC asks for them, and they would be a way to make TCP
// connections in the server's name.
var errOnlyUDP = fault.New(fault.Unavailable, "only UDP is relayed")

// Validate implements pion's RelayAddressGenerator.
func (g *generator) Validate() error { return nil }

// AllocateListener implements pion's RelayAddressGenerator.
func (g *generator) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

// AllocateConn implements pion's RelayAddressGenerator.
func (g *generator) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyUDP }

// AllocatePacketConn implements pion's RelayAddressGenerator. Without a user it only looks for a free port (RFC 8656 §7.2,
// EVEN-PORT).
func (g *generator) AllocatePacketConn(want pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	s := g.server
	at := slices.IndexFunc(s.local, func(ip netip.Addr) bool { return ip.Is4() == (want.Network == "udp4") })
	if at < 0 {
		return nil, nil, fault.New(fault.Unavailable, "this server has no address of that IP version")
	}
	if err := s.places.take(want.UserID); err != nil {
		return nil, nil, err
	}
	conn, err := g.bind(s.local[at], want.RequestedPort)
	if err != nil {
		s.places.giveBack(want.UserID)
		return nil, nil, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	r := &relayed{UDPConn: conn, by: g, user: want.UserID, local: s.local[at], outside: s.outside(s.local[at]), port: port}
	s.peers.opened(port, 1)
	now := time.Now()
	r.in.rate, r.out.rate = float64(s.cfg.Bandwidth), float64(s.cfg.Bandwidth)
	r.in.start(now)
	r.out.start(now)
	if !g.add(r) {
		_ = r.Close()
		return nil, nil, net.ErrClosed
	}
	if want.UserID != "" {
		s.figures.taken.Add(1)
	}
	return r, net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.outside, port)), nil
}

// bind opens a port of the range: one that was asked for, or the next free one from a place that nobody can guess.
func (g *generator) bind(ip netip.Addr, port int) (*net.UDPConn, error) {
	first := g.server.deps.Relay
	if port != 0 {
		if port < first || port >= first+RelayPorts {
			return nil, fault.New(fault.Invalid, "that port is not one of the relay")
		}
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(port))))
	}
	begin := rand.IntN(RelayPorts)
	var last error
	for i := range RelayPorts {
		port := first + (begin+i)%RelayPorts
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(port))))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, fault.Wrap(fault.Limit, last, "no port of the relay is free")
}

// outside is how others see a local address.
func (s *Server) outside(local netip.Addr) netip.Addr {
	for _, ip := range s.deps.External {
		if ip.Is4() == local.Is4() {
			return ip
		}
	}
	return local
}

func (g *generator) add(r *relayed) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.open[r] = struct{}{}
	return true
}

// close ends all relayed addresses; there will be no more.
func (g *generator) close() {
	g.mu.Lock()
	g.closed = true
	open := g.open
	g.open = nil
	g.mu.Unlock()
	for r := range open {
		_ = r.Close()
	}
}

// relayed is one relayed address. What it is given to send, and what it receives, goes only where peers allows.
type relayed struct {
	*net.UDPConn
	by             *generator
	user           string
	local, outside netip.Addr
	port           uint16
	in, out        bucket

	once sync.Once
}

// Close gives the place back. When it returns that is done, whoever has called it first.
func (r *relayed) Close() error {
	err := net.ErrClosed
	r.once.Do(func() {
		r.by.server.peers.opened(r.port, -1)
		err = r.UDPConn.Close()
		r.by.server.places.giveBack(r.user)
		r.by.mu.Lock()
		delete(r.by.open, r)
		r.by.mu.Unlock()
	})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// WriteTo sends a packet of the client to a peer. What is not allowed is dropped: nobody waits for an answer.
func (r *relayed) WriteTo(b []byte, to net.Addr) (int, error) {
	s := r.by.server
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, net.InvalidAddrError("not UDP")
	}
	peer := udp.AddrPort()
	if !s.peers.may(peer) {
		s.figures.refusedPeers.Add(1)
		return len(b), nil
	}
	if !r.out.take(len(b), time.Now()) {
		s.figures.overBandwidth.Add(1)
		return len(b), nil
	}
	s.figures.toPeers.Add(int64(len(b)))
	return r.UDPConn.WriteToUDPAddrPort(b, netip.AddrPortFrom(r.inside(plain(peer.Addr())), peer.Port()))
}

// ReadFrom gives the next packet that a peer has sent. One that fills b may be cut and is dropped.
func (r *relayed) ReadFrom(b []byte) (int, net.Addr, error) {
	s := r.by.server
	for {
		n, from, err := r.UDPConn.ReadFromUDPAddrPort(b)
		if err != nil {
			return 0, nil, err
		}
		peer := netip.AddrPortFrom(r.seen(plain(from.Addr())), from.Port())
		switch {
		case n == len(b):
		case !s.peers.may(peer):
			s.figures.refusedPeers.Add(1)
		case !r.in.take(n, time.Now()):
			s.figures.overBandwidth.Add(1)
		default:
			s.figures.fromPeers.Add(int64(n))
			return n, net.UDPAddrFromAddrPort(peer), nil
		}
	}
}

// inside is where to send what is for an address of this server as others see it: a router in front of it need not pass it back.
func (r *relayed) inside(ip netip.Addr) netip.Addr {
	if ip == r.outside {
		return r.local
	}
	return ip
}

// seen is the contrary of inside.
func (r *relayed) seen(ip netip.Addr) netip.Addr {
	if ip == r.local {
		return r.outside
	}
	return ip
}

// bucket bounds what passes in a second; as much as passes in one may come at once. One goroutine takes at a time, but a client's
// packets may be taken by several.
type bucket struct {
	rate float64

	mu   sync.Mutex
	left float64
	last time.Time
}

func (b *bucket) start(now time.Time) { b.left, b.last = b.rate, now }

func (b *bucket) take(n int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.rate, b.left+b.rate*max(0, now.Sub(b.last).Seconds()))
	b.last = now
	if b.left < float64(n) {
		return false
	}
	b.left -= float64(n)
	return true
}
