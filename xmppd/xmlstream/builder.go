package xmlstream

// Builder writes XML that the server makes itself. Its methods return the builder, so that calls chain.
// Namespaces are declared where they change; the content namespace is not written.
type Builder struct {
	buf       []byte
	contentNS string
	open      []frame
	inTag     bool // the last start tag still takes attributes
}

type frame struct {
	at, end int // the name, in buf
	ns      string
}

// NewBuilder returns a builder for stanzas in jabber:client.
func NewBuilder() *Builder { return &Builder{contentNS: NSClient} }

// NewBuilderIn returns a builder with another content namespace.
func NewBuilderIn(contentNS string) *Builder { return &Builder{contentNS: contentNS} }

// Reset empties the builder and keeps its memory. A packet made before is not touched.
func (b *Builder) Reset() *Builder {
	b.buf, b.open, b.inTag = b.buf[:0], b.open[:0], false
	return b
}

// Start begins an element. An empty ns is that of the parent. attrs are names and values in turn; an
// attribute with an empty value is left out.
func (b *Builder) Start(local, ns string, attrs ...string) *Builder {
	b.endTag()
	outer := b.contentNS
	if n := len(b.open); n > 0 {
		outer = b.open[n-1].ns
	}
	if ns == "" {
		ns = outer
	}
	b.buf = append(b.buf, '<')
	at := len(b.buf)
	b.buf = append(b.buf, local...)
	b.open = append(b.open, frame{at, len(b.buf), ns})
	b.inTag = true
	if ns != outer {
		b.Attr("xmlns", ns)
	}
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			b.Attr(attrs[i], attrs[i+1])
		}
	}
	return b
}

// Attr adds an attribute, also an empty one, to the element just begun.
func (b *Builder) Attr(name, value string) *Builder {
	b.buf = AppendAttr(b.buf, name, value)
	return b
}

// Text adds character data.
func (b *Builder) Text(s string) *Builder {
	if s != "" {
		b.endTag()
		b.buf = AppendText(b.buf, s)
	}
	return b
}

// Element adds <local>text</local>, or <local/> without text.
func (b *Builder) Element(local, ns, text string, attrs ...string) *Builder {
	return b.Start(local, ns, attrs...).Text(text).End()
}

// Raw adds well-formed XML whose namespaces are declared in itself.
func (b *Builder) Raw(x []byte) *Builder {
	if len(x) > 0 {
		b.endTag()
		b.buf = append(b.buf, x...)
	}
	return b
}

// End closes the innermost element.
func (b *Builder) End() *Builder {
	n := len(b.open) - 1
	f := b.open[n]
	b.open = b.open[:n]
	if b.inTag {
		b.buf = append(b.buf, "/>"...)
		b.inTag = false
		return b
	}
	b.buf = append(b.buf, "</"...)
	b.buf = append(b.buf, b.buf[f.at:f.end]...)
	b.buf = append(b.buf, '>')
	return b
}

func (b *Builder) endTag() {
	if b.inTag {
		b.buf = append(b.buf, '>')
		b.inTag = false
	}
}

// Bytes closes all open elements and returns what was written; it is valid until the next call.
func (b *Builder) Bytes() []byte {
	for len(b.open) > 0 {
		b.End()
	}
	return b.buf
}

// Packet closes all open elements and returns the packet. Raw that was not well-formed is a bug and panics.
func (b *Builder) Packet() *Packet {
	p, err := adopt(append([]byte(nil), b.Bytes()...), b.contentNS)
	if err != nil {
		panic("build: " + err.Error())
	}
	return p
}
