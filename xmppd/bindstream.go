package xmppd

import (
	"strconv"

	"plenum/xmppd/xmlstream"
)

// beforeBinding carries out what a logged-in client may do without a session: bind a resource (RFC 6120 §7), or resume an
// old session (XEP-0198#resumption). Anything else ends the stream (RFC 6120 §7.1).
func (n *negotiation) beforeBinding(p *xmlstream.Packet) (outcome, *Session, error) {
	if p.Space() == NSSM {
		switch p.Local() {
		case "resume":
			return n.resume(p)
		case "enable": // XEP-0198#enable: only after binding
			return goOn, nil, n.send(smFailed("unexpected-request", -1))
		}
	}
	if first, ok := p.First(); ok && p.Kind() == xmlstream.IQ && first.Space() == NSBind && first.Local() == "bind" {
		return n.bind(p, first)
	}
	return goOn, nil, fatal("not-authorized", "bind a resource first")
}

func (n *negotiation) bind(p *xmlstream.Packet, request xmlstream.Element) (outcome, *Session, error) {
	if p.ID() == "" || p.Type() != Set {
		return goOn, nil, n.replyError(p, Errorf("bad-request", "a bind request is an IQ of type set with an id"))
	}
	resource := ""
	for c := range request.Children() {
		if c.Local() == "resource" && c.Space() == NSBind {
			resource = c.Text()
		}
	}
	sec := n.wire.security()
	x, err := n.srv.bind(n.ctx, binding{
		user: n.user, resource: resource, lang: n.lang, addr: n.addr(), secure: sec != nil,
	})
	if err != nil {
		return goOn, nil, n.replyError(p, err)
	}
	b := appendHead(nil, "iq", "result", p.ID(), "", "")
	b = append(b, "><bind xmlns='"+NSBind+"'><jid>"...)
	b = append(xmlstream.AppendEscaped(b, x.jid.String()), "</jid></bind></iq>"...)
	n.turn = x.reader.take()
	if !x.attach(n.wire, mustOwn(b)) {
		return goOn, nil, fatal("conflict", "the resource was bound again")
	}
	n.wire.settle()
	return bound, x, nil
}

func (n *negotiation) resume(p *xmlstream.Packet) (outcome, *Session, error) {
	previd, _ := p.Attr("previd")
	v, _ := p.Attr("h")
	h, err := strconv.ParseUint(v, 10, 32)
	if err != nil || previd == "" {
		return goOn, nil, fatal("bad-format", "resume needs previd and h")
	}
	x, turn, failure, err := n.srv.resume(n.user, previd, uint32(h), n.wire)
	if err != nil {
		return goOn, nil, err
	}
	if x == nil {
		return goOn, nil, n.send(failure)
	}
	n.turn = turn
	n.wire.settle()
	n.log.Info("session resumed", "jid", x.jid, "sid", x.sid)
	return bound, x, nil
}

func (n *negotiation) addr() string {
	if a := n.wire.peer(); a.IsValid() {
		return a.String()
	}
	return ""
}

// attach gives a session that was just bound its connection; first goes out before anything else. False means that the
// session is over already.
func (s *Session) attach(w transport, first *xmlstream.Packet) bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.lost || s.out.closed {
		return false
	}
	s.out.prepend(stanzaEntry(first, nil))
	s.wire = w
	s.busy = true
	s.srv.writers.add()
	go s.write()
	return true
}
