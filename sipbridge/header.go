package sipbridge

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"
)

// A message is what requests and responses have in common.
type message interface {
	GetHeaders(name string) []sip.Header
	Body() []byte
}

// short are the compact names of header fields that sipgo does not know (RFC 3261 §7.3.3, RFC 4028 §4, RFC 3515 §2.1).
var short = map[string]string{"supported": "k", "session-expires": "x", "refer-to": "r", "allow-events": "u", "event": "o", "content-encoding": "e"}

// value is the first field of a name, empty when there is none. Names are in lower case.
func value(m message, name string) string {
	for _, n := range []string{name, short[name]} {
		if n == "" {
			continue
		}
		if list := m.GetHeaders(n); len(list) > 0 {
			return strings.TrimSpace(list[0].Value())
		}
	}
	return ""
}

// values are the elements of all fields of a name, separated at commas that are not quoted.
func values(m message, name string) []string {
	var found []string
	for _, n := range []string{name, short[name]} {
		if n == "" {
			continue
		}
		for _, h := range m.GetHeaders(n) {
			found = append(found, split(h.Value(), ',')...)
		}
	}
	return found
}

// lists reports whether a field that is a list of tokens has one of them.
func lists(m message, name, token string) bool {
	for _, v := range values(m, name) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}

// split cuts at separators outside of quotes and angle brackets, and drops what is empty.
func split(s string, sep byte) []string {
	var list []string
	var quoted, angle bool
	start := 0
	add := func(end int) {
		if part := strings.TrimSpace(s[start:end]); part != "" {
			list = append(list, part)
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == '<':
			angle = true
		case !quoted && c == '>':
			angle = false
		case c == sep && !quoted && !angle:
			add(i)
			start = i + 1
		}
	}
	add(len(s))
	return list
}

// parameter is the value of one of "a=b;c=d", without quotes; empty when there is none. Names are compared without regard to case.
func parameter(params, name string) string {
	v, _ := findParameter(params, name)
	return v
}

func findParameter(params, name string) (string, bool) {
	for _, p := range split(params, ';') {
		k, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return unquote(strings.TrimSpace(v)), true
		}
	}
	return "", false
}

// unquote takes the quotes off a quoted string (RFC 3261 §25.1).
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return unescape(s[1 : len(s)-1])
}

// unescape undoes the escapes within a quoted string.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// maxName is how much of a display name is sent or taken. No phone shows more.
const maxName = 128

// escape makes a name fit between quotes.
func escape(name string) string {
	var b strings.Builder
	for _, r := range clip(name) {
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clip makes a name short, and free of what would end a line.
func clip(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if len(name) <= maxName {
		return name
	}
	end := maxName
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// user is the user part of an address without what belongs to the number's form, unescaped; the number of a tel URI.
func user(u sip.Uri) string {
	name := u.User
	if raw := u.Raw(); raw != "" {
		name = raw
	}
	name, _, _ = strings.Cut(name, ";")
	return percentDecode(name)
}

// percentDecode undoes the escapes of RFC 3261 §25.1. What is no escape stays as it is.
func percentDecode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// userPart makes a number or name fit before the @ of an address (RFC 3261 §25.1); what would end the number or begin parameters is escaped.
func userPart(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!~*'()&=+$,", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(0x100|uint64(c), 16)[1:]))
		}
	}
	return b.String()
}

// seconds reads a number of seconds that is followed by parameters, as Session-Expires and Min-SE have it.
func seconds(v string) (d time.Duration, params string, ok bool) {
	number, params, _ := strings.Cut(v, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	return time.Duration(n) * time.Second, params, err == nil
}

func secondsHeader(name string, d time.Duration, params string) sip.Header {
	return sip.NewHeader(name, strconv.Itoa(int(d/time.Second))+params)
}
