package directory_test

import (
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
)

func TestCheckPassword(t *testing.T) {
	tests := []struct{ name, password, want string }{
		{"all parts are there", "Abcdefg1", ""},
		{"letters of other alphabets count", "Ümläutße1", ""},
		{"spaces and signs are allowed", "A b c! 1 ☃", ""},
		{"seven characters are too few", "Abcdef1", "the password needs at least 8 characters"},
		{"characters are counted, not bytes", "Äöüäöü1", "the password needs at least 8 characters"},
		{"an upper-case letter is missing", "abcdefg1", "the password needs an upper-case letter"},
		{"a lower-case letter is missing", "ABCDEFG1", "the password needs a lower-case letter"},
		{"a digit is missing", "Abcdefgh", "the password needs a digit"},
		{"two parts are missing", "abcdefgh", "the password needs an upper-case letter and a digit"},
		{"everything is missing", "", "the password needs at least 8 characters, an upper-case letter, a lower-case letter and a digit"},
		{"256 characters are allowed", "Aa1" + strings.Repeat("x", 253), ""},
		{"257 characters are too many", "Aa1" + strings.Repeat("x", 254), "the password has more than 256 characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantInvalid(t, directory.CheckPassword(test.password), test.want) })
	}
}

func TestCheckLoginName(t *testing.T) {
	const unusable = `: lower-case letters, digits, ".", "-" and "_" are allowed`
	tests := []struct{ name, login, want string }{
		{"letters", "juliet", ""},
		{"one letter", "j", ""},
		{"digits and signs after the first letter", "j.capulet-2_x", ""},
		{"no name", "", "the login name is missing"},
		{"a digit first", "1juliet", "the login name must begin with a lower-case letter"},
		{"a sign first", ".juliet", "the login name must begin with a lower-case letter"},
		{"a capital first", "Juliet", "the login name must begin with a lower-case letter"},
		{"a capital", "juLiet", "the login name may not contain 'L'" + unusable},
		{"a space", "juliet capulet", "the login name may not contain ' '" + unusable},
		{"an at sign", "juliet@capulet", "the login name may not contain '@'" + unusable},
		{"an umlaut", "jülia", "the login name may not contain 'ü'" + unusable},
		{"64 characters", strings.Repeat("a", 64), ""},
		{"65 characters", strings.Repeat("a", 65), "the login name has more than 64 characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantInvalid(t, directory.CheckLoginName(test.login), test.want) })
	}
}

func TestCheckDisplayName(t *testing.T) {
	tests := []struct{ name, display, want string }{
		{"a name", "Juliet Capulet 🌹", ""},
		{"no name", "", ""},
		{"a line break", "Juliet\nCapulet", "the display name has characters that cannot be shown"},
		{"not UTF-8", "\xff", "the display name has characters that cannot be shown"},
		{"128 characters", strings.Repeat("ü", 128), ""},
		{"129 characters", strings.Repeat("ü", 129), "the display name has more than 128 characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantInvalid(t, directory.CheckDisplayName(test.display), test.want) })
	}
}

func TestRolesHaveNames(t *testing.T) {
	for _, role := range append(directory.Roles(), directory.NoRole) {
		var again directory.Role
		text, _ := role.MarshalText()
		if err := again.UnmarshalText(text); err != nil || again != role {
			t.Errorf("%q is read as %q, %v", role, again, err)
		}
	}
	if _, err := directory.ParseRole("king"); !fault.Is(err, fault.Invalid) {
		t.Errorf("king gives %v", err)
	}
}

// wantInvalid expects a fault.Invalid with this text, or none where the text is empty.
func wantInvalid(t *testing.T, err error, text string) {
	t.Helper()
	if fault.Text(err) != text || err != nil && !fault.Is(err, fault.Invalid) {
		t.Errorf("error is %v, want %q", err, text)
	}
}
