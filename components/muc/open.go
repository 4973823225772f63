package muc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// leasePrefix stands before the room's address in the key of its lease.
const leasePrefix = "room:"

// begin gets the lease and loads what the store has. It reports false when the room cannot live here: what waits for it is
// refused, or passed on to the node that has it.
func (r *Room) begin(after <-chan struct{}) bool {
	ctx := r.svc.srv.Context()
	if after != nil {
		select {
		case <-after:
		case <-ctx.Done():
			return false
		}
	}
	lease, node, err := r.acquire(ctx)
	if err != nil {
		r.unavailable("lease", err)
		return false
	}
	if lease == nil {
		r.passOn(node)
		return false
	}
	r.lease = lease
	if err := r.load(ctx); err != nil {
		r.unavailable("load", err)
		return false
	}
	return true
}

// unavailable refuses what waits, because the room cannot be opened now.
func (r *Room) unavailable(what string, err error) {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, cluster.ErrClosed) {
		r.log.Error("a room cannot be opened", "step", what, "err", err)
	}
	for _, e := range r.drain() {
		r.svc.refuseEvent(e, xmppd.Errorf("resource-constraint", "the room cannot be opened at the moment"))
	}
}

// passOn sends what waits to the node that has the room.
func (r *Room) passOn(node cluster.NodeID) {
	m := r.svc
	m.mu.Lock()
	m.elsewhere[r.jid] = owner{node, time.Now().Add(ownerTTL).UnixNano()}
	m.mu.Unlock()
	for _, e := range r.drain() {
		m.forward(node, r.jid, e)
	}
}

// drain takes the room out of the table and returns what waits for it.
func (r *Room) drain() (rest []event) {
	m := r.svc
	m.mu.Lock()
	defer m.mu.Unlock()
	r.forgetIn(m)
	for e := range r.inbox.All(context.Background()) {
		rest = append(rest, e)
	}
	return rest
}

// load reads the room from the store.
func (r *Room) load(ctx context.Context) error {
	s, err := r.svc.store.load(ctx, r.addr)
	if err != nil || s == nil {
		return err
	}
	r.prepare()
	r.fence, r.cfg, r.secret, r.created, r.subject = s.fence, s.config, s.secret, s.created, s.subject
	r.state, r.public = open, r.askPublic()
	if s.locked {
		r.state = locked
	}
	for bare, a := range s.affiliations {
		r.setAffiliated(bare, a)
	}
	if r.history.list, r.lastID, err = r.svc.loadHistory(ctx, r.addr, r.archiveKey(), r.cfg.History); err != nil {
		return fmt.Errorf("read the history of %s: %w", r.addr, err)
	}
	r.askResident()
	for _, o := range s.occupants {
		r.restore(o)
	}
	if len(s.occupants) > 0 {
		r.mirrorAll()
		r.residentMoved()
	}
	r.sweep()
	if len(r.all) == 0 {
		r.rest() // also a temporary room: after a restart people get some time to come back to it
	}
	return nil
}

// prepare makes the room's tables.
func (r *Room) prepare() {
	r.affs, r.nicks = map[jid.JID]*affiliated{}, map[string]jid.JID{}
	r.occupants, r.sessions, r.relays = map[string]*occupant{}, map[jid.JID]*session{}, map[string]*relay{}
	r.owners, r.guests = 0, 0
	r.count()
}

// setAffiliated puts an entry into the room's lists, or takes it out when it says nothing.
func (r *Room) setAffiliated(who jid.JID, a *affiliated) {
	if old := r.affs[who]; old != nil {
		if old.affiliation == Owner {
			r.owners--
		}
		if old.nick != "" {
			delete(r.nicks, old.nick)
		}
	}
	if a.empty() {
		delete(r.affs, who)
		return
	}
	r.affs[who] = a
	if a.affiliation == Owner {
		r.owners++
	}
	if a.nick != "" {
		r.nicks[a.nick] = who
	}
}

// empty deals with a room that the last occupant has left.
func (r *Room) empty() {
	switch {
	case r.deleting, r.attended > 0:
	case r.ends():
		r.delete(func(error) {}) // XEP-0045#exit, XEP-0045#createroom-reserved
	default:
		r.rest()
	}
}

// ends reports whether the room does not outlast its occupants.
func (r *Room) ends() bool { return r.state == locked || r.state == open && !r.cfg.Persistent }

// rest has the room leave memory some time later, if nobody enters.
func (r *Room) rest() {
	if r.idle == nil {
		r.idle = time.AfterFunc(r.svc.cfg.IdleTimeout, func() { r.report((*Room).unload) })
	}
}

// unload is called when nobody has been in the room for some time.
func (r *Room) unload() {
	r.idle = nil
	switch {
	case len(r.all) > 0 || r.attended > 0 || r.state == absent:
	case len(r.turn.line)+len(r.turn.held) > 0:
		r.rest()
	case r.ends():
		r.empty()
	case !r.retire():
		r.rest()
	}
}

// giveBack ends the lease.
func (r *Room) giveBack() {
	if r.lease == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.svc.srv.Context()), releaseTimeout)
	defer cancel()
	if err := r.lease.Release(ctx); err != nil {
		r.log.Warn("the lease of a room could not be given back; it runs out by itself", "err", err)
	}
}

const releaseTimeout = 5 * time.Second
