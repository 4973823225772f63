package xmlstream

import "unicode/utf8"

// AppendEscaped appends s so that it can stand in character data and in attribute values of either
// quote. What XML cannot carry becomes U+FFFD.
func AppendEscaped(dst []byte, s string) []byte { return escape(dst, s, plainText|plainAttr, ' ') }

// AppendText appends s as character data; line feeds, tabs and quotes stay as they are.
func AppendText(dst []byte, s string) []byte { return escape(dst, s, plainText, '\t') }

// escape leaves bytes of the class alone that are not below least.
func escape(dst []byte, s string, plain uint8, least byte) []byte {
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if class[c]&plain == plain && c >= least && c != '\r' {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if esc := escapeOf(r, n); esc != "" {
			dst = append(append(dst, s[done:i]...), esc...)
			done = i + n
		}
		i += n
	}
	return append(dst, s[done:]...)
}

// escapeOf returns what stands for the character r of n bytes; "" when it stands for itself.
func escapeOf(r rune, n int) string {
	switch r {
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '&':
		return "&amp;"
	case '\'':
		return "&apos;"
	case '"':
		return "&quot;"
	case '\t':
		return "&#9;"
	case '\n':
		return "&#10;"
	case '\r':
		return "&#13;"
	}
	if !isChar(r) || r == utf8.RuneError && n == 1 {
		return "\uFFFD"
	}
	return ""
}

// AppendAttr appends an attribute with a space before it.
func AppendAttr(dst []byte, name, value string) []byte {
	dst = append(append(dst, ' '), name...)
	dst = AppendEscaped(append(dst, "='"...), value)
	return append(dst, '\'')
}
