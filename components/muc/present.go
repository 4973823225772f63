package muc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"sync"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// Present is how many are in a room.
type Present struct {
	Occupants int
	Guests    int // among them
}

// count makes known how many are in the room, to those who do not ask its goroutine.
func (r *Room) count() {
	r.present.Store(&Present{len(r.occupants), r.guests})
}

const (
	kindCount   = "muc.count"   // asks how many are in some rooms
	kindCounted = "muc.counted" // the answer
)

// countTimeout is how long other nodes may take to answer. Who does not counts as empty.
const countTimeout = time.Second

// counting is the question and, with Of instead of Rooms, its answer. Rooms that nobody is in are left out.
type counting struct {
	ID    string
	Rooms []jid.JID `json:",omitempty"`
	Of    []counted `json:",omitempty"`
}

type counted struct {
	Room jid.JID
	Present
}

// counts are the questions that other nodes have not all answered.
type counts struct {
	mu   sync.Mutex
	wait map[string]chan<- []counted
}

// Present tells how many are in rooms, on all nodes, without loading any. Rooms that nobody is in are left out.
func (m *Service) Present(ctx context.Context, rooms ...jid.JID) map[jid.JID]Present {
	out := map[jid.JID]Present{}
	add := func(list []counted) {
		for _, c := range list {
			out[c.Room] = c.Present
		}
	}
	add(m.presentHere(rooms))
	peers := m.srv.Node().Peers()
	if len(peers) == 0 || len(rooms) == 0 {
		return out
	}
	q := counting{ID: rand.Text(), Rooms: rooms}
	answers := make(chan []counted, len(peers))
	m.counts.begin(q.ID, answers)
	defer m.counts.end(q.ID)
	asked := 0
	for _, node := range peers {
		if m.sendJSON(node, kindCount, q) {
			asked++
		}
	}
	late := time.NewTimer(countTimeout)
	defer late.Stop()
	for range asked {
		select {
		case list := <-answers:
			add(list)
		case <-late.C:
			return out
		case <-ctx.Done():
			return out
		}
	}
	return out
}

func (m *Service) presentHere(rooms []jid.JID) (list []counted) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, room := range rooms {
		if r := m.rooms[room]; r != nil {
			if p := r.present.Load(); p != nil && p.Occupants > 0 {
				list = append(list, counted{room, *p})
			}
		}
	}
	return list
}

func (c *counts) begin(id string, answers chan<- []counted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wait == nil {
		c.wait = map[string]chan<- []counted{}
	}
	c.wait[id] = answers
}

func (c *counts) end(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.wait, id)
}

func (m *Service) sendJSON(node cluster.NodeID, kind string, v any) bool {
	b, err := json.Marshal(v)
	if err == nil {
		err = m.srv.SendNode(node, kind, b)
	}
	if err != nil {
		m.log.Warn("another node cannot be asked", "node", node, "kind", kind, "err", err)
	}
	return err == nil
}

// asked answers another node.
func (m *Service) asked(from cluster.NodeID, b []byte) {
	var q counting
	if err := json.Unmarshal(b, &q); err != nil {
		m.log.Error("a question of another node cannot be read", "node", from, "err", err)
		return
	}
	m.sendJSON(from, kindCounted, counting{ID: q.ID, Of: m.presentHere(q.Rooms)})
}

func (m *Service) answered(from cluster.NodeID, b []byte) {
	var a counting
	if err := json.Unmarshal(b, &a); err != nil {
		m.log.Error("the answer of another node cannot be read", "node", from, "err", err)
		return
	}
	m.counts.mu.Lock()
	defer m.counts.mu.Unlock()
	if answers := m.counts.wait[a.ID]; answers != nil {
		select {
		case answers <- a.Of:
		default: // nobody answers twice
		}
	}
}
