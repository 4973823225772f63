package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
)

// good is a form that everything is filled in of.
func good() directory.UserInput {
	pin := "4711"
	return directory.UserInput{
		Login: "juliet", DisplayName: "Juliet Capulet", Auth: directory.AuthInternal, Password: password, PIN: &pin, Extension: "101",
		Email: "juliet@capulet.lit", Language: "de", CallWaiting: true, FaxExtension: "601", Voicemail: directory.VoicemailAll, Softphone: true,
		Mobile: true, MobileNumber: "+49 171 / 555-0100",
	}
}

// codes returns what is wrong with a form, as "field code".
func codes(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	bad, ok := errors.AsType[directory.FieldErrors](err)
	if !ok || !fault.Is(err, fault.Invalid) {
		t.Fatalf("error is %v", err)
	}
	var found []string
	for _, e := range bad {
		if e.Text == "" || e.Code == "" || e.Field == "" {
			t.Errorf("incomplete error %+v", e)
		}
		found = append(found, e.Field+" "+e.Code)
	}
	return found
}

//
func TestUserForm(t *testing.T) {
	d := open(t, storetest.OpenMemory(t))
	text := func(s string) *string { return &s }
	for _, test := range []struct {
		name string
		edit func(*directory.UserInput)
		want string
	}{
		{"everything is filled in", func(*directory.UserInput) {}, ""},
		{"only what must be", func(in *directory.UserInput) { *in = directory.UserInput{Login: "juliet", Password: password} }, ""},
		{"no login name", func(in *directory.UserInput) { in.Login = "" }, "login missing"},
		{"a capital in the login name", func(in *directory.UserInput) { in.Login = "jUliet" }, "login bad_character"},
		{"a digit before the login name", func(in *directory.UserInput) { in.Login = "4juliet" }, "login bad_start"},
		{"a long login name", func(in *directory.UserInput) { in.Login = strings.Repeat("j", 65) }, "login too_long"},
		{"another domain", func(in *directory.UserInput) { in.Domain = "verona.lit" }, "domain unknown"},
		{"the other domain of the server", func(in *directory.UserInput) { in.Domain = "montague.lit" }, ""},
		{"a display name of two lines", func(in *directory.UserInput) { in.DisplayName = "Juliet\nCapulet" }, "displayName bad_character"},
		{"a display name that turns the direction of writing", func(in *directory.UserInput) { in.DisplayName = "Juliet \u202etelupaC" }, "displayName bad_character"},
		{"a long display name", func(in *directory.UserInput) { in.DisplayName = strings.Repeat("ü", 129) }, "displayName too_long"},
		{"no such level", func(in *directory.UserInput) { in.Role = 99 }, "role unknown"},
		{"external authentication", func(in *directory.UserInput) { in.Auth, in.Password = directory.AuthExternal, "" }, ""},
		{"no authentication", func(in *directory.UserInput) { in.Auth, in.Password = directory.AuthNone, "" }, ""},
		{"a password that nobody checks", func(in *directory.UserInput) { in.Auth = directory.AuthNone }, "password not_used"},
		{"no such authentication", func(in *directory.UserInput) { in.Auth = "ldap" }, "auth unknown"},
		{"no password", func(in *directory.UserInput) { in.Password = "" }, "password too_short, password no_upper, password no_lower, password no_digit"},
		{"a short password", func(in *directory.UserInput) { in.Password = "Abcdef1" }, "password too_short"},
		{"a password without capitals", func(in *directory.UserInput) { in.Password = "abcdefg1" }, "password no_upper"},
		{"a password without digits", func(in *directory.UserInput) { in.Password = "Abcdefgh" }, "password no_digit"},
		{"a password that cannot be sent", func(in *directory.UserInput) { in.Password += "\x07" }, "password bad_character"},
		{"a PIN of three digits", func(in *directory.UserInput) { in.PIN = text("471") }, "pin too_short"},
		{"a PIN of thirteen digits", func(in *directory.UserInput) { in.PIN = text("4711471147114") }, "pin too_long"},
		{"a PIN with a letter", func(in *directory.UserInput) { in.PIN = text("471l") }, "pin not_digits"},
		{"a PIN of digits of another script", func(in *directory.UserInput) { in.PIN = text("٤٧١١") }, "pin not_digits"},
		{"no PIN", func(in *directory.UserInput) { in.PIN = text("") }, ""},
		{"extension 0", func(in *directory.UserInput) { in.Extension = "0" }, "extension leading_zero"},
		{"an extension that begins with 0", func(in *directory.UserInput) { in.Extension = "012" }, "extension leading_zero"},
		{"an extension of one digit", func(in *directory.UserInput) { in.Extension = "7" }, "extension too_short"},
		{"the police", func(in *directory.UserInput) { in.Extension = "110" }, "extension reserved"},
		{"the fire brigade", func(in *directory.UserInput) { in.FaxExtension = "112" }, "faxExtension reserved"},
		{"an extension with a sign", func(in *directory.UserInput) { in.Extension = "10*" }, "extension not_digits"},
		{"an extension of eleven digits", func(in *directory.UserInput) { in.Extension = "12345678901" }, "extension too_long"},
		{"one number for telephone and fax", func(in *directory.UserInput) { in.FaxExtension = in.Extension }, "faxExtension taken"},
		{"an e-mail address without a domain", func(in *directory.UserInput) { in.Email = "juliet@" }, "email bad_format"},
		{"an e-mail address without @", func(in *directory.UserInput) { in.Email = "juliet" }, "email bad_format"},
		{"an e-mail address with two @", func(in *directory.UserInput) { in.Email = "a@b@c" }, "email bad_format"},
		{"two e-mail addresses", func(in *directory.UserInput) { in.Email = "a@b.lit,c@d.lit" }, "email bad_character"},
		{"an e-mail address that ends a header", func(in *directory.UserInput) { in.Email = "a@b.lit\r\nBcc: c@d.lit" }, "email bad_character"},
		{"a long e-mail address", func(in *directory.UserInput) { in.Email = strings.Repeat("a", 250) + "@b.lit" }, "email too_long"},
		{"a language that there is not", func(in *directory.UserInput) { in.Language = "it" }, "language unknown"},
		{"a voicemail option that there is not", func(in *directory.UserInput) { in.Voicemail = "some" }, "voicemail unknown"},
		{"a mobile number with letters", func(in *directory.UserInput) { in.MobileNumber = "0171 CALL ME" }, "mobileNumber not_digits"},
		{"a long mobile number", func(in *directory.UserInput) { in.MobileNumber = "+4917155501001234" }, "mobileNumber too_long"},
		{"many mistakes are told at once", func(in *directory.UserInput) {
			*in = directory.UserInput{Login: "X", Password: "x", PIN: text("1"), Extension: "0", Email: "x", Language: "xx"}
		}, "login bad_start, password too_short, password no_upper, password no_digit, pin too_short, extension leading_zero, email bad_format, language unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := good()
			test.edit(&in)
			got := strings.Join(codes(t, d.Accounts.CheckUser(jid.JID{}, in)), ", ")
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if _, err := d.Accounts.CreateUser(ctx, jid.JID{}, in); (err == nil) != (test.want == "") {
				t.Errorf("saving it: %v", err)
			}
			for _, made := range []string{"juliet@capulet.lit", "juliet@montague.lit"} {
				exists := d.Accounts.Name(jid.MustParse(made)) != ""
				if exists && test.want != "" {
					t.Error("half of it was saved")
				}
				if exists {
					must(t, d.Accounts.Delete(ctx, jid.MustParse(made)))
				}
			}
		})
	}
}

//
func TestLoginNamesAreProposed(t *testing.T) {
	d := open(t, storetest.OpenMemory(t))
	members(t, d, "juliet", "nurse", "nurse2", strings.Repeat("x", 64))
	for _, test := range []struct{ login, name, want string }{
		{"Juliet Capulet", "", "juliet.capulet"},
		{"Jülia", "", "julia"},
		{"1. Offizier", "", "offizier"},
		{"", "Count Paris", "count.paris"},
		{"...", "", ""},
		{"李", "", ""},
		{"juliet", "", "juliet2"},
		{"Nurse", "", "nurse3"},
		{strings.Repeat("x", 70), "", strings.Repeat("x", 63) + "2"},
	} {
		err := d.Accounts.CheckUser(jid.JID{}, directory.UserInput{Login: test.login, DisplayName: test.name, Auth: directory.AuthNone})
		bad, ok := errors.AsType[directory.FieldErrors](err)
		if !ok || bad[0].Field != "login" || bad[0].Suggestion != test.want {
			t.Errorf("%.10q: %+v, want the proposal %q", test.login, bad, test.want)
			continue
		}
		if test.want != "" {
			must(t, d.Accounts.CheckUser(jid.JID{}, directory.UserInput{Login: test.want, Auth: directory.AuthNone}))
		}
	}
}

//
func TestVoicemailOptions(t *testing.T) {
	for option, want := range map[directory.Voicemail][2]bool{
		directory.VoicemailNone: {false, false}, directory.VoicemailExternal: {true, false},
		directory.VoicemailInternal: {false, true}, directory.VoicemailAll: {true, true},
	} {
		if got := [2]bool{option.External(), option.Internal()}; got != want {
			t.Errorf("%s: external and internal are %v", option, got)
		}
	}
}

//
func TestPermissionForm(t *testing.T) {
	d := open(t, storetest.OpenMemory(t))
	for _, test := range []struct {
		name string
		id   string
		in   directory.PermissionInput
		want []string
	}{
		{"a name is enough", "", directory.PermissionInput{Name: "Sales"}, nil},
		{"a description, of lines", "", directory.PermissionInput{Name: "Sales", Description: "those\nwho sell"}, nil},
		{"no name", "", directory.PermissionInput{Name: " "}, []string{"name missing"}},
		{"a long name", "", directory.PermissionInput{Name: strings.Repeat("x", 65)}, []string{"name too_long"}},
		{"a long description", "", directory.PermissionInput{Name: "Sales", Description: strings.Repeat("x", 513)}, []string{"description too_long"}},
		{"a type that there is not", "", directory.PermissionInput{Name: "Sales", Types: []directory.PermissionType{"xmpp.everything"}}, []string{"types unknown"}},
		{"the name of the built-in one", "", directory.PermissionInput{Name: "ALL"}, []string{"name taken"}},
		{"another name for the built-in one", directory.AllID, directory.PermissionInput{Name: "Everybody"}, []string{"name fixed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := codes(t, d.Permissions.CheckPermission(test.id, test.in)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

//
func TestTypesActOnTheirKinds(t *testing.T) {
	want := map[directory.PermissionType]string{
		"xmpp.supervisor": "user", "location.group": "user location", "pickup.group": "user team", "redirect.choice": "user",
		"xmpp.group": "user team", "redirect.group": "user", "profile.personal": "user", "billing.group": "user team",
	}
	for _, info := range directory.PermissionTypes() {
		var kinds []string
		for _, kind := range directory.Kinds() {
			if info.Type.ActsOn(kind) {
				kinds = append(kinds, string(kind))
			}
		}
		if got := strings.Join(kinds, " "); got != want[info.Type] || !info.Type.Known() {
			t.Errorf("%s acts on %q", info.Type, got)
		}
		delete(want, info.Type)
	}
	if len(want) > 0 || directory.PermissionType("x").Known() || directory.PermissionType("x").ActsOn(directory.Users) {
		t.Errorf("missing are %v", want)
	}
}
