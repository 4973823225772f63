package stack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// A scanner reads the value of a header (RFC 3261 §25.1).
type scanner struct {
	s string
	i int
}

func (s *scanner) space() {
	for s.i < len(s.s) && (s.s[s.i] == ' ' || s.s[s.i] == '\t') {
		s.i++
	}
}

// end says that nothing more comes.
func (s *scanner) end() bool {
	s.space()
	return s.i == len(s.s)
}

// take passes over c and the spaces round it, when c comes next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.i == len(s.s) || s.s[s.i] != c {
		return false
	}
	s.i++
	s.space()
	return true
}

// while reads octets that are fine with ok.
func (s *scanner) while(ok func(c byte) bool) string {
	from := s.i
	for s.i < len(s.s) && ok(s.s[s.i]) {
		s.i++
	}
	return s.s[from:s.i]
}

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func tokenChar(c byte) bool { return letterOrDigit(c) || strings.IndexByte("-.!%*_+`'~", c) >= 0 }

func token(s string) bool {
	for i := range len(s) {
		if !tokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// whole reads an address and lets nothing follow.
func (s *scanner) whole(read func() (address, error)) (address, error) {
	a, err := read()
	if err == nil && !s.end() {
		err = fmt.Errorf("%q follows", clip(s.s[s.i:]))
	}
	return a, err
}

// quoted reads a quoted string and returns what is between the quotes, as it stands.
func (s *scanner) quoted() (string, error) {
	for j := s.i + 1; j < len(s.s); j++ {
		switch s.s[j] {
		case '\\':
			j++
		case '"':
			text := s.s[s.i+1 : j]
			s.i = j + 1
			return text, nil
		}
	}
	return "", errors.New("a quote is open")
}

// address is name-addr or addr-spec with parameters.
type address struct {
	display string // inside of its quotes, with what is escaped
	uri     sip.Uri
	params  sip.HeaderParams
}

func (s *scanner) address() (a address, err error) {
	s.space()
	bracket := strings.IndexByte(s.s[s.i:], '<')
	switch {
	case s.i < len(s.s) && s.s[s.i] == '"':
		if a.display, err = s.quoted(); err != nil {
			return a, err
		}
		if s.space(); s.i == len(s.s) || s.s[s.i] != '<' {
			return a, errors.New("no address follows the name")
		}
		a.uri, err = s.bracketed()
	case bracket >= 0 && !strings.ContainsAny(s.s[s.i:s.i+bracket], `:;,"`):
		// Compat: many phones send names of more than the octets of a token without quotes.
		a.display = strings.Trim(s.s[s.i:s.i+bracket], " \t")
		s.i += bracket
		a.uri, err = s.bracketed()
	default:
		// What has these octets in it must stand in brackets (RFC 3261 §20.10).
		text := s.while(func(c byte) bool { return c > ' ' && strings.IndexByte(`<>",;?`, c) < 0 })
		if s.i < len(s.s) && (s.s[s.i] == '?' || s.s[s.i] == '<') {
			return a, fmt.Errorf("%q must stand in angle brackets", clip(s.s))
		}
		a.uri, err = parseURI(text)
	}
	if err != nil {
		return a, err
	}
	a.params, err = s.params()
	return a, err
}

// bracketed reads a URI in angle brackets.
func (s *scanner) bracketed() (sip.Uri, error) {
	end := strings.IndexByte(s.s[s.i:], '>')
	if end < 0 {
		return sip.Uri{}, errors.New("an angle bracket is open")
	}
	text := s.s[s.i+1 : s.i+end]
	s.i += end + 1
	return parseURI(text)
}

// params reads parameters, each after a semicolon. Names are in lower case afterwards.
func (s *scanner) params() (all sip.HeaderParams, err error) {
	for s.take(';') {
		name := s.while(tokenChar)
		if name == "" {
			return nil, errors.New("a parameter has no name")
		}
		value := ""
		if s.take('=') {
			if value, err = s.paramValue(); err != nil {
				return nil, err
			}
		}
		all = append(all, sip.HeaderKV{K: strings.ToLower(name), V: value})
	}
	return all, nil
}

func (s *scanner) paramValue() (string, error) {
	if s.i < len(s.s) && s.s[s.i] == '"' {
		from := s.i
		inner, err := s.quoted()
		if err != nil || strings.ContainsAny(inner, " \t") {
			return inner, err
		}
		return s.s[from:s.i], nil
	}
	value := s.while(func(c byte) bool { return tokenChar(c) || strings.IndexByte("[]:/@&$?#", c) >= 0 })
	if value == "" {
		return "", errors.New("a parameter has no value")
	}
	return value, nil
}

// via reads one Via: SIP/2.0/UDP host:port;params, with spaces nearly everywhere (RFC 3261 §20.42).
func (s *scanner) via() (*sip.ViaHeader, error) {
	s.space()
	v := &sip.ViaHeader{ProtocolName: s.while(tokenChar)}
	ok := s.take('/')
	v.ProtocolVersion = s.while(tokenChar)
	ok = ok && s.take('/')
	v.Transport = strings.ToUpper(s.while(tokenChar))
	if !ok || !strings.EqualFold(v.ProtocolName, "SIP") || v.ProtocolVersion == "" || v.Transport == "" {
		return nil, errors.New("it does not begin like SIP/2.0/UDP")
	}
	if s.i == len(s.s) || s.s[s.i] != ' ' && s.s[s.i] != '\t' {
		return nil, errors.New("a space is missing after the transport")
	}
	s.space()
	var err error
	if v.Host, err = s.host(); err != nil {
		return nil, err
	}
	v.Host = strings.Trim(v.Host, "[]") // as sipgo wants it: it writes them again
	if s.take(':') {
		if v.Port, err = port(s.while(digit)); err != nil {
			return nil, err
		}
	}
	v.Params, err = s.params()
	return v, err
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func port(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no port", clip(text))
	}
	return int(n), nil
}

// host reads a name or an address; that of IPv6 in its brackets.
func (s *scanner) host() (string, error) {
	from := s.i
	if s.i < len(s.s) && s.s[s.i] == '[' {
		s.i++
		s.while(func(c byte) bool {
			return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':' || c == '.'
		})
		if s.i == len(s.s) || s.s[s.i] != ']' || s.i-from < 3 {
			return "", errors.New("an address of IPv6 does not end")
		}
		s.i++
		return s.s[from:s.i], nil
	}
	name := s.while(func(c byte) bool { return letterOrDigit(c) || c == '-' || c == '.' || c == '_' })
	if name == "" {
		return "", errors.New("there is no host")
	}
	return name, nil
}

func (s *scanner) cseq() ([]sip.Header, error) {
	n, err := number(s.while(digit), 1<<31-1) // RFC 3261 §8.1.1.5
	if err != nil {
		return nil, err
	}
	if s.i == len(s.s) || s.s[s.i] != ' ' && s.s[s.i] != '\t' {
		return nil, errors.New("there is no method")
	}
	s.space()
	method := s.while(tokenChar)
	if method == "" || !s.end() {
		return nil, errors.New("the method is wrong")
	}
	return []sip.Header{&sip.CSeqHeader{SeqNo: n, MethodName: sip.RequestMethod(method)}}, nil
}

// parseURI reads a URI (RFC 3261 §19.1.1). Of other schemes than sip and sips it keeps the rest as it is.
func parseURI(text string) (uri sip.Uri, err error) {
	scheme, rest, found := strings.Cut(text, ":")
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f {
			return uri, fmt.Errorf("%q cannot stand in a URI", c)
		}
	}
	if !found || scheme == "" || rest == "" || !token(scheme) || strings.ContainsAny(scheme, "%*!'`~_") {
		return uri, fmt.Errorf("%q is no URI", clip(text))
	}
	if err := escapes(rest); err != nil {
		return uri, err
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "sip", "sips":
	default:
		if sip.ParseUri(text, &uri) != nil { // it knows letters alone in a scheme
			uri = sip.Uri{Scheme: scheme, Host: rest}
		}
		return uri, nil
	}
	uri.Scheme = scheme
	if user, after, ok := strings.Cut(rest, "@"); ok {
		if uri.User, uri.Password, _ = strings.Cut(user, ":"); uri.User == "" {
			return uri, errors.New("the URI has an empty user")
		}
		rest = after
	}
	s := &scanner{s: rest}
	if uri.Host, err = s.host(); err != nil {
		return uri, err
	}
	if s.i < len(rest) && rest[s.i] == ':' {
		s.i++
		if uri.Port, err = port(s.while(digit)); err != nil {
			return uri, err
		}
	}
	return uri, uriTail(&uri, rest[s.i:])
}

// uriTail reads the parameters and headers of a URI.
func uriTail(uri *sip.Uri, tail string) error {
	params, headers, hasHeaders := strings.Cut(tail, "?")
	if params != "" {
		if params[0] != ';' {
			return fmt.Errorf("%q follows the host", clip(params))
		}
		for p := range strings.SplitSeq(params[1:], ";") {
			k, v, _ := strings.Cut(p, "=")
			if k == "" || strings.ContainsAny(p, "@,") {
				return fmt.Errorf("%q is no parameter of a URI", clip(p))
			}
			uri.UriParams = append(uri.UriParams, sip.HeaderKV{K: strings.ToLower(k), V: v})
		}
	}
	if hasHeaders {
		for h := range strings.SplitSeq(headers, "&") {
			k, v, ok := strings.Cut(h, "=")
			if k == "" || !ok {
				return fmt.Errorf("%q is no header of a URI", clip(h))
			}
			uri.Headers = append(uri.Headers, sip.HeaderKV{K: k, V: v})
		}
	}
	return nil
}

// escapes looks whether two hexadecimal digits follow each percent sign.
func escapes(s string) error {
	for i := strings.IndexByte(s, '%'); i >= 0; {
		if i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
			return errors.New("a percent sign begins nothing")
		}
		next := strings.IndexByte(s[i+3:], '%')
		if next < 0 {
			break
		}
		i += 3 + next
	}
	return nil
}

func hexDigit(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
