// Package directory is the organisation: who is here, and who may what: users, permissions, devices, teams and locations, extensions, the
// access of guests to rooms, the trunks to the outside world, where calls are forwarded, when devices ring, and the profiles of users.
//
// Values and rules (account.go, userinput.go, rules.go, extension.go, permission.go, role.go, csv.go, trunk.go, number.go, pattern.go, dialplan.go, forward.go, followme.go, profile.go, profiletime.go,
// callaction.go, callobject.go)
// are pure. Services check, store and announce: Accounts, Permissions, Objects, Seats, GuestAccess, Trunks, TelephonySettings, Forwards, Skills, FollowMe, Profiles, CallFlows. The database is the truth; what
// is asked often is answered from memory (model.go), which each node brings up to date from the list of changes that every transaction writes (feed.go).
package directory

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// Config of accounts.
type Config struct {
	Iterations int    `toml:"scram_iterations" doc:"PBKDF2 iterations of new passwords, at least 4096. Default: 10000. Passwords set before keep theirs."`
	KeyFile    string `toml:"key_file" doc:"The file with the key that PINs, the access data of guests, the secrets of devices and the passwords of trunks are encrypted with in the database. It is made at the first start; several nodes need the same, so copy it to each before its first start. A backup holds it when it lies in the data folder. Relative to the folder of this file. Default: keys/directory.key in the data folder."`
	BinDays    int    `toml:"bin_days" doc:"Days for which a deleted user can be restored from the bin; name and extension stay reserved so long. Default: 30."`
	Pools      Pools  `toml:"pools" doc:"Where the search for a free extension begins. Proposals have as many digits as the first number."`
}

// Validate fills in defaults and checks the settings.
func (c *Config) Validate() error {
	c.Iterations = cmp.Or(c.Iterations, sasl.DefaultIterations)
	c.BinDays = cmp.Or(c.BinDays, 30)
	var errs []error
	if c.Iterations < sasl.MinIterations {
		errs = append(errs, fmt.Errorf("scram_iterations: must be at least %d", sasl.MinIterations))
	}
	if c.BinDays < 0 {
		errs = append(errs, errors.New("bin_days: must not be negative"))
	}
	return errors.Join(append(errs, c.Pools.Validate())...)
}

// Directory is the organisation, with a service for each of its parts. All methods of all services may be called from any goroutine; errors have
// a fault.Kind where somebody is at fault.
//
// Who does something is named by his JID, and his level is checked in the transaction: only who may manage users changes users, permissions and
// objects, nobody touches somebody of a higher level, or gives one. The zero JID stands for the server itself and its operator, who may everything.
type Directory struct {
	Accounts    *Accounts
	Permissions *Permissions
	Objects     *Objects
	Guests      *GuestAccess
	Seats       *Seats
	Teams       *TeamService
	Trunks      *Trunks
	Telephony   *TelephonySettings
	Profiles    *Profiles
	Forwards    *Forwards
	FollowMe    *FollowMe
	Skills      *Skills
	CallFlows   *CallFlows

	cfg     Config
	domains []string // in which accounts may be made, prepared
	store   *sqlStore
	seal    *Sealer
	log     *slog.Logger
	model   *model
	feed    feed
}

// Open brings the tables in db up to date and returns the directory of the accounts in these domains.
func Open(ctx context.Context, db *store.DB, domains []string, cfg Config, key KeySource, log *slog.Logger) (*Directory, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Directory{cfg: cfg, log: log, model: newModel()}
	for _, name := range domains {
		domain, err := jid.New("", name, "")
		if err != nil {
			return nil, fmt.Errorf("directory: domain: %w", err)
		}
		d.domains = append(d.domains, domain.String())
	}
	var err error
	if d.store, err = openStore(ctx, db, rand.Text()); err != nil {
		return nil, err
	}
	if d.seal, err = d.store.openSealer(ctx, key); err != nil {
		return nil, err
	}
	secret, err := d.store.fakeSecret(ctx)
	if err != nil {
		return nil, err
	}
	d.feed.start(d)
	if err := d.store.ensureAll(ctx); err != nil {
		return nil, err
	}
	d.Accounts = &Accounts{dir: d, fakeSecret: secret}
	d.Permissions = &Permissions{dir: d}
	d.Objects = &Objects{dir: d}
	d.Guests = &GuestAccess{dir: d}
	d.Seats = &Seats{dir: d}
	d.Teams = &TeamService{dir: d}
	d.Trunks = &Trunks{dir: d}
	d.Telephony = &TelephonySettings{dir: d}
	d.Profiles = &Profiles{dir: d}
	d.Forwards = &Forwards{dir: d}
	d.FollowMe = &FollowMe{dir: d}
	d.Skills = &Skills{dir: d}
	d.CallFlows = &CallFlows{dir: d}
	if err := d.reload(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// here reports whether accounts of the domain are in this directory.
func (d *Directory) here(domain string) bool { return slices.Contains(d.domains, domain) }

// Domains returns the domains of the accounts, the main one first.
func (d *Directory) Domains() []string { return slices.Clone(d.domains) }

// feed is how memory follows the database.
type feed struct {
	catching  sync.Mutex // held by the one who reads changes and tells listeners of them
	listeners []func(Change)
	announce  func([]byte)

	mu      sync.Mutex
	running bool // follow runs
	wanted  bool // and must look once more
	closed  bool
	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup
}
