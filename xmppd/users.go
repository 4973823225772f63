package xmppd

import (
	"hash/maphash"
	"slices"
	"sync"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// userTable holds this node's sessions by bare JID. The slices in it are never changed in place, so that readers keep what
// they got without a lock.
type userTable struct {
	seed   maphash.Seed
	shards [64]userShard
}

type userShard struct {
	mu sync.RWMutex
	m  map[jid.JID][]*Session
}

func newUserTable() *userTable {
	t := &userTable{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].m = map[jid.JID][]*Session{}
	}
	return t
}

func (t *userTable) shard(bare jid.JID) *userShard {
	return &t.shards[maphash.Comparable(t.seed, bare)%uint64(len(t.shards))]
}

func (t *userTable) get(bare jid.JID) []*Session {
	sh := t.shard(bare)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.m[bare]
}

func (t *userTable) add(s *Session) {
	bare := s.jid.Bare()
	sh := t.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.m[bare] = append(slices.Clip(sh.m[bare]), s)
}

func (t *userTable) remove(s *Session) bool {
	bare := s.jid.Bare()
	sh := t.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sh.m[bare]
	i := slices.Index(list, s)
	if i < 0 {
		return false
	}
	if len(list) == 1 {
		delete(sh.m, bare)
		return true
	}
	sh.m[bare] = slices.Delete(slices.Clone(list), i, i+1)
	return true
}

func (t *userTable) all() []*Session {
	var out []*Session
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		for _, l := range sh.m {
			out = append(out, l...)
		}
		sh.mu.RUnlock()
	}
	return out
}

// accounts are the users who have sessions.
func (t *userTable) accounts() []jid.JID {
	var out []jid.JID
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		for bare := range sh.m {
			out = append(out, bare)
		}
		sh.mu.RUnlock()
	}
	return out
}

// Sessions are the sessions of an account on this node. The slice must not be changed.
func (s *Server) Sessions(bare jid.JID) []*Session { return s.users.get(bare) }

// AllSessions are all sessions on this node.
func (s *Server) AllSessions() []*Session { return s.users.all() }

// Session is the session of a full JID on this node, or nil.
func (s *Server) Session(full jid.JID) *Session {
	for _, x := range s.users.get(full.Bare()) {
		if x.jid == full {
			return x
		}
	}
	return nil
}

// remote are the account's sessions on other nodes.
func (s *Server) remote(bare jid.JID) []cluster.Session {
	list, err := s.node.Registry.Remote(s.ctx, bare.String())
	if err != nil {
		s.log.Warn("the session registry does not answer", "err", err)
	}
	return list
}

// RemoteNodes are the other nodes on which an account has sessions.
func (s *Server) RemoteNodes(bare jid.JID) []cluster.NodeID {
	var nodes []cluster.NodeID
	for _, r := range s.remote(bare) {
		if !slices.Contains(nodes, r.Node) {
			nodes = append(nodes, r.Node)
		}
	}
	return nodes
}
