package telephony

import (
	"strings"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Here calls begin which somebody has asked for without picking up a telephone: his own device is called first, and when he has taken that,
// what he wanted to dial is dialled for it.

// A Start is a call that is wanted.
type Start struct {
	User   jid.JID // for whom
	Device string  // that rings first: the ID of a telephone, or directory.XMPPDevice
	Number string  // or a TakeCode
}

// maxTake is the longest that a TakeCode can be.
const maxTake = 64

// ownRing is how long his own device is rung at most: who is not at it does not want to call any more.
const ownRing = 30 * time.Second

// callOut begins such a call.
type callOut struct {
	call.Tick
	leg call.LegID
}

// Dial begins a call for a user and returns its ID. Whether the device is his the one who calls has looked at. fault.Invalid says that the number is
// none, fault.Unavailable that the device cannot be called.
func (s *Service) Dial(c Start) (string, error) {
	number := c.Number
	if !strings.HasPrefix(number, callToTake) {
		number = clean(number)
	}
	user, ok := s.People.Get(c.User.Bare())
	client := c.Device == directory.XMPPDevice
	switch {
	case number == "", len(number) > maxTake:
		return "", fault.New(fault.Invalid, "this is no number")
	case !ok:
		return "", fault.New(fault.NotFound, "there is no such user")
	case client && (s.Clients == nil || !s.Clients.Callable(user.JID)), !client && !s.Phones.Registered(c.Device):
		return "", fault.New(fault.Unavailable, "this device cannot be called")
	}
	caller := Caller{User: user.JID, Language: user.Language}
	if !client {
		caller.Device = c.Device
	}
	shown := s.plan.party(s.plan.dialler(caller))
	leg := newLeg()
	l := s.newCall(caller, call.Config{Caller: leg, Party: shown, Direction: call.Outgoing})
	l.machine.first, l.machine.giveUp = number, l.began.Add(min(s.cfg.Ring, ownRing))
	if err := s.table.add(l, s.Lines != nil && s.Lines.Emergency(number)); err != nil {
		return "", err
	}
	t := target{party: call.Party{JID: user.JID, Number: user.Extension, Name: user.Name}, user: user.JID, device: caller.Device, client: client}
	s.legs.add(&party{leg: leg, direction: call.Outgoing, Caller: caller, shown: shown, target: t, begins: true}, l)
	l.runner.Post(callOut{leg: leg})
	s.run(l)
	return l.machine.id, nil
}

// callOut calls the device of who wants the call, and shows whom he will have.
func (m *machine) callOut(leg call.LegID) []call.Order {
	b := call.Branch{Leg: leg, Party: m.legs.get(leg).target.party}
	return []call.Order{{Leg: leg, Command: call.Place{Branch: b, For: leg, From: call.Party{Number: m.first}}}}
}

// taken dials when the device was answered.
func (m *machine) taken(now time.Time, leg call.LegID, e call.Event) []call.Order {
	number := m.first
	m.first, m.giveUp = "", time.Time{}
	return append(m.Call.Step(now, leg, e), m.follow(now, m.plan.resolve(m.dialler, number))...)
}

// Next implements [call.Machine].
func (m *machine) Next() time.Time {
	next := m.Call.Next()
	if !m.giveUp.IsZero() && !m.Over() && (next.IsZero() || m.giveUp.Before(next)) {
		return m.giveUp
	}
	return next
}
