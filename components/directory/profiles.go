package directory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Profiles is the service for profiles, and for who is in which. It answers from memory.
type Profiles struct{ dir *Directory }

func errNoProfile() error { return fault.New(fault.NotFound, "there is no such profile") }

// List returns the profiles that administrators have made: those that are always there first, then by name.
func (s *Profiles) List() []Profile { return s.of(jid.JID{}) }

// Own returns the profiles that a user has made for himself, by name.
func (s *Profiles) Own(user jid.JID) []Profile { return s.of(user.Bare()) }

func (s *Profiles) of(owner jid.JID) []Profile {
	return slices.DeleteFunc(s.All(), func(p Profile) bool { return p.Owner != owner })
}

// All returns all profiles, also those that users have made for themselves, sorted as List sorts.
func (s *Profiles) All() []Profile {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]Profile, 0, len(m.profiles))
	for _, p := range m.profiles {
		all = append(all, p.copy())
	}
	slices.SortFunc(all, compareProfiles)
	return all
}

func compareProfiles(a, b Profile) int {
	rank := func(p *Profile) int { return slices.Index([]string{DNDID, AvailableID}, p.ID) } // -1 for others
	return cmp.Or(cmp.Compare(rank(&b), rank(&a)), strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.ID, b.ID))
}

func (p *Profile) copy() Profile {
	c := *p
	c.ProfileInput = p.clone()
	return c
}

// Get returns a profile; fault.NotFound when there is none.
func (s *Profiles) Get(id string) (Profile, error) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if p := m.profiles[id]; p != nil {
		return p.copy(), nil
	}
	return Profile{}, errNoProfile()
}

// OfferedTo returns the profiles that a user may choose, sorted as List sorts, his own last. They are none for who is no active user.
func (s *Profiles) OfferedTo(user jid.JID) []Profile {
	var list []Profile
	for _, p := range append(s.List(), s.Own(user)...) {
		if s.Offered(user, p.ID) {
			list = append(list, p)
		}
	}
	return list
}

// MayMakeOwn reports whether a user may make profiles for himself, and use those that he has made.
func (s *Profiles) MayMakeOwn(user jid.JID) bool {
	return s.dir.Permissions.Holds(user, ProfilePersonal)
}

// Offered reports whether a user may choose a profile.
func (s *Profiles) Offered(user jid.JID, id string) bool {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.offered(user.Bare(), id)
}

func (m *model) offered(user jid.JID, id string) bool {
	e, p := m.accounts[user], m.profiles[id]
	if e == nil || p == nil || !e.active() {
		return false
	}
	if !p.Owner.IsZero() {
		return p.Owner == user && m.holds(e, ProfilePersonal)
	}
	return p.System() || m.hasOne(e, p.Permissions)
}

// hasOne reports whether a user has one of some permissions; one that is gone is nobody's.
func (m *model) hasOne(e *entry, permissions []string) bool {
	return slices.ContainsFunc(permissions, func(id string) bool {
		g := m.permissions[id]
		return g != nil && g.has(Users, int(e.slot))
	})
}

// Members returns the active users to whom a profile is offered, sorted by address.
func (s *Profiles) Members(id string) []jid.JID {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []jid.JID
	for user := range m.accounts {
		if m.offered(user, id) {
			list = append(list, user)
		}
	}
	slices.SortFunc(list, func(a, b jid.JID) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// Of returns the profile that a user is in: Available, for who has chosen none.
func (s *Profiles) Of(user jid.JID) (Profile, ProfileUse) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	use, ok := m.profileUses[user.Bare()]
	if !ok || m.profiles[use.Profile] == nil {
		use = ProfileUse{User: user.Bare(), Profile: AvailableID, Previous: AvailableID}
	}
	if m.profiles[use.Previous] == nil {
		use.Previous = AvailableID
	}
	if p := m.profiles[use.Profile]; p != nil {
		return p.copy(), use
	}
	return Profile{}, use
}

// Silent reports whether nothing of a user rings.
func (s *Profiles) Silent(user jid.JID) bool {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	p := m.profiles[m.profileUses[user.Bare()].Profile]
	return p != nil && p.Silent
}

// Users returns who was put into a profile, by himself, by others or by a trigger. Who has never changed his profile is in Available, and not named.
func (s *Profiles) Users(id string) []jid.JID {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []jid.JID
	for user, use := range m.profileUses {
		if use.Profile == id {
			list = append(list, user)
		}
	}
	slices.SortFunc(list, func(a, b jid.JID) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// Count returns how many users are in a profile; those who have never changed theirs are in Available.
func (s *Profiles) Count(id string) (n int) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if id == AvailableID {
		n = len(m.accounts)
	}
	for user, use := range m.profileUses {
		switch {
		case m.accounts[user] == nil: // he is gone
		case use.Profile == id && id != AvailableID:
			n++
		case use.Profile != id && id == AvailableID:
			n--
		}
	}
	return n
}

// Check applies all rules to a form without saving it: the error has FieldErrors. An empty id stands for a new profile.
func (s *Profiles) Check(id string, in ProfileInput) error {
	return s.CheckOwn(jid.JID{}, id, in)
}

// CheckOwn is Check for a profile of a user's own.
func (s *Profiles) CheckOwn(owner jid.JID, id string, in ProfileInput) error {
	in = in.tidyFor(owner)
	return s.check(owner.Bare(), id, &in).orNil()
}

// tidyFor is tidy for a profile that somebody makes for himself, zero for one that is for others.
func (in ProfileInput) tidyFor(owner jid.JID) ProfileInput {
	in = in.tidy()
	if !owner.IsZero() {
		in.Permissions = []string{}
	}
	return in
}

func (s *Profiles) check(owner jid.JID, id string, in *ProfileInput) FieldErrors {
	bad := in.check()
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	bad = append(bad, m.actionErrors(owner, in)...)
	if p := m.profiles[id]; p != nil && p.System() {
		if in.Name != p.Name {
			bad.add("name", "fixed", "the name of a built-in profile cannot be changed")
		}
		if in.Silent != p.Silent {
			bad.add("silent", "fixed", "whether a built-in profile is silent cannot be changed")
		}
		if !slices.Equal(in.Permissions, p.Permissions) {
			bad.add("permissions", "fixed", "a built-in profile is offered to everybody")
		}
	}
	for _, permission := range in.Permissions {
		if m.permissions[permission] == nil {
			bad.add("permissions", "unknown", "there is no such permission")
		}
	}
	for _, p := range m.profiles {
		if p.ID != id && (p.Owner.IsZero() || p.Owner == owner) && fold(p.Name) == fold(in.Name) {
			bad.add("name", "taken", "there is a profile of this name already")
		}
	}
	return bad
}

// Create makes a profile. Errors for fields are FieldErrors.
func (s *Profiles) Create(ctx context.Context, by jid.JID, in ProfileInput) (Profile, error) {
	return s.create(ctx, by, jid.JID{}, in)
}

// CreateOwn makes a profile of a user's own; fault.Forbidden for who may not.
func (s *Profiles) CreateOwn(ctx context.Context, owner jid.JID, in ProfileInput) (Profile, error) {
	return s.create(ctx, owner, owner.Bare(), in)
}

func (s *Profiles) create(ctx context.Context, by, owner jid.JID, in ProfileInput) (Profile, error) {
	in = in.tidyFor(owner)
	if err := s.mayMake(owner); err != nil {
		return Profile{}, err
	}
	if err := s.check(owner, "", &in).orNil(); err != nil {
		return Profile{}, err
	}
	id, most := newID(), MaxProfiles
	if !owner.IsZero() {
		most = MaxOwnProfiles
	}
	err := s.dir.write(ctx, by, "create profile", func(t *txn) error {
		if err := s.mayChange(t, owner); err != nil {
			return err
		}
		var n int
		if err := t.QueryRow("SELECT COUNT(*) FROM directory_profile WHERE owner = $1", owner.String()).Scan(&n); err != nil {
			return err
		}
		if n >= most {
			return fault.Newf(fault.Limit, "there are %d profiles, and more cannot be", n)
		}
		return t.putProfile(id, owner, &in)
	})
	if err != nil {
		return Profile{}, err
	}
	return s.Get(id)
}

// mayMake refuses who may not make profiles of his own; zero makes one for others.
func (s *Profiles) mayMake(owner jid.JID) error {
	if owner.IsZero() || s.MayMakeOwn(owner) {
		return nil
	}
	return fault.Newf(fault.Forbidden, "own profiles need the permission %s", ProfilePersonal)
}

// mayChange refuses who may not change a profile: those of a user are for him alone, the others for who manages the organisation.
func (s *Profiles) mayChange(t *txn, owner jid.JID) error {
	switch {
	case owner.IsZero():
		return t.mayManage()
	case owner != t.by:
		return errNoProfile()
	}
	return s.mayMake(owner)
}

// Update saves the form of a profile that was read at a revision. When it was changed since, the error is a *ConflictError. That of a user's own only he
// can change.
func (s *Profiles) Update(ctx context.Context, by jid.JID, id string, revision int64, in ProfileInput) (Profile, error) {
	now, err := s.Get(id)
	if err != nil {
		return Profile{}, err
	}
	in = in.tidyFor(now.Owner)
	if !now.Owner.IsZero() && now.Owner != by.Bare() {
		return Profile{}, errNoProfile()
	}
	if err := s.check(now.Owner, id, &in).orNil(); err != nil {
		return Profile{}, err
	}
	err = s.dir.write(ctx, by, "change profile "+id, func(t *txn) error {
		before, err := t.profile(id)
		if err != nil {
			return err
		}
		if err := s.mayChange(t, before.Owner); err != nil {
			return err
		}
		if before.Revision != revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		return t.putProfile(id, before.Owner, &in)
	})
	if err != nil {
		return Profile{}, err
	}
	return s.Get(id)
}

// Delete removes a profile. Who is in it is in Available then.
func (s *Profiles) Delete(ctx context.Context, by jid.JID, id string) error {
	if id == AvailableID || id == DNDID {
		return fault.New(fault.Conflict, "a built-in profile cannot be deleted")
	}
	return s.dir.write(ctx, by, "delete profile "+id, func(t *txn) error {
		before, err := t.profile(id)
		if err != nil {
			return err
		}
		if err := s.mayChange(t, before.Owner); err != nil {
			return err
		}
		users, err := t.usersOfProfile(id)
		if err != nil {
			return err
		}
		t.note(ProfileChanged, id)
		for _, user := range users {
			t.note(ProfileSet, user)
		}
		if _, err := t.Exec("DELETE FROM directory_profile_use WHERE profile = $1", id); err != nil {
			return err
		}
		_, err = t.Exec("DELETE FROM directory_profile WHERE id = $1", id)
		return err
	})
}
