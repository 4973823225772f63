package session

import (
	"errors"

	"plenum/components/call"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// begin does what a session does unasked.
func (s *Session) begin() {
	switch {
	case s.Role == wire.Initiator && s.Message:
		s.propose()
	case s.Role == wire.Initiator:
		s.prepare()
	case s.Message:
		// At once: Conversations gives up after 12 seconds without it.
		s.message(s.Peer, &wire.Message{Kind: wire.MessageRinging})
		s.after(ringTimer, RingTime)
	}
}

// ring tells the caller that somebody is being alerted, as soon as there is a session to tell it in. Of a propose our answer has told it.
func (s *Session) ring() {
	s.alerting = s.Role == wire.Responder && !s.Message
	if s.alerting && s.state == offered && !s.ringing {
		s.ringing = true
		s.inform(wire.Info{Kind: wire.Ringing})
	}
}

// take accepts the call, as soon as there is something to accept.
func (s *Session) take() {
	if s.Role != wire.Responder || s.answer {
		return
	}
	s.answer = true
	s.taken.Store(true)
	s.stop(ringTimer)
	switch {
	case s.state == offered:
		s.accept()
	case s.Message:
		s.message(s.Peer, &wire.Message{Kind: wire.MessageProceed})
		s.after(initiateTimer, InitiateTime)
	}
}

// initiate takes a session-initiate (XEP-0166#protocol-initiate).
func (s *Session) initiate(j *wire.Jingle) (func(), error) {
	if s.state != fresh || s.Role != wire.Responder {
		return nil, wire.OutOfOrder("the session has been initiated already")
	}
	return func() {
		s.stop(initiateTimer)
		d, err := sdp.Answer(j, wire.Responder, s.Caps)
		if err != nil {
			s.state = offered // there is a session to terminate now
			s.fail(err)
			return
		}
		s.refused, d.Refused = d.Refused, nil
		s.state = offered
		if !s.open(d, false) {
			return
		}
		s.takeEarly()
		if s.answer {
			s.accept()
			return
		}
		s.after(ringTimer, RingTime)
		if s.alerting {
			s.ring()
		}
	}, nil
}

// open makes the media half and has it look for our candidates.
func (s *Session) open(d *sdp.Description, controlling bool) bool {
	m := s.Config.Media(s, controlling)
	s.media.Store(&m)
	s.d = d
	if !s.describe() {
		return false
	}
	s.after(gatherTimer, GatherTime)
	return true
}

// describe tells the media half what the session is now.
func (s *Session) describe() bool {
	m := *s.media.Load()
	if err := m.Describe(s.d); err != nil {
		s.log.Warn("the media of a session cannot be set up", "err", err)
		s.endWith(call.Failed, &wire.Reason{Condition: wire.FailedTransport})
		return false
	}
	return s.locate(m)
}

// accept sends the session-accept, when our candidates are known and the owner wants it.
func (s *Session) accept() {
	if s.state != offered || !s.answer || !s.gathered() {
		return
	}
	s.state = accepting
	if !s.connect() {
		return
	}
	contents, groups := s.contents(nil)
	s.request(&wire.Jingle{Action: wire.SessionAccept, Responder: s.Local, Contents: contents, Groups: groups}, func(e *wire.PeerError, ok bool) {
		if !ok {
			s.end(failure(e), tellPeer)
			return
		}
		s.state = active
		s.answered()
		s.dropRefused()
	})
	s.told = true
	s.tellCandidates()
}

// dropRefused names the contents that the accept has left out.
func (s *Session) dropRefused() {
	for _, r := range s.refused {
		s.request(&wire.Jingle{Action: wire.ContentRemove, Contents: []wire.Content{{Creator: r.Key.Creator, Name: r.Key.Name}}, Reason: &r.Reason}, nil)
	}
	s.refused = nil
}

// propose calls all devices of somebody (XEP-0353#intent).
func (s *Session) propose() {
	s.state = proposing
	m := &wire.Message{Kind: wire.MessagePropose, Nick: s.Nick}
	for _, w := range s.Wants {
		if w.Kind.Sound() {
			m.Media = append(m.Media, "audio")
		} else {
			m.Media = append(m.Media, "video")
		}
	}
	s.message(s.Peer, m)
	s.after(ringTimer, RingTime)
}

// proceed goes on with the device on which the call was taken (XEP-0353#initiate).
func (s *Session) proceed(from jid.JID) {
	s.Peer = from
	s.log = s.log.With("device", from.Resource())
	s.prepare()
}

// prepare makes the offer.
func (s *Session) prepare() {
	s.state = preparing
	s.after(ringTimer, RingTime)
	if s.open(sdp.Offer(wire.Initiator, s.Wants, s.Caps, s.Bundles(s.Peer)), true) {
		s.sendInitiate()
	}
}

func (s *Session) sendInitiate() {
	if s.state != preparing || !s.gathered() {
		return
	}
	s.state = initiating
	contents, groups := s.contents(nil)
	s.request(&wire.Jingle{Action: wire.SessionInitiate, Initiator: s.Local, Contents: contents, Groups: groups}, func(e *wire.PeerError, ok bool) {
		if !ok {
			s.end(failure(e), peerKnows)
		}
	})
	s.told = true
	s.tellCandidates()
}

// accepted takes a session-accept (XEP-0166#session-acceptance).
func (s *Session) accepted(j *wire.Jingle) (func(), error) {
	if s.state != initiating {
		return nil, wire.OutOfOrder("there is nothing to accept")
	}
	return func() {
		d, err := s.d.Accept(j)
		if err != nil {
			s.fail(err)
			return
		}
		s.stop(ringTimer)
		s.d = d
		s.state = active
		if !s.describe() || !s.connect() {
			return
		}
		s.takeEarly()
		s.answered()
	}, nil
}

// request sends a Jingle request. Done is called, on the session's goroutine, with ok for a result, and with the error, or nil when no
// answer came. Without done, errors that say that the session or the peer is gone end the session, and others mean nothing.
func (s *Session) request(j *wire.Jingle, done func(e *wire.PeerError, ok bool)) {
	j.SID = s.SID
	b := xmlstream.NewBuilder()
	j.Build(b)
	if done == nil {
		done = s.minor
	}
	s.Stanzas.Request(s.Local, s.Peer, b.Bytes(), func(p *xmlstream.Packet) {
		s.inbox.Post(reply{p, done})
	})
}

// reply is the answer to a request; nil when there was none.
type reply struct {
	*xmlstream.Packet
	done func(*wire.PeerError, bool)
}

func (r reply) apply(s *Session) {
	switch {
	case r.Packet == nil:
		r.done(nil, false)
	case r.Type() == "error":
		e := wire.ParseError(r.Packet)
		s.log.Debug("the peer has refused something", "err", e)
		r.done(e, false)
	default:
		r.done(nil, true)
	}
}

// minor looks at the answer to a request on which the session does not depend.
func (s *Session) minor(e *wire.PeerError, ok bool) {
	if ok || e != nil && e.Jingle != "unknown-session" && failure(e) != call.Unavailable {
		return
	}
	s.end(failure(e), peerKnows)
}

// fail ends the session because nothing could be agreed on.
func (s *Session) fail(err error) {
	var f *sdp.Failure
	if !errors.As(err, &f) {
		s.log.Error("what a peer offers cannot be worked out", "err", err)
		s.end(call.Failed, tellPeer)
		return
	}
	s.log.Info("nothing can come of a session", "err", err)
	s.endWith(reasons[f.Reason.Condition], &f.Reason)
}

// errTooMuch refuses what does not fit in.
var errTooMuch = xmppd.Errorf("resource-constraint", "too much at once")
