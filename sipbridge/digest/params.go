package digest

import (
	"strings"
)

// params are those of a challenge or of credentials: names in lower case, quotes taken away.
type params map[string]string

// maxParams is how many parameters are read; credentials have at most 13.
const maxParams = 32

// parse reads the value of WWW-Authenticate, Authorization and their like. It reports false when the scheme is not Digest or the rest cannot be
// read (RFC 7616 §3.3, §3.4). Of a name that comes twice nothing can be trusted, so that is a fault.
func parse(value string) (params, bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, false
	}
	p := params{}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return p, len(p) > 0
		}
		eq := strings.IndexByte(rest, '=')
		if eq < 1 || len(p) == maxParams {
			return nil, false
		}
		name := strings.ToLower(strings.TrimSpace(rest[:eq]))
		text, after, ok := takeValue(strings.TrimLeft(rest[eq+1:], " \t"))
		if _, twice := p[name]; !ok || twice || name == "" || strings.ContainsAny(name, " \t\",;") {
			return nil, false
		}
		p[name] = text
		rest = after
	}
}

// takeValue reads a token or a quoted string, and what must stand behind it: a comma, or nothing.
func takeValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		value = strings.TrimRight(s[:end], " \t")
		return value, s[end:], value != "" && !strings.ContainsAny(value, " \t\"")
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		case '"':
			rest = strings.TrimLeft(s[i+1:], " \t")
			return b.String(), rest, rest == "" || rest[0] == ','
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + quoteEscaper.Replace(s) + `"` }
