package directory_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// first returns the first migration of a database's kind alone.
func first(t *testing.T, dialect string) fs.FS {
	t.Helper()
	text, err := os.ReadFile("migrations/" + dialect + "/00001_accounts.sql")
	must(t, err)
	return fstest.MapFS{"00001_accounts.sql": {Data: text}}
}

func TestAnOldDatabaseIsBroughtUpToDate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(ctx, "directory", first(t, "sqlite"), first(t, "postgres")))
		keys, err := sasl.DeriveKeys(password, sasl.MinIterations)
		must(t, err)
		text, err := keys.MarshalText()
		must(t, err)
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec("INSERT INTO directory_state (id, revision, fake_secret) VALUES (1, 41, $1)", []byte("0123456789abcdef")); err != nil {
				return err
			}
			for _, row := range [][]any{
				{"juliet@capulet.lit", "capulet.lit", "Juliet", "system-administrator", false, string(text), 1700000000000, 1710000000000, 40},
				{"romeo@montague.lit", "montague.lit", "Romeo", "", true, string(text), 1700000000000, 1700000000000, 41},
			} {
				_, err := tx.Exec("INSERT INTO directory_account (jid, domain, display_name, role, disabled, keys, created, password_changed, revision)"+
					" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", row...)
				if err != nil {
					return err
				}
			}
			return nil
		}))
		d := open(t, db)
		if string(d.Accounts.FakeSecret()) != "0123456789abcdef" || !fits(t, d.Accounts, juliet, password) || fits(t, d.Accounts, romeo, password) {
			t.Error("who could log in cannot, or the other way round")
		}
		user, err := d.Accounts.Get(ctx, juliet)
		must(t, err)
		if user.Role != directory.SystemAdministrator || user.Auth != directory.AuthInternal || user.Voicemail != directory.VoicemailNone ||
			!user.CallWaiting || user.InBin() || user.HasPIN || user.Revision != 40 || user.Changed.UnixMilli() != 1700000000000 ||
			user.PasswordChanged.UnixMilli() != 1710000000000 {
			t.Errorf("an old account is %+v", user)
		}
		if groups := d.Permissions.Groups(); len(groups) != 1 || len(groups[0].Members) != 1 || groups[0].Members[0] != juliet {
			t.Errorf("old accounts are in %+v", groups)
		}
		in := user.Input()
		in.Extension, in.Softphone = "100", true
		changed, err := d.Accounts.UpdateUser(ctx, jid.JID{}, juliet, 40, in)
		if err != nil || changed.Revision != 43 || changed.Extension != "100" { // All was 42
			t.Errorf("an old account changed is %+v, %v", changed, err)
		}
	})
}
