package wire

import (
	"bytes"
	"strconv"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

func clone(s string) string { return strings.Clone(s) }

// attr is a copy of an attribute, "" when there is none.
func attr(e xmlstream.Element, name string) string {
	v, _ := e.Attr(name)
	return clone(v)
}

// text is a copy of the character data without white space around it.
func text(e xmlstream.Element) string { return clone(strings.TrimSpace(e.Text())) }

// reader reads the attributes of one element and keeps the first fault.
type reader struct {
	e   xmlstream.Element
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = badRequest(format, args...)
	}
}

// limited is an attribute of at most so many octets.
func (r *reader) limited(name string, most int) string {
	v, _ := r.e.Attr(name)
	if len(v) > most {
		r.fail("the %s of <%s/> has more than %d octets", name, r.e.Local(), most)
		return ""
	}
	return clone(v)
}

func (r *reader) short(name string) string { return r.limited(name, maxName) }
func (r *reader) long(name string) string  { return r.limited(name, maxLong) }

// required is a short attribute that must have a value.
func (r *reader) required(name string) string {
	v := r.short(name)
	if v == "" {
		r.fail("<%s/> needs the attribute %s", r.e.Local(), name)
	}
	return v
}

// number is an attribute from least to most; def when it is not there.
func (r *reader) number(name string, least, most, def uint64) uint64 {
	v, ok := r.e.Attr(name)
	if !ok {
		return def
	}
	n, ok := parseNumber(v, most)
	if !ok || n < least {
		r.fail("the %s of <%s/> is a number from %d to %d", name, r.e.Local(), least, most)
		return def
	}
	return n
}

func parseNumber(s string, most uint64) (n uint64, ok bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	return n, err == nil && n <= most
}

// needNumber is number without a default.
func (r *reader) needNumber(name string, least, most uint64) uint64 {
	if _, ok := r.e.Attr(name); !ok {
		r.fail("<%s/> needs the attribute %s", r.e.Local(), name)
		return least
	}
	return r.number(name, least, most, least)
}

// boolean is an xs:boolean; def when it is not there.
func (r *reader) boolean(name string, def bool) bool {
	v, ok := r.e.Attr(name)
	switch {
	case !ok:
		return def
	case v == "true" || v == "1":
		return true
	case v != "false" && v != "0":
		r.fail("the %s of <%s/> is true or false", name, r.e.Local())
	}
	return false
}

// jid is an address; the zero value when there is none.
func (r *reader) jid(name string) jid.JID {
	v, ok := r.e.Attr(name)
	if !ok || v == "" {
		return jid.JID{}
	}
	j, err := jid.Parse(clone(v))
	if err != nil && r.err == nil {
		r.err = xmppd.Errorf("jid-malformed", "the %s of <%s/> is no address", name, r.e.Local())
	}
	return j
}

// more reports whether another one may be added to n, and keeps the fault otherwise.
func more(err *error, n, most int, what string) bool {
	if *err == nil && n >= most {
		*err = tooMany(most, what)
	}
	return *err == nil
}

// Raw is an element of another specification, kept and sent on as it is.
type Raw struct {
	Space, Local string
	XML          []byte // stands alone
}

// keep adds an element that is not looked into; too big a one is left out.
func keep(list []Raw, e xmlstream.Element, err *error) []Raw {
	x := e.Standalone()
	if len(x) > MaxOtherBytes || !more(err, len(list), MaxOther, "other elements") {
		return list
	}
	return append(list, Raw{clone(e.Space()), clone(e.Local()), bytes.Clone(x)})
}

// Find returns the first element with this name, or nil.
func Find(list []Raw, space, local string) *Raw {
	for i := range list {
		if list[i].Space == space && list[i].Local == local {
			return &list[i]
		}
	}
	return nil
}

func buildRaw(b *xmlstream.Builder, list []Raw) {
	for _, r := range list {
		b.Raw(r.XML)
	}
}

// A Parameter is a name and a value as an fmtp line has them. The name is empty where such a line has a value alone, such as the
// events of telephone-event; a parameter that is a name alone has no value.
type Parameter struct{ Name, Value string }

func parseParameter(e xmlstream.Element) (Parameter, error) {
	r := reader{e: e}
	p := Parameter{r.long("name"), r.long("value")}
	if p.Name == "" && p.Value == "" {
		r.fail("a parameter has a name or a value")
	}
	return p, r.err
}

func buildParameters(b *xmlstream.Builder, list []Parameter) {
	for _, p := range list {
		b.Element("parameter", "", "", "name", p.Name, "value", p.Value)
	}
}

// Value returns the value of the first parameter with this name, which is compared as it is written (XEP-0167#format).
func Value(list []Parameter, name string) (string, bool) {
	for _, p := range list {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// num writes a number for an attribute that is left out when it is zero.
func num[T ~uint8 | ~uint16 | ~uint32](n T) string {
	if n == 0 {
		return ""
	}
	return dec(n)
}

// dec writes a number that is always there.
func dec[T ~uint8 | ~uint16 | ~uint32](n T) string { return strconv.FormatUint(uint64(n), 10) }

// truth writes an xs:boolean.
func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
