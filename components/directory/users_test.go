package directory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
			made.Changed.IsZero() || !made.ChangedBy.IsZero() || made.InBin() || !made.CanLogIn() || !fits(t, d.Accounts, juliet, password) {
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
func TestLevelsAreRespected(t *testing.T) {
	d := open(t, storetest.Open(t))
	levels := append(directory.Roles(), directory.NoRole)
	who := make(map[directory.Role]jid.JID)
	for _, level := range levels {
		who[level] = member(t, d, "level-"+strings.Trim(level.String(), "-")+"x", level)
	}
	member(t, d, "boss", directory.SystemAdministrator)
	for i, actor := range levels {
		for j, target := range levels {
			t.Run(fmt.Sprintf("%s changes %s", actor, target), func(t *testing.T) {
				may := i <= 2 && i <= j
				user, err := d.Accounts.Get(ctx, who[target])
				must(t, err)
				in := user.Input()
				in.Email = fmt.Sprintf("%d-%d@capulet.lit", i, j)
				_, err = d.Accounts.UpdateUser(ctx, who[actor], user.JID, user.Revision, in)
				check := func(what string, err error, may bool) {
					t.Helper()
					if may && err != nil || !may && !fault.Is(err, fault.Forbidden) {
						t.Errorf("%s: %v", what, err)
					}
				}
				check("editing", err, may)
				_, err = d.Accounts.CreateUser(ctx, who[actor], directory.UserInput{Login: fmt.Sprintf("new-%d-%d", i, j), Auth: directory.AuthNone, Role: target})
				check("making one of the level", err, may)
				if i == j {
					return
				}
				err = d.Accounts.SetPasswordBy(ctx, who[actor], user.JID, password)
				if fault.Is(err, fault.Conflict) { // allowed; only that there is none
					err = nil
				}
				check("setting the password", err, may)
				check("deleting", d.Accounts.Trash(ctx, who[actor], user.JID), may)
				must(t, d.Accounts.Trash(ctx, operator, user.JID))
				if !may {
					check("removing", d.Accounts.Purge(ctx, who[actor], user.JID), false)
				}
				check("restoring", d.Accounts.Restore(ctx, who[actor], user.JID), may)
				must(t, d.Accounts.Restore(ctx, operator, user.JID))
			})
		}
		t.Run(fmt.Sprintf("%s changes permissions", actor), func(t *testing.T) {
			p, err := d.Permissions.Create(ctx, who[actor], directory.PermissionInput{Name: fmt.Sprint("of ", i)})
			if may := i <= 2; may != (err == nil) || !may && !fault.Is(err, fault.Forbidden) {
				t.Errorf("making one: %v", err)
			}
			for what, err := range map[string]error{
				"assigning":     d.Permissions.Assign(ctx, who[actor], p.ID, directory.Users, []string{who[actor].String()}, nil),
				"setting":       d.Permissions.SetOf(ctx, who[actor], directory.Users, who[actor].String(), nil),
				"deleting":      d.Permissions.Delete(ctx, who[actor], p.ID),
				"making a team": second(d.Objects.Create(ctx, who[actor], directory.Teams, directory.ObjectInput{Name: "x"})),
			} {
				if (i > 2) != fault.Is(err, fault.Forbidden) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
	_, err := d.Accounts.CreateUser(ctx, nobody, directory.UserInput{Login: "x", Auth: directory.AuthNone})
	wantKind(t, err, fault.Forbidden)
	must(t, d.Accounts.Disable(ctx, who[directory.Administrator]))
	_, err = d.Accounts.CreateUser(ctx, who[directory.Administrator], directory.UserInput{Login: "x", Auth: directory.AuthNone})
	wantKind(t, err, fault.Forbidden)
}

func second[T any](_ T, err error) error { return err }

func TestNobodyRaisesHimself(t *testing.T) {
	d := open(t, storetest.Open(t))
	clara := member(t, d, "clara", directory.PBXManager)
	user, err := d.Accounts.Get(ctx, clara)
	must(t, err)
	in := user.Input()
	in.Role = directory.SystemAdministrator
	_, err = d.Accounts.UpdateUser(ctx, clara, clara, user.Revision, in)
	wantKind(t, err, fault.Forbidden)
	in = user.Input()
	in.Disabled = true
	_, err = d.Accounts.UpdateUser(ctx, clara, clara, user.Revision, in)
	wantKind(t, err, fault.Conflict)
	wantKind(t, d.Accounts.Trash(ctx, clara, clara), fault.Conflict)
	boss := member(t, d, "boss", directory.SystemAdministrator)
	user, err = d.Accounts.Get(ctx, boss)
	must(t, err)
	in = user.Input()
	in.Role = directory.NoRole
	_, err = d.Accounts.UpdateUser(ctx, boss, boss, user.Revision, in)
	wantKind(t, err, fault.Conflict) // the last one
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

func TestBin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		heard := listen(d.Accounts)
		made, err := d.Accounts.CreateUser(ctx, operator, good())
		must(t, err)
		heard()
		wantKind(t, d.Accounts.Purge(ctx, operator, juliet), fault.Conflict)
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		exists(t, d.Accounts, juliet, false)
		binned, err := d.Accounts.Get(ctx, juliet)
		must(t, err)
		if !binned.InBin() || binned.CanLogIn() || fits(t, d.Accounts, juliet, password) || d.Accounts.Name(juliet) != "" || d.Accounts.Count() != 0 {
			t.Errorf("a user in the bin: %+v", binned)
		}
		if groups := d.Permissions.Groups(); len(groups[0].Members) != 0 {
			t.Errorf("a user in the bin is in %+v", groups)
		}
		_, err = d.Accounts.CreateUser(ctx, operator, good())
		wantCodes(t, err, "login in_bin", "extension in_bin", "faxExtension in_bin")
		_, err = d.Accounts.Create(ctx, directory.NewAccount{JID: juliet, Password: password})
		wantKind(t, err, fault.Conflict)
		must(t, d.Accounts.Restore(ctx, operator, juliet))
		restored, err := d.Accounts.Get(ctx, juliet)
		must(t, err)
		if restored.InBin() || restored.Extension != made.Extension || !fits(t, d.Accounts, juliet, password) || devices(d, juliet) == "" {
			t.Errorf("restored is %+v", restored)
		}
		if got := heard(); len(got) != 2 || !strings.Contains(got[0], " binned juliet") || !strings.Contains(got[1], " restored juliet") {
			t.Errorf("heard %q", got)
		}
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		must(t, d.Accounts.Purge(ctx, operator, juliet))
		if _, err := d.Accounts.Get(ctx, juliet); !fault.Is(err, fault.NotFound) {
			t.Errorf("a purged user: %v", err)
		}
		_, err = d.Accounts.CreateUser(ctx, operator, good())
		must(t, err)
	})
}

func TestTheBinIsEmptiedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		must(t, err)
		defer db.Close()
		d, err := directory.Open(ctx, db, domains, cheap, key, quiet)
		must(t, err)
		defer d.Close()
		members(t, d, "juliet", "nurse")
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		time.Sleep(30*24*time.Hour - time.Minute)
		if got := d.Accounts.Expired(); len(got) != 0 {
			t.Errorf("expired are %v", got)
		}
		time.Sleep(2 * time.Minute)
		if got := d.Accounts.Expired(); !slices.Equal(got, []jid.JID{juliet}) {
			t.Errorf("expired are %v", got)
		}
	})
}

func TestPurgeHasOthersForget(t *testing.T) {
	d := open(t, storetest.Open(t))
	members(t, d, "juliet")
	var forgotten []jid.JID
	d.Accounts.RemoveWith(func(ctx context.Context, bare jid.JID) error {
		forgotten = append(forgotten, bare)
		return d.Accounts.Delete(ctx, bare)
	})
	must(t, d.Accounts.Trash(ctx, operator, juliet))
	must(t, d.Accounts.Purge(ctx, operator, juliet))
	if !slices.Equal(forgotten, []jid.JID{juliet}) {
		t.Errorf("forgotten are %v", forgotten)
	}
	d.Accounts.Reserve(func(context.Context, jid.JID) error { return fault.New(fault.Conflict, "just being removed") })
	_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone})
	wantKind(t, err, fault.Conflict)
	wantKind(t, d.Accounts.Purge(ctx, operator, juliet), fault.NotFound)
}

func TestBulk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		boss, clara := member(t, d, "boss", directory.SystemAdministrator), member(t, d, "clara", directory.Administrator)
		members(t, d, "juliet", "nurse", "tybalt")
		nurse, tybalt := jid.MustParse("nurse@capulet.lit"), jid.MustParse("tybalt@capulet.lit")
		refused := func(action directory.BulkAction, users []jid.JID, want ...string) {
			t.Helper()
			left, err := d.Accounts.Bulk(ctx, clara, action, users)
			must(t, err)
			var got []string
			for _, e := range left {
				got = append(got, e.JID.Local()+" "+fault.KindOf(e.Err).String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: refused are %q, want %q", action, got, want)
			}
		}
		heard := listen(d.Accounts)
		refused(directory.BulkTrash, []jid.JID{juliet, boss, nobody, clara, nurse}, "boss forbidden", "nobody not found", "clara conflict")
		if got := heard(); len(got) != 2 {
			t.Errorf("heard %q", got)
		}
		exists(t, d.Accounts, juliet, false)
		exists(t, d.Accounts, boss, true)
		refused(directory.BulkRestore, []jid.JID{juliet, nurse, tybalt})
		refused(directory.BulkDisable, []jid.JID{juliet, tybalt})
		if got, _ := d.Accounts.Get(ctx, tybalt); !got.Disabled || got.ChangedBy != clara {
			t.Errorf("disabled is %+v", got)
		}
		refused(directory.BulkEnable, []jid.JID{juliet, tybalt, boss}, "boss forbidden")
		_, err := d.Accounts.Bulk(ctx, clara, "burn", nil)
		wantKind(t, err, fault.Invalid)
		_, err = d.Accounts.Bulk(ctx, juliet, directory.BulkEnable, []jid.JID{nurse})
		wantKind(t, err, fault.Forbidden)
		_, err = d.Accounts.Bulk(ctx, clara, directory.BulkEnable, make([]jid.JID, directory.MaxBulk+1))
		wantKind(t, err, fault.Limit)
	})
}

func TestSearch(t *testing.T) {
	d := open(t, storetest.Open(t))
	for _, in := range []directory.UserInput{
		{Login: "anna", DisplayName: "Anna Müller", Extension: "300", Email: "am@capulet.lit", Role: directory.PBXManager},
		{Login: "bob", DisplayName: "bob weiss", Extension: "40"},
		{Login: "clara", DisplayName: "Clara Weiß", Extension: "2000", MobileNumber: "0171 555"},
		{Login: "dora", DisplayName: "Ärla", Disabled: true},
		{Login: "eva", DisplayName: "Eva MULLER", Domain: "montague.lit"},
	} {
		in.Auth = directory.AuthNone
		_, err := d.Accounts.CreateUser(ctx, operator, in)
		must(t, err)
	}
	members(t, d, "gone")
	must(t, d.Accounts.Trash(ctx, operator, jid.MustParse("gone@capulet.lit")))
	sales, err := d.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Sales"})
	must(t, err)
	must(t, d.Permissions.Assign(ctx, operator, sales.ID, directory.Users, []string{"anna@capulet.lit", "dora@capulet.lit"}, nil))

	for _, test := range []struct {
		name  string
		query directory.UserQuery
		want  string
	}{
		{"everybody, by name", directory.UserQuery{}, "anna dora bob clara eva (5)"},
		{"by name, backwards", directory.UserQuery{Desc: true}, "eva clara bob dora anna (5)"},
		{"by login name", directory.UserQuery{Sort: directory.SortLogin}, "anna bob clara dora eva (5)"},
		{"by extension, as numbers, those without last", directory.UserQuery{Sort: directory.SortExtension}, "bob anna clara dora eva (5)"},
		{"by level, the highest first", directory.UserQuery{Sort: directory.SortRole, Limit: 1}, "anna (5)"},
		{"by the last change", directory.UserQuery{Sort: directory.SortChanged, Desc: true, Limit: 5}, "(5)"},
		{"a page", directory.UserQuery{Sort: directory.SortLogin, Offset: 1, Limit: 2}, "bob clara (5)"},
		{"a page past the end", directory.UserQuery{Offset: 9, Limit: 2}, "(5)"},
		{"without marks and case", directory.UserQuery{Text: "müller"}, "anna eva (2)"},
		{"ß is ss", directory.UserQuery{Text: "WEISS"}, "bob clara (2)"},
		{"words in any order", directory.UserQuery{Text: " weiß  cla "}, "clara (1)"},
		{"part of an extension", directory.UserQuery{Text: "200"}, "clara (1)"},
		{"part of an e-mail address", directory.UserQuery{Text: "am@"}, "anna (1)"},
		{"part of a mobile number", directory.UserQuery{Text: "0171"}, "clara (1)"},
		{"nothing fits", directory.UserQuery{Text: "%"}, "(0)"},
		{"of a domain", directory.UserQuery{Domain: "montague.lit"}, "eva (1)"},
		{"active", directory.UserQuery{State: directory.ActiveState, Sort: directory.SortLogin}, "anna bob clara eva (4)"},
		{"disabled", directory.UserQuery{State: directory.DisabledState}, "dora (1)"},
		{"in the bin", directory.UserQuery{State: directory.BinState, Sort: directory.SortDeleted}, "gone (1)"},
		{"of a permission", directory.UserQuery{Permission: sales.ID}, "anna dora (2)"},
		{"of a permission that everybody has", directory.UserQuery{Permission: directory.AllID, Text: "bob"}, "bob (1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, err := d.Accounts.Search(test.query)
			must(t, err)
			var logins []string
			if test.query.Sort != directory.SortChanged {
				for _, account := range page.Accounts {
					logins = append(logins, account.JID.Local())
				}
			}
			if got := strings.TrimSpace(strings.Join(logins, " ") + fmt.Sprintf(" (%d)", page.Total)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, query := range []directory.UserQuery{{Sort: "password"}, {State: "dead"}, {Offset: -1}, {Limit: -1}} {
		_, err := d.Accounts.Search(query)
		wantKind(t, err, fault.Invalid)
	}
	_, err = d.Accounts.Search(directory.UserQuery{Permission: "none"})
	wantKind(t, err, fault.NotFound)
}

// What is kept sorted while it changes is the same as what is sorted anew.
func TestListsStaySorted(t *testing.T) {
	db := storetest.OpenMemory(t)
	d := open(t, db)
	sorts := []directory.SortKey{directory.SortName, directory.SortLogin, directory.SortExtension, directory.SortRole, directory.SortChanged, directory.SortDeleted}
	pages := func(d *directory.Directory) [][]directory.Account {
		var all [][]directory.Account
		for _, key := range sorts {
			for _, state := range []directory.UserState{directory.AnyState, directory.BinState} {
				page, err := d.Accounts.Search(directory.UserQuery{Sort: key, State: state})
				must(t, err)
				all = append(all, page.Accounts)
			}
		}
		return all
	}
	pages(d)
	for i := range 60 {
		login := fmt.Sprintf("u%d", i*7%20)
		user, err := d.Accounts.Get(ctx, jid.MustParse(login+"@capulet.lit"))
		switch {
		case err != nil:
			user.JID = member(t, d, login, directory.NoRole)
		case i%3 == 0:
			in := user.Input()
			in.DisplayName, in.Extension, in.Role = fmt.Sprint("Ä", i*13%31), fmt.Sprint(200+i), directory.Role(i%6)
			_, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
			must(t, err)
		case i%3 == 1 && !user.InBin():
			must(t, d.Accounts.Trash(ctx, operator, user.JID))
		default:
			must(t, d.Accounts.Delete(ctx, user.JID))
		}
		if got, want := pages(d), pages(open(t, db)); !reflect.DeepEqual(got, want) {
			t.Fatalf("after change %d:\n%v\nwant\n%v", i, got, want)
		}
	}
}
