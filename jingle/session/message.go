package session

import (
	"plenum/components/call"
	"plenum/jingle/wire"
	"plenum/xmppd/jid"
)

// message sends a message of Jingle Message Initiation.
func (s *Session) message(to jid.JID, m *wire.Message) {
	m.ID = s.SID
	s.Stanzas.Message(s.Local, to, m)
}

// Hear takes a message of Jingle Message Initiation with the session's id that has come from the peer.
func (s *Session) Hear(from jid.JID, m *wire.Message) { s.inbox.Post(heard{from, m}) }

// Bounced says that a message of ours has come back: nobody has got it.
func (s *Session) Bounced(e *wire.PeerError) { s.inbox.Post(bounced{e}) }

type heard struct {
	from jid.JID
	*wire.Message
}

func (m heard) apply(s *Session) {
	if s.state == proposing {
		s.called(m)
		return
	}
	if m.from != s.Peer {
		return // another device of the peer's
	}
	switch m.Kind {
	case wire.MessageRetract:
		if s.Role == wire.Responder && s.state == fresh {
			s.retracted(m)
		}
	case wire.MessageReject:
		if s.Role == wire.Initiator && s.state != active {
			s.conclude(rejection(m))
		}
	case wire.MessageFinish:
		s.end(ReasonOf(m.Reason), peerKnows)
	}
}

// retracted ends a session that was proposed. Who has proceeded already finishes it all the same.
func (s *Session) retracted(m heard) {
	if s.answer {
		s.end(call.Cancelled, peerKnows)
		return
	}
	s.conclude(call.Cancelled)
}

// called is what comes of a propose of ours. Any device of the peer may answer, and the first to take the call has it.
func (s *Session) called(m heard) {
	switch m.Kind {
	case wire.MessageRinging:
		if !s.ringing {
			s.ringing = true
			s.post(call.Ringing{})
		}
	case wire.MessageProceed:
		if m.from.IsFull() {
			s.proceed(m.from)
		}
	case wire.MessageReject:
		s.conclude(rejection(m))
	case wire.MessageFinish:
		s.conclude(ReasonOf(m.Reason))
	}
}

// rejection is why a device has rejected a call; by itself it is the wish of its user.
func rejection(m heard) call.Reason {
	switch {
	case m.TieBreak:
		return call.Elsewhere
	case m.Reason == nil:
		return call.Declined
	}
	return ReasonOf(m.Reason)
}

type bounced struct{ *wire.PeerError }

// apply ends a call that nobody has heard of. Later messages are for other devices' information only.
func (m bounced) apply(s *Session) {
	if s.state == proposing || s.state == fresh && s.answer {
		s.conclude(failure(m.PeerError))
	}
}
