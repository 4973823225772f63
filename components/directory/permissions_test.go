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

// address returns that of a user of the main domain.
func address(login string) string { return login + "@capulet.lit" }

// permit makes a permission with a type and gives it to objects, written as "kind:id"; users by their login names.
func permit(t testing.TB, d *directory.Directory, name string, kind directory.PermissionType, objects ...string) directory.Permission {
	t.Helper()
	p, err := d.Permissions.Create(ctx, operator, directory.PermissionInput{Name: name, Types: []directory.PermissionType{kind}})
	must(t, err)
	for _, object := range objects {
		kind, id, _ := strings.Cut(object, ":")
		if directory.Kind(kind) == directory.Users {
			id = address(id)
		}
		must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Kind(kind), []string{id}, nil))
	}
	return p
}

func place(t testing.TB, d *directory.Directory, kind directory.Kind, name string) string {
	t.Helper()
	object, err := d.Objects.Create(ctx, operator, kind, directory.ObjectInput{Name: name})
	must(t, err)
	return object.ID
}

// having returns the names of the objects of a kind that have a permission.
func having(t testing.TB, d *directory.Directory, id string, kind directory.Kind) string {
	t.Helper()
	page, err := d.Permissions.Assigned(id, directory.AssigneeQuery{Kind: kind, Assigned: true})
	must(t, err)
	rest, err := d.Permissions.Assigned(id, directory.AssigneeQuery{Kind: kind})
	must(t, err)
	names := []string{}
	for _, item := range page.Items {
		names = append(names, item.Name)
		if slices.Contains(rest.Items, item) {
			t.Errorf("%s has the permission and has it not", item.Name)
		}
	}
	if n := d.Permissions.Count(id, kind); n != page.Total || n != len(names) {
		t.Errorf("%d are counted, %d on the page of %d", n, len(names), page.Total)
	}
	return strings.Join(names, ", ")
}

func edit(t testing.TB, d *directory.Directory, id string, change func(*directory.PermissionInput)) {
	t.Helper()
	p, err := d.Permissions.Get(id)
	must(t, err)
	in := p.Input()
	change(&in)
	_, err = d.Permissions.Update(ctx, operator, id, p.Revision, in)
	must(t, err)
}

//
func TestAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		all, err := d.Permissions.Get(directory.AllID)
		must(t, err)
		if all.Name != "All" || all.Auto != (directory.Auto{Users: true, Teams: true, Locations: true, Devices: true}) || !all.Has(directory.XMPPGroup) {
			t.Errorf("at first it is %+v", all)
		}
		_, err = d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "juliet", Auth: directory.AuthNone, Softphone: true})
		must(t, err)
		place(t, d, directory.Teams, "Sales")
		place(t, d, directory.Locations, "Desk 1")
		for kind, want := range map[directory.Kind]string{directory.Users: "juliet", directory.Teams: "Sales", directory.Locations: "Desk 1",
			directory.Devices: "juliet (Softphone)"} {
			if got := having(t, d, directory.AllID, kind); got != want {
				t.Errorf("of kind %s it has %q", kind, got)
			}
		}
		groups := d.Permissions.Groups()
		if len(groups) != 1 || !groups[0].All || groups[0].Name != "All" || len(groups[0].Members) != 1 || len(groups[0].Teams) != 1 {
			t.Errorf("users and teams are not visible: %+v", groups)
		}
		wantKind(t, d.Permissions.Delete(ctx, operator, directory.AllID), fault.Conflict)
		_, err = d.Permissions.Update(ctx, operator, directory.AllID, all.Revision, directory.PermissionInput{Name: "Everybody"})
		wantCodes(t, err, "name fixed")

		edit(t, d, directory.AllID, func(in *directory.PermissionInput) { in.Types, in.Auto = nil, directory.Auto{} })
		must(t, d.Permissions.Assign(ctx, operator, directory.AllID, directory.Users, nil, []string{address("juliet")}))
		if got := having(t, d, directory.AllID, directory.Users); got != "" {
			t.Errorf("emptied it has %q", got)
		}
		if groups := d.Permissions.Groups(); len(groups) != 0 {
			t.Errorf("without the type there are groups: %+v", groups)
		}
		again := open(t, db) // does not begin anew
		if all, err := again.Permissions.Get(directory.AllID); err != nil || len(all.Types) != 0 || all.Auto.Users {
			t.Errorf("after a restart it is %+v, %v", all, err)
		}
		permit(t, d, "Sales", directory.XMPPGroup, "user:juliet")
		if groups := d.Permissions.Groups(); len(groups) != 1 || groups[0].Name != "Sales" || groups[0].All || len(groups[0].Members) != 1 {
			t.Errorf("the department's group is %+v", groups)
		}
	})
}

//
func TestAutomaticAssignment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet", "nurse")
		p := permit(t, d, "Sales", directory.Supervisor, "user:juliet")
		if got := having(t, d, p.ID, directory.Users); got != "juliet" {
			t.Errorf("by hand it has %q", got)
		}
		edit(t, d, p.ID, func(in *directory.PermissionInput) { in.Auto.Users = true })
		members(t, d, "paris")
		if got := having(t, d, p.ID, directory.Users); got != "juliet, nurse, paris" {
			t.Errorf("automatically it has %q", got)
		}
		if !d.Permissions.Holds(jid.MustParse(address("paris")), directory.Supervisor) {
			t.Error("a new user does not hold what is assigned automatically")
		}
		wantKind(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Users, nil, []string{address("nurse")}), fault.Conflict)

		edit(t, d, p.ID, func(in *directory.PermissionInput) { in.Auto.Users = false })
		if got := having(t, d, p.ID, directory.Users); got != "juliet, nurse, paris" {
			t.Errorf("switched off it has %q: nothing may change at that moment", got)
		}
		members(t, d, "tybalt")
		must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Users, nil, []string{address("nurse")}))
		if got := having(t, d, p.ID, directory.Users); got != "juliet, paris" {
			t.Errorf("by hand again it has %q", got)
		}
		if d.Permissions.Holds(jid.MustParse(address("nurse")), directory.Supervisor) {
			t.Error("a user holds what was taken from her")
		}
		edit(t, d, p.ID, func(in *directory.PermissionInput) {
			in.Auto.Teams, in.Auto.Locations, in.Auto.Devices = true, true, true
		})
		place(t, d, directory.Teams, "Support")
		place(t, d, directory.Locations, "Desk")
		edit(t, d, p.ID, func(in *directory.PermissionInput) { in.Auto = directory.Auto{} })
		place(t, d, directory.Teams, "Later")
		if teams, locations := having(t, d, p.ID, directory.Teams), having(t, d, p.ID, directory.Locations); teams != "Support" || locations != "Desk" {
			t.Errorf("teams are %q, locations %q", teams, locations)
		}
		if got, want := snapshot(t, open(t, db)), snapshot(t, d); got != want {
			t.Errorf("after a restart:\n%s\nwant\n%s", got, want)
		}
	})
}

// snapshot is all that permissions say.
func snapshot(t testing.TB, d *directory.Directory) string {
	t.Helper()
	var b strings.Builder
	for _, p := range d.Permissions.List() {
		fmt.Fprintf(&b, "%s %q %v %v %d\n", p.Name, p.Description, p.Types, p.Auto, p.Revision)
		for _, kind := range directory.Kinds() {
			fmt.Fprintf(&b, "  %s: %s\n", kind, having(t, d, p.ID, kind))
		}
	}
	for _, g := range d.Permissions.Groups() {
		fmt.Fprintf(&b, "group %s %v %v %v\n", g.Name, g.All, g.Members, g.Teams)
	}
	return b.String()
}

//
func TestPermissionLives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		clara := member(t, d, "clara", directory.PBXManager)
		heard := changesOf(d)
		made, err := d.Permissions.Create(ctx, clara, directory.PermissionInput{Name: " Sales ", Description: "those who sell",
			Types: []directory.PermissionType{directory.XMPPGroup, directory.Supervisor, directory.XMPPGroup}})
		must(t, err)
		if made.Name != "Sales" || made.ChangedBy != clara || !slices.Equal(made.Types, []directory.PermissionType{directory.Supervisor, directory.XMPPGroup}) {
			t.Errorf("made %+v", made)
		}
		_, err = d.Permissions.Create(ctx, clara, directory.PermissionInput{Name: "sÁles"})
		wantCodes(t, err, "name taken")
		must(t, d.Permissions.Assign(ctx, clara, made.ID, directory.Users, []string{clara.String(), clara.String()}, nil))
		must(t, d.Permissions.Assign(ctx, clara, made.ID, directory.Users, []string{clara.String()}, nil))
		in := made.Input()
		in.Name = "Vertrieb"
		changed, err := d.Permissions.Update(ctx, clara, made.ID, made.Revision, in)
		must(t, err)
		if got := having(t, d, made.ID, directory.Users); got != "clara" {
			t.Errorf("with another name it has %q", got)
		}
		_, err = d.Permissions.Update(ctx, operator, made.ID, made.Revision, in)
		conflict, ok := errors.AsType[*directory.ConflictError](err)
		if current, is := conflict.Current.(directory.Permission); !ok || !is || conflict.By != clara || current.Name != "Vertrieb" {
			t.Errorf("two who edit: %v", err)
		}
		same, err := d.Permissions.Update(ctx, clara, made.ID, changed.Revision, in)
		if err != nil || same.Revision != changed.Revision {
			t.Errorf("a form that changes nothing: %+v, %v", same, err)
		}
		var names []string
		permit(t, d, "ärzte", directory.XMPPGroup)
		for _, p := range d.Permissions.List() {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, []string{"All", "ärzte", "Vertrieb"}) {
			t.Errorf("the list is %q", names)
		}
		must(t, d.Permissions.Delete(ctx, clara, made.ID))
		wantKind(t, d.Permissions.Delete(ctx, clara, made.ID), fault.NotFound)
		_, err = d.Permissions.Get(made.ID)
		wantKind(t, err, fault.NotFound)
		_, err = d.Permissions.Update(ctx, clara, made.ID, 1, in)
		wantKind(t, err, fault.NotFound)
		_, err = d.Permissions.Assigned(made.ID, directory.AssigneeQuery{Kind: directory.Users})
		wantKind(t, err, fault.NotFound)
		want := []string{"permission-created", "assignments-changed", "permission-edited", "permission-created", "permission-deleted"}
		var kinds []string
		for _, c := range heard() {
			kinds = append(kinds, string(c.Kind))
			if c.ID == "" || !c.OfPermission() || c.Kind != directory.PermissionCreated && (c.By != clara || c.ID != made.ID) {
				t.Errorf("heard %+v", c)
			}
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("heard %q, want %q", kinds, want)
		}
	})
}

// A form and its assignments are saved together, or neither. A-193..A-197
func TestPermissionIsSavedWithItsAssignments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet", "nurse", "romeo")
		made := permit(t, d, "Capulet", directory.XMPPGroup, "user:juliet", "user:nurse")
		heard := changesOf(d)
		in := made.Input()
		in.Name = "House of Capulet"
		move := func(add, remove []string) directory.Assignment {
			return directory.Assignment{Kind: directory.Users, Add: add, Remove: remove}
		}
		before := snapshot(t, d)
		for _, test := range []struct {
			name   string
			assign []directory.Assignment
			codes  []string
		}{
			{"somebody who is not there", []directory.Assignment{move([]string{address("romeo"), address("ghost")}, []string{address("nurse")})}, []string{"members.0.add.1 gone"}},
			{"a team that is not there", []directory.Assignment{move([]string{address("romeo")}, nil), {Kind: directory.Teams, Add: []string{"x", "y"}}},
				[]string{"members.1.add.0 gone", "members.1.add.1 gone"}},
		} {
			_, err := d.Permissions.Update(ctx, operator, made.ID, made.Revision, in, test.assign...)
			wantCodes(t, err, test.codes...)
			if got := snapshot(t, d); got != before {
				t.Errorf("%s: half of it was saved:\n%s", test.name, got)
			}
		}
		_, err := d.Permissions.Update(ctx, operator, made.ID, made.Revision, in, directory.Assignment{Kind: "group"})
		wantKind(t, err, fault.Invalid)
		_, err = d.Permissions.Update(ctx, operator, made.ID, made.Revision, in, move(make([]string, directory.MaxBulk), nil), move(nil, []string{"x"}))
		wantKind(t, err, fault.Limit)
		automatic := in
		automatic.Auto.Users = true
		_, err = d.Permissions.Update(ctx, operator, made.ID, made.Revision, automatic, move([]string{address("romeo")}, nil))
		wantCodes(t, err, "members.0.kind automatic")
		if len(heard()) > 0 {
			t.Error("changes are announced that were not made")
		}

		saved, err := d.Permissions.Update(ctx, operator, made.ID, made.Revision, in, move([]string{address("romeo")}, []string{address("nurse"), address("ghost")}))
		must(t, err)
		if got := having(t, d, made.ID, directory.Users); saved.Name != in.Name || got != "juliet, romeo" {
			t.Errorf("saved %+v for %s", saved, got)
		}
		_, err = d.Permissions.Update(ctx, operator, made.ID, made.Revision, in, move([]string{address("nurse")}, nil))
		if _, ok := errors.AsType[*directory.ConflictError](err); !ok || having(t, d, made.ID, directory.Users) != "juliet, romeo" {
			t.Errorf("assignments beside an old form: %v", err)
		}
		moved, err := d.Permissions.Update(ctx, operator, made.ID, saved.Revision, in, move([]string{address("nurse")}, nil))
		must(t, err)
		if got := having(t, d, made.ID, directory.Users); moved.Revision != saved.Revision || got != "juliet, nurse, romeo" {
			t.Errorf("assignments alone: revision %d after %d, %s", moved.Revision, saved.Revision, got)
		}

		// Switched off, all stay but those who are taken away in the same step.
		on, err := d.Permissions.Update(ctx, operator, made.ID, moved.Revision, automatic)
		must(t, err)
		_, err = d.Permissions.Update(ctx, operator, made.ID, on.Revision, in, move(nil, []string{address("juliet")}))
		must(t, err)
		if got := having(t, d, made.ID, directory.Users); got != "nurse, romeo" {
			t.Errorf("switched off without juliet it has %s", got)
		}
	})
}

// changesOf returns a function that takes the changes heard since then.
func changesOf(d *directory.Directory) func() []directory.Change {
	heard := make(chan directory.Change, 1000)
	d.OnChange(func(c directory.Change) { heard <- c })
	return func() []directory.Change {
		var all []directory.Change
		for len(heard) > 0 {
			all = append(all, <-heard)
		}
		return all
	}
}

func TestAssignRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet")
		p := permit(t, d, "Sales", directory.XMPPGroup)
		before := snapshot(t, d)
		for _, test := range []struct {
			name string
			id   string
			kind directory.Kind
			add  []string
			want fault.Kind
		}{
			{"an unknown permission", "none", directory.Users, []string{address("juliet")}, fault.NotFound},
			{"an unknown user, after a known one", p.ID, directory.Users, []string{address("juliet"), "nobody@capulet.lit"}, fault.NotFound},
			{"an unknown team", p.ID, directory.Teams, []string{"none"}, fault.NotFound},
			{"a user as a team", p.ID, directory.Teams, []string{address("juliet")}, fault.NotFound},
			{"an unknown kind", p.ID, "group", []string{"x"}, fault.Invalid},
			{"too many", p.ID, directory.Users, make([]string, directory.MaxBulk+1), fault.Limit},
		} {
			t.Run(test.name, func(t *testing.T) {
				wantKind(t, d.Permissions.Assign(ctx, operator, test.id, test.kind, test.add, nil), test.want)
			})
		}
		wantKind(t, d.Permissions.SetOf(ctx, operator, directory.Users, "nobody@capulet.lit", []string{p.ID}), fault.NotFound)
		wantKind(t, d.Permissions.SetOf(ctx, operator, directory.Users, address("juliet"), []string{p.ID, "none"}), fault.NotFound)
		wantKind(t, d.Permissions.SetOf(ctx, operator, "group", "x", nil), fault.Invalid)
		if got := snapshot(t, d); got != before {
			t.Errorf("something was saved:\n%s", got)
		}
		for _, q := range []directory.AssigneeQuery{{Kind: "group"}, {Kind: directory.Users, Offset: -1}} {
			_, err := d.Permissions.Assigned(p.ID, q)
			wantKind(t, err, fault.Invalid)
		}
	})
}

//
func TestPermissionsOfOneObject(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		members(t, d, "juliet", "nurse")
		one, two, three := permit(t, d, "One", directory.XMPPGroup), permit(t, d, "Two", directory.XMPPGroup), permit(t, d, "Three", directory.XMPPGroup)
		of := func() string {
			var names []string
			for _, p := range d.Permissions.Of(directory.Users, address("juliet")) {
				names = append(names, p.Name)
			}
			return strings.Join(names, ", ")
		}
		must(t, d.Permissions.SetOf(ctx, operator, directory.Users, address("juliet"), []string{one.ID, two.ID}))
		if got := of(); got != "All, One, Two" {
			t.Errorf("set are %s", got)
		}
		heard := changesOf(d)
		must(t, d.Permissions.SetOf(ctx, operator, directory.Users, address("juliet"), []string{two.ID, three.ID, directory.AllID}))
		if got := of(); got != "All, Three, Two" {
			t.Errorf("set are %s", got)
		}
		must(t, d.Permissions.SetOf(ctx, operator, directory.Users, address("juliet"), []string{three.ID, two.ID}))
		if got := heard(); len(got) != 2 {
			t.Errorf("heard %+v", got)
		}
		if got := d.Permissions.Of(directory.Users, address("nobody")); got != nil {
			t.Errorf("nobody has %v", got)
		}
		must(t, d.Accounts.Delete(ctx, juliet))
		create(t, d.Accounts, juliet, directory.NoRole)
		if got := of(); got != "All" {
			t.Errorf("who gets the name next has %s", got)
		}
	})
}

func TestAssigneesArePaged(t *testing.T) {
	d := open(t, storetest.Open(t))
	for i := range 7 {
		_, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{
			Login: fmt.Sprint("person", i), DisplayName: fmt.Sprint("User ", 6-i), Auth: directory.AuthNone, Extension: fmt.Sprint(200 + i), Softphone: true})
		must(t, err)
	}
	p := permit(t, d, "Sales", directory.XMPPGroup, "user:person0", "user:person2", "user:person4")
	device := d.Objects.DevicesOf(jid.MustParse(address("person5")))[0]
	must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Devices, []string{device.ID}, nil))
	must(t, d.Accounts.Trash(ctx, operator, jid.MustParse(address("person4"))))
	for _, test := range []struct {
		query directory.AssigneeQuery
		want  string
	}{
		{directory.AssigneeQuery{Kind: directory.Users, Assigned: true}, "User 4, User 6 (2)"},
		{directory.AssigneeQuery{Kind: directory.Users}, "User 0, User 1, User 3, User 5 (4)"},
		{directory.AssigneeQuery{Kind: directory.Users, Offset: 1, Limit: 2}, "User 1, User 3 (4)"},
		{directory.AssigneeQuery{Kind: directory.Users, Text: "201"}, "User 5 (1)"},
		{directory.AssigneeQuery{Kind: directory.Devices, Assigned: true}, "User 1 (Softphone) (1)"},
		{directory.AssigneeQuery{Kind: directory.Devices, Text: "person6 soft"}, "User 0 (Softphone) (1)"},
		{directory.AssigneeQuery{Kind: directory.Devices, Offset: 5}, "User 6 (Softphone) (6)"},
	} {
		page, err := d.Permissions.Assigned(p.ID, test.query)
		must(t, err)
		var names []string
		for _, item := range page.Items {
			names = append(names, item.Name)
		}
		if got := fmt.Sprintf("%s (%d)", strings.Join(names, ", "), page.Total); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.query, got, test.want)
		}
	}
}

func TestObjects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		clara := member(t, d, "clara", directory.Administrator)
		team, err := d.Objects.Create(ctx, clara, directory.Teams, directory.ObjectInput{Name: " Sales ", Extension: "500"})
		must(t, err)
		if team.Name != "Sales" || team.Kind != directory.Teams || team.ChangedBy != clara {
			t.Errorf("made %+v", team)
		}
		changed, err := d.Objects.Update(ctx, clara, directory.Teams, team.ID, team.Revision, directory.ObjectInput{Name: "Vertrieb", Extension: "501"})
		must(t, err)
		_, err = d.Objects.Update(ctx, operator, directory.Teams, team.ID, team.Revision, directory.ObjectInput{Name: "x"})
		if conflict, ok := errors.AsType[*directory.ConflictError](err); !ok || conflict.By != clara || conflict.Current != any(changed) {
			t.Errorf("two who edit: %v", err)
		}
		_, err = d.Objects.Create(ctx, clara, directory.Teams, directory.ObjectInput{Extension: "0"})
		wantCodes(t, err, "name missing", "extension leading_zero")
		_, err = d.Objects.Create(ctx, clara, directory.Locations, directory.ObjectInput{Name: "Desk", Extension: "500"})
		wantCodes(t, err, "extension not_used")
		_, err = d.Objects.Create(ctx, clara, directory.Teams, directory.ObjectInput{Name: "Support", Extension: "500"})
		must(t, err)
		for _, kind := range []directory.Kind{directory.Devices, directory.Users, "x"} {
			_, err = d.Objects.Create(ctx, clara, kind, directory.ObjectInput{Name: "x"})
			wantKind(t, err, fault.Invalid)
			if kind != directory.Devices {
				wantKind(t, d.Objects.Delete(ctx, clara, kind, "x"), fault.Invalid)
			}
			_, err = d.Objects.Get(kind, "x")
			wantKind(t, err, fault.NotFound)
		}
		if list := d.Objects.List(directory.Teams); len(list) != 2 || list[0].Name != "Support" || list[1] != changed || d.Objects.Count(directory.Teams) != 2 {
			t.Errorf("the list is %+v", list)
		}
		must(t, d.Objects.Delete(ctx, clara, directory.Teams, team.ID))
		wantKind(t, d.Objects.Delete(ctx, clara, directory.Teams, team.ID), fault.NotFound)
		wantKind(t, second(d.Objects.Update(ctx, clara, directory.Teams, team.ID, 1, directory.ObjectInput{Name: "x"})), fault.NotFound)
	})
}
