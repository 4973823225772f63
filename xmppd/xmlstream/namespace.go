package xmlstream

import (
	"bytes"
	"unsafe"
)

// Namespaces of the stream itself.
const (
	NSClient    = "jabber:client"
	NSServer    = "jabber:server"
	NSComponent = "jabber:component:accept"
	NSStream    = "http://etherx.jabber.org/streams"
	NSFraming   = "urn:ietf:params:xml:ns:xmpp-framing" // RFC 7395

	nsXML   = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS = "http://www.w3.org/2000/xmlns/"
)

// nsRef says where the name of a namespace stands. The zero value is the content namespace, which a
// packet does not write out.
type nsRef struct {
	off uint32
	n   uint32 // length, and the kind in the two highest bits
}

const (
	refContent uint32 = iota << 30
	refRaw            // in the packet, as it is
	refCooked         // in the packet, with references in it
	refHeader         // off is the number of a prefix of the stream header
	refKind    = uint32(3) << 30
)

func (r nsRef) kind() uint32 { return r.n & refKind }

func refOf(a *attr) nsRef {
	kind := refRaw
	if a.cook {
		kind = refCooked
	}
	return nsRef{a.val.off, uint32(a.val.len()) | kind}
}

// in returns the name, which may refer to d; content is the content namespace.
func (r nsRef) in(d []byte, content string) string {
	switch r.kind() {
	case refRaw:
		return alias(d[r.off : r.off+r.n&^refKind])
	case refCooked:
		return unescape(d[r.off:r.off+r.n&^refKind], true)
	}
	return content
}

// alias makes a string of bytes that will not change while the string is in use.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// binding is a prefix that an open element declares.
type binding struct {
	prefix span
	ns     nsRef
}

func (s *scanner) uri(d []byte, r nsRef) string {
	if r.kind() == refHeader {
		return s.header.prefixes[r.off].URI
	}
	return r.in(d, s.contentNS)
}

// resolve takes up the declarations of a tag, checks its names against what is in scope, and returns
// the element's namespace and the default namespace inside of it.
func (s *scanner) resolve(d []byte, t *tag) (ns, def nsRef, err error) {
	if n := len(s.stack); n > 0 {
		def = s.stack[n-1].def
	} else {
		s.noXmlns = true
	}
	prefixed := 0
	for i := range s.attrs {
		a := &s.attrs[i]
		switch {
		case a.decl && a.cook && bytes.ContainsAny(a.val.of(d), "\t\r\n"):
			err = &Error{Condition: BadFormat, Text: "white space in the name of a namespace"} // parsers differ on what it becomes
		case a.decl && a.colon == 0:
			def, err = s.declareDefault(d, a, def)
		case a.decl:
			err = s.declarePrefix(d, a)
		case a.colon != 0:
			prefixed++
		}
		if err != nil {
			return ns, def, err
		}
	}
	if prefixed > 0 {
		if err = s.prefixedAttrs(d, prefixed); err != nil {
			return ns, def, err
		}
	}
	if t.colon == 0 {
		return def, def, nil
	}
	prefix := span{t.name.off, t.colon}
	if string(prefix.of(d)) == "xml" {
		return ns, def, &Error{Condition: BadNamespacePrefix, Text: "element with the prefix xml"}
	}
	ns, err = s.lookup(d, prefix)
	return ns, def, err
}

func (s *scanner) declareDefault(d []byte, a *attr, outer nsRef) (nsRef, error) {
	ref := refOf(a)
	uri := s.uri(d, ref)
	if len(s.stack) == 0 {
		s.noXmlns = false
	}
	if uri == nsXML || uri == nsXMLNS {
		return ref, malformed("reserved namespace as default")
	}
	if outer.kind() == refContent && uri == s.contentNS {
		s.cuts = append(s.cuts, span{a.cut, a.val.end + 1})
		return outer, nil
	}
	return ref, nil
}

// declarePrefix applies the constraints of Namespaces in XML 1.0 §3 and §5.
func (s *scanner) declarePrefix(d []byte, a *attr) error {
	prefix, ref := span{a.colon + 1, a.name.end}, refOf(a)
	uri := s.uri(d, ref)
	p := alias(prefix.of(d))
	switch {
	case p == "xml" && uri == nsXML:
		return nil
	case p == "xml" || p == "xmlns" || uri == nsXML || uri == nsXMLNS:
		return malformed("reserved prefix or namespace declared")
	case uri == "":
		return malformed("prefix without a namespace")
	case len(s.binds) == maxPrefixes:
		return tooMuch("too many namespace prefixes")
	}
	s.binds = append(s.binds, binding{prefix, ref})
	return nil
}

// lookup finds the namespace of a prefix other than xml.
func (s *scanner) lookup(d []byte, prefix span) (nsRef, error) {
	p := alias(prefix.of(d))
	s.index.prefixed = true
	for i := len(s.binds) - 1; i >= 0; i-- {
		if alias(s.binds[i].prefix.of(d)) == p {
			return s.binds[i].ns, nil
		}
	}
	if s.header != nil {
		for i := range s.header.prefixes {
			if s.header.prefixes[i].Prefix == p {
				s.used |= 1 << i
				return nsRef{uint32(i), refHeader}, nil
			}
		}
	}
	return nsRef{}, malformed("namespace prefix not declared")
}

// prefixedAttrs checks that the prefixes of attributes are declared and that no two attributes are
// the same by their expanded names.
func (s *scanner) prefixedAttrs(d []byte, count int) error {
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.decl || a.colon == 0 || string(d[a.name.off:a.colon]) == "xml" {
			continue
		}
		ns, err := s.lookup(d, span{a.name.off, a.colon})
		if err != nil {
			return err
		}
		for j := 0; j < i && count > 1; j++ {
			b := &s.attrs[j]
			if b.decl || b.colon == 0 || string(d[b.colon:b.name.end]) != string(d[a.colon:a.name.end]) ||
				string(d[b.name.off:b.colon]) == "xml" { // nothing else can stand for its namespace
				continue
			}
			if other, err := s.lookup(d, span{b.name.off, b.colon}); err != nil || s.uri(d, ns) == s.uri(d, other) {
				return malformed("attribute given twice under two prefixes")
			}
		}
	}
	return nil
}
