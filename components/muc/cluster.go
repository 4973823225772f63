package muc

import (
	"context"
	"slices"
	"strings"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Envelopes between the services of several nodes.
const (
	kindStanza = "muc.stanza" // a stanza for a room that the receiver has, or may have
	kindAdopt  = "muc.adopt"  // a room that the receiver is to take over
	kindGone   = "muc.gone"   // full JIDs of sessions that have died with their node, one a line
	kindMoved  = "muc.moved"  // a node that is gone: what is known about its rooms is no longer true
)

const (
	ownerTTL   = time.Minute            // how long a node believes that another one has a room
	watchEvery = 5 * time.Second        // how often a node looks whether it is still alone
	retryLease = 500 * time.Millisecond // how often the lease of a dead node is asked for
	maxRetries = 60
)

// joinCluster connects the service to the bus.
func (m *Service) joinCluster() {
	m.srv.OnNode(kindStanza, func(_ cluster.NodeID, b []byte) { m.several.Store(true); m.receive(b) })
	m.srv.OnNode(kindAdopt, func(_ cluster.NodeID, b []byte) { m.adoptNamed(string(b)) })
	m.srv.OnNode(kindGone, func(_ cluster.NodeID, b []byte) { m.sessionsGone(strings.Split(string(b), "\n")) })
	m.srv.OnNode(kindMoved, func(_ cluster.NodeID, b []byte) { m.nodeGone(cluster.NodeID(b)) })
	m.srv.OnNode(kindCall, m.called)
	m.srv.OnNode(kindReply, m.replied)
	m.srv.OnNode(kindCount, m.asked)
	m.srv.OnNode(kindCounted, m.answered)
	m.srv.Hooks.NodeDown.Add(m.nodeDown)
	m.srv.Hooks.Undelivered.Add(func(_ cluster.NodeID, e cluster.Envelope) { m.again(e) })
	m.srv.Hooks.Stop.Add(m.stop)
	m.srv.Hooks.Start.Add(func() {
		m.work.Add(1)
		go m.watch()
	})
}

// watch clears away what the last run has left, and notices when there are other nodes.
func (m *Service) watch() {
	defer m.work.Done()
	ctx := m.ctx
	if err := m.adoptAll(ctx, `SELECT room FROM muc_room WHERE locked OR NOT persistent`); err != nil && ctx.Err() == nil {
		m.log.Error("rooms that have ended cannot be cleared away", "err", err)
	}
	if err := m.purge(ctx); err != nil && ctx.Err() == nil {
		m.log.Error("the archives of rooms that are gone cannot be removed", "err", err)
	}
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			m.alone()
			m.forgetOld()
		case <-ctx.Done():
			return
		}
	}
}

// alone reports whether there never was another node. When one appears, all occupants are mirrored.
func (m *Service) alone() bool {
	if m.several.Load() {
		return false
	}
	if len(m.srv.Node().Peers()) == 0 {
		return true
	}
	if !m.several.Swap(true) {
		for _, r := range m.here() {
			r.report((*Room).mirrorAll)
		}
	}
	return false
}

// forgetOld drops what is no longer believed about the rooms of other nodes.
func (m *Service) forgetOld() {
	t := time.Now().UnixNano()
	m.mu.Lock()
	defer m.mu.Unlock()
	for room, o := range m.elsewhere {
		if o.until < t {
			delete(m.elsewhere, room)
		}
	}
}

// here are the rooms on this node.
func (m *Service) here() []*Room {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make([]*Room, 0, len(m.rooms))
	for _, r := range m.rooms {
		out = append(out, r)
	}
	return out
}

// ownedBy is the node that is believed to have a room which is not here.
func (m *Service) ownedBy(room jid.JID) (cluster.NodeID, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, ok := m.elsewhere[room]
	return o.node, ok && m.rooms[room] == nil && time.Now().UnixNano() < o.until
}

// send passes a stanza on to another node.
func (m *Service) send(node cluster.NodeID, in *xmppd.Stanza) bool {
	if err := m.srv.SendNode(node, kindStanza, in.Packet.Raw()); err != nil {
		m.lost(in.To.Bare())
		return false
	}
	in.Settled() // what a node has not dealt with when it dies comes back
	return true
}

// lost forgets who has a room.
func (m *Service) lost(room jid.JID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.elsewhere, room)
}

// forward passes on what waits for a room that another node has.
func (m *Service) forward(node cluster.NodeID, room jid.JID, e event) {
	switch x := e.(type) {
	case interface{ inbound() *xmppd.Stanza }:
		if !m.send(node, x.inbound()) {
			m.refuse(x.inbound(), errBusy)
		}
	case *ask:
		m.passAsk(node, room, x)
	case *attend:
		x.refuse(fault.New(fault.Unavailable, "another server has this room"))
	}
}

// receive takes a stanza that another node has passed on. Who owns the room is asked anew, so that two nodes with old
// news do not send it to and fro.
func (m *Service) receive(b []byte) {
	p, err := xmlstream.Parse(b, xmppd.NSClient, storedLimits)
	if err != nil {
		m.log.Error("a stanza from another node cannot be read", "err", err)
		return
	}
	from, err1 := jid.Parse(p.From())
	to, err2 := jid.Parse(p.To())
	if err1 != nil || err2 != nil || to.Local() == "" {
		return
	}
	m.deliverHere(to.Bare(), &xmppd.Stanza{From: from, To: to, Packet: p})
}

// again delivers what could not be sent because the receiver was gone.
func (m *Service) again(e cluster.Envelope) {
	switch e.Kind {
	case kindStanza:
		m.receive(e.Payload)
	case kindAdopt:
		m.adoptNamed(string(e.Payload))
	case kindCall:
		m.called(m.srv.Node().ID, e.Payload)
	}
}

// nodeDown is called on one of the nodes that are left.
func (m *Service) nodeDown(d cluster.Down) {
	m.srv.Announce(kindMoved, []byte(d.Node))
	m.nodeGone(d.Node)
	var gone []string
	for _, s := range d.Sessions {
		gone = append(gone, s.Bare+"/"+s.Resource)
	}
	for part := range slices.Chunk(gone, 1000) {
		m.srv.Announce(kindGone, []byte(strings.Join(part, "\n")))
		m.sessionsGone(part)
	}
	if err := m.adoptAll(m.ctx, `SELECT DISTINCT room FROM muc_occupant WHERE node = $1`, string(d.Node)); err != nil {
		m.log.Error("the rooms of a node that is gone cannot be read; they open when somebody writes to them", "node", d.Node, "err", err)
	}
}

func (m *Service) nodeGone(node cluster.NodeID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for room, o := range m.elsewhere {
		if o.node == node {
			delete(m.elsewhere, room)
		}
	}
}

// sessionsGone makes the occupants leave whose sessions have died with their node.
func (m *Service) sessionsGone(list []string) {
	gone := make([]jid.JID, 0, len(list))
	for _, s := range list {
		if j, err := jid.Parse(s); err == nil {
			gone = append(gone, j)
		}
	}
	for _, r := range m.here() {
		r.report(func(r *Room) {
			for _, full := range gone {
				if s := r.sessions[full]; s != nil {
					r.exit(s, goneBase, codeError)
				}
			}
			r.sweep()
		})
	}
}

// adoptAll opens the rooms that a query names.
func (m *Service) adoptAll(ctx context.Context, sql string, args ...any) error {
	rows, err := m.store.db.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		var room string
		if err := rows.Scan(&room); err != nil {
			return err
		}
		for !m.adoptNamed(room) { // so many open at a time
			select {
			case <-time.After(retryLease):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return rows.Err()
}

// adoptNamed opens a room, and reports false when that cannot be now.
func (m *Service) adoptNamed(room string) bool {
	j, err := jid.Parse(room)
	return err != nil || m.post(j, adopt{})
}

// adopt opens a room, and does nothing more.
type adopt struct{}

func (adopt) apply(*Room) {}

// acquire asks for the lease. When a node has it that is dead, it runs out before long.
func (r *Room) acquire(ctx context.Context) (cluster.Lease, cluster.NodeID, error) {
	n := r.svc.srv.Node()
	for i := 0; ; i++ {
		lease, node, err := n.Leaser.Acquire(ctx, leasePrefix+r.addr)
		if err != nil || lease != nil || i == maxRetries || slices.Contains(n.Peers(), node) {
			return lease, node, err
		}
		select {
		case <-time.After(retryLease):
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}
