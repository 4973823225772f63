// Package xmlstream frames XMPP streams: it cuts the bytes of a peer into stanzas, checks them, and
// writes them again.
//
// The framer decides what is written into other people's streams, so it is strict: what it passes is
// well-formed XML with namespaces, without what RFC 6120 §11.1 forbids, and within limits that hold
// while reading. A stanza is a Packet: its bytes and an index of them. Nothing is decoded until asked for.
// It is the XML of RFC 6120 §4 and §11, and of the frames of RFC 7395 §3.3.
package xmlstream

import (
	"bytes"
	"encoding/xml"
	"iter"
)

// Kind tells stanzas from everything else.
type Kind uint8

// A Nonza is a first-level element that is no stanza: anything in a namespace other than the stream's
// content namespace, or with another name.
const (
	Nonza Kind = iota
	Message
	Presence
	IQ
)

// String returns the name of the stanza, or "nonza".
func (k Kind) String() string { return [...]string{"nonza", "message", "presence", "iq"}[k] }

// Packet is one first-level element, immutable: goroutines share it by pointer. In its bytes the
// content namespace is never declared: the root is canonical when it has no xmlns.
//
// Strings and bytes that a packet gives out refer to its memory; what is kept for long should be cloned.
type Packet struct {
	index
	raw       []byte
	contentNS string
	kids      []kid
}

// Parse reads one complete element given as bytes, with white space around it at most, and checks it
// as a framer would. The content namespace is that of an element without xmlns. b is copied.
// The error is an *Error.
func Parse(b []byte, contentNS string, l Limits) (*Packet, error) {
	return parse(bytes.Trim(b, " \t\r\n"), contentNS, l)
}

func parse(b []byte, contentNS string, l Limits) (*Packet, error) {
	l = l.complete()
	s := newScanner(contentNS, nil, l)
	defer s.free()
	if len(b) == 0 || b[0] != '<' {
		return nil, malformed("no element")
	}
	d := b[:min(len(b), l.Bytes)]
	_, err := s.scan(d, true)
	switch {
	case err == errMore && len(b) > l.Bytes:
		return nil, errTooBig
	case err == errMore:
		return nil, malformed("element is not complete")
	case err != nil:
		return nil, err
	case s.pos < len(b):
		return nil, malformed("more than one element")
	}
	return s.packet(b, nil)
}

var errTooBig = &Error{Condition: PolicyViolation, Text: "stanza too big"}

// In returns the packet for streams with another content namespace: what came as jabber:server becomes
// jabber:client, whose names the rest of the server speaks. The bytes are shared where they can be.
func (p *Packet) In(contentNS string) (*Packet, error) {
	if p.contentNS == contentNS {
		return p, nil
	}
	return adopt(p.raw, contentNS)
}

// MustParse is Parse for constants and tests, in the namespace jabber:client.
func MustParse(s string) *Packet {
	p, err := Parse([]byte(s), NSClient, Own)
	if err != nil {
		panic(err)
	}
	return p
}

// Kind returns what the packet is.
func (p *Packet) Kind() Kind { return p.kind }

// Local returns the root's name without prefix.
func (p *Packet) Local() string { return alias(p.raw[p.local:p.name.end]) }

// Space returns the root's namespace.
func (p *Packet) Space() string { return p.ns.in(p.raw, p.contentNS) }

// ContentNS returns the namespace of elements that inherit none within the packet.
func (p *Packet) ContentNS() string { return p.contentNS }

// ID returns the attribute id, "" when there is none.
func (p *Packet) ID() string { return p.id.in(p.raw) }

// Type returns the attribute type, "" when there is none.
func (p *Packet) Type() string { return p.typ.in(p.raw) }

// Lang returns the attribute xml:lang, "" when there is none.
func (p *Packet) Lang() string { return p.lang.in(p.raw) }

// To returns the attribute to as it was sent, "" when there is none.
func (p *Packet) To() string { return p.to.in(p.raw) }

// From returns the attribute from as it was sent, "" when there is none.
func (p *Packet) From() string { return p.from.in(p.raw) }

// Attr returns a root attribute by its name as written, prefix included.
func (p *Packet) Attr(name string) (string, bool) { return attrOf(p.raw, 0, name) }

// Raw returns the packet's bytes, which must not be changed. They stand alone where unprefixed
// elements are in the content namespace.
func (p *Packet) Raw() []byte { return p.raw }

// Size returns the number of bytes.
func (p *Packet) Size() int { return len(p.raw) }

// Hints returns what was seen among the children; nothing for a nonza.
func (p *Packet) Hints() Hints { return p.hints.finish() }

// Children returns the child elements of the root in order.
func (p *Packet) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for i := range p.kids {
			if !yield(p.element(&p.kids[i])) {
				return
			}
		}
	}
}

// First returns the first child element.
func (p *Packet) First() (Element, bool) {
	if len(p.kids) == 0 {
		return Element{}, false
	}
	return p.element(&p.kids[0]), true
}

// Child returns the first child element with that name.
func (p *Packet) Child(space, local string) (Element, bool) {
	for i := range p.kids {
		k := &p.kids[i]
		if string(p.raw[k.local:k.nameEnd]) == local && k.ns.in(p.raw, p.contentNS) == space {
			return p.element(k), true
		}
	}
	return Element{}, false
}

// Has reports whether there is such a child element.
func (p *Packet) Has(space, local string) bool {
	_, ok := p.Child(space, local)
	return ok
}

// Root returns the whole packet as an element.
func (p *Packet) Root() Element {
	return p.at(nil, 0, nsRef{})
}

// Decode fills v from the whole element as encoding/xml does; the content namespace is the default one.
func (p *Packet) Decode(v any) error {
	d := xml.NewDecoder(bytes.NewReader(p.raw))
	d.DefaultSpace = p.contentNS
	return d.Decode(v)
}
