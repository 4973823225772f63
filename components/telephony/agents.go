package telephony

import (
	"context"
	"slices"
	"strings"

	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Agents are the members of teams. What it answers, it answers from memory.
type Agents interface {
	// AtExtension is the team whose extension this is.
	AtExtension(extension string) (directory.Team, bool)
	// AtLoginCode is the team with whose login code the digits begin, and what follows.
	AtLoginCode(digits string) (t directory.Team, rest string, ok bool)
	// Of are the teams in which a user is.
	Of(user jid.JID) []directory.Team
	LogIn(ctx context.Context, by jid.JID, team string, user jid.JID, in bool) error
	// Pause lets a member pause for a reason, or go on with an empty one.
	Pause(ctx context.Context, by jid.JID, team string, user jid.JID, reason string) error
}

// TeamCodes are the codes by which members of teams log in and out, and pause (B7).
type TeamCodes struct {
	Speaker
	Agents Agents
	People interface {
		AtExtension(extension string) (User, bool)
	}
}

// Codes are
//
//	*99#<extension>                  lets who has the extension into all teams in which he can log in, or out when he is in all of them
//	*99#<extension>#<reason>         has him pause in all teams that know the reason, or go on when he pauses for it in all of them
//	*99<team>#<extension>            likewise for the team of an extension alone
//	*99<team>#<extension>#<reason>
//
// For others they need xmpp.supervisor.
func (c TeamCodes) Codes() []Code {
	return []Code{{Prefix: "*99", Name: "Team", App: c.agent}}
}

// Login is the code *<login code><extension> of a team, which lets a member in or out.
func (c TeamCodes) Login(number string) (Code, string, bool) {
	digits, ok := strings.CutPrefix(number, "*")
	if !ok {
		return Code{}, "", false
	}
	t, rest, ok := c.Agents.AtLoginCode(digits)
	return Code{Prefix: "*" + t.LoginCode, Name: t.Name, App: func(extension string) App {
		return c.app(func(ctx context.Context, talk talk) []prompts.ID {
			return c.turn(ctx, talk, agentTurn{extension: extension, team: &t})
		})
	}}, rest, ok
}

// agentTurn is what is asked for: a member, in one team or all of his, to log in or out, or to pause for a reason.
type agentTurn struct {
	extension string
	team      *directory.Team // nil for all
	reason    string          // empty: to log in or out
}

func (c TeamCodes) agent(rest string) App {
	part := strings.Split(rest, "#")
	return c.app(func(ctx context.Context, t talk) []prompts.ID {
		if len(part) < 2 || len(part) > 3 || slices.Contains(part[1:], "") {
			return []prompts.ID{prompts.CodeWrong}
		}
		turn := agentTurn{extension: part[1]}
		if len(part) == 3 {
			turn.reason = part[2]
		}
		if part[0] != "" {
			team, ok := c.Agents.AtExtension(part[0])
			if !ok {
				return []prompts.ID{prompts.TeamUnknown}
			}
			turn.team = &team
		}
		return c.turn(ctx, t, turn)
	})
}

// turn does what is asked for, and says so: of which team when it is one, of whom, and what he does now.
func (c TeamCodes) turn(ctx context.Context, t talk, a agentTurn) []prompts.ID {
	if a.extension == "" || strings.Trim(a.extension, "0123456789") != "" {
		return []prompts.ID{prompts.CodeWrong}
	}
	u, ok := c.People.AtExtension(a.extension)
	if !ok {
		return []prompts.ID{prompts.ExtensionUnknown}
	}
	teams := c.Agents.Of(u.JID)
	var say []prompts.ID
	if a.team != nil {
		teams = slices.DeleteFunc(teams, func(other directory.Team) bool { return other.ID != a.team.ID })
		if a.team.Extension != "" {
			say = append([]prompts.ID{prompts.Team}, spell(a.team.Extension)...)
		}
	}
	say = slices.Concat(say, []prompts.ID{prompts.AgentExtension}, spell(u.Extension))
	if len(teams) == 0 {
		return append(say, prompts.AgentNoMember)
	}
	if a.reason != "" {
		return append(say, c.pause(ctx, t, u.JID, teams, a.reason))
	}
	return append(say, c.logIn(ctx, t, u.JID, teams))
}

// logIn lets a member into all teams, or out when he is in all of them. It returns what is said.
func (c TeamCodes) logIn(ctx context.Context, t talk, user jid.JID, teams []directory.Team) prompts.ID {
	teams = slices.DeleteFunc(teams, func(team directory.Team) bool {
		a, _ := team.Agent(user)
		return !a.Dynamic
	})
	if len(teams) == 0 {
		return prompts.AgentAlwaysIn
	}
	in := slices.ContainsFunc(teams, func(team directory.Team) bool {
		a, _ := team.Agent(user)
		return !a.In
	})
	for _, team := range teams {
		if a, _ := team.Agent(user); a.In == in {
			continue
		}
		if err := c.Agents.LogIn(ctx, t.User, team.ID, user, in); err != nil {
			return c.refusal(t, user, err)
		}
	}
	if in {
		return prompts.AgentIn
	}
	return prompts.AgentOut
}

// pause has a member pause in all teams where he is in and which know the reason, or go on when he pauses for it in all of them.
func (c TeamCodes) pause(ctx context.Context, t talk, user jid.JID, teams []directory.Team, reason string) prompts.ID {
	teams = slices.DeleteFunc(teams, func(team directory.Team) bool { return !team.Knows(reason) })
	if len(teams) == 0 {
		return prompts.AgentBadReason
	}
	teams = slices.DeleteFunc(teams, func(team directory.Team) bool {
		a, _ := team.Agent(user)
		return !a.In
	})
	if len(teams) == 0 {
		return prompts.AgentNotIn
	}
	say := prompts.AgentPaused
	if !slices.ContainsFunc(teams, func(team directory.Team) bool {
		a, _ := team.Agent(user)
		return a.Paused != reason
	}) {
		reason, say = "", prompts.AgentGoesOn
	}
	for _, team := range teams {
		if err := c.Agents.Pause(ctx, t.User, team.ID, user, reason); err != nil {
			return c.refusal(t, user, err)
		}
	}
	return say
}

// refusal says why a member was not moved.
func (c TeamCodes) refusal(t talk, user jid.JID, err error) prompts.ID {
	c.Log.Info("a member of teams is not moved", "by", t.User, "user", user, "err", err)
	if fault.Is(err, fault.Forbidden) {
		return prompts.AgentForbidden
	}
	return prompts.ReasonFailed
}
