package xmlstream

// index is what a packet knows about its bytes. Offsets count from the first byte of the element.
type index struct {
	name    span // of the root, with prefix
	local   uint32
	tagEnd  uint32 // behind the root's start tag
	bodyEnd uint32 // the root's end tag; tagEnd for <name/>
	ns      nsRef

	to, from, id, typ, lang field

	hints    Hints
	kind     Kind
	prefixed bool // some element or attribute has a prefix other than xml
}

// field is a root attribute; the zero value is one that is not there.
type field struct {
	cut  uint32 // cut to val.end+1 is the attribute with the white space before it
	val  span
	cook bool
}

func (f field) in(raw []byte) string {
	b := f.val.of(raw)
	if f.cook {
		return unescape(b, true)
	}
	return alias(b)
}

// kid is a child of the root.
type kid struct {
	start, end, nameEnd, local uint32
	ns                         nsRef
}

// root indexes the first-level element.
func (s *scanner) root(d []byte, t *tag, ns nsRef) error {
	x := &s.index
	x.name, x.local, x.tagEnd, x.ns = t.name, localOf(t), uint32(t.end), ns
	if t.colon != 0 && s.contentNS != "" && s.uri(d, ns) == s.contentNS {
		return &Error{Condition: BadNamespacePrefix, Text: "stanza with a prefix"}
	}
	if ns.kind() == refContent {
		x.kind = kindOf(s.contentNS, string(d[x.local:x.name.end]))
	}
	for i := range s.attrs {
		a := &s.attrs[i]
		f := field{a.cut, a.val, a.cook}
		switch string(a.name.of(d)) {
		case "to":
			x.to = f
		case "from":
			x.from = f
		case "id":
			x.id = f
		case "type":
			x.typ = f
		case "xml:lang":
			x.lang = f
		}
	}
	return nil
}

func localOf(t *tag) uint32 {
	if t.colon != 0 {
		return t.colon + 1
	}
	return t.name.off
}

func kindOf(space, local string) Kind {
	if space != NSClient && space != NSServer && space != NSComponent {
		return Nonza
	}
	switch local {
	case "message":
		return Message
	case "presence":
		return Presence
	case "iq":
		return IQ
	}
	return Nonza
}

// child indexes a child of the root.
func (s *scanner) child(d []byte, t *tag, ns nsRef) error {
	k := kid{start: uint32(t.start), nameEnd: t.name.end, local: localOf(t), ns: ns}
	s.kids = append(s.kids, k)
	uri := s.uri(d, ns)
	if s.index.kind != Nonza {
		if t.colon != 0 && uri == s.contentNS {
			return &Error{Condition: BadNamespacePrefix, Text: "child of a stanza in the content namespace with a prefix"}
		}
		s.index.hints |= hintOf(uri, string(d[k.local:k.nameEnd]), ns.kind() == refContent)
	}
	return nil
}

// packet makes the packet of the element that was scanned, d, whose bytes it copies. Where d leans on
// the stream header it is made to stand alone. The packet lies in spare, if there is one and d is as it should be.
func (s *scanner) packet(d []byte, spare *Packet) (*Packet, error) {
	if decl := s.fromHeader(); decl != nil {
		at := int(s.index.name.end)
		b := make([]byte, 0, len(d)+len(decl))
		b = append(append(append(b, d[:at]...), decl...), d[at:]...)
		return adopt(b, s.contentNS)
	}
	if len(s.cuts) > 0 {
		return s.own(d)
	}
	if spare != nil {
		*spare = Packet{index: s.index, raw: append(spare.raw[:0], d...), contentNS: contentConst(s.contentNS)}
		return spare, nil
	}
	return s.own(append(make([]byte, 0, len(d)), d...))
}

// own makes the packet of the element that was scanned, d, which belongs to the packet, or is copied
// where it names the content namespace again: that has to be cut out.
func (s *scanner) own(d []byte) (*Packet, error) {
	p := newPacket(len(s.kids))
	p.index, p.contentNS, p.raw = s.index, contentConst(s.contentNS), d
	switch {
	case len(s.cuts) == 0:
	case len(s.cuts) == 1 && s.cuts[0].end <= s.index.tagEnd:
		c := s.cuts[0]
		p.raw = cutOut(d, s.cuts)
		p.shift(c.end, uint32(c.len()))
		for i := range s.kids {
			s.kids[i].shift(c.end, uint32(c.len()))
		}
	default:
		return adopt(cutOut(d, s.cuts), s.contentNS)
	}
	copy(p.kids, s.kids)
	return p, nil
}

// newPacket makes room for the packet and its children in one piece of memory, which is a third of the usual for a stanza without any.
func newPacket(children int) *Packet {
	switch {
	case children == 0:
		return &Packet{}
	case children <= 2:
		m := &struct {
			Packet
			store [2]kid
		}{}
		m.kids = m.store[:children:children]
		return &m.Packet
	case children <= 8:
		m := &struct {
			Packet
			store [8]kid
		}{}
		m.kids = m.store[:children:children]
		return &m.Packet
	}
	return &Packet{kids: make([]kid, children)}
}

// fromHeader returns the declarations that the root needs to stand without the stream header.
func (s *scanner) fromHeader() (decl []byte) {
	if s.header == nil {
		return nil
	}
	if s.noXmlns && s.header.def != s.contentNS {
		decl = AppendAttr(decl, "xmlns", s.header.def)
	}
	for i, p := range s.header.prefixes {
		if s.used&(1<<i) != 0 {
			decl = AppendAttr(decl, "xmlns:"+p.Prefix, p.URI)
		}
	}
	return decl
}

func cutOut(d []byte, cuts []span) []byte {
	n := len(d)
	for _, c := range cuts {
		n -= c.len()
	}
	b, at := make([]byte, 0, n), uint32(0)
	for _, c := range cuts {
		b = append(b, d[at:c.off]...)
		at = c.end
	}
	return append(b, d[at:]...)
}

// contentConst spares packets a reference to the string of a stream header.
func contentConst(ns string) string {
	switch ns {
	case NSClient:
		return NSClient
	case NSServer:
		return NSServer
	case NSComponent:
		return NSComponent
	}
	return ns
}

// shift moves all offsets from at on down by n.
func (x *index) shift(at, n uint32) {
	x.name.shift(at, n)
	down(&x.local, at, n)
	down(&x.tagEnd, at, n)
	down(&x.bodyEnd, at, n)
	x.ns.shift(at, n)
	for _, f := range []*field{&x.to, &x.from, &x.id, &x.typ, &x.lang} {
		down(&f.cut, at, n)
		f.val.shift(at, n)
	}
}

func (k *kid) shift(at, n uint32) {
	for _, p := range []*uint32{&k.start, &k.end, &k.nameEnd, &k.local} {
		down(p, at, n)
	}
	k.ns.shift(at, n)
}

func (s *span) shift(at, n uint32) {
	down(&s.off, at, n)
	down(&s.end, at, n)
}

func (r *nsRef) shift(at, n uint32) { down(&r.off, at, n) }

func down(p *uint32, at, n uint32) {
	if *p >= at {
		*p -= n
	}
}
