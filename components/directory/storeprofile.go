package directory

import (
	"encoding/json"
	"errors"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

const profileColumns = "id, form, revision, changed, changed_by, owner"

func scanProfile(rows *store.Rows) (*Profile, error) {
	p := &Profile{}
	var form, by, owner string
	var changed int64
	if err := rows.Scan(&p.ID, &form, &p.Revision, &changed, &by, &owner); err != nil {
		return nil, err
	}
	p.Changed = fromMillis(changed)
	var err, bad error
	p.ChangedBy, err = parseActor(by)
	p.Owner, bad = parseActor(owner)
	return p, errors.Join(err, bad, json.Unmarshal([]byte(form), &p.ProfileInput))
}

func (f *found) profile(rows *store.Rows) error {
	p, err := scanProfile(rows)
	if err == nil {
		f.profiles = append(f.profiles, p)
	}
	return err
}

// profile reads one in the transaction.
func (t *txn) profile(id string) (Profile, error) {
	rows, err := t.Query("SELECT "+profileColumns+" FROM directory_profile WHERE id = $1", id)
	if err != nil {
		return Profile{}, err
	}
	if !rows.Next() {
		return Profile{}, errNoProfile()
	}
	p, err := scanProfile(rows)
	if err != nil {
		return Profile{}, err
	}
	return *p, nil
}

// putProfile writes a profile, new or changed. Names are unique among those of one owner.
func (t *txn) putProfile(id string, owner jid.JID, in *ProfileInput) error {
	form, err := json.Marshal(in)
	if err != nil {
		return err
	}
	folded := fold(in.Name)
	if !owner.IsZero() {
		folded = owner.String() + "\n" + folded
	}
	var other string
	switch err := t.QueryRow("SELECT id FROM directory_profile WHERE folded = $1 AND id <> $2", folded, id).Scan(&other); {
	case err == nil:
		return FieldErrors{{Field: "name", Code: "taken", Text: "there is a profile of this name already"}}.orNil()
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	_, err = t.Exec("INSERT INTO directory_profile ("+profileColumns+", folded) VALUES "+placeholders(1, 7)+" ON CONFLICT (id) DO UPDATE SET"+
		" folded = excluded.folded, form = excluded.form, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		id, string(form), t.note(ProfileChanged, id), millis(now()), t.by.String(), owner.String(), folded)
	return err
}

const profileUseColumns = "owner, profile, previous, triggered, since, set_by"

func scanProfileUse(rows *store.Rows) (ProfileUse, error) {
	var u ProfileUse
	var owner, by string
	var since int64
	err := rows.Scan(&owner, &u.Profile, &u.Previous, &u.Triggered, &since, &by)
	if err != nil {
		return u, err
	}
	u.Since = fromMillis(since)
	var bad error
	u.User, err = jid.Parse(owner)
	u.By, bad = parseActor(by)
	return u, errors.Join(err, bad)
}

func (f *found) profileUse(rows *store.Rows) error {
	u, err := scanProfileUse(rows)
	f.profileUses = append(f.profileUses, u)
	return err
}

// profileUse reads in which profile somebody is, in the transaction.
func (t *txn) profileUse(user jid.JID) (ProfileUse, error) {
	rows, err := t.Query("SELECT "+profileUseColumns+" FROM directory_profile_use WHERE owner = $1", user.String())
	if err != nil {
		return ProfileUse{}, err
	}
	if !rows.Next() {
		return ProfileUse{User: user, Profile: AvailableID, Previous: AvailableID}, nil
	}
	return scanProfileUse(rows)
}

func (t *txn) usersOfProfile(id string) (users []string, err error) {
	rows, err := t.Query("SELECT owner FROM directory_profile_use WHERE profile = $1", id)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var owner string
		if err := rows.Scan(&owner); err != nil {
			return nil, err
		}
		users = append(users, owner)
	}
	return users, nil
}

func (t *txn) putProfileUse(u *ProfileUse) error {
	t.note(ProfileSet, u.User.String())
	_, err := t.Exec("INSERT INTO directory_profile_use ("+profileUseColumns+") VALUES "+placeholders(1, 6)+" ON CONFLICT (owner) DO UPDATE SET"+
		" profile = excluded.profile, previous = excluded.previous, triggered = excluded.triggered, since = excluded.since, set_by = excluded.set_by",
		u.User.String(), u.Profile, u.Previous, u.Triggered, millis(u.Since), u.By.String())
	return err
}
