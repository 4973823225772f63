package sipbridge

import (
	"context"
	"sync"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// A Service has the legs that are SIP dialogs. Its methods may be called from any goroutine.
type Service struct {
	Parts
	cfg Config

	resolving sync.WaitGroup // of names, for calls by trunks

	mu      sync.Mutex
	legs    map[key]*Leg
	dialogs map[triple]known
	closing bool
	empty   chan struct{} // closed when the last leg has gone after Close
}

// A key names a leg: the Call-ID, and the tag that is ours.
type key struct{ callID, tag string }

// New makes a service, which handles the requests that belong to calls.
func New(cfg Config, p Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{Parts: p, cfg: cfg, legs: make(map[key]*Leg), dialogs: make(map[triple]known), empty: make(chan struct{})}
	p.Stack.Handle(sip.INVITE, s.invite)
	p.Stack.Handle(sip.OPTIONS, s.options)
	p.Stack.Handle(sip.ACK, s.within((*Leg).acknowledged))
	p.Stack.Handle(sip.BYE, s.within((*Leg).byed))
	p.Stack.Handle(sip.UPDATE, s.within((*Leg).updated))
	p.Stack.Handle(sip.PRACK, s.within((*Leg).pracked))
	p.Stack.Handle(sip.INFO, s.within((*Leg).informed))
	p.Stack.Handle(sip.REFER, s.within((*Leg).referred))
	p.Stack.OnFlowLost(s.flowLost)
	return s, nil
}

// flowLost ends the calls that came in by a connection and were not answered: their callers cannot be told of an answer. Whoever talks may come
// back by another connection, and his media may go on meanwhile.
func (s *Service) flowLost(f stack.Flow) {
	for _, l := range s.all() {
		l.post(func() {
			if l.state == called && l.invite.Flow.Conn == f.Conn {
				l.end(call.Cancelled)
				l.refuse(sip.StatusRequestTerminated)
			}
		})
	}
}

// DialDevice calls a phone at all places where it has registered, by one leg: the first that answers has the call. It fails with
// fault.Unavailable when the phone is not registered.
func (s *Service) DialDevice(_ context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error) {
	bindings := s.Phones.Bindings(device)
	if len(bindings) == 0 {
		return nil, fault.Newf(fault.Unavailable, "the phone %s is not registered", device)
	}
	l, err := s.outgoing(o, sink)
	if err != nil {
		return nil, err
	}
	l.device = device
	l.log = l.log.With("device", device)
	l.post(func() { l.dialDevice(o, bindings[:min(len(bindings), s.cfg.Bindings)]) })
	return l, nil
}

// DialTrunk calls a number by a trunk.
func (s *Service) DialTrunk(_ context.Context, t TrunkTarget, o call.Offer, sink call.Sink) (call.Leg, error) {
	if s.Trunks == nil {
		return nil, fault.New(fault.Unavailable, "there are no trunks")
	}
	l, err := s.outgoing(o, sink)
	if err != nil {
		return nil, err
	}
	l.trunk, l.account = t.Trunk, t.Account
	l.log = l.log.With("trunk", t.Trunk, "account", t.Account)
	s.resolving.Go(func() {
		line, err := s.Trunks.Target(t)
		l.post(func() { l.dialLine(o, t, line, err) })
	})
	return l, nil
}

// outgoing makes a leg that calls.
func (s *Service) outgoing(o call.Offer, sink call.Sink) (*Leg, error) {
	l := s.newLeg(call.Outgoing, o.ID, newTag()+"@"+s.Domain, newTag())
	l.sink = sink
	return l, s.add(l)
}

// add puts a leg into the table.
func (s *Service) add(l *Leg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return fault.New(fault.Unavailable, "the server is ending")
	case len(s.legs) >= s.cfg.Calls:
		return fault.New(fault.Limit, "there are too many calls")
	}
	s.legs[key{l.callID, l.tag}] = l
	l.release = s.Stack.Hold(l.callID)
	return nil
}

func (s *Service) remove(l *Leg) {
	l.release()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, key{l.callID, l.tag})
	if s.closing && len(s.legs) == 0 {
		close(s.empty)
	}
}

// leg finds one; nil when there is none.
func (s *Service) leg(callID, tag string) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[key{callID, tag}]
}

func (s *Service) all() []*Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Leg, 0, len(s.legs))
	for _, l := range s.legs {
		list = append(list, l)
	}
	return list
}

// Calls is how many legs there are.
func (s *Service) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Close ends all calls, and waits until the peers know or ctx ends. No call begins afterwards.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	if first && len(s.legs) == 0 {
		close(s.empty)
	}
	s.mu.Unlock()
	for _, l := range s.all() {
		l.Send(call.Hangup{Reason: call.Unavailable})
	}
	resolved := make(chan struct{})
	go func() {
		s.resolving.Wait()
		close(resolved)
	}()
	select {
	case <-resolved:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// within handles a request that belongs to a dialog.
func (s *Service) within(handle func(*Leg, *dialog, *stack.In)) func(*stack.In) {
	return func(in *stack.In) {
		req := in.Request
		if l := s.leg(string(*req.CallID()), tagOf(req.To().Params)); l != nil {
			if d := l.dialogWith(tagOf(req.From().Params)); d != nil {
				l.guard(func() { l.take(d, in, handle) })
				return
			}
		}
		switch {
		case in.Tx == nil: // an ACK
		case req.Method == sip.REFER && !req.To().Params.Has("tag"):
			// Whoever could refer us outside of a call could make us call anybody.
			s.answer(in, sip.StatusForbidden)
		default:
			s.answer(in, sip.StatusCallTransactionDoesNotExists)
		}
	}
}

// answer sends a response that needs nothing but its code. One that is lost is repeated, or asked for again.
func (s *Service) answer(in *stack.In, code int, headers ...sip.Header) {
	if err := in.Tx.Answer(code, headers...); err != nil {
		s.Log.Debug("an answer cannot be sent", "call", in.Request.CallID().Value(), "code", code, "err", err)
	}
}

// abilities are the header fields that say what we can.
func abilities() []sip.Header {
	return []sip.Header{
		sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO, REFER"),
		sip.NewHeader("Supported", "100rel, timer, replaces, norefersub"),
	}
}

// options answers who wants to know what we can, or whether we are there (RFC 3261 §11).
func (s *Service) options(in *stack.In) {
	req := in.Request
	if tag := tagOf(req.To().Params); tag != "" {
		l := s.leg(string(*req.CallID()), tag)
		if l == nil || l.state == over {
			s.answer(in, sip.StatusCallTransactionDoesNotExists)
			return
		}
		if d := l.dialogWith(tagOf(req.From().Params)); d == nil || !d.takes(in) {
			s.answer(in, sip.StatusCallTransactionDoesNotExists)
			return
		}
	}
	headers := append(abilities(), sip.NewHeader("Accept", "application/sdp, application/dtmf-relay, application/dtmf"))
	s.answer(in, sip.StatusOK, headers...)
}

// unanswered is how long an ACK or PRACK may take (RFC 3261 §13.3.1.4, RFC 3262 §3).
const unanswered = 64 * stack.T1
