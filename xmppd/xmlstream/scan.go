package xmlstream

import "sync"

// scanner reads one first-level element: it checks that the element is well-formed and within the
// limits, and builds the packet's index. It works on a growing prefix of the element, so that it can
// go on when more bytes have come; offsets count from the element's '<'.
type scanner struct {
	limits    Limits
	contentNS string
	header    *streamScope // what the stream header declares; nil = none

	pos      int // everything before it is done
	elements int
	cdata    bool
	pending  bool // the tag at pos is not complete: seek and quote are in use
	seek     int
	quote    byte

	stack []open
	binds []binding
	attrs []attr

	index   index
	kids    []kid
	cuts    []span // redundant declarations of the content namespace
	used    uint64 // prefixes of the header that were used, by their number
	noXmlns bool   // the root does not declare a default namespace
}

// open is an element whose end tag has not come yet.
type open struct {
	name  span
	def   nsRef // default namespace inside of it
	binds int   // len(binds) outside of it
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

func newScanner(contentNS string, h *streamScope, l Limits) *scanner {
	s := scanners.Get().(*scanner)
	*s = scanner{
		limits: l, contentNS: contentNS, header: h,
		stack: s.stack[:0], binds: s.binds[:0], attrs: s.attrs[:0], kids: s.kids[:0], cuts: s.cuts[:0],
	}
	return s
}

// free gives the scanner back; one that grew far beyond the usual is left to the collector.
func (s *scanner) free() {
	const usual = 1024
	if cap(s.kids) <= usual && cap(s.cuts) <= usual {
		s.header = nil
		scanners.Put(s)
	}
}

// scan goes on with d, which begins with the element's '<'. It returns true when the element is
// complete: it is d[:s.pos]. errMore asks for a longer d; last says that there is none, so that an
// error in an unfinished tag is found, too.
func (s *scanner) scan(d []byte, last bool) (done bool, err error) {
	if s.pending {
		if !s.seekEnd(d) && !last {
			return false, errMore
		}
		s.pending = false
	}
	for {
		if s.cdata {
			err = s.charData(d)
		} else if len(s.stack) > 0 {
			err = s.text(d)
		}
		if err == nil {
			done, err = s.markup(d)
		}
		if done || err != nil {
			return done, err
		}
	}
}

// text reads character data up to the next '<'.
func (s *scanner) text(d []byte) error {
	p := s.pos
	for {
		for p < len(d) && class[d[p]]&plainText != 0 {
			p++
		}
		s.pos = p
		if p == len(d) {
			return errMore
		}
		n, err := 1, error(nil)
		switch d[p] {
		case '<':
			return nil
		case '&':
			n, _, err = reference(d, p)
		case '>':
			if d[p-1] == ']' && d[p-2] == ']' { // the element's tag is before them
				err = malformed("']]>' in character data")
			}
		default:
			n, err = char(d, p)
		}
		if err != nil {
			return err
		}
		p += n
	}
}

const cdataOpen = "<![CDATA["

// charData reads a CDATA section up to and including its end.
func (s *scanner) charData(d []byte) error {
	for s.pos < len(d) {
		c := d[s.pos]
		switch {
		case c == ']':
			if len(d)-s.pos < 3 {
				if s.pos+1 < len(d) && d[s.pos+1] != ']' {
					break
				}
				return errMore
			}
			if d[s.pos+1] == ']' && d[s.pos+2] == '>' {
				s.pos += 3
				s.cdata = false
				return s.text(d)
			}
		case class[c]&plainText == 0:
			n, err := char(d, s.pos)
			if err != nil {
				return err
			}
			s.pos += n
			continue
		}
		s.pos++
	}
	return errMore
}

// markup reads what begins with the '<' at d[s.pos].
func (s *scanner) markup(d []byte) (done bool, err error) {
	if s.pos+1 == len(d) {
		return false, errMore
	}
	switch d[s.pos+1] {
	case '!':
		return false, s.openCDATA(d)
	case '?':
		return false, restricted("processing instruction")
	case '/':
		done, err = s.close(d)
	default:
		var t tag
		if t, err = s.startTag(d, s.pos); err == nil {
			done, err = s.enter(d, t)
		}
	}
	if err == errMore {
		s.seek, s.quote = s.pos, 0
		s.pending = !s.seekEnd(d)
	}
	return done, err
}

func (s *scanner) openCDATA(d []byte) error {
	have := d[s.pos:min(len(d), s.pos+len(cdataOpen))]
	if string(have) != cdataOpen[:len(have)] {
		return restricted("comment or document type declaration")
	}
	if len(have) < len(cdataOpen) {
		return errMore
	}
	if len(s.stack) == 0 {
		return malformed("CDATA outside of an element")
	}
	s.pos += len(cdataOpen)
	s.cdata = true
	return nil
}

// enter takes up a start tag: limits, namespaces, index.
func (s *scanner) enter(d []byte, t tag) (done bool, err error) {
	if s.elements++; s.elements > s.limits.Elements {
		return false, tooMuch("too many elements")
	}
	depth := len(s.stack)
	if depth >= s.limits.Depth {
		return false, tooMuch("elements nested too deep")
	}
	outer := len(s.binds)
	ns, def, err := s.resolve(d, &t)
	if err != nil {
		return false, err
	}
	switch depth {
	case 0:
		err = s.root(d, &t, ns)
	case 1:
		err = s.child(d, &t, ns)
	}
	if err != nil {
		return false, err
	}
	s.pos = t.end
	if !t.empty {
		s.stack = append(s.stack, open{t.name, def, outer})
		return false, nil
	}
	s.binds = s.binds[:outer]
	if depth == 1 {
		s.kids[len(s.kids)-1].end = uint32(t.end)
	}
	if depth == 0 {
		s.index.bodyEnd = s.index.tagEnd
	}
	return depth == 0, nil
}

// close takes up an end tag.
func (s *scanner) close(d []byte) (done bool, err error) {
	depth := len(s.stack) - 1
	if depth < 0 {
		return false, malformed("end tag without a start tag")
	}
	o := &s.stack[depth]
	end, err := endTag(d, s.pos, o.name.of(d))
	if err != nil {
		return false, err
	}
	s.binds = s.binds[:o.binds]
	s.stack = s.stack[:depth]
	switch depth {
	case 0:
		s.index.bodyEnd = uint32(s.pos)
	case 1:
		s.kids[len(s.kids)-1].end = uint32(end)
	}
	s.pos = end
	return depth == 0, nil
}
