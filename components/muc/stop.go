package muc

import (
	"context"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/store"
)

// stop ends the service before the server ends its sessions. With other nodes around they take the rooms over, and the
// occupants there notice nothing; otherwise the occupants are told (XEP-0045#service-shutdown-kick).
func (m *Service) stop(ctx context.Context) {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	peers := m.srv.Node().Peers()
	rooms := m.here()
	for i, r := range rooms {
		var heir cluster.NodeID
		if len(peers) > 0 {
			heir = peers[i%len(peers)]
		}
		r.report(func(r *Room) { r.shutDown(heir) })
	}
	for _, r := range rooms {
		select {
		case <-r.done:
		case <-ctx.Done():
			m.log.Error("the rooms do not end in time", "err", ctx.Err())
		}
	}
	m.cancel()
	m.work.Wait()
}

// shutDown ends the room on this node once what is under way is stored.
func (r *Room) shutDown(heir cluster.NodeID) {
	b := new(store.Batch)
	if heir != "" && len(r.all) > 0 {
		r.write(b)
		for _, s := range r.all {
			r.addMirror(b, s)
		}
	}
	r.commit(b, func(err error) {
		if err != nil {
			r.log.Error("the occupants of a room could not be handed over", "err", err)
		}
		r.residentGone()
		if heir == "" {
			r.dismiss(codeShutdown)
		}
		r.heir, r.over = heir, true
	})
}

// handOver tells the heir to open the room, and passes on what has come for it. The lease has been given back.
func (r *Room) handOver(rest []event) {
	m := r.svc
	m.mu.Lock()
	m.elsewhere[r.jid] = owner{r.heir, time.Now().Add(ownerTTL).UnixNano()}
	m.mu.Unlock()
	if err := m.srv.SendNode(r.heir, kindAdopt, []byte(r.addr)); err != nil {
		r.log.Warn("a room could not be handed over; it opens when somebody writes to it", "node", r.heir, "err", err)
	}
	for _, e := range rest {
		m.forward(r.heir, r.jid, e)
	}
}
