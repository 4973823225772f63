package apps

import (
	"context"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/team"
)

// A teamState is what goes on in a team, and since when that is known.
type teamState struct {
	telephony.TeamState
	team directory.Team
}

// teamsOf are those that a client sees.
func (x *subscriber) teamsOf() []directory.Team {
	if x.all.Load() {
		return x.svc.Org.Teams.List()
	}
	return x.svc.Org.Teams.Of(x.user)
}

// look is what goes on in a team, for all who want to know it at the same time.
func (a *Service) look(ctx context.Context, t directory.Team) (teamState, error) {
	a.mu.Lock()
	known, ok := a.teams[t.ID]
	a.mu.Unlock()
	if ok {
		return known, nil
	}
	state, err := a.Calls.TeamState(ctx, t.ID)
	if err != nil {
		return teamState{}, err
	}
	known = teamState{state, t}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.teams[t.ID] = known
	for _, m := range state.Members {
		if m.Doing == team.WrappedUp && a.again == nil && !a.closed {
			a.again = time.AfterFunc(lookAgain, a.teamsMoved)
		}
	}
	return known, nil
}

// teamXML is a team with its members and who waits there.
func (a *Service) teamXML(s *teamState) []byte {
	t := &s.team
	b := fragment("team", attributes{"id", t.ID, "name", t.Name, "extension", t.Extension})
	for _, r := range t.PauseReasons {
		b.Element("reason", "", "", "code", r.Code, "title", r.Title)
	}
	for _, g := range t.Agents {
		m := s.Members[g.User]
		var at attributes
		at = at.user("jid", g.User).text("name", a.Org.Accounts.Name(g.User)).flag("in", g.In).flag("dynamic", g.Dynamic).text("paused", g.Paused)
		b.Element("member", "", "", at.text("doing", string(m.Doing)).time("since", g.Since).number("calls", m.Calls)...)
	}
	for _, c := range s.Waiting {
		var at attributes
		b.Start("caller", "", at.text("call", c.Call).text("number", c.Number).text("name", c.Name).time("since", c.Since)...)
		for _, user := range c.Rings {
			b.Element("rings", "", "", "jid", user.String())
		}
		b.End()
	}
	return b.End().Bytes()
}
