package sasl

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	mellium "mellium.im/sasl"

	"plenum/xmppd/fault"
)

// checkPlain is PLAIN's check of authzid, user and password (RFC 4616 §2); mellium's mechanism has split the message. It notes in x.failure why it
// says no.
//
// A password against SCRAM keys costs one PBKDF2 (see scramHashes). Nothing is cached, so that no memory holds what could replace a password, and
// Limiter bounds what an attacker can make us compute.
func (x *Exchange) checkPlain(n *mellium.Negotiator) bool {
	name, password, authzid := n.Credentials()
	x.failure = x.plain(string(name), string(password), string(authzid))
	return x.failure == nil
}

func (x *Exchange) plain(name, password, authzid string) *Failure {
	if name == "" || !utf8.ValidString(name) || !utf8.ValidString(password) || !utf8.ValidString(authzid) {
		return malformed("empty user name or text that is not UTF-8")
	}
	valid := x.nameUser(name)
	if failure := x.authorize(authzid); failure != nil {
		return failure
	}
	account, failure := x.lookup(valid)
	if failure != nil {
		return failure
	}
	if account != nil && account.CheckPassword != nil {
		return x.askOutside(x.ctx, account, password)
	}
	keys := x.fakePlainKeys()
	if account != nil && len(account.Keys) > 0 {
		keys = account.Keys
	}
	return x.settle(account, keys.CheckPassword(password))
}

// fakePlainKeys make the check of an unknown user cost what a known one's costs.
func (x *Exchange) fakePlainKeys() Keys {
	h := scramHashes[0]
	return Keys{h.name: h.fakeKeys(&x.cfg, x.user)}
}

// askOutside checks the password at an outside directory. A locked-out user is not asked for, so that the lock-out protects that directory and
// our failures do not lock the account over there.
func (x *Exchange) askOutside(ctx context.Context, account *Account, password string) *Failure {
	if password == "" {
		// An LDAP server takes a simple bind without password for an anonymous one and reports success (RFC 4513 §5.1.2).
		return x.settle(account, false)
	}
	if !x.cfg.Limiter.Allow(x.user, x.cfg.Addr) {
		return refused(ErrLockedOut)
	}
	err := account.CheckPassword(ctx, password)
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		return &Failure{Condition: TemporaryAuthFailure, Err: fmt.Errorf("check password of %q outside: %w", x.user, err)}
	}
	return x.settle(account, err == nil)
}

// maxTrace is the longest trace of ANONYMOUS in characters (RFC 4505 §2).
const maxTrace = 255

// anonymousMechanism is ours because mellium's drops the trace, which carries a guest's token (RFC 4505, XEP-0175).
func anonymousMechanism(x *Exchange) mellium.Mechanism {
	return mellium.Mechanism{
		Name: Anonymous,
		Next: func(_ *mellium.Negotiator, trace []byte, _ any) (bool, []byte, any, error) {
			if !utf8.Valid(trace) || utf8.RuneCount(trace) > maxTrace {
				return false, nil, nil, malformed("trace is not UTF-8 or has more than %d characters", maxTrace)
			}
			if failure := x.admitGuest(string(trace)); failure != nil {
				return false, nil, nil, failure
			}
			return false, nil, nil, nil
		},
	}
}

func (x *Exchange) admitGuest(trace string) *Failure {
	if !x.cfg.Limiter.Allow("", x.cfg.Addr) {
		return &Failure{Condition: NotAuthorized, Err: ErrLockedOut}
	}
	user, err := x.cfg.Anonymous(x.ctx, trace)
	if err == nil {
		if !x.nameUser(user) {
			return &Failure{Condition: TemporaryAuthFailure, Err: fmt.Errorf("guest name %q is no localpart", user)}
		}
		return nil
	}
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.NotFound, fault.Forbidden:
		x.cfg.Limiter.Fail("", x.cfg.Addr)
		return &Failure{Condition: NotAuthorized, Err: fmt.Errorf("admit guest: %w", err)}
	case fault.Limit:
		f, _ := errors.AsType[*fault.Error](err)
		return &Failure{Condition: TemporaryAuthFailure, Text: f.Text, Err: fmt.Errorf("admit guest: %w", err)}
	}
	return &Failure{Condition: TemporaryAuthFailure, Err: errors.Join(errors.New("admit guest"), err)}
}
