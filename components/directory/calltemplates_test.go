package directory_test

import (
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

// lines are a list of actions in words.
func lines(list []directory.CallAction) string {
	var words []string
	for _, a := range list {
		words = append(words, strings.TrimRight(string(a.Kind)+" "+a.Prompt, " "))
	}
	return strings.Join(words, ", ")
}

// rolled is what a roll-out has done.
func rolled(t *testing.T) func(list []directory.RollOutResult, err error) string {
	return func(list []directory.RollOutResult, err error) string {
		t.Helper()
		must(t, err)
		var words []string
		for _, r := range list {
			words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Name, r.Outcome, r.Why)))
		}
		return strings.Join(words, "; ")
	}
}

// B8: a template is rolled out to users, some of whom have actions: they stay, go, or are a reason to leave somebody alone; what is there already does not
// come twice; a dry run says all of it and changes nothing. The option of the user's form follows (A-066..A-069).
func TestTemplatesAreRolledOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		user := func(login string, option directory.Voicemail) directory.FlowOwner {
			u, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: login, DisplayName: strings.ToUpper(login[:1]) + login[1:], Password: password, Voicemail: option})
			must(t, err)
			return directory.OfUser(u.JID)
		}
		anna, ben := user("anna", directory.VoicemailNone), user("ben", directory.VoicemailExternal)
		template := func(name string, where directory.Template, actions ...directory.CallAction) directory.CallObject {
			o, err := d.CallFlows.CreateObject(ctx, operator, directory.Templates, directory.CallObjectInput{Name: name, Template: where, Actions: actions, Initial: true})
			must(t, err)
			return o
		}
		after := template("Sorry", directory.Template{For: directory.Users, After: true, Origin: directory.FromOutside, First: true}, says("office-busy"), directory.OwnBox())
		roll := func(id string, r directory.RollOut) string {
			r.All = len(r.To) == 0
			return rolled(t)(d.CallFlows.RollOut(ctx, operator, id, r))
		}
		is := func(owner directory.FlowOwner, want string) {
			t.Helper()
			f := d.CallFlows.Of(owner)
			if got := fmt.Sprintf("%s | %s | %s | %s", lines(f.BeforeInternal), lines(f.AfterInternal), lines(f.BeforeExternal), lines(f.AfterExternal)); got != want {
				t.Errorf("%s has %s, want %s", owner.ID, got, want)
			}
		}
		said := func(got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		}

		said(roll(after.ID, directory.RollOut{Mode: directory.AddToActions, DryRun: true}), "Anna changed; Ben changed")
		is(anna, " |  |  | ")
		said(roll(after.ID, directory.RollOut{Mode: directory.SkipOthers}), "Anna changed; Ben skipped")
		is(anna, " |  |  | prompt office-busy, voicemail")
		is(ben, " |  |  | voicemail")
		if u, err := d.Accounts.Get(ctx, jid.MustParse(anna.ID)); err != nil || u.Voicemail != directory.VoicemailExternal {
			t.Errorf("her form shows %s, %v", u.Voicemail, err)
		}
		said(roll(after.ID, directory.RollOut{Mode: directory.AddToActions}), "Anna unchanged; Ben changed") // he had one of the two
		is(ben, " |  |  | prompt office-busy, voicemail")
		said(roll(after.ID, directory.RollOut{Mode: directory.AddToActions}), "Anna unchanged; Ben unchanged")
		said(roll(after.ID, directory.RollOut{Mode: directory.AddToActions, Again: true, To: []string{strings.ToUpper(ben.ID), "cleo@" + d.Domains()[0]}}),
			"Ben changed; cleo@"+d.Domains()[0]+" refused this does not exist")
		is(ben, " |  |  | prompt office-busy, voicemail, prompt office-busy, voicemail")
		said(roll(after.ID, directory.RollOut{Mode: directory.ReplaceActions}), "Anna unchanged; Ben changed")
		is(ben, " |  |  | prompt office-busy, voicemail")

		// To teams and menus: a call must not come back to where it came from, and no list gets too long.
		team, err := d.Teams.Create(ctx, operator, directory.TeamInput{Name: "Sales", MemberTimeout: 20})
		must(t, err)
		other, err := d.Teams.Create(ctx, operator, directory.TeamInput{Name: "Support", MemberTimeout: 20})
		must(t, err)
		passOn := template("Pass on", directory.Template{For: directory.Teams, After: true},
			directory.CallAction{Kind: directory.CallTeam, Target: team.ID, Status: directory.StatusFull})
		said(roll(passOn.ID, directory.RollOut{Mode: directory.AddToActions}), "Sales refused the call would come back to this list; Support changed")
		is(directory.OfTeam(other.ID), " | team |  | team")
		menu, err := d.CallFlows.CreateObject(ctx, operator, directory.Menus, directory.CallObjectInput{Name: "Main"})
		must(t, err)
		welcome := template("Welcome", directory.Template{For: directory.OfMenus, Origin: directory.FromInside}, slices.Repeat([]directory.CallAction{says("office-welcome")}, directory.MaxCallActions)...)
		said(roll(welcome.ID, directory.RollOut{Mode: directory.AddToActions, To: []string{menu.ID}}), "Main changed")
		said(roll(welcome.ID, directory.RollOut{Mode: directory.AddToActions, Again: true}), "Main refused a list has at most 50 actions")
		now, err := open(t, db).CallFlows.Object(menu.ID)
		must(t, err)
		if n := len(now.Menu.BeforeInternal); n != directory.MaxCallActions || now.Revision == menu.Revision {
			t.Errorf("the menu has %d lines, and revision %d", n, now.Revision)
		}

		// Who may not change somebody does not do so by a template either, nor does who may change nobody.
		boss := member(t, d, "boss", directory.SystemAdministrator)
		_, err = d.CallFlows.RollOut(ctx, jid.MustParse(anna.ID), after.ID, directory.RollOut{All: true, Mode: directory.AddToActions, DryRun: true})
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("a user rolls out: %v", err)
		}
		manager := member(t, d, "manager", directory.PBXManager)
		for _, dry := range []bool{true, false} {
			said(rolled(t)(d.CallFlows.RollOut(ctx, manager, after.ID, directory.RollOut{To: []string{boss.String()}, Mode: directory.AddToActions, DryRun: dry})),
				"boss refused a user of a higher administration level cannot be changed, nor can such a level be given")
		}
	})
}

// B8: what is made after a template that says so has its actions from the beginning.
func TestTemplatesForWhatIsNew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		for i, where := range []directory.Template{
			{For: directory.Users, After: true, Auto: true}, {For: directory.Users, Origin: directory.FromOutside}, {For: directory.Teams, Origin: directory.FromOutside, Auto: true},
			{For: directory.OfMenus, Origin: directory.FromInside, Auto: true},
		} {
			actions := []directory.CallAction{says("office-welcome")}
			if where.For == directory.Users {
				actions = []directory.CallAction{directory.OwnBox()}
			}
			_, err := d.CallFlows.CreateObject(ctx, operator, directory.Templates, directory.CallObjectInput{Name: fmt.Sprint(i), Template: where, Actions: actions})
			must(t, err)
		}
		anna, err := d.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "anna", Password: password, Voicemail: directory.VoicemailInternal})
		must(t, err)
		if f := d.CallFlows.Of(directory.OfUser(anna.JID)); lines(f.AfterInternal) != "voicemail" || lines(f.AfterExternal) != "voicemail" || len(f.BeforeExternal) > 0 || anna.Voicemail != directory.VoicemailAll {
			t.Errorf("she has %+v, and her form shows %s", f, anna.Voicemail)
		}
		team, err := d.Teams.Create(ctx, operator, crew("Sales", anna.JID))
		must(t, err)
		menu, err := d.CallFlows.CreateObject(ctx, operator, directory.Menus, directory.CallObjectInput{Name: "Main"})
		must(t, err)
		if f := d.CallFlows.Of(directory.OfTeam(team.ID)); lines(f.BeforeExternal) != "prompt office-welcome" || lines(menu.Menu.BeforeInternal) != "prompt office-welcome" {
			t.Errorf("the team has %+v, the menu %+v", f, menu.Menu.CallFlow)
		}
		in := team.Input()
		in.Name = "Sale"
		flow, err := d.CallFlows.Get(directory.OfTeam(team.ID))
		must(t, err)
		_, err = d.CallFlows.Set(ctx, operator, flow.Owner, flow.Revision, directory.CallFlow{})
		must(t, err)
		_, err = d.Teams.Update(ctx, operator, team.ID, team.Revision, in)
		must(t, err)
		if f := d.CallFlows.Of(directory.OfTeam(team.ID)); !f.Empty() { // it is new no more
			t.Errorf("the team has %+v", f)
		}
	})
}

// Nonsense in a template is refused with the field that it is in.
func TestBadTemplatesAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		full := directory.OwnBox()
		full.Status = directory.StatusFull
		for _, c := range []struct {
			where   directory.Template
			actions []directory.CallAction
			bad     string
		}{
			{directory.Template{For: directory.Locations}, []directory.CallAction{says("x")}, "template.for unknown"},
			{directory.Template{For: directory.Users, Origin: "moon"}, nil, "template.origin unknown, actions missing"},
			{directory.Template{For: directory.OfMenus}, []directory.CallAction{directory.OwnBox()}, "actions.0.box missing"},
			{directory.Template{For: directory.Users, After: true}, []directory.CallAction{full}, "actions.0.status unknown"},
			{directory.Template{For: directory.Teams}, []directory.CallAction{full}, "actions.0.status unknown"},
			{directory.Template{For: directory.Teams, After: true}, []directory.CallAction{full}, ""},
			{directory.Template{For: directory.Teams}, []directory.CallAction{{Kind: directory.CallMenu, Target: "gone"}}, "actions.0.target unknown"},
		} {
			if got := errorFields(d.CallFlows.CheckObject("", directory.Templates, directory.CallObjectInput{Name: "x", Template: c.where, Actions: c.actions})); got != c.bad {
				t.Errorf("%+v: %s, want %s", c.where, got, c.bad)
			}
		}
		night, err := d.CallFlows.CreateObject(ctx, operator, directory.Switches, directory.CallObjectInput{Name: "Night"})
		must(t, err)
		if _, err := d.CallFlows.RollOut(ctx, operator, night.ID, directory.RollOut{All: true, Mode: directory.AddToActions}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a switch is rolled out: %v", err)
		}
		o, err := d.CallFlows.CreateObject(ctx, operator, directory.Templates, directory.CallObjectInput{Name: "x", Template: directory.Template{For: directory.Users}, Actions: []directory.CallAction{says("x")}})
		must(t, err)
		for want, r := range map[string]directory.RollOut{"mode unknown": {All: true, Mode: "stir"}, "to missing": {Mode: directory.AddToActions}} {
			if _, err := d.CallFlows.RollOut(ctx, operator, o.ID, r); errorFields(err) != want {
				t.Errorf("%+v: %v, want %s", r, err, want)
			}
		}
	})
}
