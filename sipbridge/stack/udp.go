package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// maxDatagram is how long a datagram may be. Phones send up to some 6 kB; what is longer has been sent to keep us busy.
const maxDatagram = 16 << 10

// receiveBuffer holds what arrives in a burst: some thousand messages.
const receiveBuffer = 4 << 20

// A socket is one by which UDP comes and goes.
type socket struct {
	conn  net.PacketConn
	udp   *net.UDPConn // the same, when it is one: it reads and writes without garbage
	local netip.AddrPort
}

func (k *socket) read(buf []byte) (int, netip.AddrPort, error) {
	if k.udp != nil {
		n, from, err := k.udp.ReadFromUDPAddrPort(buf)
		return n, unmap(from), err
	}
	n, from, err := k.conn.ReadFrom(buf)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	remote, err := addrPort(from)
	return n, remote, err
}

func (k *socket) write(b []byte, to netip.AddrPort) (err error) {
	if k.udp != nil {
		_, err = k.udp.WriteToUDPAddrPort(b, to)
	} else {
		_, err = k.conn.WriteTo(b, net.UDPAddrFromAddrPort(to))
	}
	return err
}

// fits says whether a peer can be reached by the socket.
func (k *socket) fits(remote netip.Addr) bool {
	own := k.local.Addr()
	return own.Is4() == remote.Is4() || own == netip.IPv6Unspecified()
}

// ServePackets receives from a UDP socket until ctx ends, and then closes it. Requests to peers over UDP go out by the first that fits.
func (s *Stack) ServePackets(ctx context.Context, conn net.PacketConn) error {
	local, err := addrPort(conn.LocalAddr())
	if err != nil {
		return err
	}
	k := &socket{conn: conn, local: local}
	if k.udp, _ = conn.(*net.UDPConn); k.udp != nil {
		_ = k.udp.SetReadBuffer(receiveBuffer) // the system gives what it allows
		s.mark(conn)
	}
	s.mu.Lock()
	s.sockets = append(s.sockets, k)
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	buf := make([]byte, maxDatagram+1)
	for {
		n, from, err := k.read(buf)
		switch {
		case err == nil:
			s.datagram(buf[:n], Flow{Transport: UDP, Remote: from, Local: k.local})
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("receive SIP over UDP: %w", err)
		default:
			// An ICMP message of a peer that is gone says nothing of the others.
			s.log.Debug("receiving over UDP failed", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// datagram takes what came in one.
func (s *Stack) datagram(b []byte, f Flow) {
	switch {
	case len(b) > maxDatagram:
		s.stats.drop("size")
	case len(b) <= 4: // a keep-alive (RFC 5626 §4.4.1, which phones send over UDP too)
	case isSTUN(b):
		if s.filter.allow(f.Remote.Addr(), time.Now()) {
			_ = s.socketFor(f).write(stunAnswer(b, f.Remote), f.Remote) // it is asked for again
		}
	default:
		s.message(b, f)
	}
}

// socketFor is the socket by which a flow goes.
func (s *Stack) socketFor(f Flow) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.sockets {
		if k.local == f.Local {
			return k
		}
	}
	for _, k := range s.sockets {
		if k.fits(f.Remote.Addr()) {
			return k
		}
	}
	return nil
}

func addrPort(a net.Addr) (netip.AddrPort, error) {
	if u, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return unmap(u.AddrPort()), nil
	}
	p, err := netip.ParseAddrPort(a.String())
	return unmap(p), err
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// KeepAlive sends a phone behind NAT what it ignores, so that the NAT keeps the way open (RFC 5626 §4.4.1 has the same towards servers).
func (s *Stack) KeepAlive(f Flow) {
	if k := s.socketFor(f); k != nil && f.Transport == UDP {
		_ = k.write([]byte("\r\n\r\n"), f.Remote) // the next one follows soon
	}
}
