package directory

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// TeamService is the service for the settings of teams, and for what their members do. It answers from memory.
type TeamService struct{ dir *Directory }

// List returns all teams, sorted by name.
func (s *TeamService) List() []Team {
	m := s.dir.model
	var all []Team
	m.withObjects(Teams, func(order []*objectEntry) {
		all = make([]Team, len(order))
		for i, e := range order {
			all[i] = m.team(e)
		}
	})
	return all
}

// Get returns a team; fault.NotFound when there is none.
func (s *TeamService) Get(id string) (Team, error) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e := m.objects[objectKey{Teams, id}]; e != nil {
		return m.team(e), nil
	}
	return Team{}, fault.New(fault.NotFound, "there is no such team")
}

// AtExtension returns the team whose extension this is. It reports false for a number that no team has.
func (s *TeamService) AtExtension(extension string) (Team, bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	owner, ok := m.extensions[extension]
	if !ok || owner.pool != PoolTeam || m.objects[objectKey{Teams, owner.owner}] == nil {
		return Team{}, false
	}
	return m.team(m.objects[objectKey{Teams, owner.owner}]), true
}

// AtLoginCode returns the team whose login code the digits begin with, and what follows. Where two teams were given such codes at the same moment it is
// always the same one.
func (s *TeamService) AtLoginCode(dialled string) (t Team, rest string, ok bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := ""
	for id, team := range m.teams {
		if team.LoginCode != "" && strings.HasPrefix(dialled, team.LoginCode) && m.objects[objectKey{Teams, id}] != nil && (found == "" || id < found) {
			found = id
		}
	}
	if found == "" {
		return Team{}, "", false
	}
	t = m.team(m.objects[objectKey{Teams, found}])
	return t, dialled[len(t.LoginCode):], true
}

// Of returns the teams in which a user is, sorted by name.
func (s *TeamService) Of(user jid.JID) []Team {
	return slices.DeleteFunc(s.List(), func(t Team) bool {
		_, member := t.Agent(user)
		return !member
	})
}

// CheckTeam applies all rules to a form without saving it: the error has FieldErrors. An empty id stands for a new team.
func (s *TeamService) CheckTeam(id string, in TeamInput) error {
	in = in.tidy()
	return s.check(id, &in).orNil()
}

func (s *TeamService) check(id string, in *TeamInput) FieldErrors {
	bad := in.check()
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if owner, used := m.extensions[in.Extension]; in.Extension != "" && used && owner.owner != id {
		bad = append(bad, s.dir.extensionTaken("extension", in.Extension, PoolTeam))
	}
	for key, e := range m.objects {
		if key.kind == Teams && key.id != id && e.sortName == fold(in.Name) {
			bad.add("name", "taken", "there is a team of this name already")
		}
	}
	for other, t := range m.teams {
		if other != id && in.LoginCode != "" && t.LoginCode != "" && sameStart(in.LoginCode, t.LoginCode) {
			bad.add("loginCode", "taken", "a team has this code, or one that begins with it or with which it begins")
			break
		}
	}
	if len(bad) == 0 && in.LoginCode != "" && clashes(in.LoginCode, m.telephony.dialledCodes()) {
		bad.add("loginCode", "reserved", "this code would be taken for another function, or another one for it")
	}
	bad = append(bad, m.afterErrors(id, in)...)
	if g := m.permissions[in.PickupGroup]; in.PickupGroup != "" && (g == nil || !slices.Contains(g.Types, PickupGroup)) {
		bad.add("pickupGroup", "unknown", "there is no such permission with "+string(PickupGroup))
	}
	for i, member := range in.Members {
		if !member.User.IsZero() && m.accounts[member.User] == nil {
			bad.add(fmt.Sprintf("members.%d.user", i), "unknown", "there is no user "+member.User.String())
		}
	}
	return bad
}

// afterErrors applies the rules for where callers go on to: somebody, and not round in a circle.
func (m *model) afterErrors(id string, in *TeamInput) (bad FieldErrors) {
	if !digits(in.leads()) || in.AfterTarget == in.Extension {
		return nil
	}
	owner, ok := m.callable(in.AfterTarget)
	if !ok {
		bad.add("afterTarget", "unknown", "no user, team, menu or call router has this extension")
		return bad
	}
	for n := 0; ; n++ {
		next := m.passesOn(owner.owner, owner.pool)
		if owner.pool == PoolTeam && owner.owner == id || next != "" && next == in.Extension || n > MaxTeams {
			bad.add("afterTarget", "circle", "callers would come back to this team")
			return bad
		}
		if owner, ok = m.extensions[next]; !ok {
			return nil
		}
	}
}

// passesOn is that of the transaction, from memory.
func (m *model) passesOn(owner string, pool Pool) string {
	switch pool {
	case PoolAccount:
		if f, ok := m.forwards[jid.Canonical(owner)]; ok && f.leads() {
			return f.Target
		}
	case PoolTeam:
		if t := m.teams[owner]; t != nil {
			return t.leads()
		}
	}
	return ""
}

// Create makes a team. Errors for fields are FieldErrors.
func (s *TeamService) Create(ctx context.Context, by jid.JID, in TeamInput) (Team, error) {
	id := newID()
	err := s.save(ctx, by, id, in, func(t *txn) (Object, Team, error) {
		var n int
		if err := t.QueryRow("SELECT COUNT(*) FROM directory_object WHERE kind = $1", string(Teams)).Scan(&n); err != nil {
			return Object{}, Team{}, err
		}
		if n >= MaxTeams {
			return Object{}, Team{}, fault.Newf(fault.Limit, "there are %d teams, and more cannot be", n)
		}
		return Object{Kind: Teams, ID: id}, Team{ID: id}, nil
	})
	if err != nil {
		return Team{}, err
	}
	return s.Get(id)
}

// Update saves the form of a team that was read at a revision. When it was changed since, the error is a *ConflictError. Members who stay keep what
// they do.
func (s *TeamService) Update(ctx context.Context, by jid.JID, id string, revision int64, in TeamInput) (Team, error) {
	err := s.save(ctx, by, id, in, func(t *txn) (Object, Team, error) {
		object, before, err := t.team(id)
		if err == nil && before.Revision != revision {
			err = conflict(before.ChangedBy, before.Changed, before)
		}
		return object, before, err
	})
	if err != nil {
		return Team{}, err
	}
	return s.Get(id)
}

func (s *TeamService) save(ctx context.Context, by jid.JID, id string, in TeamInput, start func(*txn) (Object, Team, error)) error {
	in = in.tidy()
	if err := s.check(id, &in).orNil(); err != nil {
		return err
	}
	return s.dir.write(ctx, by, "save team "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		object, before, err := start(t)
		if err != nil {
			return err
		}
		if object.Name != in.Name || object.Extension != in.Extension {
			taken, err := t.claim(in.Extension, object.Extension, PoolTeam, object.ID)
			if err != nil {
				return err
			}
			if taken { // since it was checked
				return FieldErrors{{Field: "extension", Code: "taken", Text: "the extension is taken"}}.orNil()
			}
			object.Name, object.Extension = in.Name, in.Extension
			if err := t.putObject(&object); err != nil {
				return err
			}
		}
		pin := before.pin
		if in.BoxPIN != nil {
			pin = nil
		}
		if in.BoxPIN != nil && *in.BoxPIN != "" {
			if pin, err = s.dir.seal.Seal([]byte(*in.BoxPIN)); err != nil {
				return err
			}
		}
		if before.Revision == 0 { // it is new
			if err := t.startFlow(s.dir.model, OfTeam(id)); err != nil {
				return err
			}
		}
		return t.putTeam(id, &in, before.Agents, pin)
	})
}

// Notified are the users who are to hear of a caller that waits for a team, as it says: of those who may pick him up.
func (s *TeamService) Notified(id string) []jid.JID {
	t, err := s.Get(id)
	if err != nil || t.Notify == NotifyNobody {
		return nil
	}
	var list []jid.JID
	for _, user := range s.dir.Permissions.pickupGroup(id, t.PickupGroup) {
		if _, member := t.Agent(user); !member || t.Notify == NotifyGroup {
			list = append(list, user)
		}
	}
	for _, a := range t.Agents {
		if available := a.In && a.Paused == ""; t.Notify == NotifyAvailable && available || t.Notify == NotifyAway && !available {
			list = append(list, a.User)
		}
	}
	return slices.DeleteFunc(list, func(user jid.JID) bool { return !s.dir.Permissions.MayPickUp(user, Teams, id) })
}

// CheckPIN reports whether this is the PIN of a team's voicemail box. Without one none is.
func (s *TeamService) CheckPIN(id, pin string) (bool, error) {
	t, err := s.Get(id)
	if err != nil || t.pin == nil {
		return false, nil
	}
	stored, err := s.dir.seal.Open(t.pin)
	if err != nil {
		return false, fmt.Errorf("check the PIN of team %s: %w", id, err)
	}
	return subtle.ConstantTimeCompare(stored, []byte(pin)) == 1, nil
}

// Delete removes a team. Who waits there goes on as if nobody had taken the call.
func (s *TeamService) Delete(ctx context.Context, by jid.JID, id string) error {
	return s.dir.Objects.Delete(ctx, by, Teams, id)
}

// mayMove refuses to log somebody else in or out: that is for supervisors, and for who may manage the organisation.
func (s *TeamService) mayMove(t *txn, user jid.JID) error {
	if t.by == user || t.level.ManagesUsers() || s.dir.Permissions.Holds(t.by, Supervisor) {
		return nil
	}
	return fault.Newf(fault.Forbidden, "logging others in or out needs the permission %s", Supervisor)
}

// LogIn lets a member in or out; fault.Conflict for one who is always in.
func (s *TeamService) LogIn(ctx context.Context, by jid.JID, id string, user jid.JID, in bool) error {
	return s.move(ctx, by, id, user, func(_ *Team, a *Agent) error {
		return a.LogIn(in)
	})
}

// Pause lets a member pause for a reason, or go on with an empty one; fault.Invalid when the team does not know the reason, fault.Conflict when he is not
// in.
func (s *TeamService) Pause(ctx context.Context, by jid.JID, id string, user jid.JID, reason string) error {
	return s.move(ctx, by, id, user, func(t *Team, a *Agent) error {
		return t.Pause(a, reason)
	})
}

func (s *TeamService) move(ctx context.Context, by jid.JID, id string, user jid.JID, change func(*Team, *Agent) error) error {
	user = user.Bare()
	return s.dir.write(ctx, by, "change a member of team "+id, func(t *txn) error {
		if err := s.mayMove(t, user); err != nil {
			return err
		}
		_, team, err := t.team(id)
		if err != nil {
			return err
		}
		before, member := team.Agent(user)
		if !member {
			return fault.Newf(fault.NotFound, "%s is no member of this team", user)
		}
		after := before
		if err := change(&team, &after); err != nil {
			return err
		}
		if after == before {
			return errUnchanged
		}
		after.Since = now()
		return t.putAgent(id, &after)
	})
}

// team puts together what the model knows of a team. The model is locked for reading.
func (m *model) team(o *objectEntry) Team {
	t := Team{ID: o.ID, Revision: o.Revision, Changed: o.Changed, ChangedBy: o.ChangedBy, TeamInput: DefaultTeam()}
	if e := m.teams[o.ID]; e != nil {
		t = *e
		t.TeamInput = e.clone()
		t.Agents = slices.Clone(e.Agents)
		if o.Revision > t.Revision {
			t.Revision, t.Changed, t.ChangedBy = o.Revision, o.Changed, o.ChangedBy
		}
	}
	t.Name, t.Extension = o.Name, o.Extension
	return t
}

// inOrder sorts agents as the list of members has them, and makes that list.
func (t *Team) inOrder(places map[jid.JID]int) {
	slices.SortFunc(t.Agents, func(a, b Agent) int { return cmp.Compare(places[a.User], places[b.User]) })
	t.Members = nil
	for _, a := range t.Agents {
		t.Members = append(t.Members, a.TeamMember)
	}
}
