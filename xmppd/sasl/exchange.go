package sasl

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	mellium "mellium.im/sasl"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Exchange is one run of one mechanism. It belongs to the goroutine of its connection, and is of no use after it is done or has failed.
type Exchange struct {
	cfg       Config
	mechanism string
	n         *mellium.Negotiator

	ctx     context.Context // of the running Step: mellium's Mechanism hands none to its functions
	started bool            // the first message was seen, or asked for
	over    bool            // done or failed
	user    string          // prepared localpart, once the client named it
	failure *Failure        // why PLAIN was refused: mellium's permission callback can only say no

	newNonce func() string // the server's part of a SCRAM nonce; tests put an RFC's in
}

// NewExchange starts a mechanism that the client chose. The error is a *Failure: encryption-required for PLAIN where it needs TLS,
// invalid-mechanism for what Offered does not list.
func NewExchange(mechanism string, cfg Config) (*Exchange, error) {
	if !cfg.configured(mechanism) || !cfg.usable(mechanism) {
		if mechanism == Plain && cfg.configured(Plain) && cfg.Lookup != nil {
			return nil, &Failure{Condition: EncryptionRequired, Text: "PLAIN needs TLS"}
		}
		return nil, &Failure{Condition: InvalidMechanism, Err: fmt.Errorf("mechanism %.32q is not offered", mechanism)}
	}
	if cfg.Lookup != nil && len(cfg.FakeSecret) < minFakeSecret {
		return nil, &Failure{Condition: TemporaryAuthFailure, Err: errors.New("no secret for fake salts is configured")}
	}
	x := &Exchange{cfg: cfg, mechanism: mechanism, newNonce: rand.Text}
	switch mechanism {
	case Plain:
		x.n = mellium.NewServer(mellium.Plain, x.checkPlain)
	case Anonymous:
		x.n = mellium.NewServer(anonymousMechanism(x), nil)
	case External:
		x.n = mellium.NewServer(externalMechanism(x), nil)
	default:
		x.n = mellium.NewServer(scramMechanism(x), nil)
	}
	return x, nil
}

// Mechanism returns the name of the mechanism that runs.
func (x *Exchange) Mechanism() string { return x.mechanism }

// User returns the prepared localpart of who has logged in. It is only to be believed after Step said done; before that, and after a failure,
// it is the name that was tried (empty when none was read), for the log.
func (x *Exchange) User() string { return x.user }

// Anonymous reports whether User is a guest.
func (x *Exchange) Anonymous() bool { return x.mechanism == Anonymous }

// Step takes the client's next message, decoded, and returns ours. hasInitial is looked at on the first call only: false says that <auth/>
// carried no message, which most mechanisms answer with an empty challenge. When done, out goes into <success/> (nil: nothing to say).
// The error is a *Failure and ends the exchange.
func (x *Exchange) Step(ctx context.Context, in []byte, hasInitial bool) (out []byte, done bool, err error) {
	if x.over {
		return nil, false, malformed("message after the end of the exchange")
	}
	defer func() {
		if r := recover(); r != nil {
			out, done = nil, false
			err = &Failure{Condition: TemporaryAuthFailure, Err: fmt.Errorf("panic in %s: %v\n%s", x.mechanism, r, debug.Stack())}
		}
		x.over = done || err != nil
		x.ctx = nil
	}()
	first := !x.started
	x.started = true
	// RFC 6120 §6.4.2: where the client speaks first and did not, it is asked to. Compat: Strophe.js sends ANONYMOUS without a message and cannot
	// answer a challenge, so there the missing trace is an empty one.
	if first && !hasInitial && x.mechanism != Anonymous {
		return nil, false, nil
	}
	if len(in) > maxMessage {
		return nil, false, malformed("message has %d bytes", len(in))
	}
	x.ctx = ctx
	more, out, err := x.n.Step(in)
	if err != nil {
		return nil, false, x.asFailure(err)
	}
	return out, !more, nil
}

// asFailure gives the frame's own errors a condition.
func (x *Exchange) asFailure(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if errors.Is(err, mellium.ErrAuthn) && x.failure != nil {
		return x.failure
	}
	return &Failure{Condition: MalformedRequest, Err: err}
}

// authorize checks an authorization identity: nobody acts for another here, so it is empty or names the user himself, with or without domain.
// The answer depends on what the client sent alone, and may therefore come before the password is checked.
func (x *Exchange) authorize(authzid string) *Failure {
	if authzid == "" || x.isSelf(authzid) {
		return nil
	}
	return &Failure{Condition: InvalidAuthzid, Err: fmt.Errorf("%.64q may not act as %.64q", x.user, authzid)}
}

func (x *Exchange) isSelf(authzid string) bool {
	if !strings.Contains(authzid, "@") {
		local, ok := prepareUser(authzid)
		return ok && local == x.user
	}
	self, err := jid.New(x.user, x.cfg.Domain, "")
	if err != nil {
		return false
	}
	other, err := jid.Parse(authzid)
	return err == nil && other == self
}

// nameUser notes who wants to log in. A name that cannot be a localpart is kept as sent: nobody has it.
func (x *Exchange) nameUser(name string) (valid bool) {
	x.user = name
	if prepared, ok := prepareUser(name); ok {
		x.user = prepared
		return true
	}
	return false
}

// lookup finds the account; a nil one is unknown and must cost what a known one costs.
func (x *Exchange) lookup(valid bool) (*Account, *Failure) {
	if !valid {
		return nil, nil
	}
	account, err := x.cfg.Lookup(x.ctx, x.user)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, &Failure{Condition: TemporaryAuthFailure, Err: fmt.Errorf("look up account %.64q: %w", x.user, err)}
	}
	return &account, nil
}

// settle turns the outcome of a password check into the answer, and counts it. Only here do an unknown user, a disabled account and a locked-out
// one part from a good login.
func (x *Exchange) settle(account *Account, correct bool) *Failure {
	if !x.cfg.Limiter.Allow(x.user, x.cfg.Addr) {
		return refused(ErrLockedOut)
	}
	reason := ErrWrongPassword
	switch {
	case account == nil:
		reason = ErrUnknownUser
	case correct && account.Disabled:
		reason = ErrDisabled
	case correct:
		x.cfg.Limiter.Succeed(x.user, x.cfg.Addr)
		return nil
	}
	x.cfg.Limiter.Fail(x.user, x.cfg.Addr)
	return refused(reason)
}
