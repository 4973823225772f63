package xmppd

import (
	"context"
	"slices"
	"sync"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// A client that has lost its connection comes back with the same full JID, and behind a balancer often to another node, before the
// old session's end has been made known. All that an end says is said of the full JID: unavailable to contacts, and to the rooms
// that got directed presence. Said after the new session's own presence, it would take back that one: the contacts would see
// nobody, and the room would put out who has just entered. So a bind first waits until the old session has said its last word;
// everything that goes by full JIDs, components and their other nodes included, then sees one after the other.
//
// The wait has a bound, since the other node may hang or be dead. If it wakes up later, it looks whether the new session is
// available, and then keeps silent (succeeded).

// takeOverTimeout bounds that wait: an end takes some milliseconds and a commit at most, so who has not answered by then hangs, and
// a client should not have to wait for that.
const takeOverTimeout = 2 * time.Second

// takeOver waits for the ends of sessions whose resource x has got. Displaced is the one that the registry had, nil for none.
func (s *Server) takeOver(ctx context.Context, x *Session, displaced *cluster.Session) {
	var ends []<-chan struct{}
	for _, old := range s.leaving.get(x.jid.Bare()) {
		if old.jid == x.jid {
			ends = append(ends, old.whenLeft())
		}
	}
	switch {
	case displaced == nil:
	case displaced.Node == s.node.ID: // bound at the same time as x
		if old := s.sessionByID(x.jid.Bare(), displaced.SID); old != nil {
			old.Close("conflict", "the resource was bound again")
			ends = append(ends, old.whenLeft())
		}
	default:
		end := s.awaited.add(displaced.SID)
		defer s.awaited.remove(displaced.SID)
		if s.kick(displaced.Node, x.jid.Bare(), displaced.SID, "conflict", "the resource was bound again", true) {
			ends = append(ends, end)
		}
	}
	if len(ends) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, takeOverTimeout)
	defer cancel()
	for _, end := range ends {
		select {
		case <-end:
		case <-ctx.Done():
			x.Log().Warn("the session that had the resource before does not end in time", "jid", x.jid)
			return
		}
	}
}

// succeeded reports whether another session has x's full JID and has sent its presence.
func (s *Server) succeeded(x *Session) bool {
	if y := s.Session(x.jid); y != nil {
		return y != x && y.Presence().Available
	}
	for _, r := range s.remote(x.jid.Bare()) {
		if r.Resource == x.jid.Resource() {
			return r.Available
		}
	}
	return false
}

// isBound reports whether a session on any node has the full JID.
func (s *Server) isBound(full jid.JID) bool {
	return s.Session(full) != nil || slices.ContainsFunc(s.remote(full.Bare()), func(r cluster.Session) bool { return r.Resource == full.Resource() })
}

// sessionByID finds a session of this node, also one that is leaving; nil when it has left.
func (s *Server) sessionByID(bare jid.JID, sid string) *Session {
	for _, table := range []*userTable{s.users, s.leaving} { // in the order in which a session passes through them
		for _, x := range table.get(bare) {
			if x.sid == sid {
				return x
			}
		}
	}
	return nil
}

// whenLeft is closed when all who had seen the session know of its end.
func (s *Session) whenLeft() <-chan struct{} {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.left == nil {
		s.left = make(chan struct{})
	}
	return s.left
}

// hasLeft lets those go on who wait for whenLeft.
func (s *Session) hasLeft() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.left == nil {
		s.left = closed
		return
	}
	close(s.left)
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// kindLeft is the envelope that tells a node that the session it wanted to see ended, named by its id, has left.
const kindLeft = "left"

func (s *Server) registerTakeOver() {
	s.OnNode(kindLeft, func(_ cluster.NodeID, sid []byte) { s.awaited.arrived(string(sid)) })
}

// tellLeft answers a node that waits for the end of a session here; nil stands for one that has left already.
func (s *Server) tellLeft(node cluster.NodeID, x *Session, sid string) {
	if x != nil {
		<-x.whenLeft()
	}
	if err := s.SendNode(node, kindLeft, []byte(sid)); err != nil {
		s.log.Warn("another node cannot be reached", "node", node, "err", err)
	}
}

// awaited are the sessions of other nodes whose ends binds here wait for, by their ids. A session is displaced once, so one waits.
type awaited struct {
	mu sync.Mutex
	m  map[string]chan struct{}
}

func (a *awaited) add(sid string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.m == nil {
		a.m = map[string]chan struct{}{}
	}
	end := make(chan struct{})
	a.m[sid] = end
	return end
}

func (a *awaited) remove(sid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.m, sid)
}

func (a *awaited) arrived(sid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if end := a.m[sid]; end != nil {
		close(end)
		delete(a.m, sid)
	}
}
