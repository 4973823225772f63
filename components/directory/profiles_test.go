package directory_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// ..A-163, A-184, A-185: profiles are made by administrators, listed, kept, changed and deleted.
func TestProfilesAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		juliet := someone(t, d, "juliet")
		var heard []string
		d.OnChange(func(c directory.Change) {
			if c.Kind == directory.ProfileChanged || c.Kind == directory.ProfileSet {
				heard = append(heard, string(c.Kind)+" "+c.ID+c.JID.String())
			}
		})
		names := func(d *directory.Directory) (list []string) {
			for _, p := range d.Profiles.List() {
				list = append(list, p.Name)
			}
			return list
		}
		if got := names(d); !slices.Equal(got, []string{"Available", "DND"}) {
			t.Errorf("there are %q at first", got)
		}
		p, err := d.Profiles.Create(ctx, operator, directory.ProfileInput{
			Name: " Lunch ", Colour: "#ABCDEF", Icon: "coffee", Show: directory.ShowXA, Sticky: true,
			Triggers: []directory.ProfileTrigger{{At: "12:00", Until: "12:30", Days: []time.Weekday{time.Friday, time.Monday, time.Friday}}},
		})
		must(t, err)
		want := directory.ProfileInput{
			Name: "Lunch", Colour: "#abcdef", Icon: "coffee", Show: directory.ShowXA, Sticky: true, Permissions: []string{directory.AllID},
			Triggers: []directory.ProfileTrigger{{At: "12:00", Until: "12:30", Days: []time.Weekday{time.Monday, time.Friday}}},
		}
		if !reflect.DeepEqual(p.ProfileInput, want) || p.Revision == 0 || p.System() {
			t.Errorf("a new profile is %+v", p)
		}
		_, err = d.Profiles.Choose(ctx, juliet, juliet, p.ID)
		must(t, err)
		again := open(t, db)
		kept, err := again.Profiles.Get(p.ID)
		if err != nil || !reflect.DeepEqual(kept, p) {
			t.Errorf("after a restart it is %+v, %v", kept, err)
		}
		if in, use := again.Profiles.Of(juliet); in.ID != p.ID || use.Previous != directory.AvailableID || use.By != juliet || use.Since.IsZero() {
			t.Errorf("after a restart she is in %s: %+v", in.Name, use)
		}
		in := p.Input()
		in.Name = "Break"
		changed, err := d.Profiles.Update(ctx, operator, p.ID, p.Revision, in)
		must(t, err)
		_, err = d.Profiles.Update(ctx, operator, p.ID, p.Revision, in)
		if c, ok := errors.AsType[*directory.ConflictError](err); !ok || c.Current.(directory.Profile).Name != "Break" {
			t.Errorf("an old revision gives %v", err)
		}
		if n, all := len(d.Profiles.Users(changed.ID)), len(d.Profiles.Members(directory.AvailableID)); n != 1 || d.Profiles.Count(changed.ID) != 1 || d.Profiles.Count(directory.AvailableID) != all-1 {
			t.Errorf("%d are in it, %d in Available, of %d", n, d.Profiles.Count(directory.AvailableID), all)
		}
		must(t, d.Profiles.Delete(ctx, operator, p.ID))
		if in, use := d.Profiles.Of(juliet); in.ID != directory.AvailableID || use.Triggered {
			t.Errorf("when her profile is gone she is in %s: %+v", in.Name, use)
		}
		if got := names(d); !slices.Equal(got, []string{"Available", "DND"}) {
			t.Errorf("%q are left", got)
		}
		if want := []string{"profile-changed " + p.ID, "profile-set " + juliet.String(), "profile-changed " + p.ID, "profile-changed " + p.ID, "profile-set " + juliet.String()}; !slices.Equal(heard, want) {
			t.Errorf("heard %q", heard)
		}
	})
}

// the two that are built in stay, and stay what they are.
func TestBuiltInProfilesStay(t *testing.T) {
	d := open(t, memory(t))
	for _, id := range []string{directory.AvailableID, directory.DNDID} {
		if err := d.Profiles.Delete(ctx, operator, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("deleting %s gives %v", id, err)
		}
		p, err := d.Profiles.Get(id)
		must(t, err)
		in := p.Input()
		in.Name, in.Silent, in.Permissions = "X", !in.Silent, nil
		in.Permissions = []string{}
		bad, _ := errors.AsType[directory.FieldErrors](d.Profiles.Check(id, in))
		if len(bad) != 3 || bad[0].Code != "fixed" || bad[1].Code != "fixed" || bad[2].Code != "fixed" {
			t.Errorf("changing %s gives %v", id, bad)
		}
		in = p.Input()
		in.Colour, in.Sticky = "#123456", true
		changed, err := d.Profiles.Update(ctx, operator, id, p.Revision, in)
		if err != nil || changed.Colour != "#123456" {
			t.Errorf("another colour gives %+v, %v", changed, err)
		}
	}
}

func TestProfileFormErrors(t *testing.T) {
	d := open(t, memory(t))
	for name, c := range map[string]struct {
		in   directory.ProfileInput
		want directory.FieldErrors
	}{
		"a name is missing":            {directory.ProfileInput{}, one("name", "missing")},
		"a name is taken":              {directory.ProfileInput{Name: "dnd"}, one("name", "taken")},
		"a colour is none":             {directory.ProfileInput{Name: "x", Colour: "red"}, one("colour", "bad_colour")},
		"a colour has a sign":          {directory.ProfileInput{Name: "x", Colour: "#+12345"}, one("colour", "bad_colour")},
		"an icon is unknown":           {directory.ProfileInput{Name: "x", Icon: "skull"}, one("icon", "unknown")},
		"a state is unknown":           {directory.ProfileInput{Name: "x", Show: "chat"}, one("show", "unknown")},
		"a permission is gone":         {directory.ProfileInput{Name: "x", Permissions: []string{"nope"}}, one("permissions", "unknown")},
		"a trigger has no days":        {trigger("09:00", "", ""), one("triggers.0.days", "missing")},
		"a trigger has both":           {trigger("09:00", "", "2026-12-24", time.Monday), one("triggers.0.date", "both")},
		"a trigger's date is none":     {trigger("09:00", "", "2026-02-30"), one("triggers.0.date", "bad_date")},
		"a trigger's time is none":     {trigger("24:00", "", "", time.Monday), one("triggers.0.at", "bad_time")},
		"a trigger's time is short":    {trigger("9:00", "", "", time.Monday), one("triggers.0.at", "bad_time")},
		"a trigger ends never":         {trigger("09:00", "soon", "", time.Monday), one("triggers.0.until", "bad_time")},
		"a trigger ends at once":       {trigger("09:00", "09:00", "", time.Monday), one("triggers.0.until", "same_time")},
		"a trigger's day is no day":    {trigger("09:00", "", "", 7), one("triggers.0.days", "unknown")},
		"a profile has many triggers":  {directory.ProfileInput{Name: "x", Triggers: slices.Repeat(trigger("09:00", "", "2026-12-24").Triggers, 51)}, one("triggers", "too_many")},
		"a name cannot be shown":       {directory.ProfileInput{Name: "a\x00b"}, one("name", "bad_character")},
		"everything is as it is to be": {trigger("09:00", "17:00", "", time.Monday), nil},
	} {
		bad, _ := errors.AsType[directory.FieldErrors](d.Profiles.Check("", c.in))
		for i := range bad {
			bad[i].Text = ""
		}
		if !slices.Equal(bad, c.want) {
			t.Errorf("when %s: %v, want %v", name, bad, c.want)
		}
	}
}

func one(field, code string) directory.FieldErrors {
	return directory.FieldErrors{{Field: field, Code: code}}
}

func trigger(at, until, date string, days ...time.Weekday) directory.ProfileInput {
	return directory.ProfileInput{Name: "x", Triggers: []directory.ProfileTrigger{{At: at, Until: until, Date: date, Days: days}}}
}

// a profile is offered to who has one of its permissions; A-163: no trigger replaces a sticky one; A-170: who was put into one by a trigger
// comes back, sticky or not.
func TestWhoIsInWhichProfile(t *testing.T) {
	d := open(t, memory(t))
	juliet, romeo, boss := someone(t, d, "juliet"), someone(t, d, "romeo"), someone(t, d, "boss")
	must(t, d.Accounts.SetRole(ctx, boss, directory.PBXManager))
	support := permit(t, d, "Support", directory.XMPPGroup, "user:juliet")
	make := func(name string, sticky bool, permissions ...string) string {
		p, err := d.Profiles.Create(ctx, operator, directory.ProfileInput{Name: name, Sticky: sticky, Permissions: permissions})
		must(t, err)
		return p.ID
	}
	desk, meeting := make("Desk", false, support.ID), make("Meeting", true, directory.AllID)
	if got := d.Profiles.Members(desk); !slices.Equal(got, []jid.JID{juliet}) {
		t.Errorf("the profile is offered to %v", got)
	}
	if n := len(d.Profiles.OfferedTo(juliet)); n != 4 {
		t.Errorf("she is offered %d", n)
	}
	if n := len(d.Profiles.OfferedTo(romeo)); n != 3 {
		t.Errorf("he is offered %d", n)
	}
	is := func(user jid.JID, want string) {
		t.Helper()
		if p, use := d.Profiles.Of(user); p.ID != want {
			t.Errorf("%s is in %s: %+v", user, p.Name, use)
		}
	}
	refused := func(kind fault.Kind, _ directory.ProfileUse, err error) {
		t.Helper()
		if !fault.Is(err, kind) {
			t.Errorf("got %v, want %v", err, kind)
		}
	}
	choose := func(by, user jid.JID, id string) (directory.ProfileUse, error) {
		return d.Profiles.Choose(ctx, by, user, id)
	}
	use, err := choose(romeo, romeo, desk)
	refused(fault.Forbidden, use, err)
	use, err = choose(romeo, juliet, directory.DNDID)
	refused(fault.Forbidden, use, err)
	use, err = choose(romeo, romeo, "nope")
	refused(fault.NotFound, use, err)
	_, err = choose(boss, juliet, directory.DNDID)
	must(t, err)
	if !d.Profiles.Silent(juliet) || d.Profiles.Silent(romeo) {
		t.Error("DND is silent for its user alone")
	}
	_, err = choose(juliet, juliet, desk)
	must(t, err)
	is(juliet, desk)

	_, err = d.Profiles.Trigger(ctx, juliet, meeting)
	must(t, err)
	is(juliet, meeting)
	use, err = d.Profiles.Trigger(ctx, juliet, directory.DNDID)
	refused(fault.Conflict, use, err)
	_, err = d.Profiles.EndTrigger(ctx, juliet, meeting)
	must(t, err)
	is(juliet, desk)

	_, err = choose(romeo, romeo, meeting)
	must(t, err)
	_, err = d.Profiles.EndTrigger(ctx, romeo, meeting)
	must(t, err)
	is(romeo, meeting) // he has chosen it himself
	_, err = choose(romeo, romeo, directory.DNDID)
	must(t, err)
	is(romeo, directory.DNDID) // who chooses himself need not mind that it is sticky

	must(t, d.Accounts.Disable(ctx, romeo))
	use, err = d.Profiles.Trigger(ctx, romeo, meeting)
	refused(fault.Forbidden, use, err)
	must(t, d.Accounts.Delete(ctx, romeo))
	is(romeo, directory.AvailableID)
}

func someone(t testing.TB, d *directory.Directory, login string) jid.JID {
	t.Helper()
	user := jid.MustParse(address(login))
	_, err := d.Accounts.Create(ctx, directory.NewAccount{JID: user, Password: "Wherefore4"})
	must(t, err)
	return user
}

func memory(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.OpenMemory()
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}
