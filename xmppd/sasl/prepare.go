package sasl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// prepareUser returns a user name as the localpart of a JID (RFC 7622 §3.3), false when it cannot be one.
func prepareUser(name string) (string, bool) {
	j, err := jid.New(name, "localhost", "") // a localpart does not stand alone
	return j.Local(), err == nil && j.Local() != ""
}

// UsablePassword returns fault.Invalid for a password that no keys can be made of.
func UsablePassword(password string) error {
	_, err := preparePassword(password)
	return err
}

// preparePassword applies SASLprep (RFC 4013), which both SCRAM RFCs ask for and which clients therefore do; OpaqueString of RFC 8265 would give
// other bytes for what NFKC changes. The check of bidirectional text and of code points younger than Unicode 3.2 is left out: neither changes
// the bytes, and a password that some client refuses to send harms nobody.
func preparePassword(password string) (string, error) {
	if password == "" {
		return "", fault.New(fault.Invalid, "the password is empty")
	}
	if isPrintableASCII(password) {
		return password, nil
	}
	if !utf8.ValidString(password) {
		return "", fault.New(fault.Invalid, "the password is not UTF-8")
	}
	prepared := norm.NFKC.String(strings.Map(mapPasswordRune, password))
	if prepared == "" || strings.ContainsFunc(prepared, isProhibited) {
		return "", fault.New(fault.Invalid, "the password has characters that cannot be used in passwords")
	}
	return prepared, nil
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// mapPasswordRune is the mapping of RFC 4013 §2.1: spaces of other scripts (RFC 3454 C.1.2) become a space, what has no width (B.1) vanishes.
func mapPasswordRune(r rune) rune {
	switch {
	case r == 0x00A0, r == 0x1680, r >= 0x2000 && r <= 0x200B, r == 0x202F, r == 0x205F, r == 0x3000:
		return ' '
	case r == 0x00AD, r == 0x034F, r == 0x1806, r >= 0x180B && r <= 0x180D, r == 0x200C, r == 0x200D, r == 0x2060,
		r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF:
		return -1
	}
	return r
}

// isProhibited is RFC 4013 §2.3, by general category where that says the same: control and format characters, private use, noncharacters,
// surrogates, what is unfit for plain text, and tags.
func isProhibited(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
		return true
	case r == 0x06DD, r == 0x070F, r == 0x180E, r >= 0x200E && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2061 && r <= 0x206F:
		return true
	case r >= 0x2FF0 && r <= 0x2FFB, r >= 0xFFF9 && r <= 0xFFFD:
		return true
	case r >= 0x1D173 && r <= 0x1D17A, r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}
