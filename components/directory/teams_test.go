package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// crew is the form of a team of these users, of whom the first is always in.
func crew(name string, users ...jid.JID) directory.TeamInput {
	in := directory.DefaultTeam()
	in.Name, in.PauseReasons = name, []directory.PauseReason{{Code: "1", Title: "Lunch"}, {Code: "2", Title: "Training"}}
	for i, user := range users {
		in.Members = append(in.Members, directory.TeamMember{User: user, Dynamic: i > 0})
	}
	return in
}

// agents writes what the members of a team do.
func agents(t testing.TB, d *directory.Directory, id string) string {
	t.Helper()
	team, err := d.Teams.Get(id)
	must(t, err)
	var all []string
	for _, a := range team.Agents {
		state := "out"
		if a.Paused != "" {
			state = team.Title(a.Paused)
		} else if a.In {
			state = "in"
		}
		all = append(all, a.User.Local()+" "+state)
	}
	return strings.Join(all, ", ")
}

func TestTeamsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		anna, bert := member(t, d, "anna", directory.NoRole), member(t, d, "bert", directory.NoRole)
		var heard []string
		d.OnChange(func(c directory.Change) { heard = append(heard, string(c.Kind)) })
		in := crew("Sales", anna, bert)
		in.Extension = "500"
		team, err := d.Teams.Create(ctx, operator, in)
		must(t, err)
		if got := strings.Join(heard, " "); got != "object-changed team-changed" {
			t.Errorf("heard %s", got)
		}
		if team.Strategy != directory.RingAll || len(team.Members) != 2 || agents(t, d, team.ID) != "anna in, bert out" {
			t.Errorf("a new team is %+v", team)
		}
		must(t, d.Teams.LogIn(ctx, bert, team.ID, bert, true))
		must(t, d.Teams.Pause(ctx, anna, team.ID, anna, "1"))
		for _, seen := range []*directory.Directory{d, open(t, db)} {
			if got := agents(t, seen, team.ID); got != "anna Lunch, bert in" {
				t.Errorf("they do: %s", got)
			}
			if found, ok := seen.Teams.AtExtension("500"); !ok || found.ID != team.ID || len(seen.Teams.Of(anna)) != 1 {
				t.Errorf("the team at 500 is %+v", found)
			}
		}
		in.Members[0], in.Members[1] = in.Members[1], in.Members[0]
		in.PauseReasons, in.Name = in.PauseReasons[1:], "Sales and more"
		changed, err := d.Teams.Update(ctx, operator, team.ID, team.Revision, in) // what members do has not changed the revision
		must(t, err)
		if got := agents(t, d, team.ID); changed.Name != "Sales and more" || got != "bert in, anna in" {
			t.Errorf("after a change they do: %s", got)
		}
		_, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, in)
		if c, ok := errors.AsType[*directory.ConflictError](err); !ok || !fault.Is(err, fault.Conflict) || c.Current.(directory.Team).Name != "Sales and more" {
			t.Errorf("a form that was read before: %v", err)
		}
		must(t, d.Accounts.Trash(ctx, operator, bert))
		must(t, d.Accounts.Purge(ctx, operator, bert))
		if got := agents(t, d, team.ID); got != "anna in" {
			t.Errorf("without Bert they do: %s", got)
		}
		must(t, d.Teams.Delete(ctx, operator, team.ID))
		_, err = d.Teams.Get(team.ID)
		wantKind(t, err, fault.NotFound)
		if _, ok := d.Teams.AtExtension("500"); ok || len(d.Teams.List()) != 0 {
			t.Error("a deleted team is still there")
		}
		again, err := d.Objects.Create(ctx, operator, directory.Teams, directory.ObjectInput{Name: "Bare", Extension: "500"})
		must(t, err)
		if bare, err := d.Teams.Get(again.ID); err != nil || bare.MemberTimeout != directory.DefaultTeam().MemberTimeout || len(bare.Members) != 0 {
			t.Errorf("a team for which nothing was set is %+v, %v", bare, err)
		}
	})
}

//
func TestWhoMovesMembersOfTeams(t *testing.T) {
	d := open(t, storetest.Open(t))
	anna, bert := member(t, d, "anna", directory.NoRole), member(t, d, "bert", directory.NoRole)
	team, err := d.Teams.Create(ctx, operator, crew("Sales", anna, bert))
	must(t, err)
	wantKind(t, d.Teams.LogIn(ctx, anna, team.ID, bert, true), fault.Forbidden)
	wantKind(t, d.Teams.LogIn(ctx, anna, team.ID, anna, false), fault.Conflict) // she is always in
	wantKind(t, d.Teams.Pause(ctx, bert, team.ID, bert, "1"), fault.Conflict)   // he has not logged in
	wantKind(t, d.Teams.Pause(ctx, anna, team.ID, anna, "9"), fault.Invalid)
	wantKind(t, d.Teams.LogIn(ctx, operator, "none", anna, true), fault.NotFound)
	clara := member(t, d, "clara", directory.NoRole)
	wantKind(t, d.Teams.LogIn(ctx, clara, team.ID, clara, true), fault.NotFound)
	permit(t, d, "Boss", directory.Supervisor, "user:clara")
	must(t, d.Teams.LogIn(ctx, clara, team.ID, bert, true))
	_, err = d.Teams.Create(ctx, clara, crew("Other"))
	wantKind(t, err, fault.Forbidden)
	must(t, d.Teams.LogIn(ctx, bert, team.ID, bert, false))
	if got := agents(t, d, team.ID); got != "anna in, bert out" {
		t.Errorf("they do: %s", got)
	}
}

func TestFormsOfTeams(t *testing.T) {
	d := open(t, storetest.Open(t))
	anna := member(t, d, "anna", directory.NoRole)
	user, err := d.Accounts.Get(ctx, anna)
	must(t, err)
	in := user.Input()
	in.Extension = "100"
	_, err = d.Accounts.UpdateUser(ctx, operator, anna, user.Revision, in)
	must(t, err)
	first := crew("First", anna)
	first.Extension, first.AfterTarget = "500", "100"
	one, err := d.Teams.Create(ctx, operator, first)
	must(t, err)
	second := crew("Second")
	second.Extension, second.AfterTarget = "501", "500"
	_, err = d.Teams.Create(ctx, operator, second)
	must(t, err)
	for _, c := range []struct {
		name   string
		change func(*directory.TeamInput)
		want   string
	}{
		{"nothing is wrong", func(in *directory.TeamInput) {}, ""},
		{"no name", func(in *directory.TeamInput) { in.Name = " " }, "name missing"},
		{"the same name", func(in *directory.TeamInput) { in.Name = "FIRST" }, "name taken"},
		{"a user's extension", func(in *directory.TeamInput) { in.Extension = "100" }, "extension taken"},
		{"an unknown strategy", func(in *directory.TeamInput) { in.Strategy = "best" }, "strategy unknown"},
		{"nobody is rung for so short", func(in *directory.TeamInput) { in.MemberTimeout = 2 }, "memberTimeout out_of_range"},
		{"more than a day", func(in *directory.TeamInput) { in.WrapUp = 86401 }, "wrapUp out_of_range"},
		{"always announced", func(in *directory.TeamInput) { in.Announce = 9 }, "announce out_of_range"},
		{"going on outside", func(in *directory.TeamInput) { in.AfterTarget = "+4930123" }, "afterTarget not_digits"},
		{"going on to nobody", func(in *directory.TeamInput) { in.AfterTarget = "777" }, "afterTarget unknown"},
		{"reasons with one code", func(in *directory.TeamInput) { in.PauseReasons[1].Code = "1" }, "pauseReasons.1.code taken"},
		{"a reason without title", func(in *directory.TeamInput) { in.PauseReasons[0].Title = "" }, "pauseReasons.0.title missing"},
		{"a stranger", func(in *directory.TeamInput) { in.Members[0].User = jid.MustParse("x@capulet.lit") }, "members.0.user unknown"},
		{"one twice", func(in *directory.TeamInput) { in.Members = append(in.Members, in.Members[0]) }, "members.1.user twice"},
		{"a negative weight", func(in *directory.TeamInput) { in.Members[0].Weight = -1 }, "members.0.weight out_of_range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := crew("Third", anna)
			in.Extension = "502"
			c.change(&in)
			if err := d.Teams.CheckTeam("", in); c.want == "" {
				must(t, err)
			} else {
				wantCodes(t, err, c.want)
				if _, err := d.Teams.Create(ctx, operator, in); !fault.Is(err, fault.Invalid) {
					t.Errorf("creating it: %v", err)
				}
			}
		})
	}
	coded := crew("Coded")
	coded.LoginCode = "90"
	_, err = d.Teams.Create(ctx, operator, coded)
	must(t, err)
	for code, want := range map[string]string{
		"a": "bad_code", "1234567": "bad_code", "8": "reserved", "81": "reserved", "1": "reserved", "7": "reserved", "99": "reserved", "1004": "reserved",
		"90": "taken", "901": "taken", "91": "", "2": "",
	} {
		in := crew("Third", anna)
		if in.LoginCode = code; want != "" {
			wantCodes(t, d.Teams.CheckTeam("", in), "loginCode "+want)
		} else {
			must(t, d.Teams.CheckTeam("", in))
		}
	}
	if found, rest, ok := d.Teams.AtLoginCode("90100"); !ok || found.Name != "Coded" || rest != "100" {
		t.Errorf("at 90100 is %q, and behind that %q", found.Name, rest)
	}
	if found, _, ok := d.Teams.AtLoginCode("9"); ok {
		t.Errorf("at 9 is %q", found.Name)
	}
	for _, target := range []string{"500", "501"} {
		first.AfterTarget = target
		code := map[string]string{"500": "itself", "501": "circle"}[target]
		wantCodes(t, d.Teams.CheckTeam(one.ID, first), fmt.Sprint("afterTarget ", code))
	}
}

// calls that go on from a team by the forward of a user do not come back, whichever is set last.
func TestForwardsAndTeamsInACircle(t *testing.T) {
	d := open(t, storetest.Open(t))
	u := numbered(t, d, 2)
	in := crew("Sales", u[0])
	in.Extension = "500"
	team, err := d.Teams.Create(ctx, operator, in)
	must(t, err)
	to := func(target string, active bool) error {
		_, err := d.Forwards.Set(ctx, operator, u[1], directory.AnyRevision, directory.ForwardInput{Target: target, Active: active})
		return err
	}
	must(t, to("500", true)) // to a team
	in.AfterTarget = "12"
	wantCodes(t, d.Teams.CheckTeam(team.ID, in), "afterTarget circle")
	must(t, to("500", false))
	team, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, in)
	must(t, err)
	wantCodes(t, to("500", true), "target circle")
	must(t, to("*103", true))
	in.AfterTarget = "11"
	_, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, in)
	must(t, err)
	must(t, to("500", true))
}
