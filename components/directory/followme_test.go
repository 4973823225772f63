package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// deskOf makes a telephone that belongs to a user or to a location.
func deskOf(t *testing.T, d *directory.Directory, name string, owner jid.JID, location string) string {
	t.Helper()
	o, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: name, Owner: owner, Location: location})
	must(t, err)
	return o.ID
}

// timers are those of a device that rings inside only, after a while.
func timers(delay, timeout int) directory.FollowMeInput {
	t := directory.Timer{Delay: delay, Timeout: timeout}
	in := directory.FollowMeInput{Internal: t, External: t, Queue: t}
	in.Internal.Enabled = true
	return in
}

// followMe is what holds for the devices of somebody, in short.
func followMe(d *directory.Directory, holder string) string {
	var list []string
	for _, row := range d.FollowMe.Of(holder) {
		text := row.Kind
		if row.Name != "" {
			text = row.Name
		}
		for _, class := range directory.RingClasses() {
			timer := row.FollowMeInput.Of(class)
			if timer.Enabled {
				text += fmt.Sprintf(" %d/%d", timer.Delay, timer.Timeout)
			} else {
				text += " off"
			}
		}
		if row.UserConfigurable {
			text += " free"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// A-111..A-117, A-143, A-145..A-151: timers are kept for each device and holder, on both databases, and go with either.
func TestFollowMeIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		in := good()
		in.Login, in.Extension, in.FaxExtension, in.Softphone, in.Mobile, in.MobileNumber = "juliet", "12", "812", true, true, "+4917612345"
		juliet, err := d.Accounts.CreateUser(ctx, operator, in)
		must(t, err)
		holder := juliet.JID.String()
		hall := place(t, d, directory.Locations, "Hall")
		desk, wall := deskOf(t, d, "Desk", juliet.JID, ""), deskOf(t, d, "Wall", jid.JID{}, hall)
		mobile, softphone := in.DisplayName+" (Mobile)", in.DisplayName+" (Softphone)"
		standard := "Desk 0/999 0/999 0/999, " + mobile + " off off off free, " + softphone + " 0/999 0/999 0/999 free, xmpp 0/999 0/999 0/999 free"
		if got := followMe(d, holder); got != standard {
			t.Errorf("what nobody has set is\n%s, want\n%s", got, standard)
		}
		if rows := d.FollowMe.Of(holder); rows[1].Number != "+4917612345" {
			t.Errorf("the mobile is %+v", rows[1])
		}
		if got := followMe(d, hall); got != "Wall 0/999 0/999 0/999" {
			t.Errorf("at the location: %s", got)
		}
		other := open(t, db)
		var heard []string
		d.OnChange(func(c directory.Change) {
			if c.Kind == directory.FollowMeChanged {
				heard = append(heard, c.ID)
			}
		})
		first, err := d.FollowMe.Set(ctx, operator, holder, desk, 0, timers(5, 20))
		must(t, err)
		if first.Revision == 0 || first.Changed.IsZero() || !first.ChangedBy.IsZero() || first.Name != "Desk" || first.Internal != (directory.Timer{Enabled: true, Delay: 5, Timeout: 20}) {
			t.Errorf("it is %+v", first)
		}
		same, err := d.FollowMe.Set(ctx, operator, holder, desk, first.Revision, timers(5, 20))
		must(t, err)
		_, err = d.FollowMe.Set(ctx, operator, holder, desk, 0, timers(6, 20))
		if c, ok := errors.AsType[*directory.ConflictError](err); !ok || same != first || c.Current.(directory.FollowMeRow).Internal != first.Internal {
			t.Errorf("an old revision: %v; the same again: %+v", err, same)
		}
		_, err = d.FollowMe.Set(ctx, operator, hall, wall, 0, timers(0, 7))
		must(t, err)
		_, err = d.FollowMe.Set(ctx, operator, holder, directory.XMPPDevice, 0, timers(3, 999))
		must(t, err)
		set := strings.NewReplacer("Desk 0/999 0/999 0/999", "Desk 5/20 off off", "xmpp 0/999 0/999 0/999 free", "xmpp 3/999 off off").Replace(standard)
		must(t, other.Sync(ctx))
		for _, at := range []*directory.Directory{d, other, open(t, db)} {
			if got := followMe(at, holder); got != set {
				t.Errorf("it is\n%s, want\n%s", got, set)
			}
			if got := followMe(at, hall); got != "Wall 0/7 off off" {
				t.Errorf("at the location: %s", got)
			}
		}
		for field, bad := range map[string]directory.FollowMeInput{"delay": timers(1000, 5), "timeout": timers(0, 0)} {
			_, err := d.FollowMe.Set(ctx, operator, holder, desk, directory.AnyRevision, bad)
			wantCodes(t, err, "internal."+field+" out_of_range", "external."+field+" out_of_range", "queue."+field+" out_of_range")
		}
		for _, at := range [][2]string{{holder, wall}, {hall, desk}, {hall, directory.XMPPDevice}, {"nobody@capulet.lit", directory.XMPPDevice}, {"nowhere", wall}, {holder, "none"}} {
			_, err := d.FollowMe.Set(ctx, operator, at[0], at[1], directory.AnyRevision, timers(0, 5))
			wantKind(t, err, fault.NotFound)
		}

		must(t, d.Objects.AssignDevices(ctx, operator, juliet.JID, nil, []string{desk})) // what is another's begins anew
		must(t, d.Objects.AssignDevices(ctx, operator, juliet.JID, []string{desk}, nil))
		must(t, d.Objects.AssignDevicesAt(ctx, operator, hall, nil, []string{wall}))
		must(t, d.Objects.AssignDevicesAt(ctx, operator, hall, []string{wall}, nil))
		must(t, other.Sync(ctx))
		for _, at := range []*directory.Directory{d, other, open(t, db)} {
			if got := followMe(at, hall) + ", " + followMe(at, holder); !strings.HasPrefix(got, "Wall 0/999 0/999 0/999, Desk 0/999") {
				t.Errorf("after they were away: %s", got)
			}
		}
		if want := []string{holder, hall, holder, holder, hall}; !slices.Equal(heard, want) {
			t.Errorf("heard of %q, want %q", heard, want)
		}
		for _, device := range []string{desk, wall} {
			at := map[string]string{desk: holder, wall: hall}[device]
			_, err = d.FollowMe.Set(ctx, operator, at, device, directory.AnyRevision, timers(1, 2))
			must(t, err)
		}
		must(t, d.Objects.Delete(ctx, operator, directory.Devices, desk))
		must(t, d.Objects.Delete(ctx, operator, directory.Locations, hall))
		must(t, d.Accounts.Trash(ctx, operator, juliet.JID))
		must(t, d.Accounts.Purge(ctx, operator, juliet.JID))
		left := 0
		must(t, db.QueryRow(ctx, "SELECT COUNT(*) FROM directory_followme").Scan(&left))
		if got := followMe(d, holder) + followMe(d, hall); got != "" || left != 0 {
			t.Errorf("without devices and holders: %s, and %d are stored", got, left)
		}
	})
}

// users change what is configurable, of their own devices and those where they are logged in; whether it is they do not.
func TestWhoSetsFollowMe(t *testing.T) {
	d := open(t, storetest.Open(t))
	u := numbered(t, d, 2)
	boss := member(t, d, "boss", directory.SystemAdministrator)
	manager := member(t, d, "manager", directory.PBXManager)
	hall := place(t, d, directory.Locations, "Hall")
	wall := deskOf(t, d, "Wall", jid.JID{}, hall)
	desk := deskOf(t, d, "Desk", u[0], "")
	delay := 0
	try := func(by jid.JID, holder, device string, want fault.Kind) {
		t.Helper()
		delay++
		in := timers(delay, 9)
		in.UserConfigurable = true
		row, err := d.FollowMe.Set(ctx, by, holder, device, directory.AnyRevision, in)
		switch {
		case want != 0:
			wantKind(t, err, want)
		case err != nil || row.Internal.Delay != delay || !row.UserConfigurable:
			t.Errorf("%s sets %s of %s: %+v, %v", by, device, holder, row, err)
		}
	}
	mine := u[0].String()
	try(u[0], mine, desk, fault.Forbidden) // a telephone is locked as long as nobody says otherwise
	try(u[0], mine, directory.XMPPDevice, 0)
	try(u[1], mine, directory.XMPPDevice, fault.Forbidden)
	try(manager, mine, desk, 0) // and configurable now
	try(u[0], mine, desk, 0)
	try(manager, boss.String(), directory.XMPPDevice, fault.Forbidden)
	try(boss, boss.String(), directory.XMPPDevice, 0)
	row, err := d.FollowMe.Set(ctx, u[0], mine, desk, directory.AnyRevision, timers(77, 9))
	must(t, err)
	if !row.UserConfigurable {
		t.Error("a user has locked himself out")
	}
	try(u[0], hall, wall, fault.Forbidden) // he is not there
	_, err = d.Seats.LogIn(ctx, u[0], u[0], hall)
	must(t, err)
	try(u[0], hall, wall, fault.Forbidden) // it is locked
	try(manager, hall, wall, 0)
	try(u[0], hall, wall, 0)
	try(u[1], hall, wall, fault.Forbidden)
	try(nobody, mine, desk, fault.Forbidden)
}

// in GSM mode a user's mobile telephone alone rings, at once and for all; no other device has such a mode, and without a number it does nothing.
func TestGSMMode(t *testing.T) {
	d := open(t, storetest.Open(t))
	in := good()
	in.Softphone, in.Mobile, in.MobileNumber = true, true, "+4917612345"
	juliet, err := d.Accounts.CreateUser(ctx, operator, in)
	must(t, err)
	holder, desk := juliet.JID.String(), deskOf(t, d, "Desk", juliet.JID, "")
	rings := func() (names string) {
		for _, row := range directory.InGSMMode(d.FollowMe.Of(holder)) {
			timer := row.Now(directory.RingExternal)
			names += fmt.Sprintf("%s %t %d/%d, ", row.Kind, timer.Enabled, timer.Delay, timer.Timeout)
		}
		return names
	}
	usual := "phone true 0/999, mobile false 9/30, softphone true 0/999, xmpp true 0/999, "
	var mobile string
	for _, row := range d.FollowMe.Of(holder) {
		if row.Kind == directory.MobileDevice {
			mobile = row.Device
		}
	}
	set := func(by jid.JID, on bool) {
		t.Helper()
		_, err := d.FollowMe.Change(ctx, by, holder, mobile, func(in directory.FollowMeInput) directory.FollowMeInput {
			in.GSM, in.External = on, directory.Timer{Delay: 9, Timeout: 30}
			return in
		})
		must(t, err)
	}
	set(juliet.JID, false)
	if got := rings(); got != usual {
		t.Errorf("at first: %s", got)
	}
	set(juliet.JID, true)
	if got := rings(); got != "mobile true 0/30, " {
		t.Errorf("in GSM mode: %s", got)
	}
	change := juliet.Input()
	change.MobileNumber = ""
	now, err := d.Accounts.UpdateUser(ctx, operator, juliet.JID, juliet.Revision, change)
	must(t, err)
	if got := rings(); got != strings.Replace(usual, "mobile false 9", "mobile true 0", 1) {
		t.Errorf("without a number: %s", got)
	}
	change.MobileNumber = "+4917612345"
	_, err = d.Accounts.UpdateUser(ctx, operator, juliet.JID, now.Revision, change)
	must(t, err)
	set(operator, false)
	if got := rings(); got != usual {
		t.Errorf("afterwards: %s", got)
	}
	for _, device := range []string{desk, directory.XMPPDevice} {
		_, err := d.FollowMe.Change(ctx, operator, holder, device, func(in directory.FollowMeInput) directory.FollowMeInput {
			in.GSM = true
			return in
		})
		wantCodes(t, err, "gsm not_mobile")
	}
	must(t, d.FollowMe.CheckChange(ctx, juliet.JID, holder, mobile, func(in directory.FollowMeInput) directory.FollowMeInput {
		in.GSM = true
		return in
	}))
	if got := rings(); got != usual {
		t.Errorf("what was tried has changed something: %s", got)
	}
}

// BenchmarkFollowMe asks when the devices of a user with twenty of them ring.
func BenchmarkFollowMe(b *testing.B) {
	d := open(b, storetest.Open(b))
	user := member(b, d, "juliet", directory.NoRole)
	for i := range 20 {
		_, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: fmt.Sprint("Phone ", i), Owner: user})
		must(b, err)
	}
	holder := user.String()
	b.ReportAllocs()
	for b.Loop() {
		if len(d.FollowMe.Of(holder)) != 21 {
			b.Fatal("devices are missing")
		}
	}
}
