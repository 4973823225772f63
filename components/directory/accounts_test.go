package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

const (
	password    = "Wherefore4"
	newPassword = "Therefore5"
)

var (
	juliet  = jid.MustParse("juliet@capulet.lit")
	romeo   = jid.MustParse("romeo@montague.lit")
	nobody  = jid.MustParse("nobody@capulet.lit")
	ctx     = context.Background()
	domains = []string{"capulet.lit", "montague.lit"}
	cheap   = directory.Config{Iterations: sasl.MinIterations}
)

// key is the key of all directories.
func key(bool) (*directory.Sealer, error) {
	return directory.NewSealer(make([]byte, directory.KeySize))
}

var quiet = slog.New(slog.DiscardHandler)

func open(t testing.TB, db *store.DB) *directory.Directory {
	t.Helper()
	return openWith(t, db, cheap)
}

func openWith(t testing.TB, db *store.DB, cfg directory.Config) *directory.Directory {
	t.Helper()
	d, err := directory.Open(ctx, db, domains, cfg, key, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// service returns Accounts on db, and a function that takes the changes heard so far. Their revisions count from 1: the built-in permission, which
// was there before, does not count.
func service(t testing.TB, db *store.DB) (*directory.Accounts, func() []string) {
	t.Helper()
	a := open(t, db).Accounts
	return a, listen(a)
}

// listen returns a function that takes the changes heard since then.
func listen(a *directory.Accounts) func() []string {
	var mu sync.Mutex
	var heard []string
	a.OnChange(func(c directory.Change) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, strings.TrimSpace(fmt.Sprintf("%d %s %s", c.Revision-1, kindNames[c.Kind], c.JID)))
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		taken := heard
		heard = nil
		return taken
	}
}

var kindNames = map[directory.ChangeKind]string{
	directory.Missed: "missed", directory.AccountCreated: "created", directory.AccountEdited: "edited", directory.PasswordSet: "password",
	directory.AccountDisabled: "disabled", directory.AccountEnabled: "enabled", directory.AccountDeleted: "deleted",
	directory.AccountBinned: "binned", directory.AccountRestored: "restored",
}

func create(t testing.TB, a *directory.Accounts, address jid.JID, role directory.Role) directory.Account {
	t.Helper()
	account, err := a.Create(ctx, directory.NewAccount{JID: address, Password: password, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("error is %v, want kind %v", err, kind)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fits reports whether a login with this password would pass.
func fits(t testing.TB, a *directory.Accounts, address jid.JID, password string) bool {
	t.Helper()
	account, err := a.Lookup(ctx, address)
	must(t, err)
	return !account.Disabled && account.Keys.CheckPassword(password)
}

func TestAccountsLive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, heard := service(t, db)
		made, err := a.Create(ctx, directory.NewAccount{JID: juliet, Password: password, DisplayName: " Juliet ", Role: directory.PBXManager})
		must(t, err)
		if made.JID != juliet || made.DisplayName != "Juliet" || made.Role != directory.PBXManager || made.Disabled || made.Revision != 2 ||
			made.Created.IsZero() || !made.Created.Equal(made.PasswordChanged) {
			t.Errorf("made %+v", made)
		}
		if !fits(t, a, juliet, password) || fits(t, a, juliet, newPassword) {
			t.Error("a new account does not check its password")
		}
		must(t, a.SetPassword(ctx, juliet, newPassword))
		if fits(t, a, juliet, password) || !fits(t, a, juliet, newPassword) {
			t.Error("a new password is not in force")
		}
		must(t, a.Disable(ctx, juliet))
		must(t, a.Disable(ctx, juliet))
		if fits(t, a, juliet, newPassword) {
			t.Error("a disabled account can log in")
		}
		must(t, a.Enable(ctx, juliet))
		must(t, a.Enable(ctx, juliet))
		if !fits(t, a, juliet, newPassword) {
			t.Error("an enabled account cannot log in")
		}
		must(t, a.SetDisplayName(ctx, juliet, ""))
		must(t, a.SetDisplayName(ctx, juliet, "juliet"))
		must(t, a.SetRole(ctx, juliet, directory.GrafanaViewer))
		got, err := a.Get(ctx, juliet)
		must(t, err)
		if got.DisplayName != "juliet" || got.Role != directory.GrafanaViewer || got.Revision != 7 || !got.Created.Equal(made.Created) {
			t.Errorf("account is %+v", got)
		}
		must(t, a.Delete(ctx, juliet))
		if exists, err := a.Exists(ctx, juliet); exists || err != nil {
			t.Errorf("deleted account exists: %v, %v", exists, err)
		}
		want := []string{"1 created juliet@capulet.lit", "2 password juliet@capulet.lit", "3 disabled juliet@capulet.lit", "4 enabled juliet@capulet.lit",
			"5 edited juliet@capulet.lit", "6 edited juliet@capulet.lit", "7 deleted juliet@capulet.lit"}
		if got := heard(); !reflect.DeepEqual(got, want) {
			t.Errorf("heard %q", got)
		}
	})
}

func TestAccountsRefuse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, heard := service(t, db)
		create(t, a, juliet, directory.NoRole)
		heard()
		for _, test := range []struct {
			name string
			user directory.NewAccount
			kind fault.Kind
		}{
			{"a JID that is taken", directory.NewAccount{JID: juliet, Password: password}, fault.Conflict},
			{"a weak password", directory.NewAccount{JID: nobody, Password: "weak"}, fault.Invalid},
			{"a password that cannot be used", directory.NewAccount{JID: nobody, Password: password + "\x07"}, fault.Invalid},
			{"a display name that cannot be shown", directory.NewAccount{JID: nobody, Password: password, DisplayName: "a\nb"}, fault.Invalid},
			{"a login name against the rule", directory.NewAccount{JID: jid.MustParse("1@capulet.lit"), Password: password}, fault.Invalid},
			{"another domain", directory.NewAccount{JID: jid.MustParse("juliet@elsewhere.lit"), Password: password}, fault.Invalid},
			{"a full JID", directory.NewAccount{JID: jid.MustParse("nobody@capulet.lit/balcony"), Password: password}, fault.Invalid},
			{"a domain", directory.NewAccount{JID: jid.MustParse("capulet.lit"), Password: password}, fault.Invalid},
			{"no JID", directory.NewAccount{Password: password}, fault.Invalid},
		} {
			t.Run(test.name, func(t *testing.T) {
				_, err := a.Create(ctx, test.user)
				wantKind(t, err, test.kind)
			})
		}
		wantKind(t, a.SetPassword(ctx, nobody, newPassword), fault.NotFound)
		wantKind(t, a.SetPassword(ctx, juliet, "weak"), fault.Invalid)
		wantKind(t, a.SetDisplayName(ctx, juliet, "\x00"), fault.Invalid)
		wantKind(t, a.SetRole(ctx, nobody, directory.Administrator), fault.NotFound)
		wantKind(t, a.Disable(ctx, nobody), fault.NotFound)
		wantKind(t, a.Enable(ctx, nobody), fault.NotFound)
		wantKind(t, a.Delete(ctx, nobody), fault.NotFound)
		_, err := a.Get(ctx, nobody)
		wantKind(t, err, fault.NotFound)
		_, err = a.Lookup(ctx, nobody)
		wantKind(t, err, fault.NotFound)
		if exists, err := a.Exists(ctx, jid.MustParse("juliet@elsewhere.lit")); exists || err != nil {
			t.Errorf("a user of another domain exists: %v, %v", exists, err)
		}
		if !fits(t, a, juliet, password) {
			t.Error("a refused change changed the password")
		}
		if got := heard(); got != nil {
			t.Errorf("refused changes are announced: %q", got)
		}
	})
}

func TestLastSystemAdministratorStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := service(t, db)
		create(t, a, juliet, directory.SystemAdministrator)
		wantKind(t, a.Delete(ctx, juliet), fault.Conflict)
		wantKind(t, a.Disable(ctx, juliet), fault.Conflict)
		wantKind(t, a.SetRole(ctx, juliet, directory.Administrator), fault.Conflict)
		create(t, a, romeo, directory.SystemAdministrator)
		must(t, a.Disable(ctx, romeo))
		wantKind(t, a.SetRole(ctx, juliet, directory.NoRole), fault.Conflict)
		must(t, a.Enable(ctx, romeo))
		must(t, a.SetRole(ctx, juliet, directory.NoRole))
		wantKind(t, a.Delete(ctx, romeo), fault.Conflict)
		must(t, a.Delete(ctx, juliet))
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := service(t, db)
		for _, name := range []string{"b", "a", "b.c", "b-c", "b_c", "bc", "a1"} {
			create(t, a, jid.MustParse(name+"@capulet.lit"), directory.NoRole)
		}
		create(t, a, romeo, directory.NoRole)
		var names []string
		var after jid.JID
		for range 10 {
			page, err := a.List(ctx, "capulet.lit", after, 3)
			must(t, err)
			for _, account := range page {
				names = append(names, account.JID.Local())
				after = account.JID
			}
			if len(page) < 3 {
				break
			}
		}
		if got := strings.Join(names, " "); got != "a1 a b-c b.c b b_c bc" {
			t.Errorf("pages are %q", got)
		}
	})
}

func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, heard := service(t, db)
		create(t, a, juliet, directory.PBXManager)
		heard()
		const file = "username,password,displayname\nnurse,Wherefore4,Nurse\njuliet,Therefore5,Juliet\n"
		_, err := a.Import(ctx, strings.NewReader(file), directory.ImportOptions{Domain: "capulet.lit"})
		wantProblems(t, err, "line 3: user juliet@capulet.lit exists already")
		_, err = a.Import(ctx, strings.NewReader(file), directory.ImportOptions{Domain: "elsewhere.lit"})
		wantProblems(t, err, "line 2: \"nurse@elsewhere.lit\" is no address of a user here\nline 3: \"juliet@elsewhere.lit\" is no address of a user here")
		if exists, err := a.Exists(ctx, jid.MustParse("nurse@capulet.lit")); exists || err != nil {
			t.Errorf("half of a refused file was imported: %v, %v", exists, err)
		}
		if got := heard(); got != nil {
			t.Errorf("heard %q", got)
		}
		result, err := a.Import(ctx, strings.NewReader(file), directory.ImportOptions{Domain: "capulet.lit", Overwrite: true})
		must(t, err)
		if result != (directory.ImportResult{Created: 1, Replaced: 1}) {
			t.Errorf("result is %+v", result)
		}
		got, err := a.Get(ctx, juliet)
		must(t, err)
		if got.DisplayName != "Juliet" || got.Role != directory.PBXManager || !fits(t, a, juliet, newPassword) {
			t.Errorf("replaced account is %+v", got)
		}
		if got := heard(); !reflect.DeepEqual(got, []string{"2 created nurse@capulet.lit", "3 password juliet@capulet.lit"}) {
			t.Errorf("heard %q", got)
		}
		must(t, a.Trash(ctx, operator, juliet))
		_, err = a.Import(ctx, strings.NewReader(file), directory.ImportOptions{Domain: "capulet.lit", Overwrite: true})
		wantProblems(t, err, "line 3: user juliet@capulet.lit cannot be replaced: he is in the bin, or his password is not kept here")
	})
}

func TestNodesHearOfEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here, there := open(t, db), open(t, db)
		heardThere := listen(there.Accounts)
		if string(here.Accounts.FakeSecret()) != string(there.Accounts.FakeSecret()) || len(here.Accounts.FakeSecret()) < 16 {
			t.Error("nodes have different secrets for fake salts")
		}
		var sent [][]byte
		here.OnAnnounce(func(text []byte) { sent = append(sent, text) })
		create(t, here.Accounts, juliet, directory.NoRole)
		exists(t, there.Accounts, juliet, false)
		must(t, there.Heard(sent[0]))
		must(t, there.Sync(ctx))
		exists(t, there.Accounts, juliet, true)
		if !fits(t, there.Accounts, juliet, password) {
			t.Error("the other node does not check the password of a new account")
		}
		must(t, here.Accounts.SetPassword(ctx, juliet, newPassword))
		create(t, here.Accounts, romeo, directory.NoRole)
		must(t, there.Heard(sent[2])) // the news before it was lost
		must(t, there.Sync(ctx))
		must(t, there.Heard(sent[1]))
		must(t, there.Sync(ctx))
		want := []string{"1 created juliet@capulet.lit", "2 password juliet@capulet.lit", "3 created romeo@montague.lit"}
		if got := heardThere(); !reflect.DeepEqual(got, want) {
			t.Errorf("the other node heard %q", got)
		}
		must(t, there.Accounts.Disable(ctx, juliet))
		if got := heardThere(); !reflect.DeepEqual(got, []string{"4 disabled juliet@capulet.lit"}) {
			t.Errorf("the other node heard %q of its own change", got)
		}
	})
}

func exists(t testing.TB, a *directory.Accounts, address jid.JID, want bool) {
	t.Helper()
	if got, err := a.Exists(ctx, address); got != want || err != nil {
		t.Errorf("%s exists: %v, %v", address, got, err)
	}
}

func TestConcurrentChanges(t *testing.T) {
	db := storetest.Open(t)
	a, heard := service(t, db)
	create(t, a, juliet, directory.NoRole)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := a.SetDisplayName(ctx, juliet, fmt.Sprint("Juliet ", i)); err != nil {
				t.Error(err)
			}
			if got, err := a.Get(ctx, juliet); err != nil || got.DisplayName == "juliet" {
				t.Errorf("after a change the account is %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	for i, change := range heard() {
		if !strings.HasPrefix(change, fmt.Sprint(i+1, " ")) {
			t.Errorf("change %d is %q", i, change)
		}
	}
}

func TestSurvivesRestart(t *testing.T) {
	db := storetest.Open(t)
	first, _ := service(t, db)
	create(t, first, juliet, directory.SystemAdministrator)
	second, heard := service(t, db)
	if !fits(t, second, juliet, password) {
		t.Error("the account is gone")
	}
	if string(first.FakeSecret()) != string(second.FakeSecret()) {
		t.Error("the secret for fake salts changed")
	}
	must(t, second.SetDisplayName(ctx, juliet, "Juliet"))
	if got := heard(); !reflect.DeepEqual(got, []string{"2 edited juliet@capulet.lit"}) {
		t.Errorf("heard %q", got)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []directory.Config{{Iterations: 100}, {BinDays: -1}, {Pools: directory.Pools{Team: 5}}, {Pools: directory.Pools{Team: -500}}} {
		if cfg.Validate() == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// postgres returns a fresh schema in PostgreSQL, as several nodes share one.
func postgres(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv(storetest.Env)
	if dsn == "" {
		t.Skip(storetest.Env + " is not set: several nodes need PostgreSQL")
	}
	return storetest.FreshSchema(t, dsn)
}

func TestNodesThatChangeAtTheSameTime(t *testing.T) {
	dsn := postgres(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	revisions := make(map[int64]int)
	for node := range 2 {
		db, err := store.Open(ctx, store.Config{DSN: dsn}, "", slog.New(slog.DiscardHandler))
		must(t, err)
		defer db.Close()
		a, _ := service(t, db)
		a.OnChange(func(c directory.Change) {
			if c.Kind != directory.Missed && !c.Remote {
				mu.Lock()
				defer mu.Unlock()
				revisions[c.Revision]++
			}
		})
		wg.Go(func() {
			for i := range 10 {
				user := directory.NewAccount{JID: jid.MustParse(fmt.Sprintf("n%d-%d@capulet.lit", node, i)), Password: password}
				if _, err := a.Create(ctx, user); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for revision := range int64(20) {
		if revisions[revision+2] != 1 {
			t.Errorf("revision %d was given to %d changes", revision+2, revisions[revision+2])
		}
	}
}

func TestAnyPasswordIsTakenWhereAnOperatorAllowsIt(t *testing.T) {
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a, _ := service(t, db)
	for pass, want := range map[string]bool{"x": true, "": false, strings.Repeat("x", directory.MaxPassword+1): false} {
		_, err := a.Create(ctx, directory.NewAccount{JID: juliet, Password: pass, AnyPassword: true})
		if (err == nil) != want || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q: %v", pass, err)
		}
	}
}
