package profiles

import (
	"context"
	"fmt"
	"slices"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// DryRun says what would happen if a user came into a profile as it was edited, or left it, without changing anything. Each step is judged as if those
// before it were taken. The other profile is the one he is in now, or was in before.
func (e *Engine) DryRun(ctx context.Context, user jid.JID, edited directory.Profile, leaving bool) (Run, error) {
	user = user.Bare()
	if _, err := e.org.Accounts.Get(ctx, user); err != nil {
		return Run{}, err
	}
	now, use := e.org.Profiles.Of(user)
	if now.ID == edited.ID { // he would come into it from the one before, and go back there
		other, err := e.org.Profiles.Get(use.Previous)
		if err != nil {
			return Run{}, err
		}
		now = other
	}
	before, after := now, edited
	if leaving {
		before, after = edited, now
	}
	r := Run{User: user, Profile: after.ID, Name: after.Name, Left: before.ID, LeftName: before.Name}
	d := e.trial(user)
	d.by = actor(user, &before)
	for _, a := range before.Leave {
		step := d.step(ctx, a)
		step.Leaving = true
		r.Steps = append(r.Steps, step)
	}
	d.by = actor(user, &after)
	for _, a := range after.Enter {
		r.Steps = append(r.Steps, d.step(ctx, a))
	}
	return r, nil
}

// A trial is what would be after the steps up to now.
type trial struct {
	*Engine
	user      jid.JID
	by        jid.JID // who changes when his devices ring
	location  string  // his; empty for none
	forward   string  // to where his calls go; empty for nowhere
	agents    map[string]directory.Agent
	rings     []directory.FollowMeRow
	alongside string // what the step does besides
}

func (e *Engine) trial(user jid.JID) *trial {
	d := &trial{Engine: e, user: user, agents: make(map[string]directory.Agent), rings: e.org.FollowMe.Of(user.String())}
	seat, _ := e.org.Seats.At(user)
	d.location = seat.Location
	if f, _ := e.org.Forwards.Get(user); f.Active {
		d.forward = f.Target
	}
	return d
}

func (d *trial) step(ctx context.Context, a directory.ProfileAction) Step {
	d.alongside = ""
	s := d.Engine.step(d.user, a, d.try(ctx, &a))
	if s.Outcome == Done {
		s.Text = d.alongside
	}
	return s
}

func (d *trial) try(ctx context.Context, a *directory.ProfileAction) error {
	switch a.Kind {
	case directory.ActFollowMe, directory.ActGSM:
		return d.atDevices(ctx, d.by, d.user, a, slices.Clone(d.rings), d.ring)
	case directory.ActLocationSet:
		return d.sit(a.Location)
	case directory.ActLocationUnset:
		was := d.location
		d.location = ""
		return nothing(nil, was != "")
	case directory.ActForwardSet:
		if err := d.org.Forwards.Check(ctx, d.user, d.user, a.Target); err != nil {
			return err
		}
		was := d.forward
		d.forward = a.Target
		return nothing(nil, was != d.forward)
	case directory.ActForwardUnset:
		was := d.forward
		d.forward = ""
		return nothing(nil, was != "")
	}
	if !a.OfTeam() {
		return fault.Newf(fault.Unavailable, "this server has no action %.32q", string(a.Kind))
	}
	return d.inTeams(d.user, a, func(t *directory.Team) error {
		agent := d.agent(t)
		var err error
		switch a.Kind {
		case directory.ActTeamLogin, directory.ActTeamLogout:
			err = agent.LogIn(a.Kind == directory.ActTeamLogin)
		default:
			err = t.Pause(&agent, a.Reason)
		}
		if err == nil {
			d.agents[t.ID] = agent
		}
		return err
	}, d.agent)
}

// ring is directory.FollowMe.Change as far as it can be tried.
func (d *trial) ring(ctx context.Context, by jid.JID, holder, device string, change func(directory.FollowMeInput) directory.FollowMeInput) (directory.FollowMeRow, error) {
	i := slices.IndexFunc(d.rings, func(row directory.FollowMeRow) bool { return row.Device == device })
	next := change(d.rings[i].FollowMeInput)
	err := d.org.FollowMe.CheckChange(ctx, by, holder, device, func(directory.FollowMeInput) directory.FollowMeInput { return next })
	if err == nil {
		d.rings[i].FollowMeInput = next
	}
	return d.rings[i], err
}

func (d *trial) agent(t *directory.Team) directory.Agent {
	if agent, ok := d.agents[t.ID]; ok {
		return agent
	}
	agent, _ := t.Agent(d.user)
	return agent
}

func (d *trial) sit(location string) error {
	place, err := d.org.Objects.Get(directory.Locations, location)
	switch {
	case err != nil:
		return err
	case d.location == location:
		return errNothing
	case !d.org.Permissions.MayLogInAt(d.user, location):
		return fault.Newf(fault.Forbidden, "%s may not log in at %s", d.user, place.Name)
	}
	if other, ok := d.org.Seats.Who(location); ok && other.User != d.user {
		d.alongside = fmt.Sprintf("%s is logged out there", d.org.Accounts.Name(other.User))
	}
	d.location = location
	return nil
}
