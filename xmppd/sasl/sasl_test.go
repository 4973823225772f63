package sasl_test

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

// Passwords of the test accounts.
const (
	secret      = "Wherefore4"
	wrongSecret = "Therefore5"
)

var client = netip.MustParseAddr("192.0.2.7")

// newConfig returns a Config for capulet.lit with juliet, tybalt (disabled) and nurse (checked outside).
func newConfig(t testing.TB) sasl.Config {
	t.Helper()
	keys, err := sasl.DeriveKeys(secret, sasl.MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	accounts := map[string]sasl.Account{
		"juliet": {Keys: keys},
		"a,b=c":  {Keys: keys},
		"tybalt": {Keys: keys, Disabled: true},
		"nurse": {CheckPassword: func(_ context.Context, password string) error {
			if password != secret {
				return fault.New(fault.Unauthenticated, "wrong password")
			}
			return nil
		}},
	}
	return sasl.Config{
		Domain:         "capulet.lit",
		AllowPlaintext: true,
		FakeSecret:     []byte("0123456789abcdef"),
		Addr:           client,
		Lookup: func(_ context.Context, user string) (sasl.Account, error) {
			if user == "broken" {
				return sasl.Account{}, errors.New("disk is on fire")
			}
			account, ok := accounts[user]
			if !ok {
				return account, fault.New(fault.NotFound, "no such account")
			}
			return account, nil
		},
	}
}

// step runs one step and splits its failure off.
func step(t testing.TB, x *sasl.Exchange, in string, hasInitial bool) (string, bool, *sasl.Failure) {
	t.Helper()
	out, done, err := x.Step(context.Background(), []byte(in), hasInitial)
	return string(out), done, failureOf(t, err)
}

func failureOf(t testing.TB, err error) *sasl.Failure {
	t.Helper()
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*sasl.Failure](err)
	if !ok {
		t.Fatalf("error is no Failure: %v", err)
	}
	return f
}

// scramClient is a client's side of SCRAM (RFC 5802 §3), written for these tests only, that can be told to misbehave.
type scramClient struct {
	mechanism string
	password  string
	gs2       string // GS2 header
	user      string // as sent, escaped
	binding   []byte // channel binding data
	extra     string // put before the proof, with its comma
	key       []byte // salted password, computed at first use
}

func (c *scramClient) newHash() func() hash.Hash {
	if strings.HasPrefix(c.mechanism, "SCRAM-SHA-256") {
		return sha256.New
	}
	return sha1.New
}

func (c *scramClient) first() string { return c.gs2 + c.firstBare() }

func (c *scramClient) firstBare() string { return "n=" + c.user + ",r=clientnonce" }

// final answers the server's first message; it also returns what the server must say to that.
func (c *scramClient) final(challenge string) (message, verifier string, err error) {
	fields := strings.Split(challenge, ",")
	if len(fields) != 3 {
		return "", "", fmt.Errorf("server-first-message is %q", challenge)
	}
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(fields[1], "s="))
	if err != nil {
		return "", "", err
	}
	iterations, err := strconv.Atoi(strings.TrimPrefix(fields[2], "i="))
	if err != nil {
		return "", "", err
	}
	h := c.newHash()
	if c.key == nil {
		if c.key, err = pbkdf2.Key(h, c.password, salt, iterations, h().Size()); err != nil {
			return "", "", err
		}
	}
	mac := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	withoutProof := "c=" + base64.StdEncoding.EncodeToString(append([]byte(c.gs2), c.binding...)) + "," + fields[0] + c.extra
	authMessage := c.firstBare() + "," + challenge + "," + withoutProof
	clientKey := mac(c.key, "Client Key")
	storedKey := h()
	storedKey.Write(clientKey)
	proof := mac(storedKey.Sum(nil), authMessage)
	subtle.XORBytes(proof, proof, clientKey)
	verifier = "v=" + base64.StdEncoding.EncodeToString(mac(mac(c.key, "Server Key"), authMessage))
	return withoutProof + ",p=" + base64.StdEncoding.EncodeToString(proof), verifier, nil
}

// login runs a whole SCRAM exchange.
func (c *scramClient) login(t testing.TB, cfg sasl.Config) (*sasl.Exchange, *sasl.Failure) {
	t.Helper()
	x, err := sasl.NewExchange(c.mechanism, cfg)
	if err != nil {
		return nil, failureOf(t, err)
	}
	challenge, done, failure := step(t, x, c.first(), true)
	if failure != nil {
		return x, failure
	}
	if done {
		t.Fatal("done after the first message")
	}
	message, verifier, err := c.final(challenge)
	if err != nil {
		t.Fatal(err)
	}
	out, done, failure := step(t, x, message, true)
	if failure == nil && (!done || out != verifier) {
		t.Fatalf("server says %q, done %v; want %q", out, done, verifier)
	}
	return x, failure
}

func wantCondition(t testing.TB, failure *sasl.Failure, condition string) {
	t.Helper()
	switch {
	case failure == nil && condition != "":
		t.Errorf("no failure, want %s", condition)
	case failure != nil && failure.Condition != condition:
		t.Errorf("failure is %v, want condition %q", failure, condition)
	}
}
