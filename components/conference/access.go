package conference

import (
	"context"
	"net/netip"

	"plenum/components/directory"
	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Guests is how guests enter a group.
type Guests struct {
	Allowed bool
	Access  directory.Access // zero when they are not allowed
	Link    string
	Number  string // to dial in; "" when there is none, and the PIN opens nothing
	Places  int    // how many guests there may be at the same time
}

// Guests tells how guests enter a group.
func (c *Service) Guests(room jid.JID) Guests {
	a, err := c.Access.Get(room)
	if err != nil {
		return Guests{}
	}
	return Guests{Allowed: true, Access: a, Link: c.Link(a.Token), Number: c.number(), Places: c.places(&a)}
}

// SetGuests lets guests in, with a new link and PIN, or puts them out and makes link and PIN invalid for ever. It does nothing when it is
// so already.
func (c *Service) SetGuests(ctx context.Context, by, room jid.JID, allowed bool) (Guests, error) {
	if _, err := c.Rooms.Get(ctx, room); err != nil {
		return Guests{}, err
	}
	if allowed {
		if _, err := c.Access.On(ctx, by, room); err != nil {
			return Guests{}, err
		}
	} else if err := c.Access.Off(ctx, by, room); err != nil {
		return Guests{}, err
	}
	return c.Guests(room), nil
}

// RemoveGuest puts a guest out, by the name he has in the group. The error is of kind NotFound when there is no guest of that name.
func (c *Service) RemoveGuest(ctx context.Context, room jid.JID, nick string) error {
	info, err := c.Rooms.Get(ctx, room)
	if err != nil {
		return err
	}
	for _, o := range info.Occupants {
		if o.Nick == nick && o.Guest {
			return c.Rooms.Kick(ctx, room, nick, "", "")
		}
	}
	return fault.New(fault.NotFound, "there is no guest of that name in the group")
}

// Counts are numbers for an overview.
type Counts struct {
	Public int // groups that guests may enter
	Guests int // who are there now, in all groups
	Places int // for guests, in all groups

	Conferences Meetings // on all nodes
}

// Counts counts. Who is in a conference is in its room as well, and one guest all the same.
func (c *Service) Counts() Counts {
	var meetings Meetings
	add := func(list map[jid.JID]Conference) {
		for _, x := range list {
			meetings.Running++
			meetings.People += x.People
			meetings.Waiting += x.Waiting
		}
	}
	add(c.conferencesHere())
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	_, all := c.here.count(jid.JID{})
	for _, node := range c.here.elsewhere {
		add(node.conferences)
	}
	return Counts{len(c.Access.All()), all, c.cfg.Total, meetings}
}

// Conference tells what the conference of a room is doing, on whichever node it is.
func (c *Service) Conference(room jid.JID) Conference {
	if m := c.meeting(room); m != nil {
		if f := m.figures.Load(); f.phase != idle {
			return Conference{f.phase.String(), f.people, f.waiting}
		}
	}
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	for _, node := range c.here.elsewhere {
		if x, ok := node.conferences[room]; ok {
			return x
		}
	}
	return Conference{State: idle.String()}
}

// Door is what somebody with a link may know before he enters.
type Door struct {
	Room jid.JID
	Name string
	Full bool // all places for guests are taken
	Live bool // its conference is under way

	Number, PIN string // to take part by telephone; "" when there is no number
}

// Door tells what a link stands for. Links that do not exist count as failed logins of the address; when there were too many the
// error is of kind Limit, else NotFound.
func (c *Service) Door(ctx context.Context, token string, addr netip.Addr) (Door, error) {
	if !c.Limiter.Allow("", addr) {
		return Door{}, fault.New(fault.Limit, "too many attempts: try again later")
	}
	a, err := c.Access.ByToken(token)
	if err != nil {
		c.Limiter.Fail("", addr)
		return Door{}, fault.Wrap(fault.NotFound, err, "there is no such link")
	}
	s, err := c.summary(ctx, a.Room)
	if fault.Is(err, fault.NotFound) { // a room that does not last is not listed
		var info muc.RoomInfo
		info, err = c.Rooms.Get(ctx, a.Room)
		s = muc.RoomSummary{JID: a.Room, Config: info.Config}
	}
	if err != nil {
		return Door{}, err
	}
	running := c.Conference(a.Room).State == live.String()
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	inRoom, all := c.here.count(a.Room)
	door := Door{Room: a.Room, Name: title(&s), Full: inRoom >= c.places(&a) || all >= c.cfg.Total, Live: running}
	if n := c.number(); n != "" {
		door.Number, door.PIN = n, a.PIN
	}
	return door, nil
}
