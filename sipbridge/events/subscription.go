package events

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A subscription is a dialog with a phone. Only its mailbox touches it; what is said to stay may be read anywhere.
type subscription struct {
	service  *Service
	phone    Phone   // stays
	event    string  // stays
	id       string  // of the Event header: stays
	resource string  // the extension or mailbox that the phone has named: stays
	callID   string  // stays
	tag      string  // ours: stays
	mailbox  jid.JID // whose messages: stays
	release  func()
	conn     atomic.Uint64 // by which the phone was heard last

	local   sip.ToHeader
	remote  sip.FromHeader
	target  sip.Uri
	routes  []sip.Uri
	flow    stack.Flow
	heard   uint32 // CSeq of the last SUBSCRIBE
	seq     uint32 // of the last NOTIFY
	version uint32 // of the next document
	shown   string // by the last: its text as of version 0
	expires time.Time
	expiry  *time.Timer

	sending bool        // a NOTIFY has no answer yet
	dirty   bool        // and another must follow
	asked   bool        // even if nothing has changed
	pause   *time.Timer // until the next may be sent
	ended   bool
}

func (sub *subscription) post(fn func()) bool { return sub.service.Stack.Post(sub.callID, fn) }

// learn takes from a SUBSCRIBE who is told, and how he is reached.
func (sub *subscription) learn(in *stack.In) bool {
	req := in.Request
	contact := req.Contact()
	if contact == nil {
		return false
	}
	sub.target, sub.flow, sub.heard = contact.Address, in.Flow, req.CSeq().SeqNo
	sub.conn.Store(in.Flow.Conn)
	if sub.local.Params == nil {
		to, from := req.To(), req.From()
		sub.local = sip.ToHeader{DisplayName: to.DisplayName, Address: to.Address, Params: sip.HeaderParams{{K: "tag", V: sub.tag}}}
		sub.remote = *from
		for _, h := range req.GetHeaders("record-route") {
			if r, ok := h.(*sip.RecordRouteHeader); ok {
				sub.routes = append(sub.routes, r.Address)
			}
		}
	}
	return true
}

// refresh answers a SUBSCRIBE and tells the state (RFC 6665 §4.2.1.2). 0 seconds end the subscription.
func (sub *subscription) refresh(in *stack.In, seconds int) {
	s := sub.service
	if in.Request.CSeq().SeqNo < sub.heard || !sub.learn(in) {
		s.answer(in, sip.StatusInternalServerError) // RFC 3261 §12.2.2
		return
	}
	contact := s.Stack.Contact(sub.flow, escape(sub.resource))
	res := stack.Response(in.Request, sip.StatusOK, &contact, sip.NewHeader("Expires", strconv.Itoa(seconds)))
	res.ReplaceHeader(&sub.local)
	if err := in.Tx.Respond(res); err != nil {
		s.Log.Debug("an answer cannot be sent", "call", sub.callID, "err", err)
	}
	if seconds == 0 {
		sub.terminate("timeout")
		return
	}
	sub.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	if sub.expiry != nil {
		sub.expiry.Stop()
	}
	sub.expiry = time.AfterFunc(time.Until(sub.expires), func() { sub.post(sub.expire) })
	sub.notify(true)
}

// expire ends a subscription that was not refreshed.
func (sub *subscription) expire() {
	if !sub.ended && !time.Now().Before(sub.expires) {
		sub.terminate("timeout")
	}
}

// between is the time between two NOTIFYs at least, unless the phone has asked (RFC 4235 §3.10).
const between = time.Second

// changed tells the phone that something has changed, as soon as it may be told again.
func (sub *subscription) changed() {
	switch {
	case sub.ended:
	case sub.sending || sub.pause != nil:
		sub.dirty = true
	default:
		sub.notify(false)
	}
}

// notify sends the state as it is, after the NOTIFY that is under way; unless the phone has asked only when it is another. Who may not see it any more is
// told that.
func (sub *subscription) notify(asked bool) {
	sub.asked = sub.asked || asked
	if sub.sending {
		sub.dirty = true
		return
	}
	asked, sub.asked, sub.dirty = sub.asked, false, false
	body, err := sub.body(0)
	if err == nil && !asked && string(body) == sub.shown {
		return
	}
	if err == nil {
		sub.shown = string(body)
		body, err = sub.body(sub.version)
	}
	if err != nil {
		switch fault.KindOf(err) {
		case fault.NotFound:
			sub.terminate("noresource")
		case fault.Forbidden:
			sub.terminate("rejected")
		default:
			sub.terminate("giveup")
		}
		return
	}
	left := max(0, int(time.Until(sub.expires).Round(time.Second)/time.Second))
	sub.send("active;expires="+strconv.Itoa(left), body)
}

// terminate sends the last NOTIFY, and ends the subscription.
func (sub *subscription) terminate(reason string) {
	if sub.ended {
		return
	}
	var body []byte
	if reason == "timeout" { // who just asks once, gets the state by it
		body, _ = sub.body(sub.version)
	}
	sub.send("terminated;reason="+reason, body)
	sub.end()
}

// end forgets the subscription.
func (sub *subscription) end() {
	if sub.ended {
		return
	}
	sub.ended = true
	for _, timer := range []*time.Timer{sub.expiry, sub.pause} {
		if timer != nil {
			timer.Stop()
		}
	}
	sub.service.remove(sub)
}

// send sends a NOTIFY (RFC 6665 §4.2.2).
func (sub *subscription) send(state string, body []byte) {
	s := sub.service
	sub.seq++
	uri, routes := sub.target, sub.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router (RFC 3261 §12.2.1.1)
		uri, routes = routes[0], append(routes[1:len(routes):len(routes)], sub.target)
	}
	req := sip.NewRequest(sip.NOTIFY, uri)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	req.AppendHeader(&sip.FromHeader{DisplayName: sub.local.DisplayName, Address: sub.local.Address, Params: sub.local.Params})
	req.AppendHeader(&sip.ToHeader{DisplayName: sub.remote.DisplayName, Address: sub.remote.Address, Params: sub.remote.Params})
	id := sip.CallIDHeader(sub.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: sub.seq, MethodName: sip.NOTIFY})
	contact := s.Stack.Contact(sub.flow, escape(sub.resource))
	req.AppendHeader(&contact)
	event := sub.event
	if sub.id != "" {
		event += ";id=" + sub.id
	}
	req.AppendHeader(sip.NewHeader("Event", event))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	if body != nil {
		req.AppendHeader(sip.NewHeader("Content-Type", types[sub.event]))
		req.SetBody(body)
		sub.version++
	}
	sub.sending, sub.dirty = true, false
	if sub.pause == nil {
		sub.pause = time.AfterFunc(between, func() { sub.post(sub.resume) })
	} else {
		sub.pause.Reset(between)
	}
	if _, err := s.Stack.Do(req, sub.flow, sub.answered); err != nil {
		s.Log.Debug("a NOTIFY cannot be sent", "call", sub.callID, "err", err)
		sub.end()
	}
}

// answered takes the answer of a NOTIFY. A phone that does not know the subscription, or does not answer, has none any more.
func (sub *subscription) answered(res *sip.Response, err error) {
	if res != nil && res.StatusCode < 200 || sub.ended {
		return
	}
	if err != nil || res.StatusCode >= 300 {
		sub.end()
		return
	}
	sub.sending = false
	if sub.dirty && sub.pause == nil {
		sub.notify(false)
	}
}

// resume tells what changed meanwhile.
func (sub *subscription) resume() {
	sub.pause = nil
	if sub.dirty && !sub.sending && !sub.ended {
		sub.notify(false)
	}
}
