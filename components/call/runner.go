package call

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/transcode"
	"plenum/xmppd/actor"
	"plenum/xmppd/fault"
)

// inboxLimit is how many events of a call may wait. Its legs together post some ten in a busy second.
const inboxLimit = 512

// A Machine decides what is to be done: a [Call], or what telephony has around one, which looks at the same events and orders. It is used by
// one goroutine.
type Machine interface {
	Step(now time.Time, from LegID, e Event) []Order
	Next() time.Time
	Over() bool
}

// RunnerConfig is what a runner needs.
type RunnerConfig struct {
	Machine Machine
	Dialer  Dialer
	// Sound returns what is played to a leg, nil for silence. It must not block.
	Sound func(Sound) media.Source
	// Observe is told of every step, on the call's goroutine, for journals and presence. It must not block; nil is nobody.
	Observe func(from LegID, e Event, orders []Order)
	Log     *slog.Logger
}

// A Runner is the owner of a call: the one goroutine that steps its machine, in the order in which events come, and carries orders out on legs and
// their media. Its methods may be called by any goroutine, [Runner.Run] once.
type Runner struct {
	RunnerConfig
	inbox *actor.Inbox[message]
	timer *time.Timer

	// Of the goroutine that runs.
	ctx   context.Context
	legs  map[LegID]*station
	moved map[LegID]*Runner // legs that another call has now: what they said before they knew is passed on
	queue []report          // events that the runner itself has brought about
}

// A message is what comes to the owner.
type message interface {
	apply(*Runner)
	late(*Runner) // instead, when the call is over
}

type (
	report struct {
		from  LegID
		event Event
	}
	attach struct {
		leg    Leg
		codecs []media.Codec
		hops   int
		relay  *relay
	}
	handOver struct {
		leg   LegID
		to    *Runner
		adopt Adopt
	}
	arrive struct {
		attach
		adopt Adopt
	}
)

// A station is a leg with what it is given.
type station struct {
	leg    Leg
	codecs []media.Codec // that it was offered with, for as long as it has no media; nil where they are not known
	hops   int
	relay  *relay
	hears  Hear
	bound  []media.Source // by slot

	published map[*media.Track]*transcode.Source // what its sound is given out as
}

// A relay is the sink of one leg. It follows the leg to another call.
type relay struct {
	leg LegID
	to  atomic.Pointer[Runner]
}

// Post implements [Sink].
func (s *relay) Post(e Event) bool {
	for {
		to := s.to.Load()
		if to.inbox.Post(report{s.leg, e}) {
			return true
		}
		if s.to.Load() == to { // else the leg has moved, and the call it was in has ended
			return false
		}
	}
}

// NewRunner makes a runner; nothing happens before [Runner.Run].
func NewRunner(c RunnerConfig) *Runner {
	return &Runner{RunnerConfig: c, inbox: actor.NewInbox[message](inboxLimit), legs: make(map[LegID]*station), moved: make(map[LegID]*Runner)}
}

// Attach adds a leg that has come in with an offer, under the name that the machine knows it by, and returns where it reports. It may be called
// before Run.
func (r *Runner) Attach(leg Leg, o Offer) Sink {
	s := r.newRelay(leg.ID())
	if !r.inbox.Post(attach{leg, o.Codecs, o.Hops, s}) {
		leg.Send(Hangup{Cancelled}) // the call is over
	}
	return s
}

func (r *Runner) newRelay(id LegID) *relay {
	s := &relay{leg: id}
	s.to.Store(r)
	return s
}

// Post tells the machine something as the owner. It reports false when the call is over.
func (r *Runner) Post(e Event) bool { return r.inbox.Post(report{"", e}) }

// HandOver moves a leg to another call, whose machine adopts it: for an attended transfer or a pickup. It reports false when this call is over.
func (r *Runner) HandOver(leg LegID, to *Runner, a Adopt) bool {
	return r.inbox.Post(handOver{leg, to, a})
}

// Run carries the call out until it is over. When ctx is done before, its legs are hung up as unavailable.
func (r *Runner) Run(ctx context.Context) {
	defer r.close()
	defer r.recover()
	r.ctx = ctx
	r.timer = time.AfterFunc(time.Hour, func() { r.Post(Tick{}) })
	defer r.timer.Stop()
	r.setTimer()
	for m := range r.inbox.All(ctx) {
		m.apply(r)
		for len(r.queue) > 0 && !r.Machine.Over() {
			next := r.queue[0]
			r.queue = r.queue[1:]
			next.apply(r)
		}
		if r.Machine.Over() {
			return
		}
		r.setTimer()
	}
	r.hangUpAll(Unavailable)
}

// close sees to it that nothing is lost that was posted and is not for this call alone.
func (r *Runner) close() {
	r.inbox.Close()
	for m := range r.inbox.All(context.Background()) { // ends when the inbox is empty
		m.late(r)
	}
}

// recover ends the call after a bug.
func (r *Runner) recover() {
	if p := recover(); p != nil {
		r.Log.Error("a call has failed by a bug", "panic", p, "stack", string(debug.Stack()))
		r.hangUpAll(Failed)
	}
}

func (r *Runner) hangUpAll(reason Reason) {
	for _, s := range r.legs {
		s.leg.Send(Hangup{reason})
	}
}

// setTimer makes the machine be woken when it wants to. A tick that found the inbox full is made up for here, after the next event.
func (r *Runner) setTimer() {
	r.timer.Stop()
	if next := r.Machine.Next(); !next.IsZero() {
		r.timer.Reset(time.Until(next))
	}
}

func (m report) apply(r *Runner) {
	if to := r.moved[m.from]; to != nil {
		to.inbox.Post(m)
		return
	}
	_, ended := m.event.(Ended)
	if s := r.legs[m.from]; s == nil && m.from != "" && !ended {
		return // of a leg that is gone
	}
	if ended {
		delete(r.legs, m.from)
	}
	r.step(m.from, m.event)
	switch m.event.(type) {
	case MediaReady:
		if s := r.legs[m.from]; s != nil {
			s.bound = nil
			r.bind(s)
		}
		r.rebind(m.from)
	case TrackAdded, TrackRemoved:
		r.rebind(m.from)
	}
}

func (m report) late(r *Runner) {
	if to := r.moved[m.from]; to != nil {
		to.inbox.Post(m)
	}
}

func (m attach) apply(r *Runner) {
	r.legs[m.leg.ID()] = &station{leg: m.leg, codecs: m.codecs, hops: m.hops, relay: m.relay}
}

func (m attach) late(*Runner) { m.leg.Send(Hangup{Cancelled}) }

func (m handOver) apply(r *Runner) {
	s := r.legs[m.leg]
	if s == nil {
		return
	}
	delete(r.legs, m.leg)
	r.moved[m.leg] = m.to
	s.relay.to.Store(m.to)
	if !m.to.inbox.Post(arrive{attach{s.leg, s.codecs, s.hops, s.relay}, m.adopt}) {
		s.leg.Send(Hangup{Cancelled})
	}
	r.step("", Release{m.leg})
}

func (m arrive) apply(r *Runner) {
	delete(r.moved, m.leg.ID()) // it may have been here before
	m.attach.apply(r)
	r.step("", m.adopt)
}

func (m handOver) late(*Runner) {} // the leg is gone with the call

// step lets the machine decide and carries out what it says.
func (r *Runner) step(from LegID, e Event) {
	orders := r.Machine.Step(time.Now(), from, e)
	if r.Observe != nil {
		r.Observe(from, e, orders)
	}
	for _, o := range orders {
		r.prefer(o, orders)
		r.carryOut(o)
	}
}

func (r *Runner) carryOut(o Order) {
	switch c := o.Command.(type) {
	case Place:
		r.place(c)
		return
	case Exhausted, Over:
		return // the machine around a Call has seen them
	}
	s := r.legs[o.Leg]
	if s == nil {
		return // it has just ended, and its event is on the way
	}
	switch c := o.Command.(type) {
	case Hear:
		s.hears = c
		r.bind(s)
	case Hangup:
		s.leg.Send(c)
		delete(r.legs, o.Leg)
	default:
		s.leg.Send(c)
	}
}

func (r *Runner) place(p Place) {
	id := p.Branch.Leg
	s := r.newRelay(id)
	leg, err := r.Dialer.Dial(r.ctx, Offer{
		ID: id, From: p.From, To: p.Branch.Party, Video: p.Video, Forwards: p.Branch.Forwards, Codecs: r.codecs(p.For),
		Hops: r.hops(p.For),
	}, s)
	if err != nil {
		r.Log.Info("a leg could not be made", "leg", string(id), "error", err)
		r.queue = append(r.queue, report{id, Ended{ReasonOf(err)}})
		return
	}
	r.legs[id] = &station{leg: leg, relay: s}
}

// ReasonOf says why a leg could not be made, by the kind of the error.
func ReasonOf(err error) Reason {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return NotFound
	case fault.Forbidden, fault.Unauthenticated:
		return Forbidden
	case fault.Invalid:
		return Incompatible
	case fault.Busy, fault.Conflict:
		return Busy
	case fault.Limit:
		return Congestion
	case fault.Unavailable:
		return Unavailable
	}
	return Failed
}
