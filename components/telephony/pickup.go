package telephony

import (
	"strings"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// PickupCode is dialled to take a call that rings elsewhere or waits in the line of a team: alone, the oldest of all that the caller may take; with
// the extension of a user or a team behind it, what rings or waits there.
const PickupCode = "*8"

// callToTake stands before the ID of one call that is to be taken: what programs dial and no telephone can.
const callToTake = "take "

// TakeCode is what is dialled from inside to take a call that rings or waits, by its ID among [Service.Calls].
func TakeCode(id string) string { return callToTake + id }

// addressToTake is how the address of such a call begins, at which XMPP clients call it: a blank is escaped there (XEP-0106).
const addressToTake = `take\20`

// dialledBy is what a client dials that calls an address by its local part.
func dialledBy(local string) string {
	if id, ok := strings.CutPrefix(local, addressToTake); ok && id != "" {
		return TakeCode(id)
	}
	return local
}

// A ringing call is one that somebody else may take.
type ringing struct {
	call *liveCall
	user jid.JID // at whom it rings; zero for nobody, or
	team string  // in whose line it waits; empty for none
}

// pickUp finds the call that somebody wants to take: that which rings at an extension, without one whatever has rung longest. Without such a call the plan
// says why, in words where the program has some.
func (d *dialPlan) pickUp(p plan, who dialler, extension string) plan {
	if extension != "" {
		from, ok := d.people.AtExtension(extension)
		t, isTeam := d.team(extension)
		switch {
		case !ok && !isTeam:
			return p.refuse(call.NotFound)
		case ok:
			p = d.takes(p, who, func(r ringing) bool { return r.user == from.JID && d.mayTake(who.User, r) })
			ok = d.mayPickUp(who.User, from.JID)
		default:
			p = d.takes(p, who, func(r ringing) bool { return r.team == t.ID && d.mayTake(who.User, r) })
			ok = d.mayPickUpTeam(who.User, t.ID)
		}
		if p.take == nil && !ok {
			p.text = prompts.PickupForbidden
			return p.refuse(call.Forbidden)
		}
		return p
	}
	return d.takes(p, who, func(r ringing) bool { return d.mayTake(who.User, r) })
}

// takeOne takes a call by its ID, which is in small letters where it was part of an address.
func (d *dialPlan) takeOne(p plan, who dialler, id string) plan {
	return d.takes(p, who, func(r ringing) bool { return strings.EqualFold(r.call.machine.id, id) && d.mayTake(who.User, r) })
}

// takes takes the oldest of the calls that may accepts.
func (d *dialPlan) takes(p plan, who dialler, may func(ringing) bool) plan {
	if !who.Inside() {
		return p.refuse(call.Forbidden)
	}
	p.party.Name = "Pickup"
	if taken, ok := d.rings(who.User, may); ok {
		p.take, p.reason = &taken, call.Forbidden // for a transfer, which cannot pick up
		return p
	}
	p.text = prompts.PickupNothing
	return p.refuse(call.NotFound)
}

// mayTake is the rule for all ways to take a call: from at whom it rings, or from the team in whose line it waits.
func (d *dialPlan) mayTake(user jid.JID, r ringing) bool {
	return !r.user.IsZero() && d.mayPickUp(user, r.user) || r.team != "" && d.mayPickUpTeam(user, r.team)
}

// mayPickUp says from whom: one's own calls, and those of others as pickup.group says.
func (d *dialPlan) mayPickUp(user, from jid.JID) bool {
	return user == from || d.people.MayPickUp(user, directory.Users, from.String())
}

// mayPickUpTeam says likewise for the callers of a team.
func (d *dialPlan) mayPickUpTeam(user jid.JID, team string) bool {
	return d.people.MayPickUp(user, directory.Teams, team)
}

// take hands the caller's leg over to a call that rings, in which it takes the place of all who are rung.
func (m *machine) take(r *ringing) {
	id := m.Legs()[0]
	who := m.legs.get(id)
	m.effects = append(m.effects, handOver{id, r.call, call.Adopt{Leg: id, Party: m.Party(id), Direction: who.direction, Up: who.begins}})
}

// ringing finds the oldest call that rings at somebody, or waits in the line of a team, and that may accepts. One's own call is not for oneself to take.
func (s *states) ringing(picker jid.JID, may func(ringing) bool) (found ringing, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	look := func(r ringing) {
		if own := r.call.caller.Inside() && r.call.caller.User == picker; !own && (!ok || r.call.began.Before(found.call.began)) && may(r) {
			found, ok = r, true
		}
	}
	for c, dialogs := range s.calls {
		for _, d := range dialogs {
			if d.Doing == Ringing {
				look(ringing{call: c, user: d.user, team: s.lines[c]})
			}
		}
	}
	for c, team := range s.lines {
		look(ringing{call: c, team: team})
	}
	return found, ok
}

// rings reports whether a leg is one at which a user is called now.
func (s *states) rings(p *party) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.users[p.owner()] {
		for _, d := range s.calls[c] {
			if d.ID == string(p.leg) && d.Doing == Ringing {
				return true
			}
		}
	}
	return false
}
