package xmppd

import (
	"errors"

	"plenum/xmppd/xmlstream"
)

const streamEnd = "</stream:stream>"

// StreamError is an error that ends the stream (RFC 6120 §4.9). Errors of the XML itself are *xmlstream.Error and count as
// one, too.
type StreamError struct {
	Condition string // RFC 6120 §4.9.3
	Text      string // English, for people; empty for none
	App       string // serialised application-specific condition that declares its namespace (RFC 6120 §4.9.4); empty for none
}

func (e *StreamError) Error() string {
	if e.Text != "" {
		return "stream error " + e.Condition + ": " + e.Text
	}
	return "stream error " + e.Condition
}

// asStreamError finds the stream error in err.
func asStreamError(err error) (*StreamError, bool) {
	if e, ok := errors.AsType[*StreamError](err); ok {
		return e, true
	}
	if e, ok := errors.AsType[*xmlstream.Error](err); ok {
		return &StreamError{Condition: e.Condition, Text: e.Text}, true
	}
	return nil, false
}

// fatal is an error that ends the stream.
func fatal(condition, text string) error { return &StreamError{Condition: condition, Text: text} }

// streamError is the serialised stream error, with the prefix that the stream header declares; nil when condition is empty.
func streamError(condition, text string) []byte {
	if condition == "" {
		return nil
	}
	return (&StreamError{Condition: condition, Text: text}).append(nil)
}

func (e *StreamError) append(b []byte) []byte {
	b = append(b, "<stream:error><"...)
	b = append(b, e.Condition...)
	b = append(b, " xmlns='"+NSStream+"'/>"...)
	if e.Text != "" {
		b = append(b, "<text xmlns='"+NSStream+"' xml:lang='en'>"...)
		b = xmlstream.AppendEscaped(b, e.Text)
		b = append(b, "</text>"...)
	}
	b = append(b, e.App...)
	return append(b, "</stream:error>"...)
}
