package directory

import (
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field      string // as the form of the API names it: displayName
	Code       string // stable, for translation: too_short
	Text       string // the same in English, a sentence without a full stop
	Suggestion string // a value that would be accepted, or empty
}

// FieldErrors are all bad fields of a form at once. Errors that carry them are of the kind fault.Invalid; errors.AsType finds them.
type FieldErrors []FieldError

// Error names fields and codes, for the log.
func (f FieldErrors) Error() string {
	codes := make([]string, len(f))
	for i, e := range f {
		codes[i] = e.Field + " " + e.Code
	}
	return strings.Join(codes, ", ")
}

// text joins what a person reads.
func (f FieldErrors) text() string {
	texts := make([]string, len(f))
	for i, e := range f {
		texts[i] = e.Text
	}
	return strings.Join(texts, "; ")
}

func (f *FieldErrors) add(field, code, text string) {
	*f = append(*f, FieldError{Field: field, Code: code, Text: text})
}

// orNil returns f as an error of a kind, nil when all fields are good.
func (f FieldErrors) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, f, f.text())
}

// ConflictError says that an object was changed since it was read. Errors that carry it are of the kind fault.Conflict.
type ConflictError struct {
	By      jid.JID // who changed it; zero: the server or its operator
	At      time.Time
	Current any // what is stored: an Account, a Permission or an Object
}

func (e *ConflictError) Error() string { return "it was changed since it was read" }

func conflict(by jid.JID, at time.Time, current any) error {
	who := "the server"
	if !by.IsZero() {
		who = by.String()
	}
	return fault.Wrap(fault.Conflict, &ConflictError{By: by, At: at, Current: current}, who+" changed this at "+at.Format(time.DateTime)+" UTC")
}
