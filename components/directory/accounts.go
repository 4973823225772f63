package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// Config of accounts.
type Config struct {
	Iterations int `toml:"scram_iterations" doc:"PBKDF2 iterations of new passwords, at least 4096. Default: 10000. Passwords set before keep theirs."`
	Cached     int `toml:"cached_accounts" doc:"Accounts kept in memory, about 1 KiB each. Default: 20000."`
}

// Validate fills in defaults and checks the settings.
func (c *Config) Validate() error {
	c.Iterations = cmp.Or(c.Iterations, sasl.DefaultIterations)
	c.Cached = cmp.Or(c.Cached, DefaultCachedAccounts)
	var errs []error
	if c.Iterations < sasl.MinIterations {
		errs = append(errs, fmt.Errorf("scram_iterations: must be at least %d", sasl.MinIterations))
	}
	if c.Cached < 0 {
		errs = append(errs, errors.New("cached_accounts: must not be negative"))
	}
	return errors.Join(errs...)
}

// Accounts is the service for accounts. All methods may be called from any goroutine; errors have a fault.Kind where somebody is at fault.
type Accounts struct {
	store      Store
	domains    []string // in which accounts may be made, prepared
	iterations int
	fakeSecret []byte
	cache      *cache
	listeners  []func(Change)

	mu       sync.Mutex
	revision int64 // of the newest change that this node knows
}

// NewAccounts returns the service for the accounts of these domains.
func NewAccounts(ctx context.Context, st Store, domains []string, cfg Config) (*Accounts, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &Accounts{store: st, iterations: cfg.Iterations, cache: newCache(cfg.Cached)}
	for _, name := range domains {
		domain, err := jid.New("", name, "")
		if err != nil {
			return nil, fmt.Errorf("directory: domain: %w", err)
		}
		a.domains = append(a.domains, domain.String())
	}
	var err error
	if a.revision, a.fakeSecret, err = st.State(ctx); err != nil {
		return nil, err
	}
	st.OnCommit(a.committed)
	return a, nil
}

// FakeSecret is what sasl.Config wants for unknown users: the same on all nodes and after a restart.
func (a *Accounts) FakeSecret() []byte { return slices.Clone(a.fakeSecret) }

// Iterations is what sasl.Config wants for unknown users: the count of new passwords.
func (a *Accounts) Iterations() int { return a.iterations }

// Create makes an account. It returns fault.Conflict when the JID is taken and fault.Invalid for what breaks a rule.
func (a *Accounts) Create(ctx context.Context, user NewAccount) (Account, error) {
	record, err := a.newRecord(user)
	if err != nil {
		return Account{}, err
	}
	if record.Keys, err = sasl.DeriveKeys(user.Password, a.iterations); err != nil {
		return Account{}, err
	}
	_, _, err = a.store.Create(ctx, []Record{record}, false)
	if exists, ok := errors.AsType[*ExistsError](err); ok {
		return Account{}, fault.Wrap(fault.Conflict, exists, "user "+user.JID.String()+" exists already")
	}
	if err != nil {
		return Account{}, fmt.Errorf("create account %s: %w", user.JID, err)
	}
	return a.Get(ctx, user.JID)
}

// newRecord applies the rules; only the keys are missing.
func (a *Accounts) newRecord(user NewAccount) (Record, error) {
	if !user.JID.IsBare() || user.JID.IsDomain() || !slices.Contains(a.domains, user.JID.Domain()) {
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
	now := time.Now().UTC()
	return Record{Account: Account{JID: user.JID, DisplayName: name, Role: user.Role, Created: now, PasswordChanged: now}}, nil
}

// SetPassword replaces the password.
func (a *Accounts) SetPassword(ctx context.Context, bare jid.JID, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	keys, err := sasl.DeriveKeys(password, a.iterations)
	if err != nil {
		return err
	}
	return a.update(ctx, bare, PasswordSet, func(r *Record, _ View) error {
		r.Keys, r.PasswordChanged = keys, time.Now().UTC()
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
	return a.update(ctx, bare, AccountEdited, func(r *Record, _ View) error {
		if r.DisplayName == name {
			return errUnchanged
		}
		r.DisplayName = name
		return nil
	})
}

// SetRole gives an administration level, or takes it with NoRole. The last system administrator keeps his: fault.Conflict.
func (a *Accounts) SetRole(ctx context.Context, bare jid.JID, role Role) error {
	return a.update(ctx, bare, AccountEdited, func(r *Record, view View) error {
		if r.Role == role {
			return errUnchanged
		}
		if err := keepAdministrator(r, view); err != nil {
			return err
		}
		r.Role = role
		return nil
	})
}

// Disable keeps the user from logging in. Ending the sessions that are open is up to who hears of the change. The last system administrator cannot
// be disabled: fault.Conflict.
func (a *Accounts) Disable(ctx context.Context, bare jid.JID) error {
	return a.update(ctx, bare, AccountDisabled, func(r *Record, view View) error {
		if r.Disabled {
			return errUnchanged
		}
		if err := keepAdministrator(r, view); err != nil {
			return err
		}
		r.Disabled = true
		return nil
	})
}

// Enable undoes Disable.
func (a *Accounts) Enable(ctx context.Context, bare jid.JID) error {
	return a.update(ctx, bare, AccountEnabled, func(r *Record, _ View) error {
		if !r.Disabled {
			return errUnchanged
		}
		r.Disabled = false
		return nil
	})
}

// Delete removes an account; what other packages hold of it goes when they hear of the change. The last system administrator cannot be deleted:
// fault.Conflict.
func (a *Accounts) Delete(ctx context.Context, bare jid.JID) error {
	return a.store.Delete(ctx, bare, keepAdministrator)
}

// errUnchanged undoes a transaction that would change nothing, so that nothing is announced.
var errUnchanged = errors.New("nothing to change")

func (a *Accounts) update(ctx context.Context, bare jid.JID, kind ChangeKind, change func(*Record, View) error) error {
	_, err := a.store.Update(ctx, bare, kind, change)
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// keepAdministrator refuses to take the last account that may do everything: nobody could give that right again.
func keepAdministrator(r *Record, view View) error {
	if !r.isSystemAdministrator() {
		return nil
	}
	n, err := view.SystemAdministrators()
	if err != nil {
		return err
	}
	if n < 2 {
		return fault.Newf(fault.Conflict, "%s is the last system administrator", r.JID)
	}
	return nil
}
