package directory_test

import (
	"strings"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// seatsOf says who sits where, as both directions tell it.
func seatsOf(t *testing.T, d *directory.Directory) string {
	t.Helper()
	var list []string
	for _, o := range d.Objects.List(directory.Locations) {
		seat, ok := d.Seats.Who(o.ID)
		if !ok {
			continue
		}
		if back, ok := d.Seats.At(seat.User); !ok || back != seat || seat.Location != o.ID || seat.Since.IsZero() {
			t.Errorf("%+v is at a location, and %+v otherwise", seat, back)
		}
		list = append(list, seat.User.Local()+" at "+o.Name)
	}
	return strings.Join(list, ", ")
}

// everybody is at one location at most; who logs in where somebody sits expels him.
func TestUsersLogInAtLocations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet", "nurse")
		nurse := jid.MustParse(address("nurse"))
		home, desk := place(t, d, directory.Locations, "Home"), place(t, d, directory.Locations, "Desk")
		var heard []string
		d.OnChange(func(c directory.Change) {
			if c.Kind == directory.SeatChanged {
				heard = append(heard, c.JID.Local())
			}
		})
		logIn := func(by, user jid.JID, at string, expelled jid.JID, want string) {
			t.Helper()
			heard = nil
			time.Sleep(2 * time.Millisecond) // the order of what is remembered
			if got, err := d.Seats.LogIn(ctx, by, user, at); err != nil || got != expelled || seatsOf(t, d) != want {
				t.Errorf("expelled %q, %v, and now %s", got, err, seatsOf(t, d))
			}
		}
		logIn(juliet, juliet, home, jid.JID{}, "juliet at Home")
		logIn(juliet, juliet, home, jid.JID{}, "juliet at Home")
		if len(heard) != 0 {
			t.Errorf("nothing has changed, but heard of %v", heard)
		}
		logIn(juliet, juliet, desk, jid.JID{}, "juliet at Desk")
		logIn(operator, nurse, desk, juliet, "nurse at Desk")
		if got := strings.Join(heard, " "); got != "juliet nurse" {
			t.Errorf("heard of %s", got)
		}
		if got := d.Seats.Recent(juliet); len(got) != 2 || got[0] != desk || got[1] != home {
			t.Errorf("Juliet was at %v", got)
		}
		for _, tc := range []struct {
			by, user jid.JID
			at       string
			want     fault.Kind
		}{
			{juliet, nurse, home, fault.Forbidden}, {juliet, juliet, "nowhere", fault.NotFound}, {operator, nobody, home, fault.NotFound},
		} {
			_, err := d.Seats.LogIn(ctx, tc.by, tc.user, tc.at)
			wantKind(t, err, tc.want)
		}
		wantKind(t, d.Seats.LogOut(ctx, juliet, nurse), fault.Forbidden)
		permit(t, d, "Boss", directory.Supervisor, "user:juliet") // who manages the calls of all
		logIn(juliet, nurse, home, jid.JID{}, "nurse at Home")
		must(t, d.Seats.LogOut(ctx, nurse, nurse))
		must(t, d.Seats.LogOut(ctx, nurse, nurse))
		if got := seatsOf(t, d); got != "" {
			t.Errorf("still there: %s", got)
		}
		logIn(nurse, nurse, home, jid.JID{}, "nurse at Home")
		logIn(juliet, juliet, desk, jid.JID{}, "juliet at Desk, nurse at Home")
		fresh := open(t, db)
		if seatsOf(t, fresh) != seatsOf(t, d) || len(fresh.Seats.Recent(juliet)) != 2 || fresh.Seats.Recent(nurse)[0] != home {
			t.Errorf("after a restart: %s, %v", seatsOf(t, fresh), fresh.Seats.Recent(juliet))
		}
		must(t, d.Accounts.Disable(ctx, juliet))
		if got := seatsOf(t, d); got != "nurse at Home" {
			t.Errorf("who is disabled sits on: %s", got)
		}
		_, err := d.Seats.LogIn(ctx, operator, juliet, desk)
		wantKind(t, err, fault.Conflict)
		must(t, d.Accounts.Trash(ctx, operator, nurse))
		if got := seatsOf(t, d); got != "" {
			t.Errorf("who is in the bin sits on: %s", got)
		}
	})
}

//
func TestLocationsAreOpenUntilAPermissionSaysWhose(t *testing.T) {
	d := open(t, storetest.Open(t))
	members(t, d, "juliet", "nurse")
	nurse := jid.MustParse(address("nurse"))
	home, desk := place(t, d, directory.Locations, "Home"), place(t, d, directory.Locations, "Desk")
	names := func(user jid.JID) (list string) {
		for _, o := range d.Seats.Open(user) {
			list += o.Name + " "
		}
		return list
	}
	if names(juliet) != "Desk Home " || names(nurse) != "Desk Home " {
		t.Errorf("without any permission: %s, %s", names(juliet), names(nurse))
	}
	permit(t, d, "Roaming", directory.LocationGroup, "user:juliet", "location:"+desk)
	if names(juliet) != "Desk " || names(nurse) != "" {
		t.Errorf("with one: %s, %s", names(juliet), names(nurse))
	}
	for _, by := range []jid.JID{nurse, operator} {
		_, err := d.Seats.LogIn(ctx, by, nurse, desk)
		wantKind(t, err, fault.Forbidden)
	}
	_, err := d.Seats.LogIn(ctx, juliet, juliet, home)
	wantKind(t, err, fault.Forbidden)
	_, err = d.Seats.LogIn(ctx, juliet, juliet, desk)
	must(t, err)
}

// the telephones of a location are those of who is logged in there.
func TestDevicesOfALocation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet", "nurse")
		home := place(t, d, directory.Locations, "Home")
		phone, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Phone"})
		must(t, err)
		own, err := d.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Own", Owner: juliet})
		must(t, err)
		_, err = d.Objects.NewSecret(ctx, operator, phone.ID)
		must(t, err)
		must(t, d.Objects.AssignDevicesAt(ctx, operator, home, []string{phone.ID}, nil))
		wantKind(t, d.Objects.AssignDevicesAt(ctx, operator, home, []string{own.ID}, nil), fault.Conflict)
		wantKind(t, d.Objects.AssignDevicesAt(ctx, operator, "nowhere", []string{own.ID}, nil), fault.NotFound)
		wantKind(t, d.Objects.AssignDevicesAt(ctx, juliet, home, nil, []string{phone.ID}), fault.Forbidden)
		wantKind(t, d.Objects.AssignDevices(ctx, operator, juliet, []string{phone.ID}, nil), fault.Conflict)
		holder := func(want jid.JID) {
			t.Helper()
			if got, ok := d.Objects.SIPDeviceByID(phone.ID); !ok || got.Owner != want || got.Location != home {
				t.Errorf("the telephone is %+v, %v", got, ok)
			}
		}
		holder(jid.JID{})
		_, err = d.Seats.LogIn(ctx, juliet, juliet, home)
		must(t, err)
		holder(juliet)
		if got := devices(d, juliet); got != "Own" || len(d.Objects.DevicesAt(home)) != 1 {
			t.Errorf("she owns %s", got)
		}
		must(t, d.Seats.LogOut(ctx, juliet, juliet))
		holder(jid.JID{})
		now, err := d.Objects.Get(directory.Devices, phone.ID)
		must(t, err)
		for want, in := range map[string]directory.DeviceInput{
			"location conflict": {Name: "Phone", Owner: juliet, Location: home}, "location unknown": {Name: "Phone", Location: "nowhere"},
		} {
			_, err = d.Objects.UpdateDevice(ctx, operator, phone.ID, now.Revision, in)
			wantCodes(t, err, want)
		}
		_, err = d.Seats.LogIn(ctx, juliet, juliet, home)
		must(t, err)
		must(t, d.Objects.Delete(ctx, operator, directory.Locations, home))
		if _, sits := d.Seats.At(juliet); sits || len(d.Seats.Recent(juliet)) > 0 || len(d.Objects.DevicesAt(home)) > 0 {
			t.Error("something of a deleted location is left")
		}
		if now, err = d.Objects.Get(directory.Devices, phone.ID); err != nil || now.Location != "" {
			t.Errorf("its telephone is %+v, %v", now, err)
		}
	})
}
