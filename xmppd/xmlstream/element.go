package xmlstream

import (
	"bytes"
	"encoding/xml"
	"iter"
)

// Element is a view of an element within a packet. The zero value is no element; it has no name, no
// text and no children.
type Element struct {
	p     *Packet
	scope *scope // ancestors below the root that declare prefixes
	tag   uint32 // '<'
	local span
	open  uint32 // behind the start tag
	end   uint32 // behind the end tag; 0 = not known yet
	ns    nsRef
	def   nsRef // default namespace inside
}

// scope is an element that declares prefixes.
type scope struct {
	outer *scope
	tag   uint32
}

// element makes the view of a child of the root.
func (p *Packet) element(k *kid) Element {
	e := Element{p: p, tag: k.start, local: span{k.local, k.nameEnd}, end: k.end, ns: k.ns, def: k.ns}
	if k.local == k.start+1 {
		e.open = uint32(tagEnd(p.raw, int(k.nameEnd)))
		return e
	}
	e = p.at(nil, k.start, p.rootDefault())
	e.end = k.end
	return e
}

// rootDefault is the default namespace inside of the root.
func (p *Packet) rootDefault() nsRef {
	if p.local == 1 {
		return p.ns
	}
	return p.Root().def
}

// at makes the view of the element at raw[tag], where def is the default namespace.
func (p *Packet) at(s *scope, tag uint32, def nsRef) Element {
	e := Element{p: p, scope: s, tag: tag, def: def}
	end, colon := nameEnd(p.raw, int(tag)+1)
	e.local = span{tag + 1, uint32(end)}
	it := attrs{raw: p.raw, at: end}
	for it.next() {
		if it.is("xmlns") {
			e.def = it.ref()
		}
	}
	e.open, e.ns = uint32(it.at), e.def
	if colon > 0 {
		e.local.off = uint32(colon) + 1
		e.ns = e.lookup(p.raw[tag+1 : colon])
	}
	return e
}

// lookup finds what a prefix stands for; the packet was checked, so it is declared.
func (e Element) lookup(prefix []byte) nsRef {
	if ref, ok := e.p.declared(e.tag, prefix); ok {
		return ref
	}
	return e.inherited(prefix)
}

// inherited is lookup without the element's own declarations.
func (e Element) inherited(prefix []byte) nsRef {
	for s := e.scope; s != nil; s = s.outer {
		if ref, ok := e.p.declared(s.tag, prefix); ok {
			return ref
		}
	}
	ref, _ := e.p.declared(0, prefix)
	return ref
}

// declared looks for xmlns:prefix in the tag at raw[tag].
func (p *Packet) declared(tag uint32, prefix []byte) (nsRef, bool) {
	end, _ := nameEnd(p.raw, int(tag)+1)
	it := attrs{raw: p.raw, at: end}
	for it.next() {
		if n := it.name.of(p.raw); len(n) == len(prefix)+6 && string(n[:6]) == "xmlns:" && string(n[6:]) == string(prefix) {
			return it.ref(), true
		}
	}
	return nsRef{}, false
}

// Local returns the name without prefix.
func (e Element) Local() string {
	if e.p == nil {
		return ""
	}
	return alias(e.local.of(e.p.raw))
}

// Space returns the namespace.
func (e Element) Space() string {
	if e.p == nil {
		return ""
	}
	return e.ns.in(e.p.raw, e.p.contentNS)
}

// Is reports whether the element has that name.
func (e Element) Is(space, local string) bool { return e.Local() == local && e.Space() == space }

// Attr returns an attribute by its name as written, prefix included.
func (e Element) Attr(name string) (string, bool) {
	if e.p == nil {
		return "", false
	}
	return attrOf(e.p.raw, int(e.tag), name)
}

// empty reports whether the element is <name/> or the zero value.
func (e Element) empty() bool { return e.p == nil || e.p.raw[e.open-2] == '/' }

// Text returns the element's own character data without that of its children.
func (e Element) Text() string {
	if e.empty() {
		return ""
	}
	return textAt(e.p.raw, int(e.open))
}

// Children returns the child elements in order.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.empty() {
			return
		}
		raw, inner := e.p.raw, e.innerScope()
		for i, ok := nextTag(raw, int(e.open)); ok; i, ok = nextTag(raw, i) {
			c := e.p.at(inner, uint32(i), e.def)
			i = skip(raw, i)
			c.end = uint32(i)
			if !yield(c) {
				return
			}
		}
	}
}

// innerScope is the scope of the children.
func (e Element) innerScope() *scope {
	if e.tag == 0 || !e.p.prefixed {
		return e.scope
	}
	it := attrs{raw: e.p.raw, at: int(e.local.end)}
	for it.next() {
		if bytes.HasPrefix(it.name.of(e.p.raw), []byte("xmlns:")) {
			return &scope{e.scope, e.tag}
		}
	}
	return e.scope
}

// First returns the first child element.
func (e Element) First() (Element, bool) {
	for c := range e.Children() {
		return c, true
	}
	return Element{}, false
}

// Child returns the first child element with that name.
func (e Element) Child(space, local string) (Element, bool) {
	for c := range e.Children() {
		if c.Is(space, local) {
			return c, true
		}
	}
	return Element{}, false
}

// Inner returns the bytes between the tags.
func (e Element) Inner() []byte {
	if e.empty() {
		return nil
	}
	end := e.tail()
	return e.p.raw[e.open:bytes.LastIndexByte(e.p.raw[:end], '<'):end]
}

// tail returns the offset behind the end tag.
func (e Element) tail() int {
	if e.end != 0 {
		return int(e.end)
	}
	return skip(e.p.raw, int(e.tag))
}

// bytes returns the element as it stands in the packet.
func (e Element) bytes() []byte {
	if e.p == nil {
		return nil
	}
	end := e.tail()
	return e.p.raw[e.tag:end:end]
}

// Decode fills v from the element as encoding/xml does.
func (e Element) Decode(v any) error { return xml.Unmarshal(e.Standalone(), v) }

// String returns the element as Standalone does, for logs and tests.
func (e Element) String() string { return string(e.Standalone()) }
