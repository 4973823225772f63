package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
)

//
func TestHolds(t *testing.T) {
	d := open(t, storetest.Open(t))
	members(t, d, "juliet", "nurse")
	nurse := jid.MustParse(address("nurse"))
	for _, kind := range []directory.PermissionType{directory.Supervisor, directory.RedirectChoice, directory.RedirectGroup, directory.ProfilePersonal} {
		if d.Permissions.Holds(juliet, kind) {
			t.Errorf("%s comes by itself", kind)
		}
		p := permit(t, d, "P "+string(kind), kind, "user:juliet")
		if !d.Permissions.Holds(juliet, kind) || d.Permissions.Holds(nurse, kind) {
			t.Errorf("%s is not hers alone", kind)
		}
		full, _ := jid.Parse("juliet@capulet.lit/balcony")
		if !d.Permissions.Holds(full, kind) || d.Permissions.Holds(nobody, kind) {
			t.Errorf("%s by address", kind)
		}
		must(t, d.Accounts.Disable(ctx, juliet))
		if d.Permissions.Holds(juliet, kind) {
			t.Errorf("a disabled user holds %s", kind)
		}
		must(t, d.Accounts.Enable(ctx, juliet))
		edit(t, d, p.ID, func(in *directory.PermissionInput) { in.Types = nil })
		if d.Permissions.Holds(juliet, kind) {
			t.Errorf("%s is held without the type", kind)
		}
	}
	if d.Permissions.Holds(juliet, "x") || !d.Permissions.Holds(juliet, directory.XMPPGroup) {
		t.Error("an unknown type, or that of All")
	}
}

//
func TestBillingGroups(t *testing.T) {
	d := open(t, storetest.Open(t))
	members(t, d, "juliet")
	sales := place(t, d, directory.Teams, "Sales")
	permit(t, d, "Costs 1", directory.BillingGroup, "user:juliet", "team:"+sales)
	for kind, id := range map[directory.Kind]string{directory.Users: address("juliet"), directory.Teams: sales} {
		all := d.Permissions.Of(kind, id)
		if len(all) != 2 || !all[1].Has(directory.BillingGroup) || all[1].Name != "Costs 1" {
			t.Errorf("%s: %+v", kind, all)
		}
	}
}

// scene is a small organisation: users a to d, and things by name.
func scene(t *testing.T, kind directory.Kind, names string) (*directory.Directory, map[string]string) {
	t.Helper()
	d := open(t, storetest.Open(t))
	members(t, d, "a", "b", "c", "d")
	ids := map[string]string{}
	for name := range strings.FieldsSeq(names) {
		ids[name] = place(t, d, kind, name)
	}
	return d, ids
}

//
func TestWhoMayLogInWhere(t *testing.T) {
	d, ids := scene(t, directory.Locations, "desk lobby")
	want := func(sentence, allowed string) {
		t.Helper()
		var got []string
		for _, user := range []string{"a", "b", "c"} {
			for _, location := range []string{"desk", "lobby"} {
				if d.Permissions.MayLogInAt(jid.MustParse(address(user)), ids[location]) {
					got = append(got, user+"-"+location)
				}
			}
		}
		if got := strings.Join(got, " "); got != allowed {
			t.Errorf("%s: %s", sentence, got)
		}
	}
	want("without a permission everybody may everywhere", "a-desk a-lobby b-desk b-lobby c-desk c-lobby")
	p := permit(t, d, "P", directory.LocationGroup)
	want("once there is one, who is in none may nowhere", "")
	must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Users, []string{address("a")}, nil))
	want("a permission without locations opens none", "")
	must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Locations, []string{ids["desk"]}, nil))
	want("users of a permission may at its locations", "a-desk")
	permit(t, d, "Q", directory.LocationGroup, "user:a", "user:b", "location:"+ids["lobby"])
	want("two permissions add up, and do not mix", "a-desk a-lobby b-lobby")
	must(t, d.Accounts.Disable(ctx, jid.MustParse(address("b"))))
	want("who is disabled may nowhere", "a-desk a-lobby")
	must(t, d.Objects.Delete(ctx, operator, directory.Locations, ids["lobby"]))
	want("a location that is gone", "a-desk")
	if d.Permissions.MayLogInAt(nobody, ids["desk"]) {
		t.Error("somebody unknown may")
	}
}

//
func TestWhoMayPickUp(t *testing.T) {
	d, ids := scene(t, directory.Teams, "sales")
	want := func(sentence, allowed string) {
		t.Helper()
		var got []string
		for _, user := range []string{"a", "b", "c"} {
			for _, from := range []string{"a", "b", "c"} {
				if user != from && d.Permissions.MayPickUp(jid.MustParse(address(user)), directory.Users, address(from)) {
					got = append(got, user+from)
				}
			}
			if d.Permissions.MayPickUp(jid.MustParse(address(user)), directory.Teams, ids["sales"]) {
				got = append(got, user+"-sales")
			}
		}
		if got := strings.Join(got, " "); got != allowed {
			t.Errorf("%s: %s", sentence, got)
		}
	}
	want("without a permission everybody may", "ab ac a-sales ba bc b-sales ca cb c-sales")
	p := permit(t, d, "P", directory.PickupGroup, "user:a", "user:b")
	want("members pick up from each other", "ab ba")
	must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Teams, []string{ids["sales"]}, nil))
	want("and from a team in it", "ab a-sales ba b-sales")
	permit(t, d, "Q", directory.PickupGroup, "user:c", "user:b")
	want("two groups do not mix", "ab a-sales ba bc b-sales cb")
	if d.Permissions.MayPickUp(jid.MustParse(address("a")), directory.Devices, "x") || d.Permissions.MayPickUp(jid.MustParse(address("a")), directory.Users, "@") {
		t.Error("from nothing")
	}
}

//
func TestGroups(t *testing.T) {
	d, ids := scene(t, directory.Teams, "sales support")
	edit(t, d, directory.AllID, func(in *directory.PermissionInput) { in.Types = nil })
	groups := func() string {
		var all []string
		for _, g := range d.Permissions.Groups() {
			text := g.Name + ":"
			for _, member := range g.Members {
				text += " " + member.Local()
			}
			for _, team := range g.Teams {
				text += " " + strings.ToUpper(team.Name)
			}
			all = append(all, text)
		}
		return strings.Join(all, "; ")
	}
	want := func(sentence, text string) {
		t.Helper()
		if got := groups(); got != text {
			t.Errorf("%s: %s", sentence, got)
		}
	}
	want("without the type there is none", "")
	p := permit(t, d, "Sales", directory.XMPPGroup, "user:c", "user:a", "team:"+ids["sales"])
	permit(t, d, "Desk", directory.PickupGroup, "user:a")
	want("members and teams of the permission", "Sales: a c SALES")
	for _, c := range []struct {
		user, team string
		sees       bool
	}{{"a", "sales", true}, {"a", "support", false}, {"b", "sales", false}, {"x", "sales", false}, {"a", "", false}} {
		if got := d.Permissions.SeesTeam(jid.MustParse(address(c.user)+"/r"), ids[c.team]); got != c.sees {
			t.Errorf("that %s sees the team %q is %v", c.user, c.team, got)
		}
	}
	permit(t, d, "Zebra", directory.BillingGroup, "user:a")
	permit(t, d, "Accounts", directory.BillingGroup, "user:b", "team:"+ids["sales"])
	for _, c := range []struct{ users, team, want string }{
		{"a d", "", "Zebra"}, {"a b", "", "Accounts Zebra"}, {"", "sales", "Accounts"}, {"d", "", ""}, {"nobody", "none", ""},
	} {
		var users []jid.JID
		for _, u := range strings.Fields(c.users) {
			users = append(users, jid.MustParse(address(u)+"/r"))
		}
		if got := strings.Join(d.Permissions.BillingGroups(users, ids[c.team]), " "); got != c.want {
			t.Errorf("calls of %q and the team %q are billed in %q, want %q", c.users, c.team, got, c.want)
		}
	}
	before := d.Permissions.Groups()
	permit(t, d, "Boss", directory.XMPPGroup, "user:d")
	if after := d.Permissions.Groups(); &after[1].Members[0] != &before[0].Members[0] {
		t.Error("a group that did not change was made anew")
	}
	want("by name", "Boss: d; Sales: a c SALES")
	must(t, d.Accounts.Disable(ctx, jid.MustParse(address("a"))))
	want("who is disabled leaves", "Boss: d; Sales: c SALES")
	must(t, d.Accounts.Enable(ctx, jid.MustParse(address("a"))))
	must(t, d.Accounts.Trash(ctx, operator, jid.MustParse(address("c"))))
	want("who is deleted leaves", "Boss: d; Sales: a SALES")
	must(t, d.Accounts.Restore(ctx, operator, jid.MustParse(address("c"))))
	want("who is restored comes back", "Boss: d; Sales: a c SALES")
	edit(t, d, p.ID, func(in *directory.PermissionInput) { in.Name, in.Auto.Users = "Everybody", true })
	want("all users", "Boss: d; Everybody: a b c d SALES")
	members(t, d, "e")
	must(t, d.Objects.Delete(ctx, operator, directory.Teams, ids["sales"]))
	want("who is new comes by himself, a team that is gone leaves", "Boss: d; Everybody: a b c d e")
	if now := d.Permissions.Groups(); !now[1].All || now[0].All || len(before[0].Members) != 2 {
		t.Errorf("all are %v, what was given out before is %v", now, before)
	}
	must(t, d.Permissions.Delete(ctx, operator, p.ID))
	want("a permission that is gone", "Boss: d")
}

// A slot that a deleted object leaves does not hand its permissions to the next.
func TestNobodyInherits(t *testing.T) {
	d := open(t, storetest.Open(t))
	for i := range 5 {
		members(t, d, fmt.Sprint("u", i))
	}
	p := permit(t, d, "Sales", directory.Supervisor, "user:u1", "user:u3")
	must(t, d.Accounts.Delete(ctx, jid.MustParse(address("u1"))))
	must(t, d.Accounts.Delete(ctx, jid.MustParse(address("u3"))))
	members(t, d, "v1", "v2", "v3")
	if got := having(t, d, p.ID, directory.Users); got != "" {
		t.Errorf("it has %s", got)
	}
}
