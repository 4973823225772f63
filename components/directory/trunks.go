package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Trunks is the service for the ways to the outside world. It answers from memory.
type Trunks struct{ dir *Directory }

// ManagesTrunks reports whether the level may change trunks.
func (r Role) ManagesTrunks() bool { return r == SystemAdministrator || r == Administrator }

// ManagesServices reports whether the level may change the settings of services, such as TelephonySettings.
func (r Role) ManagesServices() bool { return r == SystemAdministrator }

func (t *txn) mayManageTrunks() error {
	if t.level.ManagesTrunks() {
		return nil
	}
	return fault.New(fault.Forbidden, "changing trunks needs the level of an administrator")
}

func errNoTrunk() error { return fault.New(fault.NotFound, "there is no such trunk") }

// List returns all trunks, sorted by name.
func (s *Trunks) List() []Trunk {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]Trunk, 0, len(m.trunks))
	for _, e := range m.trunks {
		all = append(all, e.copy())
	}
	slices.SortFunc(all, func(a, b Trunk) int {
		return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return all
}

// Get returns a trunk; fault.NotFound when there is none.
func (s *Trunks) Get(id string) (Trunk, error) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e := m.trunks[id]; e != nil {
		return e.copy(), nil
	}
	return Trunk{}, errNoTrunk()
}

// Password returns the password of an account, empty for none. It is for what logs in there.
func (s *Trunks) Password(trunk, account string) (string, error) {
	m := s.dir.model
	m.mu.RLock()
	e := m.trunks[trunk]
	m.mu.RUnlock()
	if e == nil {
		return "", errNoTrunk()
	}
	passwords, err := s.dir.seal.openPasswords(e.passwords)
	if err != nil {
		return "", fmt.Errorf("read the passwords of trunk %s: %w", trunk, err)
	}
	return passwords[account], nil
}

// CheckTrunk applies all rules to a form without saving it: the error has FieldErrors. An empty id stands for a new trunk.
func (s *Trunks) CheckTrunk(id string, in TrunkInput) error {
	in = in.tidy()
	return s.check(id, &in).orNil()
}

func (s *Trunks) check(id string, in *TrunkInput) FieldErrors {
	bad := in.check()
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, e := range m.trunks {
		if e.ID != id && fold(e.Name) == fold(in.Name) {
			bad.add("name", "taken", "there is a trunk of this name already")
		}
	}
	return bad
}

// Create makes a trunk. Errors for fields are FieldErrors. With a block it gets the rules of DefaultRules behind those of the form.
func (s *Trunks) Create(ctx context.Context, by jid.JID, in TrunkInput, block *NumberBlock) (Trunk, error) {
	in = in.tidy()
	if block != nil {
		inbound, outbound, err := DefaultRules(*block, in.Prefix)
		if err != nil {
			return Trunk{}, err
		}
		in.Inbound, in.Outbound = append(in.Inbound, inbound...), append(in.Outbound, outbound...)
	}
	if err := s.check("", &in).orNil(); err != nil {
		return Trunk{}, err
	}
	id := newID()
	err := s.dir.write(ctx, by, "create trunk", func(t *txn) error {
		if err := t.mayManageTrunks(); err != nil {
			return err
		}
		var n int
		if err := t.QueryRow("SELECT COUNT(*) FROM directory_trunk").Scan(&n); err != nil {
			return err
		}
		if n >= MaxTrunks {
			return fault.Newf(fault.Limit, "there are %d trunks, and more cannot be", n)
		}
		return t.putTrunk(s.dir.seal, id, in, nil)
	})
	if err != nil {
		return Trunk{}, err
	}
	return s.Get(id)
}

// Update saves the form of a trunk that was read at a revision. When it was changed since, the error is a *ConflictError.
func (s *Trunks) Update(ctx context.Context, by jid.JID, id string, revision int64, in TrunkInput) (Trunk, error) {
	in = in.tidy()
	if err := s.check(id, &in).orNil(); err != nil {
		return Trunk{}, err
	}
	err := s.dir.write(ctx, by, "change trunk "+id, func(t *txn) error {
		if err := t.mayManageTrunks(); err != nil {
			return err
		}
		before, sealed, err := t.trunk(id)
		if err != nil {
			return err
		}
		if before.Revision != revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		passwords, err := s.dir.seal.openPasswords(sealed)
		if err != nil {
			return err
		}
		return t.putTrunk(s.dir.seal, id, in, passwords)
	})
	if err != nil {
		return Trunk{}, err
	}
	return s.Get(id)
}

// Delete removes a trunk.
func (s *Trunks) Delete(ctx context.Context, by jid.JID, id string) error {
	return s.dir.write(ctx, by, "delete trunk "+id, func(t *txn) error {
		if err := t.mayManageTrunks(); err != nil {
			return err
		}
		if _, _, err := t.trunk(id); err != nil {
			return err
		}
		t.note(TrunkChanged, id)
		_, err := t.Exec("DELETE FROM directory_trunk WHERE id = $1", id)
		return err
	})
}

// TelephonySettings is the service for what is set for all telephones.
type TelephonySettings struct{ dir *Directory }

// Get returns the settings. It answers from memory.
func (s *TelephonySettings) Get() Telephony {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	t := m.telephony
	t.TelephonyInput = t.Input()
	return t
}

// GroupNumber returns the external group number in E.164, empty for none.
func (s *TelephonySettings) GroupNumber() string {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.telephony.ExternalGroupNumber
}

// CodeFor is what is dialled now for a function that has a standard code.
func (s *TelephonySettings) CodeFor(standard string) string {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.telephony.CodeFor(standard)
}

// CheckTelephony applies all rules to a form without saving it: the error has FieldErrors.
func (s *TelephonySettings) CheckTelephony(in TelephonyInput) error {
	in = in.tidy()
	return s.check(&in).orNil()
}

func (s *TelephonySettings) check(in *TelephonyInput) FieldErrors {
	bad := in.check()
	if len(bad) > 0 {
		return bad
	}
	trunks := (&Trunks{s.dir}).List()
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	for function, code := range in.Codes {
		for _, team := range m.teams {
			if team.LoginCode != "" && clashes(team.LoginCode, []string{code}) {
				bad.add("codes."+function, "login_code", code+" would be taken for the login code of a team, or that for it")
			}
		}
	}
	if in.ExternalGroupNumber == "" {
		return bad
	}
	return append(bad, in.checkGroupNumber(trunks, m.extensionUsed)...)
}

// Update saves the settings that were read at a revision. When they were changed since, the error is a *ConflictError.
func (s *TelephonySettings) Update(ctx context.Context, by jid.JID, revision int64, in TelephonyInput) (Telephony, error) {
	in = in.tidy()
	if err := s.check(&in).orNil(); err != nil {
		return Telephony{}, err
	}
	err := s.dir.write(ctx, by, "change the settings of telephony", func(t *txn) error {
		if !t.level.ManagesServices() {
			return fault.New(fault.Forbidden, "changing the settings of services needs the level of a system administrator")
		}
		before, err := t.telephony()
		if err != nil {
			return err
		}
		if before.Revision != revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		return t.putTelephony(in)
	})
	if err != nil {
		return Telephony{}, err
	}
	return s.Get(), nil
}
