package telephony

import (
	"context"
	"time"

	"plenum/components/call"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Here is what is done to calls from outside of them: by apps, for whoever has no telephone in his hand.

// A Wish is what somebody wants of a call.
type Wish interface {
	// carryOut does it for a leg, or says why not: fault.Conflict when the call is not in the state for that.
	carryOut(m *machine, now time.Time, leg call.LegID) ([]call.Order, error)
	// write notes it for the node that has the call.
	write(w *nodeWish)
}

// Wishes.
type (
	// HangUp ends the call. One who is rung declines, for all of his devices.
	HangUp struct{}
	// Hold puts the partner on hold, or takes him back.
	Hold struct{ On bool }
	// Transfer connects the partner with a number.
	Transfer struct{ To string }
	// Connect connects the partner with the one that the same user has in the call of another leg.
	Connect struct{ With call.LegID }
	// Answer has a telephone that rings take the call. Whether it does so shows by the call.
	Answer struct{}
)

// wanted brings a wish to the call.
type wanted struct {
	call.Tick
	user jid.JID // who has to be at the leg; zero: whoever is
	leg  call.LegID
	wish Wish
	told chan<- error // has room for one
}

// tell lets who has wished something know what has come of it.
type tell struct {
	told chan<- error
	err  error
}

func (tell) effect() {}

// wanted carries out a wish.
func (m *machine) wanted(now time.Time, w wanted) []call.Order {
	orders, err := func() ([]call.Order, error) {
		leg, err := m.legFor(w)
		if err != nil {
			return nil, err
		}
		return w.wish.carryOut(m, now, leg)
	}()
	m.effects = append(m.effects, tell{w.told, err})
	return orders
}

// legFor is the leg that a wish is about: the one that it names, or that of its user, the first of several. Whose it is not is not told of it.
func (m *machine) legFor(w wanted) (call.LegID, error) {
	_, whole := w.wish.(HangUp)
	for _, id := range m.Legs() {
		p := m.legs.get(id)
		switch {
		case w.leg != "" && id != w.leg, p == nil:
		case w.user.IsZero() && w.leg == "": // of a whole call
			if whole {
				return "", nil
			}
			return "", fault.New(fault.Invalid, "which leg of the call?")
		case w.user.IsZero() || p.owner() == w.user:
			if _, ok := w.wish.(Answer); ok && w.leg == "" && !m.canAnswer(id) {
				continue
			}
			return id, nil
		}
	}
	if _, ok := w.wish.(Answer); ok && w.leg == "" {
		return "", errState("no telephone rings that can be told to answer")
	}
	return "", fault.New(fault.NotFound, "you are not in this call")
}

func errState(text string) error { return fault.New(fault.Conflict, text) }

func (HangUp) carryOut(m *machine, now time.Time, leg call.LegID) ([]call.Order, error) {
	if leg == "" {
		return m.Call.Step(now, "", call.Drop{Reason: call.Removed}), nil
	}
	p := m.legs.get(leg)
	if pair := m.pair(); leg != pair[0] && leg != pair[1] {
		return m.Call.Step(now, "", call.Withdraw{Group: groupOf(p.owner()), Reason: call.Declined}), nil
	}
	m.acts = leg
	return append(m.Call.Step(now, leg, call.Ended{Reason: call.Success}), call.Order{Leg: leg, Command: call.Hangup{Reason: call.Success}}), nil
}

func (w Hold) carryOut(m *machine, now time.Time, leg call.LegID) ([]call.Order, error) {
	if m.Partner(leg) == "" {
		return nil, errState("nobody talks in this call yet")
	}
	return m.Call.Step(now, "", call.SetHold{Leg: leg, On: w.On}), nil
}

func (w Transfer) carryOut(m *machine, now time.Time, leg call.LegID) ([]call.Order, error) {
	return refusal(leg, m.transfer(now, leg, w.To))
}

func (w Connect) carryOut(m *machine, _ time.Time, leg call.LegID) ([]call.Order, error) {
	return refusal(leg, m.attended(leg, w.With))
}

// refusal takes the answer to a transfer which the leg has not asked for out of what it is told.
func refusal(leg call.LegID, orders []call.Order) ([]call.Order, error) {
	for _, o := range orders {
		if r, ok := o.Command.(call.TransferResult); ok && o.Leg == leg && !r.Done {
			return nil, faultOf(r.Reason)
		}
	}
	return orders, nil
}

// faultOf is why a transfer was refused.
func faultOf(r call.Reason) error {
	switch r {
	case call.Forbidden:
		return fault.New(fault.Forbidden, "this number may not be called, or not from this side of the call")
	case call.NotFound:
		return fault.New(fault.NotFound, "there is no such number, or no such call")
	case call.Congestion:
		return fault.New(fault.Limit, "this call has been passed on too often")
	case call.Unavailable:
		return errState("nobody talks in this call yet, or who is called cannot be reached")
	}
	return errState("who is called cannot be reached: " + r.String())
}

func (Answer) carryOut(m *machine, _ time.Time, leg call.LegID) ([]call.Order, error) {
	if !m.canAnswer(leg) {
		return nil, errState("this does not ring, or cannot be told to answer")
	}
	return []call.Order{{Leg: leg, Command: call.Answer{}}}, nil
}

// canAnswer reports whether a leg is a telephone that rings.
func (m *machine) canAnswer(leg call.LegID) bool {
	p := m.legs.get(leg)
	own := m.first != "" && m.pair()[0] == leg
	return p != nil && p.Device != "" && !p.target.mobile() && m.rang[leg] && (m.Rings(leg) || own)
}

// Wish has something done to a call that goes on. For a user it is about his own leg, the one that is named or the only one; for the zero JID about
// any, or, with none named, the whole call. fault.NotFound says that the call is over, or is not the user's.
func (s *Service) Wish(ctx context.Context, user jid.JID, id string, leg call.LegID, w Wish) error {
	l := s.table.find(id)
	told := make(chan error, 1)
	if l == nil || !l.runner.Post(wanted{user: user.Bare(), leg: leg, wish: w, told: told}) {
		return errOver
	}
	select {
	case err := <-told:
		return err
	case <-l.done:
		select {
		case err := <-told: // it was what has ended the call
			return err
		default:
			return errOver
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errOver = fault.New(fault.NotFound, "this call is over")
