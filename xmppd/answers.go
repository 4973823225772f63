package xmppd

import (
	"sync/atomic"

	"plenum/xmppd/xmlstream"
)

// answers counts what a client answers to requests of the server after which nobody waits: roster pushes, of which there may be
// thousands at a time.
type answers struct {
	count   atomic.Uint32
	awaited atomic.Pointer[milestone]
}

// milestone is a count that somebody waits for.
type milestone struct {
	count   uint32
	reached chan struct{}
}

// unawaited reports whether p is an answer to the server for which nobody waits.
func (s *Session) unawaited(p *xmlstream.Packet) bool {
	if p.Kind() != xmlstream.IQ || p.To() != "" || p.Type() != "result" && p.Type() != "error" || p.ID() == "" {
		return false
	}
	return !s.srv.awaits(pendingKey{s.jid, p.ID()})
}

// note counts one. The reader calls it.
func (a *answers) note() {
	n := a.count.Add(1)
	if m := a.awaited.Load(); m != nil && n == m.count {
		a.awaited.CompareAndSwap(m, nil)
		close(m.reached)
	}
}

// reach returns what is closed when that many have come; nil if they have. Only one goroutine waits at a time: the next call makes the
// channel of the one before useless.
func (a *answers) reach(count uint32) <-chan struct{} {
	m := &milestone{count, make(chan struct{})}
	a.awaited.Store(m)
	if int32(a.count.Load()-count) >= 0 {
		a.awaited.CompareAndSwap(m, nil)
		return nil
	}
	return m.reached
}
