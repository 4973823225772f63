package xmppd

import "plenum/xmppd/xmlstream"

const streamEnd = "</stream:stream>"

// streamError is the serialised stream error (RFC 6120 §4.9), with the prefix that the stream header declares; nil when
// condition is empty. Text is English, for people, and may be empty.
func streamError(condition, text string) []byte {
	if condition == "" {
		return nil
	}
	return streamErrorOf(&xmlstream.Error{Condition: condition, Text: text})
}

// streamErrorOf is streamError with the application-specific condition of e, if it has one (RFC 6120 §4.9.4).
func streamErrorOf(e *xmlstream.Error) []byte {
	b := append(make([]byte, 0, 192), "<stream:error><"...)
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

// fatal is an error that ends the stream.
func fatal(condition, text string) error {
	return &xmlstream.Error{Condition: condition, Text: text}
}
