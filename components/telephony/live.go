package telephony

import (
	"context"
	"sync/atomic"
	"time"

	"plenum/components/call"
	"plenum/components/telephony/team"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A liveCall is a call that goes on.
type liveCall struct {
	svc     *Service
	caller  Caller
	began   time.Time
	machine *machine
	runner  *call.Runner
	shown   atomic.Pointer[LiveCall]

	mine map[call.LegID]bool // its legs; guarded by legs.mu, as is
	over bool
	done chan struct{} // closed when the call is over
}

// Dial implements [call.Dialer]: the machine has named where the leg leads to.
func (c *liveCall) Dial(ctx context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	p := c.svc.legs.get(o.ID)
	if p == nil {
		return nil, fault.New(fault.Internal, "a leg is dialled that nobody has planned")
	}
	o.Forwards, o.Wanted = p.Forwards, p.begins
	switch t := p.target; {
	case t.app != nil:
		return c.dialApp(t.app, p.served, o, sink), nil
	case t.line != nil:
		return c.svc.Lines.DialTrunk(ctx, *t.line, o, sink)
	case t.client:
		o.From.JID = c.svc.from(o.From)
		return c.svc.Clients.Dial(ctx, o, sink)
	}
	return c.svc.Phones.DialDevice(ctx, p.Device, o, sink)
}

// dialApp calls a service, which sees a leg that comes in.
func (c *liveCall) dialApp(app App, who Caller, o call.Offer, sink call.Sink) call.Leg {
	if row := c.machine.row; row != nil {
		who.Record = row.ID
	}
	callee, caller := call.Pipe(o, sink)
	c.svc.work.Go(func() {
		if err := app(c.svc.ctx, who, caller, o); err != nil {
			c.svc.log.Info("a service does not take a call", "call", c.machine.id, "err", err)
			caller.Send(call.Hangup{Reason: call.ReasonOf(err)})
		}
	})
	return callee
}

// observe follows the machine, on the goroutine of the call.
func (c *liveCall) observe(from call.LegID, e call.Event, orders []call.Order) {
	m := c.machine
	for _, f := range m.effects {
		c.carryOut(f)
	}
	if _, ended := e.(call.Ended); ended {
		c.svc.legs.remove(from, c)
	}
	for _, o := range orders {
		if _, last := o.Command.(call.Hangup); last {
			c.svc.legs.remove(o.Leg, c)
		}
	}
	c.show()
	c.svc.states.update(c, m.phones(), m.line())
}

func (c *liveCall) carryOut(f effect) {
	switch f := f.(type) {
	case save:
		c.svc.ledger.put(f.Record)
	case handOver:
		c.svc.legs.move(f.leg, f.to)
		c.runner.HandOver(f.leg, f.to.runner, f.adopt)
	case tell:
		f.told <- f.err
	case ask:
		if (f.to == nil || !f.to.runner.Post(f.event)) && f.otherwise != nil {
			c.runner.Post(f.otherwise)
		}
	case toLine:
		if !c.svc.lines.inbox.Post(f.lineEvent) {
			c.runner.Post(lineLeft{id: f.id, why: team.Empty})
		}
	}
}

// end is the last of the call. One that the server has ended, or a bug, has an open row.
func (c *liveCall) end() {
	if m := c.machine; m.row != nil && m.row.Result == ResultOpen {
		m.effects = nil
		m.close(time.Now())
		for _, f := range m.effects {
			c.carryOut(f)
		}
	}
	m := c.machine
	for _, l := range m.leaving() {
		c.carryOut(l)
	}
	c.svc.legs.end(c)
	c.svc.states.update(c, nil, "")
	c.svc.table.remove(c)
	close(c.done)
	c.svc.callMoved(m.id)
}

// HangUp ends a call; fault.NotFound when it is over.
func (s *Service) HangUp(id string) error {
	for _, c := range s.table.list() {
		if shown := c.shown.Load(); shown != nil && shown.ID == id && c.runner.Post(call.Drop{Reason: call.Removed}) {
			return nil
		}
	}
	return fault.New(fault.NotFound, "this call is over")
}

// Silence stops all that rings of a user now: the calls go on as if he could not be reached.
func (s *Service) Silence(user jid.JID) {
	withdraw := call.Withdraw{Group: groupOf(user.Bare()), Reason: call.Unavailable}
	for _, c := range s.table.list() {
		c.runner.Post(withdraw)
	}
}

// from is the address that calls XMPP clients for somebody: his number at the domain of numbers.
func (s *Service) from(p call.Party) jid.JID {
	number := p.Number
	if number == "" {
		number = anonymous
	}
	j, err := jid.New(number, s.domain, resource)
	if err != nil { // a trunk's caller may have anything for a number
		j, _ = jid.New(anonymous, s.domain, resource)
	}
	return j
}

// anonymous is the local part of who shows no number.
const anonymous = "anonymous"
