package session

import (
	"time"

	"plenum/components/call"
	"plenum/jingle/wire"
	"plenum/xmppd/jid"
)

// How the peer learns of the end.
const (
	tellPeer  = true
	peerKnows = false
)

// end ends the session, in whatever state it is.
func (s *Session) end(r call.Reason, tell bool) {
	if !tell {
		s.finish(r, nil)
		return
	}
	w := WireReason(r)
	s.endWith(r, &w)
}

// endWith ends the session and tells the peer the reason.
func (s *Session) endWith(r call.Reason, w *wire.Reason) {
	switch s.state {
	case fresh: // of a propose
		if s.Message && !s.answer {
			s.message(s.Peer, &wire.Message{Kind: wire.MessageReject, Reason: w})
		}
	case proposing:
		s.message(s.Peer, &wire.Message{Kind: wire.MessageRetract, Reason: w})
	case offered, initiating, accepting, active:
		s.request(&wire.Jingle{Action: wire.SessionTerminate, Reason: w}, func(*wire.PeerError, bool) {})
	}
	s.finish(r, w)
}

// finish is the end. Both parties say so for the lists of calls on their other devices, of sessions that have begun by a message
// (XEP-0353#finish). w is nil when the peer has said why.
func (s *Session) finish(r call.Reason, w *wire.Reason) {
	if s.state == over {
		return
	}
	if s.Message && (s.state != fresh || s.answer) && s.state != proposing {
		if w == nil {
			told := WireReason(r)
			w = &told
		}
		s.message(s.Peer, &wire.Message{Kind: wire.MessageFinish, Reason: w})
	}
	s.conclude(r)
}

// conclude tells the owner, once.
func (s *Session) conclude(r call.Reason) {
	if s.state == over {
		return
	}
	s.log.Info("a session has ended", "reason", r, "active", s.state == active)
	s.state = over
	s.sink.Post(call.Ended{Reason: r})
}

// terminate takes a session-terminate (XEP-0166#session-terminate).
func (s *Session) terminate(j *wire.Jingle) (func(), error) {
	return func() {
		r := ReasonOf(j.Reason)
		if r == call.NoAnswer && s.state == active {
			r = call.MediaLost
		}
		s.end(r, peerKnows)
	}, nil
}

// Supersede ends a session that another takes the place of: the peer proposes a new one by message while this one is still there
// (XEP-0353#tie-break-2), or, when this one is not answered yet, has proposed one that has precedence (XEP-0353#tie-break-1).
func (s *Session) Supersede(by string) { s.inbox.Post(superseded{by}) }

type superseded struct{ by string }

func (m superseded) apply(s *Session) {
	expired := wire.Reason{Condition: wire.Expired}
	switch {
	case s.state == proposing:
		s.message(s.Peer, &wire.Message{Kind: wire.MessageRetract, Reason: &expired, TieBreak: true})
		s.conclude(call.Elsewhere)
		return
	case s.state == fresh && !s.answer:
		s.message(s.Peer, &wire.Message{Kind: wire.MessageReject, Reason: &expired})
		s.conclude(call.Transferred)
		return
	case s.state != fresh && s.state != preparing:
		s.request(&wire.Jingle{Action: wire.SessionTerminate, Reason: &expired}, func(*wire.PeerError, bool) {})
	}
	if s.Message {
		s.message(s.Peer, &wire.Message{Kind: wire.MessageFinish, Reason: &expired, Migrated: m.by})
	}
	s.conclude(call.Transferred)
}

// Gone ends the session because the peer has no session with this server any more.
// It does not matter that another device of the peer's has gone.
func (s *Session) Gone(client jid.JID) { s.inbox.Post(gone{client}) }

type gone struct{ client jid.JID }

func (m gone) apply(s *Session) {
	if m.client == s.Peer {
		s.conclude(call.Unavailable)
	}
}

// A timer is what a session waits for.
type timer uint8

const (
	gatherTimer timer = iota
	initiateTimer
	ringTimer
	connectTimer
	lostTimer
	closedTimer
	restartTimer
)

// running is a timer that has not fired. Its address tells it from one of the same name that was stopped.
type running struct{ *time.Timer }

func (s *Session) after(t timer, d time.Duration) {
	s.stop(t)
	r := new(running)
	s.timers[t] = r
	r.Timer = time.AfterFunc(d, func() { s.inbox.Post(fired{t, r}) })
}

func (s *Session) stop(t timer) {
	if r := s.timers[t]; r != nil {
		r.Stop()
		delete(s.timers, t)
	}
}

func (s *Session) stopTimers() {
	for t := range s.timers {
		s.stop(t)
	}
}

type fired struct {
	timer
	*running
}

func (m fired) apply(s *Session) {
	if s.timers[m.timer] != m.running {
		return
	}
	delete(s.timers, m.timer)
	switch m.timer {
	case gatherTimer:
		s.settled()
	case initiateTimer, ringTimer:
		s.end(call.NoAnswer, tellPeer)
	case connectTimer, lostTimer, closedTimer:
		s.end(call.MediaLost, tellPeer)
	case restartTimer:
		s.restart()
	}
}
