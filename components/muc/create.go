package muc

import (
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// make creates the room in the store with its first owner, who may own limit rooms, 0 for any number. Fn is called on the room's goroutine when it exists, or with
// the reason why it does not.
func (r *Room) make(s state, c RoomConfig, owner jid.JID, limit int, fn func(error)) {
	n := newRoom{
		// Two rooms of one name never have the same time of creation.
		room: r.addr, state: s, config: c, secret: newSecret(), owner: owner.String(), created: max(now(), r.created+1), limit: limit,
	}
	b := new(store.Batch)
	fence := new(int64)
	r.svc.store.create(b, n, fence)
	r.changed(b, stateOf(s, &c), []affiliationChange{{who: owner, to: Owner}})
	r.change(b, func(err error) {
		if err == nil {
			r.prepare()
			r.state, r.fence, r.cfg, r.secret, r.created = s, *fence, c, n.secret, n.created
			r.setAffiliated(owner, &affiliated{affiliation: Owner})
			r.public = r.askPublic()
			r.askResident()
		}
		fn(err)
		if err == nil && len(r.all) == 0 {
			r.empty()
		}
	})
}
