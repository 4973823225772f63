package directory_test

import (
	"slices"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// B9: who hears of callers that wait for a team, for each of the five choices, and with a pickup group of the team's own.
func TestWhoHearsOfCallers(t *testing.T) {
	d := open(t, storetest.Open(t))
	var u []jid.JID
	for _, name := range []string{"anna", "bert", "carl", "dora", "emil"} {
		u = append(u, member(t, d, name, directory.NoRole))
	}
	in := crew("Sales", u[0], u[1], u[2]) // Anna is always in, Bert will be, Carl is out
	team, err := d.Teams.Create(ctx, operator, in)
	must(t, err)
	must(t, d.Teams.LogIn(ctx, u[1], team.ID, u[1], true))
	must(t, d.Teams.Pause(ctx, u[1], team.ID, u[1], "1"))
	heard := func(n directory.PickupNotice, group string) string {
		t.Helper()
		now, err := d.Teams.Get(team.ID)
		must(t, err)
		in := now.Input()
		in.Notify, in.PickupGroup = n, group
		_, err = d.Teams.Update(ctx, operator, team.ID, now.Revision, in)
		must(t, err)
		var names []string
		for _, user := range d.Teams.Notified(team.ID) {
			names = append(names, user.Local())
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	holds := func(group string, want map[directory.PickupNotice]string) {
		t.Helper()
		for _, n := range directory.PickupNotices() {
			if got := heard(n, group); got != want[n] {
				t.Errorf("%q of the group %q: %q hear of callers, not %q", n, group, got, want[n])
			}
		}
	}
	holds("", map[directory.PickupNotice]string{ // everybody may pick up as long as there is no group
		directory.NotifyAvailable: "anna dora emil", directory.NotifyAway: "bert carl dora emil", directory.NotifyNonMembers: "dora emil",
		directory.NotifyGroup: "anna bert carl dora emil",
	})
	group := func(name string, team bool, users ...jid.JID) string {
		t.Helper()
		p, err := d.Permissions.Create(ctx, operator, directory.PermissionInput{Name: name, Types: []directory.PermissionType{directory.PickupGroup}})
		must(t, err)
		var list []string
		for _, user := range users {
			list = append(list, user.String())
		}
		must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Users, list, nil))
		if team {
			teams := d.Teams.List()
			must(t, d.Permissions.Assign(ctx, operator, p.ID, directory.Teams, []string{teams[0].ID}, nil))
		}
		return p.ID
	}
	first := group("Sales and friends", true, u[0], u[2], u[3])
	second := group("Reception", true, u[4])
	other := group("Without the team", false, u[3], u[4])
	holds("", map[directory.PickupNotice]string{
		directory.NotifyAvailable: "anna dora emil", directory.NotifyAway: "carl dora emil", directory.NotifyNonMembers: "dora emil", directory.NotifyGroup: "anna carl dora emil",
	})
	holds(first, map[directory.PickupNotice]string{
		directory.NotifyAvailable: "anna dora", directory.NotifyAway: "carl dora", directory.NotifyNonMembers: "dora", directory.NotifyGroup: "anna carl dora",
	})
	holds(second, map[directory.PickupNotice]string{
		directory.NotifyAvailable: "anna emil", directory.NotifyAway: "carl emil", directory.NotifyNonMembers: "emil", directory.NotifyGroup: "emil",
	})
	// Who may not pick the team's callers up hears of none: Dora and Emil may by the other two groups.
	must(t, d.Permissions.Delete(ctx, operator, second))
	holds(other, map[directory.PickupNotice]string{
		directory.NotifyAvailable: "anna dora", directory.NotifyAway: "carl dora", directory.NotifyNonMembers: "dora", directory.NotifyGroup: "dora",
	})
	if list := d.Teams.Notified("none"); list != nil {
		t.Errorf("%v hear of callers of no team", list)
	}
}

// B9: a team has a voicemail box with a PIN and an address, and callers go there whom nobody takes.
func TestTheBoxOfATeam(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		pin := "4711"
		in := crew("Sales", member(t, d, "anna", directory.NoRole))
		in.AfterTarget, in.BoxPIN, in.BoxEmail, in.BoxDiscard, in.Weight = directory.ForwardToBox, &pin, "sales@example.org", true, 3
		team, err := d.Teams.Create(ctx, operator, in)
		must(t, err)
		right := func(d *directory.Directory, pin string, want bool) {
			t.Helper()
			if got, err := d.Teams.CheckPIN(team.ID, pin); err != nil || got != want {
				t.Errorf("the PIN %q is right: %v, %v", pin, got, err)
			}
		}
		again := open(t, db)
		for _, d := range []*directory.Directory{d, again} {
			right(d, "4711", true)
			right(d, "4712", false)
			right(d, "", false)
			kept, err := d.Teams.Get(team.ID)
			must(t, err)
			if !kept.HasPIN || kept.BoxPIN != nil || kept.BoxEmail != "sales@example.org" || !kept.BoxDiscard || kept.AfterTarget != directory.ForwardToBox || kept.Weight != 3 {
				t.Errorf("it is kept as %+v", kept.TeamInput)
			}
		}
		next := team.Input()
		next.Name = "Sales and more"
		team, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, next)
		must(t, err)
		right(d, "4711", true) // nil has kept it
		none := ""
		next.BoxPIN = &none
		_, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, next)
		must(t, err)
		right(d, "4711", false)
		right(d, "", false)
	})
}

func TestBadBoxesAndNotices(t *testing.T) {
	d := open(t, storetest.Open(t))
	short, letters := "12", "12ab"
	for field, change := range map[string]func(*directory.TeamInput){
		"boxPin":      func(in *directory.TeamInput) { in.BoxPIN = &short },
		"boxPin ":     func(in *directory.TeamInput) { in.BoxPIN = &letters },
		"boxEmail":    func(in *directory.TeamInput) { in.BoxEmail = "sales" },
		"boxEmail ":   func(in *directory.TeamInput) { in.BoxDiscard = true },
		"notify":      func(in *directory.TeamInput) { in.Notify = "everybody" },
		"pickupGroup": func(in *directory.TeamInput) { in.PickupGroup = directory.AllID + "x" },
		"afterTarget": func(in *directory.TeamInput) { in.AfterTarget = "*104" },
		"weight":      func(in *directory.TeamInput) { in.Weight = -1 },
	} {
		in := crew("Sales")
		change(&in)
		if got := fields(d.Teams.CheckTeam("", in)); !strings.HasPrefix(got, strings.TrimSpace(field)+" ") && got != strings.TrimSpace(field) {
			t.Errorf("%s: %q", field, got)
		}
	}
}
