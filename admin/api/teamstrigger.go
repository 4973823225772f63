package api

import (
	"context"

	"plenum/components/audit"
	"plenum/components/profiles"
)

func (a *API) teamsTrigger(ctx context.Context, _ noRequest) (TeamsTrigger, error) {
	s, err := a.Profiles.Teams(ctx)
	return teamsTriggerOf(s), err
}

func teamsTriggerOf(s profiles.TeamsSettings) TeamsTrigger {
	t := TeamsTrigger{HasSecret: s.HasSecret, Users: s.Users, Failures: s.Failures, Failure: s.Failure, Revision: s.Revision,
		TeamsTriggerData: TeamsTriggerData{Enabled: s.Enabled, Tenant: s.Tenant, Client: s.Client}}
	if !s.Asked.IsZero() {
		t.Asked = &s.Asked
	}
	return t
}

func (a *API) setTeamsTrigger(ctx context.Context, req teamsTriggerRequest) (TeamsTrigger, error) {
	before, err := a.Profiles.Teams(ctx)
	if err != nil {
		return TeamsTrigger{}, err
	}
	b := &req.Body
	after, err := a.Profiles.SetTeams(ctx, b.Revision, profiles.TeamsInput{Enabled: b.Enabled, Tenant: b.Tenant, Client: b.Client, Secret: b.Secret})
	if err != nil {
		return TeamsTrigger{}, err
	}
	var d diff
	d.flag("enabled", before.Enabled, after.Enabled)
	d.text("tenant", before.Tenant, after.Tenant)
	d.text("client", before.Client, after.Client)
	if b.Secret != nil {
		d = append(d, audit.Change{Field: "secret"})
	}
	note(ctx, audit.Entry{Action: "teamsTrigger.change", Kind: "service", Object: "teams-trigger", Name: "Microsoft Teams", Changes: d})
	return teamsTriggerOf(after), nil
}
