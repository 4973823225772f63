//go:build !linux

package transport

import (
	"net"
	"net/netip"
)

// A udpSocket reads and writes one datagram after the other.
type udpSocket struct{ conn *net.UDPConn }

func newSocket(c *net.UDPConn) (Socket, error) { return udpSocket{c}, nil }

func (s udpSocket) ReadBatch(list []Arrival) (int, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(list[0].Data)
	if err != nil {
		return 0, err
	}
	list[0] = Arrival{list[0].Data[:n], unmap(from)}
	return 1, nil
}

func (s udpSocket) WriteBatch(list []Datagram) (int, error) {
	for i, d := range list {
		if _, err := s.conn.WriteToUDPAddrPort(d.Data, d.To); err != nil {
			return i, err
		}
	}
	return len(list), nil
}

func (s udpSocket) LocalAddr() netip.AddrPort { return localAddr(s.conn) }

func (s udpSocket) Close() error { return s.conn.Close() }
