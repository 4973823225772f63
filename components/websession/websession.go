// Package websession has the sessions of people who log in with a browser: to the console, and to the users' own app.
//
// A session is a random token in a cookie. The database has its SHA-256 alone, so that nobody who reads the database can take a session over, and
// every node can check it. A session ends when it was idle for too long, at a fixed time after its begin, and as soon as the account's password or
// administration level is another one, or the account may not log in any more.
package websession

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// Config is what operators decide.
type Config struct {
	Idle     time.Duration `toml:"idle" doc:"After how long without a request a browser's session ends; while the app for users is open, it is in use. Default: 30m."`
	Lifetime time.Duration `toml:"lifetime" doc:"How long a session lasts at most, however busy it is. Default: 12h."`
	PerUser  int           `toml:"per_user" doc:"How many sessions one user may have; one more ends the oldest. Default: 20."`
}

// Validate fills in defaults and checks the settings.
func (c *Config) Validate() error {
	c.Idle = cmp.Or(c.Idle, 30*time.Minute)
	c.Lifetime = cmp.Or(c.Lifetime, 12*time.Hour)
	c.PerUser = cmp.Or(c.PerUser, 20)
	var errs []error
	if c.Idle < 5*time.Minute {
		errs = append(errs, errors.New("idle: at least 5m"))
	}
	if c.Lifetime < c.Idle || c.Lifetime > 30*24*time.Hour {
		errs = append(errs, errors.New("lifetime: from idle to 720h"))
	}
	if c.PerUser < 1 {
		errs = append(errs, errors.New("per_user: at least 1"))
	}
	return errors.Join(errs...)
}

// Accounts is what sessions ask the directory.
type Accounts interface {
	Get(ctx context.Context, bare jid.JID) (directory.Account, error)
	Lookup(ctx context.Context, bare jid.JID) (sasl.Account, error)
	Sync(ctx context.Context) error // brings what Get and Lookup know up to what is committed
	FakeSecret() []byte
	Iterations() int
}

// Service begins, finds and ends sessions. Its methods may be called from any goroutine.
type Service struct {
	cfg      Config
	accounts Accounts
	limiter  *sasl.Limiter
	domains  []string
	store    *sessionStore
	log      *slog.Logger
	watchers watchers
}

// New returns the service for the accounts of these domains, the main one first. The limiter is the one that XMPP logins count in too.
func New(ctx context.Context, db *store.DB, cfg Config, accounts Accounts, domains []string, limiter *sasl.Limiter, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	st, err := openStore(ctx, db)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, accounts: accounts, limiter: limiter, domains: domains, store: st, log: log}, nil
}

// Session is a session that lives.
type Session struct {
	Account directory.Account // as it is now
	Token   string            // only when it begins: for the cookie
	CSRF    string            // what a request that changes something has to bring along
	Started time.Time
	Expires time.Time // whatever happens
	Idle    time.Duration

	key   []byte // under which it is stored
	stamp string // of the account when it began
}

// errNone is the answer for a token that stands for no session, for whatever reason.
var errNone = fault.New(fault.Unauthenticated, "log in first")

// begin makes a session. Its token is new: whatever the browser had before is not taken over.
func (s *Service) begin(ctx context.Context, account directory.Account, addr netip.Addr) (Session, error) {
	secret := make([]byte, tokenSize)
	rand.Read(secret) // never fails: crypto/rand ends the program instead
	token := base64.RawURLEncoding.EncodeToString(secret)
	now := time.Now().UTC()
	r := record{key: keyOf(token), account: account.JID, stamp: stampOf(account), address: addr.String(), created: now, used: now}
	if err := s.store.add(ctx, r, s.cfg.PerUser); err != nil {
		return Session{}, err
	}
	return s.session(r, account, token), nil
}

func (s *Service) session(r record, account directory.Account, token string) Session {
	return Session{
		Account: account, Token: token, CSRF: csrfOf(token), Started: r.created, Expires: r.created.Add(s.cfg.Lifetime), Idle: s.cfg.Idle, key: r.key, stamp: r.stamp}
}

const (
	tokenSize = 32 // bytes
	// touchEvery is how exactly the time of the last use is kept: writing it down for each request would be most of what the console writes.
	touchEvery = time.Minute
)

// Find returns the session that a token stands for, and counts that as use. The error is a fault.Unauthenticated when there is none.
func (s *Service) Find(ctx context.Context, token string) (Session, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return Session{}, errNone
	}
	r, err := s.store.get(ctx, keyOf(token))
	if errors.Is(err, store.ErrNoRows) {
		return Session{}, errNone
	}
	if err != nil {
		return Session{}, err
	}
	now := time.Now()
	if now.Sub(r.used) >= s.cfg.Idle || now.Sub(r.created) >= s.cfg.Lifetime {
		s.remove(r.key)
		return Session{}, errNone
	}
	account, err := s.accountOf(ctx, r)
	if err != nil {
		return Session{}, err
	}
	if now.Sub(r.used) >= touchEvery {
		s.store.touch(r.key, now)
	}
	session := s.session(r, account, token)
	session.Token = ""
	return session, nil
}

// accountOf returns the account of a session, while it is what it was when the session began. What this node knows of it may be older than a session
// that another node began: so it looks at what is committed before it refuses one. It is for Changed to remove what is refused.
func (s *Service) accountOf(ctx context.Context, r record) (directory.Account, error) {
	account, err := s.unchanged(ctx, r)
	if !errors.Is(err, errNone) {
		return account, err
	}
	if err := s.accounts.Sync(ctx); err != nil {
		return directory.Account{}, err
	}
	return s.unchanged(ctx, r)
}

// unchanged is accountOf by what this node knows.
func (s *Service) unchanged(ctx context.Context, r record) (directory.Account, error) {
	account, err := s.accounts.Get(ctx, r.account)
	if fault.Is(err, fault.NotFound) || err == nil && (!account.Active() || stampOf(account) != r.stamp) {
		return directory.Account{}, errNone
	}
	return account, err
}

// End ends a session.
func (s *Service) End(ctx context.Context, session Session) error {
	if err := s.store.remove(ctx, session.key); err != nil {
		return err
	}
	s.watchers.ended(session.Account.JID, func(w *watcher) bool { return bytes.Equal(w.key, session.key) })
	return nil
}

// ForgetAccount ends the sessions of an account that is no more.
func (s *Service) ForgetAccount(ctx context.Context, account jid.JID) error {
	done := make(chan error, 1)
	s.store.keepOnly(account, "", func(err error) { done <- err })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) remove(key []byte) {
	if err := s.store.removeLater(key); err != nil {
		s.log.Warn("a browser session that is over could not be removed; the sweep removes it", "err", err)
	}
}

// sweepEvery is how often sessions that are over and were not used again are removed.
const sweepEvery = 10 * time.Minute

// Sweep removes sessions that are over, again and again until ctx ends.
func (s *Service) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		if err := s.store.sweep(ctx, now.Add(-s.cfg.Idle), now.Add(-s.cfg.Lifetime)); err != nil && ctx.Err() == nil {
			s.log.Warn("browser sessions that are over could not be removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// keyOf is what is stored of a token. A token has 256 random bits, so one plain hash is enough.
func keyOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// csrfOf makes the synchroniser token of a session. It follows from the session's token, which other pages cannot read.
func csrfOf(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Verify reports whether a request brought the session's own synchroniser token, in constant time.
func (s *Session) Verify(csrf string) bool {
	return subtle.ConstantTimeCompare([]byte(csrf), []byte(s.CSRF)) == 1
}

// stampOf changes with whatever ends the sessions of an account.
func stampOf(a directory.Account) string {
	return fmt.Sprintf("%s %s %s", strconv.FormatInt(a.Created.UnixMilli(), 36), strconv.FormatInt(a.PasswordChanged.UnixMilli(), 36), a.Role)
}

// Changed ends sessions whose account is not what it was when they began. It is for directory.Directory.OnChange. Find would refuse such a session by
// itself, but one whose account is disabled and enabled again, or loses its level and gets it back, must not come back with it.
func (s *Service) Changed(c directory.Change) {
	if !c.OfAccount() {
		return
	}
	stamp := ""
	if account, err := s.accounts.Get(context.Background(), c.JID); err == nil && account.Active() {
		stamp = stampOf(account)
	}
	s.watchers.ended(c.JID, func(w *watcher) bool { return w.stamp != stamp })
	if c.Remote {
		return // the node that made the change removes them
	}
	s.store.keepOnly(c.JID, stamp, func(err error) {
		if err != nil {
			s.log.Error("the browser sessions of an account could not be ended; they end by themselves when used", "account", c.JID, "err", err)
		}
	})
}
