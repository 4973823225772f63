package muc

import (
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// make creates the room in the store with its first owner. Fn is called on the room's goroutine when it exists, or with
// the reason why it does not.
func (r *Room) make(s state, c RoomConfig, owner jid.JID, fn func(error)) {
	n := newRoom{
		// Two rooms of one name never have the same time of creation.
		room: r.addr, state: s, config: c, secret: newSecret(), owner: owner.String(), created: max(now(), r.created+1), limit: r.svc.cfg.RoomsPerUser,
	}
	b := new(store.Batch)
	fence := new(int64)
	r.svc.store.create(b, n, fence)
	r.change(b, func(err error) {
		if err == nil {
			r.prepare()
			r.state, r.fence, r.cfg, r.secret, r.created = s, *fence, c, n.secret, n.created
			r.setAffiliated(owner, &affiliated{affiliation: Owner})
		}
		fn(err)
		if err == nil && len(r.all) == 0 {
			r.empty()
		}
	})
}
