package siptest

import (
	"bytes"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A Wire joins packet sockets in memory. The zero value loses nothing.
type Wire struct {
	mu   sync.Mutex
	ends map[netip.AddrPort]*end
	lose func(from, to netip.AddrPort, b []byte) bool
}

// Lose says which packets are lost; nil: none.
func (w *Wire) Lose(lose func(from, to netip.AddrPort, b []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose = lose
}

// Listen makes a socket with an address.
func (w *Wire) Listen(address string) net.PacketConn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends == nil {
		w.ends = make(map[netip.AddrPort]*end)
	}
	e := &end{wire: w, local: netip.MustParseAddrPort(address), in: make(chan packet, 1000), closed: make(chan struct{})}
	w.ends[e.local] = e
	return e
}

// peer is who gets a packet, nil when it is lost.
func (w *Wire) peer(from, to netip.AddrPort, b []byte) *end {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lose != nil && w.lose(from, to, b) {
		return nil
	}
	return w.ends[to]
}

type packet struct {
	b    []byte
	from netip.AddrPort
}

type end struct {
	wire   *Wire
	local  netip.AddrPort
	in     chan packet
	closed chan struct{}
	once   sync.Once
}

// ReadFrom implements [net.PacketConn].
func (e *end) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-e.in:
		return copy(b, p.b), net.UDPAddrFromAddrPort(p.from), nil
	case <-e.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements [net.PacketConn].
func (e *end) WriteTo(b []byte, to net.Addr) (int, error) {
	if other := e.wire.peer(e.local, to.(*net.UDPAddr).AddrPort(), b); other != nil {
		select {
		case other.in <- packet{bytes.Clone(b), e.local}:
		default: // as a socket's buffer overflows
		}
	}
	return len(b), nil
}

// Close implements [net.PacketConn].
func (e *end) Close() error {
	e.once.Do(func() { close(e.closed) })
	return nil
}

// LocalAddr implements [net.PacketConn].
func (e *end) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(e.local) }

// SetDeadline and the others implement [net.PacketConn]: there are no deadlines.
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }
