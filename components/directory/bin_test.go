package directory_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

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
