package sipbridge

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
)

// reliable is what a leg that came in sends before its final response so that the caller confirms it (RFC 3262 §3).
type reliable struct {
	required, supported bool
	seq                 uint32
	pending             *sip.Response // not confirmed by PRACK
	queue               []*sip.Response
	pause               time.Duration
	timer, last         *time.Timer
}

// want reads what the caller can, or insists on.
func (r *reliable) want(invite *sip.Request) {
	r.required = lists(invite, "require", "100rel")
	r.supported = r.required || lists(invite, "supported", "100rel")
}

// waits reports whether the final response has to wait.
func (r *reliable) waits() bool { return r.pending != nil }

func (r *reliable) stop() {
	stop(r.timer, r.last)
	r.pending, r.queue = nil, nil
}

// provisional sends a 18x. One with SDP is sent reliably to who can confirm it.
func (l *Leg) provisional(code int, body []byte) {
	i := &l.invite
	res := l.response(i.In, code, l.contact(l.d))
	for _, h := range abilities() {
		res.AppendHeader(h)
	}
	l.appendIdentity(res, i.identity)
	setSDP(res, body)
	r := &i.reliable
	if !r.required && (!r.supported || body == nil) {
		if err := i.Tx.Respond(res); err != nil {
			l.log.Debug("a response cannot be sent", "code", code, "err", err)
		}
		return
	}
	if r.seq == 0 {
		r.seq = 1 // any number would do
	} else {
		r.seq++
	}
	res.AppendHeader(sip.NewHeader("Require", "100rel"))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(r.seq), 10)))
	if r.pending != nil {
		r.queue = append(r.queue, res)
		return
	}
	l.sendReliably(res)
}

func (l *Leg) sendReliably(res *sip.Response) {
	r := &l.invite.reliable
	r.pending, r.pause = res, stack.T1
	r.last = l.after(unanswered, func() {
		if r.pending == res && l.state == called {
			l.end(call.Unavailable)
			l.refuse(sip.StatusGatewayTimeout)
		}
	})
	l.repeatReliably(res)
}

func (l *Leg) repeatReliably(res *sip.Response) {
	r := &l.invite.reliable
	if r.pending != res || l.state != called {
		return
	}
	if err := l.invite.Tx.Respond(res); err != nil {
		l.log.Debug("a response cannot be sent", "code", res.StatusCode, "err", err)
	}
	r.timer = l.after(r.pause, func() { l.repeatReliably(res) })
	r.pause *= 2
}

// pracked takes a PRACK (RFC 3262 §3).
func (l *Leg) pracked(d *dialog, in *stack.In) {
	r := &l.invite.reliable
	rseq, cseq, ok := rack(value(in.Request, "rack"))
	if !ok || r.pending == nil || cseq != l.invite.Request.CSeq().SeqNo || value(r.pending, "rseq") != strconv.FormatUint(uint64(rseq), 10) {
		l.service.answer(in, sip.StatusCallTransactionDoesNotExists)
		return
	}
	stop(r.timer, r.last)
	r.pending = nil
	l.answerOffer(d, in)
	if l.state != called {
		return
	}
	if len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		l.sendReliably(next)
	} else if l.invite.taken {
		l.accept()
	}
}

// answerOffer answers a PRACK or UPDATE, and the offer in it when there is one.
func (l *Leg) answerOffer(d *dialog, in *stack.In, headers ...sip.Header) {
	res := l.response(in, sip.StatusOK, append([]sip.Header{l.contact(d)}, headers...)...)
	body, err := sdpOf(in.Request)
	if err != nil {
		l.service.answer(in, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", acceptSDP))
		return
	}
	if body != nil {
		h := l.media.Load()
		if h == nil {
			l.service.answer(in, sip.StatusNotAcceptableHere) // there is no session to change yet
			return
		}
		answer, err := h.Answer(body)
		if err != nil {
			l.service.answer(in, sip.StatusNotAcceptableHere, warning(err)...)
			return
		}
		setSDP(res, answer)
	}
	if err := in.Tx.Respond(res); err != nil {
		l.log.Debug("a response cannot be sent", "err", err)
	}
	if h := l.media.Load(); h != nil {
		h.drain()
	}
}

// rack reads the number of a provisional response and of its request.
func rack(v string) (rseq, cseq uint32, ok bool) {
	fields := strings.Fields(v)
	if len(fields) != 3 || !strings.EqualFold(fields[2], string(sip.INVITE)) {
		return 0, 0, false
	}
	a, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return 0, 0, false
	}
	b, err := strconv.ParseUint(fields[1], 10, 32)
	return uint32(a), uint32(b), err == nil
}
