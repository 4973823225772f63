// Package sasl is the server's side of SASL (RFC 4422) as XMPP uses it (RFC 6120 §6): SCRAM with and without channel binding over stored
// keys, PLAIN, ANONYMOUS, and EXTERNAL.
//
// A stream announces Offered, makes an Exchange for the mechanism that the client chose, and feeds it decoded messages until it is done or
// fails. The package knows no XML, no socket and no storage: accounts come from Config.Lookup.
//
// A wrong password, an unknown user, a disabled account and a locked-out one get the same answer after the same work, so that nobody can find
// out who has an account here. Only the log, through Failure.Err, tells them apart.
//
// Spec: RFC 4422 partial: no security layers (TLS is one)
// Spec: RFC 4505 complete
// Spec: RFC 4616 complete
// Spec: RFC 5802 complete
// Spec: RFC 7677 complete
// Spec: RFC 5929 partial: tls-server-end-point; tls-unique unannounced, no tls-unique-for-telnet
// Spec: RFC 9266 complete
// Spec: XEP-0175 1.2 complete
// Spec: XEP-0440 1.0.0 complete
package sasl

import (
	"context"
	"crypto/tls"
	"net/netip"
	"slices"
	"strings"
)

// Mechanism names (RFC 5802, RFC 7677, RFC 4616, RFC 4505, RFC 4422).
const (
	ScramSHA256Plus = "SCRAM-SHA-256-PLUS"
	ScramSHA1Plus   = "SCRAM-SHA-1-PLUS"
	ScramSHA256     = "SCRAM-SHA-256"
	ScramSHA1       = "SCRAM-SHA-1"
	Plain           = "PLAIN"
	Anonymous       = "ANONYMOUS"
	External        = "EXTERNAL"
)

// DefaultMechanisms returns all mechanisms, strongest first. What a connection cannot use is left out by Offered.
func DefaultMechanisms() []string {
	return []string{External, ScramSHA256Plus, ScramSHA1Plus, ScramSHA256, ScramSHA1, Plain, Anonymous}
}

// Account is what SASL must know of a user.
type Account struct {
	// Keys are the stored keys by hash. A hash without a key cannot be used: it fails like a wrong password.
	Keys Keys
	// CheckPassword, when set, asks an outside directory instead of Keys; only PLAIN can use it. It returns a fault.Unauthenticated for a
	// wrong password; any other error is a temporary failure. How long it takes is up to that directory.
	CheckPassword func(ctx context.Context, password string) error
	// Disabled lets nobody in. The peer sees a wrong password.
	Disabled bool
}

// Config says what one connection may use. Accounts need Lookup and FakeSecret, guests need Anonymous.
type Config struct {
	Mechanisms     []string             // allowed mechanisms, strongest first; nil means DefaultMechanisms
	TLS            *tls.ConnectionState // nil when the connection is not encrypted
	ServerEndPoint []byte               // result of ServerEndPoint for the certificate that was shown; nil leaves that binding out
	Unique         func() []byte        // tls-unique, for clients that know nothing else; it is not announced. Nil, or a nil result, leaves it out
	AllowPlaintext bool                 // PLAIN on a connection that is not encrypted
	Domain         string               // the domain of the accounts, in its prepared form

	// Lookup finds the account of a prepared localpart; fault.NotFound says there is none. It should take the same time for both.
	Lookup func(ctx context.Context, user string) (Account, error)
	// Anonymous lets a guest in and names him; trace is what the client sent (a link's token), at most 255 characters.
	// fault.Unauthenticated, NotFound and Forbidden refuse him; any other error is a temporary failure, of which a fault.Limit
	// shows its text.
	Anonymous func(ctx context.Context, trace string) (user string, err error)

	// External is the prepared localpart of whom the connection itself has proved its client to be, as by a browser's session; "" when nobody.
	External string

	// FakeSecret makes salts for unknown users: the same name gets the same salt as long as the secret stays. At least 16 random bytes,
	// kept over a restart.
	FakeSecret []byte
	// Iterations is the count that unknown users show: that of most accounts, or else they stand out. 0 means DefaultIterations.
	Iterations int
	Limiter    *Limiter   // counts failures; nil means no lock-out
	Addr       netip.Addr // where the client connects from, for Limiter
}

// Offered returns the mechanisms to announce on this connection, in the order of Mechanisms: -PLUS only where a channel binding exists, PLAIN
// only under TLS or where plain text is allowed, ANONYMOUS only where guests are let in, EXTERNAL only where it is known who the client is.
func Offered(cfg Config) []string {
	mechanisms := cfg.Mechanisms
	if mechanisms == nil {
		mechanisms = DefaultMechanisms()
	}
	offered := make([]string, 0, len(mechanisms))
	for _, name := range mechanisms {
		if cfg.usable(name) {
			offered = append(offered, name)
		}
	}
	return offered
}

func (cfg *Config) usable(mechanism string) bool {
	switch mechanism {
	case ScramSHA256, ScramSHA1:
		return cfg.Lookup != nil
	case ScramSHA256Plus, ScramSHA1Plus:
		return cfg.Lookup != nil && len(ChannelBindings(*cfg)) > 0
	case Plain:
		return cfg.Lookup != nil && (cfg.TLS != nil || cfg.AllowPlaintext)
	case Anonymous:
		return cfg.Anonymous != nil
	case External:
		return cfg.External != "" && cfg.Lookup != nil
	}
	return false
}

// configured reports whether the mechanism is allowed at all, usable on this connection or not.
func (cfg *Config) configured(mechanism string) bool {
	if cfg.Mechanisms == nil {
		return slices.Contains(DefaultMechanisms(), mechanism)
	}
	return slices.Contains(cfg.Mechanisms, mechanism)
}

// offersPlus reports whether the client saw a mechanism with channel binding in our announcement.
func (cfg *Config) offersPlus() bool {
	return slices.ContainsFunc(Offered(*cfg), isPlus)
}

func isPlus(mechanism string) bool { return strings.HasSuffix(mechanism, "-PLUS") }
