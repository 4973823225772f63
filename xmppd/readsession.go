package xmppd

import (
	"errors"
	"time"

	"plenum/xmppd/xmlstream"
)

// probeGrace is how long a silent client may take to give the sign of life it was asked for.
const probeGrace = time.Minute

// readSession reads the stream of a bound session until it ends. It is the goroutine that a connected client costs; keep its
// stack flat.
func (s *Server) readSession(x *Session, w wire) {
	defer s.left(w, false)
	err := x.readAll(w)
	if err != nil {
		x.over(err, w)
	}
	w.linger()
}

// readAll hands each element to the session in order. It returns what ended the stream.
func (x *Session) readAll(w wire) error {
	idle := x.srv.cfg.IdleTimeout
	w.patience(idle)
	asked := false
	for {
		p, err := w.readPacket()
		switch {
		case err == nil:
			asked = false
			if err := x.receive(p); err != nil {
				return err
			}
			x.throttle(w)
		case !isTimeout(err):
			return err
		case w.silent() < idle && !asked:
			w.patience(idle - w.silent())
		case w.silent() < probeGrace && asked:
			asked = false
			w.patience(idle)
		case asked:
			return errSilent
		default:
			asked = true
			w.patience(probeGrace)
			x.probeAlive()
		}
	}
}

var errSilent = errors.New("the client gives no sign of life")

// over ends or detaches the session for the reason that its reader stopped.
func (x *Session) over(err error, w wire) {
	e, ok := errors.AsType[*xmlstream.Error](err)
	switch {
	case ok:
		x.log.Info("stream error", "condition", e.Condition, "text", e.Text)
		x.endWith(e.Condition, streamErrorOf(e))
	case errors.Is(err, errEnded):
		x.end("", "")
	default:
		x.log.Debug("connection lost", "err", err)
		x.detach(w)
	}
}

// throttleStep bounds how long a throttled reader does not notice that its connection is gone.
const throttleStep = time.Second

// throttle delays the next read of a session that sends more than it may.
func (x *Session) throttle(w wire) {
	n := w.received()
	if x.limiter == nil {
		return
	}
	for wait := x.limiter.take(n); wait > 0 && x.connected(w); wait -= throttleStep {
		time.Sleep(min(wait, throttleStep))
	}
}

// connected reports whether w is still the session's connection.
func (x *Session) connected(w wire) bool {
	x.out.mu.Lock()
	defer x.out.mu.Unlock()
	return x.wire == w && !x.out.closed
}
