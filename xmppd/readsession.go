package xmppd

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/jid"
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
	errRest       = errors.New("nothing has come for a while")
)

// restAfter is how long a client is silent until its connection is parked, or, where it cannot be, its reader goes on with a fresh
// stack: handling a stanza takes a bigger one than waiting for the next does, and a goroutine does not give back what it has grown to.
const restAfter = 2 * time.Second

// readSession reads the stream of a bound session until it rests or ends. Rested says that the stack is fresh and the connection
// cannot be parked.
func (s *Server) readSession(x *Session, w wire, turn uint32, rested bool) {
	rest := false
	defer func() {
		if rest {
			x.rest()
			if !w.park(x, turn) {
				go s.readSession(x, w, turn, true)
			}
			return
		}
		w.linger()
		s.left(w, false)
	}()
	defer x.rescue("a session's reader")
	err := x.readAll(w, turn, rested)
	if rest = err == errRest; rest {
		return
	}
	x.reader.use(turn, func() error {
		x.over(err)
		return nil
	})
}

// rest gives back what only a busy session needs.
func (x *Session) rest() {
	x.jids = jid.Cache{}
	x.out.mu.Lock()
	x.out.pack()
	x.out.mu.Unlock()
}

// answersPause is after how many answers others get the processor.
const answersPause = 32

// readAll hands each element to the session in order, and returns what ended the stream. The deadline is set again only when it
// has passed: a busy stream does not pay for it with each stanza.
func (x *Session) readAll(w wire, turn uint32, rested bool) error {
	idle, rest := x.srv.cfg.IdleTimeout, x.srv.restAfter
	asked, answers := false, 0
	first := max(idle-w.silent(), 0)
	if !rested {
		first = min(first, rest)
	}
	w.patience(first)
	for {
		p, err := w.readPacket()
		if err == nil {
			if rested || asked {
				rested, asked = false, false
				w.patience(rest)
			}
			if tracing(x.srv.log) {
				trace(x.Log(), "received", p.Raw())
			}
			spent := false
			err := x.reader.use(turn, func() (err error) {
				spent, err = x.receive(p)
				return err
			})
			if err != nil {
				return err
			}
			if spent {
				w.reuse(p)
				if answers++; answers%answersPause == 0 {
					x.srv.breaks.pass()
				}
			}
			x.throttle(w)
			continue
		}
		silent := w.silent()
		switch {
		case !isTimeout(err):
			return err
		case asked && silent >= probeGrace:
			return errSilent
		case !asked && silent >= idle:
			asked = true
			w.patience(probeGrace)
			x.probeAlive()
		case !rested && silent >= rest:
			return errRest
		default:
			asked = false
			w.patience(x.wait(w, rested))
		}
	}
}

// wait is how long nothing may come until there is something to do about it.
func (x *Session) wait(w wire, rested bool) time.Duration {
	if idle := x.srv.cfg.IdleTimeout; rested || idle < x.srv.restAfter {
		return max(idle-w.silent(), 0)
	}
	return max(x.srv.restAfter-w.silent(), 0)
}

// over ends or detaches the session for the reason that its reader stopped.
func (x *Session) over(err error) {
	e, ok := asStreamError(err)
	switch {
	case ok:
		x.Log().Info("stream error", "condition", e.Condition, "text", e.Text)
		x.endWith(e.Condition, e.append(nil))
	case errors.Is(err, errEnded):
		x.end("", "")
	default:
		x.Log().Debug("connection lost", "err", err)
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
