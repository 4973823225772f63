package muc

import (
	"context"
	"runtime/debug"

	"plenum/xmppd/actor"
	"plenum/xmppd/jid"
)

// run is the life of a room on this node. After is closed when the room's former life here has ended; it may be nil.
func (r *Room) run(after <-chan struct{}) {
	defer r.svc.work.Done()
	defer r.leave()
	if !r.opened(after) {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			r.svc.bug("a room", p)
			r.broken()
		}
	}()
	for e := range r.inbox.All(leased{r.svc.srv.Context(), r.lease.Lost()}) {
		r.takeResults()
		if _, ok := e.(wake); !ok && !r.over {
			r.handle(e)
		}
		r.release()
		if r.over || r.quit() {
			return
		}
	}
}

// opened is begin, counted.
func (r *Room) opened(after <-chan struct{}) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			r.svc.bug("a room that opens", p)
			r.unavailable("bug", nil)
		}
		r.svc.mu.Lock()
		defer r.svc.mu.Unlock()
		r.svc.opening--
	}()
	return r.begin(after)
}

// broken ends the room after a bug. Its next life begins at once: with the same occupants if they are in the store, else
// they are told to enter again.
func (r *Room) broken() {
	if r.state == absent {
		return
	}
	r.residentGone()
	if !r.mirrored {
		r.dismiss(codeError)
	}
	r.turn.held = append([]event{adopt{}}, r.turn.held...)
}

// leased is a context that is done when a lease is lost.
type leased struct {
	context.Context
	lost <-chan struct{}
}

func (l leased) Done() <-chan struct{} { return l.lost }

func (l leased) Err() error {
	select {
	case <-l.lost:
		return context.Canceled
	default:
		return nil
	}
}

// quit leaves memory when there is nothing to remember, and reports whether it did.
func (r *Room) quit() bool {
	if r.state != absent || len(r.turn.line) > 0 || len(r.turn.held) > 0 {
		return false
	}
	return r.retire()
}

// retire takes the room out of the table unless something has come for it meanwhile.
func (r *Room) retire() bool {
	m := r.svc
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.inbox.Len() > 0 {
		return false
	}
	r.forgetIn(m)
	r.over = true
	return true
}

// forgetIn takes the room out of the table; m.mu is held.
func (r *Room) forgetIn(m *Service) {
	if m.rooms[r.jid] == r {
		delete(m.rooms, r.jid)
		m.leaving[r.jid] = r.done
	}
	r.inbox.Close()
}

// leave ends the room's life here. What has come for it and was not dealt with goes to its next life.
func (r *Room) leave() {
	m := r.svc
	if r.idle != nil {
		r.idle.Stop()
	}
	r.residentGone()
	if r.cutOff() {
		r.dismiss(codeError)
	}
	m.mu.Lock()
	r.forgetIn(m)
	rest := r.turn.held
	for e := range r.inbox.All(context.Background()) { // it is closed: this takes what is left and ends
		rest = append(rest, e)
	}
	var refused []event
	if r.heir == "" {
		refused = m.pass(r.jid, rest)
	}
	m.mu.Unlock()
	for _, e := range refused {
		m.refuseEvent(e, errBusy)
	}
	for _, s := range r.turn.line {
		if s.in != nil {
			m.refuse(s.in, errBusy)
		}
	}
	r.giveBack()
	if r.heir != "" {
		r.handOver(rest)
	}
	m.mu.Lock()
	if m.leaving[r.jid] == r.done {
		delete(m.leaving, r.jid)
	}
	m.mu.Unlock()
	close(r.done)
}

// cutOff reports whether this node has lost the room without wanting to. Its new owner may have taken the occupants over,
// or may think that they have died with this node; so they are told to enter again.
func (r *Room) cutOff() bool {
	if r.lease == nil || r.heir != "" {
		return false
	}
	select {
	case <-r.lease.Lost():
		return true
	default:
		return r.fenced
	}
}

// pass gives events to the next life of a room and returns those that it cannot take; m.mu is held.
func (m *Service) pass(room jid.JID, events []event) (refused []event) {
	var next *Room
	for _, e := range events {
		if _, ok := e.(wake); ok {
			continue
		}
		if next == nil && !m.stopped {
			next = m.begin(room)
		}
		if next == nil || !next.inbox.Post(e) {
			refused = append(refused, e)
		}
	}
	return refused
}

// bug logs a panic.
func (m *Service) bug(what string, p any) {
	m.log.Error("panic in "+what, "panic", p, "stack", string(debug.Stack()))
}

// post gives an event to a room, which is loaded when it is not here. It reports false when the room has too much to do.
func (m *Service) post(room jid.JID, e event) bool {
	m.mu.RLock()
	if r := m.rooms[room]; r != nil {
		ok := r.inbox.Post(e)
		m.mu.RUnlock()
		return ok
	}
	m.mu.RUnlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[room]
	if r == nil {
		if m.stopped || m.opening >= maxOpening {
			return false
		}
		r = m.begin(room.Clone())
	}
	return r.inbox.Post(e)
}

// maxOpening is how many rooms may be on their way from the store to memory; asking for rooms that do not exist is cheap
// for the asker, and must not be dear for the server.
const maxOpening = 1000

// begin starts the goroutine of a room; m.mu is held.
func (m *Service) begin(room jid.JID) *Room {
	r := &Room{
		svc: m, jid: room, addr: room.String(), log: m.log.With("room", room.String()), inbox: actor.NewInbox[event](m.cfg.Inbox),
		done: make(chan struct{}), seq: m.srv.NewSequence(),
	}
	m.rooms[room] = r
	m.opening++
	m.work.Add(1)
	go r.run(m.leaving[room])
	return r
}
