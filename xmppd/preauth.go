package xmppd

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/netip"
	"time"

	"plenum/xmppd/xmlstream"
)

// PreAuthIQ is a request on a stream that has not logged in yet, such as in-band registration (XEP-0077).
type PreAuthIQ struct {
	Type    string // Get or Set
	Payload xmlstream.Element
	Domain  string         // of the stream; the request is addressed to it
	Addr    netip.AddrPort // of the client; zero when the connection has no IP address
	Secure  bool           // encrypted
}

// PreAuthHandler answers a PreAuthIQ with a payload or an error, both as for an IQHandler. It runs on the connection's own
// goroutine; ctx ends with the time for the login.
type PreAuthHandler func(ctx context.Context, iq *PreAuthIQ) (payload any, err error)

// maxPreAuthIQs is how many requests one stream may make before it logs in: a registration takes two to four.
// registrarTimeout is how long a stream may stay after it has made an account, to make more: some programs make those of others so.
// Both begin anew with every account; how many there may be is limited where they are made.
const (
	maxPreAuthIQs    = 20
	registrarTimeout = 30 * time.Minute
)

// HandlePreAuthIQ registers h for requests whose child is {space}local on streams that have not logged in. They are
// accepted only where a login would be: on an encrypted connection, or where plain text is allowed.
func (s *Server) HandlePreAuthIQ(space, local string, h PreAuthHandler) {
	s.mustRegister()
	if s.preAuth == nil {
		s.preAuth = map[xml.Name]PreAuthHandler{}
	}
	k := xml.Name{Space: space, Local: local}
	if s.preAuth[k] != nil {
		panic(fmt.Sprintf("xmppd: two handlers before login for %v", k))
	}
	s.preAuth[k] = h
}

// requestBeforeLogin answers an IQ that somebody has registered for; any other one ends the stream (RFC 6120 §4.9.3.12).
func (n *negotiation) requestBeforeLogin(p *xmlstream.Packet) error {
	first, ok := p.First()
	if !ok || n.exchange != nil {
		return fatal("not-authorized", "log in first")
	}
	h := n.srv.preAuth[xml.Name{Space: first.Space(), Local: first.Local()}]
	if h == nil {
		return fatal("not-authorized", "log in first")
	}
	if !n.trusted() {
		return fatal("policy-violation", "TLS is required")
	}
	if err := n.countRequest(); err != nil {
		return err
	}
	if err := validRequest(p); err != nil {
		return n.replyError(p, err)
	}
	iq := &PreAuthIQ{Type: p.Type(), Payload: first, Domain: n.host, Addr: n.wire.peer(), Secure: n.wire.security() != nil}
	payload, err := n.callBeforeLogin(h, iq)
	if err != nil {
		return n.replyError(p, err)
	}
	if p.Type() == Set {
		n.requests = 0
		n.timer.Reset(max(registrarTimeout, n.srv.cfg.LoginTimeout))
	}
	b, err := encodePayload(payload)
	if err != nil {
		return n.replyError(p, err)
	}
	return n.reply(p, b)
}

// countRequest ends streams that ask on and on before they log in.
func (n *negotiation) countRequest() error {
	if n.requests++; n.requests > maxPreAuthIQs {
		return fatal("policy-violation", "too many requests before the login")
	}
	return nil
}

// validRequest is validIQ for requests only, with exactly one child.
func validRequest(p *xmlstream.Packet) error {
	if p.ID() == "" || p.Type() != Get && p.Type() != Set || !onlyChild(p) {
		return Errorf("bad-request", "an IQ of type get or set has an id and exactly one child")
	}
	return nil
}

func (n *negotiation) callBeforeLogin(h PreAuthHandler, iq *PreAuthIQ) (payload any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = n.srv.bug("a handler of IQs before login", r)
		}
	}()
	return h(n.ctx, iq)
}

// reply answers p with a result. A client that is not bound has no address, so there is no 'to'.
func (n *negotiation) reply(p *xmlstream.Packet, payload []byte) error {
	b := appendHead(make([]byte, 0, 128+len(payload)), "iq", "result", p.ID(), n.host, "")
	if len(payload) == 0 {
		b = append(b, "/>"...)
	} else {
		b = append(append(append(b, '>'), payload...), "</iq>"...)
	}
	r, err := xmlstream.Parse(b, NSClient, xmlstream.S2S)
	if err != nil {
		n.log.Error("a result is not well-formed", "err", err)
		return n.replyError(p, Errorf("internal-server-error", ""))
	}
	return n.send(r.Render(nil, "", "", nil, n.wire.target()))
}

func (n *negotiation) replyError(p *xmlstream.Packet, err error) error {
	b := appendHead(nil, "iq", "error", p.ID(), n.host, "")
	b = append(n.srv.stanzaError(err).append(append(b, '>')), "</iq>"...)
	return n.send(mustOwn(b).Render(nil, "", "", nil, n.wire.target()))
}
