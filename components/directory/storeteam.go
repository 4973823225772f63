package directory

import (
	"encoding/json"
	"errors"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

const (
	teamColumns   = "id, form, revision, changed, changed_by"
	memberColumns = "team, place, member, dynamic, weight, priority, present, paused, since"
)

func scanTeam(rows *store.Rows) (Team, error) {
	var t Team
	var form, by string
	var changed int64
	if err := rows.Scan(&t.ID, &form, &t.Revision, &changed, &by); err != nil {
		return t, err
	}
	t.Changed = fromMillis(changed)
	var err error
	t.ChangedBy, err = parseActor(by)
	stored := teamForm{TeamInput: &t.TeamInput}
	err = errors.Join(err, json.Unmarshal([]byte(form), &stored))
	t.pin, t.HasPIN = stored.SealedPIN, stored.SealedPIN != nil
	return t, err
}

// teamForm is what is stored of a team's settings.
type teamForm struct {
	*TeamInput
	SealedPIN []byte `json:",omitempty"`
}

// memberRow is a member as he is stored.
type memberRow struct {
	team  string
	place int
	Agent
}

func scanMember(rows *store.Rows) (m memberRow, err error) {
	var member string
	var since int64
	if err := rows.Scan(&m.team, &m.place, &member, &m.Dynamic, &m.Weight, &m.Priority, &m.In, &m.Paused, &since); err != nil {
		return m, err
	}
	m.Since = fromMillis(since)
	m.In = m.In || !m.Dynamic
	m.User, err = jid.Parse(member)
	return m, err
}

func (f *found) team(rows *store.Rows) error {
	t, err := scanTeam(rows)
	f.teams = append(f.teams, &t)
	return err
}

func (f *found) teamMember(rows *store.Rows) error {
	m, err := scanMember(rows)
	f.members = append(f.members, m)
	return err
}

// withMembers puts the members into the team that they are in.
func (t *Team) withMembers(members []memberRow) {
	places := make(map[jid.JID]int)
	t.Agents = nil
	for _, m := range members {
		if m.team == t.ID {
			t.Agents = append(t.Agents, m.Agent)
			places[m.User] = m.place
		}
	}
	t.inOrder(places)
}

// team reads one in the transaction; one that nothing was set for has the defaults.
func (t *txn) team(id string) (Object, Team, error) {
	object, err := t.object(Teams, id)
	if err != nil {
		return object, Team{}, err
	}
	team := Team{ID: id, TeamInput: DefaultTeam()}
	rows, err := t.Query("SELECT "+teamColumns+" FROM directory_team WHERE id = $1", id)
	if err != nil {
		return object, team, err
	}
	if rows.Next() {
		if team, err = scanTeam(rows); err != nil {
			return object, team, err
		}
	}
	if object.Revision > team.Revision {
		team.Revision, team.Changed, team.ChangedBy = object.Revision, object.Changed, object.ChangedBy
	}
	team.Name, team.Extension = object.Name, object.Extension
	rows, err = t.Query("SELECT "+memberColumns+" FROM directory_team_member WHERE team = $1", id)
	if err != nil {
		return object, team, err
	}
	var members []memberRow
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return object, team, err
		}
		members = append(members, m)
	}
	team.withMembers(members)
	return object, team, nil
}

// putTeam writes the settings of a team, new or changed, and its members, of whom those who were there keep what they do.
func (t *txn) putTeam(id string, in *TeamInput, before []Agent, pin []byte) error {
	stored := in.clone()
	stored.Name, stored.Extension, stored.Members, stored.BoxPIN = "", "", nil, nil // they are elsewhere
	form, err := json.Marshal(teamForm{&stored, pin})
	if err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO directory_team ("+teamColumns+") VALUES "+placeholders(1, 5)+" ON CONFLICT (id) DO UPDATE SET"+
		" form = excluded.form, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		id, string(form), t.note(TeamChanged, id), millis(now()), t.by.String())
	if err != nil {
		return err
	}
	if _, err := t.Exec("DELETE FROM directory_team_member WHERE team = $1", id); err != nil {
		return err
	}
	for place, member := range in.Members {
		a := Agent{TeamMember: member, In: !member.Dynamic, Since: now()}
		for _, old := range before {
			if old.User == member.User {
				a.In, a.Paused, a.Since = old.In || !member.Dynamic, old.Paused, old.Since
			}
		}
		if !in.Knows(a.Paused) {
			a.Paused = "" // the reason is gone
		}
		_, err := t.Exec("INSERT INTO directory_team_member ("+memberColumns+") VALUES "+placeholders(1, 9),
			id, place, a.User.String(), a.Dynamic, a.Weight, a.Priority, a.In, a.Paused, millis(a.Since))
		if err != nil {
			return err
		}
	}
	return nil
}

// putAgent writes what a member does.
func (t *txn) putAgent(team string, a *Agent) error {
	t.note(TeamChanged, team)
	_, err := t.Exec("UPDATE directory_team_member SET present = $3, paused = $4, since = $5 WHERE team = $1 AND member = $2",
		team, a.User.String(), a.In, a.Paused, millis(a.Since))
	return err
}

// leaveTeams takes a user out of all teams.
func (t *txn) leaveTeams(user jid.JID) error {
	rows, err := t.Query("SELECT team FROM directory_team_member WHERE member = $1", user.String())
	if err != nil {
		return err
	}
	for rows.Next() {
		var team string
		if err := rows.Scan(&team); err != nil {
			return err
		}
		t.note(TeamChanged, team)
	}
	_, err = t.Exec("DELETE FROM directory_team_member WHERE member = $1", user.String())
	return err
}

// removeTeam deletes what is set for a team.
func (t *txn) removeTeam(id string) error {
	t.note(TeamChanged, id)
	if err := t.removeFlow(OfTeam(id)); err != nil {
		return err
	}
	if _, err := t.Exec("DELETE FROM directory_team_member WHERE team = $1", id); err != nil {
		return err
	}
	_, err := t.Exec("DELETE FROM directory_team WHERE id = $1", id)
	return err
}
