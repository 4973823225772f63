package telephony

import (
	"strings"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// PickupCode is dialled to take a call that rings elsewhere: alone, whatever rings longest at anybody from whom the caller may take it; with an
// extension behind it, what rings there.
const PickupCode = "*8"

// A ringing call is one that somebody else may take.
type ringing struct {
	call *liveCall
	leg  call.LegID // where it rings
	user jid.JID    // whose that is
}

// pickup reads the code. The extension is empty for the code alone. The echo test is none of that: no extension begins with 0.
func pickup(number string) (extension string, ok bool) {
	extension, ok = strings.CutPrefix(number, PickupCode)
	return extension, ok && number != codeEcho && !strings.ContainsAny(extension, "*#+")
}

// pickUp finds the call that somebody wants to take. Without one the plan says why, in words where the program has some.
func (d *dialPlan) pickUp(p plan, who dialler, extension string) plan {
	if !who.Inside() {
		return p.refuse(call.Forbidden)
	}
	p.party.Name = "Pickup"
	may := func(user jid.JID) bool { return d.mayPickUp(who.User, user) }
	if extension != "" {
		from, ok := d.people.AtExtension(extension)
		switch {
		case !ok:
			return p.refuse(call.NotFound)
		case !may(from.JID):
			p.text = prompts.PickupForbidden
			return p.refuse(call.Forbidden)
		}
		may = func(user jid.JID) bool { return user == from.JID }
	}
	if taken, ok := d.rings(who.User, may); ok {
		p.take, p.reason = &taken, call.Forbidden // for a transfer, which cannot pick up
		return p
	}
	p.text = prompts.PickupNothing
	return p.refuse(call.NotFound)
}

// mayPickUp is the rule for all ways to pick up: one's own calls, and those of others as pickup.group says.
func (d *dialPlan) mayPickUp(user, from jid.JID) bool {
	return user == from || d.people.MayPickUp(user, directory.Users, from.String())
}

// take hands the caller's leg over to a call that rings, in which it takes the place of all who are rung.
func (m *machine) take(r *ringing) {
	id := m.Legs()[0]
	who := m.legs.get(id)
	m.effects = append(m.effects, handOver{id, r.call, call.Adopt{Leg: id, Party: m.Party(id), Direction: who.direction, Up: who.begins}})
}

// ringing finds the call that has rung longest at somebody whom may accepts. One's own call is not for oneself to take.
func (s *states) ringing(picker jid.JID, may func(user jid.JID) bool) (found ringing, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, dialogs := range s.calls {
		if c.caller.Inside() && c.caller.User == picker || ok && !c.began.Before(found.call.began) {
			continue
		}
		for _, d := range dialogs {
			if d.Doing == Ringing && may(d.user) {
				found, ok = ringing{c, call.LegID(d.ID), d.user}, true
				break
			}
		}
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
