package directory_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

var operator jid.JID // the zero JID, who may everything

// member makes a user of the main domain with an administration level.
func member(t testing.TB, d *directory.Directory, login string, role directory.Role) jid.JID {
	t.Helper()
	user, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: login, Auth: directory.AuthNone, Role: role})
	must(t, err)
	return user.JID
}

// members makes users of the main domain.
func members(t testing.TB, d *directory.Directory, logins ...string) {
	t.Helper()
	for _, login := range logins {
		member(t, d, login, directory.NoRole)
	}
}

func wantCodes(t testing.TB, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
	} else if got := codes(t, err); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// devices returns the devices of a user as "name extension".
func devices(d *directory.Directory, user jid.JID) string {
	var all []string
	for _, device := range d.Objects.DevicesOf(user) {
		all = append(all, strings.TrimSpace(device.Name+" "+device.Extension))
	}
	return strings.Join(all, ", ")
}

//
func TestUserLives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		heard := listen(d.Accounts)
		made, err := d.Accounts.CreateUser(ctx, operator, good())
		must(t, err)
		if made.JID != juliet || made.DisplayName != "Juliet Capulet" || made.Extension != "101" || made.Auth != directory.AuthInternal || !made.HasPIN ||
			made.Email != "juliet@capulet.lit" || made.Language != "de" || !made.CallWaiting || made.FaxExtension != "601" ||
			made.Voicemail != directory.VoicemailAll || !made.Softphone || !made.Mobile || made.MobileNumber != "+491715550100" ||
			made.Role != directory.NoRole || made.Changed.IsZero() || !made.ChangedBy.IsZero() || made.InBin() || !made.CanLogIn() || !fits(t, d.Accounts, juliet, password) {
			t.Errorf("made %+v", made)
		}
		if got := devices(d, juliet); got != "Juliet Capulet (Fax) 601, Juliet Capulet (Mobile), Juliet Capulet (Softphone)" {
			t.Errorf("devices are %s", got)
		}
		if got := heard(); len(got) == 0 || got[0] != "1 created juliet@capulet.lit" {
			t.Errorf("heard %q", got)
		}

		in := made.Input()
		same, err := d.Accounts.UpdateUser(ctx, operator, juliet, made.Revision, in)
		must(t, err)
		if same != made || heard() != nil {
			t.Errorf("a form that changes nothing changed %+v", same)
		}
		empty := ""
		in.DisplayName, in.FaxExtension, in.Mobile, in.Softphone, in.PIN, in.Password = "Juliet Montague", "602", false, true, &empty, newPassword
		changed, err := d.Accounts.UpdateUser(ctx, operator, juliet, made.Revision, in)
		must(t, err)
		if changed.DisplayName != "Juliet Montague" || changed.HasPIN || changed.Revision <= made.Revision || !fits(t, d.Accounts, juliet, newPassword) {
			t.Errorf("changed %+v", changed)
		}
		if got := devices(d, juliet); got != "Juliet Montague (Fax) 602, Juliet Montague (Softphone)" {
			t.Errorf("devices are %s", got)
		}
		if got := heard(); len(got) < 2 || !strings.Contains(got[0], " edited juliet") || !strings.Contains(got[1], " password juliet") {
			t.Errorf("heard %q", got)
		}
		again, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "nurse", Auth: directory.AuthNone, Extension: "601"})
		must(t, err)
		if again.Extension != "601" {
			t.Error("a fax extension that was given up is not free")
		}
		must(t, d.Accounts.Delete(ctx, juliet))
		if got := devices(d, juliet); got != "" || d.Objects.Count(directory.Devices) != 0 {
			t.Errorf("a deleted user has devices: %s", got)
		}
	})
}

//
func TestOnlyInternalAuthenticationLetsIn(t *testing.T) {
	d := open(t, storetest.Open(t))
	made, err := d.Accounts.CreateUser(ctx, operator, good())
	must(t, err)
	in := made.Input()
	in.Auth = directory.AuthExternal
	changed, err := d.Accounts.UpdateUser(ctx, operator, juliet, made.Revision, in)
	must(t, err)
	if changed.CanLogIn() || fits(t, d.Accounts, juliet, password) {
		t.Error("the old password lets in a user whom another authenticates")
	}
	wantKind(t, d.Accounts.SetPassword(ctx, juliet, newPassword), fault.Conflict)
	in.Auth = directory.AuthInternal
	_, err = d.Accounts.UpdateUser(ctx, operator, juliet, changed.Revision, in)
	wantCodes(t, err, "password missing")
	in.Password = newPassword
	changed, err = d.Accounts.UpdateUser(ctx, operator, juliet, changed.Revision, in)
	must(t, err)
	if !changed.CanLogIn() || fits(t, d.Accounts, juliet, password) || !fits(t, d.Accounts, juliet, newPassword) {
		t.Error("the new password does not let in")
	}
}

//
func TestPINIsSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		_, err := d.Accounts.CreateUser(ctx, operator, good())
		must(t, err)
		var stored []byte
		must(t, db.QueryRow(ctx, "SELECT pin FROM directory_account WHERE jid = $1", juliet.String()).Scan(&stored))
		if len(stored) == 0 || bytes.Contains(stored, []byte("4711")) {
			t.Errorf("stored is %q", stored)
		}
		for pin, want := range map[string]bool{"4711": true, "4712": false, "471": false, "": false} {
			if got, err := d.Accounts.CheckPIN(ctx, juliet, pin); got != want || err != nil {
				t.Errorf("PIN %q: %v, %v", pin, got, err)
			}
		}
		must(t, d.Accounts.Disable(ctx, juliet))
		if got, err := d.Accounts.CheckPIN(ctx, juliet, "4711"); got || err != nil {
			t.Errorf("a disabled user's PIN: %v, %v", got, err)
		}
		if got, err := d.Accounts.CheckPIN(ctx, nobody, "4711"); got || err != nil {
			t.Errorf("an unknown user's PIN: %v, %v", got, err)
		}
	})
}

//
func TestExtensionsAreUnique(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, other := open(t, db), open(t, db)
		next := func(pool directory.Pool, want string) {
			t.Helper()
			if got, err := d.Accounts.NextExtension(pool); got != want || err != nil {
				t.Errorf("next of %s is %s, %v; want %s", pool, got, err, want)
			}
		}
		next(directory.PoolAccount, "100")
		next(directory.PoolTeam, "500")
		next(directory.PoolFax, "600")
		next(directory.PoolSpeedDial, "700")
		next(directory.PoolExtension, "800")
		for i := range 10 {
			_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: fmt.Sprint("u", i), Auth: directory.AuthNone, Extension: fmt.Sprint(100 + i)})
			must(t, err)
		}
		next(directory.PoolAccount, "111") // 110 is an emergency number
		team, err := d.Objects.Create(ctx, operator, directory.Teams, directory.ObjectInput{Name: "Sales", Extension: "111"})
		must(t, err)
		next(directory.PoolAccount, "113")
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Extension: "105", FaxExtension: "111"})
		wantCodes(t, err, "extension taken", "faxExtension taken")
		if bad, _ := errors.AsType[directory.FieldErrors](err); bad[0].Suggestion != "113" || bad[1].Suggestion != "600" {
			t.Errorf("suggestions are %+v", bad)
		}
		_, err = d.Objects.Create(ctx, operator, directory.Teams, directory.ObjectInput{Name: "Support", Extension: "105"})
		wantCodes(t, err, "extension taken")
		// A node that has not heard of it is told by the transaction.
		_, err = other.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Extension: "113"})
		must(t, err)
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "nurse", Auth: directory.AuthNone, Extension: "113"})
		wantCodes(t, err, "extension taken")
		if _, err := d.Accounts.Get(ctx, jid.MustParse("nurse@capulet.lit")); !fault.Is(err, fault.NotFound) {
			t.Errorf("half of a user was saved: %v", err)
		}
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone})
		wantCodes(t, err, "login taken")
		if who, ok := d.Accounts.AtExtension("105"); !ok || who.JID.Local() != "u5" {
			t.Errorf("105 is %v, %v", who.JID, ok)
		}
		for _, number := range []string{"111", "999", ""} { // a team's, nobody's, none
			if who, ok := d.Accounts.AtExtension(number); ok {
				t.Errorf("%q is %v", number, who.JID)
			}
		}
		must(t, d.Objects.Delete(ctx, operator, directory.Teams, team.ID))
		next(directory.PoolAccount, "111")
		_, err = d.Accounts.NextExtension("nothing")
		wantKind(t, err, fault.Invalid)
	})
}

func TestAPoolEnds(t *testing.T) {
	cfg := cheap
	cfg.Pools.Account = 98
	d := openWith(t, storetest.OpenMemory(t), cfg)
	for i, want := range []string{"98", "99"} {
		extension, err := d.Accounts.NextExtension(directory.PoolAccount)
		if extension != want || err != nil {
			t.Fatalf("next is %s, %v", extension, err)
		}
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: fmt.Sprint("u", i), Auth: directory.AuthNone, Extension: extension})
		must(t, err)
	}
	_, err := d.Accounts.NextExtension(directory.PoolAccount)
	wantKind(t, err, fault.Limit)
	_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Extension: "99"})
	wantCodes(t, err, "extension taken")
}

func TestTwoAdministratorsEditOneUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		clara, boss := member(t, d, "clara", directory.Administrator), member(t, d, "boss", directory.SystemAdministrator)
		made, err := d.Accounts.CreateUser(ctx, clara, good())
		must(t, err)
		if made.ChangedBy != clara {
			t.Errorf("made by %s", made.ChangedBy)
		}
		theirs, ours := made.Input(), made.Input()
		theirs.DisplayName, ours.Email = "Juliet C.", "j@capulet.lit"
		now, err := d.Accounts.UpdateUser(ctx, clara, juliet, made.Revision, theirs)
		must(t, err)
		_, err = d.Accounts.UpdateUser(ctx, boss, juliet, made.Revision, ours)
		conflict, ok := errors.AsType[*directory.ConflictError](err)
		if !ok || !fault.Is(err, fault.Conflict) || conflict.By != clara || !conflict.At.Equal(now.Changed) || conflict.Current != now {
			t.Errorf("error is %v: %+v", err, conflict)
		}
		if got, _ := d.Accounts.Get(ctx, juliet); got != now {
			t.Errorf("the second saved %+v", got)
		}
		_, err = d.Accounts.UpdateUser(ctx, boss, nobody, 1, ours)
		wantCodes(t, err, "login fixed", "extension taken", "faxExtension taken")
		_, err = d.Accounts.UpdateUser(ctx, boss, nobody, 1, directory.UserInput{})
		wantKind(t, err, fault.NotFound)
	})
}

func TestOfManyWhoEditAtOnceOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		nodes := []*directory.Directory{open(t, db), open(t, db)}
		made, err := nodes[0].Accounts.CreateUser(ctx, operator, good())
		must(t, err)
		var mu sync.Mutex
		var won, lost int
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				in := made.Input()
				in.DisplayName = fmt.Sprint("Juliet ", i)
				_, err := nodes[i%2].Accounts.UpdateUser(ctx, operator, juliet, made.Revision, in)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case fault.Is(err, fault.Conflict):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != 19 {
			t.Errorf("%d won, %d lost", won, lost)
		}
	})
}

//
func TestUsersSetTheirOwnPassword(t *testing.T) {
	d := open(t, storetest.Open(t))
	create(t, d.Accounts, juliet, directory.NoRole)
	create(t, d.Accounts, romeo, directory.NoRole)
	must(t, d.Accounts.SetPasswordBy(ctx, juliet, juliet, newPassword))
	if !fits(t, d.Accounts, juliet, newPassword) {
		t.Error("the new password is not in force")
	}
	wantKind(t, d.Accounts.SetPasswordBy(ctx, romeo, juliet, password), fault.Forbidden)
	wantCodes(t, d.Accounts.SetPasswordBy(ctx, juliet, juliet, "short"), "password too_short", "password no_upper", "password no_digit")
}

// a user has a time zone of his own, or that of the organisation.
func TestTheTimeZoneOfAUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		user, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone})
		must(t, err)
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "nurse", Auth: directory.AuthNone, TimeZone: new("Asia/Tokyo")})
		must(t, err)
		if zone := d.Accounts.TimeZone(user.JID); zone != "" || user.TimeZone != "" {
			t.Errorf("at first it is %q", zone)
		}
		in := user.Input()
		in.TimeZone = new(" Europe/Rome ")
		user, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
		must(t, err)
		in.TimeZone, in.Email = nil, "juliet@capulet.lit"
		user, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
		must(t, err)
		for _, at := range []*directory.Directory{d, open(t, db)} {
			if zones := at.Accounts.TimeZones(); at.Accounts.TimeZone(user.JID) != "Europe/Rome" || !slices.Equal(zones, []string{"", "Asia/Tokyo", "Europe/Rome"}) {
				t.Errorf("it is %q, of %q", at.Accounts.TimeZone(user.JID), zones)
			}
		}
		for _, bad := range []string{"Local", "Verona", "../UTC", "europe rome"} {
			in.TimeZone = &bad
			wantCodes(t, d.Accounts.CheckUser(user.JID, in), "timeZone unknown")
		}
		if zone := d.Accounts.TimeZone(nobody); zone != "" {
			t.Errorf("of nobody it is %q", zone)
		}
	})
}

//
func TestTheNumberThatOthersSee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		user, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Extension: "42"})
		must(t, err)
		if user.ShownNumber != "" {
			t.Errorf("a new user shows %q", user.ShownNumber)
		}
		save := func(number *string) error {
			in := user.Input()
			in.ShownNumber = number
			user, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
			return err
		}
		number := "+49 211 / 555"
		must(t, save(&number))
		if again, err := open(t, db).Accounts.Get(ctx, user.JID); err != nil || again.ShownNumber != "+49211555" || again.Extension != "42" {
			t.Errorf("he shows %q, %v", again.ShownNumber, err)
		}
		in := user.Input()
		in.ShownNumber, in.Email = nil, "juliet@capulet.lit"
		user, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
		if err != nil || user.ShownNumber != "+49211555" {
			t.Errorf("saved without it he shows %q, %v", user.ShownNumber, err)
		}
		for number, want := range map[string]string{"extension": "shownNumber not_digits", "12345678901234567": "shownNumber too_long"} {
			in := user.Input()
			in.ShownNumber = &number
			wantCodes(t, d.Accounts.CheckUser(user.JID, in), want)
		}
		none := ""
		must(t, save(&none))
		if user.ShownNumber != "" {
			t.Errorf("he still shows %q", user.ShownNumber)
		}
	})
}
