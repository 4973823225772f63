package apps

import (
	"slices"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// mark says that something of a user's may have changed.
func (a *Service) mark(user jid.JID, keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for x := range a.users[user] {
		x.mark(keys...)
	}
}

// markAll says so for everybody who is told.
func (a *Service) markAll(keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.subs {
		x.mark(keys...)
	}
}

// orgChanged takes a change of the directory. What is marked needlessly costs a look and is not told.
func (a *Service) orgChanged(c directory.Change) {
	switch {
	case c.Kind == directory.Missed:
		a.markAll(keySelf, keyProfiles, keyDevices, keyLocations, keyForward, keyVoicemail, keySwitches, keyCalls)
		a.teamsMoved()
	case c.OfAccount():
		a.mark(c.JID, keySelf, keyDevices, keyProfiles, keySwitches)
		a.teamsMoved() // the names of members
	case c.OfPermission():
		a.markAll(keySelf, keyProfiles, keyLocations, keySwitches)
		a.teamsMoved()
	case c.Kind == directory.CallObjectChanged:
		a.markAll(keySwitches)
	case c.Kind == directory.ProfileSet:
		a.mark(c.JID, keyProfiles)
	case c.Kind == directory.ProfileChanged:
		a.markAll(keyProfiles)
	case c.Kind == directory.ForwardChanged:
		a.mark(c.JID, keyForward)
	case c.Kind == directory.SeatChanged: // everybody sees who is where
		a.mark(c.JID, keyDevices)
		a.markAll(keyLocations)
	case c.Kind == directory.FollowMeChanged:
		a.mark(a.rungFor(c.ID), keyDevices)
	case c.Kind == directory.ObjectChanged:
		a.markAll(keyDevices, keyLocations)
		a.teamsMoved()
	case c.Kind == directory.TeamChanged:
		a.markAll(keyVoicemail) // who is in it, and what it is called
		a.teamsMoved()
	}
}

// rungFor is the user who is rung at what FollowMe calls a holder; zero when nobody is at a location.
func (a *Service) rungFor(holder string) jid.JID {
	if seat, ok := a.Org.Seats.Who(holder); ok {
		return seat.User
	}
	return jid.Canonical(holder)
}

// callMoved lets those see a call who are in it, or were.
func (a *Service) callMoved(id string) {
	c, goesOn := a.Calls.Call(id)
	users := usersOf(&c)
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.inCall[id]
	if a.inCall[id] = users; !goesOn {
		delete(a.inCall, id)
	}
	for _, x := range a.subs {
		if x.all.Load() || slices.Contains(users, x.user) || slices.Contains(before, x.user) {
			x.mark(keyCall + id)
		}
	}
}

func usersOf(c *telephony.LiveCall) (users []jid.JID) {
	for _, p := range c.Parties {
		if !p.User.IsZero() && !slices.Contains(users, p.User) {
			users = append(users, p.User)
		}
	}
	return users
}

// teamsMoved has teams looked at again by all who see some.
func (a *Service) teamsMoved() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.teams)
	if a.again != nil {
		a.again.Stop()
		a.again = nil
	}
	for _, x := range a.subs {
		x.mark(keyTeams)
	}
}

// boxMoved takes that there are other messages for a user, or for a team and so for its members.
func (a *Service) boxMoved(owner jid.JID) {
	a.mark(owner.Bare(), keyVoicemail)
	if id, ok := telephony.TeamOfBox(a.Domain, owner); ok {
		t, _ := a.Org.Teams.Get(id) // one that is gone has no members
		for _, m := range t.Agents {
			a.mark(m.User, keyVoicemail)
		}
	}
}

// phoneMoved takes that a user's telephones have come, or gone; for the zero JID that anybody's may have.
func (a *Service) phoneMoved(user jid.JID) {
	if user.IsZero() {
		a.markAll(keyDevices)
		return
	}
	a.mark(user, keyDevices)
}

// presence takes that a user's clients have.
func (a *Service) presence(ev *xmppd.Presence) error {
	if ev.Side == xmppd.Outbound && ev.To.IsZero() {
		a.mark(ev.Owner, keyDevices)
	}
	return nil
}
