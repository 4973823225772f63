package stack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"plenum/sipbridge/dscp"
)

// ServeListener accepts connections until ctx ends, and then closes the listener. transport is TCP or TLS; for TLS the listener is one of crypto/tls.
func (s *Stack) ServeListener(ctx context.Context, l net.Listener, transport string) error {
	local, err := addrPort(l.Addr())
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.ports[transport] = local.Port()
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		raw, err := l.Accept()
		switch {
		case err == nil:
			s.accept(raw, transport)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept SIP over %s: %w", transport, err)
		default: // out of files, or a peer that is gone already
			s.log.Warn("a SIP connection cannot be accepted", "transport", transport, "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}

// accept serves a connection that was made to us.
func (s *Stack) accept(raw net.Conn, transport string) {
	remote, err := addrPort(raw.RemoteAddr())
	if err != nil || !s.admit(remote.Addr()) {
		raw.Close()
		return
	}
	s.mark(raw)
	local, _ := addrPort(raw.LocalAddr()) // unknown in tests alone; then it is the external address
	c := s.adopt(Flow{Transport: transport, Remote: remote, Local: local}, &streamPipe{raw}, dialKey{})
	if c == nil {
		s.leave(remote.Addr())
		raw.Close()
		return
	}
	go func() {
		defer s.leave(remote.Addr())
		if t, ok := raw.(*tls.Conn); ok {
			ctx, cancel := context.WithTimeout(s.ctx, dialTime)
			err := t.HandshakeContext(ctx)
			cancel()
			if err != nil {
				s.log.Debug("a TLS handshake failed", "addr", remote, "err", err)
				c.over()
				return
			}
		}
		c.readStream(raw)
	}()
}

// mark marks what a socket sends, where the system can do that.
func (s *Stack) mark(conn any) {
	if err := dscp.Mark(conn, s.cfg.DSCP); err != nil {
		s.log.Debug("SIP cannot be marked", "dscp", s.cfg.DSCP, "err", err)
	}
}

// admit counts a connection of an address, unless there are too many (Config.Connections, Config.PerAddress).
func (s *Stack) admit(addr netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() || s.accepted >= s.cfg.Connections || s.from[addr] >= s.cfg.PerAddress {
		s.stats.drop("connections")
		return false
	}
	s.accepted++
	s.from[addr]++
	return true
}

func (s *Stack) leave(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted--
	if s.from[addr]--; s.from[addr] == 0 {
		delete(s.from, addr)
	}
}

// open opens a connection to a peer.
func (s *Stack) open(ctx context.Context, f Flow) (net.Conn, error) {
	raw, err := s.parts.Dial(ctx, "tcp", f.Remote.String())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", f.Remote, err)
	}
	s.mark(raw)
	if f.Transport != TLS {
		return raw, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.parts.RootCAs, ServerName: f.Name}
	if cfg.ServerName == "" {
		cfg.ServerName = f.Remote.Addr().String()
	}
	t := tls.Client(raw, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("TLS to %s: %w", f.Remote, err)
	}
	return t, nil
}

// readStream reads messages until the connection ends.
func (c *conn) readStream(raw net.Conn) {
	defer c.over()
	in := bufio.NewReaderSize(raw, 4<<10)
	for {
		if raw.SetReadDeadline(time.Time{}) != nil || !c.skipKeepAlives(in) {
			return
		}
		if raw.SetReadDeadline(time.Now().Add(messageTime)) != nil {
			return
		}
		b, whole, err := readMessage(in)
		if err != nil {
			c.stack.log.Debug("a SIP connection ended", "flow", c.flow, "err", err)
			return
		}
		c.stack.message(b, c.flow)
		if !whole {
			c.flush() // that it was refused
			return    // where the next message begins is unknown
		}
	}
}

// skipKeepAlives passes over empty lines before a message (RFC 3261 §7.5). Two are a ping, and answered (RFC 5626 §3.5.1).
func (c *conn) skipKeepAlives(in *bufio.Reader) bool {
	lines := 0
	for {
		b, err := in.Peek(1)
		if err != nil {
			return false
		}
		c.heard.Store(time.Now().UnixNano())
		switch b[0] {
		case '\r':
		case '\n':
			if lines++; lines == 2 {
				lines = 0
				if c.write([]byte("\r\n")) != nil {
					return false
				}
			}
		default:
			return true
		}
		_, _ = in.Discard(1) // it was peeked at
	}
}

var errNoEnd = errors.New("the header does not end")

// readMessage reads one message of a stream: its header and as much as Content-Length says (RFC 3261 §18.3). Without one it returns the header alone
// and that this is not the whole.
func readMessage(in *bufio.Reader) (b []byte, whole bool, err error) {
	for {
		line, err := in.ReadSlice('\n')
		b = append(b, line...)
		if len(b) > maxHeader {
			return nil, false, errNoEnd
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, false, err
		}
		if err == nil && (len(line) == 1 || len(line) == 2 && line[0] == '\r') && endsHeader(b) {
			break
		}
	}
	n, ok := contentLength(b)
	if !ok || n > maxMessage-len(b) {
		return b, false, nil
	}
	head := len(b)
	b = append(b, make([]byte, n)...)
	_, err = io.ReadFull(in, b[head:])
	return b, true, err
}

// endsHeader says that the last line of b is empty, and not the rest of a long one.
func endsHeader(b []byte) bool {
	return bytes.HasSuffix(b, []byte("\n\r\n")) || bytes.HasSuffix(b, []byte("\n\n"))
}

// contentLength finds how long the body is. Of several values that differ none is right.
func contentLength(head []byte) (n int, ok bool) {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		name = bytes.TrimSpace(name)
		if !bytes.EqualFold(name, []byte("l")) && !bytes.EqualFold(name, []byte("Content-Length")) {
			continue
		}
		v, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || ok && int(v) != n {
			return 0, false
		}
		n, ok = int(v), true
	}
	return n, ok
}
