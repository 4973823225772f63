package turn

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func TestCredentialsHoldForTheirTime(t *testing.T) {
	s := build(t, storetest.OpenMemory(t), Config{CredentialTime: time.Hour})
	now := time.Now()
	for _, c := range []struct {
		sentence string
		made     time.Time
		method   stun.Method
		realm    string
		change   func(*Credentials)
		ok       bool
	}{
		{"fresh", now, stun.MethodAllocate, "example.org", nil, true},
		{"nearly over", now.Add(-59 * time.Minute), stun.MethodAllocate, "example.org", nil, true},
		{"over", now.Add(-61 * time.Minute), stun.MethodAllocate, "example.org", nil, false},
		{"over, in a call", now.Add(-61 * time.Minute), stun.MethodRefresh, "example.org", nil, true},
		{"over, another peer in a call", now.Add(-2 * time.Hour), stun.MethodCreatePermission, "example.org", nil, true},
		{"over for a day", now.Add(-26 * time.Hour), stun.MethodRefresh, "example.org", nil, false},
		{"another realm", now, stun.MethodAllocate, "example.com", nil, false},
		{"no time", now, stun.MethodAllocate, "example.org", func(c *Credentials) { c.Username = "romeo" }, false},
		{"no number", now, stun.MethodAllocate, "example.org", func(c *Credentials) { c.Username = "soon:romeo" }, false},
		{"nobody", now, stun.MethodAllocate, "example.org", func(c *Credentials) { c.Username = "99999999999:" }, false},
		{"nothing", now, stun.MethodAllocate, "example.org", func(c *Credentials) { c.Username = "" }, false},
	} {
		credentials := s.Credentials(romeo, c.made)
		if c.change != nil {
			c.change(&credentials)
		}
		user, key, ok := s.authenticate(&pion.RequestAttributes{Username: credentials.Username, Realm: c.realm, Method: c.method})
		if ok != c.ok || ok && (user == "" || !bytes.Equal(key, pion.GenerateAuthKey(credentials.Username, c.realm, credentials.Password))) {
			t.Errorf("%s: user %q, key %x, %v", c.sentence, user, key, ok)
		}
	}
	if n := s.Stats().RefusedAuth; n != 7 {
		t.Errorf("%d refusals", n)
	}
}

func TestCredentialsNameNobody(t *testing.T) {
	s := build(t, storetest.OpenMemory(t), Config{})
	now := time.Now()
	a, b, c := s.Credentials(romeo, now), s.Credentials(romeo.Bare(), now.Add(time.Minute)), s.Credentials(juliet, now)
	_, who, _ := strings.Cut(a.Username, ":")
	_, again, _ := strings.Cut(b.Username, ":")
	_, other, _ := strings.Cut(c.Username, ":")
	if who != again || who == other || strings.Contains(who, "romeo") {
		t.Errorf("%q, %q, %q", a.Username, b.Username, c.Username)
	}
	if a.Password == b.Password || a.Password == c.Password || a.Expires.Sub(now) > 12*time.Hour || a.Expires.Sub(now) < 12*time.Hour-2*time.Second {
		t.Errorf("%+v, %+v, %+v", a, b, c)
	}
}

func TestFalseCredentialsGetNothing(t *testing.T) {
	r := serve(t, Config{})
	forged := r.Credentials(romeo, time.Now())
	forged.Username = "9" + forged.Username // holds for ever
	over := r.Credentials(romeo, time.Now().Add(-13*time.Hour))
	for sentence, c := range map[string]Credentials{"forged": forged, "over": over, "none": {Username: "romeo", Password: "secret"}} {
		for _, over := range []string{"udp", "tls"} {
			if _, err := r.client(over, c).Allocate(); err == nil {
				t.Errorf("%s over %s: an address was given out", sentence, over)
			}
		}
	}
	if s := r.Stats(); s.RefusedAuth < 6 || s.Taken != 0 {
		t.Errorf("%+v", s)
	}
}

func TestNodesShareTheSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := build(t, db, Config{}), build(t, db, Config{})
		now := time.Now()
		if a.Credentials(romeo, now) != b.Credentials(romeo, now) {
			t.Error("two nodes give out different credentials")
		}
		var sealed []byte
		if err := db.QueryRow(context.Background(), "SELECT secret FROM turn_secret").Scan(&sealed); err != nil || bytes.Contains(sealed, a.secret) {
			t.Errorf("the secret lies open in the database, %v", err)
		}
		key := bytes.Repeat([]byte{1}, directory.KeySize)
		another, err := directory.NewSealer(key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(context.Background(), Config{}, Deps{Log: slog.New(slog.DiscardHandler), Store: db, Seal: another}); err == nil || !strings.Contains(err.Error(), "another key") {
			t.Errorf("with another key: %v", err)
		}
	})
	other := build(t, storetest.OpenMemory(t), Config{})
	if c := build(t, storetest.OpenMemory(t), Config{}).Credentials(romeo, time.Now()); c.Password == other.password(c.Username) {
		t.Error("two organisations have the same secret")
	}
}

func TestAnAddressIsNoUserTwice(t *testing.T) {
	s := build(t, storetest.OpenMemory(t), Config{})
	if s.pseudonym(jid.MustParse("guest1@guest.example.org/a")) == s.pseudonym(jid.MustParse("guest2@guest.example.org/a")) {
		t.Error("two guests are one")
	}
}
