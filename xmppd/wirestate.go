package xmppd

import (
	"net"
	"sync"
	"time"
)

// wireState is what the reader of a connection and those who want it to stop agree on: until when it may read, and why no
// longer.
type wireState struct {
	under net.Conn // as accepted, below TLS and WebSocket

	mu    sync.Mutex
	why   string // condition with which the negotiation has to end
	phase wirePhase
}

type wirePhase uint8

const (
	wireNegotiating wirePhase = iota
	wireSettled
	wireEnding
)

// deadline sets how long reads may take from now on, negative for ever, unless the end of the connection is decided.
func (s *wireState) deadline(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why != "" || s.phase == wireEnding {
		return
	}
	if d < 0 {
		s.under.SetReadDeadline(time.Time{})
		return
	}
	s.under.SetReadDeadline(time.Now().Add(d))
}

// interrupt implements wire.
func (s *wireState) interrupt(condition string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == wireNegotiating && s.why == "" {
		s.why = condition
		s.under.SetReadDeadline(time.Unix(1, 0))
	}
}

// settled begins the time of the session. An interruption that came too late is forgotten.
func (s *wireState) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = ""
	if s.phase == wireNegotiating {
		s.phase = wireSettled
	}
}

// end bounds what may still be read: our end of the stream is out.
func (s *wireState) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = wireEnding
	s.under.SetReadDeadline(time.Now().Add(lingerTime))
}

func (s *wireState) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == wireEnding
}

// cause says what a failed read means.
func (s *wireState) cause(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case s.phase == wireEnding:
		return errEnded
	case s.why != "":
		return fatal(s.why, "")
	}
	return err
}
