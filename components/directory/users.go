package directory

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// CheckUser applies all rules to a form without saving it: the error has FieldErrors. A zero JID stands for a new user.
func (a *Accounts) CheckUser(bare jid.JID, in UserInput) error {
	in = in.tidy()
	return a.check(bare, &in).orNil()
}

// check applies the rules of the form and those that need the other users, as this node knows them; the transaction decides.
func (a *Accounts) check(bare jid.JID, in *UserInput) FieldErrors {
	bad := in.check(bare.IsZero())
	if in.Domain != "" && !a.dir.here(in.Domain) {
		bad.add("domain", "unknown", "there are no users in this domain")
	}
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if bare.IsZero() {
		if address, err := a.address(in); err == nil && m.accounts[address] != nil {
			bad = append(bad, loginTaken(m.accounts[address]))
		}
		for i := range bad {
			if bad[i].Field == "login" {
				bad[i].Suggestion = a.freeLogin(in)
			}
		}
	} else if in.Login != "" && in.Login != bare.Local() || in.Domain != "" && in.Domain != bare.Domain() {
		bad.add("login", "fixed", "the login name cannot be changed")
	}
	for _, e := range []struct {
		field, extension string
		pool             Pool
	}{{"extension", in.Extension, PoolAccount}, {"faxExtension", in.FaxExtension, PoolFax}} {
		owner, taken := m.extensions[e.extension]
		if taken && (owner.owner != bare.String() || owner.pool != e.pool) {
			bad = append(bad, a.dir.extensionTaken(e.field, e.extension, e.pool))
		}
	}
	return bad
}

// address is where a new user is to be.
func (a *Accounts) address(in *UserInput) (jid.JID, error) {
	domain := in.Domain
	if domain == "" {
		domain = a.dir.domains[0]
	}
	return jid.New(in.Login, domain, "")
}

// freeLogin proposes a login name like the one that was typed in, or like the person's name, which nobody has; empty when there is none at hand. The model
// is locked for reading.
func (a *Accounts) freeLogin(in *UserInput) string {
	name := cmp.Or(proposeLogin(in.Login), proposeLogin(in.DisplayName))
	if name == "" {
		return ""
	}
	for n := 1; n < 100; n++ {
		try := *in
		if try.Login = name; n > 1 {
			number := strconv.Itoa(n)
			try.Login = name[:min(len(name), MaxLoginName-len(number))] + number
		}
		if address, err := a.address(&try); err == nil && a.dir.model.accounts[address] == nil {
			return try.Login
		}
	}
	return ""
}

var errLoginTaken = FieldError{Field: "login", Code: "taken", Text: "there is a user of this name already"}

func loginTaken(e *entry) FieldError {
	if e.inBin() {
		return FieldError{Field: "login", Code: "in_bin", Text: "a deleted user of this name is in the bin: restore him, or remove him for ever first"}
	}
	return errLoginTaken
}

// extensionTaken proposes the next free one. The model is locked for reading.
func (d *Directory) extensionTaken(field, extension string, pool Pool) FieldError {
	free, err := d.cfg.Pools.next(pool, d.model.extensionUsed)
	if err != nil {
		free = "" // there is nothing to propose
	}
	if owner, err := jid.Parse(d.model.extensions[extension].owner); err == nil && d.model.accounts[owner] != nil && d.model.accounts[owner].inBin() {
		return FieldError{field, "in_bin", "the extension belongs to a deleted user in the bin", free}
	}
	return FieldError{field, "taken", "the extension is taken", free}
}

// NextExtension returns the extension that a new object of this kind would best get: the first free one of its pool. fault.Limit says that there
// is none.
func (a *Accounts) NextExtension(pool Pool) (string, error) {
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return a.dir.cfg.Pools.next(pool, m.extensionUsed)
}

// CreateUser makes a user from the form. Errors for fields are FieldErrors.
func (a *Accounts) CreateUser(ctx context.Context, by jid.JID, in UserInput) (Account, error) {
	in = in.tidy()
	if err := a.check(jid.JID{}, &in).orNil(); err != nil {
		return Account{}, err
	}
	address, err := a.address(&in)
	if err != nil {
		return Account{}, fault.Wrap(fault.Invalid, err, "this is no address of a user")
	}
	if err := a.mayCreate(ctx, address); err != nil {
		return Account{}, err
	}
	secrets, err := a.secrets(&in)
	if err != nil {
		return Account{}, err
	}
	err = a.dir.write(ctx, by, "create user "+address.String(), func(t *txn) error {
		if err := t.mayManageUser(in.Role); err != nil {
			return err
		}
		record := newRecord(address, in.DisplayName, in.Role)
		before := record
		in.fill(&record)
		secrets.fill(&record, &in)
		if _, _, err := t.create([]Record{record}, false); err != nil {
			return err
		}
		if err := a.dir.settle(t, &record, &before.Account); err != nil {
			return err
		}
		return t.startFlow(a.dir.model, OfUser(address))
	})
	if _, ok := errors.AsType[*ExistsError](err); ok {
		err = FieldErrors{errLoginTaken}.orNil()
	}
	if err != nil {
		return Account{}, err
	}
	return a.Get(ctx, address)
}

// UpdateUser saves the form of a user that was read at a revision. When he was changed since, the error is a *ConflictError. It returns the user
// as he is then.
func (a *Accounts) UpdateUser(ctx context.Context, by, bare jid.JID, revision int64, in UserInput) (Account, error) {
	if in.Login == "" {
		in.Login = bare.Local()
	}
	in = in.tidy()
	if err := a.check(bare, &in).orNil(); err != nil {
		return Account{}, err
	}
	secrets, err := a.secrets(&in)
	if err != nil {
		return Account{}, err
	}
	err = a.dir.write(ctx, by, fmt.Sprintf("change user %s", bare), func(t *txn) error {
		record, err := t.get(bare)
		if err != nil {
			return err
		}
		if err := t.mayManageUser(record.Role, in.Role); err != nil {
			return err
		}
		if record.Revision != revision {
			return conflict(record.ChangedBy, record.Changed, record.Account)
		}
		return a.edit(t, &record, &in, secrets)
	})
	if err != nil {
		return Account{}, err
	}
	return a.Get(ctx, bare)
}

// edit fills the form into a record and writes it.
func (a *Accounts) edit(t *txn, record *Record, in *UserInput, secrets *secrets) error {
	before := *record
	in.fill(record)
	if record.Disabled && !before.Disabled && record.JID == t.by {
		return fault.New(fault.Conflict, "you cannot disable yourself")
	}
	if before.isSystemAdministrator() && !record.isSystemAdministrator() {
		if err := t.keepAdministrator(&before); err != nil {
			return err
		}
	}
	secrets.fill(record, in)
	if record.Auth == AuthInternal && len(record.Keys) == 0 {
		return FieldErrors{{Field: "password", Code: "missing", Text: "internal authentication needs a password"}}.orNil()
	}
	kinds := kindsOf(&before, record)
	if len(kinds) == 0 {
		return errUnchanged
	}
	if err := t.put(record, kinds...); err != nil {
		return err
	}
	return a.dir.settle(t, record, &before.Account)
}

// kindsOf says in which ways a record changed.
func kindsOf(before, after *Record) []ChangeKind {
	var kinds []ChangeKind
	same := after.Account
	same.Disabled, same.PasswordChanged = before.Disabled, before.PasswordChanged
	if same != before.Account || !slices.Equal(before.PIN, after.PIN) {
		kinds = append(kinds, AccountEdited)
	}
	if !after.PasswordChanged.Equal(before.PasswordChanged) {
		kinds = append(kinds, PasswordSet)
	}
	switch {
	case after.Disabled && !before.Disabled:
		kinds = append(kinds, AccountDisabled)
	case !after.Disabled && before.Disabled:
		kinds = append(kinds, AccountEnabled)
	}
	return kinds
}

// settle brings extensions and devices in line with a record.
func (d *Directory) settle(t *txn, record *Record, before *Account) error {
	owner := record.JID.String()
	var bad FieldErrors
	for _, e := range []struct {
		field, now, before string
		pool               Pool
	}{{"extension", record.Extension, before.Extension, PoolAccount}, {"faxExtension", record.FaxExtension, before.FaxExtension, PoolFax}} {
		taken, err := t.claim(e.now, e.before, e.pool, owner)
		if err != nil {
			return err
		}
		if taken {
			d.model.mu.RLock()
			bad = append(bad, d.extensionTaken(e.field, e.now, e.pool))
			d.model.mu.RUnlock()
		}
	}
	if err := bad.orNil(); err != nil {
		return err
	}
	if before.Voicemail != record.Voicemail {
		if err := t.fitVoicemail(record); err != nil {
			return err
		}
	}
	return t.fitDevices(record)
}

// fill copies what the form says, secrets apart.
func (in *UserInput) fill(r *Record) {
	r.DisplayName, r.Role, r.Disabled, r.Auth = in.DisplayName, in.Role, in.Disabled, in.Auth
	r.Extension, r.Email, r.Language, r.CallWaiting, r.FaxExtension = in.Extension, in.Email, in.Language, in.CallWaiting, in.FaxExtension
	r.Voicemail, r.Softphone, r.Mobile, r.MobileNumber = in.Voicemail, in.Softphone, in.Mobile, in.MobileNumber
	if in.ShownNumber != nil {
		r.ShownNumber = *in.ShownNumber
	}
	if in.TimeZone != nil {
		r.TimeZone = *in.TimeZone
	}
}

// secrets are password and PIN as they are stored.
type secrets struct {
	keys sasl.Keys
	pin  []byte
}

// secrets makes them from the form, which takes some 10 ms for a password.
func (a *Accounts) secrets(in *UserInput) (*secrets, error) {
	var s secrets
	var err error
	if in.Password != "" {
		if s.keys, err = sasl.DeriveKeys(in.Password, a.Iterations()); err != nil {
			return nil, err
		}
	}
	if in.PIN != nil && *in.PIN != "" {
		if s.pin, err = a.dir.seal.Seal([]byte(*in.PIN)); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

func (s *secrets) fill(r *Record, in *UserInput) {
	if s.keys != nil {
		r.Keys, r.PasswordChanged = s.keys, now()
	}
	if in.Auth != AuthInternal {
		r.Keys = nil
	}
	if in.PIN != nil {
		r.PIN, r.HasPIN = s.pin, s.pin != nil
	}
}

// CheckPIN reports whether this is the PIN of an active user. Who has none has no PIN that fits. Limiting the tries is up to the caller.
func (a *Accounts) CheckPIN(ctx context.Context, bare jid.JID, pin string) (bool, error) {
	record, err := a.dir.store.get(ctx, bare)
	if fault.Is(err, fault.NotFound) || err == nil && (!record.Active() || !record.HasPIN) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	stored, err := a.dir.seal.Open(record.PIN)
	if err != nil {
		return false, fmt.Errorf("check the PIN of %s: %w", bare, err)
	}
	return subtle.ConstantTimeCompare(stored, []byte(pin)) == 1, nil
}
