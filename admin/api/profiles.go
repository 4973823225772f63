package api

import (
	"context"
	"net/url"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (a *API) profiles(_ context.Context, req profilesRequest) (ProfilePage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := ProfilePage{Items: []Profile{}, Zone: a.TimeZone}
	for _, p := range a.Directory.Profiles.List() {
		if !containsAll(strings.ToLower(p.Name), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, a.profileOf(p))
		}
		page.Total++
	}
	return page, nil
}

func (a *API) profileOf(p directory.Profile) Profile {
	answer := Profile{
		ID: p.ID, BuiltIn: p.System(), Offered: len(a.Directory.Profiles.Members(p.ID)), Users: a.Directory.Profiles.Count(p.ID), Changed: p.Changed,
		ChangedBy: p.ChangedBy.String(), Revision: p.Revision, ProfileData: ProfileData{
			Name: p.Name, Colour: p.Colour, Icon: p.Icon, ShowIcon: p.ShowIcon, Sticky: p.Sticky, Silent: p.Silent, Show: string(p.Show),
			Permissions: listOf(p.Permissions), Triggers: []ProfileTrigger{}, TeamsCall: p.TeamsCall, Enter: actionsOf(p.Enter), Leave: actionsOf(p.Leave)},
		Warnings: fieldErrors(p.Conflicts())}
	for _, t := range p.Triggers {
		days := []int{}
		for _, day := range t.Days {
			days = append(days, int(day))
		}
		answer.Triggers = append(answer.Triggers, ProfileTrigger{At: t.At, Until: t.Until, Days: days, Date: t.Date})
	}
	return answer
}

func (d *ProfileData) input() directory.ProfileInput {
	in := directory.ProfileInput{Name: d.Name, Colour: d.Colour, Icon: d.Icon, ShowIcon: d.ShowIcon, Sticky: d.Sticky, Silent: d.Silent,
		Show: directory.Show(d.Show), Permissions: listOf(d.Permissions), TeamsCall: d.TeamsCall, Enter: actionsIn(d.Enter), Leave: actionsIn(d.Leave)}
	for _, t := range d.Triggers {
		trigger := directory.ProfileTrigger{At: t.At, Until: t.Until, Date: t.Date}
		for _, day := range t.Days {
			trigger.Days = append(trigger.Days, time.Weekday(day))
		}
		in.Triggers = append(in.Triggers, trigger)
	}
	return in
}

func actionsOf(list []directory.ProfileAction) []ProfileAction {
	actions := []ProfileAction{}
	for _, a := range list {
		action := ProfileAction{Kind: string(a.Kind), Team: a.Team, Reason: a.Reason, Location: a.Location, Target: a.Target, Device: a.Device, On: a.On}
		for class, into := range map[directory.RingClass]**RingChange{directory.RingInternal: &action.Internal, directory.RingExternal: &action.External, directory.RingQueue: &action.Queue} {
			if c := a.Change(class); c.To != directory.RingAsIs {
				*into = &RingChange{string(c.To), c.Delay, c.Timeout}
			}
		}
		actions = append(actions, action)
	}
	return actions
}

func actionsIn(list []ProfileAction) (actions []directory.ProfileAction) {
	for _, a := range list {
		actions = append(actions, directory.ProfileAction{Kind: directory.ActionKind(a.Kind), Team: a.Team, Reason: a.Reason, Location: a.Location, Target: a.Target,
			Device: a.Device, On: a.On, Internal: a.Internal.change(), External: a.External.change(), Queue: a.Queue.change()})
	}
	return actions
}

func (c *RingChange) change() directory.RingChange {
	if c == nil {
		return directory.RingChange{}
	}
	return directory.RingChange{To: directory.RingTo(c.To), Delay: c.Delay, Timeout: c.Timeout}
}

func (a *API) profile(_ context.Context, req profileRequest) (Profile, error) {
	p, err := a.profileFor(jid.JID{}, req.ID)
	if err != nil {
		return Profile{}, err
	}
	return a.profileOf(p), nil
}

// profileFor returns a profile of an owner, zero for one of the organisation. Those of others are not there.
func (a *API) profileFor(owner jid.JID, id string) (directory.Profile, error) {
	p, err := a.Directory.Profiles.Get(id)
	if err == nil && p.Owner != owner {
		return directory.Profile{}, fault.New(fault.NotFound, "there is no such profile")
	}
	return p, err
}

func (a *API) createProfile(ctx context.Context, req newProfileRequest) (created[Profile], error) {
	p, err := a.Directory.Profiles.Create(ctx, me(ctx).JID, req.Body.input())
	if err != nil {
		return created[Profile]{}, err
	}
	note(ctx, profileEntry("profile.create", p, a.profileChanges(directory.Profile{}, p)))
	return created[Profile]{a.profileOf(p), "/profiles/" + url.PathEscape(p.ID)}, nil
}

func (a *API) checkProfile(_ context.Context, req profileCheckRequest) (ProfileChecked, error) {
	return checkedProfile(req.Body.input(), a.Directory.Profiles.Check(req.Body.ID, req.Body.input()))
}

func checkedProfile(in directory.ProfileInput, err error) (ProfileChecked, error) {
	is, err := checked(err)
	return ProfileChecked{is.Errors, fieldErrors(in.Conflicts())}, err
}

func (a *API) changeProfile(ctx context.Context, req profileChangeRequest) (Profile, error) {
	return a.saveProfile(ctx, jid.JID{}, req)
}

func (a *API) saveProfile(ctx context.Context, owner jid.JID, req profileChangeRequest) (Profile, error) {
	before, err := a.profileFor(owner, req.ID)
	if err != nil {
		return Profile{}, err
	}
	p, err := a.Directory.Profiles.Update(ctx, me(ctx).JID, req.ID, req.Body.Revision, req.Body.input())
	if err != nil {
		return Profile{}, err
	}
	note(ctx, profileEntry("profile.change", p, a.profileChanges(before, p)))
	return a.profileOf(p), nil
}

func (a *API) deleteProfile(ctx context.Context, req profileRequest) (none, error) {
	return a.removeProfile(ctx, jid.JID{}, req)
}

func (a *API) removeProfile(ctx context.Context, owner jid.JID, req profileRequest) (none, error) {
	p, err := a.profileFor(owner, req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Profiles.Delete(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, profileEntry("profile.delete", p, nil))
	return none{}, nil
}

func profileEntry(action string, p directory.Profile, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "profile", Object: p.ID, Name: p.Name, Changes: changes}
}

func (a *API) profileChanges(before, after directory.Profile) []audit.Change {
	var d diff
	d.text("name", before.Name, after.Name)
	d.text("colour", before.Colour, after.Colour)
	d.text("icon", before.Icon, after.Icon)
	d.flag("showIcon", before.ShowIcon, after.ShowIcon)
	d.flag("sticky", before.Sticky, after.Sticky)
	d.flag("silent", before.Silent, after.Silent)
	d.text("show", string(before.Show), string(after.Show))
	d.text("permissions", a.permissionNames(before.Permissions), a.permissionNames(after.Permissions))
	d.text("triggers", triggerTexts(before.Triggers), triggerTexts(after.Triggers))
	d.flag("teamsCall", before.TeamsCall, after.TeamsCall)
	d.text("enter", a.actionTexts(before.Enter), a.actionTexts(after.Enter))
	d.text("leave", a.actionTexts(before.Leave), a.actionTexts(after.Leave))
	return d
}

func (a *API) permissionNames(ids []string) string {
	var names []string
	for _, id := range ids {
		if p, err := a.Directory.Permissions.Get(id); err == nil {
			names = append(names, p.Name)
		}
	}
	return someOf(names)
}

func (a *API) actionTexts(list []directory.ProfileAction) string {
	var texts []string
	for _, action := range list {
		text := string(action.Kind)
		if action.OfRinging() {
			text = profiles.Step{ProfileAction: action, About: a.Profiles.About(action)}.Action()
		}
		for _, about := range []string{a.Profiles.About(action), action.Reason, action.Target} {
			if about != "" && !action.OfRinging() {
				text += " " + about
			}
		}
		texts = append(texts, text)
	}
	return someOf(texts)
}

func triggerTexts(list []directory.ProfileTrigger) string {
	var texts []string
	for _, t := range list {
		text := t.At
		if t.Until != "" {
			text += "–" + t.Until
		}
		for _, day := range t.Days {
			text += " " + day.String()[:3]
		}
		texts = append(texts, strings.TrimSpace(text+" "+t.Date))
	}
	return someOf(texts)
}

func (a *API) userProfile(ctx context.Context, req userRequest) (UserProfile, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return UserProfile{}, err
	}
	return a.profileOfUser(ctx, req.JID)
}

func (a *API) profileOfUser(ctx context.Context, user jid.JID) (UserProfile, error) {
	now, use := a.Directory.Profiles.Of(user)
	answer := UserProfile{Profile: now.ID, Previous: use.Previous, Triggered: use.Triggered, By: use.By.String(), Offered: []ProfileChoice{}, Steps: []ProfileStep{}}
	if !use.Since.IsZero() {
		answer.Since = &use.Since
	}
	for _, p := range a.Directory.Profiles.OfferedTo(user) {
		answer.Offered = append(answer.Offered, ProfileChoice{ID: p.ID, Name: p.Name, Colour: p.Colour, Icon: p.Icon, Sticky: p.Sticky, Silent: p.Silent, Own: !p.Owner.IsZero()})
	}
	runs, err := a.Profiles.Runs(ctx, user)
	if len(runs) > 0 && runs[0].Profile == now.ID {
		answer.Steps = stepsOf(runs[0].Steps)
	}
	return answer, err
}

func stepsOf(list []profiles.Step) []ProfileStep {
	steps := []ProfileStep{}
	for _, s := range list {
		steps = append(steps, ProfileStep{Leaving: s.Leaving, About: s.About, Outcome: string(s.Outcome), Text: s.Text, ProfileAction: actionsOf([]directory.ProfileAction{s.ProfileAction})[0]})
	}
	return steps
}

func runOf(r profiles.Run) ProfileRun {
	run := ProfileRun{Profile: r.Profile, Name: r.Name, Left: r.Left, LeftName: r.LeftName, Triggered: r.Triggered, By: r.By.String(), Steps: stepsOf(r.Steps)}
	if !r.At.IsZero() {
		run.At = &r.At
	}
	return run
}

func (a *API) profileRuns(ctx context.Context, req userRequest) (ProfileRuns, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return ProfileRuns{}, err
	}
	return a.runsOfUser(ctx, req.JID)
}

func (a *API) runsOfUser(ctx context.Context, user jid.JID) (ProfileRuns, error) {
	answer := ProfileRuns{Items: []ProfileRun{}}
	runs, err := a.Profiles.Runs(ctx, user)
	for _, r := range runs {
		answer.Items = append(answer.Items, runOf(r))
	}
	return answer, err
}

func (a *API) dryRun(ctx context.Context, req profileDryRunRequest) (ProfileRun, error) {
	user, err := jid.Parse(req.Body.User)
	if err != nil || user.Local() == "" {
		return ProfileRun{}, fault.New(fault.NotFound, "there is no such user")
	}
	return a.tryProfile(ctx, jid.JID{}, user, &req.Body, a.Directory.Profiles.Check(req.Body.ID, req.Body.input()))
}

// tryProfile is a dry run of a form, of somebody's own or zero, unless something is wrong with it.
func (a *API) tryProfile(ctx context.Context, owner, user jid.JID, d *ProfileDryRun, wrong error) (ProfileRun, error) {
	if wrong != nil {
		return ProfileRun{}, wrong
	}
	run, err := a.Profiles.DryRun(ctx, user, directory.Profile{ID: d.ID, Owner: owner, ProfileInput: d.input()}, d.Leaving)
	return runOf(run), err
}

func (a *API) chooseProfile(ctx context.Context, req chooseRequest) (UserProfile, error) {
	if err := a.choose(ctx, req.JID, req.Body.Profile); err != nil {
		return UserProfile{}, err
	}
	return a.profileOfUser(ctx, req.JID)
}

func (a *API) choose(ctx context.Context, user jid.JID, profile string) error {
	run, err := a.Profiles.Choose(ctx, me(ctx).JID, user, profile)
	if err != nil {
		return err
	}
	note(ctx, audit.Entry{Action: "user.profile", Kind: "user", Object: user.String(), Name: a.Directory.Accounts.Name(user),
		Changes: []audit.Change{{Field: "profile", Before: run.LeftName, After: run.Name}}})
	return nil
}

func (a *API) ownProfile(ctx context.Context, _ noRequest) (UserProfile, error) {
	return a.profileOfUser(ctx, me(ctx).JID)
}

func (a *API) chooseOwnProfile(ctx context.Context, req chooseOwnRequest) (UserProfile, error) {
	user := me(ctx).JID
	if err := a.choose(ctx, user, req.Body.Profile); err != nil {
		return UserProfile{}, err
	}
	return a.profileOfUser(ctx, user)
}
