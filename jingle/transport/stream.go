package transport

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of ICE-TCP.
const (
	// firstCheck is how long a new connection may take to say whom it is for.
	firstCheck = 5 * time.Second
	// streamIdle is how long a connection may say nothing; a peer that lives sends checks all the time.
	streamIdle = 30 * time.Second
	// maxStreams is how many connections there may be, a few for each transport at most; maxStreamsFrom from one address: an office behind a NAT.
	maxStreams     = 4096
	maxStreamsFrom = 128
	// streamStall is how long one write may take. Packets wait in the queue meanwhile and are dropped there; then the connection is given up.
	streamStall = 5 * time.Second
)

// A stream is one TCP connection of a peer (RFC 6544): packets with their length before them (RFC 4571 §2).
type stream struct {
	conn net.Conn
	out  *queue
	once sync.Once
}

func (s *stream) close() {
	s.once.Do(func() {
		s.out.close()
		_ = s.conn.Close()
	})
}

// accept is the body of a listener's goroutine.
func (p *port) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if p.engine.isClosed() {
				return
			}
			if !transient(err) {
				p.engine.log.Error("media connections cannot be accepted any more", "address", p.local, "error", err)
				return
			}
			select { // out of file descriptors: wait for some
			case <-time.After(50 * time.Millisecond):
			case <-p.engine.done:
			}
			continue
		}
		remote, ok := conn.RemoteAddr().(*net.TCPAddr)
		if !ok {
			_ = conn.Close()
			continue
		}
		from := unmap(remote.AddrPort())
		if !p.engine.streams.enter(from.Addr(), conn) {
			p.engine.counters.drop(StreamsRefused)
			_ = conn.Close()
			continue
		}
		p.engine.running.Go(func() {
			defer p.engine.streams.leave(from.Addr(), conn)
			defer conn.Close()
			p.serve(conn, from)
		})
	}
}

// serve reads one connection until it ends. What the first packet does not say is for a transport of ours is closed at once.
func (p *port) serve(conn net.Conn, from netip.AddrPort) {
	_ = conn.SetReadDeadline(time.Now().Add(firstCheck))
	r := bufio.NewReaderSize(conn, 4096)
	b := make([]byte, maxPacket)
	n, err := readFrame(r, b)
	if err != nil || stunType(b[:n]) != bindingRequest || p.engine.transport(stunUfrag(b[:n])) == nil {
		p.engine.counters.drop(StreamsRefused)
		return
	}
	s := &stream{conn: conn, out: newQueue(streamQueue, p.engine.clock, new(holds), &p.engine.counters)}
	p.mu.Lock()
	if p.peers[from] != nil {
		p.mu.Unlock()
		return
	}
	entry := &peer{stream: s}
	p.peers[from] = entry
	p.mu.Unlock()
	p.engine.running.Go(s.write)
	defer func() {
		s.close()
		p.mu.Lock()
		for _, t := range entry.users() {
			if p.used[t]--; p.used[t] <= 0 {
				delete(p.used, t)
			}
		}
		delete(p.peers, from)
		p.mu.Unlock()
	}()
	for {
		p.deliver(b[:n], from)
		_ = conn.SetReadDeadline(time.Now().Add(streamIdle))
		if n, err = readFrame(r, b); err != nil {
			if errors.Is(err, errFrame) {
				p.engine.counters.drop(Oversize)
			}
			return
		}
	}
}

var errFrame = errors.New("frame longer than a packet may be")

// readFrame reads one packet of a stream into b. A packet that does not fit ends the stream: whoever sends it is not a peer.
func readFrame(r *bufio.Reader, b []byte) (int, error) {
	var length [framing]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n > len(b) {
		return 0, errFrame
	}
	return io.ReadFull(r, b[:n])
}

// write is the body of the stream's writer.
func (s *stream) write() {
	w := bufio.NewWriterSize(s.conn, 16<<10)
	s.out.write(func(list []*Buffer) (int, error) {
		_ = s.conn.SetWriteDeadline(time.Now().Add(streamStall))
		for _, b := range list {
			if _, err := w.Write(b.framed()); err != nil {
				s.close()
				return 0, net.ErrClosed
			}
		}
		if err := w.Flush(); err != nil {
			s.close()
			return 0, net.ErrClosed
		}
		return len(list), nil
	})
}

// streamList counts connections and closes all of them at the end.
type streamList struct {
	mu     sync.Mutex
	closed bool
	all    map[net.Conn]struct{}
	from   map[netip.Addr]int
}

func (l *streamList) enter(from netip.Addr, c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.all) >= maxStreams || l.from[from] >= maxStreamsFrom {
		return false
	}
	l.all[c] = struct{}{}
	l.from[from]++
	return true
}

func (l *streamList) leave(from netip.Addr, c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, c)
	if l.from[from]--; l.from[from] == 0 {
		delete(l.from, from)
	}
}

func (l *streamList) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.all {
		_ = c.Close()
	}
}
