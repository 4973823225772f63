package sipbridge

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// A branch is an INVITE of ours: to one of the places where a phone has registered, or to a trunk. All branches of a leg have the same Call-ID and
// tag, so that a phone which is reached by two of them rings once (RFC 3261 §8.2.2.2).
type branch struct {
	leg     *Leg
	flows   []stack.Flow // the rest of a trunk's
	trunk   bool
	encrypt bool        // media, or there is no call
	silent  *time.Timer // ends who has not answered anything
	half    *half
	base    dialog // as far as it is known before an answer
	body    []byte
	headers []sip.Header // who calls
	hops    int          // how many servers the call may pass, this one among them; 0: as many as usual
	tx      *stack.ClientTx
	invite  *sip.Request
	early   map[string]*dialog      // by the peer's tag
	last    map[string]uint32       // RSeq of the last reliable provisional response
	acks    map[string]*sip.Request // of the 200s that have come
	agreed  bool                    // our offer was answered
	retried bool                    // with credentials
	raised  bool                    // with a longer interval
	open    bool                    // the transaction waits for a final response
	ended   bool                    // a final response has come, or none will
	gone    bool                    // cancelled
	reason  call.Reason             // of the end
}

// dialDevice rings a phone at all its places.
func (l *Leg) dialDevice(o call.Offer, bindings []Binding) {
	l.prefer = o.Codecs
	l.startRinging()
	for _, b := range bindings {
		from, headers := l.service.callerTo(o)
		if o.Wanted {
			headers = append(headers, answerBySelf(l.service.Domain)...)
		}
		to := sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: userPart(o.To.Number), Host: l.service.Domain}}
		if o.To.Number == "" {
			to.Address.User = b.Contact.User
		}
		l.start(&branch{
			base:    dialog{local: from, remote: to, target: b.Contact, flow: b.Flow, contactUser: from.Address.User},
			headers: headers, hops: o.Hops,
		}, b.Encrypt)
	}
	l.ringOn()
}

// callerTo is how a phone is told who calls.
func (s *Service) callerTo(o call.Offer) (sip.FromHeader, []sip.Header) {
	from := sip.FromHeader{DisplayName: escape(o.From.Name), Address: sip.Uri{Scheme: "sip", User: userPart(o.From.Number), Host: s.Domain}}
	if o.From.Number == "" {
		from.Address.User, from.Address.Host = "anonymous", "anonymous.invalid"
		return from, nil
	}
	return from, []sip.Header{sip.NewHeader("P-Asserted-Identity", quoted(from.DisplayName)+"<"+from.Address.String()+">")}
}

func quoted(escaped string) string {
	if escaped == "" {
		return ""
	}
	return `"` + escaped + `" `
}

// dialLine calls by a trunk, when its address is known.
func (l *Leg) dialLine(o call.Offer, t TrunkTarget, line Line, err error) {
	if l.state == over {
		return
	}
	if err == nil && len(line.Flows) == 0 {
		err = errors.New("the trunk has no address")
	}
	if err != nil {
		l.log.Warn("a trunk cannot be reached", "err", err)
		r := call.Unavailable
		if fault.KindOf(err) == fault.NotFound {
			r = call.Failed
		}
		l.hangUp(r)
		return
	}
	l.prefer, l.user, l.password = o.Codecs, line.User, line.Password
	l.startRinging()
	headers := slices.Clone(line.Headers)
	if o.Forwards > 0 {
		headers = append(headers, sip.NewHeader("Diversion", "<"+line.From.String()+">;counter="+strconv.Itoa(o.Forwards)))
	}
	l.start(&branch{
		base: dialog{
			local: sip.FromHeader{DisplayName: escape(line.FromName), Address: line.From}, remote: sip.ToHeader{Address: line.To},
			target: line.URI, flow: line.Flows[0], contactUser: line.User,
		},
		flows: line.Flows[1:], trunk: true, headers: headers, hops: o.Hops,
	}, line.Encrypt)
	l.ringOn()
}

func (l *Leg) startRinging() {
	l.ring = l.after(l.service.cfg.Ring, func() {
		if l.state == calling {
			l.hangUp(call.NoAnswer)
		}
	})
}

// start makes a branch's offer and sends its INVITE.
func (l *Leg) start(b *branch, encrypt bool) {
	if l.state == over {
		return
	}
	b.leg, b.encrypt = l, encrypt
	b.early, b.last, b.acks = make(map[string]*dialog), make(map[string]uint32), make(map[string]*sip.Request)
	b.base.callID = l.callID
	b.base.local.Params = sip.HeaderParams{{K: "tag", V: l.tag}}
	l.branches = append(l.branches, b)
	h, err := l.newHalf(b.base.flow, encrypt)
	if err == nil {
		b.half = h
		b.body, err = h.Offer()
	}
	if err != nil {
		l.log.Warn("no offer can be made", "err", err)
		b.end(mediaReason(err))
		return
	}
	b.send()
}

// send sends the INVITE, or sends it again with what was missing.
func (b *branch) send() {
	l := b.leg
	req := b.base.request(sip.INVITE, l.contact(&b.base))
	for _, h := range slices.Concat(b.headers, abilities(), l.offerInterval(), b.base.credentials) {
		req.AppendHeader(h)
	}
	if b.hops > 0 {
		hops := sip.MaxForwardsHeader(b.hops - 1)
		req.AppendHeader(&hops)
	}
	setSDP(req, b.body)
	b.invite = req
	tx, err := l.service.Stack.Do(req, b.base.flow, func(res *sip.Response, err error) { l.guard(func() { b.received(req, res, err) }) })
	if err != nil {
		b.failed(err)
		return
	}
	b.tx, b.open = tx, true
	l.busy++
	if b.trunk {
		stop(b.silent)
		b.silent = l.after(l.service.cfg.Silence, func() {
			if b.tx == tx {
				b.unheard()
			}
		})
	}
}

// unheard gives a trunk's server up that has not even said that it tries: the caller does not wait for timer B (RFC 3261 §17.1.1.2). What it
// answers nevertheless is taken back.
func (b *branch) unheard() {
	l := b.leg
	if l.state != calling || b.ended || b.gone {
		return
	}
	l.log.Info("a trunk's server does not answer", "remote", b.base.flow.Remote)
	b.cancel(call.Unavailable)
	b.end(call.Unavailable)
	if len(b.flows) > 0 {
		next := &branch{base: b.base, flows: b.flows[1:], trunk: true, headers: b.headers, hops: b.hops}
		next.base.flow, next.base.credentials = b.flows[0], nil
		l.start(next, b.encrypt)
	}
	l.ringOn()
}

// failed tries the next way, or gives up.
func (b *branch) failed(err error) {
	l := b.leg
	l.log.Info("an INVITE has failed", "err", err)
	if b.next() {
		return
	}
	b.end(call.Unavailable)
	l.ringOn()
}

// next tries the next of a trunk's addresses (RFC 3263 §4.3).
func (b *branch) next() bool {
	if len(b.flows) == 0 || b.gone || b.leg.state != calling {
		return false
	}
	b.base.flow, b.flows = b.flows[0], b.flows[1:]
	b.retried = false
	b.send()
	return true
}

// end notes why the branch is over.
func (b *branch) end(r call.Reason) {
	stop(b.silent)
	b.ended, b.reason = true, r
	b.close()
}

// close lets the media half go, unless it is the leg's.
func (b *branch) close() {
	if b.half != nil && b.leg.media.Load() != b.half {
		b.half.Close()
	}
}

// received takes what comes back for an INVITE.
func (b *branch) received(req *sip.Request, res *sip.Response, err error) {
	l := b.leg
	if req == b.invite {
		stop(b.silent)
	}
	switch {
	case err != nil:
		b.finished()
		if !b.ended && req == b.invite {
			b.failed(err)
		}
	case res.StatusCode < 200:
		if !b.ended && req == b.invite && res.StatusCode > sip.StatusTrying {
			b.provisional(res)
		}
	case res.StatusCode < 300:
		b.success(res)
	default:
		b.finished()
		if !b.ended && req == b.invite {
			b.refused(res)
		}
	}
	l.settle()
}

// finished says that a transaction of the branch is over.
func (b *branch) finished() {
	if b.open {
		b.open = false
		b.leg.busy--
	}
}

// maxForks is how many of the phones behind one branch are listened to: a provider that forks a call further asks two or three.
const maxForks = 8

// provisional takes a 18x.
func (b *branch) provisional(res *sip.Response) {
	l := b.leg
	tag := tagOf(res.To().Params)
	d := b.early[tag]
	if d == nil && len(b.early) >= maxForks {
		return
	}
	if d == nil && tag != "" {
		d = b.base.established(res, b.tx.Flow())
		b.early[tag] = d
	}
	if lists(res, "require", "100rel") && !b.confirm(d, res) {
		return // repeated, or too early
	}
	if l.state != calling || b.gone {
		return
	}
	if d != nil {
		l.peer.learn(res)
		l.service.know(l, d, false)
	}
	early := false
	if body, err := sdpOf(res); err == nil && body != nil {
		if err := b.half.Accept(body); err != nil {
			l.log.Info("early media is not understood", "err", err)
		} else {
			b.agreed, early = true, true
			l.use(b.half)
		}
	}
	if early || res.StatusCode == sip.StatusRinging {
		l.tell(call.Ringing{Early: early})
	}
}

// confirm sends the PRACK of a reliable response. It reports false when the response is not the next (RFC 3262 §4).
func (b *branch) confirm(d *dialog, res *sip.Response) bool {
	rseq, err := strconv.ParseUint(value(res, "rseq"), 10, 32)
	if err != nil || d == nil {
		return false
	}
	tag := d.remoteTag()
	if last := b.last[tag]; last != 0 && uint32(rseq) != last+1 {
		return false
	}
	b.last[tag] = uint32(rseq)
	l := b.leg
	if d.seq < b.base.seq {
		d.seq = b.base.seq
	}
	rack := sip.NewHeader("RAck", strconv.FormatUint(rseq, 10)+" "+strconv.FormatUint(uint64(res.CSeq().SeqNo), 10)+" INVITE")
	l.busy++
	l.ask(d, d.request(sip.PRACK, rack), func(*sip.Response, error) { l.done() })
	return true
}

// success takes a 200: the first of all wins the call, and every one is acknowledged (RFC 3261 §13.2.2.4).
func (b *branch) success(res *sip.Response) {
	l := b.leg
	tag := tagOf(res.To().Params)
	if ack := b.acks[tag]; ack != nil {
		l.acknowledge(ack, b.tx.Flow())
		return
	}
	b.finished()
	if len(b.acks) >= maxForks {
		return // it gives up by itself
	}
	d := b.base.established(res, b.tx.Flow())
	d.credentials = b.base.credentials
	if before := b.early[tag]; before != nil {
		d.seq = max(d.seq, before.seq)
	}
	ack := d.numbered(sip.ACK, res.CSeq().SeqNo, d.credentials...)
	b.acks[tag] = ack
	l.acknowledge(ack, d.flow)
	if l.state != calling || b.gone { // another was faster, or we had given up
		b.ended = true
		b.close()
		r := call.Elsewhere
		if l.state == over {
			r = call.Cancelled
		}
		l.bye(d, r)
		return
	}
	b.ended = true
	l.win(b, d, res)
}

func (l *Leg) acknowledge(ack *sip.Request, f stack.Flow) {
	if err := l.service.Stack.SendACK(ack, f); err != nil {
		l.log.Debug("an ACK cannot be sent", "err", err) // the 200 is repeated
	}
}

// win makes the branch that was answered the leg's.
func (l *Leg) win(b *branch, d *dialog, res *sip.Response) {
	l.d = d
	for _, other := range l.branches {
		if other != b {
			other.cancel(call.Elsewhere)
			other.close()
		}
	}
	l.state = active
	body, err := sdpOf(res)
	switch {
	case err != nil:
	case body != nil:
		err = b.half.Accept(body)
	case !b.agreed:
		err = fault.New(fault.Invalid, "our offer was not answered")
	}
	if err != nil {
		l.log.Info("no media can be agreed on", "err", err)
		l.hangUp(mediaReason(err))
		return
	}
	l.peer.learn(res)
	l.service.know(l, d, true)
	l.use(b.half)
	l.answeredInterval(res)
	l.up()
}

// refused takes a final response other than 2xx.
func (b *branch) refused(res *sip.Response) {
	l := b.leg
	switch {
	case l.state != calling || b.gone:
	case challenges(res) && l.user != "" && !b.retried:
		b.retried = true
		next := b.invite.Clone()
		if err := l.authorize(next, res, &b.base); err == nil {
			b.send()
			return
		}
		l.log.Warn("a trunk does not accept our credentials")
	case res.StatusCode == statusIntervalTooSmall && !b.raised:
		b.raised = true
		if l.raiseInterval(res) {
			b.send()
			return
		}
	case res.StatusCode == sip.StatusServiceUnavailable && b.next(), res.StatusCode == sip.StatusNotAcceptableHere && b.insist():
		return
	}
	if res.StatusCode < 400 { // who wants his calls elsewhere says so to the system, which knows what he may and where that leads
		l.log.Info("a peer redirects a call, which is not followed", "status", res.StatusCode, "remote", b.base.flow.Remote, "trunk", b.trunk)
	}
	r := ReasonOf(res.StatusCode)
	if said, ok := saidReason(res); ok && said != call.Success {
		r = said
	}
	b.end(r)
	if res.StatusCode >= 600 && l.state == calling { // RFC 3261 §16.7: nobody else is asked
		l.hangUp(r)
		return
	}
	l.ringOn()
}

// insist offers encryption alone to a phone that has refused an offer which left it the choice.
func (b *branch) insist() bool {
	h, ok := b.half.Media.(interface{ Insist() bool })
	if !ok || !h.Insist() {
		return false
	}
	body, err := b.half.Offer()
	if err != nil {
		return false
	}
	b.body = body
	b.send()
	return true
}

// cancel gives a branch up. What it answers nevertheless is taken back.
func (b *branch) cancel(r call.Reason) {
	if b.ended || b.gone {
		return
	}
	b.gone = true
	stop(b.silent)
	if b.tx != nil {
		b.tx.Cancel(reasonHeader(r))
	}
}

// best orders why branches have ended by how much it says, after RFC 3261 §16.7.
var best = []call.Reason{
	call.Declined, call.Busy, call.NoAnswer, call.Forbidden, call.Insecure, call.Incompatible, call.NotFound, call.Congestion, call.Unavailable,
	call.Cancelled,
}

// ringOn ends the leg when no branch is left.
func (l *Leg) ringOn() {
	if l.state != calling || slices.ContainsFunc(l.branches, func(b *branch) bool { return !b.ended }) {
		return
	}
	r := call.Failed
	for _, candidate := range best {
		if slices.ContainsFunc(l.branches, func(b *branch) bool { return b.reason == candidate }) {
			r = candidate
			break
		}
	}
	l.end(r)
	l.settle()
}

// challenges says that a response asks for credentials.
func challenges(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}

// authorize answers a challenge: the request gets credentials, and what follows in the dialog has them too.
func (l *Leg) authorize(req *sip.Request, res *sip.Response, d *dialog) error {
	if err := digest.Authorize(req, res, l.user, l.password); err != nil {
		return err
	}
	d.credentials = append(req.GetHeaders("authorization"), req.GetHeaders("proxy-authorization")...)
	if d.seq < req.CSeq().SeqNo {
		d.seq = req.CSeq().SeqNo
	}
	d.seq++
	req.ReplaceHeader(&sip.CSeqHeader{SeqNo: d.seq, MethodName: req.Method})
	return nil
}
