package sipbridge

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// incoming is the INVITE of a leg that came in, and what it was answered.
type incoming struct {
	*stack.In
	offer    []byte       // nil when we are to make one (RFC 3264 §4, RFC 3261 §13.2.1)
	why      []sip.Header // what was wrong with the offer, in words
	half     *half
	body     []byte // our SDP, once it was made
	rung     bool
	early    bool // our answer went out before the call was taken
	taken    bool // by the owner: it is answered as soon as the caller has what was sent before
	identity *call.Party
	reliable reliable
}

// invite takes an INVITE (RFC 3261 §13.3, §14.2).
func (s *Service) invite(in *stack.In) {
	if in.Request.To().Params.Has("tag") {
		s.within((*Leg).reinvited)(in)
		return
	}
	i, l, ok := s.caller(in)
	if !ok || !s.acceptable(in, len(i.Diverted)) {
		return
	}
	req := in.Request
	body, err := sdpOf(req)
	if err != nil {
		s.answer(in, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", acceptSDP))
		return
	}
	d, err := answering(in, l.tag)
	if err != nil {
		s.answer(in, sip.StatusBadRequest)
		return
	}
	replaced, code := s.replaces(req)
	if code != 0 {
		s.answer(in, code)
		return
	}
	if err := s.add(l); err != nil {
		s.answer(in, Status(kinds[fault.KindOf(err)]), sip.NewHeader("Retry-After", "10"))
		return
	}
	l.state, l.d = called, d
	l.peer.learn(req)
	l.invite = incoming{In: in, offer: body}
	l.invite.reliable.want(req)
	in.Tx.OnCancel(func(cancel *sip.Request) { l.guard(func() { l.cancelled(cancel) }) })
	o := s.offered(l, i, body)
	o.Replaces = replaced
	l.guard(func() { l.begin(i, o) })
}

// begin brings the leg to its owner, unless its offer could not be answered: then nobody is rung.
func (l *Leg) begin(i Incoming, o call.Offer) {
	if l.invite.offer != nil && !l.makeHalf((*half).takes) {
		return
	}
	sink, err := l.service.Owner.Incoming(i, l, o)
	if err != nil {
		l.log.Info("a call is refused", "err", err)
		if o.Replaces != "" && fault.KindOf(err) == fault.NotFound { // RFC 3891 §3
			l.end(call.NotFound)
			l.refuse(sip.StatusCallTransactionDoesNotExists)
			return
		}
		l.hangUp(kinds[fault.KindOf(err)])
		return
	}
	l.sink = sink
	l.ring = l.after(l.service.cfg.Ring, func() {
		if l.state == called {
			l.hangUp(call.NoAnswer)
		}
	})
}

// caller finds out who calls. When it reports false the request has been answered.
func (s *Service) caller(in *stack.In) (Incoming, *Leg, bool) {
	req := in.Request
	i := Incoming{Dialled: user(req.Recipient), Language: language(req), Anonymous: anonymous(req), Diverted: diverted(req)}
	l := s.newLeg(call.Incoming, call.LegID(newTag()), string(*req.CallID()), newTag())
	if s.Trunks != nil {
		if trunk, account, ok := s.Trunks.Identify(in); ok {
			i.Trunk, i.Account, i.Dialled = trunk, account, user(sip.Uri{User: s.Trunks.Dialled(trunk, account, req)})
			l.trunk, l.account = trunk, account
			l.log = l.log.With("trunk", trunk, "account", account)
			return i, l, true
		}
	}
	phone, ok := s.Phones.Authenticate(in)
	if !ok {
		return i, nil, false
	}
	i.Device, i.Owner = phone.Device, phone.Owner
	l.device, l.encrypt = phone.Device, phone.Encrypt
	l.log = l.log.With("device", phone.Device)
	return i, l, true
}

// acceptable checks what an INVITE asks of us. When it reports false the request has been answered.
func (s *Service) acceptable(in *stack.In, diversions int) bool {
	if diversions > s.cfg.Diversions {
		s.answer(in, sip.StatusLoopDetected)
		return false
	}
	return s.intervalFits(in)
}

// offered is the offer of a leg.
func (s *Service) offered(l *Leg, i Incoming, body []byte) call.Offer {
	o := call.Offer{ID: l.id, To: call.Party{Number: i.Dialled}, Forwards: len(i.Diverted), Codecs: codecsOf(body)}
	req := l.invite.Request
	from := req.From()
	if hops := req.MaxForwards(); hops != nil {
		o.Hops = int(min(*hops, maxHops))
	}
	o.From = call.Party{JID: i.Owner, Number: user(from.Address), Name: clip(unescape(from.DisplayName))}
	if l.trunk != "" { // it vouches for the number, the caller himself for what he has written into From
		if name, address, ok := asserted(req); ok {
			o.From.Number = user(address)
			if name != "" {
				o.From.Name = name
			}
		}
		if i.Anonymous {
			o.From.Number, o.From.Name = "", ""
		}
	}
	return o
}

// maxHops is the highest number of servers that a call may pass (RFC 3261 §20.22).
const maxHops = 255

func codecsOf(body []byte) []media.Codec {
	if body == nil {
		return nil
	}
	return rtp.OfferCodecs(body)
}

// asserted is who calls by the word of the network (RFC 3325 §9.1, and its forerunner).
func asserted(req *sip.Request) (name string, address sip.Uri, ok bool) {
	for _, field := range []string{"p-asserted-identity", "remote-party-id"} {
		for _, v := range values(req, field) {
			var params sip.HeaderParams
			display, err := sip.ParseAddressValue(v, &address, &params)
			if err == nil && user(address) != "" {
				return clip(unescape(display)), address, true
			}
		}
	}
	return "", sip.Uri{}, false
}

// anonymous says that the caller does not want to be known (RFC 3323 §4.1, RFC 3325 §7).
func anonymous(req *sip.Request) bool {
	for _, v := range values(req, "privacy") {
		for _, p := range split(v, ';') {
			switch strings.ToLower(p) {
			case "id", "user", "header":
				return true
			}
		}
	}
	host := strings.ToLower(req.From().Address.Host)
	return host == "anonymous.invalid" || strings.EqualFold(req.From().Address.User, "anonymous")
}

// maxDiversions is how many of the parties that have forwarded a call are looked at.
const maxDiversions = 30

// diverted is who has forwarded the call, the last one first (RFC 5806 §4). A party that says to have done so several times counts as often.
func diverted(req *sip.Request) []string {
	var list []string
	for _, v := range values(req, "diversion") {
		var address sip.Uri
		var params sip.HeaderParams
		if _, err := sip.ParseAddressValue(v, &address, &params); err != nil {
			continue
		}
		times, _ := params.Get("counter")
		for range min(max(1, atoi(times)), maxDiversions) {
			if len(list) < maxDiversions {
				list = append(list, user(address))
			}
		}
	}
	return list
}

// language is the one that the caller prefers.
func language(req *sip.Request) string {
	for _, v := range values(req, "accept-language") {
		tag, _, _ := strings.Cut(v, ";")
		if tag = strings.TrimSpace(tag); tag != "*" && len(tag) <= 35 { // RFC 5646 §4.4.1
			return tag
		}
	}
	return ""
}

// response makes a response to the INVITE of the leg, with our tag.
func (l *Leg) response(in *stack.In, code int, headers ...sip.Header) *sip.Response {
	res := stack.Response(in.Request, code, headers...)
	if to := res.To(); code > sip.StatusTrying {
		tagged := *to
		tagged.Params = append(in.Request.To().Params.Clone(), sip.HeaderKV{K: "tag", V: l.tag})
		if in.Request.To().Params.Has("tag") {
			tagged.Params = in.Request.To().Params
		}
		res.ReplaceHeader(&tagged)
	}
	return res
}

// contact is where the peer reaches us within the dialog.
func (l *Leg) contact(d *dialog) sip.Header {
	c := l.service.Stack.Contact(d.flow, d.contactUser)
	return &c
}

// refuse ends the INVITE of a leg that came in.
func (l *Leg) refuse(code int, headers ...sip.Header) {
	l.invite.reliable.stop()
	if code == sip.StatusServiceUnavailable {
		headers = append(headers, sip.NewHeader("Retry-After", "10"))
	}
	if err := l.invite.Tx.Respond(l.response(l.invite.In, code, headers...)); err != nil {
		l.log.Debug("a call cannot be refused", "err", err)
	}
	l.settle()
}

// cancelled takes a CANCEL: the caller has given up, or has been answered by another (RFC 3261 §9.2).
func (l *Leg) cancelled(cancel *sip.Request) {
	if l.state != called {
		return
	}
	r, ok := saidReason(cancel)
	if !ok || r != call.Elsewhere {
		r = call.Cancelled
	}
	l.end(r)
	l.refuse(sip.StatusRequestTerminated)
}

// alert tells the caller that somebody is being rung for him.
func (l *Leg) alert(early bool) {
	i := &l.invite
	if l.state != called || i.taken || i.early {
		return
	}
	if early && i.offer != nil {
		if !l.negotiate() {
			return
		}
		i.early = true
		l.provisional(sip.StatusSessionInProgress, i.body)
		l.use(i.half)
		return
	}
	if !i.rung {
		i.rung = true
		l.provisional(sip.StatusRinging, nil)
	}
}

// preferred says what the partner can take, before our answer is made.
func (l *Leg) preferred(codecs []media.Codec) {
	l.prefer = codecs
	if l.invite.half != nil && l.invite.body == nil {
		l.invite.half.Prefer(codecs)
	}
}

// negotiate makes our SDP for the INVITE: the answer, or an offer when there was none. When it reports false the leg has ended.
func (l *Leg) negotiate() bool {
	i := &l.invite
	if i.body != nil {
		return true
	}
	return l.makeHalf(func(h *half, offer []byte) (err error) {
		if offer != nil {
			i.body, err = h.Answer(offer)
		} else {
			i.body, err = h.Offer()
		}
		return err
	})
}

func (h *half) takes(offer []byte) error { return h.Takes(offer) }

// makeHalf makes the media half of the INVITE, if it is not there yet, and does something with it and the offer. When it reports false the leg has ended.
func (l *Leg) makeHalf(do func(h *half, offer []byte) error) bool {
	i := &l.invite
	var err error
	if i.half == nil {
		i.half, err = l.newHalf(i.Flow, false)
	}
	if err == nil {
		err = do(i.half, i.offer)
	}
	if err == nil {
		return true
	}
	l.log.Info("no media can be agreed on", "err", err)
	l.invite.why = warning(err)
	l.hangUp(mediaReason(err))
	return false
}

// warning tells the peer in words what was wrong with his offer (RFC 3261 §20.43), if it was that.
func warning(err error) []sip.Header {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Text == "" {
		return nil
	}
	return []sip.Header{sip.NewHeader("Warning", `399 plenum "`+escape(f.Text)+`"`)}
}

// mediaReason is why a call ends whose media could not be agreed on.
func mediaReason(err error) call.Reason {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return call.Incompatible
	case fault.Limit, fault.Unavailable:
		return call.Congestion
	}
	return call.Failed
}

// accept answers the call, once what was sent reliably has arrived (RFC 3262 §3).
func (l *Leg) accept() {
	i := &l.invite
	if l.state != called {
		return
	}
	i.taken = true
	if i.reliable.waits() || !l.negotiate() {
		return
	}
	l.state = answered
	l.service.know(l, l.d, true)
	stop(l.ring)
	res := l.response(i.In, sip.StatusOK, l.contact(l.d))
	for _, h := range append(abilities(), l.agreeInterval(i.Request)...) {
		res.AppendHeader(h)
	}
	l.appendIdentity(res, i.identity)
	setSDP(res, i.body)
	l.repeat(i.In, res, i.offer == nil, l.confirmed)
	if i.offer != nil {
		l.use(i.half)
	}
}

// confirmed takes the ACK of our 200.
func (l *Leg) confirmed(ack *sip.Request) {
	i := &l.invite
	if i.offer == nil {
		body, err := sdpOf(ack)
		if err == nil && body == nil {
			err = fault.New(fault.Invalid, "the offer in our answer was not answered")
		}
		if err == nil {
			err = i.half.Accept(body)
		}
		if err != nil {
			l.log.Info("no media can be agreed on", "err", err)
			l.state = active
			l.hangUp(call.Incompatible)
			return
		}
		l.use(i.half)
	}
	l.up()
}

// up is the beginning of the conversation.
func (l *Leg) up() {
	l.state = active
	stop(l.ring)
	l.tell(call.Answered{})
	if h := l.media.Load(); h != nil && l.state == active {
		h.Watch()
	}
	l.startSession()
	l.next()
}
