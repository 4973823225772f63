package xmlstream

import (
	"bytes"
	"slices"
)

// Standalone returns the element well-formed on its own, with the namespaces that it takes from its
// ancestors declared. The bytes are the packet's where nothing has to be added; they must not be changed.
func (e Element) Standalone() []byte {
	if e.p == nil {
		return nil
	}
	var decl []byte
	if _, own := e.Attr("xmlns"); !own {
		if space := e.def.in(e.p.raw, e.p.contentNS); space != "" {
			decl = AppendAttr(decl, "xmlns", space)
		}
	}
	if e.p.prefixed {
		decl = e.declareUsed(decl)
	}
	raw := e.bytes()
	if len(decl) == 0 {
		return raw
	}
	at := e.local.end - e.tag
	b := make([]byte, 0, len(raw)+len(decl))
	return append(append(append(b, raw[:at]...), decl...), raw[at:]...)
}

// outerPrefix is a prefix declared around an element.
type outerPrefix struct {
	name []byte
	ns   nsRef
	used bool
}

// outerPrefixes lists the prefixes in scope from ancestors that the element does not declare anew.
func (e Element) outerPrefixes() (list []outerPrefix) {
	add := func(tag uint32) {
		end, _ := nameEnd(e.p.raw, int(tag)+1)
		it := attrs{raw: e.p.raw, at: end}
		for it.next() {
			name, ok := bytes.CutPrefix(it.name.of(e.p.raw), []byte("xmlns:"))
			same := func(o outerPrefix) bool { return bytes.Equal(o.name, name) }
			if _, own := e.p.declared(e.tag, name); ok && !own && string(name) != "xml" && !slices.ContainsFunc(list, same) {
				list = append(list, outerPrefix{name: name, ns: it.ref()})
			}
		}
	}
	for s := e.scope; s != nil; s = s.outer {
		add(s.tag)
	}
	add(0)
	return list
}

// declareUsed appends declarations of the ancestors' prefixes that occur in the element. One that a
// descendant declares anew may be among them; that does no harm.
func (e Element) declareUsed(decl []byte) []byte {
	list := e.outerPrefixes()
	if len(list) == 0 {
		return decl
	}
	use := func(qname []byte) {
		prefix, _, _ := bytes.Cut(qname, []byte(":"))
		for i := range list {
			if len(prefix) < len(qname) && bytes.Equal(list[i].name, prefix) {
				list[i].used = true
			}
		}
	}
	raw := e.bytes()
	for i := nextMarkup(raw, 0); i < len(raw); i = nextMarkup(raw, i) {
		if raw[i+1] == '/' {
			i++
			continue
		}
		end, _ := nameEnd(raw, i+1)
		use(raw[i+1 : end])
		it := attrs{raw: raw, at: end}
		for it.next() {
			use(it.name.of(raw))
		}
		i = it.at
	}
	for _, o := range list {
		if o.used {
			decl = AppendAttr(decl, "xmlns:"+string(o.name), o.ns.in(e.p.raw, e.p.contentNS))
		}
	}
	return decl
}
