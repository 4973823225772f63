// Package transporttest has a network in memory, so that tests of media run on fake time: how busy the machine is changes nothing.
package transporttest

import (
	"bytes"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing/synctest"
	"time"

	"plenum/jingle/transport"
)

// wires is the network. Sockets of several tests have different addresses.
var wires = struct {
	mu      sync.Mutex
	sockets map[netip.AddrPort]*socket
	last    uint16 // port
}{sockets: map[netip.AddrPort]*socket{}, last: 1 << 14}

const (
	// Delay is how long a packet is under way.
	Delay = time.Millisecond
	// wireRoom is how many packets wait for who does not read; more are lost.
	wireRoom = 8192
)

// A socket is one end of it.
type socket struct {
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

// Listen opens a socket, without a port at one that nobody has. It is a [transport.Config]'s Listen.
func Listen(at netip.AddrPort) (transport.Socket, error) {
	wires.mu.Lock()
	defer wires.mu.Unlock()
	for wires.sockets[at] != nil || at.Port() == 0 {
		wires.last = wires.last%(1<<16-1) + 1
		at = netip.AddrPortFrom(at.Addr(), wires.last)
	}
	w := &socket{at: at, in: make(chan sent, wireRoom), closed: make(chan struct{})}
	wires.sockets[at] = w
	return w, nil
}

func (w *socket) ReadBatch(list []transport.Arrival) (int, error) {
	select {
	case s := <-w.in:
		time.Sleep(time.Until(s.due))
		list[0] = transport.Arrival{Data: list[0].Data[:copy(list[0].Data, s.data)], From: s.from}
		return 1, nil
	case <-w.closed:
		return 0, net.ErrClosed
	}
}

func (w *socket) WriteBatch(list []transport.Datagram) (int, error) {
	for _, d := range list {
		wires.mu.Lock()
		to := wires.sockets[d.To]
		wires.mu.Unlock()
		if to == nil {
			continue
		}
		select {
		case to.in <- sent{append([]byte(nil), d.Data...), w.at, time.Now().Add(Delay)}:
		default:
		}
	}
	return len(list), nil
}

func (w *socket) LocalAddr() netip.AddrPort { return w.at }

func (w *socket) Close() error {
	w.once.Do(func() {
		wires.mu.Lock()
		defer wires.mu.Unlock()
		delete(wires.sockets, w.at)
		close(w.closed)
	})
	return nil
}

// Goroutines is how many goroutines there are in the bubbles of testing/synctest, when all of them wait.
func Goroutines() int {
	synctest.Wait()
	for b := make([]byte, 1<<20); ; b = make([]byte, 2*len(b)) {
		if n := runtime.Stack(b, true); n < len(b) {
			return bytes.Count(b[:n], []byte(", synctest bubble "))
		}
	}
}
