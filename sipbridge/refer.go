package sipbridge

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
)

// referTime is how long the peer is told that it may wait for the result of a transfer. The owner decides within a moment.
const referTime = "60"

// A refer is a transfer that the peer has asked for and that the owner has not decided on.
type refer struct {
	d     *dialog
	id    uint32 // CSeq of the REFER
	quiet bool   // the peer does not want to be told (RFC 4488)
}

// referred takes a REFER: the peer wants its partner to talk to somebody else (RFC 3515 §2.4.2).
func (l *Leg) referred(d *dialog, in *stack.In) {
	req := in.Request
	switch {
	case l.trunk != "":
		// Whoever calls from outside does not say whom we call at our cost.
		l.service.answer(in, sip.StatusForbidden)
		return
	case l.state != active || l.refer != nil:
		l.service.answer(in, sip.StatusRequestPending)
		return
	}
	to, replaces, ok := referTo(req)
	if !ok {
		l.service.answer(in, sip.StatusBadRequest)
		return
	}
	r := &refer{d: d, id: req.CSeq().SeqNo, quiet: strings.EqualFold(value(req, "refer-sub"), "false")}
	headers := []sip.Header{l.contact(d)}
	if r.quiet {
		headers = append(headers, sip.NewHeader("Refer-Sub", "false"))
	}
	if err := in.Tx.Respond(l.response(in, sip.StatusAccepted, headers...)); err != nil {
		l.log.Debug("a response cannot be sent", "err", err)
	}
	l.refer = r
	r.notify(l, sip.StatusTrying)
	asked := call.TransferAsked{To: call.Party{Number: to}}
	if replaces != "" {
		n, ok := parseReplaces(replaces)
		k, known := l.service.find(n)
		if !ok || !known || k.leg == l.id {
			l.refer = nil
			r.notify(l, sip.StatusCallTransactionDoesNotExists)
			return
		}
		asked.Replaces = k.leg
	}
	l.tell(asked)
}

// referTo reads whom the peer wants its partner to talk to, and the dialog that it has with him.
func referTo(req *sip.Request) (number, replaces string, ok bool) {
	var address sip.Uri
	var params sip.HeaderParams
	v := value(req, "refer-to")
	if len(values(req, "refer-to")) != 1 {
		return "", "", false
	}
	if _, err := sip.ParseAddressValue(v, &address, &params); err != nil {
		return "", "", false
	}
	if m, ok := params.Get("method"); ok && !strings.EqualFold(m, "INVITE") {
		return "", "", false
	}
	if m, ok := address.UriParams.Get("method"); ok && !strings.EqualFold(m, "INVITE") {
		return "", "", false
	}
	for _, h := range address.Headers {
		if strings.EqualFold(h.K, "Replaces") {
			replaces = percentDecode(h.V)
		}
	}
	number = user(address)
	return number, replaces, number != "" || replaces != ""
}

// transferred tells the peer what has become of its transfer.
func (l *Leg) transferred(c call.TransferResult) {
	r := l.refer
	if r == nil {
		return
	}
	l.refer = nil
	code := sip.StatusOK
	if !c.Done {
		code = Status(c.Reason)
	}
	r.notify(l, code)
}

// notify sends a NOTIFY with what has become of the transfer (RFC 3515 §2.4.5).
func (r *refer) notify(l *Leg, code int) {
	if r.quiet {
		return
	}
	state := "active;expires=" + referTime
	if code >= 200 {
		state = "terminated;reason=noresource"
	}
	req := r.d.request(sip.NOTIFY, l.contact(r.d),
		sip.NewHeader("Event", "refer;id="+strconv.FormatUint(uint64(r.id), 10)),
		sip.NewHeader("Subscription-State", state),
		sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte("SIP/2.0 " + strconv.Itoa(code) + " " + stack.Phrase(code) + "\r\n"))
	l.busy++
	l.ask(r.d, req, func(*sip.Response, error) { l.done() })
}
