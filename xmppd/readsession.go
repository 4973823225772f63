package xmppd

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// probeGrace is how long a silent client may take to give the sign of life it was asked for.
const probeGrace = time.Minute

// readRight says which connection may hand stanzas to a session, or end it: the one that took it last. A resumption takes
// it from the old connection, whose last stanza is then either in the session's sequence or will never be.
type readRight struct {
	mu     sync.Mutex // held while a stanza is handed over
	holder atomic.Uint32
}

// take makes the caller the holder.
func (r *readRight) take() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holder.Add(1)
}

// use runs fn if turn still is the holder's.
func (r *readRight) use(turn uint32, fn func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holder.Load() != turn {
		return errSuperseded
	}
	return fn()
}

var (
	errSuperseded = errors.New("the session goes on with another connection")
	errSilent     = errors.New("the client gives no sign of life")
)

// readSession reads the stream of a bound session until it ends. It is the goroutine that a connected client costs: its stack
// is small because the negotiation had another one.
func (s *Server) readSession(x *Session, w wire, turn uint32) {
	defer s.left(w, false)
	defer w.linger()
	defer x.rescue("a session's reader")
	err := x.readAll(w, turn)
	x.reader.use(turn, func() error {
		x.over(err)
		return nil
	})
}

// readAll hands each element to the session in order, and returns what ended the stream.
func (x *Session) readAll(w wire, turn uint32) error {
	idle := x.srv.cfg.IdleTimeout
	w.patience(idle)
	asked := false
	for {
		p, err := w.readPacket()
		switch {
		case err == nil:
			asked = false
			trace(x.log, "received", p.Raw())
			if err := x.reader.use(turn, func() error { return x.receive(p) }); err != nil {
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

// over ends or detaches the session for the reason that its reader stopped.
func (x *Session) over(err error) {
	e, ok := asStreamError(err)
	switch {
	case ok:
		x.log.Info("stream error", "condition", e.Condition, "text", e.Text)
		x.endWith(e.Condition, e.append(nil))
	case errors.Is(err, errEnded):
		x.end("", "")
	default:
		x.log.Debug("connection lost", "err", err)
		x.detach()
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
