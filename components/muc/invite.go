package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// maxInvites is how many people one message may invite.
const maxInvites = 50

// roomMessage says what a message to the room means that is not for all.
func roomMessage(s stanza) (event, error) {
	if x, ok := s.Packet.Child(NSUser, "x"); ok {
		if _, ok := x.Child(NSUser, "invite"); ok {
			return newInvite(s, x)
		}
		if d, ok := x.Child(NSUser, "decline"); ok {
			to, err := jid.Parse(attr(d, "to"))
			if err != nil {
				return nil, xmppd.Errorf("jid-malformed", "who has invited you?")
			}
			return decline{s, to, text(d, NSUser, "reason")}, nil
		}
	}
	if form, err := dataform.Find(s.Packet.Root(), NSRequest); err != nil {
		return nil, err
	} else if form != nil && form.FormType() == NSRequest {
		return newVoice(s, form)
	}
	if form, err := dataform.Find(s.Packet.Root(), NSJoining); err != nil {
		return nil, err
	} else if form != nil && form.FormType() == NSJoining {
		return newApproval(s, form)
	}
	return nil, xmppd.Errorf("bad-request", "a message to a room is of type groupchat")
}

// invite is a mediated invitation (XEP-0045#invite-mediated).
type invite struct {
	stanza
	list []invitation
}

type invitation struct {
	to        jid.JID
	reason    string
	continues []byte // <continue/>, or nil
}

func newInvite(s stanza, x xmlstream.Element) (event, error) {
	v := invite{stanza: s}
	for e := range x.Children() {
		if !e.Is(NSUser, "invite") {
			continue
		}
		to, err := jid.Parse(attr(e, "to"))
		if err != nil || to.Local() == "" {
			return nil, xmppd.Errorf("jid-malformed", "whom do you invite?")
		}
		i := invitation{to: to, reason: text(e, NSUser, "reason")}
		if c, ok := e.Child(NSUser, "continue"); ok {
			i.continues = append([]byte("<continue"), xmlstream.AppendAttr(nil, "thread", attr(c, "thread"))...)
			i.continues = append(i.continues, "/>"...)
		}
		v.list = append(v.list, i)
	}
	if len(v.list) > maxInvites {
		return nil, xmppd.Errorf("policy-violation", "no more than %d people can be invited at a time", maxInvites)
	}
	return v, nil
}

func (v invite) apply(r *Room) {
	changes, err := v.admit(r)
	if err != nil {
		r.svc.refuse(v.Stanza, err)
		return
	}
	send := func() {
		for _, i := range v.list {
			p := r.invitation(v.From.Bare(), i, v.Packet.ID())
			r.private.add(sent{id: p.ID(), from: v.From, to: i.to, as: r.addr})
			r.route(p)
		}
	}
	if len(changes) == 0 {
		send()
		return
	}
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(r.state, &r.cfg), changes)
	r.change(b, func(err error) {
		if err != nil {
			r.svc.refuse(v.Stanza, r.notStored(err))
			return
		}
		r.applyAffiliations(changes, "").tell(r)
		send()
	})
}

// admit says why somebody must not invite, or who becomes a member by it (XEP-0045#modifymember).
func (v invite) admit(r *Room) (changes []affiliationChange, err error) {
	a, _ := r.actor(v.From)
	o := r.occupantOf(v.From)
	switch {
	case r.state == absent, r.state == locked && a != Owner:
		return nil, xmppd.Errorf("item-not-found", "there is no such room")
	case o == nil && a < Member:
		return nil, xmppd.Errorf("not-acceptable", "you are not in the room")
	case o != nil && r.throttle(o) != nil:
		return nil, errThrottled
	case o != nil && o.guest:
		return nil, xmppd.Errorf("forbidden", "guests do not invite others")
	case r.cfg.MembersOnly && a < Admin && !(a == Member && r.cfg.AllowInvites):
		return nil, xmppd.Errorf("forbidden", "only admins invite others to this room")
	}
	seen := map[jid.JID]bool{}
	for _, i := range v.list {
		bare := i.to.Bare()
		switch have := r.affiliation(bare); {
		case r.svc.isGuest(bare):
			return nil, xmppd.Errorf("not-allowed", "guests come by their link")
		case have == Outcast:
			return nil, xmppd.Errorf("not-allowed", "%s is banned from this room", bare)
		case r.cfg.MembersOnly && have == None && !seen[bare]:
			seen[bare] = true
			changes = append(changes, affiliationChange{who: bare.Clone(), to: Member, quiet: true})
		}
	}
	return changes, r.roomFor(len(changes))
}

// invitation is what the invited gets; inviter may be zero.
func (r *Room) invitation(inviter jid.JID, i invitation, id string) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("message", "", "id", id, "from", r.addr, "to", i.to.String()).Start("x", NSUser)
	b.Start("invite", "", "from", inviter.String())
	if i.reason != "" {
		b.Element("reason", "", i.reason)
	}
	b.Raw(i.continues).End()
	if r.cfg.Password != "" {
		b.Element("password", "", r.cfg.Password)
	}
	return b.Packet()
}

// decline tells somebody that his invitation is not accepted. It goes to occupants and members only: the room is no way to
// write to strangers.
type decline struct {
	stanza
	to     jid.JID
	reason string
}

func (d decline) apply(r *Room) {
	if r.state == absent || r.svc.isGuest(d.From.Bare()) || r.svc.isGuest(d.to.Bare()) {
		return // guests are not invited, and invite nobody
	}
	to := d.to
	if to.Bare() == r.jid { // the inviter's occupant JID
		o := r.occupants[to.Resource()]
		if o == nil || o.guest {
			return
		}
		to = o.primary().jid
	} else if r.affiliation(to.Bare()) < Member && !r.isIn(to.Bare()) {
		return
	}
	b := xmlstream.NewBuilder().Start("message", "", "id", d.Packet.ID(), "from", r.addr, "to", to.String()).Start("x", NSUser)
	b.Start("decline", "", "from", d.From.Bare().String())
	if d.reason != "" {
		b.Element("reason", "", d.reason)
	}
	r.route(b.Packet())
}

// isIn reports whether a user is in the room, under any name.
func (r *Room) isIn(bare jid.JID) bool {
	for _, o := range r.occupants {
		if o.bare == bare {
			return true
		}
	}
	return false
}
