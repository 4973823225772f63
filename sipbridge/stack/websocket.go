package stack

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// pingEvery is how often a WebSocket is asked whether it is alive: many proxies cut one that is silent for a minute.
const pingEvery = 25 * time.Second

// WebSocketHandler accepts phones in browsers (RFC 7118). It is mounted where the request's RemoteAddr is the client's. Pages of any origin may
// connect: a phone logs in with its secret, and a browser's cookies count nothing here.
func (s *Stack) WebSocketHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		transport := WSS
		if r.TLS == nil {
			transport = WS
		}
		if transport == WS && !s.cfg.AllowPlaintext {
			http.Error(w, "TLS is required", http.StatusForbidden)
			return
		}
		if !offersSIP(r) { // RFC 7118 §4.1
			http.Error(w, "this WebSocket speaks the subprotocol sip", http.StatusBadRequest)
			return
		}
		remote, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !s.admit(remote.Addr().Unmap()) {
			w.Header().Set("Retry-After", "30")
			http.Error(w, "too many connections", http.StatusServiceUnavailable)
			return
		}
		remote = unmap(remote)
		defer s.leave(remote.Addr())
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{"sip"}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
		})
		if err != nil {
			s.log.Debug("WebSocket handshake refused", "addr", remote, "err", err)
			return
		}
		ws.SetReadLimit(maxMessage)
		c := s.adopt(Flow{Transport: transport, Remote: remote, Local: localOf(r)}, webPipe{ws}, dialKey{})
		if c == nil {
			ws.CloseNow()
			return
		}
		c.readWeb(ws)
	})
}

func offersSIP(r *http.Request) bool {
	for _, v := range r.Header.Values("Sec-WebSocket-Protocol") {
		if slices.ContainsFunc(strings.Split(v, ","), func(p string) bool { return strings.EqualFold(strings.TrimSpace(p), "sip") }) {
			return true
		}
	}
	return false
}

func localOf(r *http.Request) netip.AddrPort {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ AddrPort() netip.AddrPort }); ok {
		return unmap(a.AddrPort())
	}
	return netip.AddrPort{}
}

// webPipe is a WebSocket.
type webPipe struct{ ws *websocket.Conn }

func (p webPipe) send(b []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	kind := websocket.MessageText
	if !utf8.Valid(b) {
		kind = websocket.MessageBinary // RFC 7118 §5.2: both may come
	}
	return p.ws.Write(ctx, kind, b)
}

func (p webPipe) close() { p.ws.CloseNow() }

// readWeb reads messages until the connection ends: each frame is one.
func (c *conn) readWeb(ws *websocket.Conn) {
	defer c.over()
	ctx, cancel := context.WithCancel(c.stack.ctx)
	pinged := make(chan struct{})
	go func() {
		defer close(pinged)
		c.ping(ctx, ws)
	}()
	defer func() {
		cancel()
		<-pinged
	}()
	for {
		_, b, err := ws.Read(ctx)
		if err != nil {
			c.stack.log.Debug("a SIP connection ended", "flow", c.flow, "err", err)
			return
		}
		c.heard.Store(time.Now().UnixNano())
		if len(bytes.Trim(b, "\r\n")) > 0 {
			c.stack.message(b, c.flow)
		} else if c.write([]byte("\r\n")) != nil { // RFC 5626 §3.5.1, which browsers' libraries keep to over WebSocket too
			return
		}
	}
}

// ping ends a connection whose peer is gone without a word.
func (c *conn) ping(ctx context.Context, ws *websocket.Conn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pingEvery):
		}
		waiting, stop := context.WithTimeout(ctx, writeTime)
		err := ws.Ping(waiting)
		stop()
		if err != nil {
			ws.CloseNow()
			return
		}
	}
}
