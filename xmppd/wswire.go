package xmppd

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"plenum/xmppd/xmlstream"
)

// NSFraming is the namespace of <open/> and <close/> (RFC 7395 §3.3).
const NSFraming = xmlstream.NSFraming

// wsWire is a stream over WebSocket: each message is one element (RFC 7395 §3.3.3).
type wsWire struct {
	srv    *Server
	conn   *websocket.Conn
	sec    *secured     // while the negotiation runs
	login  BrowserLogin // in the browser; the same
	addr   netip.AddrPort
	limits xmlstream.Limits
	bytes  int // that came since received was asked; owned by the reader
	ping   *time.Timer
	opened bool        // our <open/> is out; owned by the writer
	closed atomic.Bool // no more pings

	standing atomic.Pointer[standing] // nil unless the session came by EXTERNAL

	wireState
}

func newWSWire(s *Server, conn *websocket.Conn, raw net.Conn, addr netip.AddrPort, state *tls.ConnectionState, login BrowserLogin) *wsWire {
	w := &wsWire{srv: s, conn: conn, addr: addr, login: login, limits: xmlstream.PreAuth, wireState: wireState{under: raw}}
	conn.SetReadLimit(-1) // readMessage has one, with an answer that the client understands
	if state != nil {
		w.sec = &secured{state: *state}
	}
	w.ping = time.AfterFunc(s.cfg.WebSocketPing, w.keepAlive)
	return w
}

// keepAlive pings at a steady rate: proxies close connections that are silent for a minute, and a peer that does not answer
// is gone. A log-in that the session stands on is looked at just as often.
func (w *wsWire) keepAlive() {
	w.checkLogin()
	ctx, cancel := context.WithTimeout(w.srv.ctx, probeGrace)
	defer cancel()
	if w.conn.Ping(ctx) != nil {
		w.close()
	}
	w.ping.Reset(w.srv.cfg.WebSocketPing)
	if w.closed.Load() {
		w.ping.Stop()
	}
}

func (w *wsWire) peer() netip.AddrPort     { return w.addr }
func (w *wsWire) security() *secured       { return w.sec }
func (w *wsWire) browser() BrowserLogin    { return w.login }
func (w *wsWire) target() xmlstream.Target { return xmlstream.WebSocket }

// patience does nothing: keepAlive finds out who is gone.
func (w *wsWire) patience(time.Duration) {}

func (w *wsWire) silent() time.Duration { return 0 }

func (w *wsWire) park(*Session, uint32) bool { return false }

func (w *wsWire) received() int {
	n := w.bytes
	w.bytes = 0
	return n
}

// readMessage is the next message that is not empty.
func (w *wsWire) readMessage() ([]byte, error) {
	for {
		typ, r, err := w.conn.Reader(context.Background())
		if err != nil {
			return nil, w.cause(err)
		}
		if typ != websocket.MessageText { // RFC 7395 §3.3: text only
			w.conn.Close(websocket.StatusUnsupportedData, "text only")
			return nil, io.ErrUnexpectedEOF
		}
		b, err := io.ReadAll(io.LimitReader(r, int64(w.limits.Bytes)+1))
		if err != nil {
			return nil, w.cause(err)
		}
		w.bytes += len(b)
		if len(b) > w.limits.Bytes {
			return nil, fatal("policy-violation", "stanza too big")
		}
		if !blank(b) { // Compat: clients that keep the connection alive with a space, as over TCP
			return b, nil
		}
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

func (w *wsWire) readHeader() (*xmlstream.Header, error) {
	b, err := w.readMessage()
	if err != nil {
		return nil, err
	}
	h, err := xmlstream.ParseDocument(b, w.limits)
	switch {
	case err != nil:
		return nil, err
	case h.Name.Space == NSFraming && h.Name.Local == "close":
		return nil, errEnded
	case h.Name.Space != NSFraming: // RFC 7395 §3.3.2: no <stream:stream>
		return h, fatal("invalid-namespace", "<open/> expected")
	case h.Name.Local != "open":
		return h, fatal("bad-format", "<open/> expected")
	}
	return h, nil
}

func (w *wsWire) readPacket() (*xmlstream.Packet, error) {
	b, err := w.readMessage()
	if err != nil {
		return nil, err
	}
	p, err := xmlstream.Parse(b, NSClient, w.limits)
	if err != nil {
		return nil, err
	}
	if p.Space() == NSFraming {
		if p.Local() == "close" {
			return nil, errEnded
		}
		return nil, fatal("bad-format", "the stream is open already")
	}
	return p, nil
}

func (w *wsWire) reuse(*xmlstream.Packet) {} // each message has memory of its own

func (w *wsWire) restart(l xmlstream.Limits) {
	w.limits, w.opened = l, false
}

func (w *wsWire) appendHeader(dst []byte, from, id string) []byte {
	w.opened = true
	dst = append(dst, "<open xmlns='"+NSFraming+"'"...)
	dst = xmlstream.AppendAttr(dst, "from", from)
	dst = xmlstream.AppendAttr(dst, "id", id)
	return append(dst, " version='1.0' xml:lang='en'/>"...)
}

func (w *wsWire) write(buf []byte, ends []int) error {
	w.under.SetWriteDeadline(time.Now().Add(w.srv.cfg.WriteStall))
	start := 0
	for _, end := range ends {
		if err := w.conn.Write(context.Background(), websocket.MessageText, declareStream(buf[start:end])); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// declareStream gives an element with the prefix stream its declaration, which no stream header carries here (RFC 7395 §3.3.3).
func declareStream(b []byte) []byte {
	const prefix = "<stream:"
	if len(b) < len(prefix) || string(b[:len(prefix)]) != prefix {
		return b
	}
	at := len(prefix)
	for b[at] != '>' && b[at] != ' ' && b[at] != '/' {
		at++
	}
	out := append(make([]byte, 0, len(b)+64), b[:at]...)
	out = append(out, " xmlns:stream='"+NSStreams+"'"...)
	return append(out, b[at:]...)
}

func (w *wsWire) settle() {
	w.settled()
	w.sec, w.login = nil, nil
}

// finish writes the end of the stream; the reader closes the connection once the client has answered, or linger ends.
func (w *wsWire) finish(streamError []byte) {
	var buf []byte
	var ends []int
	if !w.opened {
		buf = w.appendHeader(buf, w.srv.cfg.Domains[0], newStreamID())
		ends = append(ends, len(buf))
	}
	if streamError != nil {
		buf = append(buf, streamError...)
		ends = append(ends, len(buf))
	}
	buf = append(buf, "<close xmlns='"+NSFraming+"'/>"...)
	if w.write(buf, append(ends, len(buf))) != nil {
		w.close()
		return
	}
	w.end()
}

func (w *wsWire) linger() {
	if w.ending() {
		w.under.SetWriteDeadline(time.Now().Add(lingerTime))
		w.conn.Close(websocket.StatusNormalClosure, "")
	}
	w.close()
}

func (w *wsWire) close() {
	w.closed.Store(true)
	w.ping.Stop()
	if st := w.standing.Load(); st != nil {
		st.forget()
	}
	if t, ok := w.under.(*tls.Conn); ok {
		t.NetConn().Close() // without waiting for a writer that hangs
		return
	}
	w.under.Close()
}
