package xmppd

import (
	"crypto/rand"
	"errors"
	"fmt"

	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

// Namespaces of RFC 6120 and RFC 6121 that the core speaks itself.
const (
	NSClient  = "jabber:client"
	NSStreams = "http://etherx.jabber.org/streams"
	NSStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
	NSStream  = "urn:ietf:params:xml:ns:xmpp-streams"
	NSBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	NSSession = "urn:ietf:params:xml:ns:xmpp-session"
	NSSASL    = "urn:ietf:params:xml:ns:xmpp-sasl"
	NSTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
	NSRoster  = "jabber:iq:roster"
	NSSM      = "urn:xmpp:sm:3"
)

// StanzaError is an error as it stands in a stanza of type "error" (RFC 6120 §8.3).
type StanzaError struct {
	Type      string // auth, cancel, continue, modify, wait
	Condition string // RFC 6120 §8.3.3
	Text      string // English, for people; empty for none
	App       []byte // serialised application-specific element that declares its namespace; nil for none
}

func (e *StanzaError) Error() string {
	if e.Text != "" {
		return e.Condition + ": " + e.Text
	}
	return e.Condition
}

// Errorf makes a stanza error of the condition's usual type (RFC 6120 §8.3.3).
func Errorf(condition, format string, args ...any) *StanzaError {
	return &StanzaError{Type: usualType[condition], Condition: condition, Text: fmt.Sprintf(format, args...)}
}

var usualType = map[string]string{
	"bad-request": "modify", "conflict": "cancel", "feature-not-implemented": "cancel", "forbidden": "auth",
	"gone": "cancel", "internal-server-error": "cancel", "item-not-found": "cancel", "jid-malformed": "modify",
	"not-acceptable": "modify", "not-allowed": "cancel", "not-authorized": "auth", "policy-violation": "modify",
	"recipient-unavailable": "wait", "redirect": "modify", "registration-required": "auth",
	"remote-server-not-found": "cancel", "remote-server-timeout": "wait", "resource-constraint": "wait",
	"service-unavailable": "cancel", "subscription-required": "auth", "undefined-condition": "cancel",
	"unexpected-request": "wait",
}

var faultConditions = map[fault.Kind]StanzaError{
	fault.NotFound:        {Type: "cancel", Condition: "item-not-found"},
	fault.Conflict:        {Type: "cancel", Condition: "conflict"},
	fault.Forbidden:       {Type: "auth", Condition: "forbidden"},
	fault.Invalid:         {Type: "modify", Condition: "bad-request"},
	fault.Busy:            {Type: "wait", Condition: "recipient-unavailable"},
	fault.Limit:           {Type: "wait", Condition: "resource-constraint"},
	fault.Unauthenticated: {Type: "auth", Condition: "not-authorized"},
	fault.Unavailable:     {Type: "cancel", Condition: "service-unavailable"},
}

// StanzaError maps any error to its wire form, for components that answer by themselves.
func (s *Server) StanzaError(err error) *StanzaError { return s.stanzaError(err) }

// stanzaError maps any error to its wire form. An error that nobody meant for the peer becomes internal-server-error
// with an id that stands in the log too.
func (s *Server) stanzaError(err error) *StanzaError {
	var e *StanzaError
	if errors.As(err, &e) {
		return e
	}
	if m, ok := faultConditions[fault.KindOf(err)]; ok {
		var f *fault.Error
		if errors.As(err, &f) {
			m.Text = f.Text
		}
		return &m
	}
	id := rand.Text()
	s.log.Error("a stanza could not be handled", "id", id, "err", err)
	return Errorf("internal-server-error", "error %s", id)
}

// append adds the <error/> element to dst.
func (e *StanzaError) append(dst []byte) []byte {
	typ := e.Type
	if typ == "" {
		typ = usualType[e.Condition]
	}
	dst = append(dst, "<error type='"...)
	dst = append(dst, typ...)
	dst = append(dst, "'><"...)
	dst = append(dst, e.Condition...)
	dst = append(dst, " xmlns='"+NSStanzas+"'/>"...)
	if e.Text != "" {
		dst = append(dst, "<text xmlns='"+NSStanzas+"' xml:lang='en'>"...)
		dst = xmlstream.AppendEscaped(dst, e.Text)
		dst = append(dst, "</text>"...)
	}
	dst = append(dst, e.App...)
	return append(dst, "</error>"...)
}

// ErrorReply is the answer of type "error" to p: same kind and id, addresses swapped (RFC 6120 §8.3.1). It is nil when
// none may be sent: to an error, to an IQ result, to a presence without a type that asks for one.
func ErrorReply(p *xmlstream.Packet, e *StanzaError) *xmlstream.Packet {
	if p.Type() == "error" || p.Kind() == xmlstream.Nonza || p.Kind() == xmlstream.IQ && p.Type() == "result" {
		return nil
	}
	b := appendHead(nil, p.Local(), "error", p.ID(), p.To(), p.From())
	b = append(b, '>')
	b = e.append(b)
	return mustOwn(append(append(append(b, "</"...), p.Local()...), '>'))
}

// appendHead adds an unclosed start tag with the attributes that are not empty.
func appendHead(b []byte, local, typ, id, from, to string) []byte {
	b = append(append(b, '<'), local...)
	for _, a := range [...][2]string{{"type", typ}, {"id", id}, {"from", from}, {"to", to}} {
		if a[1] != "" {
			b = xmlstream.AppendAttr(b, a[0], a[1])
		}
	}
	return b
}

// mustOwn frames bytes that the server has written itself; a fault in them is a bug.
func mustOwn(b []byte) *xmlstream.Packet {
	p, err := xmlstream.Parse(b, NSClient, xmlstream.Own)
	if err != nil {
		panic(fmt.Sprintf("xmppd: own stanza is not well-formed: %v: %.200s", err, b))
	}
	return p
}
