package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // machines without time zones
	"unicode"
	"unicode/utf8"
)

// UserInput is the form of a user: all that can be set of one. Account.Input gives it filled in.
type UserInput struct {
	Login        string // of a new user; it cannot change: empty, or as it is, for one who exists
	Domain       string // of a new user; empty for the main domain
	DisplayName  string // empty means the login name
	Role         Role
	Disabled     bool
	Auth         Auth    // empty means AuthInternal
	Password     string  // only with AuthInternal; empty keeps the one there is
	PIN          *string // nil keeps the one there is, an empty one removes it
	Extension    string
	Email        string
	Language     string
	CallWaiting  bool
	FaxExtension string
	Voicemail    Voicemail // empty means VoicemailNone
	Softphone    bool
	Mobile       bool
	MobileNumber string
	ShownNumber  *string // nil keeps the one there is, an empty one removes it
	TimeZone     *string // likewise
}

// Input returns the form of the account as it is, to be changed and given to UpdateUser.
func (a *Account) Input() UserInput {
	return UserInput{
		Login: a.JID.Local(), Domain: a.JID.Domain(), DisplayName: a.DisplayName, Role: a.Role, Disabled: a.Disabled, Auth: a.Auth,
		Extension: a.Extension, Email: a.Email, Language: a.Language, CallWaiting: a.CallWaiting, FaxExtension: a.FaxExtension,
		Voicemail: a.Voicemail, Softphone: a.Softphone, Mobile: a.Mobile, MobileNumber: a.MobileNumber, ShownNumber: &a.ShownNumber, TimeZone: &a.TimeZone,
	}
}

// Limits of the form, in characters.
const (
	MinPIN          = 4
	MaxPIN          = 12
	MaxEmail        = 254 // RFC 5321 §4.5.3.1.3
	MaxMobileNumber = 16  // "+" and the 15 digits of ITU-T E.164
)

// Languages are those that prompts and pages exist in.
func Languages() []string { return []string{"de", "en"} }

// tidy returns the form without the spaces that people type around values, and with defaults filled in.
func (in UserInput) tidy() UserInput {
	for _, text := range []*string{&in.Login, &in.Domain, &in.DisplayName, &in.Extension, &in.Email, &in.Language, &in.FaxExtension} {
		*text = strings.TrimSpace(*text)
	}
	in.MobileNumber = tidyNumber(in.MobileNumber)
	if in.ShownNumber != nil {
		shown := tidyNumber(*in.ShownNumber)
		in.ShownNumber = &shown
	}
	if in.TimeZone != nil {
		zone := strings.TrimSpace(*in.TimeZone)
		in.TimeZone = &zone
	}
	if in.DisplayName == "" {
		in.DisplayName = in.Login
	}
	if in.Auth == "" {
		in.Auth = AuthInternal
	}
	if in.Voicemail == "" {
		in.Voicemail = VoicemailNone
	}
	return in
}

// tidyNumber takes out what people put between the digits of a telephone number.
func tidyNumber(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-/().", r) {
			return -1
		}
		return r
	}, number)
}

// check applies the rules that need nothing but the form itself. A new user with internal authentication needs a password.
func (in *UserInput) check(isNew bool) FieldErrors {
	var bad FieldErrors
	if isNew {
		bad = append(bad, loginErrors(in.Login)...)
	}
	bad = append(bad, displayNameErrors(in.DisplayName)...)
	if int(in.Role) >= len(roleNames) {
		bad.add("role", "unknown", "there is no such administration level")
	}
	bad = append(bad, in.checkLogin(isNew)...)
	bad = append(bad, extensionErrors("extension", in.Extension)...)
	bad = append(bad, extensionErrors("faxExtension", in.FaxExtension)...)
	if in.Extension != "" && in.Extension == in.FaxExtension {
		bad.add("faxExtension", "taken", "extension and fax extension are the same")
	}
	bad = append(bad, emailErrors(in.Email)...)
	if in.Language != "" && !slices.Contains(Languages(), in.Language) {
		bad.add("language", "unknown", "the language is none of "+strings.Join(Languages(), ", "))
	}
	switch in.Voicemail {
	case VoicemailNone, VoicemailExternal, VoicemailInternal, VoicemailAll:
	default:
		bad.add("voicemail", "unknown", "the voicemail option is none of none, external, internal, all")
	}
	if in.TimeZone != nil && *in.TimeZone != "" {
		if _, err := LoadZone(*in.TimeZone); err != nil {
			bad.add("timeZone", "unknown", fmt.Sprintf("there is no time zone %.64q; one is called Europe/Berlin", *in.TimeZone))
		}
	}
	if in.ShownNumber != nil {
		bad = append(bad, numberErrors("shownNumber", "the number shown", *in.ShownNumber)...)
	}
	return append(bad, numberErrors("mobileNumber", "the mobile number", in.MobileNumber)...)
}

// LoadZone returns a time zone by its name in the IANA database. That of the machine has none.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no name of a time zone", name)
	}
	return time.LoadLocation(name)
}

// checkLogin applies the rules of authentication, password and PIN.
func (in *UserInput) checkLogin(isNew bool) FieldErrors {
	var bad FieldErrors
	switch in.Auth {
	case AuthInternal:
		if in.Password != "" || isNew {
			bad = append(bad, passwordErrors(in.Password)...)
		}
	case AuthExternal, AuthNone:
		if in.Password != "" {
			bad.add("password", "not_used", "a password is kept only with internal authentication")
		}
	default:
		bad.add("auth", "unknown", "the authentication is none of internal, external, none")
	}
	if in.PIN != nil && *in.PIN != "" {
		bad = append(bad, pinErrors(*in.PIN)...)
	}
	return bad
}

// pinErrors applies the rule for PINs: 4 or more digits.
func pinErrors(pin string) (bad FieldErrors) {
	switch {
	case !digits(pin):
		bad.add("pin", "not_digits", "the PIN may contain digits only")
	case len(pin) < MinPIN:
		bad.add("pin", "too_short", "the PIN needs at least 4 digits")
	case len(pin) > MaxPIN:
		bad.add("pin", "too_long", "the PIN has more than 12 digits")
	}
	return bad
}

// emailErrors accepts an address with one @, something before it and a domain after it, in characters that can be shown. Whether it is
// deliverable only delivery can tell.
func emailErrors(email string) (bad FieldErrors) {
	if email == "" {
		return nil
	}
	local, domain, at := strings.Cut(email, "@")
	bare := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>",;:()[]\`, r)
	}
	switch {
	case !utf8.ValidString(email) || strings.ContainsFunc(email, bare):
		bad.add("email", "bad_character", "the e-mail address has characters that are not allowed")
	case utf8.RuneCountInString(email) > MaxEmail:
		bad.add("email", "too_long", "the e-mail address has more than 254 characters")
	case !at || local == "" || domain == "" || strings.Contains(domain, "@") || strings.Trim(domain, ".-") != domain || strings.Contains(domain, ".."):
		bad.add("email", "bad_format", "the e-mail address is not of the form name@domain")
	}
	return bad
}

// numberErrors accepts a number with or without the country.
func numberErrors(field, what, number string) (bad FieldErrors) {
	plain := strings.TrimPrefix(number, "+")
	switch {
	case number == "":
	case !digits(plain):
		bad.add(field, "not_digits", what+" may contain digits only, after a + for the country")
	case len(number) > MaxMobileNumber:
		bad.add(field, "too_long", what+" has more than 15 digits")
	}
	return bad
}

// digits reports whether text is of digits of ASCII, and not empty.
func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
