package jid

import (
	"net/netip"
	"strings"

	mellium "mellium.im/xmpp/jid"
)

// Classes of ASCII bytes. A byte of class canonical stands for itself in that part; a byte that is
// only allowed after mapping (upper-case letters) or not at all has no class.
const (
	inLocal    = 1 << iota // IdentifierClass without RFC 7622 §3.3.1's excluded characters
	inDomain               // letters, digits, hyphen, and underscore, which operators do use
	inResource             // FreeformClass, space included
)

var class = func() (t [256]uint8) {
	for c := byte(' '); c < 0x7F; c++ {
		t[c] |= inResource
		upper := 'A' <= c && c <= 'Z'
		if !upper && c != ' ' && strings.IndexByte(forbiddenLocal, c) < 0 {
			t[c] |= inLocal
		}
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' {
			t[c] |= inDomain
		}
	}
	return t
}()

const forbiddenLocal = `"&'/:<>@`

// parseCanonical reads an ASCII address that is canonical already; anything else is not ok.
func parseCanonical(s string) (JID, bool) {
	i, local := 0, 0
	for i < len(s) && class[s[i]]&inLocal != 0 {
		i++
	}
	if i < len(s) && s[i] == '@' {
		if local = i; local == 0 {
			return JID{}, false
		}
		i++
	} else {
		i = 0
	}
	end := len(s)
	if n := strings.IndexByte(s[i:], '/'); n >= 0 {
		end = i + n
		if !all(s[end+1:], inResource) || end+1 == len(s) || len(s)-end-1 > maxPart {
			return JID{}, false
		}
	}
	if local > maxPart || !canonicalDomain(s[i:end]) {
		return JID{}, false
	}
	return JID{s: s, local: uint16(local), bare: uint16(end)}, true
}

func all(s string, c uint8) bool {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&c == 0 {
			return false
		}
	}
	return true
}

// canonicalDomain reports whether s is a canonical ASCII domain name or IPv4 address: labels of
// lower-case letters, digits, '_' and inner hyphens, none of them possibly an A-label.
func canonicalDomain(s string) bool {
	if len(s) == 0 || len(s) > maxPart {
		return false
	}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if class[s[i]]&inDomain == 0 {
				return false
			}
			continue
		}
		if !canonicalLabel(s[start:i]) {
			return false
		}
		start = i + 1
	}
	return true
}

// canonicalLabel leaves out "??--" because such labels are A-labels or reserved (RFC 5890 §2.3.1).
func canonicalLabel(l string) bool {
	return l != "" && l[0] != '-' && l[len(l)-1] != '-' && (len(l) < 4 || l[2] != '-' || l[3] != '-')
}

// prepareLocal applies UsernameCaseMapped (RFC 7622 §3.3); "" stays "".
func prepareLocal(s string) (string, error) {
	if len(s) <= maxPart {
		if low := lowerASCII(s); all(low, inLocal) {
			return low, nil
		}
	}
	return stable("localpart", s, func(s string) (string, error) {
		j, err := mellium.New(s, "x", "")
		return j.Localpart(), err
	})
}

// prepareResource applies OpaqueString (RFC 7622 §3.4); "" stays "".
func prepareResource(s string) (string, error) {
	if len(s) <= maxPart && all(s, inResource) {
		return s, nil
	}
	return stable("resourcepart", s, func(s string) (string, error) {
		j, err := mellium.New("", "x", s)
		return j.Resourcepart(), err
	})
}

// prepareDomain gives one form to each domain (RFC 7622 §3.2): lower case, A-labels as U-labels,
// no final dot, IPv6 literals as RFC 5952 writes them.
func prepareDomain(s string) (string, error) {
	if strings.HasPrefix(s, "[") {
		return prepareIPv6(s)
	}
	s = strings.TrimSuffix(s, ".")
	if low := lowerASCII(s); canonicalDomain(low) {
		return low, nil
	}
	if s == "" || strings.HasSuffix(s, ".") {
		return "", invalid("domainpart", s, "empty label")
	}
	d, err := stable("domainpart", s, func(s string) (string, error) {
		j, err := mellium.New("", s, "")
		return j.Domainpart(), err
	})
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(d, "@/ ") || strings.HasPrefix(d, ".") || strings.Contains(d, "..") {
		return "", invalid("domainpart", s, "empty label or forbidden character")
	}
	return d, nil
}

func prepareIPv6(s string) (string, error) {
	a, err := netip.ParseAddr(strings.TrimSuffix(s[1:], "]"))
	if err != nil || !strings.HasSuffix(s, "]") || !a.Is6() || a.Is4In6() || a.Zone() != "" {
		return "", invalid("domainpart", s, "not an IPv6 address")
	}
	return "[" + a.String() + "]", nil
}

// stable applies a preparation until it changes nothing any more, as RFC 8264 §7 asks, and refuses
// what does not settle: such a string would name different entities on each hop.
func stable(part, s string, prepare func(string) (string, error)) (string, error) {
	const attempts = 3
	in := s
	if len(s) > 3*maxPart { // no preparation shrinks by more; do not spend time on it
		return "", invalid(part, s, "too long")
	}
	for range attempts {
		out, err := prepare(in)
		if err != nil {
			return "", invalid(part, s, err.Error())
		}
		if out == in {
			return out, nil
		}
		in = out
	}
	return "", invalid(part, s, "has no stable form")
}

// lowerASCII maps A-Z; it copies only when there is something to map.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lowerFrom(s, i)
		}
	}
	return s
}

func lowerFrom(s string, i int) string {
	b := []byte(s)
	for ; i < len(b); i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
