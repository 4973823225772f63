package sasl_test

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

func TestPlain(t *testing.T) {
	tests := []struct {
		name, message, condition string
		reason                   error
	}{
		{"the right password is accepted", "\x00juliet\x00" + secret, "", nil},
		{"the name is prepared", "\x00Juliet\x00" + secret, "", nil},
		{"a name with comma and equals sign needs no escape", "\x00a,b=c\x00" + secret, "", nil},
		{"an authzid of one's own bare JID is accepted", "juliet@capulet.lit\x00juliet\x00" + secret, "", nil},
		{"an authzid of another is refused", "romeo@capulet.lit\x00juliet\x00" + secret, sasl.InvalidAuthzid, nil},
		{"a wrong password is refused", "\x00juliet\x00" + wrongSecret, sasl.NotAuthorized, sasl.ErrWrongPassword},
		{"an empty password is refused", "\x00juliet\x00", sasl.NotAuthorized, sasl.ErrWrongPassword},
		{"an unknown user is refused", "\x00mercutio\x00" + secret, sasl.NotAuthorized, sasl.ErrUnknownUser},
		{"a disabled account is refused", "\x00tybalt\x00" + secret, sasl.NotAuthorized, sasl.ErrDisabled},
		{"an outside directory may accept", "\x00nurse\x00" + secret, "", nil},
		{"an outside directory may refuse", "\x00nurse\x00" + wrongSecret, sasl.NotAuthorized, sasl.ErrWrongPassword},
		{"an outside directory is not asked for an empty password", "\x00nurse\x00", sasl.NotAuthorized, sasl.ErrWrongPassword},
		{"an account that cannot be read is a temporary failure", "\x00broken\x00" + secret, sasl.TemporaryAuthFailure, nil},
		{"no name", "\x00\x00" + secret, sasl.MalformedRequest, nil},
		{"no separator", "juliet", sasl.MalformedRequest, nil},
		{"too many separators", "\x00juliet\x00a\x00b", sasl.MalformedRequest, nil},
		{"text that is not UTF-8", "\x00juliet\x00\xff", sasl.MalformedRequest, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, initial := range []bool{true, false} {
				x, err := sasl.NewExchange(sasl.Plain, newConfig(t))
				if err != nil {
					t.Fatal(err)
				}
				if !initial {
					if out, done, failure := step(t, x, "", false); out != "" || done || failure != nil {
						t.Fatalf("without initial response the server says %q, done %v, %v", out, done, failure)
					}
				}
				out, done, failure := step(t, x, test.message, initial)
				wantCondition(t, failure, test.condition)
				if out != "" || done != (test.condition == "") {
					t.Errorf("server says %q, done %v", out, done)
				}
				if test.reason != nil && !errors.Is(failure, test.reason) {
					t.Errorf("the log sees %v, want %v", failure, test.reason)
				}
			}
		})
	}
}

func TestAnonymous(t *testing.T) {
	tests := []struct {
		name, trace string
		initial     bool
		condition   string
	}{
		{"a known token is let in", "token", true, ""},
		{"no initial response is an empty trace", "", false, sasl.NotAuthorized},
		{"an unknown token is refused", "other", true, sasl.NotAuthorized},
		{"an error is a temporary failure", "broken", true, sasl.TemporaryAuthFailure},
		{"a full house is a temporary failure", "full", true, sasl.TemporaryAuthFailure},
		{"a trace of 255 characters is accepted", strings.Repeat("ü", 255), true, ""},
		{"a trace of 256 characters is refused", strings.Repeat("ü", 256), true, sasl.MalformedRequest},
		{"a trace that is not UTF-8 is refused", "\xff", true, sasl.MalformedRequest},
		{"a guest's name that is no localpart is our fault", "badname", true, sasl.TemporaryAuthFailure},
	}
	cfg := sasl.Config{Domain: "guest.capulet.lit", Anonymous: func(_ context.Context, trace string) (string, error) {
		switch trace {
		case "", "other":
			return "", fault.New(fault.Forbidden, "no such link")
		case "broken":
			return "", errors.New("broken")
		case "full":
			return "", fault.New(fault.Limit, "too many guests")
		case "badname":
			return "a@b", nil
		}
		return "guest-1", nil
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, err := sasl.NewExchange(sasl.Anonymous, cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, done, failure := step(t, x, test.trace, test.initial)
			wantCondition(t, failure, test.condition)
			if done != (test.condition == "") || done && (x.User() != "guest-1" || !x.Anonymous()) {
				t.Errorf("done %v, user %q, anonymous %v", done, x.User(), x.Anonymous())
			}
		})
	}
}

func TestOffered(t *testing.T) {
	tls13, tls12 := &tls.ConnectionState{Version: tls.VersionTLS13}, &tls.ConnectionState{Version: tls.VersionTLS12}
	guests := func(context.Context, string) (string, error) { return "guest", nil }
	tests := []struct {
		name     string
		change   func(*sasl.Config)
		want     string
		bindings string
	}{
		{"TLS 1.3 has a binding by itself", func(c *sasl.Config) { c.TLS = tls13 },
			"SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", "tls-exporter"},
		{"TLS 1.3 with a certificate has two", func(c *sasl.Config) { c.TLS, c.ServerEndPoint = tls13, []byte{1} },
			"SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", "tls-exporter tls-server-end-point"},
		{"TLS 1.2 without a usable certificate has no binding", func(c *sasl.Config) { c.TLS = tls12 }, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", ""},
		{"TLS 1.2 binds to the certificate", func(c *sasl.Config) { c.TLS, c.ServerEndPoint = tls12, []byte{1} },
			"SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", "tls-server-end-point"},
		{"no PLAIN without TLS", func(c *sasl.Config) { c.AllowPlaintext = false }, "SCRAM-SHA-256 SCRAM-SHA-1", ""},
		{"PLAIN without TLS where it is allowed", func(c *sasl.Config) { c.ServerEndPoint = []byte{1} }, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", ""},
		{"guests alone on a domain without accounts", func(c *sasl.Config) { c.Lookup, c.Anonymous = nil, guests }, "ANONYMOUS", ""},
		{"EXTERNAL first where it is known who the client is", func(c *sasl.Config) { c.External = "juliet" }, "EXTERNAL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", ""},
		{"only what is allowed, in that order", func(c *sasl.Config) {
			c.TLS, c.Mechanisms = tls13, []string{sasl.Plain, "X-OTHER", sasl.ScramSHA1}
		}, "PLAIN SCRAM-SHA-1", "tls-exporter"},
		{"nothing where nothing is allowed", func(c *sasl.Config) { c.Mechanisms = []string{} }, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := newConfig(t)
			test.change(&cfg)
			offered := sasl.Offered(cfg)
			if got := strings.Join(offered, " "); got != test.want {
				t.Errorf("offered are %q, want %q", got, test.want)
			}
			if got := strings.Join(sasl.ChannelBindings(cfg), " "); got != test.bindings {
				t.Errorf("bindings are %q, want %q", got, test.bindings)
			}
			for _, mechanism := range append(sasl.DefaultMechanisms(), "X-OTHER", "") {
				if _, err := sasl.NewExchange(mechanism, cfg); (err == nil) != slices.Contains(offered, mechanism) {
					t.Errorf("exchange for %q: %v, but offered is %q", mechanism, err, offered)
				}
			}
		})
	}
}

func TestNewExchangeRefuses(t *testing.T) {
	cfg := newConfig(t)
	cfg.AllowPlaintext = false
	_, err := sasl.NewExchange(sasl.Plain, cfg)
	wantCondition(t, failureOf(t, err), sasl.EncryptionRequired)
	_, err = sasl.NewExchange(sasl.ScramSHA256Plus, cfg)
	wantCondition(t, failureOf(t, err), sasl.InvalidMechanism)
	_, err = sasl.NewExchange("DIGEST-MD5", cfg)
	wantCondition(t, failureOf(t, err), sasl.InvalidMechanism)
	cfg.FakeSecret = nil
	_, err = sasl.NewExchange(sasl.ScramSHA256, cfg)
	wantCondition(t, failureOf(t, err), sasl.TemporaryAuthFailure)
}

func TestPanicsEndTheExchangeOnly(t *testing.T) {
	cfg := newConfig(t)
	cfg.Lookup = func(context.Context, string) (sasl.Account, error) { panic("bug") }
	for mechanism, message := range map[string]string{sasl.Plain: "\x00juliet\x00" + secret, sasl.ScramSHA1: "n,,n=juliet,r=abc"} {
		x, err := sasl.NewExchange(mechanism, cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, _, failure := step(t, x, message, true)
		wantCondition(t, failure, sasl.TemporaryAuthFailure)
		_, _, failure = step(t, x, message, true)
		wantCondition(t, failure, sasl.MalformedRequest)
	}
}
