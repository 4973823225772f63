package sfu_test

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"plenum/jingle/transport"
)

// wires is the network of the tests, which is in memory so that they run on fake time: how busy the machine is changes nothing.
var wires = struct {
	mu      sync.Mutex
	sockets map[netip.AddrPort]*memorySocket
	last    uint16
}{sockets: map[netip.AddrPort]*memorySocket{}, last: 10000}

const (
	// underWay is how long a packet is.
	underWay = time.Millisecond
	// wireRoom is how many packets wait for who does not read; more are lost.
	wireRoom = 8192
)

// A memorySocket is a socket of the network.
type memorySocket struct {
	at     netip.AddrPort
	in     chan sent
	closed chan struct{}
	once   sync.Once
}

type sent struct {
	data []byte
	from netip.AddrPort
	due  time.Time
}

func listenInMemory(at netip.AddrPort) (transport.Socket, error) {
	wires.mu.Lock()
	defer wires.mu.Unlock()
	wires.last++
	w := &memorySocket{at: netip.AddrPortFrom(at.Addr(), wires.last), in: make(chan sent, wireRoom), closed: make(chan struct{})}
	wires.sockets[w.at] = w
	return w, nil
}

func (w *memorySocket) ReadBatch(list []transport.Arrival) (int, error) {
	select {
	case s := <-w.in:
		time.Sleep(time.Until(s.due))
		list[0] = transport.Arrival{Data: list[0].Data[:copy(list[0].Data, s.data)], From: s.from}
		return 1, nil
	case <-w.closed:
		return 0, net.ErrClosed
	}
}

func (w *memorySocket) WriteBatch(list []transport.Datagram) (int, error) {
	for _, d := range list {
		wires.mu.Lock()
		to := wires.sockets[d.To]
		wires.mu.Unlock()
		if to == nil {
			continue
		}
		select {
		case to.in <- sent{append([]byte(nil), d.Data...), w.at, time.Now().Add(underWay)}:
		default:
		}
	}
	return len(list), nil
}

func (w *memorySocket) LocalAddr() netip.AddrPort { return w.at }

func (w *memorySocket) Close() error {
	w.once.Do(func() {
		wires.mu.Lock()
		defer wires.mu.Unlock()
		delete(wires.sockets, w.at)
		close(w.closed)
	})
	return nil
}
