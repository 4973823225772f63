package muc

import "plenum/xmppd/jid"

// A public room is one into which guests are let. Everybody of the house who is in it is its moderator, so that there is
// always somebody who can put a guest out.

// Reconsider makes a room on this node ask its doors again: whether it is public, and which guests may stay.
func (m *Service) Reconsider(room jid.JID) {
	m.mu.RLock()
	r := m.rooms[room]
	m.mu.RUnlock()
	if r != nil {
		r.report((*Room).reconsider)
	}
}

// ReconsiderAll is Reconsider for all rooms of this node.
func (m *Service) ReconsiderAll() {
	for _, r := range m.here() {
		r.report((*Room).reconsider)
	}
}

func (r *Room) reconsider() {
	if r.state == absent || r.deleting { // who is here when a room is destroyed is told that, and nothing else
		return
	}
	was := r.public
	r.public = r.askPublic()
	after := &aftermath{}
	for _, o := range r.occupants {
		switch {
		case o.guest:
			r.reconsiderGuest(o, after)
		case r.svc.isColleague(o.bare) && was != r.public:
			r.reconsiderRole(o, after)
		}
	}
	after.tell(r)
	if was != r.public {
		r.announceConfig([]int{codeConfigChanged})
	}
	r.askResident()
	r.sweep()
}

func (r *Room) askPublic() bool { return r.svc.doors.Public != nil && r.svc.doors.Public(r.jid) }

// reconsiderGuest puts a guest out who may not be here any longer.
func (r *Room) reconsiderGuest(o *occupant, after *aftermath) {
	if err := r.admitGuest(o.bare, 0); err != nil {
		after.gone = append(after.gone, r.expel(o, removal{reason: "This room is not open for guests any longer.", codes: []int{codeMembersOnly}}))
	}
}

// reconsiderRole gives a colleague the role that he has in a public room, or takes it from him. It ends with the visit.
func (r *Room) reconsiderRole(o *occupant, after *aftermath) {
	role := Moderator
	if !r.public {
		if o.role != Moderator || o.affiliation >= Admin {
			return
		}
		role = r.role(o.bare, o.affiliation)
	}
	if role == o.role {
		return
	}
	saw := r.sees(o)
	o.role = role
	after.changed = append(after.changed, o)
	if !saw && r.sees(o) {
		after.seeing = append(after.seeing, o)
	}
}

// admitGuest says why a guest must not be in the room.
func (r *Room) admitGuest(bare jid.JID, others int) error {
	if r.svc.doors.AdmitGuest == nil {
		return errNoGuests
	}
	return r.svc.doors.AdmitGuest(bare, r.jid, others)
}

// otherGuests is how many guests are here besides one.
func (r *Room) otherGuests(bare jid.JID) (n int) {
	for _, o := range r.occupants {
		if o.guest && o.bare != bare {
			n++
		}
	}
	return n
}
