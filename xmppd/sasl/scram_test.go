package sasl_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	mellium "mellium.im/sasl"

	"plenum/xmppd/sasl"
)

func TestExamplesOfTheRFCs(t *testing.T) {
	tests := []struct {
		name, mechanism, salt                   string
		nonce, first, challenge, final, success string
	}{
		{
			"RFC 5802 §5", sasl.ScramSHA1, "QSXCR+Q6sek8bf92",
			"3rfcNHYJY1ZVvWVs7j",
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{
			"RFC 7677 §3", sasl.ScramSHA256, "W22ZaJ0SNY7soEsUEjb6gQ==",
			"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			salt, err := base64.StdEncoding.DecodeString(test.salt)
			if err != nil {
				t.Fatal(err)
			}
			cfg := newConfig(t)
			cfg.Lookup = func(context.Context, string) (sasl.Account, error) {
				return sasl.Account{Keys: sasl.KeysWithSalt(test.mechanism, "pencil", salt, 4096)}, nil
			}
			x, err := sasl.NewExchange(test.mechanism, cfg)
			if err != nil {
				t.Fatal(err)
			}
			x.SetNonce(test.nonce)
			out, done, failure := step(t, x, test.first, true)
			if failure != nil || done || out != test.challenge {
				t.Fatalf("challenge is %q, done %v, %v; want %q", out, done, failure, test.challenge)
			}
			out, done, failure = step(t, x, test.final, true)
			if failure != nil || !done || out != test.success {
				t.Fatalf("success is %q, done %v, %v; want %q", out, done, failure, test.success)
			}
			if x.User() != "user" || x.Anonymous() {
				t.Errorf("user is %q, anonymous %v", x.User(), x.Anonymous())
			}
		})
	}
}

func TestScram(t *testing.T) {
	tests := []struct {
		name                       string
		user, password, gs2, extra string
		condition                  string
		reason                     error
	}{
		{name: "the right password is accepted", user: "juliet"},
		{name: "the name is prepared", user: "JULIET"},
		{name: "escaped commas and equals signs are read", user: "a=2Cb=3Dc"},
		{name: "an optional extension is ignored", user: "juliet", extra: ",x=future"},
		{name: "a client that could bind but saw no -PLUS is accepted where none was announced", user: "juliet", gs2: "y,,"},
		{name: "an authzid of one's own bare JID is accepted", user: "juliet", gs2: "n,a=Juliet@Capulet.lit,"},
		{name: "an authzid of one's own name is accepted", user: "juliet", gs2: "n,a=juliet,"},
		{name: "an authzid of another user is refused", user: "juliet", gs2: "n,a=romeo@capulet.lit,", condition: sasl.InvalidAuthzid},
		{name: "an authzid of another domain is refused", user: "juliet", gs2: "n,a=juliet@montague.lit,", condition: sasl.InvalidAuthzid},
		{name: "an authzid with a resource is refused", user: "juliet", gs2: "n,a=juliet@capulet.lit/balcony,", condition: sasl.InvalidAuthzid},
		{name: "a wrong password is refused", user: "juliet", password: wrongSecret, condition: sasl.NotAuthorized, reason: sasl.ErrWrongPassword},
		{name: "an unknown user is refused", user: "mercutio", condition: sasl.NotAuthorized, reason: sasl.ErrUnknownUser},
		{name: "a disabled account is refused", user: "tybalt", condition: sasl.NotAuthorized, reason: sasl.ErrDisabled},
		{name: "a disabled account with a wrong password is a wrong password", user: "tybalt", password: wrongSecret,
			condition: sasl.NotAuthorized, reason: sasl.ErrWrongPassword},
		{name: "an account without SCRAM keys is refused", user: "nurse", condition: sasl.NotAuthorized, reason: sasl.ErrWrongPassword},
		{name: "a name that is no localpart is an unknown user", user: "juliet@capulet.lit", condition: sasl.NotAuthorized, reason: sasl.ErrUnknownUser},
		{name: "an account that cannot be read is a temporary failure", user: "broken", condition: sasl.TemporaryAuthFailure},
		{name: "a mandatory extension in the final message is refused", user: "juliet", extra: ",m=x", condition: sasl.MalformedRequest},
		{name: "a binding with a mechanism that has none is refused", user: "juliet", gs2: "p=tls-exporter,,", condition: sasl.MalformedRequest},
	}
	for _, mechanism := range []string{sasl.ScramSHA256, sasl.ScramSHA1} {
		for _, test := range tests {
			t.Run(mechanism+"/"+test.name, func(t *testing.T) {
				c := scramClient{mechanism: mechanism, user: test.user, password: secret, gs2: "n,,", extra: test.extra}
				if test.gs2 != "" {
					c.gs2 = test.gs2
				}
				if test.password != "" {
					c.password = test.password
				}
				_, failure := c.login(t, newConfig(t))
				wantCondition(t, failure, test.condition)
				if test.reason != nil && !errors.Is(failure, test.reason) {
					t.Errorf("the log sees %v, want %v", failure, test.reason)
				}
			})
		}
	}
}

func TestRefusedLoginsLookTheSame(t *testing.T) {
	cfg := newConfig(t)
	shape := func(user string) (string, string) {
		c := scramClient{mechanism: sasl.ScramSHA256, user: user, password: wrongSecret, gs2: "n,,"}
		x, err := sasl.NewExchange(c.mechanism, cfg)
		if err != nil {
			t.Fatal(err)
		}
		x.SetNonce("servernonce")
		challenge, _, failure := step(t, x, c.first(), true)
		if failure != nil {
			t.Fatal(failure)
		}
		message, _, err := c.final(challenge)
		if err != nil {
			t.Fatal(err)
		}
		_, _, failure = step(t, x, message, true)
		return challenge, failure.Condition + "/" + failure.Text
	}
	knownChallenge, knownAnswer := shape("juliet")
	fakeChallenge, fakeAnswer := shape("mercutio")
	again, _ := shape("mercutio")
	other, _ := shape("benvolio")
	if fakeChallenge != again {
		t.Errorf("the salt of an unknown user changes: %q, %q", fakeChallenge, again)
	}
	if fakeChallenge == other {
		t.Error("two unknown users share a salt")
	}
	if knownAnswer != fakeAnswer {
		t.Errorf("answers differ: %q for a known user, %q for an unknown one", knownAnswer, fakeAnswer)
	}
	knownSalt, _, _ := strings.Cut(strings.TrimPrefix(knownChallenge, "r=clientnonceservernonce,"), ",")
	fakeSalt, fakeCount, _ := strings.Cut(strings.TrimPrefix(fakeChallenge, "r=clientnonceservernonce,"), ",")
	if len(knownSalt) != len(fakeSalt) {
		t.Errorf("salts differ in length: %q, %q", knownSalt, fakeSalt)
	}
	if fakeCount != "i=10000" {
		t.Errorf("an unknown user has %s, new accounts have %d", fakeCount, sasl.DefaultIterations)
	}
	cfg.Iterations = sasl.MinIterations
	known := knownChallenge[strings.LastIndex(knownChallenge, ","):]
	if unknown, _ := shape("mercutio"); !strings.HasSuffix(unknown, known) {
		t.Errorf("challenges end in %s for a known user, %s for an unknown one", known, unknown)
	}
}

func TestScramMessages(t *testing.T) {
	tests := []struct {
		name, first, final string
		condition          string
	}{
		{"no text at all", "", "", sasl.MalformedRequest},
		{"an unknown binding flag", "x,,n=juliet,r=abc", "", sasl.MalformedRequest},
		{"a binding flag without name", "p=,,n=juliet,r=abc", "", sasl.MalformedRequest},
		{"an authzid without its attribute", "n,juliet,n=juliet,r=abc", "", sasl.MalformedRequest},
		{"a mandatory extension", "n,,m=x,n=juliet,r=abc", "", sasl.MalformedRequest},
		{"a mandatory extension behind the nonce", "n,,n=juliet,r=abc,m=x", "", sasl.MalformedRequest},
		{"an empty name", "n,,n=,r=abc", "", sasl.MalformedRequest},
		{"a lone equals sign in the name", "n,,n=a=b,r=abc", "", sasl.MalformedRequest},
		{"an equals sign at the end of the name", "n,,n=a=,r=abc", "", sasl.MalformedRequest},
		{"a name that is not UTF-8", "n,,n=\xff,r=abc", "", sasl.MalformedRequest},
		{"a missing nonce", "n,,n=juliet", "", sasl.MalformedRequest},
		{"an empty nonce", "n,,n=juliet,r=", "", sasl.MalformedRequest},
		{"a nonce that is not printable", "n,,n=juliet,r=a b", "", sasl.MalformedRequest},
		{"an attribute without value", "n,,n=juliet,r=abc,x", "", sasl.MalformedRequest},
		{"a message of 9000 bytes", "n,,n=juliet,r=" + strings.Repeat("a", 9000), "", sasl.MalformedRequest},
		{"a final message without proof", "n,,n=juliet,r=abc", "c=biws,r=abcdef", sasl.MalformedRequest},
		{"a final message with a bad proof encoding", "n,,n=juliet,r=abc", "c=biws,r=abcdef,p=***", sasl.MalformedRequest},
		{"a final message without binding", "n,,n=juliet,r=abc", "r=abcdef,p=AAAA", sasl.MalformedRequest},
		{"a final message with a bad binding encoding", "n,,n=juliet,r=abc", "c=?,r=abcdef,p=AAAA", sasl.MalformedRequest},
		{"a nonce that is not the server's", "n,,n=juliet,r=abc", "c=biws,r=abcxyz,p=AAAA", sasl.MalformedRequest},
		{"a GS2 header that differs from the first", "n,,n=juliet,r=abc", "c=eSws,r=abcdef,p=AAAA", sasl.NotAuthorized},
		{"a proof that is too short", "n,,n=juliet,r=abc", "c=biws,r=abcdef,p=AAAA", sasl.NotAuthorized},
		{"an empty proof", "n,,n=juliet,r=abc", "c=biws,r=abcdef,p=", sasl.NotAuthorized},
		{"a proof of zeros for an unknown user", "n,,n=mercutio,r=abc",
			"c=biws,r=abcdef,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", sasl.NotAuthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, err := sasl.NewExchange(sasl.ScramSHA256, newConfig(t))
			if err != nil {
				t.Fatal(err)
			}
			x.SetNonce("def")
			_, _, failure := step(t, x, test.first, true)
			if test.final != "" {
				if failure != nil {
					t.Fatal(failure)
				}
				_, _, failure = step(t, x, test.final, true)
			}
			wantCondition(t, failure, test.condition)
			_, _, failure = step(t, x, "n,,n=juliet,r=abc", true)
			wantCondition(t, failure, sasl.MalformedRequest)
		})
	}
}

func TestMelliumClient(t *testing.T) {
	mechanisms := map[string]mellium.Mechanism{
		sasl.ScramSHA256: mellium.ScramSha256, sasl.ScramSHA1: mellium.ScramSha1, sasl.Plain: mellium.Plain,
	}
	for name, mechanism := range mechanisms {
		t.Run(name, func(t *testing.T) {
			for password, condition := range map[string]string{secret: "", wrongSecret: sasl.NotAuthorized} {
				c := mellium.NewClient(mechanism, mellium.Credentials(func() (user, pass, identity []byte) {
					return []byte("juliet"), []byte(password), nil
				}))
				wantCondition(t, converse(t, c, name, newConfig(t)), condition)
			}
		})
	}
}

// converse lets mellium's client talk to us until one of them ends it.
func converse(t *testing.T, c *mellium.Negotiator, mechanism string, cfg sasl.Config) *sasl.Failure {
	t.Helper()
	x, err := sasl.NewExchange(mechanism, cfg)
	if err != nil {
		t.Fatal(err)
	}
	more, message, err := c.Step(nil)
	for range 5 {
		if err != nil {
			t.Fatal(err)
		}
		out, done, failure := step(t, x, string(message), true)
		if failure != nil {
			return failure
		}
		if !more {
			if !done {
				t.Fatal("the client thinks that it is over, the server does not")
			}
			return nil
		}
		more, message, err = c.Step([]byte(out))
		if done {
			if err != nil {
				t.Fatal(err)
			}
			return nil
		}
	}
	t.Fatal("no end after five messages")
	return nil
}

func BenchmarkScram(b *testing.B) {
	for _, mechanism := range []string{sasl.ScramSHA256, sasl.ScramSHA1} {
		b.Run(mechanism, func(b *testing.B) {
			cfg := newConfig(b)
			c := scramClient{mechanism: mechanism, user: "juliet", password: secret, gs2: "n,,"}
			if _, failure := c.login(b, cfg); failure != nil { // computes the client's key once
				b.Fatal(failure)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, failure := c.login(b, cfg); failure != nil {
					b.Fatal(failure)
				}
			}
		})
	}
}
