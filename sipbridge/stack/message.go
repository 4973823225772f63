package stack

import (
	"bytes"
	"io"
	"strconv"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// maxMessage is how long a message may be. The longest that phones send is an SDP with many codecs and candidates, some 6 kB.
const maxMessage = 64 << 10

// maxHeader is how long the part before the body may be.
const maxHeader = 32 << 10

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render is a message as it goes out.
func render(m interface{ StringWrite(io.StringWriter) }) []byte {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	m.StringWrite(b)
	return bytes.Clone(b.Bytes())
}

// Response is an answer to a request with what every answer has: Via, From, To with a tag, Call-ID, CSeq, and Record-Route where a dialog begins
// (RFC 3261 §8.2.6, §12.1.1). The tag is the same for the same request, so that an answer given twice is the same answer; who makes a
// dialog sets his own.
func Response(req *sip.Request, code int, headers ...sip.Header) *sip.Response {
	res := sip.NewResponse(code, reasons[code])
	for _, h := range req.Headers() {
		switch h.(type) {
		case *sip.ViaHeader:
			res.AppendHeader(h)
		case *sip.RecordRouteHeader:
			if code < 300 {
				res.AppendHeader(h)
			}
		}
	}
	res.AppendHeader(req.From())
	to := req.To()
	if code != sip.StatusTrying && !to.Params.Has("tag") {
		tagged := *to
		tagged.Params = append(to.Params.Clone(), sip.HeaderKV{K: "tag", V: answerTag(req)})
		to = &tagged
	}
	res.AppendHeader(to)
	res.AppendHeader(req.CallID())
	res.AppendHeader(req.CSeq())
	if code == sip.StatusTrying {
		if stamp := req.GetHeader("Timestamp"); stamp != nil {
			res.AppendHeader(stamp)
		}
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	res.SetBody(nil)
	return res
}

// answerTag is made of what tells the transaction, so that it need not be remembered.
func answerTag(req *sip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	return strconv.FormatUint(hash(string(*req.CallID()), branch, strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)), 36)
}

// ackOf is the ACK of a final answer other than 2xx (RFC 3261 §17.1.1.3).
func ackOf(invite *sip.Request, res *sip.Response) *sip.Request {
	req := like(invite, sip.ACK)
	req.AppendHeader(invite.From())
	req.AppendHeader(res.To())
	return finish(req, invite)
}

// cancelOf is the CANCEL of an INVITE (RFC 3261 §9.1).
func cancelOf(invite *sip.Request, headers []sip.Header) *sip.Request {
	req := like(invite, sip.CANCEL)
	req.AppendHeader(invite.From())
	req.AppendHeader(invite.To())
	for _, h := range headers {
		req.AppendHeader(h)
	}
	return finish(req, invite)
}

// like is the beginning of a request that goes the way of the INVITE it concerns.
func like(invite *sip.Request, method sip.RequestMethod) *sip.Request {
	req := sip.NewRequest(method, invite.Recipient)
	req.AppendHeader(invite.Via())
	for _, h := range invite.GetHeaders("route") {
		req.AppendHeader(h)
	}
	return req
}

func finish(req, invite *sip.Request) *sip.Request {
	req.AppendHeader(invite.CallID())
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: req.Method})
	hops := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&hops)
	req.SetBody(nil)
	return req
}

// maxForwards is how many proxies a request of ours may pass (RFC 3261 §8.1.1.6).
const maxForwards = 70

// complete puts in front of a request what says how it travels.
func (s *Stack) complete(req *sip.Request, f Flow, branch string) error {
	host, port, err := s.sentBy(f)
	if err != nil {
		return err
	}
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: f.Transport, Host: host, Port: port,
		Params: sip.HeaderParams{{K: "branch", V: branch}, {K: "rport"}}}
	for req.RemoveHeader("Via") { // of an earlier try, or of another's request that is passed on
	}
	req.PrependHeader(via)
	if req.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(maxForwards)
		req.AppendHeader(&hops)
	}
	req.SetBody(req.Body())
	return nil
}

// reasons are the reason phrases of RFC 3261 §21 and its extensions.
var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 199: "Early Dialog Terminated",
	200: "OK", 202: "Accepted", 204: "No Notification",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 412: "Conditional Request Failed",
	413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
	420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief", 429: "Provide Referrer Identity",
	430: "Flow Failed", 433: "Anonymity Disallowed", 439: "First Hop Lacks Outbound Support", 469: "Bad Info Package",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete",
	485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	493: "Undecipherable", 494: "Security Agreement Required",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
	505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

// Phrase is the usual reason phrase of a status code; "" when there is none.
func Phrase(code int) string { return reasons[code] }
