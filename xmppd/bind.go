package xmppd

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// binding is what a stream knows about the session it asks for.
type binding struct {
	user     jid.JID // bare, authenticated
	resource string  // wished for; empty lets the server choose
	lang     string
	addr     string
	secure   bool
	wire     transport
	ignored  []xmlstream.Kind // that a session of the server's own does not want
}

// bind makes a session (RFC 6120 §7). A session that holds the resource already ends with conflict, wherever it is, and before the
// new one begins (takeOver). The error is a *StanzaError for the bind request.
func (s *Server) bind(ctx context.Context, b binding) (*Session, error) {
	if s.closing.Load() {
		return nil, Errorf("resource-constraint", "the server is being stopped")
	}
	resource := b.resource
	if resource == "" {
		resource = rand.Text()
	}
	full, err := b.user.WithResource(resource)
	if err != nil || resource != "" && len(resource) > maxResource {
		return nil, Errorf("bad-request", "the resource is not valid")
	}
	x := s.newSession(full, b)
	if len(s.users.get(b.user)) >= s.cfg.SessionsPerUser && s.Session(full) == nil {
		return nil, Errorf("resource-constraint", "this account has %d sessions, which is the limit", s.cfg.SessionsPerUser)
	}
	if old := s.Session(full); old != nil {
		old.end("conflict", "the resource was bound again")
	}
	displaced, err := s.node.Registry.Bind(ctx, x.record())
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", full, err)
	}
	s.users.add(x) // before the wait, so that another bind finds it, and what is sent to it is kept
	s.metrics.binds.Add(1)
	s.takeOver(ctx, x, displaced)
	if s.Session(full) != x {
		return nil, Errorf("conflict", "the resource was bound again")
	}
	x.Log().Info("session bound", "jid", full, "addr", b.addr, "tls", b.secure)
	for _, f := range s.Hooks.SessionStart.list {
		f(x)
	}
	return x, nil
}

// maxResource is the longest resource a client may ask for, in bytes; RFC 7622 §3.4 allows 1023, which nobody needs.
const maxResource = 1023

func (s *Server) newSession(full jid.JID, b binding) *Session {
	x := &Session{srv: s, sid: rand.Text(), jid: full, wire: b.wire, lang: b.lang, addr: b.addr, secure: b.secure, since: time.Now()}
	_, x.own = b.wire.(*ownWire)
	x.seq.db = s.db
	x.ignored = b.ignored
	x.presence.Store(offlinePresence)
	if n := s.rateBytes(full); n > 0 {
		x.limiter = newRateLimiter(n)
	}
	return x
}

var offlinePresence = &SessionPresence{}

// remove takes a session out of the tables; it is unreachable afterwards.
func (s *Server) remove(x *Session) {
	if !s.users.remove(x) {
		return
	}
	s.metrics.unbinds.Add(1)
	// The server's own context is over when it stops; the registry is told all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), unbindTimeout)
	defer cancel()
	if err := s.node.Registry.Unbind(ctx, x.jid.Bare().String(), x.jid.Resource(), x.sid); err != nil {
		x.Log().Warn("the session registry does not answer", "err", err)
	}
}

const unbindTimeout = 5 * time.Second

// CloseSessions ends all sessions of an account on all nodes, for a deleted or disabled account or a changed password.
func (s *Server) CloseSessions(bare jid.JID, condition, text string) {
	for _, t := range s.Targets(bare) {
		s.CloseSession(t, condition, text)
	}
}

// CloseSession ends one session, wherever it is, with a stream error (RFC 6120 §4.9.3).
func (s *Server) CloseSession(t Target, condition, text string) {
	if t.local != nil {
		t.local.Close(condition, text)
		return
	}
	s.kick(cluster.NodeID(t.Node), t.JID.Bare(), t.SID, condition, text, false)
}

// kick ends a session on another node, which answers with kindLeft if somebody waits.
func (s *Server) kick(node cluster.NodeID, bare jid.JID, sid, condition, text string, waits bool) bool {
	b := appendField(appendField(appendField(nil, sid), condition), text)
	if waits {
		b = appendField(b, "wait")
	}
	return s.sendEnvelope(node, delivery{kind: toKick, bare: bare, extra: b})
}

// kicked ends a session here that another node has named.
func (s *Server) kicked(node cluster.NodeID, bare jid.JID, extra []byte) {
	var f [3][]byte // session id, condition, text
	var err error
	for i := range f {
		if f[i], extra, err = takeField(extra); err != nil {
			s.log.Error("the end of a session cannot be read", "err", err)
			return
		}
	}
	sid := string(f[0])
	x := s.sessionByID(bare, sid)
	if x != nil {
		x.Close(string(f[1]), string(f[2]))
	}
	if len(extra) > 0 {
		s.background("the end of a session", func() { s.tellLeft(node, x, sid) })
	}
}

// OpenSession makes a session of the server's own: no socket, but otherwise like any other, with presence, roster and
// stanzas (user@domain/phone is one). Receive gets what is sent to it, one at a time and in order, with the addresses as a
// client would see them; it must not block. What is of a kind in ignored is not even queued for it. Submit sends in its name.
func (s *Server) OpenSession(ctx context.Context, full jid.JID, receive func(*xmlstream.Packet), ignored ...xmlstream.Kind) (*Session, error) {
	if !full.IsFull() || !s.hosts[full.Domain()] {
		return nil, Errorf("jid-malformed", "%s is not a full JID of a local domain", full)
	}
	return s.bind(ctx, binding{user: full.Bare(), resource: full.Resource(), secure: true, wire: &ownWire{receive}, ignored: ignored})
}

// Own reports whether this is a session of the server's own, at which there is no client.
func (s *Session) Own() bool { return s.own }

// Submit sends a stanza as this session's client would.
func (s *Session) Submit(p *xmlstream.Packet) error {
	_, err := s.receive(p)
	return err
}

// ownWire is the transport of a session without a socket.
type ownWire struct{ receive func(*xmlstream.Packet) }

func (w *ownWire) write(buf []byte, ends []int) error {
	start := 0
	for _, end := range ends {
		if p, err := xmlstream.Parse(append([]byte(nil), buf[start:end]...), NSClient, xmlstream.Own); err == nil && p.Kind() != xmlstream.Nonza {
			w.receive(p)
		}
		start = end
	}
	return nil
}

func (*ownWire) finish([]byte)            {}
func (*ownWire) close()                   {}
func (*ownWire) target() xmlstream.Target { return xmlstream.ClientTCP }
