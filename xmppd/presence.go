package xmppd

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// maxDirected is to how many others than contacts one session may show itself: rooms, mostly.
const maxDirected = 1000

func (s *Server) registerPresence() {
	s.OnNode(kindPresence, s.receivePresence)
	s.OnNode(kindProbe, s.receiveProbe)
	s.registerTakeOver()
}

// sessionPresence carries out what a client sends, in its turn.
func (s *Server) sessionPresence(x *Session, p *xmlstream.Packet, to jid.JID) {
	if err := s.presenceFrom(x, p, to); err != nil {
		if e := ErrorReply(p, s.stanzaError(err)); e != nil {
			x.Send(e)
		}
	}
}

func (s *Server) presenceFrom(x *Session, p *xmlstream.Packet, to jid.JID) error {
	if ev, ok := subEventOf(p.Type()); ok {
		return s.sessionSubscription(x, ev, p, to)
	}
	switch p.Type() {
	case "", "unavailable":
		if to.IsZero() {
			return s.undirected(x, p)
		}
		return s.directed(x, p, to)
	case "probe":
		return s.sessionProbe(x, p, to)
	case "error":
		if !to.IsZero() {
			s.routePresence(p, x.jid, to)
		}
		return nil
	}
	return Errorf("bad-request", "a presence has no type %q", p.Type()) // RFC 6121 §4.7.1
}

// undirected handles presence for everybody who may see it (RFC 6121 §4.2, §4.4, §4.5).
func (s *Server) undirected(x *Session, p *xmlstream.Packet) error {
	ev := &Presence{Context: s.ctx, Side: Outbound, Owner: x.jid.Bare(), From: x.jid, Packet: p, Origin: x}
	ev.Initial = p.Type() == "" && !x.Presence().Available
	if err := runHooks(s, &s.Hooks.Presence, Authorize, ev); err != nil {
		return err
	}
	_ = runHooks(s, &s.Hooks.Presence, Rewrite, ev)
	if p.Type() == "" {
		if err := s.available(x, p, ev.Packet); err != nil {
			return err
		}
	} else {
		was := x.Presence()
		x.setPresence(goOffline)
		s.leave(x, was, ev.Packet)
	}
	_ = runHooks(s, &s.Hooks.Presence, Observe, ev)
	return nil
}

// RenewPresence sends the last presence of an available session once more, as its client has said it: when what the hooks make of it in phase
// Rewrite is something else than before.
func (s *Session) RenewPresence() {
	s.seq.Do(true, func() {
		defer s.rescue("a presence")
		if pr := s.Presence(); pr.Available {
			_ = s.srv.undirected(s, pr.said) // what was allowed and read before
		}
	})
}

// available publishes a presence, of which the client has said this much. Offline messages are queued before anything can be delivered live; what is stored while the
// session becomes available is fetched right after it.
func (s *Server) available(x *Session, said, p *xmlstream.Packet) error {
	priority, err := priorityOf(p)
	if err != nil {
		return err
	}
	was := x.Presence()
	takes := priority >= 0 && (!was.Available || was.Priority < 0)
	if takes {
		s.offline.flush(x)
	}
	x.setPresence(func(pr *SessionPresence) {
		if !pr.Available {
			pr.Since = time.Now()
		}
		pr.Available, pr.Priority, pr.Packet, pr.said, pr.parcel = true, priority, p, said, presenceParcel(p, x.jid)
	})
	if takes {
		s.offline.flush(x)
	}
	if !was.Available {
		// At once: what changes from now on reaches the session live, and should not come twice.
		s.pendingRequests(x)
		s.probeContacts(x)
	}
	out := s.newPresenceOut(x.jid, p, x)
	if !was.Available {
		out.until = x.Presence().order
	}
	out.broadcast()
	return nil
}

// arrivals puts the sessions that become available on this node into an order, so that of two which do so at the same time each
// learns of the other once: the later one asks for the presence of the earlier one, and the earlier one does not send it by itself.
type arrivals struct {
	mu sync.Mutex
	n  uint64
}

// store publishes a presence. Whoever has a greater order than another finds the other's presence published.
func (a *arrivals) store(x *Session, was, now *SessionPresence) {
	if was.Available == now.Available {
		x.presence.Store(now)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now.order = 0
	if now.Available {
		a.n++
		now.order = a.n
	}
	x.presence.Store(now)
}

func goOffline(pr *SessionPresence) {
	pr.Available, pr.Priority, pr.Packet, pr.said, pr.parcel, pr.Since, pr.order = false, 0, nil, nil, nil, time.Now(), 0
}

// priorityOf reads the priority, 0 without one (RFC 6121 §4.7.2.3).
func priorityOf(p *xmlstream.Packet) (int8, error) {
	value, found := "0", false
	for e := range p.Children() {
		if !e.Is(NSClient, "priority") {
			continue
		}
		if found {
			return 0, Errorf("bad-request", "a presence has one priority at most")
		}
		value, found = strings.Trim(e.Text(), " \t\r\n"), true
	}
	n, err := strconv.ParseInt(value, 10, 8)
	if err != nil {
		return 0, Errorf("bad-request", "a priority is a number from -128 to 127")
	}
	return int8(n), nil
}

// directed handles presence for one entity (RFC 6121 §4.6). Whoever got it is told when the session ends.
func (s *Server) directed(x *Session, p *xmlstream.Packet, to jid.JID) error {
	ev := &Presence{Context: s.ctx, Side: Outbound, Owner: x.jid.Bare(), From: x.jid, To: to, Packet: p, Origin: x}
	if err := runHooks(s, &s.Hooks.Presence, Authorize, ev); err != nil {
		return err
	}
	_ = runHooks(s, &s.Hooks.Presence, Rewrite, ev)
	if s.local(to) {
		if p.Type() == "unavailable" {
			delete(x.directed, to)
		} else if err := x.track(to); err != nil {
			return err
		}
	}
	if s.hosts[to.Domain()] {
		out := s.newPresenceOut(x.jid, ev.Packet, x)
		out.authorized = true // by the hooks above, for the sender's side
		out.to(to)
		out.flush()
	} else {
		s.toDomain(ev.Packet, x.jid, to, x)
	}
	_ = runHooks(s, &s.Hooks.Presence, Observe, ev)
	return nil
}

func (s *Session) track(to jid.JID) error {
	if _, known := s.directed[to]; known {
		return nil
	}
	if len(s.directed) >= maxDirected {
		return Errorf("resource-constraint", "presence was sent to %d others than contacts, which is the limit", maxDirected)
	}
	if s.directed == nil {
		s.directed = map[jid.JID]struct{}{}
	}
	s.directed[to] = struct{}{}
	return nil
}

// unavailable makes known that a session has ended; its turn calls it.
func (s *Server) unavailable(x *Session) {
	was := x.Presence()
	if !was.Available && len(x.directed) == 0 {
		return
	}
	off := *was
	goOffline(&off)
	x.presence.Store(&off) // not published: the session is no longer registered
	p := unavailableFrom(x.jid)
	if s.succeeded(x) {
		x.directed = nil // a room that the new session has not entered notices its end
	} else {
		s.leave(x, was, p)
	}
	ev := &Presence{Context: s.ctx, Side: Outbound, Owner: x.jid.Bare(), From: x.jid, Packet: p, Origin: x}
	_ = runHooks(s, &s.Hooks.Presence, Observe, ev)
}

func unavailableFrom(full jid.JID) *xmlstream.Packet {
	return mustOwn(append(appendHead(nil, "presence", "unavailable", "", full.String(), ""), "/>"...))
}

// leave sends an unavailable presence to all who had seen the session: contacts, the account's own sessions, and those who got
// directed presence (RFC 6121 §4.5.2, §4.6.3), each once.
func (s *Server) leave(x *Session, was *SessionPresence, p *xmlstream.Packet) {
	if was.Available {
		out := s.newPresenceOut(x.jid, p, x)
		out.broadcast()
		if s.Session(x.jid) == x {
			x.SendAs(p, "", x.jid.String(), nil) // the broadcast leaves out who is not available any more
		}
	}
	if len(x.directed) == 0 {
		return
	}
	out := s.newPresenceOut(x.jid, p, x)
	for to := range x.directed {
		if was.Available {
			if item, _ := s.RosterItem(x.jid.Bare(), to.Bare()); item.Subscription.From() || to.Bare() == x.jid.Bare() {
				continue
			}
		}
		out.to(to)
	}
	out.flush()
	x.directed = nil
}

// goneElsewhere reports a session unavailable whose node has died.
func (s *Server) goneElsewhere(full jid.JID) {
	out := s.newPresenceOut(full, unavailableFrom(full), nil)
	out.broadcast()
}

// routePresence is for presence that no session of this node has sent: of a component, an account, or the server.
func (s *Server) routePresence(p *xmlstream.Packet, from, to jid.JID) {
	if !s.hosts[to.Domain()] {
		s.toDomain(p, from, to, nil)
		return
	}
	if to.Local() == "" {
		return // the server itself has no use for presence
	}
	if ev, ok := subEventOf(p.Type()); ok {
		s.routeSubscription(ev, p, from.Bare(), to.Bare())
		return
	}
	switch p.Type() {
	case "probe":
		s.answerProbe(p, from, to)
	case "", "unavailable":
		out := s.newPresenceOut(from, p, nil)
		out.to(to)
		out.flush()
	case "error":
		if to.IsFull() && s.reaches(from, to) {
			s.toFull(p, to, nil)
		}
	}
}

// routeSubscription leaves the sender's turn, because it writes.
func (s *Server) routeSubscription(ev subEvent, p *xmlstream.Packet, from, to jid.JID) {
	p = p.Rewrite(xmlstream.Rewrite{From: xmlstream.Set(from.String()), To: xmlstream.Set(to.String())})
	s.background("a subscription", func() { s.subscriptionIn(to, from, ev, p) })
}

// presenceHere is for presence that another node has found to belong to a session here.
func (s *Server) presenceHere(p *xmlstream.Packet, from, to jid.JID) {
	if p.Type() == "error" {
		if x := s.Session(to); x != nil {
			x.Send(p)
		}
		return
	}
	out := s.newPresenceOut(from, p, nil)
	out.authorized = true
	out.here(to)
}
