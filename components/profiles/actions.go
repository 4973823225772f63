package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// act carries out an action for a user. Who changes when his devices ring is by.
func (e *Engine) act(ctx context.Context, by, user jid.JID, a directory.ProfileAction) Step {
	return e.step(user, a, e.do(ctx, by, user, &a))
}

// step says what came of an action.
func (e *Engine) step(user jid.JID, a directory.ProfileAction, err error) Step {
	s := Step{ProfileAction: a, About: e.About(a), Outcome: Done}
	switch {
	case errors.Is(err, errNothing):
		s.Outcome = Nothing
	case err != nil:
		s.Outcome, s.Text = Failed, why(err)
		if s.Text == "" {
			s.Text = "the server has failed; its log says why"
			e.log.Error("an action of a profile has failed", "user", user, "action", a.Kind, "err", err)
		}
	}
	return s
}

// why is what a user may read of an error.
func why(err error) string {
	if fields, ok := errors.AsType[directory.FieldErrors](err); ok {
		return fields[0].Text
	}
	return fault.Text(err)
}

// About is the name of the team, location or device that an action names, its ID when there is none any more; empty when it names none.
func (e *Engine) About(a directory.ProfileAction) string {
	kind, id := directory.Teams, a.Team
	switch {
	case a.Location != "":
		kind, id = directory.Locations, a.Location
	case a.Device != "" && !slices.Contains(directory.RingKinds(), a.Device):
		kind, id = directory.Devices, a.Device
	}
	if id == "" {
		return ""
	}
	o, err := e.org.Objects.Get(kind, id)
	if err != nil {
		return id
	}
	return o.Name
}

func (e *Engine) do(ctx context.Context, by, user jid.JID, a *directory.ProfileAction) error {
	switch a.Kind {
	case directory.ActFollowMe, directory.ActGSM:
		return e.atDevices(ctx, by, user, a, e.org.FollowMe.Of(user.String()), e.org.FollowMe.Change)
	case directory.ActLocationSet:
		if seat, _ := e.org.Seats.At(user); seat.Location == a.Location {
			return errNothing
		}
		_, err := e.org.Seats.LogIn(ctx, user, user, a.Location)
		return err
	case directory.ActLocationUnset:
		_, seated := e.org.Seats.At(user)
		return nothing(e.org.Seats.LogOut(ctx, user, user), seated)
	case directory.ActForwardSet:
		now, _ := e.org.Forwards.Get(user)
		_, err := e.org.Forwards.Set(ctx, user, user, directory.AnyRevision, directory.ForwardInput{Target: a.Target, Active: true})
		return nothing(err, !now.Active || now.Target != a.Target)
	case directory.ActForwardUnset:
		return e.unforward(ctx, user)
	}
	if !a.OfTeam() { // of a newer version of the program
		return fault.Newf(fault.Unavailable, "this server has no action %.32q", string(a.Kind))
	}
	return e.inTeams(user, a, func(t *directory.Team) error {
		switch a.Kind {
		case directory.ActTeamLogin, directory.ActTeamLogout:
			return e.org.Teams.LogIn(ctx, user, t.ID, user, a.Kind == directory.ActTeamLogin)
		default:
			return e.org.Teams.Pause(ctx, user, t.ID, user, a.Reason)
		}
	}, func(t *directory.Team) directory.Agent {
		agent, _ := t.Agent(user)
		return agent
	})
}

// unforward switches the forward of a user off; its target is kept.
func (e *Engine) unforward(ctx context.Context, user jid.JID) error {
	now, ok := e.org.Forwards.Get(user)
	if !ok {
		if _, err := e.org.Accounts.Get(ctx, user); err != nil {
			return err
		}
		return errNothing
	}
	_, err := e.org.Forwards.Switch(ctx, user, user, false)
	return nothing(err, now.Active)
}

// nothing is errNothing for what went well and has changed nothing.
func nothing(err error, changed bool) error {
	if err == nil && !changed {
		return errNothing
	}
	return err
}

// inTeams does something in the team that the action names, or in all in which the user is, where it can be done. Agent says what he does in a team.
func (e *Engine) inTeams(user jid.JID, a *directory.ProfileAction, do func(*directory.Team) error, agent func(*directory.Team) directory.Agent) error {
	if a.Team != "" {
		t, err := e.org.Teams.Get(a.Team)
		if err != nil {
			return err
		}
		if _, member := t.Agent(user); !member {
			return fault.Newf(fault.NotFound, "%s is no member of this team", user)
		}
		if now := agent(&t); !concerns(a, &now) && !refuses(a, &now) {
			return errNothing
		}
		return do(&t)
	}
	teams := slices.DeleteFunc(e.org.Teams.Of(user), func(t directory.Team) bool {
		now := agent(&t)
		return !concerns(a, &now)
	})
	var failed []string
	for _, t := range teams {
		if err := do(&t); err != nil {
			text := why(err)
			if text == "" {
				return fmt.Errorf("team %s: %w", t.Name, err)
			}
			failed = append(failed, t.Name+": "+text)
		}
	}
	switch {
	case len(failed) > 0:
		return fault.New(fault.Conflict, strings.Join(failed, "; "))
	case len(teams) == 0:
		return errNothing
	}
	return nil
}

// concerns reports whether an action changes what a member does.
func concerns(a *directory.ProfileAction, now *directory.Agent) bool {
	switch a.Kind {
	case directory.ActTeamLogin:
		return now.Dynamic && !now.In
	case directory.ActTeamLogout:
		return now.Dynamic && now.In
	case directory.ActTeamPause:
		return now.In && now.Paused != a.Reason
	default:
		return now.In && now.Paused != ""
	}
}

// refuses reports whether a team refuses the action of a member: he is always in, or not in, so that he cannot pause.
func refuses(a *directory.ProfileAction, now *directory.Agent) bool {
	switch a.Kind {
	case directory.ActTeamLogin, directory.ActTeamLogout:
		return !now.Dynamic
	default:
		return a.Kind == directory.ActTeamPause && !now.In
	}
}
