package xmlstream

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The functions here read bytes that a scanner has passed; they check nothing again.

// nameEnd returns the offset behind the name at raw[i:] and that of its colon, 0 when it has none.
func nameEnd(raw []byte, i int) (end, colon int) {
	for ; ; i++ {
		if raw[i] == ':' {
			colon = i
		} else if class[raw[i]]&nameRest == 0 {
			return i, colon
		}
	}
}

// tagEnd returns the offset behind the tag in which raw[i] is, outside of a value.
func tagEnd(raw []byte, i int) int {
	for {
		switch c := raw[i]; c {
		case '>':
			return i + 1
		case '"', '\'':
			i += 1 + bytes.IndexByte(raw[i+1:], c)
		}
		i++
	}
}

// nextMarkup returns the offset of the next tag at or behind i, past CDATA sections; len(raw) at the end.
func nextMarkup(raw []byte, i int) int {
	for {
		n := bytes.IndexByte(raw[i:], '<')
		if n < 0 {
			return len(raw)
		}
		i += n
		if raw[i+1] != '!' {
			return i
		}
		i = cdataEnd(raw, i)
	}
}

// cdataEnd returns the offset behind the CDATA section at raw[i].
func cdataEnd(raw []byte, i int) int { return i + bytes.Index(raw[i:], []byte("]]>")) + 3 }

// nextTag returns the offset of the next start tag at or behind i within the same parent.
func nextTag(raw []byte, i int) (int, bool) {
	i = nextMarkup(raw, i)
	return i, raw[i+1] != '/'
}

// skip returns the offset behind the element at raw[i].
func skip(raw []byte, i int) int {
	depth := 0
	for {
		end := tagEnd(raw, i+1)
		switch {
		case raw[i+1] == '/':
			depth--
		case raw[end-2] != '/':
			depth++
		}
		if depth == 0 {
			return end
		}
		i = nextMarkup(raw, end)
	}
}

// attrs iterates over the attributes of a tag. at starts behind the tag's name and ends behind the tag.
type attrs struct {
	raw       []byte
	at        int
	cut       int // where the white space before the attribute begins
	name, val span
}

func (t *attrs) next() bool {
	raw, i := t.raw, t.at
	t.cut = i
	for class[raw[i]]&white != 0 {
		i++
	}
	if raw[i] == '>' || raw[i] == '/' {
		t.at = i + 1
		if raw[i] == '/' {
			t.at++
		}
		return false
	}
	end, _ := nameEnd(raw, i)
	t.name = span{uint32(i), uint32(end)}
	for i = end; raw[i] != '"' && raw[i] != '\''; {
		i++
	}
	n := bytes.IndexByte(raw[i+1:], raw[i])
	t.val = span{uint32(i + 1), uint32(i + 1 + n)}
	t.at = i + n + 2
	return true
}

func (t *attrs) is(name string) bool { return string(t.name.of(t.raw)) == name }

// ref makes the reference to the namespace that the attribute declares.
func (t *attrs) ref() nsRef {
	kind := refRaw
	if cooked(t.val.of(t.raw)) {
		kind = refCooked
	}
	return nsRef{t.val.off, uint32(t.val.len()) | kind}
}

// attrOf returns an attribute of the tag at raw[tag].
func attrOf(raw []byte, tag int, name string) (string, bool) {
	end, _ := nameEnd(raw, tag+1)
	it := attrs{raw: raw, at: end}
	for it.next() {
		if it.is(name) {
			v := it.val.of(raw)
			if cooked(v) {
				return unescape(v, true), true
			}
			return alias(v), true
		}
	}
	return "", false
}

// cooked reports whether an attribute value is not what is written.
func cooked(v []byte) bool {
	for _, c := range v {
		if c == '&' || c < ' ' {
			return true
		}
	}
	return false
}

// textAt returns the character data of the element whose content begins at raw[i].
func textAt(raw []byte, i int) string {
	n := bytes.IndexByte(raw[i:], '<')
	first := raw[i : i+n]
	if raw[i+n+1] == '/' {
		if bytes.IndexByte(first, '&') < 0 && bytes.IndexByte(first, '\r') < 0 {
			return alias(first)
		}
		return unescape(first, false)
	}
	var b strings.Builder
	for {
		n := bytes.IndexByte(raw[i:], '<')
		appendText(&b, raw[i:i+n], false)
		switch i += n; raw[i+1] {
		case '/':
			return b.String()
		case '!':
			end := cdataEnd(raw, i)
			appendCDATA(&b, raw[i+len(cdataOpen):end-3])
			i = end
		default:
			i = skip(raw, i)
		}
	}
}

func appendCDATA(b *strings.Builder, d []byte) {
	for i := 0; i < len(d); i++ {
		if c := d[i]; c != '\r' {
			b.WriteByte(c)
		} else if i+1 == len(d) || d[i+1] != '\n' {
			b.WriteByte('\n')
		}
	}
}

// unescape replaces references and normalises line ends (XML 1.0 §2.11), in attribute values all white
// space (§3.3.3).
func unescape(d []byte, attr bool) string {
	var b strings.Builder
	b.Grow(len(d))
	appendText(&b, d, attr)
	return b.String()
}

func appendText(b *strings.Builder, d []byte, attr bool) {
	for i := 0; i < len(d); {
		c, n := rune(d[i]), 1
		switch {
		case c == '&':
			n, c, _ = reference(d, i)
		case c == '\r':
			if i+1 < len(d) && d[i+1] == '\n' {
				n = 2
			}
			c = '\n'
			fallthrough
		case c == '\n' || c == '\t':
			if attr {
				c = ' '
			}
		case c >= utf8.RuneSelf:
			b.WriteByte(d[i])
			i++
			continue
		}
		b.WriteRune(c)
		i += n
	}
}
