package muc

import (
	"context"

	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Doors let the organisation take part in what the rooms decide. They are called by the goroutine of a room, answer from
// memory and must not block. A nil function stands for the behaviour described with it.
type Doors struct {
	// MayCreate says why user must not create a room; nil when he may. Default: any account of this server, guests apart.
	MayCreate func(user, room jid.JID) error
	// AdmitGuest says why a guest (an anonymous user of the guest domain) must not enter a room, or be in it any longer, whatever
	// its members list and its password say. Others is how many other guests are in it. Guests enter as participants, see no
	// history, and are never shown a real JID. Default: no guest may enter.
	AdmitGuest func(guest, room jid.JID, others int) error
	// Public reports whether guests are let into a room. Then all accounts of this server are moderators there. When the answer
	// changes, Reconsider has to be called. Default: no room is public.
	Public func(room jid.JID) bool
	// NameTaken reports whether a guest's nickname is that of an account which belongs to the room, here or not. Colleagues are these.
	// Nicknames in use and reserved ones are looked after by the room. Default: none is.
	NameTaken func(nick string, colleagues []jid.JID) bool
	// GuestRemoved learns that a guest, a full JID, was put out of a room, and what he was called there. Kicked says that a moderator
	// has done it.
	GuestRemoved func(guest, room jid.JID, nick string, kicked bool)
	// Changed learns what happens to a room and its members. It may add to b, which is about to be committed with the change.
	Changed func(b *store.Batch, c *Change)
	// Resident is who lives in every room. Default: nobody.
	Resident *Resident
}

// Change is what happens to a room, as far as its members are concerned.
type Change struct {
	Room          jid.JID
	Made          bool // the room is new: there may have been another one at its address
	Before, After State
	Joined        []jid.JID // who are members, admins or owners from now on; all of them when the room has become a group
	Left          []jid.JID // who are no longer

	members func() []jid.JID
}

// Members are all accounts of this server that belong to the room, as it was before the change.
func (c *Change) Members() []jid.JID { return c.members() }

// State is what a room is to its members.
type State struct {
	Exists bool
	Group  bool // lasting, and for members only
	Name   string
}

// Extension is a part of the configuration form whose values somebody else keeps.
type Extension struct {
	// Fields gives the fields with their present values. It answers from memory.
	Fields func(room jid.JID) []dataform.Field
	// Read looks at what an owner has submitted, and says what is wrong with it. It answers from memory. Apply, which may be
	// nil and may block, is called when the room itself is as the form wants it.
	Read func(room, by jid.JID, f *dataform.Form) (apply func(context.Context) error, err error)
}

// SetDoors puts the doors in, before the server starts.
func (m *Service) SetDoors(d Doors) { m.doors = d }

// Extend adds fields to the configuration form of every room. It is called before the server starts.
func (m *Service) Extend(x Extension) { m.extensions = append(m.extensions, x) }

// ExtendInfo adds fields to what disco#info says about a room. It is called before the server starts; f answers from memory.
func (m *Service) ExtendInfo(f func(room jid.JID) []dataform.Field) { m.info = append(m.info, f) }

// isMember reports whether an affiliation makes somebody belong to a room, and not only to its visitors.
func isMember(a Affiliation) bool { return a >= Member }

// stateOf is what a room with this configuration is to its members.
func stateOf(s state, c *RoomConfig) State {
	return State{Exists: s == open, Group: s == open && c.MembersOnly && c.Persistent, Name: c.Name}
}

// changed tells the door what b is about to make of the room.
func (r *Room) changed(b *store.Batch, after State, changes []affiliationChange) {
	if r.svc.doors.Changed == nil {
		return
	}
	c := Change{Room: r.jid, Made: r.state == absent, Before: stateOf(r.state, &r.cfg), After: after, members: r.colleagues}
	if c.Before.Exists && !after.Exists || !c.Before.Group && after.Group {
		c.everybody(r, changes)
	} else {
		for i := range changes {
			c.one(r, &changes[i])
		}
	}
	if c.Made || c.Before != c.After || len(c.Joined)+len(c.Left) > 0 {
		r.svc.doors.Changed(b, &c)
	}
}

func (r *Room) colleagues() (list []jid.JID) {
	for who, a := range r.affs {
		if isMember(a.affiliation) && r.svc.isColleague(who) {
			list = append(list, who)
		}
	}
	return list
}

// everybody names all members, for a room that becomes a group or ends.
func (c *Change) everybody(r *Room, changes []affiliationChange) {
	is := make(map[jid.JID]bool, len(r.affs))
	for who, a := range r.affs {
		is[who] = isMember(a.affiliation)
	}
	for i := range changes {
		x := &changes[i]
		is[x.who] = isMember(x.to)
	}
	for who, member := range is {
		switch {
		case !r.svc.isColleague(who):
		case member && c.After.Exists:
			c.Joined = append(c.Joined, who)
		default:
			if a := r.affs[who]; a != nil && isMember(a.affiliation) {
				c.Left = append(c.Left, who)
			}
		}
	}
}

func (c *Change) one(r *Room, x *affiliationChange) {
	before := false
	if a := r.affs[x.who]; a != nil {
		before = isMember(a.affiliation)
	}
	switch after := isMember(x.to); {
	case before == after || !r.svc.isColleague(x.who):
	case after:
		c.Joined = append(c.Joined, x.who)
	default:
		c.Left = append(c.Left, x.who)
	}
}

// isColleague reports whether a bare JID is an account of this server, and no guest.
func (m *Service) isColleague(bare jid.JID) bool {
	return bare.Local() != "" && m.srv.IsHost(bare.Domain()) && !m.isGuest(bare)
}
