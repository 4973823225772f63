package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// MaxPage is the most entries that a list returns at once.
const MaxPage = 500

// Accounts is the service for users.
type Accounts struct {
	dir        *Directory
	fakeSecret []byte
	reserved   func(ctx context.Context, bare jid.JID) error
	remover    func(ctx context.Context, bare jid.JID) error
}

// Reserve sets who is asked before an account is made, beside the directory: an error refuses it. It keeps the names of those who are just being
// removed.
func (a *Accounts) Reserve(check func(ctx context.Context, bare jid.JID) error) { a.reserved = check }

// RemoveWith sets what Purge calls to remove an account with all that others keep of it; it calls Delete itself.
func (a *Accounts) RemoveWith(remove func(ctx context.Context, bare jid.JID) error) {
	a.remover = remove
}

// OnChange is Directory.OnChange.
func (a *Accounts) OnChange(fn func(Change)) { a.dir.OnChange(fn) }

// FakeSecret is what sasl.Config wants for unknown users: the same on all nodes and after a restart.
func (a *Accounts) FakeSecret() []byte { return slices.Clone(a.fakeSecret) }

// Iterations is what sasl.Config wants for unknown users: the count of new passwords.
func (a *Accounts) Iterations() int { return a.dir.cfg.Iterations }

// Get returns an account, also one in the bin; fault.NotFound when there is none.
func (a *Accounts) Get(_ context.Context, bare jid.JID) (Account, error) {
	if e := a.dir.model.account(bare); e != nil {
		return e.account(), nil
	}
	return Account{}, fault.New(fault.NotFound, "there is no such user")
}

// Sync brings what this node knows of accounts up to what is committed.
func (a *Accounts) Sync(ctx context.Context) error { return a.dir.Sync(ctx) }

// Exists reports whether there is such an account outside the bin, disabled or not. It is asked for each stanza to somebody without a session.
func (a *Accounts) Exists(_ context.Context, bare jid.JID) (bool, error) {
	e := a.dir.model.account(bare)
	return e != nil && !e.inBin(), nil
}

// Name returns what others see of a user; empty when there is no such account outside the bin.
func (a *Accounts) Name(bare jid.JID) string {
	if e := a.dir.model.account(bare); e != nil && !e.inBin() {
		return e.field(entryName)
	}
	return ""
}

// TimeZone is the time zone of a user; empty for that of the organisation.
func (a *Accounts) TimeZone(bare jid.JID) string {
	if e := a.dir.model.account(bare); e != nil {
		return e.field(entryZone)
	}
	return ""
}

// TimeZones are those that users have, each once, sorted; the first, empty, is that of the organisation.
func (a *Accounts) TimeZones() []string {
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	zones := map[string]bool{"": true}
	for _, e := range m.accounts {
		zones[e.field(entryZone)] = true
	}
	return slices.Sorted(maps.Keys(zones))
}

// LockedOut returns all who have an account and cannot log in, in no order.
func (a *Accounts) LockedOut() []jid.JID {
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var users []jid.JID
	for bare, e := range m.accounts {
		if !e.canLogIn() {
			users = append(users, bare)
		}
	}
	return users
}

// Count returns how many accounts there are outside the bin.
func (a *Accounts) Count() int {
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.accounts) - m.binned.count()
}

// List returns up to limit accounts (at most MaxPage, which 0 means too) of a domain outside the bin in the order of their JIDs, after a given one; a
// zero JID asks for the beginning. A page shorter than asked for is the last.
func (a *Accounts) List(_ context.Context, domain string, after jid.JID, limit int) ([]Account, error) {
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	var page []Account
	a.dir.model.withOrder(sortJID, func(order []*entry) {
		start, _ := slices.BinarySearchFunc(order, after.String(), func(e *entry, text string) int { return strings.Compare(e.jid.String(), text) })
		for _, e := range order[start:] {
			if e.jid != after && e.jid.Domain() == domain && !e.inBin() && len(page) < limit {
				page = append(page, e.account())
			}
		}
	})
	return page, nil
}

// Lookup returns what a login is checked against; fault.NotFound when there is no such account. It reads the
// store: keys are needed once for each login and would be most of what is kept in memory.
func (a *Accounts) Lookup(ctx context.Context, bare jid.JID) (sasl.Account, error) {
	if !a.dir.here(bare.Domain()) {
		return sasl.Account{}, fault.New(fault.NotFound, "there is no such user")
	}
	record, err := a.dir.store.get(ctx, bare)
	return sasl.Account{Keys: record.Keys, Disabled: !record.CanLogIn()}, err
}

// Create makes an account. It returns fault.Conflict when the JID is taken and fault.Invalid for what breaks a rule.
func (a *Accounts) Create(ctx context.Context, user NewAccount) (Account, error) {
	record, err := a.newRecord(user)
	if err != nil {
		return Account{}, err
	}
	if err := a.mayCreate(ctx, user.JID); err != nil {
		return Account{}, err
	}
	if record.Keys, err = sasl.DeriveKeys(user.Password, a.Iterations()); err != nil {
		return Account{}, err
	}
	err = a.dir.write(ctx, jid.JID{}, "create account "+user.JID.String(), func(t *txn) error {
		_, _, err := t.create([]Record{record}, false)
		return err
	})
	if exists, ok := errors.AsType[*ExistsError](err); ok {
		return Account{}, fault.Wrap(fault.Conflict, exists, "user "+user.JID.String()+" exists already")
	}
	if err != nil {
		return Account{}, err
	}
	return a.Get(ctx, user.JID)
}

func (a *Accounts) mayCreate(ctx context.Context, bare jid.JID) error {
	if a.reserved == nil {
		return nil
	}
	return a.reserved(ctx, bare)
}

// newRecord applies the rules; only the keys are missing.
func (a *Accounts) newRecord(user NewAccount) (Record, error) {
	if !user.JID.IsBare() || user.JID.IsDomain() || !a.dir.here(user.JID.Domain()) {
		return Record{}, fault.Newf(fault.Invalid, "%q is no address of a user here", user.JID)
	}
	name := strings.TrimSpace(user.DisplayName)
	passwordRule := CheckPassword
	if user.AnyPassword {
		passwordRule = checkLength
	}
	for _, err := range []error{CheckLoginName(user.JID.Local()), passwordRule(user.Password), CheckDisplayName(name)} {
		if err != nil {
			return Record{}, err
		}
	}
	if name == "" {
		name = user.JID.Local()
	}
	return newRecord(user.JID, name, user.Role), nil
}

// newRecord returns a user who has nothing yet.
func newRecord(address jid.JID, name string, role Role) Record {
	at := now()
	return Record{Account: Account{
		JID: address, DisplayName: name, Role: role, Created: at, PasswordChanged: at, Changed: at,
		Auth: AuthInternal, Voicemail: VoicemailNone, CallWaiting: true,
	}}
}

// SetPassword replaces the password. It is refused where another checks it.
func (a *Accounts) SetPassword(ctx context.Context, bare jid.JID, password string) error {
	return a.SetPasswordBy(ctx, jid.JID{}, bare, password)
}

// SetPasswordBy is SetPassword by an administrator, or by the user himself.
func (a *Accounts) SetPasswordBy(ctx context.Context, by, bare jid.JID, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	keys, err := sasl.DeriveKeys(password, a.Iterations())
	if err != nil {
		return err
	}
	return a.update(ctx, by, bare, PasswordSet, func(t *txn, r *Record) error {
		if by.Bare() != bare {
			if err := t.mayManageUser(r.Role); err != nil {
				return err
			}
		}
		if r.Auth != AuthInternal {
			return fault.New(fault.Conflict, "the password of this user is not kept here")
		}
		r.Keys, r.PasswordChanged = keys, now()
		return nil
	})
}

// SetDisplayName replaces what others see; an empty name means the login name.
func (a *Accounts) SetDisplayName(ctx context.Context, bare jid.JID, name string) error {
	name = strings.TrimSpace(name)
	if err := CheckDisplayName(name); err != nil {
		return err
	}
	if name == "" {
		name = bare.Local()
	}
	return a.update(ctx, jid.JID{}, bare, AccountEdited, func(_ *txn, r *Record) error {
		if r.DisplayName == name {
			return errUnchanged
		}
		r.DisplayName = name
		return nil
	})
}

// SetRole gives an administration level, or takes it with NoRole. The last system administrator keeps his: fault.Conflict.
func (a *Accounts) SetRole(ctx context.Context, bare jid.JID, role Role) error {
	return a.update(ctx, jid.JID{}, bare, AccountEdited, func(t *txn, r *Record) error {
		if r.Role == role {
			return errUnchanged
		}
		if err := t.keepAdministrator(r); err != nil {
			return err
		}
		r.Role = role
		return nil
	})
}

// Disable keeps the user from logging in. Ending the sessions that are open is up to who hears of the change. The last system administrator cannot
// be disabled: fault.Conflict.
func (a *Accounts) Disable(ctx context.Context, bare jid.JID) error {
	return a.update(ctx, jid.JID{}, bare, AccountDisabled, disable)
}

// Enable undoes Disable.
func (a *Accounts) Enable(ctx context.Context, bare jid.JID) error {
	return a.update(ctx, jid.JID{}, bare, AccountEnabled, enable)
}

func disable(t *txn, r *Record) error {
	if r.Disabled {
		return errUnchanged
	}
	if r.JID == t.by {
		return fault.New(fault.Conflict, "you cannot disable yourself")
	}
	if err := t.keepAdministrator(r); err != nil {
		return err
	}
	r.Disabled = true
	return t.leave(r.JID)
}

func enable(_ *txn, r *Record) error {
	if !r.Disabled {
		return errUnchanged
	}
	r.Disabled = false
	return nil
}

// Delete removes an account for ever, in the bin or not; what other packages hold of it goes when they are told. The last system administrator cannot
// be deleted: fault.Conflict.
func (a *Accounts) Delete(ctx context.Context, bare jid.JID) error {
	return a.dir.write(ctx, jid.JID{}, "delete account "+bare.String(), func(t *txn) error {
		record, err := t.get(bare)
		if err != nil {
			return err
		}
		if err := t.keepAdministrator(&record); err != nil {
			return err
		}
		return t.remove(&record)
	})
}

// update changes one account in one way.
func (a *Accounts) update(ctx context.Context, by, bare jid.JID, kind ChangeKind, change func(*txn, *Record) error) error {
	return a.dir.write(ctx, by, fmt.Sprintf("change account %s", bare), func(t *txn) error {
		record, err := t.get(bare)
		if err != nil {
			return err
		}
		if err := change(t, &record); err != nil {
			return err
		}
		return t.put(&record, kind)
	})
}
