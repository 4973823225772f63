package muc

import (
	"plenum/xmppd/store"
)

// As long as there are several nodes, the store knows who is in which room: a node that takes a room over goes on with the
// occupants who are still connected, and they need not notice.

var occupantRow = store.NewInsert("muc_occupant", []string{"room", "jid", "nick", "role", "presence", "node"},
	"ON CONFLICT (room, jid) DO UPDATE SET nick = excluded.nick, role = excluded.role, presence = excluded.presence, node = excluded.node")

// mirror stores what has changed of a session.
func (r *Room) mirror(s *session) {
	if r.svc.alone() {
		return
	}
	if !r.mirrored {
		r.mirrorAll()
		return
	}
	b := r.write(new(store.Batch))
	r.addMirror(b, s)
	r.save(b)
}

func (r *Room) addMirror(b *store.Batch, s *session) {
	b.Insert(occupantRow, r.addr, s.jid.String(), s.occupant.nick, s.occupant.role.String(), s.base.Raw(), string(r.svc.srv.Node().ID))
}

// mirrorAll stores all sessions.
func (r *Room) mirrorAll() {
	if r.state == absent || len(r.all) == 0 {
		return
	}
	r.mirrored = true
	b := r.write(new(store.Batch))
	for _, s := range r.all {
		r.addMirror(b, s)
	}
	r.save(b)
}

// unmirror forgets a session that has left.
func (r *Room) unmirror(s *session) {
	if !r.mirrored {
		return
	}
	room, who := r.addr, s.jid.String()
	b := r.write(new(store.Batch))
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM muc_occupant WHERE room = $1 AND jid = $2`, room, who)
		return err
	})
	r.save(b)
}

// save stores b; nothing waits for it.
func (r *Room) save(b *store.Batch) {
	b.OnCommit(func(err error) {
		if err != nil {
			r.report(func(r *Room) { r.notMirrored(err) })
		}
	})
	if err := r.svc.srv.Store().Submit(b); err != nil {
		r.notMirrored(err)
	}
}

func (r *Room) notMirrored(err error) {
	if isFenced(err) {
		r.takenOver()
		return
	}
	r.log.Warn("the occupants of a room could not be stored", "err", err)
}

// restore lets an occupant go on who was in the room when another node had it. One whose session is gone leaves as soon as
// all are restored.
func (r *Room) restore(m mirrored) {
	bare := m.jid.Bare()
	o := r.occupants[m.nick]
	if o == nil {
		o = r.newOccupant(m.nick, bare)
		o.shown = true
		if !r.public || o.guest { // in a public room his role may have changed while nobody had the room
			o.role = m.role
		}
		r.occupants[o.nick] = o
	}
	s := &session{occupant: o, jid: m.jid, to: r.svc.srv.NewRecipient(m.jid), base: m.presence}
	o.sessions = append(o.sessions, s)
	r.add(s)
	for _, t := range r.svc.srv.Targets(bare) {
		if t.JID == m.jid {
			return
		}
	}
	r.lost = append(r.lost, s.to)
}
