package xmppd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// ServeC2S accepts clients that begin in plain text and upgrade with STARTTLS (RFC 6120 §5). It returns nil once the
// server is stopped, and closes l.
func (s *Server) ServeC2S(l net.Listener) error {
	if s.tls == nil && !s.cfg.AllowPlaintext {
		l.Close()
		return errors.New("xmppd: nobody could log in: there is no certificate, and plain text is not allowed")
	}
	return s.serve(l, false)
}

// ServeDirectTLS accepts clients that begin with the TLS handshake (RFC 8314, XEP-0368). Otherwise it is like ServeC2S.
func (s *Server) ServeDirectTLS(l net.Listener) error {
	if s.tls == nil {
		l.Close()
		return errors.New("xmppd: direct TLS needs a certificate")
	}
	return s.serve(l, true)
}

// How long the accept loop rests after an error, typically for want of file descriptors.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

func (s *Server) serve(l net.Listener, direct bool) error {
	defer l.Close()
	if !s.streams.addListener(l) {
		return nil
	}
	defer s.streams.dropListener(l)
	pause := time.Duration(0)
	for {
		conn, err := l.Accept()
		if s.closing.Load() {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		if err != nil {
			pause = min(max(2*pause, minAcceptPause), maxAcceptPause)
			s.log.Error("cannot accept connections; raise the limit of open files if it persists", "addr", l.Addr(), "err", err, "pause", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		s.accepted(conn, direct)
	}
}

// accepted starts a connection's goroutine, or closes it when a limit is reached: a refusal that costs more than the
// attempt would help the one who floods us.
func (s *Server) accepted(conn net.Conn, direct bool) {
	addr := addrOf(conn)
	if !s.streams.admit(addr.Addr(), s.connLimits()) {
		s.log.Debug("connection refused: too many are open", "addr", addr)
		s.metrics.refused.Add(1)
		conn.Close()
		return
	}
	s.conns.Add(1)
	go s.converse(newTCPWire(s, conn, addr, direct))
}

// addrOf is the zero value for connections that have no IP address, such as pipes.
func addrOf(conn net.Conn) netip.AddrPort {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		p := a.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
