package directory

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plenum/xmppd/fault"
)

// Limits of what people type in, in characters.
const (
	MinPassword    = 8
	MaxPassword    = 256 // PBKDF2 hashes longer ones first; nobody types more
	MaxLoginName   = 64  // what fits into a column of a table, and any SIP phone
	MaxDisplayName = 128
)

// CheckPassword applies the rule for passwords wherever one is set: at least 8 characters, with upper case, lower case and at least one digit.
// The fault.Invalid names all that is missing.
func CheckPassword(password string) error {
	var upper, lower, digit bool
	for _, r := range password {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
	}
	length := utf8.RuneCountInString(password)
	var missing []string
	if length < MinPassword {
		missing = append(missing, "at least "+strconv.Itoa(MinPassword)+" characters")
	}
	if !upper {
		missing = append(missing, "an upper-case letter")
	}
	if !lower {
		missing = append(missing, "a lower-case letter")
	}
	if !digit {
		missing = append(missing, "a digit")
	}
	if len(missing) > 0 {
		return fault.New(fault.Invalid, "the password needs "+enumerate(missing))
	}
	return checkLength(password)
}

// checkLength is what holds for every password.
func checkLength(password string) error {
	switch {
	case password == "":
		return fault.New(fault.Invalid, "the password is empty")
	case utf8.RuneCountInString(password) > MaxPassword:
		return fault.Newf(fault.Invalid, "the password has more than %d characters", MaxPassword)
	}
	return nil
}

// enumerate joins parts as a sentence does.
func enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// CheckLoginName applies the rule for login names: a lower-case letter of a to z, then such letters, digits, ".", "-" and "_". What passes is a
// localpart in its canonical form.
func CheckLoginName(name string) error {
	if name == "" {
		return fault.New(fault.Invalid, "the login name is missing")
	}
	if len(name) > MaxLoginName {
		return fault.Newf(fault.Invalid, "the login name has more than %d characters", MaxLoginName)
	}
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z':
		case i == 0:
			return fault.New(fault.Invalid, "the login name must begin with a lower-case letter")
		case r >= '0' && r <= '9', r == '.', r == '-', r == '_':
		default:
			return fault.Newf(fault.Invalid, "the login name may not contain %q: lower-case letters, digits, \".\", \"-\" and \"_\" are allowed", r)
		}
	}
	return nil
}

// CheckDisplayName accepts what can be shown on one line; an empty name is accepted.
func CheckDisplayName(name string) error {
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fault.New(fault.Invalid, "the display name has characters that cannot be shown")
	case utf8.RuneCountInString(name) > MaxDisplayName:
		return fault.Newf(fault.Invalid, "the display name has more than %d characters", MaxDisplayName)
	}
	return nil
}
