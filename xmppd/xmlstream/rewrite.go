package xmlstream

// Opt is what to do with an attribute; the zero value keeps it.
type Opt struct {
	change bool
	value  string
}

// Set gives an attribute the value v; an empty one removes it, since an empty address or id is none.
func Set(v string) Opt { return Opt{true, v} }

// Remove takes an attribute away.
func Remove() Opt { return Opt{change: true} }

// Rewrite is a change to a packet.
type Rewrite struct {
	From, To, Type, ID, Lang Opt
	Drop                     func(Element) bool // children to leave out
	Append                   []byte             // well-formed children, added at the end
}

// Rewrite returns the packet with changes. Append must be well-formed in the packet's content
// namespace, with all prefixes declared: anything else is a bug and panics.
func (p *Packet) Rewrite(r Rewrite) *Packet {
	raw := make([]byte, 0, len(p.raw)+len(r.Append)+r.grows(p))
	raw = append(raw, p.raw[:p.name.end]...)
	raw = r.attributes(raw, p)
	body := p.raw[p.tagEnd:p.bodyEnd]
	if len(body) == 0 && len(r.Append) == 0 {
		raw = append(raw, "/>"...)
	} else {
		raw = r.children(append(raw, '>'), p)
		raw = appendEnd(append(raw, r.Append...), p.name.of(p.raw))
	}
	out, err := adopt(raw, p.contentNS)
	if err != nil {
		panic("rewrite: " + err.Error())
	}
	return out
}

func (r *Rewrite) opts() [5]Opt { return [...]Opt{r.From, r.To, r.Type, r.ID, r.Lang} }

func (p *Packet) fields() [5]field { return [...]field{p.from, p.to, p.typ, p.id, p.lang} }

var fieldNames = [5]string{"from", "to", "type", "id", "xml:lang"}

// grows estimates the bytes that attributes and a new end tag take; escapes may take more.
func (r *Rewrite) grows(p *Packet) int {
	n := p.name.len() + 4
	for i, o := range r.opts() {
		n += len(fieldNames[i]) + len(o.value) + 4
	}
	return n
}

// attributes appends the changed attributes and all others as they are.
func (r *Rewrite) attributes(raw []byte, p *Packet) []byte {
	opts, fields := r.opts(), p.fields()
	for i, o := range opts {
		if o.value != "" {
			raw = AppendAttr(raw, fieldNames[i], o.value)
		}
	}
	it := attrs{raw: p.raw, at: int(p.name.end)}
next:
	for it.next() {
		for i, f := range fields {
			if opts[i].change && f.val.off == it.val.off {
				continue next
			}
		}
		raw = append(raw, p.raw[it.cut:it.at]...)
	}
	return raw
}

// children appends the content without the children to drop.
func (r *Rewrite) children(raw []byte, p *Packet) []byte {
	at := p.tagEnd
	if r.Drop != nil {
		for i := range p.kids {
			if k := &p.kids[i]; r.Drop(p.element(k)) {
				raw = append(raw, p.raw[at:k.start]...)
				at = k.end
			}
		}
	}
	return append(raw, p.raw[at:p.bodyEnd]...)
}

// adopt makes a packet of bytes that the server made; they belong to the packet.
func adopt(raw []byte, contentNS string) (*Packet, error) {
	s := newScanner(contentNS, nil, Own)
	defer s.free()
	if len(raw) == 0 || raw[0] != '<' {
		return nil, malformed("no element")
	}
	if _, err := s.scan(raw, true); err != nil {
		return nil, err
	}
	if s.pos < len(raw) {
		return nil, malformed("more than one element")
	}
	return s.own(raw)
}
