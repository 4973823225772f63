package muc

import (
	"context"
	"sync"
	"sync/atomic"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Attendance is for somebody who takes part in what the resident of a room does and is no occupant: he is at a telephone. As long as there
// is one the room stays in memory on this node, also a temporary one.
type Attendance struct {
	Affiliation Affiliation // of the user, as the room's lists have it
	release     func()
}

// Release ends it. It may be called more than once.
func (a *Attendance) Release() {
	if a.release != nil {
		a.release()
	}
}

// Attend begins an attendance for a user, who may be zero for a stranger. Like the methods of rooms.go it waits for the room, but that must be on this
// node: the error is of kind Unavailable when another has it, NotFound when there is no such room.
func (m *Service) Attend(ctx context.Context, room, user jid.JID) (Attendance, error) {
	if room.Domain() != m.domain.Domain() || room.Local() == "" || room.IsFull() {
		return Attendance{}, fault.Newf(fault.Invalid, "%s is not the address of a room", room)
	}
	e := &attend{user: user, got: make(chan attendance, 1)}
	if !m.post(room, e) {
		return Attendance{}, fault.New(fault.Limit, errBusy.Text)
	}
	select {
	case a := <-e.got:
		return a.Attendance, a.err
	case <-ctx.Done():
		e.abandoned.Store(true)
		e.giveUp()
		return Attendance{}, ctx.Err()
	}
}

type attendance struct {
	Attendance
	err error
}

// attend is the event of [Service.Attend]. It is answered once.
type attend struct {
	user      jid.JID
	got       chan attendance
	abandoned atomic.Bool // nobody waits for it any more
}

// giveUp ends an attendance that came too late. Who has given up and the room both see to it; one of them finds it.
func (e *attend) giveUp() {
	select {
	case a := <-e.got:
		a.Release()
	default:
	}
}

func (e *attend) refuse(err error) { e.got <- attendance{err: err} }

func (e *attend) apply(r *Room) {
	if r.state == absent {
		e.refuse(errNoRoom)
		return
	}
	r.attended++
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	var once sync.Once
	release := func() { once.Do(func() { r.report((*Room).unattended) }) }
	e.got <- attendance{Attendance: Attendance{r.affiliation(e.user), release}}
	if e.abandoned.Load() {
		e.giveUp()
	}
}

// unattended is the end of an attendance.
func (r *Room) unattended() {
	r.attended--
	if r.attended == 0 && len(r.all) == 0 && r.state != absent {
		r.empty()
		r.sweep()
	}
}
