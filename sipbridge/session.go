package sipbridge

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
)

// session is how both sides find out that the other is still there (RFC 4028).
type session struct {
	interval time.Duration // 0: nothing was said yet
	least    time.Duration // the peer does not take a shorter one
	theirs   bool          // the peer refreshes
	timer    *time.Timer
}

// intervalFits refuses an INVITE or UPDATE that asks for refreshes too often (RFC 4028 §6). When it reports false the request has been answered.
func (s *Service) intervalFits(in *stack.In) bool {
	v := value(in.Request, "session-expires")
	if v == "" {
		return true
	}
	d, _, ok := seconds(v)
	switch {
	case !ok:
		s.answer(in, sip.StatusBadRequest)
	case d < s.cfg.MinSession && lists(in.Request, "supported", "timer"):
		s.answer(in, statusIntervalTooSmall, secondsHeader("Min-SE", s.cfg.MinSession, ""))
	default:
		return true
	}
	return false
}

// agreeInterval decides on the interval that a request of the peer's asks for, and says so in the headers of the answer (RFC 4028 §9).
func (l *Leg) agreeInterval(req *sip.Request) []sip.Header {
	se := &l.session
	l.peer.learn(req)
	se.interval, se.theirs = l.service.cfg.Session, false
	d, params, ok := seconds(value(req, "session-expires"))
	if ok && d < se.interval {
		se.interval = max(d, l.service.cfg.MinSession)
	}
	if least, _, ok := seconds(value(req, "min-se")); ok && least > se.interval && least <= maxInterval {
		se.interval = least
	}
	if !l.peer.timer { // we ask by ourselves
		return nil
	}
	headers := []sip.Header{secondsHeader("Session-Expires", se.interval, ";refresher=uas")}
	if ok && parameter(params, "refresher") == "uac" {
		se.theirs = true
		headers = []sip.Header{secondsHeader("Session-Expires", se.interval, ";refresher=uac"), sip.NewHeader("Require", "timer")}
	}
	return headers
}

// statusIntervalTooSmall is a status that sipgo does not name (RFC 4028 §6).
const statusIntervalTooSmall = 422

// maxInterval is the longest interval that a peer may insist on.
const maxInterval = 24 * time.Hour

// offerInterval is what we ask for.
func (l *Leg) offerInterval() []sip.Header {
	d := max(l.service.cfg.Session, l.session.least)
	return []sip.Header{secondsHeader("Session-Expires", d, ""), secondsHeader("Min-SE", max(l.service.cfg.MinSession, l.session.least), "")}
}

// answeredInterval takes what the peer has made of it (RFC 4028 §7.2). A peer that says nothing is asked by us nevertheless.
func (l *Leg) answeredInterval(res *sip.Response) {
	se := &l.session
	se.interval, se.theirs = max(l.service.cfg.Session, se.least), false
	if d, params, ok := seconds(value(res, "session-expires")); ok {
		se.interval = min(max(d, l.service.cfg.MinSession), maxInterval)
		se.theirs = parameter(params, "refresher") == "uas"
	}
}

// raiseInterval takes a 422. It reports false when what the peer wants is too much.
func (l *Leg) raiseInterval(res *sip.Response) bool {
	d, _, ok := seconds(value(res, "min-se"))
	if !ok || d > maxInterval {
		return false
	}
	l.session.least = d
	return true
}

// startSession begins to wait for the next refresh, or until it is ours to ask.
func (l *Leg) startSession() {
	se := &l.session
	stop(se.timer)
	if l.state != active || se.interval == 0 {
		return
	}
	var t *time.Timer
	current := func() bool { return se.timer == t && l.state == active }
	if se.theirs {
		t = l.after(se.interval-min(32*time.Second, se.interval/3), func() { // RFC 4028 §10
			if current() {
				l.log.Info("a phone has not said that its call goes on")
				l.hangUp(call.MediaLost)
			}
		})
	} else {
		t = l.after(se.interval/2, func() {
			if current() {
				l.wants.refresh = true
				l.next()
			}
		})
	}
	se.timer = t
}
