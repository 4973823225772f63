package directory

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

// Limits of what people type in, in characters.
const (
	MinPassword    = 8
	MaxPassword    = 256 // PBKDF2 hashes longer ones first; nobody types more
	MaxLoginName   = 64  // what fits into a column of a table, and any SIP phone
	MaxDisplayName = 128
)

// CheckPassword applies the rule for passwords wherever one is set: at least 8 characters, with upper case, lower case and at least one digit.
// The fault.Invalid names all that is missing, and carries FieldErrors.
func CheckPassword(password string) error {
	bad := passwordErrors(password)
	if len(bad) == 0 {
		return nil
	}
	var missing, texts []string
	for _, e := range bad {
		if what, ok := passwordNeeds[e.Code]; ok {
			missing = append(missing, what)
		} else {
			texts = append(texts, e.Text)
		}
	}
	if len(missing) > 0 {
		texts = append([]string{"the password needs " + enumerate(missing)}, texts...)
	}
	return fault.Wrap(fault.Invalid, bad, strings.Join(texts, "; "))
}

// passwordNeeds says what a password lacks, by code.
var passwordNeeds = map[string]string{
	"too_short": "at least " + strconv.Itoa(MinPassword) + " characters",
	"no_upper":  "an upper-case letter",
	"no_lower":  "a lower-case letter",
	"no_digit":  "a digit",
}

func passwordErrors(password string) (bad FieldErrors) {
	var upper, lower, digit bool
	for _, r := range password {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
	}
	length := utf8.RuneCountInString(password)
	for _, need := range []struct {
		met  bool
		code string
	}{{length >= MinPassword, "too_short"}, {upper, "no_upper"}, {lower, "no_lower"}, {digit, "no_digit"}} {
		if !need.met {
			bad.add("password", need.code, "the password needs "+passwordNeeds[need.code])
		}
	}
	if err := sasl.UsablePassword(password); password != "" && err != nil {
		bad.add("password", "bad_character", fault.Text(err))
	}
	if length > MaxPassword {
		bad.add("password", "too_long", fmt.Sprintf("the password has more than %d characters", MaxPassword))
	}
	return bad
}

// checkLength is what holds for every password.
func checkLength(password string) error {
	var bad FieldErrors
	switch {
	case password == "":
		bad.add("password", "missing", "the password is empty")
	case utf8.RuneCountInString(password) > MaxPassword:
		bad.add("password", "too_long", fmt.Sprintf("the password has more than %d characters", MaxPassword))
	}
	return bad.orNil()
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
func CheckLoginName(name string) error { return loginErrors(name).orNil() }

func loginErrors(name string) (bad FieldErrors) {
	switch {
	case name == "":
		bad.add("login", "missing", "the login name is missing")
		return bad
	case len(name) > MaxLoginName:
		bad.add("login", "too_long", fmt.Sprintf("the login name has more than %d characters", MaxLoginName))
		return bad
	}
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z':
		case i == 0:
			bad.add("login", "bad_start", "the login name must begin with a lower-case letter")
			return bad
		case r >= '0' && r <= '9', r == '.', r == '-', r == '_':
		default:
			bad.add("login", "bad_character",
				fmt.Sprintf("the login name may not contain %q: lower-case letters, digits, \".\", \"-\" and \"_\" are allowed", r))
			return bad
		}
	}
	return nil
}

// proposeLogin makes a login name of what was typed in, or of a person's name; empty when nothing of it can be used.
func proposeLogin(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case unicode.IsSpace(r):
			return '.'
		}
		return -1
	}, fold(strings.TrimSpace(text)))
	name = strings.TrimLeft(name, "0123456789.-_")
	return name[:min(len(name), MaxLoginName)]
}

// CheckDisplayName accepts what can be shown on one line; an empty name is accepted.
func CheckDisplayName(name string) error { return displayNameErrors(name).orNil() }

func displayNameErrors(name string) FieldErrors {
	return lineErrors("displayName", "the display name", name, MaxDisplayName)
}

// hidden reports whether a character cannot be shown, or turns the direction of what stands around it, so that a name looks like another.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// lineErrors accepts what can be shown on one line.
func lineErrors(field, what, text string, limit int) (bad FieldErrors) {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, hidden):
		bad.add(field, "bad_character", what+" has characters that cannot be shown")
	case utf8.RuneCountInString(text) > limit:
		bad.add(field, "too_long", fmt.Sprintf("%s has more than %d characters", what, limit))
	}
	return bad
}
