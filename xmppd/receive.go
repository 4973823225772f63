package xmppd

import (
	"fmt"
	"runtime/debug"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// received is the state of a stanza that a session sent, once its addresses are checked.
type received struct {
	s   *Session
	pkt *xmlstream.Packet // from = the full JID
	to  jid.JID           // zero without 'to'
}

// receive takes one first-level element from the client; the reader calls it in order. A non-nil error ends the stream. Spent says
// that nobody has kept anything of p.
func (s *Session) receive(p *xmlstream.Packet) (spent bool, err error) {
	if p.Kind() == xmlstream.Nonza {
		return false, s.receiveNonza(p)
	}
	if err := s.checkFrom(p); err != nil {
		return false, err
	}
	s.srv.metrics.received(p.Kind())
	if s.unawaited(p) {
		s.answers.note()
		s.seq.WaitBelow(s.srv.cfg.InFlight)
		s.seq.Do(false, s.sm.handled)
		return true, nil
	}
	s.receiveStanza(p)
	return false, nil
}

func (s *Session) receiveStanza(p *xmlstream.Packet) {
	r := received{s: s, pkt: s.stamp(p)}
	if t := p.To(); t != "" {
		to, err := s.jids.Parse(t)
		if err != nil {
			s.seq.Do(true, s.counted(func() {
				if e := ErrorReply(r.pkt, Errorf("jid-malformed", "")); e != nil {
					s.SendAs(e, "", "", nil)
				}
			}))
			return
		}
		r.to = to
	}
	s.seq.WaitBelow(s.srv.cfg.InFlight)
	if err := s.confined(&r); err != nil {
		s.seq.Do(true, s.counted(func() { s.refuse(&r, err) }))
		return
	}
	if p.Kind() == xmlstream.Message && !s.seq.Blocked() {
		s.archiveMessage(r)
		return
	}
	s.seq.Do(true, func() { s.handle(r) })
}

// refuse tells the client that its stanza goes nowhere. Nobody is told that he cannot leave.
func (s *Session) refuse(r *received, err error) {
	if r.pkt.Kind() == xmlstream.Presence && r.pkt.Type() == "unavailable" {
		return
	}
	if e := ErrorReply(r.pkt, s.srv.stanzaError(err)); e != nil {
		s.Send(e)
	}
}

// counted wraps fn so that the stanza counts as handled after it (XEP-0198#acking).
func (s *Session) counted(fn func()) func() {
	return func() {
		defer s.sm.handled()
		defer s.rescue("a stanza")
		fn()
	}
}

// handle carries out a stanza in its turn.
func (s *Session) handle(r received) {
	switch r.pkt.Kind() {
	case xmlstream.Message:
		m := s.srv.newTransit(s, r.pkt, r.to)
		m.prepare()
		s.seq.Then(m.batch, s.messageDone(m))
	case xmlstream.Presence:
		s.counted(func() { s.srv.sessionPresence(s, r.pkt, r.to) })()
	case xmlstream.IQ:
		s.counted(func() { s.handleIQ(r) })()
	}
}

// archiveMessage prepares a message at once, so that many of one session share a commit, and delivers it in its turn.
func (s *Session) archiveMessage(r received) {
	m := s.srv.newTransit(s, r.pkt, r.to)
	m.prepare()
	s.seq.Commit(m.batch, s.messageDone(m))
}

func (s *Session) messageDone(m *transit) func(error) {
	return func(err error) {
		defer s.rescue("a message")
		if b := m.deliver(err); b != nil { // nobody was there any more: the offline store comes first
			s.seq.Then(b, s.messageDone(m))
			return
		}
		s.sm.handled()
	}
}

// checkFrom refuses a 'from' that is not the session's own (RFC 6120 §8.1.2.1).
func (s *Session) checkFrom(p *xmlstream.Packet) error {
	from := p.From()
	if from == "" {
		return nil
	}
	j, err := s.jids.Parse(from)
	if err != nil || j != s.jid && j != s.jid.Bare() {
		return &xmlstream.Error{Condition: "invalid-from", Text: "'from' is not the address of this session"}
	}
	return nil
}

// stamp sets 'from' to the full JID and the language of the stream where the stanza has none (RFC 6120 §4.7.4, §8.1.2.1).
func (s *Session) stamp(p *xmlstream.Packet) *xmlstream.Packet {
	full := s.jid.String()
	r := xmlstream.Rewrite{From: xmlstream.Set(full)}
	if s.lang != "" && p.Lang() == "" {
		r.Lang = xmlstream.Set(s.lang)
	}
	return p.Rewrite(r)
}

func (s *Session) handleIQ(r received) {
	if err := validIQ(r.pkt); err != nil {
		if e := ErrorReply(r.pkt, err); e != nil {
			s.Send(e)
		}
		return
	}
	s.srv.routeIQ(r.pkt, s.jid, r.to, s)
}

func validIQ(p *xmlstream.Packet) *StanzaError {
	switch p.Type() {
	case "get", "set", "result", "error":
	default:
		return Errorf("bad-request", "the type of an IQ is get, set, result or error")
	}
	if p.ID() == "" {
		return Errorf("bad-request", "an IQ needs an id")
	}
	return nil
}

// rescue keeps a bug in the handling of one stanza from taking the server down.
func (s *Session) rescue(what string) {
	if r := recover(); r != nil {
		s.srv.bug(what, r)
		s.Close("internal-server-error", "")
	}
}

// bug logs a panic and returns it as an error that shows nothing to the peer.
func (s *Server) bug(what string, r any) error {
	s.log.Error("panic in "+what, "panic", r, "stack", string(debug.Stack()))
	s.metrics.panics.Add(1)
	return fmt.Errorf("panic in %s", what)
}
