package transport

import (
	"fmt"
	"net"
	"net/netip"
)

// A Datagram is one packet for the network.
type Datagram struct {
	Data []byte
	To   netip.AddrPort
}

// An Arrival is one packet from the network.
type Arrival struct {
	Data []byte
	From netip.AddrPort
}

// A Socket is a UDP socket bound to one address. One goroutine reads and one writes. [ListenUDP] is the one that is used by default; another,
// which is virtual, is given as [Config.Listen].
type Socket interface {
	// ReadBatch waits until there is a datagram, reads as many as there are into the list, of which Data is room, and returns how many.
	ReadBatch([]Arrival) (int, error)
	// WriteBatch sends datagrams in order and returns how many. When they are fewer, err says why the next one could not be sent. Those to one
	// address stand together.
	WriteBatch([]Datagram) (int, error)
	LocalAddr() netip.AddrPort
	Close() error
}

// What the kernel is asked to hold for a socket. It gives less where net.core.rmem_max and wmem_max are lower.
const (
	readBuffer  = 4 << 20
	writeBuffer = 1 << 20
)

// reads is how many packets are read by one system call.
const reads = 32

// ListenUDP opens a socket. On Linux it reads and writes many datagrams by one system call, and joins those of one length to one address, which
// the kernel or the network card takes apart again (UDP generic segmentation offload), as far as the kernel does that.
func ListenUDP(at netip.AddrPort) (Socket, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("listen for media: %w", err)
	}
	_ = c.SetReadBuffer(readBuffer)
	_ = c.SetWriteBuffer(writeBuffer)
	s, err := newSocket(c)
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("listen for media: %w", err)
	}
	return s, nil
}

func localAddr(c *net.UDPConn) netip.AddrPort {
	return unmap(c.LocalAddr().(*net.UDPAddr).AddrPort())
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
