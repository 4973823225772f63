package xmlstream

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
)

// Header is the start tag of a stream, or the root of an <open/> or <close/> document (RFC 7395). The
// values are unescaped; "" stands for an attribute that is not there.
type Header struct {
	Name      xml.Name
	To        string
	From      string
	ID        string
	Version   string
	Lang      string
	ContentNS string     // default namespace; "" when it is that of the stream itself, or none
	Prefixes  []Prefix   // declared, without xml
	Attrs     []xml.Attr // all others, names as written

	def   string // default namespace
	qname string
}

// streamScope is what a stream header means for the elements that come after it; it lives as long as the stream.
type streamScope struct {
	def, qname string
	prefixes   []Prefix
}

// usualScope is that of nearly every client: one for all of them.
var usualScope = &streamScope{def: NSClient, qname: "stream:stream", prefixes: []Prefix{{"stream", NSStream}}}

func (h *Header) scope() *streamScope {
	if h.def == usualScope.def && h.qname == usualScope.qname && slices.Equal(h.Prefixes, usualScope.prefixes) {
		return usualScope
	}
	return &streamScope{def: h.def, qname: h.qname, prefixes: h.Prefixes}
}

// Prefix is a namespace prefix that a header declares.
type Prefix struct{ Prefix, URI string }

// Attr returns an attribute that has no field of its own; "" when it is not there.
func (h *Header) Attr(name string) string {
	for _, a := range h.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// ParseDocument reads the root tag of a whole document, as WebSocket clients send <open/> and <close/>;
// an XML declaration may come first. The document must be well-formed.
func ParseDocument(b []byte, l Limits) (*Header, error) {
	b = bytes.Trim(b, " \t\r\n")
	n, err := declaration(b)
	if err == errMore {
		err = malformed("document is not complete")
	}
	if err != nil {
		return nil, err
	}
	b = bytes.TrimLeft(b[n:], " \t\r\n")
	if _, err := Parse(b, "", l); err != nil {
		return nil, err
	}
	s := newScanner("", nil, l.complete())
	defer s.free()
	t, err := s.startTag(b, 0)
	if err != nil {
		return nil, err
	}
	return s.makeHeader(b, &t)
}

// makeHeader takes the header out of the tag that was read last. A header comes together with an error
// when only namespaces are wrong, so that an answer can be addressed.
func (s *scanner) makeHeader(d []byte, t *tag) (*Header, error) {
	h := &Header{qname: string(t.name.of(d))}
	ns, _, err := s.resolve(d, t)
	if err != nil {
		return nil, err
	}
	h.Name = xml.Name{Space: strings.Clone(s.uri(d, ns)), Local: string(d[localOf(t):t.name.end])}
	for i := range s.attrs {
		a := &s.attrs[i]
		v := strings.Clone(field{val: a.val, cook: a.cook}.in(d))
		switch name := string(a.name.of(d)); name {
		case "to":
			h.To = v
		case "from":
			h.From = v
		case "id":
			h.ID = v
		case "version":
			h.Version = v
		case "xml:lang":
			h.Lang = v
		case "xmlns":
			h.def = v
		default:
			if p, ok := strings.CutPrefix(name, "xmlns:"); !ok {
				h.Attrs = append(h.Attrs, xml.Attr{Name: xml.Name{Local: name}, Value: v})
			} else if p != "xml" {
				h.Prefixes = append(h.Prefixes, Prefix{p, v})
			}
		}
	}
	if h.def != NSStream {
		h.ContentNS = h.def
	}
	return h, nil
}

// check applies RFC 6120 §4.8.1: the root of a stream is stream in the stream namespace.
func (h *Header) check() error {
	if h.Name.Local != "stream" {
		return &Error{Condition: BadFormat, Text: "the first element is no stream header"}
	}
	if h.Name.Space != NSStream {
		return &Error{Condition: InvalidNamespace, Text: "stream namespace expected"}
	}
	return nil
}

// declaration returns the length of the XML declaration at the beginning of d; 0 when there is none.
func declaration(d []byte) (int, error) {
	const opening = "<?xml"
	have := d[:min(len(d), len(opening))]
	if string(have) != opening[:len(have)] {
		if len(d) > 0 && d[0] >= 0xFE { // byte order mark of UTF-16; not UTF-8 in any case
			return 0, &Error{Condition: UnsupportedEncoding, Text: "UTF-8 only"}
		}
		return 0, nil
	}
	if len(d) <= len(opening) {
		return 0, errMore
	}
	if class[d[len(opening)]]&white == 0 {
		return 0, restricted("processing instruction")
	}
	const longest = 256
	end := bytes.Index(d[:min(len(d), longest)], []byte("?>"))
	switch {
	case end >= 0:
		return end + 2, checkDeclaration(d[len(opening):end])
	case len(d) >= longest:
		return 0, malformed("broken XML declaration")
	}
	return 0, errMore
}

// checkDeclaration reads version, encoding and standalone, which come in this order.
func checkDeclaration(d []byte) error {
	var s scanner
	s.limits.Attrs = 3
	d = append(slices.Clip(bytes.TrimRight(d, " \t\r\n")), '>')
	order := 0
	for p := 0; p < len(d)-1; {
		cut := p
		for class[d[p]]&white != 0 {
			p++
		}
		var err error
		if p == cut {
			return malformed("broken XML declaration")
		}
		if p, err = s.attribute(d, cut, p); err != nil {
			return malformed("broken XML declaration")
		}
		a := s.attrs[len(s.attrs)-1]
		n, err := checkPseudo(string(a.name.of(d)), string(a.val.of(d)))
		if err != nil {
			return err
		}
		if n <= order || order == 0 && n != 1 {
			return malformed("broken XML declaration")
		}
		order = n
	}
	if order == 0 {
		return malformed("XML declaration without a version")
	}
	return nil
}

// checkPseudo returns the place of an attribute of the XML declaration in their order.
func checkPseudo(name, value string) (int, error) {
	switch {
	case name == "version" && value == "1.0":
		return 1, nil
	case name == "encoding" && strings.EqualFold(value, "UTF-8"):
		return 2, nil
	case name == "encoding":
		return 0, &Error{Condition: UnsupportedEncoding, Text: "UTF-8 only"}
	case name == "standalone" && (value == "yes" || value == "no"):
		return 3, nil
	}
	return 0, malformed("broken XML declaration")
}
