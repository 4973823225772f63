package xmppd

import (
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

func localTarget(x *Session) Target {
	return Target{JID: x.jid, SID: x.sid, Flags: x.flags.Load(), Node: string(x.srv.node.ID), local: x}
}

func remoteTarget(to jid.JID, r cluster.Session) Target {
	full, err := to.Bare().WithResource(r.Resource)
	if err != nil {
		full = to.Bare()
	}
	return Target{JID: full, SID: r.SID, Flags: r.Flags, Node: string(r.Node)}
}

// Targets are all sessions of an account, on all nodes.
func (s *Server) Targets(bare jid.JID) []Target {
	local, remote := s.users.get(bare), s.remote(bare)
	if len(local)+len(remote) == 0 {
		return nil
	}
	out := make([]Target, 0, len(local)+len(remote))
	for _, x := range local {
		out = append(out, localTarget(x))
	}
	for _, r := range remote {
		out = append(out, remoteTarget(bare, r))
	}
	return out
}

// Route sends a stanza of the server, an account or a component to its 'to', as if 'from' had sent it. Both must be valid.
// Stanzas that are routed by different goroutines have no order among each other; where one origin has several, use a
// Sequence and RouteIn.
func (s *Server) Route(p *xmlstream.Packet) {
	q := Sequence{db: s.db}
	s.RouteIn(&q, p)
}

// NewSequence is for a component that owns ordered streams of stanzas, such as a room.
func (s *Server) NewSequence() *Sequence { return &Sequence{db: s.db} }

// RouteIn is Route with the order of q: a message that has to be stored first holds up what is routed in q after it.
func (s *Server) RouteIn(q *Sequence, p *xmlstream.Packet) {
	from, err1 := jid.Parse(p.From())
	to, err2 := jid.Parse(p.To())
	if err1 != nil || err2 != nil {
		s.log.Error("a stanza of the server's own has no valid address", "from", p.From(), "to", p.To())
		return
	}
	switch p.Kind() {
	case xmlstream.Message:
		m := s.newTransit(nil, p, to)
		m.prepare()
		q.Commit(m.batch, s.transitDone(q, m))
	case xmlstream.Presence:
		q.Do(false, func() { s.routePresence(p, from, to) })
	case xmlstream.IQ:
		q.Do(false, func() { s.routeIQ(p, from, to, nil) })
	}
}

func (s *Server) transitDone(q *Sequence, m *transit) func(error) {
	return func(err error) {
		defer func() {
			if r := recover(); r != nil {
				s.bug("a message", r)
			}
		}()
		if b := m.deliver(err); b != nil {
			q.Then(b, s.transitDone(q, m))
		}
	}
}

// toDomain hands a stanza to a component, or refuses it: there are no other servers to reach.
func (s *Server) toDomain(p *xmlstream.Packet, from, to jid.JID, origin *Session) {
	if c := s.components[to.Domain()]; c != nil {
		c.Deliver(s.ctx, &Stanza{From: from, To: to, Packet: p, Origin: origin})
		return
	}
	e := ErrorReply(p, Errorf("remote-server-not-found", ""))
	if e == nil || p.Kind() == xmlstream.Presence && p.Type() == "unavailable" {
		return
	}
	switch {
	case p.Kind() == xmlstream.Message:
		s.routeNotice(e)
	case origin != nil:
		origin.Send(e)
	case s.local(from):
		s.Route(e)
	}
}

// local reports whether stanzas to j stay in this server or cluster.
func (s *Server) local(j jid.JID) bool {
	return s.hosts[j.Domain()] || s.components[j.Domain()] != nil
}

// routeIQ applies RFC 6121 §8.5 to IQs: the server answers for itself and for accounts, and passes on what is for a session.
func (s *Server) routeIQ(p *xmlstream.Packet, from, to jid.JID, origin *Session) {
	request := p.Type() == Get || p.Type() == Set
	if to.IsZero() {
		to = from.Bare()
	}
	iq := &IQ{Packet: p, From: from, To: to, Origin: origin, srv: s}
	switch {
	case !s.hosts[to.Domain()]:
		if !request && s.answered(pendingKey{from, p.ID()}, p) {
			return
		}
		if s.mayPass(iq, request) {
			s.toDomain(p, from, to, origin)
		}
	case to.IsFull():
		s.iqToSession(iq, request)
	case !request:
		s.answered(pendingKey{from, p.ID()}, p)
	case to.Local() == "":
		s.serveIQ(ToServer, iq)
	default: // existing or not: the answer must not tell (RFC 6120 §13.11)
		if s.mayPass(iq, request) {
			s.serveIQ(ToAccount, iq)
		}
	}
}

// mayPass asks the hooks. What they refuse is answered when it is a request, and dropped otherwise.
func (s *Server) mayPass(iq *IQ, request bool) bool {
	var err error = Errorf("service-unavailable", "") // as if nobody were there
	if s.reaches(iq.From, iq.To) {
		err = runHooks(s, &s.Hooks.IQ, Authorize, iq)
	}
	if err != nil && request {
		iq.Error(err)
	}
	return err == nil
}

func (s *Server) iqToSession(iq *IQ, request bool) {
	if !s.mayPass(iq, request) {
		return
	}
	if s.toFull(iq.Packet, iq.To, nil) {
		return
	}
	if request {
		iq.Error(Errorf("service-unavailable", ""))
	}
}

// toFull gives a stanza to the session with this full JID, wherever it is.
func (s *Server) toFull(p *xmlstream.Packet, to jid.JID, extra []byte) bool {
	if x := s.Session(to); x != nil {
		return x.SendAs(p, "", "", extra)
	}
	for _, r := range s.remote(to.Bare()) {
		if r.Resource == to.Resource() {
			return s.toTarget(remoteTarget(to, r), p, extra)
		}
	}
	return false
}

// toTarget queues a stanza for one session.
func (s *Server) toTarget(t Target, p *xmlstream.Packet, extra []byte) bool {
	if t.local != nil {
		e := stanzaEntry(p, extra)
		if p.Kind() == xmlstream.Message {
			e.at = s.clock()
		}
		if !t.local.push(e) {
			s.redeliverOne(t.local.jid, e)
		}
		return true
	}
	return s.sendEnvelope(cluster.NodeID(t.Node), delivery{kind: toOne, resource: t.JID.Resource(), bare: t.JID.Bare(), pkt: p, extra: extra})
}

// SendTo queues a stanza for one session, keeping its addresses.
func (s *Server) SendTo(t Target, p *xmlstream.Packet) bool { return s.toTarget(t, p, nil) }

// Audience names the sessions of an account that get something.
type Audience uint8

// The audiences that SendAccount knows.
const (
	Available   Audience = iota // have sent presence
	NonNegative                 // available with a priority that takes messages for the bare JID
	Interested                  // have asked for the roster
	Attentive                   // available or interested
	Bound                       // every session
)

func (a Audience) includes(p *SessionPresence) bool {
	switch a {
	case Available:
		return p.Available
	case NonNegative:
		return p.Available && p.Priority >= 0
	case Interested:
		return p.Interested
	case Attentive:
		return p.Available || p.Interested
	}
	return true
}

// SendAccount gives a stanza to each session of an account that belongs to the audience, on every node, with 'to' set to the
// session's full JID (subscription stanzas keep the bare one). Except, a full JID, is left out; it may be zero. It returns how many sessions of this node got it.
func (s *Server) SendAccount(bare jid.JID, a Audience, p *xmlstream.Packet, except jid.JID) int {
	n := s.sendLocal(bare, a, p, except)
	for _, node := range s.RemoteNodes(bare) {
		s.sendEnvelope(node, delivery{kind: toAudience, audience: a, bare: bare, resource: except.Resource(), pkt: p})
	}
	return n
}

func (s *Server) sendLocal(bare jid.JID, a Audience, p *xmlstream.Packet, except jid.JID) int {
	n := 0
	keep := isSubscription(p) // RFC 6121 §3.1.3: these stay addressed to the account
	for _, x := range s.users.get(bare) {
		if x.jid == except || !a.includes(x.presence.Load()) {
			continue
		}
		to := ""
		if !keep {
			to = x.jid.String()
		}
		if x.SendAs(p, "", to, nil) {
			n++
		}
	}
	return n
}

func isSubscription(p *xmlstream.Packet) bool {
	if p.Kind() != xmlstream.Presence {
		return false
	}
	switch p.Type() {
	case "subscribe", "subscribed", "unsubscribe", "unsubscribed":
		return true
	}
	return false
}
