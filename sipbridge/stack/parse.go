package stack

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The parser makes sipgo's messages. It is not sipgo's, which takes some of RFC 4475's broken messages for good ones and refuses some of the good
// ones. What a parameter's value is quoted by stays in it, unless there is a space inside: sipgo writes quotes then.

// Limits of a message's header, far beyond what is seen.
const (
	maxHeaders = 200
	maxVias    = 70 // as many proxies as Max-Forwards lets a request pass
)

// A fault is why a message cannot be taken. What could be read of it is enough to answer with the code, or there is no message.
type fault struct {
	code int
	why  string
}

func badf(format string, args ...any) *fault {
	return &fault{sip.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// A field is one header field, unfolded; a name that was compact is written out.
type field struct{ name, lower, value string }

// A parsed message. A message with a fault is incomplete: it is good for refusing alone.
type parsed struct {
	msg    sip.Message // nil when not even the start line makes sense
	fields []field
	fault  *fault
}

// parse reads a message. On a stream its end is known from Content-Length, which must be there.
func parse(b []byte, stream bool) (p parsed) {
	text := strings.TrimLeft(string(b), "\r\n") // RFC 3261 §7.5
	start, rest := cutLine(text)
	if p.msg, p.fault = startLine(start); p.msg == nil {
		return p
	}
	body, f := p.split(rest)
	p.note(f)
	p.note(p.headers())
	p.note(p.body(body, stream))
	return p
}

// note keeps the first fault.
func (p *parsed) note(f *fault) {
	if p.fault == nil {
		p.fault = f
	}
}

// cutLine cuts at CRLF. A line feed alone ends a line too: some gateways write no more.
func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// startLine reads a request or status line. It returns no message for what is not SIP.
func startLine(line string) (sip.Message, *fault) {
	if len(line) >= 4 && strings.EqualFold(line[:4], "SIP/") {
		version, rest, _ := strings.Cut(line, " ")
		code, reason, _ := strings.Cut(rest, " ") // a reason may be empty, and then the space before it is sometimes missing
		n, err := strconv.Atoi(code)
		if err != nil || len(code) != 3 || n < 100 || n > 699 || !strings.EqualFold(version, "SIP/2.0") {
			return nil, nil
		}
		return sip.NewResponse(n, reason), nil
	}
	words := strings.Fields(line)
	if len(words) < 3 || !token(words[0]) || len(words[len(words)-1]) < 4 || !strings.EqualFold(words[len(words)-1][:4], "SIP/") {
		return nil, nil
	}
	req := sip.NewRequest(sip.RequestMethod(words[0]), sip.Uri{})
	if len(words) != 3 || line != words[0]+" "+words[1]+" "+words[2] {
		return req, badf("the request line has spaces where there should be none")
	}
	uri, err := parseURI(words[1])
	switch {
	case !strings.EqualFold(words[2], "SIP/2.0"):
		return req, &fault{sip.StatusVersionNotSupported, "the version of SIP is not known"}
	case err != nil:
		return req, badf("the Request-URI is wrong: %s", err)
	case len(uri.Headers) > 0:
		return req, badf("the Request-URI has headers in it") // RFC 3261 §19.1.1, table 1
	}
	req.Recipient = uri
	return req, nil
}

// compact are the short names of headers, by RFC 3261 §7.3.3 and the registry since.
var compact = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding", "f": "From", "i": "Call-ID",
	"j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To", "s": "Subject",
	"t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}

// split takes the header apart into fields, and returns what follows it.
func (p *parsed) split(text string) (body string, f *fault) {
	for {
		if text == "" {
			return "", badf("the header does not end")
		}
		var line string
		if line, text = cutLine(text); line == "" {
			return text, f
		}
		for text != "" && (text[0] == ' ' || text[0] == '\t') { // folded (RFC 3261 §7.3.1)
			var more string
			more, text = cutLine(text)
			line += " " + strings.Trim(more, " \t")
		}
		name, value, found := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		switch {
		case !found || !token(name):
			f = first(f, badf("%q is no header field", clip(line)))
			continue
		case len(p.fields) == maxHeaders:
			return "", badf("there are more than %d header fields", maxHeaders)
		case forbidden(value):
			f = first(f, badf("%s has octets in it that no header may have", name))
		}
		lower := strings.ToLower(name)
		if long, ok := compact[lower]; ok {
			name, lower = long, strings.ToLower(long)
		}
		p.fields = append(p.fields, field{name, lower, strings.Trim(value, " \t")})
	}
}

// forbidden says that a value has octets in it that no header may have: a NUL may stand in a quoted string alone, after a backslash.
func forbidden(value string) bool {
	if i := strings.IndexAny(value, "\x00\r"); i < 0 {
		return false
	}
	for i := range len(value) {
		if value[i] == '\r' || value[i] == 0 && (i == 0 || value[i-1] != '\\') {
			return true
		}
	}
	return false
}

func first(f, g *fault) *fault {
	if f != nil {
		return f
	}
	return g
}

func clip(s string) string { return s[:min(len(s), 40)] }

// single are the headers of which there is one at most.
var single = []string{"from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "refer-to", "referred-by", "expires", "event"}

// headers makes sipgo's headers of the fields.
func (p *parsed) headers() (f *fault) {
	seen := map[string]bool{}
	for _, h := range p.fields {
		if seen[h.lower] && contains(single, h.lower) {
			f = first(f, badf("there are two of %s", h.name))
			continue
		}
		seen[h.lower] = true
		made, err := makeHeader(h)
		if err != nil {
			f = first(f, badf("%s is wrong: %s", h.name, err))
			continue
		}
		for _, m := range made {
			p.msg.AppendHeader(m)
		}
	}
	for _, must := range []struct{ name, lower string }{{"Via", "via"}, {"From", "from"}, {"To", "to"}, {"Call-ID", "call-id"}, {"CSeq", "cseq"}} {
		if !seen[must.lower] {
			f = first(f, badf("there is no %s", must.name))
		}
	}
	if len(p.msg.GetHeaders("via")) > maxVias {
		f = first(f, badf("there are more than %d Vias", maxVias))
	}
	if req, ok := p.msg.(*sip.Request); ok && f == nil && req.CSeq().MethodName != req.Method {
		f = badf("the CSeq is for %s", req.CSeq().MethodName)
	}
	return f
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if s == t {
			return true
		}
	}
	return false
}

// makeHeader reads a field. Of those that are lists it makes one header for each part.
func makeHeader(h field) ([]sip.Header, error) {
	s := &scanner{s: h.value}
	switch h.lower {
	case "via":
		return list(s, func() (sip.Header, error) { return s.via() })
	case "from":
		a, err := s.whole(s.address)
		return []sip.Header{&sip.FromHeader{DisplayName: a.display, Address: a.uri, Params: a.params}}, err
	case "to":
		a, err := s.whole(s.address)
		return []sip.Header{&sip.ToHeader{DisplayName: a.display, Address: a.uri, Params: a.params}}, err
	case "contact":
		if h.value == "*" {
			return []sip.Header{&sip.ContactHeader{Address: sip.Uri{Host: "*", Wildcard: true}}}, nil
		}
		return list(s, func() (sip.Header, error) {
			a, err := s.address()
			return &sip.ContactHeader{DisplayName: a.display, Address: a.uri, Params: a.params}, err
		})
	case "route":
		return list(s, func() (sip.Header, error) {
			a, err := s.address()
			return &sip.RouteHeader{Address: a.uri}, err
		})
	case "record-route":
		return list(s, func() (sip.Header, error) {
			a, err := s.address()
			return &sip.RecordRouteHeader{Address: a.uri}, err
		})
	case "refer-to":
		// Compat: baresip leaves the brackets out also where there are header fields, Replaces for one, which has but one meaning here.
		if !strings.Contains(h.value, "<") && strings.Contains(h.value, "?") {
			s.s = "<" + h.value + ">"
		}
		a, err := s.whole(s.address)
		return []sip.Header{&sip.ReferToHeader{Address: a.uri}}, err
	case "referred-by":
		a, err := s.whole(s.address)
		return []sip.Header{&sip.ReferredByHeader{DisplayName: a.display, Address: a.uri, Params: a.params}}, err
	case "call-id":
		id := sip.CallIDHeader(h.value)
		if h.value == "" || strings.ContainsAny(h.value, " \t,") && !strings.ContainsAny(h.value, "\"") {
			return nil, fmt.Errorf("%q", clip(h.value))
		}
		return []sip.Header{&id}, nil
	case "cseq":
		return s.cseq()
	case "max-forwards":
		n, err := number(h.value, 255)
		hops := sip.MaxForwardsHeader(n)
		return []sip.Header{&hops}, err
	case "content-length":
		n, err := number(h.value, 1<<31-1)
		length := sip.ContentLengthHeader(n)
		return []sip.Header{&length}, err
	case "content-type":
		kind := sip.ContentTypeHeader(h.value)
		if !strings.Contains(h.value, "/") {
			return nil, fmt.Errorf("%q", clip(h.value))
		}
		return []sip.Header{&kind}, nil
	}
	return []sip.Header{sip.NewHeader(h.name, h.value)}, nil
}

func number(s string, most uint64) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n > most {
		return 0, fmt.Errorf("%q is no number up to %d", clip(s), most)
	}
	return uint32(n), nil
}

// list reads parts with commas between them.
func list(s *scanner, part func() (sip.Header, error)) (all []sip.Header, err error) {
	for {
		h, err := part()
		if err != nil {
			return nil, err
		}
		if all = append(all, h); s.end() {
			return all, nil
		}
		if !s.take(',') {
			return nil, fmt.Errorf("a comma is missing before %q", clip(s.s[s.i:]))
		}
	}
}

// body sets the body. Content-Length says where it ends; in a datagram more may follow, which is nobody's, but not less (RFC 3261 §18.3).
func (p *parsed) body(body string, stream bool) *fault {
	if length := p.msg.ContentLength(); length != nil {
		if int64(*length) > int64(len(body)) {
			return badf("the body is shorter than Content-Length says")
		}
		body = body[:*length]
	} else if stream {
		return badf("there is no Content-Length")
	}
	if body != "" {
		p.msg.SetBody([]byte(body))
	}
	return nil
}
