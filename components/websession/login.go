package websession

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// LogIn begins a session for who knows the password of an account with an administration level. The login is a login name in the main domain, or an
// address.
//
// An unknown user, a wrong password, an account that is disabled or in the bin, one without a level and one that is locked out get the same answer, a
// fault.Unauthenticated, after the same work. The error's chain says for the log which of them it was: one of sasl's errors or ErrNoLevel.
func (s *Service) LogIn(ctx context.Context, login, password string, addr netip.Addr) (Session, error) {
	return s.logIn(ctx, login, password, addr, func(a directory.Account) bool { return a.Role != directory.NoRole })
}

// Enter is LogIn for every account, whatever its level: it is for the users' app.
func (s *Service) Enter(ctx context.Context, login, password string, addr netip.Addr) (Session, error) {
	return s.logIn(ctx, login, password, addr, func(directory.Account) bool { return true })
}

func (s *Service) logIn(ctx context.Context, login, password string, addr netip.Addr, enough func(directory.Account) bool) (Session, error) {
	local, domain, whole := strings.Cut(login, "@")
	if !whole {
		domain = s.domains[0]
	}
	var noLevel bool
	lookup := func(ctx context.Context, user string) (sasl.Account, error) {
		account, err := s.lookup(ctx, user, domain)
		if err != nil {
			return account, err
		}
		known, err := s.accounts.Get(ctx, mustNew(user, domain))
		if err != nil {
			return account, err
		}
		noLevel = !enough(known)
		account.Disabled = account.Disabled || noLevel || !known.Active()
		return account, nil
	}
	user, err := s.check(ctx, local, domain, password, addr, lookup)
	if err != nil {
		if noLevel && errors.Is(err, sasl.ErrDisabled) {
			err = fault.Wrap(fault.Unauthenticated, ErrNoLevel, refusal)
		}
		return Session{}, err
	}
	account, err := s.accounts.Get(ctx, mustNew(user, domain))
	if err != nil {
		return Session{}, err
	}
	return s.begin(ctx, account, addr)
}

// ErrNoLevel says in the log that the password was right and the account has no administration level.
var ErrNoLevel = errors.New("the account has no administration level")

// CheckPassword checks the password of who has a session already, for what needs it again. It counts as a log-in does.
func (s *Service) CheckPassword(ctx context.Context, account jid.JID, password string, addr netip.Addr) error {
	lookup := func(ctx context.Context, user string) (sasl.Account, error) {
		return s.lookup(ctx, user, account.Domain())
	}
	_, err := s.check(ctx, account.Local(), account.Domain(), password, addr, lookup)
	return err
}

const refusal = "wrong user name or password"

// check is one exchange of SASL PLAIN, so that a log-in here is what it is over XMPP: the same keys, outside directories, lock-out and time.
func (s *Service) check(ctx context.Context, local, domain, password string, addr netip.Addr,
	lookup func(context.Context, string) (sasl.Account, error)) (user string, err error) {
	if strings.ContainsRune(local, 0) || strings.ContainsRune(password, 0) { // which PLAIN separates its parts with
		return "", fault.Wrap(fault.Unauthenticated, errors.New("a NUL in name or password"), refusal)
	}
	x, err := sasl.NewExchange(sasl.Plain, sasl.Config{
		Mechanisms: []string{sasl.Plain}, AllowPlaintext: true, Domain: domain, Lookup: lookup,
		FakeSecret: s.accounts.FakeSecret(), Iterations: s.accounts.Iterations(), Limiter: s.limiter, Addr: addr,
	})
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	_, done, err := x.Step(ctx, []byte("\x00"+local+"\x00"+password), true)
	failure, failed := errors.AsType[*sasl.Failure](err)
	switch {
	case failed && failure.Condition == sasl.TemporaryAuthFailure:
		return "", fault.Wrap(fault.Unavailable, failure, "the password cannot be checked now")
	case failed:
		return "", fault.Wrap(fault.Unauthenticated, s.lockOut(x.User(), addr, failure), refusal)
	case err != nil || !done:
		return "", fmt.Errorf("log in: the exchange did not end: %w", err)
	}
	return x.User(), nil
}

func (s *Service) lookup(ctx context.Context, user, domain string) (sasl.Account, error) {
	address, err := jid.New(user, domain, "")
	if err != nil || !slices.Contains(s.domains, address.Domain()) {
		return sasl.Account{}, fault.New(fault.NotFound, "there is no such user")
	}
	return s.accounts.Lookup(ctx, address)
}

// mustNew is the address of a user who was looked up before.
func mustNew(user, domain string) jid.JID {
	address, err := jid.New(user, domain, "")
	if err != nil {
		panic(err) // lookup has made the same one
	}
	return address
}

// LockOut is in the chain of the error of the log-in that was the last of too many, or of the first one that was turned away because of others, made
// over XMPP. Later ones do not have it.
type LockOut struct {
	Everything bool // from this address nobody may log in to any account for a while; else not to this one
	cause      error
}

// Error is for the log.
func (l *LockOut) Error() string { return l.cause.Error() }

// Unwrap returns why the log-in was refused.
func (l *LockOut) Unwrap() error { return l.cause }

// lockOut adds to a refusal what it means for the next attempts.
func (s *Service) lockOut(user string, addr netip.Addr, refused error) error {
	what := s.limiter.NewLockOut(user, addr)
	if what == sasl.NoLockOut {
		return refused
	}
	return &LockOut{Everything: what == sasl.OfEverything, cause: refused}
}

// ErrLockedOut says in the log that nobody may log in to this account from this address for a while.
var ErrLockedOut = sasl.ErrLockedOut
