package xmppd

import (
	"bufio"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/coder/websocket"
)

// subprotocol is what a WebSocket client has to offer (RFC 7395 §3.1).
const subprotocol = "xmpp"

// WebSocketHandler accepts clients over WebSocket (RFC 7395). It has to be mounted where the request's RemoteAddr is the
// client's: who stands behind a proxy sets it from what that one says.
//
// Pages of any origin may connect: each stream logs in by itself (RFC 7395 §5). What a browser's cookie says is taken from our
// own pages alone, which is for Browsers to tell apart; others that come with it are not offered EXTERNAL.
func (s *Server) WebSocketHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil && !s.cfg.AllowPlaintext {
			http.Error(w, "TLS is required", http.StatusForbidden)
			return
		}
		if !offersXMPP(r) {
			http.Error(w, "this WebSocket speaks the subprotocol xmpp", http.StatusBadRequest)
			return
		}
		addr := requestAddr(r)
		if !s.streams.admit(addr.Addr(), s.connLimits()) {
			s.metrics.refused.Add(1)
			w.Header().Set("Retry-After", "30")
			http.Error(w, "too many connections", http.StatusServiceUnavailable)
			return
		}
		var login BrowserLogin
		if s.browsers != nil {
			login = s.browsers.Identify(r)
		}
		h := &hijacked{ResponseWriter: w}
		conn, err := websocket.Accept(h, r, &websocket.AcceptOptions{
			Subprotocols: []string{subprotocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
		})
		if err != nil {
			s.streams.leave(addr.Addr(), true)
			s.log.Debug("WebSocket handshake refused", "addr", addr, "err", err)
			return
		}
		s.conns.Add(1)
		go s.converse(newWSWire(s, conn, h.conn, addr, r.TLS, login))
	})
}

func offersXMPP(r *http.Request) bool {
	for _, v := range r.Header.Values("Sec-WebSocket-Protocol") {
		if slices.ContainsFunc(strings.Split(v, ","), func(p string) bool { return strings.EqualFold(strings.TrimSpace(p), subprotocol) }) {
			return true
		}
	}
	return false
}

func requestAddr(r *http.Request) netip.AddrPort {
	if p, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	if a, err := netip.ParseAddr(r.RemoteAddr); err == nil {
		return netip.AddrPortFrom(a.Unmap(), 0)
	}
	return netip.AddrPort{}
}

// hijacked keeps the connection below the WebSocket: for its deadlines, and for a way to close it that waits for nothing.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	return conn, rw, err
}
