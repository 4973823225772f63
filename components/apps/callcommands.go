package apps

import (
	"context"
	"strings"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// supervises refuses who wants something done for others and may not.
func (a *Service) supervises(by jid.JID) error {
	if !a.Org.Permissions.Holds(by, directory.Supervisor) {
		return fault.Newf(fault.Forbidden, "this needs the permission %s", directory.Supervisor)
	}
	return nil
}

func (a *Service) dial(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("number"); err != nil {
		return nil, err
	}
	return a.start(ctx, r, r.text("number"))
}

// pickup dials the code for it, as the user himself would.
func (a *Service) pickup(ctx context.Context, r *request) ([]byte, error) {
	from, id := r.text("from"), r.text("call")
	switch {
	case from != "" && id != "":
		return nil, fault.New(fault.Invalid, "there is either from or call")
	case id != "":
		if _, ok := a.Calls.Call(id); !ok {
			return nil, fault.New(fault.NotFound, "this call is over")
		}
		return a.start(ctx, r, telephony.TakeCode(id))
	}
	if strings.Trim(from, "0123456789") != "" {
		return nil, fault.New(fault.Invalid, "from is an extension")
	}
	return a.start(ctx, r, a.Org.Telephony.CodeFor(telephony.PickupCode)+from)
}

// start begins a call at a device of the user's.
func (a *Service) start(ctx context.Context, r *request, number string) ([]byte, error) {
	if r.user != r.by {
		if err := a.supervises(r.by); err != nil {
			return nil, err
		}
	}
	device, err := a.deviceOf(ctx, r.user, r.text("device"))
	if err != nil {
		return nil, err
	}
	id, err := a.Calls.Dial(ctx, telephony.Start{User: r.user, Device: device, Number: number})
	if fault.Is(err, fault.Unavailable) { // it has just gone
		return nil, xmppd.Errorf("recipient-unavailable", "this device cannot be called")
	}
	if err != nil {
		return nil, err
	}
	return xmlstream.NewBuilder().Element("call", NS, "", "id", id).Bytes(), nil
}

func (a *Service) chooseOutgoing(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("device"); err != nil {
		return nil, err
	}
	return nil, a.setOutgoing(ctx, r.user, r.text("device"))
}

func (a *Service) answer(ctx context.Context, r *request) ([]byte, error) {
	return nil, a.wish(ctx, r, telephony.Answer{})
}

func (a *Service) hangUp(ctx context.Context, r *request) ([]byte, error) {
	return nil, a.wish(ctx, r, telephony.HangUp{})
}

func (a *Service) hold(ctx context.Context, r *request) ([]byte, error) {
	return nil, a.wish(ctx, r, telephony.Hold{On: true})
}

func (a *Service) resume(ctx context.Context, r *request) ([]byte, error) {
	return nil, a.wish(ctx, r, telephony.Hold{})
}

func (a *Service) transfer(ctx context.Context, r *request) ([]byte, error) {
	to, with := r.text("to"), r.text("with")
	switch {
	case (to == "") == (with == ""):
		return nil, fault.New(fault.Invalid, "there is either to or with")
	case to != "":
		return nil, a.wish(ctx, r, telephony.Transfer{To: to})
	}
	other, ok := a.Calls.Call(with)
	if ok {
		for _, p := range other.Parties {
			if a.passes(r, &p) {
				return nil, a.wish(ctx, r, telephony.Connect{With: p.Leg})
			}
		}
	}
	return nil, fault.New(fault.NotFound, "the other call is over, or not one of this user's")
}

// passes reports whether a party of the other call is the user who passes his partner on.
func (a *Service) passes(r *request, p *telephony.LiveParty) bool {
	if leg := call.LegID(r.text("leg")); leg != "" {
		c, _ := a.Calls.Call(r.text("call"))
		for _, one := range c.Parties {
			if one.Leg == leg {
				return !one.User.IsZero() && one.User == p.User
			}
		}
		return false
	}
	return p.User == r.user
}

// wish has something done to a call: of the user's own, or to any for who supervises.
func (a *Service) wish(ctx context.Context, r *request, w telephony.Wish) error {
	id, leg := r.text("call"), call.LegID(r.text("leg"))
	if id == "" {
		var err error
		if id, err = a.onlyCall(r.user); err != nil {
			return err
		}
	}
	user := r.user
	if c, ok := a.Calls.Call(id); ok && (!c.In(user) || !ownLeg(&c, user, leg)) {
		if err := a.supervises(r.by); err != nil {
			return err
		}
		user = jid.JID{}
	}
	err := a.Calls.Wish(ctx, user, id, leg, w)
	if fault.Is(err, fault.NotFound) && !user.IsZero() && a.supervises(r.by) == nil { // he has just been taken out of it
		err = a.Calls.Wish(ctx, jid.JID{}, id, leg, w)
	}
	if fault.Is(err, fault.Conflict) { // the call is not in the state for that
		return xmppd.Errorf("not-acceptable", "%v", err)
	}
	return err
}

// ownLeg reports whether a leg of a call is a user's, or none is named.
func ownLeg(c *telephony.LiveCall, user jid.JID, leg call.LegID) bool {
	if leg == "" {
		return true
	}
	for _, p := range c.Parties {
		if p.Leg == leg {
			return p.User == user
		}
	}
	return false
}

// onlyCall is the call of a user who has no other.
func (a *Service) onlyCall(user jid.JID) (id string, err error) {
	for _, c := range a.Calls.Calls() {
		switch {
		case !c.In(user):
		case id != "":
			return "", fault.New(fault.Invalid, "there is more than one call: call is missing")
		default:
			id = c.ID
		}
	}
	if id == "" {
		return "", fault.New(fault.NotFound, "you are in no call")
	}
	return id, nil
}
