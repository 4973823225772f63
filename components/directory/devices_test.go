package directory_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// A user may have any number of devices, and devices nobody has exist.
func TestDevicesMadeByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		var heard []string
		d.OnChange(func(c directory.Change) {
			if c.Kind == directory.ObjectChanged {
				heard = append(heard, c.ID)
			}
		})
		_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", DisplayName: "Juliet", Auth: directory.AuthNone, Extension: "100", Softphone: true})
		must(t, err)
		soft := d.Objects.DevicesOf(juliet)[0]
		hall, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: " Hall "})
		must(t, err)
		desk, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Desk", Owner: juliet,
			Encryption: directory.EncryptionRequired})
		must(t, err)
		for _, tc := range []struct {
			device directory.Object
			user   string
		}{{soft, "^100-[a-z2-9]{4}$"}, {hall, "^phone-[a-z2-9]{4}$"}, {desk, "^100-[a-z2-9]{4}$"}} {
			if !regexp.MustCompile(tc.user).MatchString(tc.device.SIPUser) || !tc.device.SIP() || !tc.device.SecretSince.IsZero() {
				t.Errorf("a new device is %+v", tc.device)
			}
		}
		if hall.Name != "Hall" || !hall.Owner.IsZero() || hall.BySwitch || desk.Owner != juliet || desk.Encryption != directory.EncryptionRequired || !soft.BySwitch {
			t.Errorf("devices are %+v, %+v, %+v", hall, desk, soft)
		}

		heard = nil
		must(t, d.Objects.AssignDevices(ctx, operator, juliet, []string{hall.ID}, []string{desk.ID}))
		if got := devices(d, juliet); got != "Hall, Juliet (Softphone)" || len(heard) != 2 {
			t.Errorf("after the move Juliet has %s; heard of %v", got, heard)
		}
		must(t, d.Objects.AssignDevices(ctx, operator, juliet, []string{hall.ID}, []string{desk.ID})) // once more changes nothing
		if len(heard) != 2 {
			t.Errorf("nothing moved, but heard of %v", heard)
		}
		wantKind(t, d.Objects.AssignDevices(ctx, operator, juliet, nil, []string{soft.ID}), fault.Conflict)
		wantKind(t, d.Objects.AssignDevices(ctx, operator, juliet, []string{"nothing"}, nil), fault.NotFound)
		wantKind(t, d.Objects.AssignDevices(ctx, operator, nobody, []string{desk.ID}, nil), fault.Invalid)
		wantKind(t, d.Objects.AssignDevices(ctx, juliet, juliet, []string{desk.ID}, nil), fault.Forbidden)
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "nurse", DisplayName: "Nurse", Auth: directory.AuthNone})
		must(t, err)
		wantKind(t, d.Objects.AssignDevices(ctx, operator, jid.MustParse("nurse@capulet.lit"), []string{desk.ID, hall.ID}, nil), fault.Conflict)
		if desk, err = d.Objects.Get(directory.Devices, desk.ID); err != nil || !desk.Owner.IsZero() {
			t.Errorf("of a move that was refused half is done: %+v, %v", desk, err)
		}

		in := directory.DeviceInput{Name: "Desk 2", Owner: juliet}
		_, err = d.Objects.UpdateDevice(ctx, operator, desk.ID, desk.Revision-1, in)
		wantKind(t, err, fault.Conflict)
		desk, err = d.Objects.UpdateDevice(ctx, operator, desk.ID, desk.Revision, in)
		if err != nil || desk.Name != "Desk 2" || desk.Owner != juliet || desk.Encryption != directory.AnyEncryption {
			t.Errorf("changed: %+v, %v", desk, err)
		}
		soft, err = d.Objects.UpdateDevice(ctx, operator, soft.ID, soft.Revision, directory.DeviceInput{Name: "Other", Encryption: directory.EncryptionRequired})
		if err != nil || soft.Name != "Juliet (Softphone)" || soft.Owner != juliet || soft.Encryption != directory.EncryptionRequired {
			t.Errorf("the device of a switch changed: %+v, %v", soft, err)
		}
		wantKind(t, d.Objects.Delete(ctx, operator, directory.Devices, soft.ID), fault.Conflict)

		// The switch and devices of the same kind do not get in each other's way.
		extra, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.SoftphoneDevice, Name: "Extra", Owner: juliet})
		must(t, err)
		user, err := d.Accounts.Get(ctx, juliet)
		must(t, err)
		form := user.Input()
		form.Softphone = false
		_, err = d.Accounts.UpdateUser(ctx, operator, juliet, user.Revision, form)
		must(t, err)
		if got := devices(d, juliet); got != "Desk 2, Extra, Hall" {
			t.Errorf("without the switch Juliet has %s", got)
		}
		must(t, d.Objects.Delete(ctx, operator, directory.Devices, extra.ID))
		if _, ok := d.Objects.Get(directory.Devices, extra.ID); ok == nil {
			t.Error("a deleted device is there")
		}

		must(t, d.Accounts.Delete(ctx, juliet))
		if desk, err = d.Objects.Get(directory.Devices, desk.ID); err != nil || !desk.Owner.IsZero() {
			t.Errorf("the desk phone of who is gone is %+v, %v", desk, err)
		}
	})
}

func TestDeviceForm(t *testing.T) {
	d := open(t, storetest.OpenMemory(t))
	for _, tc := range []struct {
		in   directory.DeviceInput
		want string
	}{
		{directory.DeviceInput{Device: "mobile", Name: "x"}, "device unknown"},
		{directory.DeviceInput{Device: "phone", Name: " "}, "name missing"},
		{directory.DeviceInput{Device: "phone", Name: strings.Repeat("x", 65)}, "name too_long"},
		{directory.DeviceInput{Device: "phone", Name: "x", Encryption: "perhaps"}, "encryption unknown"},
		{directory.DeviceInput{Device: "phone", Name: "x", Owner: nobody}, "owner unknown"},
	} {
		_, err := d.Objects.CreateDevice(ctx, operator, tc.in)
		if got := fields(err); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.in, got, tc.want)
		}
	}
	_, err := d.Objects.CreateDevice(ctx, nobody, directory.DeviceInput{Device: "phone", Name: "x"})
	wantKind(t, err, fault.Forbidden)
}

func TestSecretOfADevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", DisplayName: "Juliet", Auth: directory.AuthNone, Mobile: true})
		must(t, err)
		device, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Desk", Owner: juliet})
		must(t, err)
		if got, ok := d.Objects.SIPDevice(device.SIPUser); ok {
			t.Errorf("a device without secret registers: %+v", got)
		}
		secret, err := d.Objects.NewSecret(ctx, operator, device.ID)
		must(t, err)
		if !regexp.MustCompile("^[a-z2-9]{16}$").MatchString(secret) {
			t.Errorf("a secret is %q", secret)
		}
		check := func(d *directory.Directory) {
			t.Helper()
			got, ok := d.Objects.SIPDevice(device.SIPUser)
			want := directory.SIPDevice{ID: device.ID, Name: "Desk", Owner: juliet, User: device.SIPUser,
				Keys: directory.NewHA1(device.SIPUser, "capulet.lit", secret)}
			if !ok || got != want {
				t.Errorf("the registrar sees %+v, %v, want %+v", got, ok, want)
			}
			if byID, ok := d.Objects.SIPDeviceByID(device.ID); !ok || byID != want {
				t.Errorf("by ID it is %+v, %v", byID, ok)
			}
		}
		check(d)
		if device, err = d.Objects.Get(directory.Devices, device.ID); err != nil || device.SecretSince.IsZero() {
			t.Errorf("since when the secret holds is not said: %+v, %v", device, err)
		}
		check(open(t, db)) // after a restart

		device, err = d.Objects.UpdateDevice(ctx, operator, device.ID, device.Revision, directory.DeviceInput{Name: "Desk", Owner: juliet}) // same
		must(t, err)
		check(d)
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		if _, ok := d.Objects.SIPDevice(device.SIPUser); ok {
			t.Error("a device of who is in the bin registers")
		}
		must(t, d.Accounts.Restore(ctx, operator, juliet))
		check(d)
		old := secret
		secret, err = d.Objects.NewSecret(ctx, operator, device.ID)
		must(t, err)
		if old == secret {
			t.Error("the new secret is the old one")
		}
		check(d)

		for _, other := range d.Objects.DevicesOf(juliet) {
			if other.Device == directory.MobileDevice {
				_, err = d.Objects.NewSecret(ctx, operator, other.ID)
				wantKind(t, err, fault.Invalid)
			}
		}
		_, err = d.Objects.NewSecret(ctx, juliet, device.ID)
		wantKind(t, err, fault.Forbidden)
		_, err = d.Objects.NewSecret(ctx, operator, "nothing")
		wantKind(t, err, fault.NotFound)

		// The secret does not lie open, and fits the domain that it was made for only.
		var stored []byte
		must(t, db.QueryRow(ctx, "SELECT sip_keys FROM directory_object WHERE id = $1", device.ID).Scan(&stored))
		md5, sha := directory.NewHA1(device.SIPUser, "capulet.lit", secret).MD5, directory.NewHA1(device.SIPUser, "capulet.lit", secret).SHA256
		if strings.Contains(string(stored), string(md5[:])) || strings.Contains(string(stored), string(sha[:])) {
			t.Error("the keys lie open in the database")
		}
		moved, err := directory.Open(ctx, db, []string{"verona.lit"}, cheap, key, quiet)
		must(t, err)
		defer moved.Close()
		if got, ok := moved.Objects.SIPDevice(device.SIPUser); ok {
			t.Errorf("under another domain it registers as %+v", got)
		}
		if o, err := moved.Objects.Get(directory.Devices, device.ID); err != nil || !o.SecretSince.IsZero() {
			t.Errorf("under another domain it seems to have a secret: %+v, %v", o, err)
		}
		must(t, d.Objects.Delete(ctx, operator, directory.Devices, device.ID))
		if _, ok := d.Objects.SIPDevice(device.SIPUser); ok {
			t.Error("a deleted device registers")
		}
	})
}

// The names are those of the example in RFC 7616 §3.9.1; the hashes were made by md5sum and sha256sum.
func TestHA1(t *testing.T) {
	h := directory.NewHA1("Mufasa", "http-auth@example.org", "Circle of Life")
	md5, sha := h.Hex()
	if md5 != "3d78807defe7de2157e2b0b6573a855f" || sha != "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232" {
		t.Errorf("HA1 is %s, %s", md5, sha)
	}
}

// before returns some of the migrations.
func before(t *testing.T, dialect string, names ...string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range names {
		text, err := os.ReadFile("migrations/" + dialect + "/" + name)
		must(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

func TestDevicesOfAnOldDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		old := []string{"00001_accounts.sql", "00002_organisation.sql"}
		must(t, db.Migrate(context.Background(), "directory", before(t, "sqlite", old...), before(t, "postgres", old...)))
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			for i := range 2 {
				_, err := tx.Exec("INSERT INTO directory_object (kind, id, name, device, owner, extension, revision, changed, changed_by)"+
					" VALUES ('device', $1, 'softphone', 'softphone', $2, '', 1, 0, '')", fmt.Sprint("d", i), fmt.Sprintf("u%d@capulet.lit", i))
				if err != nil {
					return err
				}
			}
			return nil
		}))
		d := open(t, db)
		all := d.Objects.List(directory.Devices)
		if len(all) != 2 || !all[0].BySwitch || all[0].SIPUser != "" {
			t.Fatalf("devices are %+v", all)
		}
		_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "u0", DisplayName: "U", Auth: directory.AuthNone, Extension: "100", Softphone: true})
		must(t, err)
		secret, err := d.Objects.NewSecret(ctx, operator, "d0")
		must(t, err)
		device, err := d.Objects.Get(directory.Devices, "d0")
		must(t, err)
		if got, ok := d.Objects.SIPDevice(device.SIPUser); !ok || !strings.HasPrefix(got.User, "100-") || got.Keys != directory.NewHA1(got.User, "capulet.lit", secret) {
			t.Errorf("the registrar sees %+v, %v", got, ok)
		}
	})
}

// fields returns the fields that an error names, with their codes.
func fields(err error) string {
	var named []string
	if bad, ok := errors.AsType[directory.FieldErrors](err); ok {
		for _, f := range bad {
			named = append(named, f.Field+" "+f.Code)
		}
	}
	return strings.Join(named, ", ")
}
