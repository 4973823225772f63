package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// A Datagram is one packet for the network.
type Datagram struct {
	Data []byte
	To   netip.AddrPort
}

// A Socket is a UDP socket bound to one address. One goroutine reads and one writes. [ListenUDP] is the one that is used by default; another, which
// is virtual, is given as [Config.Listen].
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

// Limits of a run of datagrams that the kernel, or the network card, cuts apart.
const (
	maxRun       = 32
	maxRunOctets = 60_000
	// maxRefused is how many runs in a row may be refused before none is tried any more.
	maxRefused = 16
)

// ListenUDP opens a socket that reads one datagram at a time and writes by sendmmsg where the system has it, and those for one address
// together where it can cut them apart (UDP_SEGMENT).
func ListenUDP(at netip.AddrPort) (Socket, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("listen for media: %w", err)
	}
	_ = c.SetReadBuffer(readBuffer)
	_ = c.SetWriteBuffer(writeBuffer)
	s := &udpSocket{conn: c, segments: canSegment(c)}
	if at.Addr().Is4() {
		s.writeBatch = ipv4.NewPacketConn(c).WriteBatch
	} else {
		s.writeBatch = ipv6.NewPacketConn(c).WriteBatch
	}
	for i := range s.messages {
		s.addrs[i].IP = s.ips[i][:]
		s.messages[i].Addr = &s.addrs[i]
	}
	return s, nil
}

type udpSocket struct {
	conn       *net.UDPConn
	writeBatch func([]ipv4.Message, int) (int, error) // ipv6.Message is the same type
	segments   bool                                   // the system cuts runs apart
	refused    int                                    // runs in a row

	messages [batch]ipv4.Message
	runs     [batch]int // datagrams in a message
	data     [batch][]byte
	controls [batch][segmentControl]byte
	addrs    [batch]net.UDPAddr
	ips      [batch][16]byte
}

func (s *udpSocket) ReadFrom(b []byte) (int, netip.AddrPort, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(b)
	return n, unmap(from), err
}

func (s *udpSocket) WriteBatch(ds []Datagram) (int, error) {
	if len(ds) == 1 {
		return s.writeEach(ds)
	}
	ds = ds[:min(len(ds), batch)]
	n := s.compose(ds)
	sent, err := s.writeBatch(s.messages[:n], 0)
	sent = max(sent, 0)
	done := 0
	for _, run := range s.runs[:sent] {
		done += run
		if run > 1 {
			s.refused = 0
		}
	}
	if err == nil || s.runs[sent] == 1 || !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EMSGSIZE) && !errors.Is(err, syscall.EIO) {
		return done, err
	}
	// The way to this address takes no runs, or the system takes none at all.
	if s.refused++; s.refused >= maxRefused {
		s.segments = false
	}
	each, err := s.writeEach(ds[done : done+s.runs[sent]])
	return done + each, err
}

// writeEach sends datagrams one by one.
func (s *udpSocket) writeEach(ds []Datagram) (int, error) {
	for i, d := range ds {
		if _, err := s.conn.WriteToUDPAddrPort(d.Data, d.To); err != nil {
			return i, err
		}
	}
	return len(ds), nil
}

// compose makes messages of datagrams: one of each run to one address in which all are of one length, but for the last, which may be
// shorter.
func (s *udpSocket) compose(ds []Datagram) (n int) {
	for i := 0; i < len(ds); n++ {
		run := 1
		if s.segments {
			run = runOf(ds[i:])
		}
		for j, d := range ds[i : i+run] {
			s.data[i+j] = d.Data
		}
		m := &s.messages[n]
		m.Buffers, m.OOB = s.data[i:i+run], nil
		if run > 1 {
			m.OOB = s.controls[n][:putSegment(s.controls[n][:], uint16(len(ds[i].Data)))]
		}
		a := &s.addrs[n]
		a.Port, a.Zone = int(ds[i].To.Port()), ds[i].To.Addr().Zone()
		s.ips[n] = ds[i].To.Addr().As16()
		s.runs[n] = run
		i += run
	}
	return n
}

// runOf is how many datagrams from the first on can be sent as one.
func runOf(ds []Datagram) int {
	size := len(ds[0].Data)
	octets := size
	for n := 1; n < min(len(ds), maxRun); n++ {
		length := len(ds[n].Data)
		if octets += length; ds[n].To != ds[0].To || length > size || octets > maxRunOctets {
			return n
		}
		if length < size {
			return n + 1
		}
	}
	return min(len(ds), maxRun)
}

func (s *udpSocket) LocalAddr() netip.AddrPort {
	return unmap(s.conn.LocalAddr().(*net.UDPAddr).AddrPort())
}

func (s *udpSocket) Close() error { return s.conn.Close() }

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
