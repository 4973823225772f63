package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// numbered makes users a, b, c … with the extensions 11, 12, 13 …
func numbered(t testing.TB, d *directory.Directory, n int) []jid.JID {
	t.Helper()
	all := make([]jid.JID, n)
	for i := range all {
		in := good()
		in.Login, in.Extension = fmt.Sprintf("u%d", 11+i), fmt.Sprint(11+i)
		in.FaxExtension, in.Mobile, in.MobileNumber = "", false, ""
		account, err := d.Accounts.CreateUser(ctx, operator, in)
		must(t, err)
		all[i] = account.JID
	}
	return all
}

//
func TestForwardsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		u := numbered(t, d, 3)
		other := open(t, db)
		var heard []string
		d.OnChange(func(c directory.Change) { heard = append(heard, string(c.Kind)+" "+c.JID.String()) })
		f, err := d.Forwards.Set(ctx, u[0], u[0], 0, directory.ForwardInput{Target: " 1-2 ", Active: true})
		must(t, err)
		if f.User != u[0] || f.Target != "12" || !f.Active || f.ChangedBy != u[0] || f.Changed.IsZero() || f.Revision == 0 {
			t.Errorf("a new forward is %+v", f)
		}
		must(t, other.Sync(ctx))
		if got, ok := other.Forwards.Get(u[0]); !ok || got != f {
			t.Errorf("another node has %+v, %v, not %+v", got, ok, f)
		}
		off, err := d.Forwards.Switch(ctx, operator, u[0], false)
		must(t, err)
		if off.Active || off.Target != "12" || !off.ChangedBy.IsZero() {
			t.Errorf("switched off it is %+v", off)
		}
		_, err = d.Forwards.Set(ctx, u[0], u[0], f.Revision, directory.ForwardInput{Target: "13"})
		if conflict, ok := errors.AsType[*directory.ConflictError](err); !ok || conflict.Current != any(off) {
			t.Errorf("a forward that was changed meanwhile: %v", err)
		}
		_, err = d.Forwards.Set(ctx, operator, u[1], 0, directory.ForwardInput{Target: "*103"})
		must(t, err)
		if list := d.Forwards.List(); len(list) != 2 || list[0] != off || list[1].Target != directory.ForwardToBox { // the inactive ones too
			t.Errorf("the list is %+v", list)
		}
		again := open(t, db)
		if got, ok := again.Forwards.Get(u[0]); !ok || got != off {
			t.Errorf("after a restart it is %+v", got)
		}
		must(t, d.Forwards.Clear(ctx, u[0], u[0]))
		wantKind(t, d.Forwards.Clear(ctx, u[0], u[0]), fault.NotFound)
		_, err = d.Forwards.Switch(ctx, u[0], u[0], true)
		wantKind(t, err, fault.NotFound)
		if want := slices.Repeat([]string{"forward-changed " + u[0].String()}, 2); !slices.Equal(heard[:2], want) || len(heard) != 4 {
			t.Errorf("heard %q", heard)
		}
		must(t, d.Accounts.Trash(ctx, operator, u[1]))
		if list := d.Forwards.List(); len(list) != 0 {
			t.Errorf("with users in the bin the list is %+v", list)
		}
		_, err = d.Forwards.Set(ctx, operator, u[1], directory.AnyRevision, directory.ForwardInput{Target: "11"})
		wantKind(t, err, fault.NotFound)
		must(t, d.Accounts.Purge(ctx, operator, u[1]))
		if _, ok := d.Forwards.Get(u[1]); ok {
			t.Error("the forward of a deleted user is there")
		}
		if _, ok := open(t, db).Forwards.Get(u[1]); ok {
			t.Error("the forward of a deleted user is stored")
		}
	})
}

//
func TestForwardsThatAreRefused(t *testing.T) {
	d := open(t, storetest.Open(t))
	u := numbered(t, d, 40)
	in := provider("Telco")
	in.Outbound = []directory.OutboundRule{
		{Title: "All", InPrefix: "0", Destination: "*"}, {Title: "Barred", InPrefix: "0", Destination: "0900*", Deny: true},
		{Title: "Far", InPrefix: "0", Destination: "00*", PIN: "1234"},
	}
	in.Policy.International = true
	_, err := d.Trunks.Create(ctx, operator, in, nil)
	must(t, err)
	set := func(i int, target string) error {
		_, err := d.Forwards.Set(ctx, operator, u[i], directory.AnyRevision, directory.ForwardInput{Target: target, Active: true})
		return err
	}
	for target, want := range map[string]string{
		"": "target missing", "abc": "target bad_number", "*80": "target bad_number", "*74": "target bad_number", "12#": "target bad_number", "+": "target bad_number",
		"11": "target self", "99": "target unknown", "112": "target emergency", "0110": "target emergency",
		"00900123456": "target not_callable", "00012125550100": "target asks_pin", "+12": "target not_callable",
		"12345678901234567890123456789012345678901": "target too_long",
	} {
		wantCodes(t, set(0, target), want)
	}
	gone := member(t, d, "gone", directory.NoRole)
	a, err := d.Accounts.Get(ctx, gone)
	must(t, err)
	form := a.Input()
	form.Extension = "77"
	_, err = d.Accounts.UpdateUser(ctx, operator, gone, a.Revision, form)
	must(t, err)
	must(t, set(0, "77"))
	must(t, d.Accounts.Trash(ctx, operator, gone))
	must(t, d.Accounts.Purge(ctx, operator, gone))
	off, err := d.Forwards.Switch(ctx, u[0], u[0], false)
	if err != nil || off.Active || off.Target != "77" {
		t.Errorf("a forward that leads nowhere any more cannot be switched off: %+v, %v", off, err)
	}
	_, err = d.Forwards.Switch(ctx, u[0], u[0], true)
	wantCodes(t, err, "target unknown")
	must(t, set(0, "0211555"))
	must(t, set(0, "*103"))
	must(t, set(0, "12"))
	must(t, set(1, "13"))
	wantCodes(t, set(2, "11"), "target circle") // 11 → 12 → 13 → 11
	_, err = d.Forwards.Set(ctx, operator, u[2], 0, directory.ForwardInput{Target: "11"})
	must(t, err) // as long as it is off
	_, err = d.Forwards.Switch(ctx, operator, u[2], true)
	wantCodes(t, err, "target circle")
	_, err = d.Forwards.Switch(ctx, operator, u[1], false)
	must(t, err)
	_, err = d.Forwards.Switch(ctx, operator, u[2], true)
	must(t, err)
	_, err = d.Forwards.Switch(ctx, operator, u[1], true)
	wantCodes(t, err, "target circle")

	for i := 39; i > 5; i-- {
		if err = set(i-1, fmt.Sprint(11+i)); err != nil {
			break
		}
	}
	wantCodes(t, err, "target too_many")
}

//
func TestWhoSetsForwards(t *testing.T) {
	d := open(t, storetest.Open(t))
	u := numbered(t, d, 3)
	permit(t, d, "Secretary", directory.RedirectGroup, "user:u12")
	boss := member(t, d, "boss", directory.SystemAdministrator)
	manager := member(t, d, "manager", directory.PBXManager)
	viewer := member(t, d, "viewer", directory.GrafanaViewer)
	for _, c := range []struct {
		by, user jid.JID
		may      bool
	}{
		{u[0], u[0], true}, {u[0], u[1], false}, {u[1], u[0], true}, {manager, u[0], true}, {manager, boss, false}, {viewer, u[0], false}, {nobody, u[0], false},
	} {
		_, err := d.Forwards.Set(ctx, c.by, c.user, directory.AnyRevision, directory.ForwardInput{Target: "13", Active: true})
		if clear := d.Forwards.Clear(ctx, c.by, c.user); (err == nil) != c.may || (clear == nil) != c.may || !c.may && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s sets that of %s: %v, and clears it: %v", c.by, c.user, err, clear)
		}
	}
}
