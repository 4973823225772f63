// Package jid is the address of an XMPP entity: a small comparable value in canonical form.
//
// Spec: RFC 7622 complete
package jid

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrInvalid is wrapped by every error about an address that RFC 7622 does not allow.
// On the wire it is the condition jid-malformed.
var ErrInvalid = errors.New("invalid JID")

const maxPart = 1023 // bytes of each part after preparation (RFC 7622 §3.2-3.4)

// JID is a canonical address, localpart@domainpart/resourcepart. The zero value is no address.
// Two JIDs name the same entity exactly when == holds, so a JID can be a map key.
//
// The parts are substrings of one string: taking them apart allocates nothing, and a JID keeps the
// string that it was parsed from alive. What outlives the stanza it came from should be cloned.
type JID struct {
	s     string
	local uint16 // bytes of the localpart; 0 = none
	bare  uint16 // bytes of local@domain
}

// Parse reads an address and brings it to canonical form. A canonical ASCII address is not copied.
// Errors wrap ErrInvalid.
func Parse(s string) (JID, error) {
	if j, ok := parseCanonical(s); ok {
		return j, nil
	}
	local, domain, resource, err := split(s)
	if err != nil {
		return JID{}, err
	}
	return New(local, domain, resource)
}

// ParseBytes is Parse for bytes; the JID does not refer to b.
func ParseBytes(b []byte) (JID, error) { return Parse(string(b)) }

// Canonical is the JID whose String is s, which is not checked: it is for addresses that come from a JID and were kept as text.
func Canonical(s string) JID {
	end := len(s)
	if n := strings.IndexByte(s, '/'); n >= 0 {
		end = n
	}
	return JID{s: s, local: uint16(max(strings.IndexByte(s[:end], '@'), 0)), bare: uint16(end)}
}

// MustParse is Parse for constants: it panics on an invalid address.
func MustParse(s string) JID {
	j, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return j
}

// New puts an address together from its parts, each of which is prepared on its own; an empty
// localpart or resourcepart means that there is none. Errors wrap ErrInvalid.
func New(local, domain, resource string) (JID, error) {
	d, err := prepareDomain(domain)
	if err != nil {
		return JID{}, err
	}
	if local == "" && resource == "" {
		return JID{s: d, bare: uint16(len(d))}, nil
	}
	l, err := prepareLocal(local)
	if err != nil {
		return JID{}, err
	}
	r, err := prepareResource(resource)
	if err != nil {
		return JID{}, err
	}
	return join(l, d, r), nil
}

// join builds the JID of prepared parts.
func join(local, domain, resource string) JID {
	j := JID{local: uint16(len(local)), bare: uint16(len(domain))}
	switch {
	case local == "":
		j.s = domain + "/" + resource
	case resource == "":
		j.bare += j.local + 1
		j.s = local + "@" + domain
	default:
		j.bare += j.local + 1
		j.s = local + "@" + domain + "/" + resource
	}
	return j
}

// split takes an address apart at the first '/' and the first '@' before it (RFC 7622 §3.2).
func split(s string) (local, domain, resource string, err error) {
	rest, resource, slash := strings.Cut(s, "/")
	if slash && resource == "" {
		return "", "", "", invalid("resourcepart", s, "empty")
	}
	local, domain, at := strings.Cut(rest, "@")
	if !at {
		return "", rest, resource, nil
	}
	if local == "" {
		return "", "", "", invalid("localpart", s, "empty")
	}
	return local, domain, resource, nil
}

// String returns the canonical address; "" for the zero value.
func (j JID) String() string { return j.s }

// Local returns the localpart; "" when there is none.
func (j JID) Local() string { return j.s[:j.local] }

// Domain returns the domainpart in its Unicode form.
func (j JID) Domain() string { return j.s[j.domainStart():j.bare] }

// Resource returns the resourcepart; "" when there is none.
func (j JID) Resource() string {
	if int(j.bare) == len(j.s) {
		return ""
	}
	return j.s[j.bare+1:]
}

func (j JID) domainStart() uint16 {
	if j.local == 0 {
		return 0
	}
	return j.local + 1
}

// Bare returns the address without its resourcepart.
func (j JID) Bare() JID {
	j.s = j.s[:j.bare]
	return j
}

// DomainJID returns the domainpart as an address.
func (j JID) DomainJID() JID {
	d := j.Domain()
	return JID{s: d, bare: uint16(len(d))}
}

// WithResource returns the bare address with resourcepart r; an empty r removes it.
func (j JID) WithResource(r string) (JID, error) {
	b := j.Bare()
	if r == "" || b.IsZero() {
		return b, nil
	}
	r, err := prepareResource(r)
	if err != nil {
		return JID{}, err
	}
	b.s += "/" + r
	return b, nil
}

// Clone returns the same address in memory of its own.
func (j JID) Clone() JID {
	j.s = strings.Clone(j.s)
	return j
}

// IsZero reports whether j is no address at all.
func (j JID) IsZero() bool { return j.s == "" }

// IsBare reports whether j has no resourcepart; a domain is bare too, the zero value is not.
func (j JID) IsBare() bool { return j.s != "" && int(j.bare) == len(j.s) }

// IsFull reports whether j has a resourcepart.
func (j JID) IsFull() bool { return int(j.bare) < len(j.s) }

// IsDomain reports whether j is a domainpart alone.
func (j JID) IsDomain() bool { return j.local == 0 && j.IsBare() }

// Equal is j == o.
func (j JID) Equal(o JID) bool { return j == o }

// Compare orders addresses by their canonical strings.
func (j JID) Compare(o JID) int { return strings.Compare(j.s, o.s) }

// MarshalText returns the canonical address; nothing for the zero value.
func (j JID) MarshalText() ([]byte, error) { return []byte(j.s), nil }

// AppendText appends the canonical address to b.
func (j JID) AppendText(b []byte) ([]byte, error) { return append(b, j.s...), nil }

// UnmarshalText reads an address; empty text gives the zero value.
func (j *JID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*j = JID{}
		return nil
	}
	p, err := ParseBytes(b)
	if err == nil {
		*j = p
	}
	return err
}

// invalid makes the error for a part; the value is quoted and cut short, since it comes from a peer.
func invalid(part, value, reason string) error {
	const shown = 64
	if len(value) > shown {
		value = value[:shown]
	}
	return fmt.Errorf("%w: %s %s: %s", ErrInvalid, part, strconv.QuoteToASCII(value), reason)
}
