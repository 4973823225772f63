package turn

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of connections over TCP and TLS.
const (
	// maxConnections bounds the memory of those who only connect: a few kilobytes each, with TLS some tens.
	maxConnections = 3000
	// maxConnectionsFrom is for one address, or the /64 of an IPv6 address: an office with some tens of calls at once.
	maxConnectionsFrom = 200
	// firstTime is for the handshake of TLS and the first request: nobody connects before he has one.
	firstTime = 15 * time.Second
	// idleTime is a little longer than a relayed address lives that its client does not ask to keep.
	idleTime = allocationTime + time.Minute
	// writeTime is for a client to take a packet. One that does not would keep its relayed address's goroutine for ever.
	writeTime = 10 * time.Second
)

// listener counts the connections, bounds their times, and closes them when it ends.
type listener struct {
	net.Listener
	log     *slog.Logger
	figures *figures
	failed  chan error

	mu     sync.Mutex
	closed bool
	open   map[*connection]struct{}
	from   map[netip.Addr]int
}

func newListener(l net.Listener, log *slog.Logger, f *figures) *listener {
	return &listener{Listener: l, log: log, figures: f, failed: make(chan error, 1), open: map[*connection]struct{}{}, from: map[netip.Addr]int{}}
}

// Accept gives the next connection. Its type hides that of TLS: the handshake is done with the first read, within its time, by the
// goroutine of the connection.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			select {
			case l.failed <- err:
			default:
			}
			return nil, err
		case err != nil: // no file descriptors, mostly
			l.log.Error("no connection can be taken: see whether the process may open enough files", "err", err)
			<-time.After(socketPause)
			continue
		}
		if c := l.add(conn); c != nil {
			return c, nil
		}
		l.figures.connectionsNo.Add(1)
		_ = conn.Close()
	}
}

func (l *listener) add(conn net.Conn) *connection {
	c := &connection{Conn: conn, by: l}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		c.place = placeOf(tcp.AddrPort().Addr())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.open) >= maxConnections || l.from[c.place] >= maxConnectionsFrom {
		return nil
	}
	l.open[c] = struct{}{}
	l.from[c.place]++
	l.figures.connections.Add(1)
	return c
}

// closeAll closes the connections; there will be no more.
func (l *listener) closeAll() {
	l.mu.Lock()
	l.closed = true
	var open []*connection
	for c := range l.open {
		open = append(open, c)
	}
	l.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range open {
		all.Go(func() { _ = c.Close() }) // TLS says farewell, which takes some seconds with a client that does not read
	}
	all.Wait()
}

// connection is one of a client, over TCP or TLS. Its packets are read by one goroutine.
type connection struct {
	net.Conn
	by    *listener
	place netip.Addr
	spoke bool // the reader's

	once sync.Once
}

// Read bounds how long the client may be silent.
func (c *connection) Read(b []byte) (int, error) {
	wait := idleTime
	if !c.spoke {
		wait = firstTime
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	c.spoke = c.spoke || n > 0
	return n, err
}

// Write bounds how long the client may take. Part of a packet is worse than none: then the connection is over.
func (c *connection) Write(b []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// Close gives the place back. When it returns that is done, whoever has called it first.
func (c *connection) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		l := c.by
		l.mu.Lock()
		delete(l.open, c)
		if l.from[c.place]--; l.from[c.place] == 0 {
			delete(l.from, c.place)
		}
		l.mu.Unlock()
		l.figures.connections.Add(-1)
	})
	return err
}
