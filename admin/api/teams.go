package api

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/team"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// TeamLines knows what goes on in teams.
type TeamLines interface {
	TeamState(ctx context.Context, id string) (telephony.TeamState, error)
}

func (a *API) teams(ctx context.Context, req teamsRequest) (TeamPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := TeamPage{Items: []TeamItem{}}
	for _, t := range a.Directory.Teams.List() {
		if !containsAll(strings.ToLower(t.Name+"\n"+t.Extension), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			item, err := a.teamItem(ctx, t)
			if err != nil {
				return page, err
			}
			page.Items = append(page.Items, item)
		}
		page.Total++
	}
	return page, nil
}

// teamItem is a team with what goes on there. One that has just been deleted has nothing going on.
func (a *API) teamItem(ctx context.Context, t directory.Team) (TeamItem, error) {
	item := TeamItem{Team: a.teamOf(t)}
	state, err := a.TeamLines.TeamState(ctx, t.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return item, err
	}
	if item.Waiting = len(state.Waiting); item.Waiting > 0 {
		item.Longest = timeOrNone(state.Waiting[0].Since)
	}
	for _, m := range t.Agents {
		if m.In && m.Paused == "" {
			item.Present++
		}
		if state.Members[m.User].Doing == team.Talking {
			item.Talking++
		}
	}
	return item, nil
}

// teamOf is a team as the API shows it.
func (a *API) teamOf(t directory.Team) Team {
	answer := Team{ID: t.ID, Changed: t.Changed, ChangedBy: t.ChangedBy.String(), Revision: t.Revision, Agents: []TeamAgent{}, HasBoxPIN: t.HasPIN, TeamData: TeamData{
		Weight: t.Weight, Notify: string(t.Notify), PickupGroup: t.PickupGroup, BoxEmail: t.BoxEmail, BoxDiscard: t.BoxDiscard,
		Name: t.Name, Extension: t.Extension, Strategy: string(t.Strategy), MemberTimeout: t.MemberTimeout, WrapUp: t.WrapUp, MaxWaiting: t.MaxWaiting,
		JoinEmpty: t.JoinEmpty, LeaveEmpty: t.LeaveEmpty, InternalTimeout: t.InternalTimeout, ExternalTimeout: t.ExternalTimeout, Announce: t.Announce,
		Ringback: t.Ringback, AfterTarget: t.AfterTarget, LoginCode: t.LoginCode, PriorityLabel: t.PriorityLabel, TimeoutLabel: t.TimeoutLabel, PauseReasons: []PauseReason{}, Members: []TeamMember{}}}
	for _, r := range t.PauseReasons {
		answer.PauseReasons = append(answer.PauseReasons, PauseReason(r))
	}
	for _, m := range t.Agents {
		answer.Members = append(answer.Members, TeamMember{User: m.User.String(), Dynamic: m.Dynamic, Weight: m.Weight, Priority: m.Priority})
		answer.Agents = append(answer.Agents, TeamAgent{User: m.User.String(), Name: a.nameOf(context.Background(), m.User), In: m.In, Paused: m.Paused, Since: m.Since})
	}
	return answer
}

// input is the form of the directory. A member whose address is none is left empty there, which is refused.
func (d *TeamData) input() directory.TeamInput {
	in := directory.TeamInput{
		Weight: d.Weight, Notify: directory.PickupNotice(d.Notify), PickupGroup: d.PickupGroup, BoxEmail: d.BoxEmail, BoxDiscard: d.BoxDiscard, BoxPIN: d.BoxPIN,
		Name: d.Name, Extension: d.Extension, Strategy: directory.Strategy(d.Strategy), MemberTimeout: d.MemberTimeout, WrapUp: d.WrapUp,
		MaxWaiting: d.MaxWaiting, JoinEmpty: d.JoinEmpty, LeaveEmpty: d.LeaveEmpty, InternalTimeout: d.InternalTimeout, ExternalTimeout: d.ExternalTimeout,
		Announce: d.Announce, Ringback: d.Ringback, AfterTarget: d.AfterTarget, LoginCode: d.LoginCode,
		PriorityLabel: d.PriorityLabel, TimeoutLabel: d.TimeoutLabel}
	for _, r := range d.PauseReasons {
		in.PauseReasons = append(in.PauseReasons, directory.PauseReason(r))
	}
	for _, m := range d.Members {
		user, _ := jid.Parse(m.User)
		in.Members = append(in.Members, directory.TeamMember{User: user, Dynamic: m.Dynamic, Weight: m.Weight, Priority: m.Priority})
	}
	return in
}

func (a *API) team(_ context.Context, req teamRequest) (Team, error) {
	t, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return Team{}, err
	}
	return a.teamOf(t), nil
}

func (a *API) createTeam(ctx context.Context, req newTeamRequest) (created[Team], error) {
	t, err := a.Directory.Teams.Create(ctx, me(ctx).JID, req.Body.input())
	if err != nil {
		return created[Team]{}, err
	}
	note(ctx, teamEntry("team.create", t, pinChange(req.Body.BoxPIN, teamChanges(Team{}, a.teamOf(t)))))
	return created[Team]{a.teamOf(t), "/teams/" + url.PathEscape(t.ID)}, nil
}

func (a *API) checkTeam(_ context.Context, req teamCheckRequest) (Checked, error) {
	return checked(a.Directory.Teams.CheckTeam(req.Body.ID, req.Body.input()))
}

func (a *API) changeTeam(ctx context.Context, req teamChangeRequest) (Team, error) {
	before, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return Team{}, err
	}
	t, err := a.Directory.Teams.Update(ctx, me(ctx).JID, req.ID, req.Body.Revision, req.Body.input())
	if err != nil {
		return Team{}, err
	}
	note(ctx, teamEntry("team.change", t, pinChange(req.Body.BoxPIN, teamChanges(a.teamOf(before), a.teamOf(t)))))
	return a.teamOf(t), nil
}

func (a *API) deleteTeam(ctx context.Context, req teamRequest) (none, error) {
	t, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.Teams.Delete(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, teamEntry("team.delete", t, nil))
	return none{}, nil
}

// teamLive is what goes on in a team.
func (a *API) teamLive(ctx context.Context, req teamRequest) (TeamLive, error) {
	t, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return TeamLive{}, err
	}
	state, err := a.TeamLines.TeamState(ctx, req.ID)
	if err != nil {
		return TeamLive{}, err
	}
	live := TeamLive{Waiting: []TeamCaller{}, Members: []TeamMemberLive{}}
	for _, c := range state.Waiting {
		rings := []string{}
		for _, user := range c.Rings {
			rings = append(rings, user.String())
		}
		needs := []Skill{}
		for _, name := range slices.Sorted(maps.Keys(c.Needs)) {
			needs = append(needs, Skill{name, c.Needs[name]})
		}
		live.Waiting = append(live.Waiting, TeamCaller{Call: c.Call, Number: c.Number, Name: c.Name, Since: c.Since, Rings: rings, Needs: needs})
	}
	for _, m := range t.Agents {
		seen := state.Members[m.User]
		member := TeamMemberLive{User: m.User.String(), Name: a.nameOf(context.Background(), m.User), Doing: string(seen.Doing), In: m.In, Since: m.Since, Calls: seen.Calls}
		if m.Paused != "" {
			member.Paused = t.Title(m.Paused)
		}
		live.Members = append(live.Members, member)
	}
	return live, nil
}

// moveMember lets a member in or out, or pause.
func (a *API) moveMember(ctx context.Context, req teamMoveRequest) (none, error) {
	t, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return none{}, err
	}
	before, member := t.Agent(req.JID.Bare())
	if !member {
		return none{}, fault.Newf(fault.NotFound, "%s is no member of this team", req.JID)
	}
	if before.In != req.Body.In {
		if err := a.Directory.Teams.LogIn(ctx, me(ctx).JID, req.ID, req.JID, req.Body.In); err != nil {
			return none{}, err
		}
	}
	if req.Body.In && (before.Paused != req.Body.Paused || !before.In) {
		if err := a.Directory.Teams.Pause(ctx, me(ctx).JID, req.ID, req.JID, req.Body.Paused); err != nil {
			return none{}, err
		}
	}
	var d diff
	d.flag("in "+req.JID.String(), before.In, req.Body.In)
	d.text("paused "+req.JID.String(), before.Paused, req.Body.Paused)
	note(ctx, teamEntry("team.member", t, d))
	return none{}, nil
}

func teamEntry(action string, t directory.Team, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "team", Object: t.ID, Name: t.Name, Changes: changes}
}

func teamChanges(before, after Team) diff {
	var d diff
	d.text("name", before.Name, after.Name)
	d.text("extension", before.Extension, after.Extension)
	d.text("strategy", before.Strategy, after.Strategy)
	for _, n := range []struct {
		field         string
		before, after int
	}{
		{"memberTimeout", before.MemberTimeout, after.MemberTimeout}, {"wrapUp", before.WrapUp, after.WrapUp}, {"maxWaiting", before.MaxWaiting, after.MaxWaiting},
		{"internalTimeout", before.InternalTimeout, after.InternalTimeout}, {"externalTimeout", before.ExternalTimeout, after.ExternalTimeout},
		{"announce", before.Announce, after.Announce}, {"weight", before.Weight, after.Weight},
	} {
		d.text(n.field, strconv.Itoa(n.before), strconv.Itoa(n.after))
	}
	d.flag("joinEmpty", before.JoinEmpty, after.JoinEmpty)
	d.flag("leaveEmpty", before.LeaveEmpty, after.LeaveEmpty)
	d.flag("ringback", before.Ringback, after.Ringback)
	d.text("notify", before.Notify, after.Notify)
	d.text("pickupGroup", before.PickupGroup, after.PickupGroup)
	d.text("boxEmail", before.BoxEmail, after.BoxEmail)
	d.flag("boxDiscard", before.BoxDiscard, after.BoxDiscard)
	d.text("afterTarget", before.AfterTarget, after.AfterTarget)
	d.text("priorityLabel", before.PriorityLabel, after.PriorityLabel)
	d.text("timeoutLabel", before.TimeoutLabel, after.TimeoutLabel)
	d.text("loginCode", before.LoginCode, after.LoginCode)
	d.text("pauseReasons", reasonTexts(before.PauseReasons), reasonTexts(after.PauseReasons))
	d.text("members", memberTexts(before.Members), memberTexts(after.Members))
	return d
}

// pinChange notes that a PIN was set or removed, not which.
func pinChange(pin *string, d diff) []audit.Change {
	if pin != nil {
		d = append(d, audit.Change{Field: "boxPin"})
	}
	return d
}

func reasonTexts(list []PauseReason) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.Code + " " + r.Title
	}
	return someOf(texts)
}

func memberTexts(list []TeamMember) string {
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = fmt.Sprintf("%s %d/%d", m.User, m.Priority, m.Weight)
		if m.Dynamic {
			texts[i] += " dynamic"
		}
	}
	return someOf(texts)
}
