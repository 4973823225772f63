// Package fault is the domain's way to say who is at fault: an error of a kind.
//
// The domain returns these kinds, and each edge (stanza errors, SIP, HTTP) has one table of its own that turns a kind into the wire form.
// An error without a kind is Internal: its text is for the log and never shown to a peer.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong in terms every edge can express. The zero value is Internal.
type Kind uint8

const (
	Internal        Kind = iota // a bug or a failing dependency; the text stays in the log
	NotFound                    // the named object does not exist, or the asker may not know that it does
	Conflict                    // the object exists already, or was changed by another in the meantime
	Forbidden                   // the asker is known and may not do this
	Invalid                     // the request itself is wrong; the text says what to change
	Busy                        // the object cannot take this now; the same request may succeed later
	Limit                       // a quota, a rate or a bounded queue is exhausted
	Unauthenticated             // the asker has not proved who he is
	Unavailable                 // a service or peer that is needed does not answer
)

var kindNames = [...]string{
	Internal:        "internal",
	NotFound:        "not found",
	Conflict:        "conflict",
	Forbidden:       "forbidden",
	Invalid:         "invalid",
	Busy:            "busy",
	Limit:           "limit",
	Unauthenticated: "unauthenticated",
	Unavailable:     "unavailable",
}

// String returns the kind in lower case words, for logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is an error with a kind. Text may be shown to the peer, except when Kind is Internal; Err may not.
type Error struct {
	Kind Kind
	Text string // one sentence without a full stop; empty when Err says all
	Err  error  // the cause, for the log; may be nil
}

// Error returns text and cause, as the log wants them.
func (e *Error) Error() string {
	switch {
	case e.Err == nil && e.Text == "":
		return e.Kind.String()
	case e.Err == nil:
		return e.Text
	case e.Text == "":
		return e.Err.Error()
	}
	return e.Text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of this kind whose text may be shown to the peer.
func New(kind Kind, text string) error {
	return &Error{Kind: kind, Text: text}
}

// Newf is New with a format. It does not wrap: use Wrap to keep a cause.
func Newf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrap gives err a kind, and a text that may be shown to the peer while err may not. A nil err stays nil.
func Wrap(kind Kind, err error, text string) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Text: text, Err: err}
}

// KindOf returns the kind of the outermost Error in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of this kind.
func Is(err error, kind Kind) bool {
	return err != nil && KindOf(err) == kind
}

// Text returns what a peer may read of err: the text of the outermost Error in its chain, empty when that is Internal or there is none.
func Text(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Text
	}
	return ""
}
