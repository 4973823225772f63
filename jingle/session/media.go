package session

import (
	"errors"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd/xmlstream"
)

// The methods in this file are called by the media half, from any of its goroutines.

// Candidate tells one of our candidates; i is the transport's place in the description.
func (s *Session) Candidate(i int, c transport.Candidate) { s.inbox.Post(found{i, c}) }

// Gathered tells that there are no more.
func (s *Session) Gathered(i int) { s.inbox.Post(foundAll{i}) }

// State tells how a transport is doing.
func (s *Session) State(i int, to transport.State, err error) { s.inbox.Post(doing{i, to, err}) }

// TrackAdded tells of a track of the peer's.
func (s *Session) TrackAdded(t *media.Track) { s.inbox.Post(report{call.TrackAdded{Track: t}}) }

// TrackRemoved tells that there is no such track any more.
func (s *Session) TrackRemoved(t *media.Track) { s.inbox.Post(report{call.TrackRemoved{Track: t}}) }

// DTMF tells a key that the peer has pressed.
func (s *Session) DTMF(key byte, d time.Duration) {
	s.inbox.Post(report{call.DTMF{Key: key, Duration: d}})
}

// sendKeys presses keys for the peer, if it can be told of them.
func (s *Session) sendKeys(keys string, d time.Duration) {
	m := s.media.Load()
	if m == nil {
		return
	}
	if err := (*m).SendDTMF(keys, d); err != nil {
		s.log.Info("keys cannot be sent", "err", err)
	}
}

// Quality tells how media gets through.
func (s *Session) Quality(q call.Quality) { s.inbox.Post(report{q}) }

// Layers tells which layers of a simulcast somebody shows.
func (s *Session) Layers(k wire.Key, wanted []string) { s.inbox.Post(layers{k, wanted}) }

type (
	found struct {
		at int
		transport.Candidate
	}
	foundAll struct{ at int }
	doing    struct {
		at  int
		to  transport.State
		err error
	}
	report struct{ call.Event }
	layers struct {
		key    wire.Key
		wanted []string
	}
)

func (m report) apply(s *Session) { s.post(m.Event) }

func (m found) apply(s *Session) {
	if m.at < len(s.local) {
		l := s.local[m.at]
		l.candidates = append(l.candidates, s.toWire(m.Candidate, l.generation))
		if s.timers[gatherTimer] == nil {
			s.tellCandidates()
		}
	}
}

func (m foundAll) apply(s *Session) {
	if m.at < len(s.local) {
		s.local[m.at].gathered = true
		s.answerRestarts()
		s.settled()
		s.tellCandidates()
	}
}

func (m doing) apply(s *Session) {
	if m.at >= len(s.local) {
		return
	}
	l := s.local[m.at]
	l.up = m.to == transport.Connected
	switch m.to {
	case transport.Connected:
		s.connected()
	case transport.Lost, transport.Failed:
		s.lost(l, m.err)
	}
}

func (s *Session) connected() {
	s.stop(connectTimer)
	s.stop(lostTimer)
	s.stop(closedTimer)
	if !s.anyDown() {
		s.stop(restartTimer)
	}
	if !s.ready {
		s.ready = true
		s.post(call.MediaReady{})
	}
}

func (s *Session) anyDown() bool {
	for _, l := range s.local {
		if l.begun && !l.up {
			return true
		}
	}
	return false
}

// lost waits for the peer to come back. A session lives as long as one of its transports does.
func (s *Session) lost(l *localTransport, err error) {
	s.log.Info("a transport of a session is lost", "content", l.key.Name, "err", err)
	if errors.Is(err, transport.ErrFingerprint) {
		s.end(call.Insecure, tellPeer)
		return
	}
	if s.Role == wire.Initiator && s.timers[restartTimer] == nil && errors.Is(err, transport.ErrGone) {
		s.after(restartTimer, RestartTime)
	}
	for _, l := range s.local {
		if l.up {
			return
		}
	}
	if errors.Is(err, transport.ErrPeerClosed) {
		s.after(closedTimer, ClosedTime)
	}
	if s.timers[lostTimer] == nil {
		s.after(lostTimer, s.LostTime)
	}
}

// apply tells this server's page which layers to send; no other client knows what it means.
func (m layers) apply(s *Session) {
	if s.state < accepting || s.state == over || !s.has(m.key) {
		return
	}
	b := xmlstream.NewBuilder().Start("layers", NSLayers, "name", m.key.Name)
	for _, rid := range m.wanted {
		b.Element("layer", "", "", "rid", rid)
	}
	b.End()
	s.request(&wire.Jingle{Action: wire.SessionInfo, Other: []wire.Raw{{Space: NSLayers, Local: "layers", XML: b.Bytes()}}}, nil)
}
