package sipbridge

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
)

// unacked is a 200 to an INVITE, which is repeated until its ACK has come, by whatever transport (RFC 3261 §13.3.1.4).
type unacked struct {
	leg         *Leg
	in          *stack.In
	res         *sip.Response
	offers      bool // the peer answers what is in it with its ACK
	pause       time.Duration
	timer, last *time.Timer
	acked       func(ack *sip.Request)
	then        func() // instead, when the leg has ended meanwhile
}

// repeat answers an INVITE with a 200.
func (l *Leg) repeat(in *stack.In, res *sip.Response, offers bool, acked func(*sip.Request)) {
	u := &unacked{leg: l, in: in, res: res, offers: offers, pause: stack.T1, acked: acked}
	l.unacked = u
	l.busy++
	u.last = l.after(unanswered, u.expired)
	u.send()
}

func (u *unacked) send() {
	if u.leg.unacked != u {
		return
	}
	if err := u.in.Tx.Respond(u.res); err != nil {
		u.leg.log.Debug("an answer cannot be sent", "err", err)
	}
	u.timer = u.leg.after(u.pause, u.send)
	u.pause = min(2*u.pause, stack.T2)
}

// drop ends the repetition.
func (u *unacked) drop() {
	if u.leg.unacked == u {
		u.leg.unacked = nil
		stop(u.timer, u.last)
		u.leg.busy--
	}
}

// expired ends the call of a peer that does not acknowledge.
func (u *unacked) expired() {
	l := u.leg
	if l.unacked != u {
		return
	}
	u.drop()
	if l.state == over {
		if u.then != nil {
			u.then()
		}
		l.settle()
		return
	}
	l.log.Info("a call was not acknowledged")
	l.state = active
	l.hangUp(call.Unavailable)
}

// acknowledged takes the ACK of a 200.
func (l *Leg) acknowledged(_ *dialog, in *stack.In) {
	u := l.unacked
	if u == nil || in.Request.CSeq().SeqNo != u.in.Request.CSeq().SeqNo {
		return // repeated
	}
	u.drop()
	if l.state != over {
		u.acked(in.Request)
	} else if u.then != nil {
		u.then()
	}
	l.settle()
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
