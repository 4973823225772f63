package xmppd

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/xmlstream"
)

// negotiation takes a connection from its first byte to a bound session (RFC 6120 §4-7). It is dropped as a whole then, and
// the session's stream goes on elsewhere with a fresh stack: what this one leaves behind is not carried along for days.
//
// The steps, each of which begins with a stream header of the client:
//
//	stepPlain → <starttls/> → stepLogin → <success/> → stepBind → bound
//
// Direct TLS and WebSocket begin with stepLogin; stepPlain admits a login, too, where plain text is allowed.
type negotiation struct {
	srv  *Server
	wire wire
	log  *slog.Logger
	ctx  context.Context // ends with the time for the login
	step step

	host     string // the domain of this stream; set by its first header
	lang     string
	user     jid.JID // bare; set by SASL alone, never by a header
	exchange *sasl.Exchange
	login    BrowserLogin // by which the client has logged in; nil for all other ways
	failures int          // failed logins
	requests int          // IQs before the login, since the last that changed something
	timer    *time.Timer  // ends the negotiation
	turn     uint32       // of the session's readRight, once bound
}

type step uint8

const (
	stepPlain step = iota
	stepLogin
	stepBind
)

// outcome says how a stream goes on after an element.
type outcome uint8

const (
	goOn    outcome = iota
	restart         // with a new stream header
	bound           // the session has its connection
)

// converse runs a connection until its session is bound and then hands it over, or until it ends.
func (s *Server) converse(w wire) {
	if !s.streams.add(w) {
		w.close()
		s.left(w, true)
		return
	}
	x, turn := s.negotiate(w)
	s.streams.drop(w)
	if x == nil {
		w.linger()
		s.left(w, true)
		return
	}
	s.streams.bound(w.peer().Addr())
	go s.readSession(x, w, turn, false)
	if s.closing.Load() { // Stop may have looked for sessions just before this one was there
		x.end("system-shutdown", "the server is being stopped")
	}
}

func (s *Server) left(w wire, unbound bool) {
	s.streams.leave(w.peer().Addr(), unbound)
	s.conns.Done()
}

// negotiate returns nil when the connection ends without a session; the peer has been told why.
func (s *Server) negotiate(w wire) (x *Session, turn uint32) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	timer := time.AfterFunc(s.cfg.LoginTimeout, func() { w.interrupt("connection-timeout"); cancel() })
	defer timer.Stop()
	n := &negotiation{srv: s, wire: w, ctx: ctx, timer: timer, log: s.log.With("cid", newStreamID()[:8], "addr", w.peer())}
	defer func() {
		if r := recover(); r != nil {
			s.bug("a negotiation", r)
			w.finish(streamError("internal-server-error", ""))
			x = nil
		}
	}()
	x, err := n.run()
	if err != nil {
		n.fail(err)
	}
	if ws, ok := w.(*wsWire); ok && x != nil && n.login != nil {
		ws.standOn(n.login, x, n.turn)
	}
	return x, n.turn
}

// fail tells the peer what is wrong, unless the connection is gone already.
func (n *negotiation) fail(err error) {
	e, ok := asStreamError(err)
	switch {
	case ok:
		n.log.Info("stream refused", "condition", e.Condition, "text", e.Text, "user", n.user)
		n.wire.finish(e.append(nil))
	case errors.Is(err, errEnded):
		n.wire.finish(nil)
	default:
		n.log.Debug("connection ended during negotiation", "err", err)
		n.wire.close()
	}
}

func (n *negotiation) run() (*Session, error) {
	if t, ok := n.wire.(*tcpWire); ok && t.direct {
		if err := t.encrypt(""); err != nil {
			return nil, err
		}
	}
	if n.wire.security() != nil {
		n.step = stepLogin
	}
	for {
		x, err := n.stream()
		if x != nil || err != nil {
			return x, err
		}
	}
}

// stream runs one stream, from its header to its restart or the binding.
func (n *negotiation) stream() (*Session, error) {
	if err := n.open(); err != nil {
		return nil, err
	}
	for {
		p, err := n.wire.readPacket()
		if err != nil {
			return nil, err
		}
		trace(n.log, "received", p.Raw())
		v, x, err := n.element(p)
		switch {
		case err != nil:
			return nil, err
		case v == bound:
			return x, nil
		case v == restart:
			return nil, nil
		}
	}
}

// element carries out one first-level element.
func (n *negotiation) element(p *xmlstream.Packet) (outcome, *Session, error) {
	space, local := p.Space(), p.Local()
	switch {
	case space == NSTLS && local == "starttls":
		v, err := n.startTLS()
		return v, nil, err
	case n.step == stepBind:
		return n.beforeBinding(p)
	case space == NSSASL:
		v, err := n.authenticate(p)
		return v, nil, err
	case p.Kind() == xmlstream.IQ:
		return goOn, nil, n.requestBeforeLogin(p)
	case space == NSSM && (local == "enable" || local == "resume"): // XEP-0198#enable
		if err := n.countRequest(); err != nil {
			return goOn, nil, err
		}
		return goOn, nil, n.send(smFailed("unexpected-request", -1))
	}
	// RFC 6120 §4.9.3.12
	return goOn, nil, fatal("not-authorized", "log in first")
}

// send writes elements of the server's own; during the negotiation nobody else writes.
func (n *negotiation) send(elements ...[]byte) error {
	var buf []byte
	var ends []int
	for _, e := range elements {
		buf = append(buf, e...)
		ends = append(ends, len(buf))
	}
	traceSent(n.log, buf, ends)
	return n.wire.write(buf, ends)
}

// trusted reports whether secrets may pass: the connection is encrypted, or the operator has allowed plain text.
func (n *negotiation) trusted() bool { return n.wire.security() != nil || n.srv.cfg.AllowPlaintext }
