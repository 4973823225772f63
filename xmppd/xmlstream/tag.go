package xmlstream

// span is a range of bytes of a packet or of the data being scanned.
type span struct{ off, end uint32 }

func (s span) of(d []byte) []byte { return d[s.off:s.end] }
func (s span) len() int           { return int(s.end - s.off) }

// attr is an attribute of the tag that was read last.
type attr struct {
	cut   uint32 // where the white space before it begins; cut to val.end+1 removes the attribute
	name  span
	colon uint32 // offset of the name's colon; 0 = no prefix
	val   span   // between the quotes, as written
	cook  bool   // the value has references or white space to normalise
	decl  bool   // namespace declaration
}

// tag is a start tag.
type tag struct {
	start, end int // '<' to behind '>'
	name       span
	colon      uint32
	empty      bool // <name/>
}

// startTag reads the tag at d[i], a '<', and its attributes into s.attrs. It checks all that does not
// need namespaces.
func (s *scanner) startTag(d []byte, i int) (t tag, err error) {
	p, colon, err := name(d, i+1)
	if err != nil {
		return tag{}, err
	}
	t = tag{start: i, name: span{uint32(i + 1), uint32(p)}, colon: uint32(colon)}
	s.attrs = s.attrs[:0]
	for {
		cut := p
		for p < len(d) && class[d[p]]&white != 0 {
			p++
		}
		if p == len(d) {
			return tag{}, errMore
		}
		switch d[p] {
		case '>':
			t.end = p + 1
			return t, nil
		case '/':
			if p+1 == len(d) {
				return tag{}, errMore
			}
			if d[p+1] != '>' {
				return tag{}, malformed("'/' in a tag")
			}
			t.end, t.empty = p+2, true
			return t, nil
		}
		if p == cut {
			return tag{}, malformed("white space expected before an attribute")
		}
		if p, err = s.attribute(d, cut, p); err != nil {
			return tag{}, err
		}
	}
}

// attribute reads the attribute at d[p:] and returns the offset behind it.
func (s *scanner) attribute(d []byte, cut, p int) (int, error) {
	if len(s.attrs) >= s.limits.Attrs {
		return 0, tooMuch("too many attributes")
	}
	end, colon, err := name(d, p)
	if err != nil {
		return 0, err
	}
	a := attr{cut: uint32(cut), name: span{uint32(p), uint32(end)}, colon: uint32(colon)}
	n := d[p:end]
	for i := range s.attrs {
		if b := s.attrs[i].name; b.len() == len(n) && string(d[b.off:b.end]) == string(n) {
			return 0, malformed("attribute given twice")
		}
	}
	a.decl = n[0] == 'x' && len(n) >= 5 && string(n[:5]) == "xmlns" && (len(n) == 5 || n[5] == ':')
	q, err := equals(d, end)
	if err != nil {
		return 0, err
	}
	if a.val.end, a.cook, err = value(d, q+1, d[q]); err != nil {
		return 0, err
	}
	a.val.off = uint32(q + 1)
	s.attrs = append(s.attrs, a)
	return int(a.val.end) + 1, nil
}

// equals reads "=" with white space around it and returns the offset of the quote that follows.
func equals(d []byte, p int) (int, error) {
	seen := false
	for ; p < len(d); p++ {
		switch c := d[p]; {
		case class[c]&white != 0:
		case c == '=' && !seen:
			seen = true
		case (c == '"' || c == '\'') && seen:
			return p, nil
		default:
			return 0, malformed("attribute without a quoted value")
		}
	}
	return 0, errMore
}

// value reads an attribute value up to its closing quote q and returns the offset of that.
func value(d []byte, p int, q byte) (end uint32, cook bool, err error) {
	for {
		for p < len(d) && class[d[p]]&plainAttr != 0 {
			p++
		}
		if p == len(d) {
			return 0, false, errMore
		}
		n := 1
		switch c := d[p]; c {
		case q:
			return uint32(p), cook, nil
		case '"', '\'':
		case '<':
			return 0, false, malformed("'<' in an attribute value")
		case '&':
			cook = true
			if n, _, err = reference(d, p); err != nil {
				return 0, false, err
			}
		default:
			cook = cook || class[c]&white != 0
			if n, err = char(d, p); err != nil {
				return 0, false, err
			}
		}
		p += n
	}
}

// endTag reads the tag at d[i:], "</", which must close the element called want; it returns the offset behind.
func endTag(d []byte, i int, want []byte) (int, error) {
	p := i + 2
	for k := range want {
		if p+k == len(d) {
			return 0, errMore
		}
		if d[p+k] != want[k] {
			return 0, malformed("end tag does not match")
		}
	}
	for p += len(want); p < len(d); p++ {
		if d[p] == '>' {
			return p + 1, nil
		}
		if class[d[p]]&white == 0 {
			return 0, malformed("end tag does not match")
		}
	}
	return 0, errMore
}

// seekEnd looks for the end of the tag that begins at s.pos, going on from where it stopped before. It
// keeps the cost of a tag that comes in byte by byte linear. A '<' ends the search too: it is an error
// that the tag's reader will find.
func (s *scanner) seekEnd(d []byte) bool {
	for ; s.seek < len(d); s.seek++ {
		switch c := d[s.seek]; {
		case c == '<' && s.seek > s.pos:
			return true
		case s.quote != 0:
			if c == s.quote {
				s.quote = 0
			}
		case c == '"' || c == '\'':
			s.quote = c
		case c == '>':
			return true
		}
	}
	return false
}
