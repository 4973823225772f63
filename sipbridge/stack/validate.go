package stack

import (
	"mime"
	"net/netip"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// options are the extensions that a request may require of us (RFC 3261 §8.2.2.3): those of the dialogs, and of the registrar.
var options = []string{"100rel", "timer", "replaces", "norefersub", "outbound"}

// methods are those that exist, so that 405 can be told from 501 (RFC 3261 §8.2.1, §21.5.2).
var methods = []sip.RequestMethod{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.REGISTER, sip.OPTIONS, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.INFO, sip.MESSAGE,
	sip.PRACK, sip.UPDATE, sip.PUBLISH}

// carriers are the methods whose bodies are offers and answers.
var carriers = []sip.RequestMethod{sip.INVITE, sip.ACK, sip.PRACK, sip.UPDATE}

// objection looks whether a request can be handled at all, in the order of RFC 3261 §8.2. It returns nil when it can.
func (s *Stack) objection(req *sip.Request) *sip.Response {
	switch {
	case req.Method != sip.CANCEL && s.handlers[req.Method] == nil:
		code := sip.StatusMethodNotAllowed
		if !slices.Contains(methods, req.Method) {
			code = sip.StatusNotImplemented
		}
		return Response(req, code, sip.NewHeader("Allow", s.allow()))
	case !slices.Contains([]string{"sip", "sips", "tel"}, req.Recipient.Scheme):
		return Response(req, sip.StatusRequestedRangeNotSatisfiable) // 416, whose name in SIP is Unsupported URI Scheme
	}
	if req.Method == sip.CANCEL || req.Method == sip.ACK {
		return nil // RFC 3261 §8.2.2.3
	}
	if unknown := unsupported(req); len(unknown) > 0 {
		return Response(req, sip.StatusBadExtension, sip.NewHeader("Unsupported", strings.Join(unknown, ", ")))
	}
	if res := bodyObjection(req); res != nil {
		return res
	}
	if hops := req.MaxForwards(); hops != nil && *hops == 0 && req.Method == sip.INVITE {
		return Response(req, sip.StatusTooManyHops) // a call goes on from here (RFC 7332 §4); for all else this is the end of the way
	}
	return nil
}

func (s *Stack) allow() string {
	all := []string{string(sip.CANCEL)}
	for method := range s.handlers {
		all = append(all, string(method))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func unsupported(req *sip.Request) (unknown []string) {
	for _, h := range req.GetHeaders("require") {
		for option := range strings.SplitSeq(h.Value(), ",") {
			if option = strings.TrimSpace(option); option != "" && !slices.Contains(options, strings.ToLower(option)) {
				unknown = append(unknown, option)
			}
		}
	}
	return unknown
}

// bodyObjection looks at bodies of calls, and at what the caller takes for an answer.
func bodyObjection(req *sip.Request) *sip.Response {
	if !slices.Contains(carriers, req.Method) {
		return nil
	}
	if accept := req.GetHeaders("accept"); req.Method == sip.INVITE && len(accept) > 0 && !takesSDP(accept) {
		return Response(req, sip.StatusNotAcceptable)
	}
	if len(req.Body()) == 0 || optional(req) {
		return nil
	}
	if e := req.GetHeader("content-encoding"); e != nil && !strings.EqualFold(e.Value(), "identity") {
		return Response(req, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept-Encoding", "identity"))
	}
	kind := ""
	if t := req.ContentType(); t != nil {
		kind, _, _ = mime.ParseMediaType(t.Value())
	}
	if kind != "application/sdp" && !strings.HasPrefix(kind, "multipart/") {
		return Response(req, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", "application/sdp, multipart/mixed"))
	}
	return nil
}

// optional says that the body may be ignored (RFC 3261 §20.11).
func optional(req *sip.Request) bool {
	h := req.GetHeader("content-disposition")
	return h != nil && strings.Contains(strings.ToLower(h.Value()), "handling=optional")
}

func takesSDP(accept []sip.Header) bool {
	for _, h := range accept {
		for t := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ := strings.Cut(strings.ToLower(t), ";")
			if kind = strings.TrimSpace(kind); kind == "application/sdp" || kind == "application/*" || kind == "*/*" {
				return true
			}
		}
	}
	return false
}

// ours says whether a request is for this server: for one of its names, or for an address, of which it need not know all that lead to it.
func (s *Stack) ours(req *sip.Request) bool {
	uri := &req.Recipient
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return true // a number, or what is refused anyway
	}
	if _, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil {
		return true
	}
	same := func(name string) bool { return strings.EqualFold(name, uri.Host) }
	return slices.ContainsFunc(s.parts.Domains, same) || slices.ContainsFunc(s.cfg.Hosts, same)
}
