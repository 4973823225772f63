package xmlstream

import (
	"encoding/xml"
	"errors"
	"strings"
	"unicode/utf8"
)

// Classes of bytes. What has no class needs a closer look.
const (
	nameFirst = 1 << iota // may begin a name; bytes above ASCII are looked at later
	nameRest              // may go on with a name
	plainText             // stands for itself in character data
	plainAttr             // stands for itself in an attribute value, whatever its quote
	white
)

var class = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf
		if letter {
			t[i] |= nameFirst | nameRest
		}
		if '0' <= c && c <= '9' || c == '-' || c == '.' {
			t[i] |= nameRest
		}
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			t[i] |= white
		}
		ascii := ' ' <= c && c < utf8.RuneSelf && c != '<' && c != '&'
		if ascii && c != '>' || t[i]&white != 0 {
			t[i] |= plainText
		}
		if ascii && c != '\'' && c != '"' {
			t[i] |= plainAttr
		}
	}
	return t
}()

// errMore says that the data ends within what was being read.
var errMore = errors.New("xmlstream: more data needed")

// name reads the QName at d[i:] and returns the offset behind it and that of its colon (0: none).
// The byte behind a name is part of the grammar of all its uses, so a name at the end of d is not complete.
func name(d []byte, i int) (end, colon int, err error) {
	if i == len(d) {
		return 0, 0, errMore
	}
	start := i
	if class[d[i]]&nameFirst == 0 {
		return 0, 0, malformed("name expected")
	}
	high := byte(0)
	for {
		for i < len(d) && class[d[i]]&nameRest != 0 {
			high |= d[i]
			i++
		}
		if i == len(d) {
			return 0, 0, errMore
		}
		if d[i] != ':' {
			break
		}
		if colon != 0 {
			return 0, 0, malformed("name with two colons")
		}
		colon = i
		if i++; i == len(d) {
			return 0, 0, errMore
		}
		if class[d[i]]&nameFirst == 0 {
			return 0, 0, malformed("name ends with a colon")
		}
	}
	if high >= utf8.RuneSelf && !validName(d[start:i], colon-start) {
		return 0, 0, malformed("character not allowed in a name")
	}
	return i, colon, nil
}

// validName checks a name with characters beyond ASCII. The editions of XML 1.0 differ in what they
// allow; encoding/xml follows the narrow older one, as expat does in many of our peers.
func validName(n []byte, colon int) bool {
	if colon > 0 {
		return validName(n[:colon], 0) && validName(n[colon+1:], 0)
	}
	_, err := xml.NewDecoder(strings.NewReader("<" + string(n) + "/>")).RawToken()
	return err == nil
}

// char returns the length of the character at d[i:], which is not ASCII or not plain.
func char(d []byte, i int) (int, error) {
	if d[i] < utf8.RuneSelf {
		if d[i] < ' ' && class[d[i]]&white == 0 {
			return 0, malformed("control character")
		}
		return 1, nil
	}
	r, n := utf8.DecodeRune(d[i:])
	if r == utf8.RuneError && n == 1 {
		if !utf8.FullRune(d[i:]) {
			return 0, errMore
		}
		return 0, malformed("not UTF-8")
	}
	if r == 0xFFFE || r == 0xFFFF {
		return 0, malformed("character not allowed in XML")
	}
	return n, nil
}

// reference returns the length of the reference at d[i:], d[i] == '&', and the character it stands for.
func reference(d []byte, i int) (n int, r rune, err error) {
	for n = 1; ; n++ {
		if i+n == len(d) {
			return 0, 0, errMore
		}
		c := d[i+n]
		if c == ';' {
			break
		}
		if n == maxRefBytes || class[c]&nameRest == 0 && !(c == '#' && n == 1) {
			return 0, 0, malformed("broken reference")
		}
	}
	ref := d[i+1 : i+n]
	switch string(ref) {
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "amp":
		r = '&'
	case "quot":
		r = '"'
	case "apos":
		r = '\''
	default:
		if r, err = charRef(ref); err != nil {
			return 0, 0, err
		}
	}
	return n + 1, r, nil
}

// charRef reads "#65" or "#x41"; any other reference is to an entity that a DTD would declare.
func charRef(ref []byte) (rune, error) {
	if len(ref) == 0 || ref[0] != '#' {
		return 0, restricted("entity reference")
	}
	digits, base := ref[1:], rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	r := rune(0)
	for _, c := range digits {
		v := rune(99)
		switch {
		case '0' <= c && c <= '9':
			v = rune(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			v = rune(c|0x20-'a') + 10
		}
		if r = r*base + v; v >= base || r > utf8.MaxRune {
			return 0, malformed("broken character reference")
		}
	}
	if len(digits) == 0 || !isChar(r) {
		return 0, malformed("reference to a character not allowed in XML")
	}
	return r, nil
}

// isChar is the production Char of XML 1.0.
func isChar(r rune) bool {
	return r >= ' ' && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}
