package xmppd

import (
	"errors"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// transit is one message on its way: prepare runs the checks and collects the rows of both accounts, and deliver hands it
// over once these are committed.
type transit struct {
	srv     *Server
	origin  *Session // nil when no session of this node sent it
	pkt     *xmlstream.Packet
	from    jid.JID
	to      jid.JID
	batch   *store.Batch
	out     *Message // the pass of the sender's account; nil when it is not local
	in      *Message // the pass of the recipient's account; nil when it is not local
	err     error    // refused: what the sender is told
	sent    bool     // the sender's account has let it pass, and does not know yet that it is on its way
	notice  bool     // the server has made it in the sender's name, whose account has no part in it
	settled bool     // the offline store has it
}

func (s *Server) newTransit(origin *Session, p *xmlstream.Packet, to jid.JID) *transit {
	m := &transit{srv: s, origin: origin, pkt: p, to: to, batch: new(store.Batch)}
	if origin != nil {
		m.from = origin.jid
	} else {
		m.from, _ = jid.Parse(p.From())
	}
	if to.IsZero() {
		m.to = m.from.Bare()
	}
	return m
}

// prepare runs the phases up to Archive for the sender and, if it is local, the recipient. What is refused is not stored.
func (m *transit) prepare() {
	if m.collect(); m.err != nil {
		m.batch = new(store.Batch)
		if m.out != nil {
			m.out.StanzaID = ""
		}
	}
}

func (m *transit) collect() {
	s := m.srv
	if s.hosts[m.from.Domain()] && m.from.Local() != "" && !m.notice {
		m.out = &Message{Context: s.ctx, Side: Outbound, Owner: m.from.Bare(), From: m.from, To: m.to, Packet: m.pkt, Origin: m.origin, Batch: m.batch}
		if m.err = m.run(m.out); m.err != nil {
			return
		}
		m.pkt, m.sent = m.out.Packet, true
	}
	if !s.hosts[m.to.Domain()] || m.to.Local() == "" {
		return
	}
	m.in = &Message{Context: s.ctx, Side: Inbound, Owner: m.to.Bare(), From: m.from, To: m.to, Packet: m.pkt, Origin: m.origin, Batch: m.batch, Twin: m.out}
	if !m.notice {
		if !s.reaches(m.from, m.to) {
			m.err = Errorf("service-unavailable", "") // as if nobody were there
			return
		}
		if m.err = runHooks(s, &s.Hooks.Message, Authorize, m.in); m.err != nil {
			return
		}
	}
	d := s.decideMessage(m.pkt, m.to)
	switch d.ruling {
	case refuse:
		m.err = Errorf("service-unavailable", "")
		return
	case ignore:
		m.in = nil
		m.to = jid.JID{}
		return
	case storeOffline:
		m.in.Offline = true
	}
	if m.err = m.finishPrepare(m.in); m.err != nil {
		return
	}
	if m.in.Offline {
		if m.err = s.offline.add(m.batch, m.in); m.err == nil {
			m.settled = true
		}
	}
}

func (m *transit) run(ev *Message) error {
	if err := runHooks(m.srv, &m.srv.Hooks.Message, Authorize, ev); err != nil {
		return err
	}
	return m.finishPrepare(ev)
}

func (m *transit) finishPrepare(ev *Message) error {
	_ = runHooks(m.srv, &m.srv.Hooks.Message, Rewrite, ev)
	ev.Packet = m.srv.stripForged(ev)
	_ = runHooks(m.srv, &m.srv.Hooks.Message, Archive, ev)
	return nil
}

// deliver runs after the commit. It returns a batch when the message has to go to the offline store after all, because the
// last session has ended since; then it is to be called again after that is committed.
func (m *transit) deliver(err error) *store.Batch {
	s := m.srv
	if err != nil {
		m.bounce(s.notStored(err))
		return nil
	}
	if m.sent { // first, so that the sender's other clients know of the message before they see what came of it
		m.sent = false
		m.srv.after(m.out)
	}
	if m.err != nil {
		m.bounce(m.err)
		return nil
	}
	switch {
	case m.to.IsZero(): // silently ignored
	case m.in != nil:
		if b := m.deliverLocal(); b != nil {
			return b
		}
	case s.hosts[m.to.Domain()]:
		m.toServer()
	default:
		s.toDomain(m.pkt, m.from, m.to, m.origin)
	}
	return nil
}

// notStored is what the sender is told when the batch was not committed.
func (s *Server) notStored(err error) error {
	var refused *StanzaError // the recipient's offline store is full
	if errors.As(err, &refused) {
		return refused
	}
	s.log.Error("a message could not be stored", "err", err)
	return Errorf("resource-constraint", "the message could not be stored")
}

// deliverLocal gives the message to the sessions it is for.
func (m *transit) deliverLocal() *store.Batch {
	s := m.srv
	if m.settled {
		s.offline.arrived(m.in.Owner) // somebody may have logged in while it was being committed
		s.after(m.in)
		return nil
	}
	d := s.decideMessage(m.in.Packet, m.to)
	switch d.ruling {
	case refuse:
		m.bounce(Errorf("service-unavailable", ""))
	case storeOffline:
		b := new(store.Batch)
		m.in.Offline, m.in.Batch = true, b
		if err := s.offline.add(b, m.in); err != nil {
			m.bounce(err)
			return nil
		}
		m.settled = true
		return b
	case deliver:
		extra := m.in.StanzaIDElement()
		for _, t := range d.targets {
			s.toTarget(t, m.in.Packet, extra)
		}
		m.in.Targets = d.targets
	}
	s.after(m.in)
	return nil
}

func (s *Server) after(ev *Message) {
	_ = runHooks(s, &s.Hooks.Message, Deliver, ev)
	_ = runHooks(s, &s.Hooks.Message, Observe, ev)
}

// toServer answers a message to a user domain itself: nobody reads it (RFC 6121 §8.5.1 leaves it to the server).
func (m *transit) toServer() {
	switch m.pkt.Type() {
	case "error", "headline":
	default:
		m.bounce(Errorf("service-unavailable", ""))
	}
}

// bounce tells the sender why the message went nowhere.
func (m *transit) bounce(err error) {
	if m.to.IsZero() {
		return
	}
	if e := ErrorReply(m.pkt, m.srv.stanzaError(err)); e != nil {
		m.srv.routeNotice(e)
	}
}

// routeNotice is Route for a message that the server has made in the name of an addressee. The account that it seems to come from
// is not asked and does not see it, and nobody may refuse it.
func (s *Server) routeNotice(p *xmlstream.Packet) {
	to, err := jid.Parse(p.To())
	if err != nil {
		return // the sender had no valid address
	}
	q := Sequence{db: s.db}
	m := s.newTransit(nil, p, to)
	m.notice = true
	m.prepare()
	q.Commit(m.batch, s.transitDone(&q, m))
}

const nsStanzaID = "urn:xmpp:sid:0"

// StanzaIDElement names the message's place in the owner's archive (XEP-0359); nil when it is not archived.
func (ev *Message) StanzaIDElement() []byte {
	if ev.StanzaID == "" {
		return nil
	}
	b := append(make([]byte, 0, 128), "<stanza-id xmlns='"+nsStanzaID+"'"...)
	b = xmlstream.AppendAttr(b, "by", ev.Owner.String())
	b = xmlstream.AppendAttr(b, "id", ev.StanzaID)
	return append(b, "/>"...)
}

// stripForged removes what only this server may say: ids that claim to come from the owner's archive (XEP-0359#rules), and in what
// the owner sends, delays that the server seems to have noted (XEP-0203#security).
func (s *Server) stripForged(ev *Message) *xmlstream.Packet {
	p := ev.Packet
	if !p.Hints().Any(xmlstream.HintStanzaID | xmlstream.HintDelay) {
		return p
	}
	forged := func(e xmlstream.Element) bool {
		switch {
		case e.Is(nsStanzaID, "stanza-id"):
			by, _ := e.Attr("by")
			j, err := jid.Parse(by)
			return err != nil || j == ev.Owner
		case e.Is(nsDelay, "delay") && ev.Side == Outbound:
			from, _ := e.Attr("from")
			j, err := jid.Parse(from)
			return from != "" && (err != nil || s.local(j) && j.Local() == "")
		}
		return false
	}
	for e := range p.Children() {
		if forged(e) {
			return p.Rewrite(xmlstream.Rewrite{Drop: forged})
		}
	}
	return p
}
