package transport

import (
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// A Datagram is one packet for the network.
type Datagram struct {
	Data []byte
	To   netip.AddrPort
}

// A Socket is a UDP socket bound to one address. One goroutine reads and one writes. [ListenUDP] is the one that is used by default; another, which
// joins runs of packets to one address into one system call, or which is virtual, is given as [Config.Listen].
type Socket interface {
	ReadFrom(b []byte) (int, netip.AddrPort, error)
	// WriteBatch sends datagrams in order and returns how many. When they are fewer, err says why the next one could not be sent.
	WriteBatch([]Datagram) (int, error)
	LocalAddr() netip.AddrPort
	Close() error
}

// What the kernel is asked to hold for a socket. It gives less where net.core.rmem_max and wmem_max are lower.
const (
	readBuffer  = 4 << 20
	writeBuffer = 1 << 20
)

// ListenUDP opens a socket that reads one datagram at a time and writes by sendmmsg where the system has it.
func ListenUDP(at netip.AddrPort) (Socket, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("listen for media: %w", err)
	}
	_ = c.SetReadBuffer(readBuffer)
	_ = c.SetWriteBuffer(writeBuffer)
	s := &udpSocket{conn: c}
	if at.Addr().Is4() {
		s.writeBatch = ipv4.NewPacketConn(c).WriteBatch
	} else {
		s.writeBatch = ipv6.NewPacketConn(c).WriteBatch
	}
	for i := range s.messages {
		s.addrs[i].IP = s.ips[i][:]
		s.messages[i].Addr, s.messages[i].Buffers = &s.addrs[i], s.data[i][:]
	}
	return s, nil
}

type udpSocket struct {
	conn       *net.UDPConn
	writeBatch func([]ipv4.Message, int) (int, error) // ipv6.Message is the same type

	messages [batch]ipv4.Message
	data     [batch][1][]byte
	addrs    [batch]net.UDPAddr
	ips      [batch][16]byte
}

func (s *udpSocket) ReadFrom(b []byte) (int, netip.AddrPort, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(b)
	return n, unmap(from), err
}

func (s *udpSocket) WriteBatch(ds []Datagram) (int, error) {
	if len(ds) == 1 {
		if _, err := s.conn.WriteToUDPAddrPort(ds[0].Data, ds[0].To); err != nil {
			return 0, err
		}
		return 1, nil
	}
	ds = ds[:min(len(ds), batch)]
	for i, d := range ds {
		s.data[i][0] = d.Data
		a := &s.addrs[i]
		a.Port, a.Zone = int(d.To.Port()), d.To.Addr().Zone()
		s.ips[i] = d.To.Addr().As16()
	}
	n, err := s.writeBatch(s.messages[:len(ds)], 0)
	return max(n, 0), err
}

func (s *udpSocket) LocalAddr() netip.AddrPort {
	return unmap(s.conn.LocalAddr().(*net.UDPAddr).AddrPort())
}

func (s *udpSocket) Close() error { return s.conn.Close() }

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
