package sipbridge

import (
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge/stack"
)

// A state is how far a leg has come.
type state uint8

const (
	calling  state = iota // our INVITEs are out
	called                // the peer's INVITE is not answered
	answered              // our 200 waits for its ACK
	active
	over // the owner knows; the peer perhaps not yet
)

// A Leg is one party's SIP dialog with this server. It implements [call.Leg].
type Leg struct {
	service        *Service
	id             call.LegID
	callID, tag    string
	direction      call.Direction
	device         string
	trunk, account string
	encrypt        bool
	log            *slog.Logger
	release        func() // of the mailbox
	media          atomic.Pointer[half]

	// What follows belongs to the mailbox.
	sink     call.Sink
	state    state
	busy     int     // of what keeps a leg that is over: transactions of ours, a 200 without ACK
	d        *dialog // nil as long as nobody has answered our INVITE
	peer     peer
	invite   incoming  // of a leg that came in
	branches []*branch // of one that goes out
	ring     *time.Timer
	unacked  *unacked  // our 200 to an INVITE, the first or a later one
	exchange *exchange // our re-INVITE or UPDATE that is not answered
	wants    wants
	session  session
	known    []triple // under service.mu
	refer    *refer
	prefer   []media.Codec
	user     string // and password, for a trunk's challenges
	password string
}

// peer is what we know that the other side can.
type peer struct {
	update, info, infoUnknown bool
	timer                     bool
}

// learn reads what a message says of its sender.
func (p *peer) learn(m message) {
	if allow := values(m, "allow"); len(allow) > 0 {
		p.update, p.info, p.infoUnknown = lists(m, "allow", "UPDATE"), lists(m, "allow", "INFO"), false
	}
	if lists(m, "supported", "timer") || lists(m, "require", "timer") {
		p.timer = true
	}
}

func (s *Service) newLeg(direction call.Direction, id call.LegID, callID, tag string) *Leg {
	return &Leg{
		service: s, id: id, callID: callID, tag: tag, direction: direction, peer: peer{infoUnknown: true},
		log: s.Log.With("call", callID, "leg", string(id)),
	}
}

var _ call.Leg = (*Leg)(nil)

// ID implements [call.Leg].
func (l *Leg) ID() call.LegID { return l.id }

// Media implements [call.Leg].
func (l *Leg) Media() media.Endpoint {
	if h := l.media.Load(); h != nil {
		return h.Media
	}
	return nil
}

// Send implements [call.Leg].
func (l *Leg) Send(c call.Command) {
	if !l.post(func() { l.command(c) }) {
		l.log.Debug("a command comes too late", "command", c)
	}
}

// post runs fn in the leg's mailbox.
func (l *Leg) post(fn func()) bool {
	return l.service.Stack.Post(l.callID, func() { l.guard(fn) })
}

// guard ends the leg after a bug.
func (l *Leg) guard(fn func()) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("a call by SIP has failed by a bug", "panic", p, "stack", string(debug.Stack()))
			l.hangUp(call.Failed)
		}
	}()
	fn()
}

// after runs fn in the mailbox, unless the timer it returns is stopped. fn looks whether it is still wanted.
func (l *Leg) after(d time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(d, func() { l.post(fn) })
}

func stop(timers ...*time.Timer) {
	for _, t := range timers {
		if t != nil {
			t.Stop()
		}
	}
}

// tell reports to the owner. One that is gone or cannot keep up has no call any more.
func (l *Leg) tell(e call.Event) {
	if l.state != over && l.sink != nil && !l.sink.Post(e) {
		l.hangUp(call.Failed)
	}
}

// command is what the owner wants.
func (l *Leg) command(c call.Command) {
	if l.state == over {
		return
	}
	switch c := c.(type) {
	case call.Ring:
		l.alert(c.Early)
	case call.Prefer:
		l.preferred(c.Codecs)
	case call.Answer:
		if l.direction == call.Outgoing {
			l.talk()
		} else {
			l.accept()
		}
	case call.Hangup:
		l.hangUp(c.Reason)
	case call.Hold:
		l.hold(true)
	case call.Resume:
		l.hold(false)
	case call.SendDTMF:
		l.sendKeys(c.Keys, c.Duration)
	case call.Identify:
		l.identify(c.Party)
	case call.TransferResult:
		l.transferred(c)
	}
}

// hangUp ends the leg and tells the peer the reason.
func (l *Leg) hangUp(r call.Reason) {
	was := l.state
	if was == over {
		return
	}
	l.end(r)
	switch was {
	case calling:
		for _, b := range l.branches {
			b.cancel(r)
		}
	case called:
		l.refuse(Status(r), append(l.invite.why, reasonHeader(r))...)
	case answered: // what we have to say has to wait for the ACK (RFC 3261 §15)
		l.unacked.then = func() { l.bye(l.d, r) }
	case active:
		if l.unacked != nil {
			l.unacked.drop()
		}
		l.bye(l.d, r)
	}
	l.settle()
}

// end tells the owner that the leg has ended. The peer is not told.
func (l *Leg) end(r call.Reason) {
	if l.state == over {
		return
	}
	l.log.Debug("a leg ends", "reason", r.String())
	sink := l.sink
	l.state = over
	stop(l.ring, l.session.timer, l.wants.timer)
	l.invite.reliable.stop()
	l.refer = nil
	l.service.forget(l)
	for _, b := range l.branches {
		b.close()
	}
	if h := l.media.Load(); h != nil {
		h.Close()
	} else if l.invite.half != nil {
		l.invite.half.Close()
	}
	if sink != nil {
		sink.Post(call.Ended{Reason: r}) // an owner that is gone does not miss it
	}
	l.sink = nil // the leg is kept by its transactions for half a minute
}

// settle forgets the leg when nothing remains to be said.
func (l *Leg) settle() {
	if l.state == over && l.busy == 0 && l.release != nil {
		l.service.remove(l)
		l.release = nil
	}
}

// done is called when something that kept the leg has been finished.
func (l *Leg) done() {
	l.busy--
	l.settle()
}

// bye ends a dialog (RFC 3261 §15.1.1). Whatever the answer is, the dialog is over.
func (l *Leg) bye(d *dialog, r call.Reason) {
	l.busy++
	l.ask(d, d.request(sip.BYE, reasonHeader(r)), func(*sip.Response, error) { l.done() })
}

// byed takes a BYE (RFC 3261 §15.1.2). One that has crossed ours is answered alike.
func (l *Leg) byed(d *dialog, in *stack.In) {
	l.service.answer(in, sip.StatusOK)
	if l.state == over || d != l.d {
		return
	}
	r, ok := saidReason(in.Request)
	if !ok {
		r = call.Success
	}
	was := l.state
	if was == called {
		r = call.Cancelled
	}
	l.end(r)
	if was == called { // of an early dialog, whose INVITE is left
		l.refuse(sip.StatusRequestTerminated)
	}
	if l.unacked != nil {
		l.unacked.drop()
	}
	l.settle()
}

// dialogWith finds the dialog with the peer that has this tag.
func (l *Leg) dialogWith(tag string) *dialog {
	if l.d != nil && l.d.remoteTag() == tag {
		return l.d
	}
	for _, b := range l.branches {
		if d := b.early[tag]; d != nil {
			return d
		}
	}
	return nil
}

// take checks what every request within a dialog has to keep to.
func (l *Leg) take(d *dialog, in *stack.In, handle func(*Leg, *dialog, *stack.In)) {
	switch {
	case !d.takes(in) && in.Tx != nil: // RFC 3261 §12.2.2
		l.service.answer(in, sip.StatusInternalServerError)
	case l.state == over && in.Tx != nil && in.Request.Method != sip.BYE:
		l.service.answer(in, sip.StatusCallTransactionDoesNotExists)
	default:
		handle(l, d, in)
	}
}
