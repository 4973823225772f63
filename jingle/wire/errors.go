package wire

import (
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// jingleError makes a stanza error with a condition of Jingle's own beside that of RFC 6120 (XEP-0166#errors).
func jingleError(condition, app, space, text string) *xmppd.StanzaError {
	e := xmppd.Errorf(condition, "%s", text)
	e.App = []byte("<" + app + " xmlns='" + space + "'/>")
	return e
}

// UnknownSession says that there is no session of this sid, or none with this peer.
func UnknownSession() *xmppd.StanzaError {
	return jingleError("item-not-found", "unknown-session", NSErrors, "")
}

// OutOfOrder says that the action does not fit the state of the session.
func OutOfOrder(text string) *xmppd.StanzaError {
	return jingleError("unexpected-request", "out-of-order", NSErrors, text)
}

// TieBreak refuses an action because the same one was sent to the peer and has precedence (XEP-0166#def-action-ties).
func TieBreak() *xmppd.StanzaError { return jingleError("conflict", "tie-break", NSErrors, "") }

// UnsupportedInfo says that the payload of a session-info means nothing here (XEP-0166#session-info).
func UnsupportedInfo() *xmppd.StanzaError {
	return jingleError("feature-not-implemented", "unsupported-info", NSErrors, "")
}

// SecurityRequired refuses what belongs on an encrypted channel (XEP-0166#preconditions).
func SecurityRequired() *xmppd.StanzaError {
	return jingleError("not-acceptable", "security-required", NSErrors, "")
}

func badRequest(format string, args ...any) error {
	return xmppd.Errorf("bad-request", format, args...)
}

func tooMany(most int, what string) error {
	return xmppd.Errorf("resource-constraint", "at most %d %s are taken", most, what)
}

// A PeerError is an error that the peer has answered with.
type PeerError struct {
	Type      string // cancel, wait, …
	Condition string // of RFC 6120 §8.3.3
	Jingle    string // of XEP-0166#errors, such as "unknown-session"; empty when there is none
	Text      string
}

func (e *PeerError) Error() string {
	s := e.Condition
	if e.Jingle != "" {
		s += " (" + e.Jingle + ")"
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// ParseError reads the error of a stanza of type error. A stanza that lacks one has the condition undefined-condition.
func ParseError(p *xmlstream.Packet) *PeerError {
	e, _ := p.Child(p.ContentNS(), "error")
	f := &PeerError{Type: attr(e, "type"), Condition: "undefined-condition"}
	for c := range e.Children() {
		switch {
		case c.Is(xmppd.NSStanzas, "text"):
			f.Text = cut(text(c))
		case c.Space() == xmppd.NSStanzas:
			f.Condition = cut(clone(c.Local()))
		case c.Space() == NSErrors:
			f.Jingle = cut(clone(c.Local()))
		}
	}
	return f
}

// cut shortens what a peer says for people to read.
func cut(s string) string {
	if len(s) <= maxLong {
		return s
	}
	return string(slices.Clone([]rune(s[:maxLong-4]))) // a rune that was cut becomes U+FFFD
}
