package telephony

import (
	"cmp"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// Here is at what a user is rung, and when: FollowMe.

// class is what devices ring for when somebody calls.
func (who dialler) class() directory.RingClass {
	if who.Inside() {
		return directory.RingInternal
	}
	return directory.RingExternal
}

// ways are the devices at which a user can be rung now for calls of a class: telephones that are registered, apart from the one that calls, his XMPP
// clients, and his mobile telephone when there is a line. There are none of who is silent.
func (d *dialPlan) ways(who dialler, u User, class directory.RingClass) (list []target) {
	if u.Silent {
		return nil
	}
	party := call.Party{JID: u.JID, Number: u.Extension, Name: u.Name}
	ways := d.people.Ways(u.JID, class)
	list = make([]target, 0, len(ways))
	for _, w := range ways {
		t := target{party: party, user: u.JID, device: w.Device, delay: w.Delay, ring: w.Ring}
		switch {
		case w.Number != "":
			t.line = d.mobileLine(who, u, w.Number)
			if t.line == nil {
				continue
			}
		case w.Device == "":
			if d.clients == nil || !d.clients.Callable(u.JID) {
				continue
			}
			t.client = true
		case w.Device == who.Device || !d.phones.Registered(w.Device):
			continue
		}
		list = append(list, t)
	}
	return list
}

// mobileLine is how a user's mobile telephone is called: in his name, by the best line that works; nil when there is none. Nobody could enter a PIN
// for it.
func (d *dialPlan) mobileLine(who dialler, u User, number string) *Line {
	if d.lines == nil || d.lines.Emergency(number) {
		return nil
	}
	lines, err := d.lines.Outbound(u, number, who.Anonymous)
	if err != nil {
		return nil
	}
	lines = slices.DeleteFunc(lines, func(l Line) bool { return l.PIN != "" })
	if len(lines) == 0 {
		return nil
	}
	return &lines[max(0, slices.IndexFunc(lines, d.lines.Up))]
}

// has reports whether a user has a telephone that can be called now, for any class of calls, whether he wants to be called or not.
func (d *dialPlan) has(u User) bool {
	u.Silent = false
	for _, class := range directory.RingClasses() {
		if slices.ContainsFunc(d.ways(dialler{}, u, class), func(t target) bool { return !t.client }) {
			return true
		}
	}
	return false
}

// mobile reports whether a target is the mobile telephone of a user: who answers there is asked to press 1, so that it is he and not a mailbox.
func (t *target) mobile() bool { return t.line != nil && !t.user.IsZero() }

// branch makes the branch of a target, which may ring for so long when it says nothing else itself; 0 is as long as the caller waits.
func (m *machine) branch(t target, ring time.Duration) call.Branch {
	b := call.Branch{
		Leg: m.newLeg(), Party: t.party, Forwards: m.forwards, Start: t.delay, Ring: cmp.Or(t.ring, ring), Confirm: t.mobile(),
	}
	if !t.user.IsZero() {
		b.Group = t.group()
	}
	who := Caller{User: t.user, Device: t.device, Forwards: m.forwards}
	if t.line != nil {
		who.Trunk, who.Account, who.Number = t.line.Trunk, t.line.Account, t.line.Number
	}
	if t.mobile() { // what comes from a trunk has no rights of users
		who.User = jid.JID{}
		who.Forwards++
		b.Forwards++
	}
	m.legs.add(&party{leg: b.Leg, direction: call.Outgoing, Caller: who, shown: t.party, target: t, served: m.served}, m.live)
	return b
}
