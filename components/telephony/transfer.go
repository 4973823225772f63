package telephony

import (
	"cmp"
	"time"

	"plenum/components/call"
)

// transfer lets a leg go, which asks for that, and rings whom it has named for its partner.
func (m *machine) transfer(now time.Time, leg call.LegID, number string) []call.Order {
	who := m.legs.get(leg)
	if reason, ok := m.mayTransfer(leg, who); !ok {
		return m.refuseTransfer(leg, reason)
	}
	dialler := m.plan.dialler(who.Caller)
	p := m.plan.resolve(dialler, number)
	if !p.leads() {
		return m.refuseTransfer(leg, p.reason)
	}
	if p.gate { // it is not the partner who would know the PIN
		return m.refuseTransfer(leg, call.Forbidden)
	}
	m.transfers--
	m.served = m.whoIs(m.Partner(leg))
	m.dialler, m.dialled, m.said = dialler, p.dialled, true // nobody announces anything to who waits with music
	m.forwards = dialler.Forwards + p.forwards
	m.passOn(now, leg, p)
	m.course, m.resume = nil, &p
	return m.Call.Step(now, "", call.Transfer{Leg: leg}) // nothing rings then, and the call goes on by the plan
}

// whoIs is who is at a leg, as services know him.
func (m *machine) whoIs(leg call.LegID) Caller {
	p := m.legs.get(leg)
	if p == nil {
		return Caller{}
	}
	c := p.Caller
	c.Language = cmp.Or(c.Language, m.plan.dialler(c).user.Language)
	return c
}

// attended connects a leg's partner with the partner that another leg of the same user has in another call.
func (m *machine) attended(leg, other call.LegID) []call.Order {
	who, there := m.legs.get(leg), m.legs.get(other)
	if reason, ok := m.mayTransfer(leg, who); !ok {
		return m.refuseTransfer(leg, reason)
	}
	to := m.legs.call(other)
	if there == nil || there.User != who.User || to == m.live {
		return m.refuseTransfer(leg, call.NotFound)
	}
	m.transfers--
	m.effects = append(m.effects, ask{
		to, give{leg: other, to: m.live, replaces: leg}, refused{leg: leg, reason: call.NotFound},
	})
	return nil
}

// mayTransfer reports whether a leg may pass its partner on: it is a user's, who talks to somebody, and the call has not gone round for too long.
func (m *machine) mayTransfer(leg call.LegID, who *party) (call.Reason, bool) {
	switch {
	case who == nil || !who.Inside():
		return call.Forbidden, false
	case m.Partner(leg) == "":
		return call.Unavailable, false
	case m.transfers <= 0:
		return call.Congestion, false
	}
	return 0, true
}

func (m *machine) refuseTransfer(leg call.LegID, why call.Reason) []call.Order {
	for _, id := range m.Legs() {
		if id == leg {
			return []call.Order{{Leg: leg, Command: call.TransferResult{Reason: why}}}
		}
	}
	return nil
}

// give hands the partner of a leg over to another call. A leg that nobody has answered yet, or a menu, names the number instead: its user does not wait for
// the answer, and a menu leads on in the call alone that it is in.
func (m *machine) give(now time.Time, g give) []call.Order {
	partner := m.Partner(g.leg)
	switch {
	case partner != "" && !m.inMenu(partner):
		m.effects = append(m.effects, handOver{partner, g.to, call.Adopt{
			Leg: partner, Party: m.Party(partner), Direction: m.legs.get(partner).direction, Up: true, Held: m.Held(partner), Replaces: g.replaces,
		}})
		return nil
	case !m.Over() && g.leg == m.Legs()[0] && m.dialled != "":
		m.effects = append(m.effects, ask{to: g.to, event: blind{leg: g.replaces, number: m.dialled}})
		return m.Call.Step(now, "", call.Drop{Reason: call.Transferred})
	}
	m.effects = append(m.effects, ask{to: g.to, event: refused{leg: g.replaces, reason: call.NotFound}})
	return nil
}
