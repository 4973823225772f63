package endpoint

import (
	"crypto/rand"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/jingle/session"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// voice speaks to the peer of one session.
type voice struct {
	srv *xmppd.Server
	q   *xmppd.Sequence // of messages, which may have to be stored
}

// Request implements session.Stanzas.
func (v voice) Request(from, to jid.JID, payload []byte, done func(*xmlstream.Packet)) {
	v.srv.SendIQ(from, to, xmppd.Set, payload, done)
}

// Message implements session.Stanzas.
func (v voice) Message(from, to jid.JID, m *wire.Message) { v.srv.RouteIn(v.q, message(from, to, m)) }

func message(from, to jid.JID, m *wire.Message) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("message", "", "type", "chat", "id", rand.Text(), "from", from.String(), "to", to.String())
	m.Build(b)
	return b.Packet()
}

// newSession is what sessions of a resident have in common.
func (e *Service) newSession(c *callable, local, peer jid.JID, sid string) session.Config {
	return session.Config{
		ID: call.LegID(rand.Text()), SID: sid, Local: local, Peer: peer, Caps: c.caps, LostTime: c.LostTime,
		Stanzas: voice{e.srv, e.srv.NewSequence()}, Media: e.Media, Bundles: e.bundles, Ended: e.table.remove, Log: e.log,
	}
}

// incoming brings a new session to its owner and carries it. The error is the owner's, or that of a limit.
func (e *Service) incoming(c *callable, cfg session.Config, video bool) (*session.Session, error) {
	cfg.Role = wire.Responder
	s := session.New(cfg)
	if err := e.table.add(s); err != nil {
		return nil, err
	}
	sink, err := c.Owner.Incoming(cfg.Peer, cfg.Local, s, call.Offer{
		ID: cfg.ID, From: call.Party{JID: cfg.Peer.Bare()}, To: call.Party{JID: cfg.Local.Bare()}, Video: video && c.Video,
	})
	if err != nil {
		e.table.remove(s)
		return nil, err
	}
	go s.Run(e.ctx, sink)
	return s, nil
}

// initiated takes a session-initiate that no message has announced.
func (e *Service) initiated(c *callable, local, peer jid.JID, j *wire.Jingle, reply func(error)) {
	for _, s := range e.table.between(local, peer) {
		// Both call each other: the lower sid has precedence (XEP-0166#def-action-ties).
		if mine(s) && s.Pending() && s.SID < j.SID {
			reply(wire.TieBreak())
			return
		}
	}
	cfg := e.newSession(c, local, peer, j.SID)
	s, err := e.incoming(c, cfg, hasVideo(j))
	if err == nil {
		s.Request(peer, j, reply)
		return
	}
	// The request is all right, and what is said of the call has a reason that clients show.
	e.log.Info("a call is refused", "from", peer, "to", local, "err", err)
	reply(nil)
	why := session.WireReason(session.Refusal(err))
	b := xmlstream.NewBuilder()
	(&wire.Jingle{Action: wire.SessionTerminate, SID: j.SID, Reason: &why}).Build(b)
	cfg.Stanzas.Request(local, peer, b.Bytes(), func(*xmlstream.Packet) {})
}

func hasVideo(j *wire.Jingle) bool {
	for i := range j.Contents {
		if d := j.Contents[i].Description; d != nil && d.Media == "video" {
			return true
		}
	}
	return false
}

// deliverMessage takes a message of Jingle Message Initiation (XEP-0353).
func (e *Service) deliverMessage(c *callable, resident jid.JID, in *xmppd.Stanza) bool {
	x, ok := wire.FindMessage(in.Packet)
	if !ok {
		return false
	}
	m, err := wire.ParseMessage(x)
	switch {
	case !e.rates.take(in.From.Bare(), time.Now()):
	case err != nil:
		e.log.Debug("a message about a call cannot be read", "from", in.From, "err", err)
	case in.Packet.Type() == "error":
		if s := e.table.find(resident, in.From, m.ID); s != nil {
			s.Bounced(wire.ParseError(in.Packet))
		}
	case m.Kind == wire.MessagePropose:
		e.proposed(c, resident, in.From.Clone(), m)
	default:
		if s := e.table.find(resident, in.From, m.ID); s != nil {
			s.Hear(in.From, m)
		}
	}
	return true
}

// proposed takes a propose.
func (e *Service) proposed(c *callable, local, peer jid.JID, m *wire.Message) {
	if e.table.find(local, peer, m.ID) != nil {
		return // it has come twice
	}
	reject := func(r wire.Reason, tie bool) {
		e.srv.Route(message(local, peer, &wire.Message{Kind: wire.MessageReject, ID: m.ID, Reason: &r, TieBreak: tie}))
	}
	if len(m.Media) == 0 {
		reject(session.WireReason(call.Incompatible), false)
		return
	}
	for _, s := range e.table.between(local, peer) {
		switch {
		case mine(s) && s.Pending() && s.SID < m.ID: // XEP-0353#tie-break-1
			reject(wire.Reason{Condition: wire.Expired}, true)
			return
		case mine(s) && s.Pending(), s.Config.Message: // and #tie-break-2: the new call goes on in place of the old one
			s.Supersede(m.ID)
		}
	}
	cfg := e.newSession(c, local, peer, m.ID)
	cfg.Message = true
	if _, err := e.incoming(c, cfg, slices.Contains(m.Media, "video")); err != nil {
		e.log.Info("a call is refused", "from", peer, "to", local, "err", err)
		reject(session.WireReason(session.Refusal(err)), false)
	}
}
