package sipbridge

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
)

// wants is what the peer is to be told as soon as no other exchange is under way.
type wants struct {
	hold     bool
	told     bool // what the peer knows of hold
	identity *call.Party
	refresh  bool
	timer    *time.Timer // set while we wait after a collision, or for the phone to come back
	lost     int         // how often there was no connection
}

// An exchange is a re-INVITE or UPDATE of ours that is not answered.
type exchange struct {
	body     []byte
	hold     bool
	identity *call.Party
	ack      *sip.Request
	then     func() // after its end, when somebody waits for it
}

// hold tells the peer that it is on hold, or is not any more.
func (l *Leg) hold(on bool) {
	l.wants.hold = on
	if l.media.Load() != nil {
		l.next()
	}
}

// next starts the next exchange when there is something to say and nothing under way.
func (l *Leg) next() {
	w := &l.wants
	h := l.media.Load()
	if l.state != active || l.exchange != nil || l.unacked != nil || w.timer != nil || h == nil {
		return
	}
	h.Hold(w.hold)
	e := &exchange{hold: w.hold, identity: w.identity}
	switch {
	case w.hold != w.told || w.refresh && !l.peer.update:
		body, err := h.Offer()
		if err != nil {
			l.log.Warn("no offer can be made", "err", err)
			w.told, w.refresh = w.hold, false
			return
		}
		e.body = body
		l.reinvite(e)
	case w.identity != nil && !l.peer.update: // not worth a re-INVITE
		w.identity = nil
	case w.identity != nil || w.refresh:
		l.update(e)
	}
}

func (l *Leg) headers(e *exchange) []sip.Header {
	headers := append([]sip.Header{l.contact(l.d)}, abilities()...)
	interval := secondsHeader("Session-Expires", max(l.session.interval, l.session.least), ";refresher=uac")
	if l.session.theirs {
		interval = secondsHeader("Session-Expires", max(l.session.interval, l.session.least), ";refresher=uas")
	}
	return append(headers, interval, secondsHeader("Min-SE", max(l.service.cfg.MinSession, l.session.least), ""))
}

// update sends an UPDATE without SDP.
func (l *Leg) update(e *exchange) {
	req := l.d.request(sip.UPDATE, l.headers(e)...)
	l.appendIdentity(req, e.identity)
	l.exchange = e
	l.busy++
	l.ask(l.d, req, func(res *sip.Response, err error) {
		l.finished(e, res, err)
		l.done()
	})
}

// reinvite sends an INVITE within the dialog (RFC 3261 §14.1).
func (l *Leg) reinvite(e *exchange) {
	d := l.d
	req := d.request(sip.INVITE, l.headers(e)...)
	l.appendIdentity(req, e.identity)
	setSDP(req, e.body)
	l.exchange = e
	l.busy++
	over := false
	l.ask(d, req, func(res *sip.Response, err error) {
		if err == nil && res.StatusCode < 300 { // the repeated ones too
			if e.ack == nil {
				e.ack = d.numbered(sip.ACK, res.CSeq().SeqNo, d.credentials...)
			}
			l.acknowledge(e.ack, d.flow)
		}
		if !over {
			over = true
			l.finished(e, res, err)
			l.done()
		}
	})
}

// finished takes the answer to an exchange of ours.
func (l *Leg) finished(e *exchange, res *sip.Response, err error) {
	if l.exchange == e {
		l.exchange = nil
	}
	if e.then != nil {
		defer e.then()
	}
	if l.state != active {
		return
	}
	if err == nil && res.StatusCode < 300 {
		err = l.changed(e, res)
	}
	switch {
	case errors.Is(err, errChange):
		l.hangUp(call.Incompatible)
	case errors.Is(err, stack.ErrFlowLost) && l.wants.lost < maxLost:
		l.wants.lost++
		l.later(comeBack)
	case err != nil: // no answer, or no connection
		l.log.Info("the peer does not answer", "err", err)
		l.hangUp(call.MediaLost)
	case res.StatusCode < 300:
		l.next()
	case res.StatusCode == sip.StatusCallTransactionDoesNotExists || res.StatusCode == sip.StatusRequestTimeout: // RFC 3261 §12.2.1.2
		l.hangUp(call.MediaLost)
	case res.StatusCode == sip.StatusRequestPending:
		l.pause()
	case res.StatusCode == statusIntervalTooSmall && l.session.least == 0 && l.raiseInterval(res):
		l.next()
	default: // the call goes on as it was; what the peer does not do it is not asked again
		l.log.Debug("the peer refuses a change", "code", res.StatusCode)
		l.wants.told, l.wants.identity = e.hold, nil
		if l.wants.refresh { // it has answered: it is there
			l.wants.refresh = false
			l.startSession()
		}
		l.next()
	}
}

var errChange = errors.New("the answer to a new offer is not understood")

// changed takes over what was agreed on.
func (l *Leg) changed(e *exchange, res *sip.Response) error {
	l.d.refresh(res.Contact())
	l.peer.learn(res)
	if e.body != nil {
		h := l.media.Load()
		body, err := sdpOf(res)
		if err == nil && body != nil {
			err = h.Accept(body)
		}
		if err != nil {
			l.log.Info("an answer to a new offer is not understood", "err", err)
			return errChange
		}
		h.drain()
		l.wants.told = e.hold
	}
	if l.wants.identity == e.identity {
		l.wants.identity = nil
	}
	l.wants.refresh, l.wants.lost = false, 0
	l.answeredInterval(res)
	l.startSession()
	return nil
}

// pause waits after both sides wanted something at the same time: who has made the Call-ID longer (RFC 3261 §14.1).
func (l *Leg) pause() {
	d := rand.N(200) * 10
	if l.direction == call.Outgoing {
		d = 2100 + rand.N(190)*10
	}
	l.later(time.Duration(d) * time.Millisecond)
}

// A phone whose connection is lost connects again: it is waited for comeBack, and maxLost times.
const (
	comeBack = 5 * time.Second
	maxLost  = 12
)

// later tries again what the peer is to be told.
func (l *Leg) later(d time.Duration) {
	l.wants.timer = l.after(d, func() {
		l.wants.timer = nil
		l.next()
	})
}

// reinvited takes an INVITE within the dialog (RFC 3261 §14.2).
func (l *Leg) reinvited(d *dialog, in *stack.In) {
	req := in.Request
	switch {
	case l.state == called || l.state == calling:
		l.service.answer(in, sip.StatusInternalServerError, sip.NewHeader("Retry-After", "5"))
		return
	case l.exchange != nil || l.unacked != nil:
		l.service.answer(in, sip.StatusRequestPending)
		return
	case !l.service.intervalFits(in):
		return
	}
	offer, err := sdpOf(req)
	if err != nil {
		l.service.answer(in, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", acceptSDP))
		return
	}
	if !l.faxed(d, in, offer) {
		l.changeBy(d, in, offer)
	}
}

// changeBy answers an INVITE within the dialog.
func (l *Leg) changeBy(d *dialog, in *stack.In, offer []byte) {
	req := in.Request
	h := l.media.Load()
	h.Hold(l.wants.hold)
	var body []byte
	var err error
	if offer != nil {
		body, err = h.Answer(offer)
	} else {
		body, err = h.Offer()
	}
	if err != nil {
		l.log.Info("a change cannot be agreed on", "err", err)
		l.service.answer(in, sip.StatusNotAcceptableHere, warning(err)...)
		return
	}
	d.refresh(req.Contact())
	l.wants.told = l.wants.hold
	res := l.response(in, sip.StatusOK, l.contact(d))
	for _, head := range append(abilities(), l.agreeInterval(req)...) {
		res.AppendHeader(head)
	}
	setSDP(res, body)
	l.startSession()
	l.repeat(in, res, offer == nil, func(ack *sip.Request) {
		if offer == nil {
			body, err := sdpOf(ack)
			if err == nil && body != nil {
				err = h.Accept(body)
			}
			if err != nil {
				l.log.Info("an answer to a new offer is not understood", "err", err)
				l.hangUp(call.Incompatible)
				return
			}
			h.drain()
		}
		l.next()
	})
	h.drain()
}

// updated takes an UPDATE (RFC 3311 §5.2).
func (l *Leg) updated(d *dialog, in *stack.In) {
	body, err := sdpOf(in.Request)
	switch {
	case err == nil && body != nil && l.exchange != nil && l.exchange.body != nil:
		l.service.answer(in, sip.StatusRequestPending)
		return
	case err == nil && body != nil && (l.unacked != nil && l.unacked.offers || l.invite.reliable.pending != nil):
		l.service.answer(in, sip.StatusInternalServerError, sip.NewHeader("Retry-After", "5"))
		return
	case !l.service.intervalFits(in):
		return
	}
	d.refresh(in.Request.Contact())
	var headers []sip.Header
	if l.state == active {
		headers = l.agreeInterval(in.Request)
		l.startSession()
	}
	l.answerOffer(d, in, headers...)
}
