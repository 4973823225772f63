package events

import (
	"crypto/rand"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// The event packages that there are.
const (
	dialogEvent   = "dialog"          // RFC 4235
	messagesEvent = "message-summary" // RFC 3842
)

// types are what their NOTIFYs carry.
var types = map[string]string{dialogEvent: "application/dialog-info+xml", messagesEvent: "application/simple-message-summary"}

// Times of a subscription in seconds.
const (
	least   = 60
	longest = 3600
)

// subscribe handles a SUBSCRIBE, in the mailbox of its Call-ID (RFC 6665 §4.2.1).
func (s *Service) subscribe(in *stack.In) {
	req := in.Request
	event, id := eventOf(req)
	if types[event] == "" {
		s.answer(in, 489, sip.NewHeader("Allow-Events", dialogEvent+", "+messagesEvent))
		return
	}
	if !accepts(req, types[event]) {
		s.answer(in, sip.StatusNotAcceptable)
		return
	}
	seconds, ok := expires(req)
	switch {
	case !ok:
		s.answer(in, sip.StatusBadRequest)
		return
	case seconds > 0 && seconds < least:
		s.answer(in, sip.StatusIntervalToBrief, sip.NewHeader("Min-Expires", strconv.Itoa(least)))
		return
	}
	seconds = min(seconds, longest)
	phone, ok := s.Phones.Authenticate(in)
	if !ok {
		return
	}
	if tag, within := req.To().Params.Get("tag"); within {
		sub := s.find(tag)
		if sub == nil || sub.callID != string(*req.CallID()) || sub.event != event || sub.id != id || sub.phone.Device != phone.Device {
			s.answer(in, sip.StatusCallTransactionDoesNotExists)
			return
		}
		sub.refresh(in, seconds)
		return
	}
	sub := &subscription{service: s, phone: phone, event: event, id: id, resource: unescape(req.Recipient.User), tag: rand.Text(), callID: string(*req.CallID())}
	if !sub.learn(in) {
		s.answer(in, sip.StatusBadRequest)
		return
	}
	if _, err := sub.body(0); err != nil {
		s.refuse(in, err)
		return
	}
	if err := s.add(sub); err != nil {
		s.refuse(in, err)
		return
	}
	sub.refresh(in, seconds)
}

// eventOf reads what is subscribed to.
func eventOf(req *sip.Request) (event, id string) {
	h := req.GetHeader("Event")
	if h == nil {
		h = req.GetHeader("o")
	}
	if h == nil {
		return "", ""
	}
	event, params, _ := strings.Cut(h.Value(), ";")
	for p := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "id") {
			id = value
		}
	}
	return strings.ToLower(strings.TrimSpace(event)), id
}

// accepts reports whether the phone can read a type: without Accept it can read that of its event.
func accepts(req *sip.Request, kind string) bool {
	list := req.GetHeaders("Accept")
	for _, h := range list {
		for text := range strings.SplitSeq(h.Value(), ",") {
			text, _, _ = strings.Cut(text, ";")
			switch text = strings.ToLower(strings.TrimSpace(text)); text {
			case kind, "*/*", "application/*":
				return true
			}
		}
	}
	return len(list) == 0
}

// expires reads for how many seconds the phone wants to be told.
func expires(req *sip.Request) (seconds int, ok bool) {
	h := req.GetHeader("Expires")
	if h == nil {
		return longest, true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 32)
	return int(n), err == nil
}

// refuse answers by the kind of an error. Who may not see somebody is told that there is nobody.
func (s *Service) refuse(in *stack.In, err error) {
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Forbidden, fault.Invalid:
		s.answer(in, sip.StatusNotFound)
	case fault.Limit, fault.Unavailable, fault.Busy:
		s.answer(in, sip.StatusServiceUnavailable, sip.NewHeader("Retry-After", "60"))
	default:
		s.Log.Error("a subscription fails", "err", err)
		s.answer(in, sip.StatusInternalServerError)
	}
}

func (s *Service) answer(in *stack.In, code int, headers ...sip.Header) {
	if err := in.Tx.Answer(code, headers...); err != nil {
		s.Log.Debug("an answer cannot be sent", "call", in.Request.CallID().Value(), "code", code, "err", err)
	}
}

// unescape reads a user part (RFC 3261 §19.1.2). What is no escape stays.
func unescape(user string) string {
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		if user[i] == '%' && i+2 < len(user) {
			if n, err := strconv.ParseUint(user[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(user[i])
	}
	return b.String()
}
