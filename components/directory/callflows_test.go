package directory_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func says(prompt string) directory.CallAction {
	return directory.CallAction{Kind: directory.CallPrompt, Prompt: prompt}
}

// A-066..A-069, A-091, A-094: the option of the user's form puts the actions in and takes them out, other lines stay, and it shows what the lists say.
func TestVoicemailOptionIsActions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		box := []directory.CallAction{directory.OwnBox()}
		for option, want := range map[directory.Voicemail]directory.CallFlow{
			directory.VoicemailNone: {}, directory.VoicemailExternal: {AfterExternal: box}, directory.VoicemailInternal: {AfterInternal: box},
			directory.VoicemailAll: {AfterInternal: box, AfterExternal: box},
		} {
			login := "new" + string(option)
			user, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: login, Password: password, Voicemail: option})
			must(t, err)
			if got := d.CallFlows.Of(directory.OfUser(user.JID)); !reflect.DeepEqual(got, want) || user.Voicemail != option {
				t.Errorf("%s puts in %+v, and shows %s", option, got, user.Voicemail)
			}
		}
		anna := jid.MustParse("newall@" + d.Domains()[0])
		flow, err := d.CallFlows.Get(directory.OfUser(anna))
		must(t, err)
		busy := directory.OwnBox()
		busy.Status = directory.StatusBusy
		flow.AfterInternal = []directory.CallAction{says("sorry"), busy} // only when she is busy: the option shows what is always so
		_, err = d.CallFlows.Set(ctx, operator, flow.Owner, flow.Revision, flow.CallFlow)
		must(t, err)
		account, err := d.Accounts.Get(ctx, anna)
		must(t, err)
		if account.Voicemail != directory.VoicemailExternal {
			t.Errorf("the option shows %s", account.Voicemail)
		}
		set := func(option directory.Voicemail) directory.CallFlow {
			account, err := d.Accounts.Get(ctx, anna)
			must(t, err)
			in := account.Input()
			in.Voicemail = option
			_, err = d.Accounts.UpdateUser(ctx, operator, anna, account.Revision, in)
			must(t, err)
			return d.CallFlows.Of(directory.OfUser(anna))
		}
		if got := set(directory.VoicemailInternal); len(got.AfterExternal) != 0 || !slices.Equal(got.AfterInternal, []directory.CallAction{says("sorry"), busy, directory.OwnBox()}) {
			t.Errorf("her lists are %+v", got)
		}
		if got := set(directory.VoicemailNone); !slices.Equal(got.AfterInternal, []directory.CallAction{says("sorry"), busy}) {
			t.Errorf("her lists are %+v", got)
		}
		again := open(t, db)
		if got := again.CallFlows.Of(directory.OfUser(anna)); !slices.Equal(got.AfterInternal, []directory.CallAction{says("sorry"), busy}) {
			t.Errorf("after a restart her lists are %+v", got)
		}
	})
}

// Users of an older database keep what their option did.
func TestOldVoicemailOptionsBecomeActions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		old := func(dialect string) fstest.MapFS {
			files := fstest.MapFS{}
			list, err := os.ReadDir("migrations/" + dialect)
			must(t, err)
			for _, file := range list {
				if file.Name() < "00012" {
					text, err := os.ReadFile("migrations/" + dialect + "/" + file.Name())
					must(t, err)
					files[file.Name()] = &fstest.MapFile{Data: text}
				}
			}
			return files
		}
		must(t, db.Migrate(ctx, "directory", old("sqlite"), old("postgres")))
		keys, err := sasl.DeriveKeys(password, sasl.MinIterations)
		must(t, err)
		text, err := keys.MarshalText()
		must(t, err)
		options := []directory.Voicemail{directory.VoicemailNone, directory.VoicemailExternal, directory.VoicemailInternal, directory.VoicemailAll}
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec("INSERT INTO directory_state (id, revision, fake_secret) VALUES (1, 4, $1)", []byte("0123456789abcdef")); err != nil {
				return err
			}
			for i, option := range options {
				_, err := tx.Exec("INSERT INTO directory_account (jid, domain, display_name, role, disabled, keys, created, password_changed, revision, voicemail)"+
					" VALUES ($1, 'capulet.lit', '', '', $2, $3, 0, 0, $4, $5)", string(option)+"@capulet.lit", false, string(text), i, string(option))
				if err != nil {
					return err
				}
			}
			return nil
		}))
		d := open(t, db)
		for _, option := range options {
			flow, err := d.CallFlows.Get(directory.FlowOwner{Kind: directory.Users, ID: string(option) + "@capulet.lit"})
			if err != nil || flow.Voicemail() != option || len(flow.BeforeInternal)+len(flow.BeforeExternal) > 0 {
				t.Errorf("%s is %+v, %v", option, flow, err)
			}
		}
	})
}

// B8: menus, routers, periods, calendars and switches are made, kept, changed and deleted; two administrators do not undo each other's work.
func TestCallObjectsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		anna := member(t, d, "anna", directory.NoRole)
		var heard []string
		d.OnChange(func(c directory.Change) { heard = append(heard, string(c.Kind)) })
		hours, err := d.CallFlows.CreateObject(ctx, operator, directory.Periods, directory.CallObjectInput{
			Name: " Office ", Initial: true, Hours: []directory.Hours{{Days: []time.Weekday{5, 1, 5}, From: "08:00", To: "17:00"}},
		})
		must(t, err)
		if want := (directory.CallObjectInput{Name: "Office", Hours: []directory.Hours{{Days: []time.Weekday{1, 5}, From: "08:00", To: "17:00"}}}); !reflect.DeepEqual(hours.CallObjectInput, want) {
			t.Errorf("it is %+v", hours)
		}
		night, err := d.CallFlows.CreateObject(ctx, operator, directory.Switches, directory.CallObjectInput{Name: "Night", Extension: "800", Initial: true})
		must(t, err)
		menu, err := d.CallFlows.CreateObject(ctx, operator, directory.Menus, directory.CallObjectInput{Name: "Menu", Extension: "801", Menu: directory.Menu{
			Prompt: "welcome", Entries: []directory.MenuEntry{{Keys: "1", Actions: []directory.CallAction{{
				Kind: directory.CallHangUp, When: directory.Condition{Kind: directory.SwitchIsOn, Object: night.ID, Not: true},
			}}}},
		}})
		must(t, err)
		if !night.On || menu.Menu.KeyTimeout != directory.DefaultKeyTimeout || len(heard) != 3 {
			t.Errorf("they are %+v, %+v; heard was %s", night, menu, heard)
		}
		if free, err := d.Accounts.NextExtension(directory.PoolExtension); err != nil || free != "802" {
			t.Errorf("the next extension is %s, %v", free, err)
		}

		night, err = d.CallFlows.Toggle(ctx, anna, night.ID) // everybody may turn it over
		must(t, err)
		if night.On {
			t.Error("it is on still")
		}
		_, err = d.CallFlows.Switch(ctx, jid.MustParse("nobody@"+d.Domains()[0]), night.ID, true)
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("somebody who is nobody turns a switch: %v", err)
		}
		sees := func(what string, user jid.JID, want ...string) {
			t.Helper()
			var names []string
			for _, o := range d.CallFlows.SwitchesOf(user) {
				names = append(names, o.Name)
			}
			if !slices.Equal(names, want) {
				t.Errorf("%s: switches %q are seen, want %q", what, names, want)
			}
		}
		sees("one for no permission", anna)
		guards, err := d.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Guards"})
		must(t, err)
		shown := night.Input()
		shown.Permissions = []string{guards.ID, guards.ID}
		night, err = d.CallFlows.UpdateObject(ctx, operator, night.ID, night.Revision, shown)
		must(t, err)
		sees("without the permission", anna)
		must(t, d.Permissions.Assign(ctx, operator, guards.ID, directory.Users, []string{anna.String()}, nil))
		sees("with it", anna, "Night")
		sees("nobody", jid.MustParse("nobody@"+d.Domains()[0]))
		if d.CallFlows.SeesSwitch(anna, menu.ID) || len(night.Permissions) != 1 {
			t.Errorf("a menu is seen as a switch, or %q are its permissions", night.Permissions)
		}
		must(t, d.Permissions.Delete(ctx, operator, guards.ID))
		sees("when the permission is gone", anna)
		if _, err := d.CallFlows.Toggle(ctx, anna, menu.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a menu is turned over: %v", err)
		}
		if _, err := d.CallFlows.CreateObject(ctx, anna, directory.Periods, directory.CallObjectInput{Name: "Mine", Hours: hours.Hours}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a user makes a period: %v", err)
		}

		in := menu.Input()
		in.Name, in.Extension = "Main", "802"
		changed, err := d.CallFlows.UpdateObject(ctx, operator, menu.ID, menu.Revision, in)
		must(t, err)
		if _, err = d.CallFlows.UpdateObject(ctx, operator, menu.ID, menu.Revision, in); !fault.Is(err, fault.Conflict) {
			t.Errorf("an old form is saved: %v", err)
		}
		again := open(t, db)
		for _, d := range []*directory.Directory{d, again} {
			got, ok := d.CallFlows.AtExtension("802")
			if _, old := d.CallFlows.AtExtension("801"); !ok || old || !reflect.DeepEqual(got, changed) {
				t.Errorf("at 802 is %+v", got)
			}
			if o, err := d.CallFlows.Object(night.ID); err != nil || o.On || o.Revision != night.Revision {
				t.Errorf("the switch is %+v, %v", o, err)
			}
		}
		must(t, d.CallFlows.DeleteObject(ctx, operator, night.ID))
		if _, err := d.CallFlows.Object(night.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is there still: %v", err)
		}
		if _, err := d.CallFlows.UpdateObject(ctx, operator, menu.ID, changed.Revision, changed.Input()); err == nil || !strings.Contains(errorFields(err), "when.object unknown") {
			t.Errorf("a line that names what is gone can be saved: %v", err)
		}
		_, err = d.CallFlows.CreateObject(ctx, operator, directory.CallRouters, directory.CallObjectInput{Name: "R", Extension: "800"})
		must(t, err) // the extension is free again
	})
}

func errorFields(err error) string {
	bad, _ := errors.AsType[directory.FieldErrors](err)
	var list []string
	for _, e := range bad {
		list = append(list, e.Field+" "+e.Code)
	}
	return strings.Join(list, ", ")
}

// Nonsense in a form is refused with the field that it is in.
func TestBadActionsAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		anna, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "anna", Password: password, Extension: "100"})
		must(t, err)
		team, err := d.Teams.Create(ctx, operator, crew("Sales", anna.JID))
		must(t, err)
		_, err = d.CallFlows.CreateObject(ctx, operator, directory.Switches, directory.CallObjectInput{Name: "Night", Extension: "800"})
		must(t, err)
		action := func(kind directory.CallActionKind, change func(*directory.CallAction)) directory.CallAction {
			a := directory.CallAction{Kind: kind}
			if change != nil {
				change(&a)
			}
			return a
		}
		at := func(target string) func(*directory.CallAction) {
			return func(a *directory.CallAction) { a.Target = target }
		}
		for _, c := range []struct {
			owner directory.FlowOwner
			line  directory.CallAction
			bad   string
		}{
			{directory.OfUser(anna.JID), action("dance", nil), "kind unknown"},
			{directory.OfUser(anna.JID), says("../../etc/passwd"), "prompt missing"},
			{directory.OfUser(anna.JID), action(directory.CallTeam, at("gone")), "target unknown"},
			{directory.OfUser(anna.JID), action(directory.CallTeam, nil), "target missing"},
			{directory.OfUser(anna.JID), action(directory.CallExtension, at("100")), "target self"},
			{directory.OfUser(anna.JID), action(directory.CallExtension, at("800")), "target unknown"}, // a switch takes no calls
			{directory.OfUser(anna.JID), action(directory.CallNumber, at("*80")), "target bad_number"},
			{directory.OfUser(anna.JID), action(directory.CallNumber, at("112")), "target emergency"},
			{directory.OfUser(anna.JID), action(directory.CallLabel, nil), "label missing"},
			{directory.OfUser(anna.JID), action(directory.CallLanguage, nil), "language unknown"},
			{directory.OfUser(anna.JID), action(directory.CallVoicemail, func(a *directory.CallAction) { a.Box = "nobody@" + d.Domains()[0] }), "box unknown"},
			{directory.OfUser(anna.JID), action(directory.CallHangUp, func(a *directory.CallAction) { a.Status = directory.StatusFull }), "status unknown"},
			{directory.OfUser(anna.JID), action(directory.CallHangUp, func(a *directory.CallAction) { a.When.Kind = directory.PeriodCondition }), "when.object missing"},
			{directory.OfUser(anna.JID), action(directory.CallHangUp, func(a *directory.CallAction) { a.When.Kind = "moon" }), "when.kind unknown"},
			{directory.OfUser(anna.JID), action(directory.CallVoicemail, func(a *directory.CallAction) { a.Box = "gone" }), "box unknown"}, // a team
			{directory.OfTeam(team.ID), action(directory.CallVoicemail, func(a *directory.CallAction) { a.Box = "@" }), "box unknown"},
			{directory.OfTeam(team.ID), action(directory.CallTeam, at(team.ID)), "target self"},
			{directory.OfTeam(team.ID), action(directory.CallHangUp, func(a *directory.CallAction) { a.Status = directory.StatusBusy }), "status unknown"},
		} {
			err := d.CallFlows.Check(c.owner, directory.CallFlow{AfterExternal: []directory.CallAction{c.line}})
			if got := errorFields(err); got != "afterExternal.0."+c.bad {
				t.Errorf("%+v: %s, want %s", c.line, got, c.bad)
			}
		}
		boxes := []directory.CallAction{directory.OwnBox(), directory.OwnBox(), directory.OwnBox()} // of who is called, of a team, of a user
		boxes[1].Box, boxes[2].Box = team.ID, anna.JID.String()
		for _, owner := range []directory.FlowOwner{directory.OfUser(anna.JID), directory.OfTeam(team.ID)} {
			if err := d.CallFlows.Check(owner, directory.CallFlow{AfterExternal: boxes}); err != nil {
				t.Errorf("boxes are refused: %v", err)
			}
		}
		status := action(directory.CallHangUp, func(a *directory.CallAction) { a.Status = directory.StatusBusy })
		if got := errorFields(d.CallFlows.Check(directory.OfUser(anna.JID), directory.CallFlow{BeforeExternal: []directory.CallAction{status}})); got != "beforeExternal.0.status unknown" {
			t.Errorf("before a call it has a status: %s", got)
		}
		for _, c := range []struct {
			kind directory.CallObjectKind
			in   directory.CallObjectInput
			bad  string
		}{
			{"sofa", directory.CallObjectInput{Name: "x"}, "kind unknown"},
			{directory.Periods, directory.CallObjectInput{}, "name missing, hours missing"},
			{directory.Periods, directory.CallObjectInput{Name: "x", Hours: []directory.Hours{{From: "25:00", To: "12:00"}}}, "hours.0.from bad_time, hours.0.days missing"},
			{directory.Periods, directory.CallObjectInput{Name: "x", Extension: "99", Hours: []directory.Hours{{From: "01:00", To: "12:00", Days: []time.Weekday{9}}}}, "extension not_used, hours.0.days unknown"},
			{directory.Calendars, directory.CallObjectInput{Name: "x", Days: []directory.Holiday{{Date: "2026-02-30"}, {Date: "2026-12-24", Until: "2026-12-23"}}}, "days.0.date bad_date, days.1.until before"},
			{directory.Switches, directory.CallObjectInput{Name: "Night", Extension: "100"}, "extension taken, name taken"},
			{directory.Switches, directory.CallObjectInput{Name: "x", Permissions: []string{"nope"}}, "permissions unknown"},
			{directory.Menus, directory.CallObjectInput{Name: "x", Permissions: []string{"nope"}}, ""},
			{directory.Labels, directory.CallObjectInput{Name: strings.Repeat("x", 65), Label: directory.LabelRule{Value: strings.Repeat("x", 65), When: directory.Condition{Kind: directory.LabelIs, Label: "y"}}},
				"name too_long, label.value too_long, label.when.kind unknown"},
			{directory.Labels, directory.CallObjectInput{Name: "x", Label: directory.LabelRule{When: directory.Condition{Kind: directory.SwitchIsOn, Object: "gone"}}}, "label.when.object unknown"},
			{directory.Labels, directory.CallObjectInput{Name: "x", Label: directory.LabelRule{Shown: true}}, ""},
			{directory.Menus, directory.CallObjectInput{Name: "x", Menu: directory.Menu{KeyTimeout: 99, Entries: []directory.MenuEntry{{Keys: "x"}, {Keys: "1"}, {Keys: "1"}, {}}}},
				"menu.keyTimeout out_of_range, menu.entries.0.keys bad_keys, menu.entries.2.keys taken, menu.entries.3.keys bad_keys"},
			{directory.Menus, directory.CallObjectInput{Name: "x", Menu: directory.Menu{CallFlow: directory.CallFlow{AfterInternal: []directory.CallAction{directory.OwnBox()}}}}, "menu.afterInternal.0.box missing"},
		} {
			if got := errorFields(d.CallFlows.CheckObject("", c.kind, c.in)); got != c.bad {
				t.Errorf("%+v: %s, want %s", c.in, got, c.bad)
			}
		}
		long := directory.CallFlow{BeforeInternal: make([]directory.CallAction, directory.MaxCallActions+1)}
		if got := errorFields(d.CallFlows.Check(directory.OfUser(anna.JID), long)); got != "beforeInternal too_many" {
			t.Errorf("a long list: %s", got)
		}
	})
}

// Who is gone takes his actions with him; those of a user in the bin are there again when he is.
func TestActionsGoWithTheirOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		anna, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "anna", Password: password, Voicemail: directory.VoicemailAll})
		must(t, err)
		owner := directory.OfUser(anna.JID)
		team, err := d.Teams.Create(ctx, operator, crew("Sales", anna.JID))
		must(t, err)
		_, err = d.CallFlows.Set(ctx, operator, directory.OfTeam(team.ID), 0, directory.CallFlow{BeforeInternal: []directory.CallAction{says("welcome")}})
		must(t, err)
		must(t, d.Teams.Delete(ctx, operator, team.ID))
		if f := d.CallFlows.Of(directory.OfTeam(team.ID)); !f.Empty() {
			t.Errorf("a team that is gone has %+v", f)
		}
		must(t, d.Accounts.Trash(ctx, operator, anna.JID))
		if _, err := d.CallFlows.Get(owner); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted user has actions: %v", err)
		}
		must(t, d.Accounts.Restore(ctx, operator, anna.JID))
		if f := d.CallFlows.Of(owner); f.Voicemail() != directory.VoicemailAll {
			t.Errorf("who is back has %+v", f)
		}
		must(t, d.Accounts.Trash(ctx, operator, anna.JID))
		must(t, d.Accounts.Purge(ctx, operator, anna.JID))
		again := open(t, db)
		if f := again.CallFlows.Of(owner); !f.Empty() {
			t.Errorf("who is gone for ever has %+v", f)
		}
	})
}
