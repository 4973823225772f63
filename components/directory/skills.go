package directory

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Skills is the service for what users can. It answers from memory.
type Skills struct{ dir *Directory }

// Get returns the skills of a user.
func (s *Skills) Get(user jid.JID) UserSkills {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if u, ok := m.skills[user.Bare()]; ok {
		u.Skills = slices.Clone(u.Skills)
		return u
	}
	return UserSkills{User: user.Bare()}
}

// Levels are the levels of a user's skills by their names; nil when he has none. The map is not to be changed.
func (s *Skills) Levels(user jid.JID) map[string]int {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	u := m.skills[user.Bare()]
	return u.Levels()
}

// Names are the names of all skills that somebody has, in their order. Users in the bin do not count.
func (s *Skills) Names() []string {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	names := make(map[string]bool)
	for user, u := range m.skills {
		if e := m.accounts[user]; e != nil && !e.inBin() {
			for _, one := range u.Skills {
				names[one.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Set saves the skills of a user that were read at a revision, 0 for none. When they were changed since, the error is a *ConflictError. Who manages users
// may do so.
func (s *Skills) Set(ctx context.Context, by, user jid.JID, revision int64, list []Skill) (UserSkills, error) {
	user = user.Bare()
	if err := checkSkills(list).orNil(); err != nil {
		return UserSkills{}, err
	}
	list = tidySkills(list)
	err := s.dir.write(ctx, by, "change the skills of "+user.String(), func(t *txn) error {
		record, err := t.get(user)
		if err == nil && record.InBin() {
			err = fault.Newf(fault.NotFound, "there is no user %s", user)
		}
		if err == nil {
			err = t.mayManageUser(record.Role)
		}
		if err != nil {
			return err
		}
		before, err := t.skills(user)
		if err != nil {
			return err
		}
		if revision != AnyRevision && revision != before.Revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		if slices.Equal(list, before.Skills) {
			return errUnchanged
		}
		form, err := json.Marshal(list)
		if err != nil {
			return err
		}
		_, err = t.Exec("INSERT INTO directory_skills ("+skillColumns+") VALUES "+placeholders(1, 5)+" ON CONFLICT (jid) DO UPDATE SET"+
			" skills = excluded.skills, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
			user.String(), string(form), t.note(SkillsChanged, user.String()), millis(now()), t.by.String())
		return err
	})
	if err != nil {
		return UserSkills{}, err
	}
	return s.Get(user), nil
}

const skillColumns = "jid, skills, revision, changed, changed_by"

func scanSkills(rows *store.Rows) (UserSkills, error) {
	var u UserSkills
	var user, form, by string
	var changed int64
	if err := rows.Scan(&user, &form, &u.Revision, &changed, &by); err != nil {
		return u, err
	}
	u.Changed = fromMillis(changed)
	var errs [3]error
	u.User, errs[0] = jid.Parse(user)
	u.ChangedBy, errs[1] = parseActor(by)
	errs[2] = json.Unmarshal([]byte(form), &u.Skills)
	u.index()
	return u, errors.Join(errs[:]...)
}

func (f *found) userSkills(rows *store.Rows) error {
	one, err := scanSkills(rows)
	f.skills = append(f.skills, one)
	return err
}

// skills reads those of a user in the transaction.
func (t *txn) skills(user jid.JID) (UserSkills, error) {
	rows, err := t.Query("SELECT "+skillColumns+" FROM directory_skills WHERE jid = $1", user.String())
	if err != nil || !rows.Next() {
		return UserSkills{User: user}, err
	}
	return scanSkills(rows)
}
