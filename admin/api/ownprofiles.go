package api

import (
	"cmp"
	"context"
	"net/url"

	"plenum/components/directory"
)

func (a *API) ownProfiles(ctx context.Context, _ noRequest) (OwnProfiles, error) {
	user := me(ctx).JID
	account, err := a.Directory.Accounts.Get(ctx, user)
	if err != nil {
		return OwnProfiles{}, err
	}
	answer := OwnProfiles{
		Allowed: a.Directory.Profiles.MayMakeOwn(user), Items: []Profile{}, Most: directory.MaxOwnProfiles, Zone: cmp.Or(account.TimeZone, a.TimeZone), Teams: []OwnTeam{},
		Locations: []Place{},
	}
	for _, p := range a.Directory.Profiles.Own(user) {
		answer.Items = append(answer.Items, a.profileOf(p))
	}
	for _, t := range a.Directory.Teams.Of(user) {
		agent, _ := t.Agent(user)
		one := OwnTeam{ID: t.ID, Name: t.Name, Dynamic: agent.Dynamic, PauseReasons: []PauseReason{}}
		for _, r := range t.PauseReasons {
			one.PauseReasons = append(one.PauseReasons, PauseReason{Code: r.Code, Title: r.Title})
		}
		answer.Teams = append(answer.Teams, one)
	}
	at, err := a.userLocation(ctx, userRequest{user})
	answer.Locations = at.Open
	return answer, err
}

func (a *API) createOwnProfile(ctx context.Context, req newProfileRequest) (created[Profile], error) {
	p, err := a.Directory.Profiles.CreateOwn(ctx, me(ctx).JID, req.Body.input())
	if err != nil {
		return created[Profile]{}, err
	}
	note(ctx, profileEntry("profile.create", p, a.profileChanges(directory.Profile{}, p)))
	return created[Profile]{a.profileOf(p), "/app/profiles/" + url.PathEscape(p.ID)}, nil
}

func (a *API) checkOwnProfile(ctx context.Context, req profileCheckRequest) (ProfileChecked, error) {
	return checkedProfile(req.Body.input(), a.Directory.Profiles.CheckOwn(me(ctx).JID, req.Body.ID, req.Body.input()))
}

func (a *API) changeOwnProfile(ctx context.Context, req profileChangeRequest) (Profile, error) {
	return a.saveProfile(ctx, me(ctx).JID, req)
}

func (a *API) deleteOwnProfile(ctx context.Context, req profileRequest) (none, error) {
	return a.removeProfile(ctx, me(ctx).JID, req)
}

func (a *API) ownDryRun(ctx context.Context, req profileDryRunRequest) (ProfileRun, error) {
	user := me(ctx).JID
	return a.tryProfile(ctx, user, user, &req.Body, a.Directory.Profiles.CheckOwn(user, req.Body.ID, req.Body.input()))
}

func (a *API) ownProfileRuns(ctx context.Context, _ noRequest) (ProfileRuns, error) {
	return a.runsOfUser(ctx, me(ctx).JID)
}
