package profiles_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

// An office is where profiles act: two teams, Sales in which Juliet always is, and Support to which she logs in; two places, of which one is not for
// her; and Romeo.
type office struct {
	*testing.T
	org                          *directory.Directory
	do                           *profiles.Engine
	juliet, romeo                jid.JID
	sales, support, desk, closed string
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	key := func(bool) (*directory.Sealer, error) { return directory.NewSealer(make([]byte, directory.KeySize)) }
	org, err := directory.Open(ctx, db, []string{xmpptest.Domain}, directory.Config{Iterations: sasl.MinIterations}, key, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(org.Close)
	o := &office{T: t, org: org, juliet: jid.MustParse("juliet@" + xmpptest.Domain), romeo: jid.MustParse("romeo@" + xmpptest.Domain)}
	if o.do, err = profiles.NewEngine(ctx, db, org, log); err != nil {
		t.Fatal(err)
	}
	for extension, user := range map[string]jid.JID{"12": o.juliet, "10": o.romeo} {
		_, err := org.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: user.Local(), DisplayName: user.Local(), Password: "Wherefore4", Extension: extension})
		o.must(err)
	}
	team := func(name string, dynamic bool, reasons ...directory.PauseReason) string {
		made, err := org.Teams.Create(ctx, operator, directory.TeamInput{
			Name: name, MemberTimeout: 20, PauseReasons: reasons, Members: []directory.TeamMember{{User: o.juliet, Dynamic: dynamic}}})
		o.must(err)
		return made.ID
	}
	o.sales, o.support = team("Sales", false), team("Support", true, directory.PauseReason{Code: "1", Title: "Break"})
	place := func(name string) string {
		made, err := org.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: name})
		o.must(err)
		return made.ID
	}
	o.desk, o.closed = place("Desk"), place("Vault")
	guards, err := org.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Guards", Types: []directory.PermissionType{directory.LocationGroup}})
	o.must(err)
	o.must(org.Permissions.Assign(ctx, operator, guards.ID, directory.Locations, []string{o.closed}, nil))
	o.must(org.Permissions.Assign(ctx, operator, guards.ID, directory.Users, []string{o.romeo.String()}, nil))
	keepers, err := org.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Keepers", Types: []directory.PermissionType{directory.LocationGroup}})
	o.must(err)
	o.must(org.Permissions.Assign(ctx, operator, keepers.ID, directory.Locations, []string{o.desk}, nil))
	o.must(org.Permissions.Assign(ctx, operator, keepers.ID, directory.Users, []string{o.juliet.String(), o.romeo.String()}, nil))
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) profile(in directory.ProfileInput) string {
	o.Helper()
	p, err := o.org.Profiles.Create(context.Background(), operator, in)
	o.must(err)
	return p.ID
}

func (o *office) choose(profile string) profiles.Run {
	o.Helper()
	run, err := o.do.Choose(context.Background(), o.juliet, o.juliet, profile)
	o.must(err)
	return run
}

// said is a run, one line a step.
func said(run profiles.Run) (lines []string) {
	for _, s := range run.Steps {
		lines = append(lines, s.String())
	}
	return lines
}

func (o *office) same(what string, got []string, want ...string) {
	o.Helper()
	if !slices.Equal(got, want) {
		o.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// state is what profiles have made of Juliet.
func (o *office) state() string {
	t, err := o.org.Teams.Get(o.support)
	o.must(err)
	agent, _ := t.Agent(o.juliet)
	seat, _ := o.org.Seats.At(o.juliet)
	f, _ := o.org.Forwards.Get(o.juliet)
	return fmt.Sprintf("in %t, paused %q, at %q, forwarded %t to %q", agent.In, agent.Paused, o.do.About(directory.ProfileAction{Location: seat.Location}), f.Active, f.Target)
}

// ..A-183: who comes into a profile gets its eight actions in their order, and those for leaving when he leaves it; what came of each is kept.
func TestActions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		work := o.profile(directory.ProfileInput{Name: "Work", Enter: []directory.ProfileAction{
			{Kind: directory.ActTeamLogin, Team: o.support},
			{Kind: directory.ActTeamPause, Team: o.support, Reason: "1"},
			{Kind: directory.ActTeamUnpause},
			{Kind: directory.ActTeamPause, Team: o.support, Reason: "1"},
			{Kind: directory.ActLocationSet, Location: o.desk},
			{Kind: directory.ActForwardUnset},
			{Kind: directory.ActForwardSet, Target: "10"},
			{Kind: directory.ActForwardSet, Target: directory.ForwardToBox},
		}, Leave: []directory.ProfileAction{{Kind: directory.ActTeamUnpause}, {Kind: directory.ActLocationUnset}, {Kind: directory.ActForwardUnset}}})
		home := o.profile(directory.ProfileInput{Name: "Home", Enter: []directory.ProfileAction{{Kind: directory.ActTeamLogout}, {Kind: directory.ActForwardSet, Target: "10"}}})
		enter := []string{
			"Log in to Support: done", "Pause in Support: done", "Go on in all teams: done", "Pause in Support: done", "Log in at Desk: done",
			"Forward calls no more: it was so already", "Forward calls to 10: done", "Forward calls to *103: done",
		}
		_, err := o.org.Seats.LogIn(context.Background(), o.romeo, o.romeo, o.desk)
		o.must(err)
		before := o.state()
		trial, err := o.do.DryRun(context.Background(), o.juliet, must(o.org.Profiles.Get(work)), false)
		o.must(err)
		o.same("tried", said(trial), enter...)
		if trial.Steps[4].Text != "romeo is logged out there" {
			t.Errorf("it is not said who has to go: %q", trial.Steps[4].Text)
		}
		if got := o.state(); got != before {
			t.Errorf("the dry run has changed something: %s", got)
		}
		o.same("done", said(o.choose(work)), enter...)
		if got := o.state(); got != `in true, paused "1", at "Desk", forwarded true to "*103"` {
			t.Errorf("afterwards: %s", got)
		}
		if run := o.choose(work); run.Changed() || len(run.Steps) > 0 {
			t.Errorf("who is in it already: %+v", run)
		}
		leave := []string{"Go on in all teams: done", "Log out of the location: done", "Forward calls no more: done", "Log out of all teams: done", "Forward calls to 10: done"}
		trial, err = o.do.DryRun(context.Background(), o.juliet, must(o.org.Profiles.Get(home)), false)
		o.must(err)
		o.same("tried", said(trial), leave...)
		run := o.choose(home)
		o.same("left", said(run), leave...)
		if !run.Steps[2].Leaving || run.Steps[3].Leaving || run.Failed() != 0 || run.LeftName != "Work" || run.Name != "Home" {
			t.Errorf("the run is %+v", run)
		}
		if got := o.state(); got != `in false, paused "", at "", forwarded true to "10"` {
			t.Errorf("afterwards: %s", got)
		}
		kept, err := o.do.Runs(context.Background(), o.juliet)
		o.must(err)
		if len(kept) != 2 || fmt.Sprint(kept[0]) != fmt.Sprint(run) || kept[1].Name != "Work" {
			t.Errorf("kept are %+v", kept)
		}
		for range profiles.MaxRuns {
			o.choose(directory.DNDID)
			o.choose(directory.AvailableID)
		}
		if kept, err = o.do.Runs(context.Background(), o.juliet); err != nil || len(kept) != profiles.MaxRuns {
			t.Errorf("%d are kept, %v", len(kept), err)
		}
		o.must(o.do.ForgetAccount(context.Background(), o.juliet))
		if kept, err = o.do.Runs(context.Background(), o.juliet); err != nil || len(kept) != 0 {
			t.Errorf("of an account that is no more, %d are kept, %v", len(kept), err)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// an action that fails says why, and those after it are carried out; the dry run says the same before.
func TestActionsThatFail(t *testing.T) {
	o := newOffice(t, memory(t))
	ctx := context.Background()
	gone := must(o.org.Teams.Create(ctx, operator, directory.TeamInput{Name: "Gone", MemberTimeout: 20})).ID
	strangers := must(o.org.Teams.Create(ctx, operator, directory.TeamInput{Name: "Strangers", MemberTimeout: 20})).ID
	_, err := o.org.Forwards.Set(ctx, o.romeo, o.romeo, 0, directory.ForwardInput{Target: "12", Active: true})
	o.must(err)
	bad := o.profile(directory.ProfileInput{Name: "Bad", Enter: []directory.ProfileAction{
		{Kind: directory.ActTeamLogin, Team: o.sales},
		{Kind: directory.ActTeamLogout, Team: gone},
		{Kind: directory.ActTeamPause, Reason: "1"},
		{Kind: directory.ActTeamPause, Team: o.support, Reason: "1"},
		{Kind: directory.ActTeamUnpause, Team: strangers},
		{Kind: directory.ActLocationSet, Location: o.closed},
		{Kind: directory.ActForwardSet, Target: "12"},
		{Kind: directory.ActForwardSet, Target: "10"},
		{Kind: directory.ActTeamLogin, Team: o.support},
	}})
	o.must(o.org.Teams.Delete(ctx, operator, gone))
	want := []string{
		"Log in to Sales: failed, juliet@example.org is always in this team",
		"Log out of " + gone + ": failed, there is no such team",
		`Pause in all teams: failed, Sales: this team knows no reason "1" to pause`,
		"Pause in Support: failed, juliet@example.org has not logged in to this team",
		"Go on in Strangers: failed, juliet@example.org is no member of this team",
		"Log in at Vault: failed, juliet@example.org may not log in at Vault",
		"Forward calls to 12: failed, calls cannot be forwarded to the extension that they were made to",
		"Forward calls to 10: failed, by the forwards of others, calls would come back to who is called",
		"Log in to Support: done",
	}
	trial, err := o.do.DryRun(ctx, o.juliet, must(o.org.Profiles.Get(bad)), false)
	o.must(err)
	o.same("tried", said(trial), want...)
	run := o.choose(bad)
	o.same("done", said(run), want...)
	if run.Failed() != 8 {
		t.Errorf("%d have failed", run.Failed())
	}
	if got := o.state(); got != `in true, paused "", at "", forwarded false to ""` {
		t.Errorf("afterwards: %s", got)
	}
}

// the actions are carried out for who is put into a profile by a trigger, goes back, or is in one that is deleted.
func TestActionsWithoutTheUser(t *testing.T) {
	o := newOffice(t, memory(t))
	ctx := context.Background()
	in := directory.ProfileAction{Kind: directory.ActTeamLogin, Team: o.support}
	meeting := o.profile(directory.ProfileInput{Name: "Meeting", Sticky: true, Enter: []directory.ProfileAction{in}, Leave: []directory.ProfileAction{{Kind: directory.ActTeamLogout}}})
	run, err := o.do.Trigger(ctx, o.juliet, meeting)
	o.must(err)
	if o.same("begun", said(run), "Log in to Support: done"); !run.Triggered {
		t.Error("it is not said that a trigger did it")
	}
	if _, err = o.do.Trigger(ctx, o.juliet, directory.DNDID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a sticky profile is replaced: %v", err)
	}
	run, err = o.do.EndTrigger(ctx, o.juliet, meeting)
	o.must(err)
	o.same("ended", said(run), "Log out of all teams: done")
	run, err = o.do.EndTrigger(ctx, o.juliet, meeting)
	o.must(err)
	o.same("ended again", said(run))
	o.choose(meeting)
	o.must(o.do.Delete(ctx, operator, meeting))
	if got := o.state(); got != `in false, paused "", at "", forwarded false to ""` {
		t.Errorf("after the profile was deleted: %s", got)
	}
	kept, err := o.do.Runs(ctx, o.juliet)
	o.must(err)
	o.same("deleted", said(kept[0]), "Log out of all teams: done")
	if err := o.do.Delete(ctx, operator, meeting); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleted again: %v", err)
	}
	if _, err := o.do.DryRun(ctx, jid.MustParse("ghost@"+xmpptest.Domain), directory.Profile{}, false); !fault.Is(err, fault.NotFound) {
		t.Errorf("a dry run for nobody: %v", err)
	}
}

// Changes of one user's profile at the same time come one after the other: their steps do not mix.
func TestChangesAtTheSameTime(t *testing.T) {
	o := newOffice(t, memory(t))
	ctx := context.Background()
	act := func(list ...directory.ActionKind) (actions []directory.ProfileAction) {
		for _, kind := range list {
			actions = append(actions, directory.ProfileAction{Kind: kind, Team: o.support})
		}
		return actions
	}
	in := o.profile(directory.ProfileInput{Name: "In", Enter: act(directory.ActTeamLogin), Leave: act(directory.ActTeamLogout)})
	var all sync.WaitGroup
	var mu sync.Mutex
	var wrong []string
	for i := range 20 {
		all.Go(func() {
			run, err := o.do.Choose(ctx, o.juliet, o.juliet, []string{in, directory.AvailableID}[i%2])
			mu.Lock()
			defer mu.Unlock()
			for _, s := range run.Steps {
				if s.Outcome != profiles.Done {
					wrong = append(wrong, s.String())
				}
			}
			if err != nil {
				wrong = append(wrong, err.Error())
			}
		})
	}
	all.Wait()
	if len(wrong) > 0 {
		t.Errorf("steps found what others had done: %q", wrong)
	}
	now, _ := o.org.Profiles.Of(o.juliet)
	if want := fmt.Sprintf("in %t, ", now.ID == in); !strings.HasPrefix(o.state(), want) {
		t.Errorf("in %s, she is %s", now.Name, o.state())
	}
}
