package xmppd

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Session is one bound resource (RFC 6120 §7). It outlives its connection when stream management allows it to be resumed.
//
// Who touches what: the goroutine that reads the connection owns the inbound side and hands each stanza to seq, which runs
// one at a time and in order; out is guarded by its own mutex and anybody may push to it; what others want to know
// (presence, flags) is published atomically.
type Session struct {
	srv *Server
	sid string // unique among all sessions of all nodes; also the XEP-0198 id
	jid jid.JID
	seq Sequence

	out  queue
	wire transport // guarded by out.mu; nil while detached
	busy bool      // guarded by out.mu; a writer runs
	lost bool      // guarded by out.mu; ended, nothing reaches it any more

	presence atomic.Pointer[SessionPresence]
	told     atomic.Pointer[string] // the version of the roster sources but the first that the client has been told; nil for none
	ownTold  highest                // the version of the own contacts that a roster push was about
	flags    atomic.Uint32

	sm      smState
	answers answers
	limiter *rateLimiter // nil without a limit
	jids    jid.Cache    // owned by the reader
	lang    string       // xml:lang of the stream header
	addr    string       // remote address, for logs and lock-outs
	secure  bool
	own     bool // there is no client
	ignored []xmlstream.Kind
	since   time.Time

	reader   readRight
	flushing sync.Mutex // held while stored messages are claimed and queued
	endOnce  sync.Once
	left     chan struct{}        // guarded by out.mu; closed when its end is known; nil when nobody waits
	offline  *sessionOffline      // guarded by out.mu; nil when it has nothing to do with the offline store
	directed map[jid.JID]struct{} // owned by the turn (seq): who got directed presence, RFC 6121 §4.6
}

// SessionPresence is what the last undirected presence said. The value is immutable.
type SessionPresence struct {
	Available  bool
	Priority   int8
	Packet     *xmlstream.Packet // the last available presence, from = full JID; nil when unavailable
	Interested bool              // has asked for the roster (RFC 6121 §2.1.6)
	Since      time.Time         // of the last change of availability

	said   *xmlstream.Packet // what the client sent, before hooks have changed it; nil when unavailable
	order  uint64            // how many sessions of this node had become available before; 0 when unavailable
	parcel *parcel           // of Packet
}

// Session flags; components define theirs with Server.NewFlag.
const (
	flagDetached uint32 = 1 << iota // no connection, waits to be resumed
	flagInactive                    // client state indication: inactive (XEP-0352)
	flagNextFree
)

// JID is the full JID.
func (s *Session) JID() jid.JID { return s.jid }

// ID is unique among all sessions, also those of other nodes and of earlier runs.
func (s *Session) ID() string { return s.sid }

// Log carries the session's cid. It is made when it is asked for, because a session that waits has nothing to log.
func (s *Session) Log() *slog.Logger { return s.srv.log.With("cid", s.sid[:8]) }

// RemoteAddr is the client's IP address and port; empty for sessions of the server's own.
func (s *Session) RemoteAddr() string { return s.addr }

// Secure reports whether the connection is encrypted.
func (s *Session) Secure() bool { return s.secure }

// Since is when the resource was bound.
func (s *Session) Since() time.Time { return s.since }

// Detached reports whether the connection is lost and the session waits to be resumed.
func (s *Session) Detached() bool { return s.Has(flagDetached) }

// Presence is never nil.
func (s *Session) Presence() *SessionPresence { return s.presence.Load() }

// Has reports whether all bits of flag are set.
func (s *Session) Has(flag uint32) bool { return s.flags.Load()&flag == flag }

// SetFlag sets or clears flag and tells the cluster.
func (s *Session) SetFlag(flag uint32, on bool) {
	for {
		old := s.flags.Load()
		now := old &^ flag
		if on {
			now = old | flag
		}
		if old == now {
			return
		}
		if s.flags.CompareAndSwap(old, now) {
			s.publish()
			return
		}
	}
}

// setPresence changes the published presence; only the session's own turn calls it.
func (s *Session) setPresence(change func(*SessionPresence)) {
	was := s.presence.Load()
	p := *was
	change(&p)
	s.srv.arrivals.store(s, was, &p)
	if p.Available != was.Available || p.Priority != was.Priority || p.Interested != was.Interested {
		s.publish()
	}
}

// publish writes what other nodes route by. It is skipped while nobody else is there to read it.
func (s *Session) publish() {
	if err := s.srv.node.Registry.Update(s.srv.ctx, s.record()); err != nil {
		s.Log().Warn("the session registry does not answer", "err", err)
	}
}

func (s *Session) record() cluster.Session {
	p := s.presence.Load()
	return cluster.Session{
		Bare: s.jid.Bare().String(), Resource: s.jid.Resource(), Node: s.srv.node.ID, SID: s.sid,
		Priority: p.Priority, Available: p.Available, Interested: p.Interested, Flags: s.flags.Load(),
	}
}

// Send queues a stanza for the client with the addresses it has. It never blocks; false means that the session is gone.
func (s *Session) Send(p *xmlstream.Packet) bool { return s.push(stanzaEntry(p, nil)) }

// SendAs queues a shared stanza with other addresses and additional children (serialised, self-contained); empty strings
// keep the packet's own.
func (s *Session) SendAs(p *xmlstream.Packet, from, to string, extra []byte) bool {
	return s.push(entry{parcel: newParcel(p, from, extra), to: to})
}

// nonza queues something that is no stanza.
func (s *Session) nonza(b []byte) { s.push(rawEntry(b, entNonza)) }

// push queues e and sees to it that somebody writes. A client that is too slow loses its session.
func (s *Session) push(e entry) bool {
	s.out.mu.Lock()
	if s.lost || s.out.closed && e.kind != entFinal {
		s.out.mu.Unlock()
		return false
	}
	if s.ignores(e) {
		s.out.mu.Unlock()
		return true
	}
	if limit := s.srv.cfg.QueueBytes / 2; e.size > limit { // one stanza alone, such as a big roster, is no sign of a slow client
		c := *e.parcel
		c.size = limit
		e.parcel = &c
	}
	wake := s.enqueue(e)
	over := s.out.bytes > s.srv.cfg.QueueBytes || s.out.n > s.srv.cfg.QueueStanzas
	s.letGo(wake, over && e.kind != entFinal)
	return true
}

// ignores reports whether whoever has the session would do nothing with e.
func (s *Session) ignores(e entry) bool {
	return len(s.ignored) > 0 && e.pkt != nil && slices.Contains(s.ignored, e.pkt.Kind())
}

// enqueue puts e into the ring and reports whether that is for the writer to know.
func (s *Session) enqueue(e entry) (wake bool) {
	if !s.defers(&e) {
		s.out.push(e)
		return true
	}
	if !s.out.supersede(e) {
		s.out.push(e)
	}
	return false
}

// letGo unlocks out.mu. Wake says that there is something to write, over that too much waits.
func (s *Session) letGo(wake, over bool) {
	start := wake && !s.busy && s.wire != nil && s.out.written < s.out.n
	if start {
		s.busy = true
	}
	s.out.mu.Unlock()
	if start {
		s.srv.writers.add()
		go s.write()
	}
	if over {
		go s.overflow()
	}
}

// overflow ends a session whose client does not keep up; what it has not got goes the way of undelivered messages.
func (s *Session) overflow() {
	s.Log().Info("session ended: its client does not read, or does not acknowledge", "limit", s.srv.cfg.QueueStanzas)
	s.srv.metrics.slow.Add(1)
	s.cut()
	s.end("policy-violation", "too much is waiting for this client")
}

// Close ends the stream with an error (RFC 6120 §4.9.3), or without one when condition is empty.
func (s *Session) Close(condition, text string) { go s.end(condition, text) }

// end takes the session out of the server: unbound, presence unavailable, what waited is redelivered. Only the first call
// counts. It blocks on the store and the cluster.
func (s *Session) end(condition, text string) { s.endWith(condition, streamError(condition, text)) }

// endWith is end with a serialised stream error; nil for none.
func (s *Session) endWith(condition string, streamError []byte) {
	s.endOnce.Do(func() {
		s.srv.leaving.add(s)
		s.srv.remove(s)
		s.finish(streamError)
		// What the client sent is still carried out, in order, and then its absence is made known.
		done := make(chan struct{})
		s.seq.Do(true, func() {
			s.srv.unavailable(s)
			for _, f := range s.srv.Hooks.SessionEnd.list {
				f(s)
			}
			close(done)
		})
		<-done
		s.srv.leaving.remove(s)
		s.hasLeft()
		s.srv.redeliver(s, s.srv.offline.settle(s, s.takeQueue()))
		s.Log().Info("session ended", "condition", condition)
	})
}

// finish makes the writer send the stream error and close the connection.
func (s *Session) finish(streamError []byte) {
	s.out.mu.Lock()
	w := s.wire
	s.out.mu.Unlock()
	if w == nil {
		return
	}
	s.push(rawEntry(streamError, entFinal))
	s.out.mu.Lock()
	s.out.closed = true
	s.out.mu.Unlock()
}

// takeQueue closes the output for good and returns the stanzas that no client has confirmed. It waits for the writer,
// whose connection is bounded by the write deadline.
func (s *Session) takeQueue() []entry {
	s.out.mu.Lock()
	for s.busy {
		wait := s.out.idle()
		s.out.mu.Unlock()
		<-wait
		s.out.mu.Lock()
	}
	defer s.out.mu.Unlock()
	s.lost = true
	s.wire = nil
	s.out.later, s.out.room = nil, nil
	return s.out.take()
}

// cut drops the connection without a word.
func (s *Session) cut() {
	s.out.mu.Lock()
	w := s.wire
	s.wire = nil
	s.out.mu.Unlock()
	if w != nil {
		w.close()
	}
}
