package directory_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// FuzzUserInput makes users of anything that can be typed in: what is saved can be read again, saved again, found, and exported as a page.
func FuzzUserInput(f *testing.F) {
	f.Add("juliet", "Juliet Capulet", "101", "juliet@capulet.lit", "+49 171/555", "4711", "Wherefore4", uint8(0))
	f.Add("romeo", "Ro\u202eoem", "0", "a@b@c", "٤٧", "", "", uint8(255))
	f.Add("", "\xff", "110", "\r\n@", "(", "12345678901234", "\x00", uint8(77))
	db, err := store.OpenMemory()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { must(f, db.Close()) })
	d := open(f, db)
	f.Fuzz(func(t *testing.T, login, name, extension, email, number, pin, pass string, flags uint8) {
		in := directory.UserInput{
			Login: login, DisplayName: name, Extension: extension, Email: email, MobileNumber: number, PIN: &pin, Password: pass, Role: directory.Role(flags >> 5),
			Softphone: flags&1 != 0, Mobile: flags&2 != 0, Disabled: flags&4 != 0, CallWaiting: flags&8 != 0,
		}
		if flags&16 != 0 {
			in.Auth, in.Password = directory.AuthNone, ""
		}
		checked := d.Accounts.CheckUser(jid.JID{}, in)
		user, err := d.Accounts.CreateUser(ctx, operator, in)
		if (checked == nil) != (err == nil) {
			t.Fatalf("the check says %v, saving %v", checked, err)
		}
		if err != nil {
			if bad, ok := errors.AsType[directory.FieldErrors](err); !ok || len(bad) == 0 || !fault.Is(err, fault.Invalid) {
				t.Fatalf("error is %v", err)
			}
			return
		}
		defer func() { must(t, d.Accounts.Delete(ctx, user.JID)) }()
		if !utf8.ValidString(user.DisplayName) || strings.ContainsAny(user.DisplayName+user.Email, "\r\n\x00") || user.DisplayName == "" {
			t.Errorf("saved %+v", user)
		}
		again, err := d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, user.Input())
		if err != nil || again != user {
			t.Errorf("saved again it is %+v, %v, and was %+v", again, err, user)
		}
		page, err := d.Accounts.Search(directory.UserQuery{Text: user.DisplayName + " " + strings.ToUpper(user.JID.Local())})
		if err != nil || page.Total != 1 || page.Accounts[0] != user {
			t.Errorf("found are %+v, %v", page, err)
		}
		fresh := open(t, db)
		if read, err := fresh.Accounts.Get(ctx, user.JID); err != nil || read != user {
			t.Errorf("read again it is %+v, %v", read, err)
		}
		fresh.Close()
	})
}

// FuzzPermissionInput does the same for permissions.
func FuzzPermissionInput(f *testing.F) {
	f.Add("Sales", "those who sell", "xmpp.group pickup.group", uint8(1))
	f.Add("ALL", "\x00", "x", uint8(255))
	db, err := store.OpenMemory()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { must(f, db.Close()) })
	d := open(f, db)
	f.Fuzz(func(t *testing.T, name, description, types string, auto uint8) {
		in := directory.PermissionInput{Name: name, Description: description,
			Auto: directory.Auto{Users: auto&1 != 0, Teams: auto&2 != 0, Locations: auto&4 != 0, Devices: auto&8 != 0}}
		for word := range strings.FieldsSeq(types) {
			in.Types = append(in.Types, directory.PermissionType(word))
		}
		checked := d.Permissions.CheckPermission("", in)
		p, err := d.Permissions.Create(ctx, operator, in)
		if (checked == nil) != (err == nil) {
			t.Fatalf("the check says %v, saving %v", checked, err)
		}
		if err != nil {
			codes(t, err)
			return
		}
		again, err := d.Permissions.Update(ctx, operator, p.ID, p.Revision, p.Input())
		if err != nil || again.Revision != p.Revision || again.Name != p.Name {
			t.Errorf("saved again it is %+v, %v, and was %+v", again, err, p)
		}
		must(t, d.Permissions.Delete(ctx, operator, p.ID))
	})
}

// FuzzNews gives a node what another might have sent.
func FuzzNews(f *testing.F) {
	f.Add([]byte(`{"revision":1}`))
	f.Add([]byte(`{"revision":9223372036854775807}`))
	db, err := store.OpenMemory()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { must(f, db.Close()) })
	d := open(f, db)
	members(f, d, "juliet")
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = d.Heard(text)
		must(t, d.Sync(ctx))
		exists(t, d.Accounts, juliet, true)
	})
}
