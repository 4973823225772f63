package directory_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// ..A-183: both lists are kept as they are, and what an action names must be there.
func TestProfileActions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		juliet := someone(t, d, "juliet")
		team, err := d.Teams.Create(ctx, operator, directory.TeamInput{
			Name: "Support", MemberTimeout: 20, PauseReasons: []directory.PauseReason{{Code: "1", Title: "Break"}}, Members: []directory.TeamMember{{User: juliet, Dynamic: true}}})
		must(t, err)
		place, err := d.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: "Desk"})
		must(t, err)
		desk := deskOf(t, d, "Desk", juliet, "")
		in := directory.ProfileInput{Name: "Work", Enter: []directory.ProfileAction{
			{Kind: directory.ActTeamLogin, Team: team.ID}, {Kind: directory.ActTeamPause, Team: team.ID, Reason: "1"}, {Kind: directory.ActTeamUnpause},
			{Kind: directory.ActLocationSet, Location: place.ID}, {Kind: directory.ActForwardSet, Target: "+49 (30) 1234"},
			{Kind: directory.ActForwardUnset, Team: "of no use here", Target: "nor this"},
			{Kind: directory.ActFollowMe, Device: desk, Internal: directory.RingChange{To: directory.RingOff, Delay: 7}, Queue: directory.RingChange{To: directory.RingOn, Delay: 5, Timeout: 20}},
			{Kind: directory.ActFollowMe, External: directory.RingChange{To: directory.RingOn, Delay: 3}}, {Kind: directory.ActGSM, On: true, Device: "nor this"},
		}, Leave: []directory.ProfileAction{{Kind: directory.ActLocationUnset}, {Kind: directory.ActTeamLogout, Team: team.ID}}}
		p, err := d.Profiles.Create(ctx, operator, in)
		must(t, err)
		in.Enter[4].Target, in.Enter[5] = "+49301234", directory.ProfileAction{Kind: directory.ActForwardUnset}
		in.Enter[6].Internal.Delay, in.Enter[7].External.Delay, in.Enter[8].Device = 0, 0, ""
		kept, err := open(t, db).Profiles.Get(p.ID)
		must(t, err)
		if !slices.Equal(kept.Enter, in.Enter) || !slices.Equal(kept.Leave, in.Leave) {
			t.Errorf("kept are %+v and %+v", kept.Enter, kept.Leave)
		}
		list := func(actions ...directory.ProfileAction) directory.ProfileInput {
			return directory.ProfileInput{Name: "x", Leave: actions}
		}
		for name, c := range map[string]struct {
			in   directory.ProfileInput
			want directory.FieldErrors
		}{
			"the kind is unknown":        {list(directory.ProfileAction{Kind: "explode"}), one("leave.0.kind", "not_served")},
			"nothing is changed":         {list(directory.ProfileAction{Kind: directory.ActFollowMe}), one("leave.0.internal", "missing")},
			"a class is neither":         {list(ring("", directory.RingChange{To: "loud"})), one("leave.0.internal.to", "unknown")},
			"the delay is too long":      {list(ring("", directory.RingChange{To: directory.RingOn, Delay: 1000, Timeout: 5})), one("leave.0.internal.delay", "out_of_range")},
			"the timeout is too long":    {list(ring("", directory.RingChange{To: directory.RingOn, Timeout: 1000})), one("leave.0.internal.timeout", "out_of_range")},
			"the device is unknown":      {list(ring("nope", directory.RingChange{To: directory.RingOff})), one("leave.0.device", "unknown")},
			"the team is unknown":        {list(directory.ProfileAction{Kind: directory.ActTeamLogin, Team: "nope"}), one("leave.0.team", "unknown")},
			"the reason is missing":      {list(directory.ProfileAction{Kind: directory.ActTeamPause, Team: team.ID}), one("leave.0.reason", "missing")},
			"the reason is unknown":      {list(directory.ProfileAction{Kind: directory.ActTeamPause, Reason: "9"}), one("leave.0.reason", "unknown")},
			"the location is missing":    {list(directory.ProfileAction{Kind: directory.ActLocationSet}), one("leave.0.location", "missing")},
			"the location is unknown":    {list(directory.ProfileAction{Kind: directory.ActLocationSet, Location: team.ID}), one("leave.0.location", "unknown")},
			"the number is missing":      {list(directory.ProfileAction{Kind: directory.ActForwardSet}), one("leave.0.target", "missing")},
			"the number is none":         {list(directory.ProfileAction{Kind: directory.ActForwardUnset}, directory.ProfileAction{Kind: directory.ActForwardSet, Target: "home"}), one("leave.1.target", "bad_number")},
			"there are too many":         {list(slices.Repeat([]directory.ProfileAction{{Kind: directory.ActForwardUnset}}, directory.MaxProfileActions+1)...), one("leave", "too_many")},
			"everything is as it can be": {in, nil},
		} {
			c.in.Name = "x"
			bad, _ := errors.AsType[directory.FieldErrors](d.Profiles.Check("", c.in))
			for i := range bad {
				bad[i].Text = ""
			}
			if !slices.Equal(bad, c.want) {
				t.Errorf("when %s: %v, want %v", name, bad, c.want)
			}
		}
	})
}

// ring is an action that changes when a device rings for calls from inside.
func ring(device string, c directory.RingChange) directory.ProfileAction {
	return directory.ProfileAction{Kind: directory.ActFollowMe, Device: device, Internal: c}
}

// actions that work against each other are found.
func TestConflictsOfActions(t *testing.T) {
	login, logout := directory.ProfileAction{Kind: directory.ActTeamLogin, Team: "a"}, directory.ProfileAction{Kind: directory.ActTeamLogout, Team: "a"}
	pause, unpause := directory.ProfileAction{Kind: directory.ActTeamPause, Team: "a", Reason: "1"}, directory.ProfileAction{Kind: directory.ActTeamUnpause, Team: "a"}
	sit, stand := directory.ProfileAction{Kind: directory.ActLocationSet, Location: "x"}, directory.ProfileAction{Kind: directory.ActLocationUnset}
	forward, none := directory.ProfileAction{Kind: directory.ActForwardSet, Target: "10"}, directory.ProfileAction{Kind: directory.ActForwardUnset}
	quiet, loud := ring("", directory.RingChange{To: directory.RingOff}), ring("", directory.RingChange{To: directory.RingOn})
	gsm, noGSM := directory.ProfileAction{Kind: directory.ActGSM, On: true}, directory.ProfileAction{Kind: directory.ActGSM}
	at := func(device string, a directory.ProfileAction) directory.ProfileAction {
		a.Device = device
		return a
	}
	both := quiet
	both.Queue.To = directory.RingOff
	of := func(team string, a directory.ProfileAction) directory.ProfileAction {
		a.Team = team
		return a
	}
	type actions = []directory.ProfileAction
	for name, c := range map[string]struct {
		enter, leave actions
		silent       bool
		want         []string
	}{
		"nothing":                               {nil, nil, true, nil},
		"all is undone":                         {actions{login, pause, sit, forward}, actions{none, stand, logout}, false, nil},
		"all teams undo that of one":            {actions{pause}, actions{of("", unpause)}, false, nil},
		"one team does not undo that of all":    {actions{of("", pause)}, actions{unpause}, false, []string{"enter.0 not_undone"}},
		"another team undoes nothing":           {actions{login}, actions{of("b", logout)}, false, []string{"enter.0 not_undone"}},
		"nothing is undone":                     {actions{login, sit, forward, none}, nil, false, []string{"enter.2 overridden", "enter.0 not_undone", "enter.1 not_undone"}},
		"another number undoes it as well":      {actions{forward}, actions{{Kind: directory.ActForwardSet, Target: "11"}}, false, nil},
		"twice the same":                        {nil, actions{none, none, stand}, false, []string{"leave.1 repeated"}},
		"two numbers":                           {nil, actions{forward, {Kind: directory.ActForwardSet, Target: "11"}}, false, []string{"leave.0 overridden"}},
		"two places":                            {nil, actions{sit, stand}, false, []string{"leave.0 overridden"}},
		"in and out":                            {nil, actions{login, logout}, false, []string{"leave.0 overridden"}},
		"a pause after logging out":             {nil, actions{logout, pause}, false, []string{"leave.1 logged_out"}},
		"a pause after logging out of all":      {nil, actions{of("", logout), pause}, false, []string{"leave.1 logged_out"}},
		"a pause after logging out and in":      {nil, actions{logout, login, pause}, false, []string{"leave.0 overridden"}},
		"a pause after logging out of another":  {nil, actions{of("b", logout), pause}, false, nil},
		"calls of a team where nothing rings":   {actions{unpause}, nil, true, []string{"enter.0 silent"}},
		"calls of a team when it was left":      {nil, actions{login}, true, nil},
		"timers and GSM mode are undone":        {actions{quiet, gsm}, actions{noGSM, loud}, false, nil},
		"GSM mode is not undone":                {actions{gsm}, actions{loud}, false, []string{"enter.0 not_undone"}},
		"all devices undo those of one":         {actions{at("mobile", quiet)}, actions{loud}, false, nil},
		"one device does not undo all":          {actions{quiet}, actions{at("mobile", loud)}, false, []string{"enter.0 not_undone"}},
		"one class does not undo two":           {actions{both}, actions{loud}, false, []string{"enter.0 not_undone"}},
		"off and on":                            {nil, actions{quiet, loud, at("xmpp", loud)}, false, []string{"leave.0 overridden"}},
		"on and off, GSM mode":                  {nil, actions{gsm, noGSM}, false, []string{"leave.0 overridden"}},
		"something rings where nothing rings":   {actions{loud, gsm, noGSM}, actions{quiet, noGSM}, true, []string{"enter.1 overridden", "enter.0 silent", "enter.1 silent"}},
		"GSM mode and other devices":            {actions{at("phone", loud), gsm}, actions{at("phone", quiet), noGSM}, false, []string{"enter.0 only_mobile"}},
		"GSM mode and the mobile telephone":     {actions{gsm, at("mobile", loud)}, actions{at("mobile", quiet), noGSM}, false, nil},
		"to pause and to go on does not matter": {actions{pause, unpause}, nil, false, []string{"enter.0 overridden"}},
	} {
		var got []string
		for _, e := range (directory.ProfileInput{Enter: c.enter, Leave: c.leave, Silent: c.silent}).Conflicts() {
			got = append(got, e.Field+" "+e.Code)
			if e.Text == "" {
				t.Errorf("%s: %s has no text", name, e.Code)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// own profiles are for their user alone, as long as he has profile.personal.
func TestOwnProfiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		juliet, romeo, boss := someone(t, d, "juliet"), someone(t, d, "romeo"), someone(t, d, "boss")
		must(t, d.Accounts.SetRole(ctx, boss, directory.PBXManager))
		refused := func(what string, kind fault.Kind, err error) {
			t.Helper()
			if !fault.Is(err, kind) {
				t.Errorf("%s: %v, want %v", what, err, kind)
			}
		}
		walk := directory.ProfileInput{Name: "Walk", Icon: "home", Permissions: []string{directory.AllID}}
		_, err := d.Profiles.CreateOwn(ctx, juliet, walk)
		refused("without the permission", fault.Forbidden, err)
		permission := permit(t, d, "Own", directory.ProfilePersonal, "user:juliet", "user:romeo")
		mine, err := d.Profiles.CreateOwn(ctx, juliet, walk)
		must(t, err)
		_, err = d.Profiles.CreateOwn(ctx, juliet, walk)
		refused("twice the name", fault.Invalid, err)
		_, err = d.Profiles.CreateOwn(ctx, juliet, directory.ProfileInput{Name: "dnd"})
		refused("the name of one for all", fault.Invalid, err)
		his, err := d.Profiles.CreateOwn(ctx, romeo, walk)
		must(t, err)
		_, err = d.Profiles.Create(ctx, operator, walk)
		must(t, err)
		if n, own := len(d.Profiles.List()), d.Profiles.Own(juliet); n != 3 || len(own) != 1 || own[0].ID != mine.ID || len(own[0].Permissions) != 0 || len(d.Profiles.All()) != 5 {
			t.Errorf("there are %d for all, and of hers %+v", n, own)
		}
		if d.Profiles.Offered(juliet, his.ID) || !slices.Equal(d.Profiles.Members(mine.ID), []jid.JID{juliet}) {
			t.Error("an own profile is offered to others")
		}
		_, err = d.Profiles.Choose(ctx, juliet, juliet, his.ID)
		refused("another's", fault.Forbidden, err)
		for by, kind := range map[jid.JID]fault.Kind{romeo: fault.NotFound, boss: fault.NotFound, operator: fault.NotFound} {
			_, err = d.Profiles.Update(ctx, by, mine.ID, mine.Revision, walk)
			refused("changed by another", kind, err)
			refused("deleted by another", kind, d.Profiles.Delete(ctx, by, mine.ID))
		}
		_, err = d.Profiles.Update(ctx, juliet, mine.ID, mine.Revision-1, directory.ProfileInput{Name: "Other"})
		refused("changed since", fault.Conflict, err)
		_, err = d.Profiles.Update(ctx, juliet, mine.ID, mine.Revision, walk)
		refused("the name of one for all, made since", fault.Invalid, err)
		walk.Name = "Long walk"
		mine, err = d.Profiles.Update(ctx, juliet, mine.ID, mine.Revision, walk)
		must(t, err)
		_, err = d.Profiles.Choose(ctx, juliet, juliet, mine.ID)
		must(t, err)
		if kept, _ := open(t, db).Profiles.Of(juliet); kept.ID != mine.ID || kept.Owner != juliet || kept.Name != "Long walk" {
			t.Errorf("she is in %+v", kept)
		}
		for i := range directory.MaxOwnProfiles - 1 {
			_, err := d.Profiles.CreateOwn(ctx, juliet, directory.ProfileInput{Name: "w" + strconv.Itoa(i)})
			must(t, err)
		}
		_, err = d.Profiles.CreateOwn(ctx, juliet, directory.ProfileInput{Name: "one more"})
		refused("too many", fault.Limit, err)

		must(t, d.Permissions.Assign(ctx, operator, permission.ID, directory.Users, nil, []string{juliet.String()}))
		_, err = d.Profiles.Update(ctx, juliet, mine.ID, mine.Revision, walk)
		refused("the permission is gone", fault.Forbidden, err)
		refused("the permission is gone", fault.Forbidden, d.Profiles.Delete(ctx, juliet, mine.ID))
		if n := len(d.Profiles.OfferedTo(juliet)); n != 3 {
			t.Errorf("without the permission she is offered %d", n)
		}
		must(t, d.Accounts.Delete(ctx, juliet))
		must(t, d.Profiles.Delete(ctx, romeo, his.ID))
		if n, kept := len(d.Profiles.All()), len(open(t, db).Profiles.All()); n != 3 || kept != 3 {
			t.Errorf("of users who are gone, %d and %d profiles are left", n-3, kept-3)
		}
	})
}
