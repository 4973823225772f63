package stack

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of connections.
const (
	maxUnsent    = 256 << 10        // bytes that wait for a slow peer; past that he is as good as gone
	writeTime    = 10 * time.Second // for one message
	messageTime  = 30 * time.Second // for what has begun to arrive
	strangerTime = time.Minute      // without a word of somebody who has not proved who he is
	trustedTime  = 75 * time.Minute // of somebody who has; a registration ends before
	dialTime     = 10 * time.Second
)

// A pipe is what a connection reads and writes by: TCP or TLS, or a WebSocket.
type pipe interface {
	send(b []byte) error // within writeTime
	close()
}

// A conn is a connection: TCP, TLS or WebSocket. One goroutine reads it; one that lives while there is something to write writes.
type conn struct {
	stack   *Stack
	flow    Flow
	pipe    pipe
	dialled dialKey // zero when the peer opened it
	trusted atomic.Bool
	heard   atomic.Int64 // when something came last, Unix nanoseconds
	idle    *time.Timer

	mu       sync.Mutex
	idled    sync.Cond // writing has become false
	out      [][]byte
	unsent   int
	writing  bool
	closed   bool
	watchers map[*ClientTx]struct{} // whose answer is to come by it
}

// dialKey names what connections that we open are good for.
type dialKey struct {
	transport, name string
	remote          string
}

func keyOfFlow(f Flow) dialKey { return dialKey{f.Transport, f.Name, f.Remote.String()} }

// adopt takes a connection among those that are open. It returns nil when the stack is closed.
func (s *Stack) adopt(f Flow, p pipe, key dialKey) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return nil
	}
	s.lastConn++
	f.Conn = s.lastConn
	c := &conn{stack: s, flow: f, pipe: p, dialled: key, watchers: map[*ClientTx]struct{}{}}
	c.idled.L = &c.mu
	s.conns[f.Conn] = c
	if key != (dialKey{}) {
		s.opened[key] = c
		c.trusted.Store(true)
	}
	s.links.Add(1)
	s.stats.conns.Add(1)
	c.heard.Store(time.Now().UnixNano())
	c.idle = time.AfterFunc(strangerTime, c.checkIdle)
	return c
}

// checkIdle closes a connection by which nothing has come for too long.
func (c *conn) checkIdle() {
	may := strangerTime
	if c.trusted.Load() {
		may = trustedTime
	}
	left := may - time.Since(time.Unix(0, c.heard.Load()))
	if left <= 0 {
		c.stack.stats.drop("idle")
		c.pipe.close()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.idle.Reset(min(left, strangerTime))
	}
}

// over ends a connection that can be read no longer: who waits for an answer by it is told, and who has registered by it.
func (c *conn) over() {
	s := c.stack
	c.pipe.close()
	s.mu.Lock()
	delete(s.conns, c.flow.Conn)
	if s.opened[c.dialled] == c {
		delete(s.opened, c.dialled)
	}
	lost := s.lost
	s.mu.Unlock()
	c.mu.Lock()
	c.closed, c.out = true, nil
	c.idle.Stop()
	watchers := c.watchers
	c.watchers = nil
	c.mu.Unlock()
	for t := range watchers {
		t.box.post(func() { t.fail(ErrFlowLost) })
	}
	if !s.closed.Load() {
		for _, fn := range lost {
			fn(c.flow)
		}
	}
	s.stats.conns.Add(-1)
	s.links.Done()
}

// write queues a message. A peer who does not read loses his connection.
func (c *conn) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrFlowLost
	}
	if c.unsent += len(b); c.unsent > maxUnsent {
		c.closed = true
		c.stack.stats.drop("slow")
		c.pipe.close()
		return ErrFlowLost
	}
	c.out = append(c.out, b)
	if !c.writing {
		c.writing = true
		go c.drain()
	}
	return nil
}

// drain writes until nothing waits. It ends with the connection at the latest.
func (c *conn) drain() {
	for {
		c.mu.Lock()
		if len(c.out) == 0 {
			c.writing = false
			c.idled.Broadcast()
			c.mu.Unlock()
			return
		}
		b := c.out[0]
		c.out = c.out[1:]
		c.mu.Unlock()
		err := c.pipe.send(b)
		c.mu.Lock()
		c.unsent -= len(b)
		if err != nil {
			c.closed, c.writing, c.out = true, false, nil
			c.idled.Broadcast()
		}
		c.mu.Unlock()
		if err != nil {
			c.pipe.close() // the reader notices, and ends it
			return
		}
	}
}

// flush waits until what was queued has gone out, at most as long as one message may take.
func (c *conn) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.idled.Wait()
	}
}

// watch tells t when the connection is lost before unwatch.
func (c *conn) watch(t *ClientTx) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.watchers[t] = struct{}{}
	return true
}

func (c *conn) unwatch(t *ClientTx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.watchers, t)
}

// OnFlowLost calls fn whenever a connection has ended. It is called outside of every mailbox and must not wait for anything.
func (s *Stack) OnFlowLost(fn func(Flow)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = append(s.lost, fn)
}

// Trust says that the peer of a flow has proved who it is: its connection may stay silent for as long as a registration lasts. Of strangers, who are
// left one minute, there could be too many.
func (s *Stack) Trust(f Flow) {
	if f.Conn == 0 {
		return
	}
	if c := s.conn(f.Conn); c != nil {
		c.trusted.Store(true)
	}
}

// Open says whether a request can still go out by a flow. UDP is always open.
func (s *Stack) Open(f Flow) bool { return f.Conn == 0 || s.conn(f.Conn) != nil }

func (s *Stack) conn(id uint64) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[id]
}

// connect finds the connection of a flow, or opens it, and tells with what. It does not wait.
func (s *Stack) connect(f Flow, then func(*conn, error)) {
	if f.Conn != 0 {
		c := s.conn(f.Conn)
		if c == nil {
			then(nil, ErrFlowLost)
			return
		}
		then(c, nil)
		return
	}
	if f.Transport != TCP && f.Transport != TLS {
		then(nil, errors.New("a WebSocket is opened by its client alone")) // RFC 7118 §5.1
		return
	}
	key := keyOfFlow(f)
	s.mu.Lock()
	if c := s.opened[key]; c != nil {
		s.mu.Unlock()
		then(c, nil)
		return
	}
	waiting, busy := s.dialing[key]
	s.dialing[key] = append(waiting, then)
	closed := s.closed.Load()
	if !busy && !closed {
		s.links.Add(1)
	}
	s.mu.Unlock()
	switch {
	case closed:
		then(nil, ErrClosed)
	case !busy:
		go s.dial(f, key)
	}
}

// dial opens a connection for all who wait for it.
func (s *Stack) dial(f Flow, key dialKey) {
	defer s.links.Done()
	ctx, cancel := context.WithTimeout(s.ctx, dialTime)
	defer cancel()
	raw, err := s.open(ctx, f)
	var c *conn
	if err == nil {
		if local, err := addrPort(raw.LocalAddr()); err == nil {
			f.Local = local
		}
		if c = s.adopt(f, &streamPipe{raw}, key); c == nil {
			raw.Close()
			err = ErrClosed
		}
	}
	s.mu.Lock()
	waiting := s.dialing[key]
	delete(s.dialing, key)
	s.mu.Unlock()
	for _, then := range waiting {
		then(c, err)
	}
	if c != nil {
		c.readStream(raw)
	}
}

// streamPipe is TCP or TLS.
type streamPipe struct{ net.Conn }

func (p *streamPipe) send(b []byte) error {
	if err := p.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := p.Write(b)
	return err
}

func (p *streamPipe) close() { p.Conn.Close() }
