package endpoint

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/jingle/session"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// key names a session: sids are unique between two parties (XEP-0166#def-jingle). Which of the peer's devices may speak the session knows.
type key struct {
	local, peer jid.JID // full, bare
	sid         string
}

// table has the sessions.
type table struct {
	limit, perPeer int

	mu             sync.Mutex
	all            map[key]*session.Session
	peers          map[jid.JID][]*session.Session // by bare JID
	closed         bool
	begun, refused uint64

	work sync.WaitGroup // sessions that have not ended
}

func newTable(limit, perPeer int) table {
	return table{limit: limit, perPeer: perPeer, all: make(map[key]*session.Session), peers: make(map[jid.JID][]*session.Session)}
}

func keyOf(s *session.Session) key { return key{s.Local, s.Config.Peer.Bare(), s.SID} }

// add takes in a session, unless there are too many, or one of that name. It is removed when it has ended, or was not begun.
func (t *table) add(s *session.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := keyOf(s)
	switch {
	case t.closed:
		return fault.New(fault.Unavailable, "the server is being stopped")
	case t.all[k] != nil:
		return fault.New(fault.Conflict, "there is a session of this name")
	case len(t.all) >= t.limit:
		t.refused++
		return fault.New(fault.Limit, "there are too many calls on this server")
	case len(t.peers[k.peer]) >= t.perPeer:
		t.refused++
		return fault.New(fault.Limit, "you have too many calls with this server")
	}
	t.begun++
	t.work.Add(1)
	t.all[k] = s
	t.peers[k.peer] = append(t.peers[k.peer], s)
	return nil
}

func (t *table) remove(s *session.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := keyOf(s)
	if t.all[k] != s {
		return
	}
	delete(t.all, k)
	t.work.Done()
	rest := slices.DeleteFunc(t.peers[k.peer], func(other *session.Session) bool { return other == s })
	if t.peers[k.peer] = rest; len(rest) == 0 {
		delete(t.peers, k.peer)
	}
}

func (t *table) find(local, peer jid.JID, sid string) *session.Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[key{local, peer.Bare(), sid}]
}

// of are the sessions with somebody, whose device is not looked at.
func (t *table) of(peer jid.JID) []*session.Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.peers[peer.Bare()])
}

// between are the sessions of a resident with somebody.
func (t *table) between(local, peer jid.JID) []*session.Session {
	return slices.DeleteFunc(t.of(peer), func(s *session.Session) bool { return s.Local != local })
}

// close lets no more in and waits for those that are there, which have been told to end.
func (t *table) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.work.Wait()
}

func (t *table) stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{Sessions: len(t.all), Limit: t.limit, Begun: t.begun, Refused: t.refused}
}

// rates lets each peer send so many stanzas a second.
type rates struct {
	perSecond float64
	refused   atomic.Uint64

	mu    sync.Mutex
	peers map[jid.JID]*bucket
}

// bucket is what a peer may send at a time.
type bucket struct {
	left float64
	at   time.Time
}

const (
	burst      = 4    // seconds' worth
	sweepRates = 1000 // peers, of whom those are forgotten then who have been silent
)

func newRates(perSecond int) rates {
	return rates{perSecond: float64(perSecond), peers: make(map[jid.JID]*bucket)}
}

func (r *rates) take(peer jid.JID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	full := r.perSecond * burst
	b := r.peers[peer]
	if b == nil {
		if len(r.peers) >= sweepRates {
			for p, b := range r.peers {
				if now.Sub(b.at) > burst*time.Second {
					delete(r.peers, p)
				}
			}
		}
		b = &bucket{full, now}
		r.peers[peer] = b
	}
	b.left = min(full, b.left+now.Sub(b.at).Seconds()*r.perSecond)
	b.at = now
	if b.left < 1 {
		r.refused.Add(1)
		return false
	}
	b.left--
	return true
}

// mine reports whether a session is one that we have begun.
func mine(s *session.Session) bool { return s.Role == wire.Initiator }
