package sasl_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd/sasl"
)

func TestLimiter(t *testing.T) {
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	fail := func(l *sasl.Limiter, user string, addr netip.Addr, times int) {
		for range times {
			l.Fail(user, addr)
		}
	}
	tests := []struct {
		name string
		run  func(l *sasl.Limiter)
		user string
		addr netip.Addr
		want bool
	}{
		{"nobody is locked out at first", func(*sasl.Limiter) {}, "juliet", here, true},
		{"nine failures do not lock out", func(l *sasl.Limiter) { fail(l, "juliet", here, 9) }, "juliet", here, true},
		{"ten failures lock out", func(l *sasl.Limiter) { fail(l, "juliet", here, 10) }, "juliet", here, false},
		{"another address is not locked out", func(l *sasl.Limiter) { fail(l, "juliet", here, 10) }, "juliet", there, true},
		{"another account is not locked out", func(l *sasl.Limiter) { fail(l, "juliet", here, 10) }, "romeo", here, true},
		{"a success forgives the account", func(l *sasl.Limiter) {
			fail(l, "juliet", here, 9)
			l.Succeed("juliet", here)
			fail(l, "juliet", here, 9)
		}, "juliet", here, true},
		{"a lock-out ends after its window", func(l *sasl.Limiter) {
			fail(l, "juliet", here, 10)
			time.Sleep(5*time.Minute + time.Second)
		}, "juliet", here, true},
		{"a lock-out lasts for its window", func(l *sasl.Limiter) {
			fail(l, "juliet", here, 10)
			time.Sleep(5*time.Minute - time.Second)
		}, "juliet", here, false},
		{"the window slides", func(l *sasl.Limiter) {
			fail(l, "juliet", here, 5)
			time.Sleep(3 * time.Minute)
			fail(l, "juliet", here, 5)
			time.Sleep(3 * time.Minute)
			fail(l, "juliet", here, 4)
		}, "juliet", here, true},
		{"a hundred failures lock out an address for every account", func(l *sasl.Limiter) {
			for i := range 100 {
				l.Fail(fmt.Sprint("user", i), here)
			}
		}, "juliet", here, false},
		{"a success does not forgive the address", func(l *sasl.Limiter) {
			for i := range 100 {
				l.Fail(fmt.Sprint("user", i), here)
			}
			l.Succeed("juliet", here)
		}, "juliet", here, false},
		{"failures without account count for the address alone", func(l *sasl.Limiter) { fail(l, "", here, 99) }, "", here, true},
		{"an IPv4 address in IPv6 form is the same address", func(l *sasl.Limiter) {
			fail(l, "juliet", netip.MustParseAddr("::ffff:192.0.2.1"), 10)
		}, "juliet", here, false},
		{"an IPv6 network of 64 bits is one address", func(l *sasl.Limiter) {
			fail(l, "juliet", netip.MustParseAddr("2001:db8::1"), 10)
		}, "juliet", netip.MustParseAddr("2001:db8::ffff:1"), false},
		{"another IPv6 network is another address", func(l *sasl.Limiter) {
			fail(l, "juliet", netip.MustParseAddr("2001:db8::1"), 10)
		}, "juliet", netip.MustParseAddr("2001:db8:0:1::1"), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := sasl.NewLimiter(sasl.LimiterConfig{})
				test.run(l)
				if got := l.Allow(test.user, test.addr); got != test.want {
					t.Errorf("allowed is %v", got)
				}
			})
		})
	}
}

func TestLockOutsAreReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		addr := netip.MustParseAddr("192.0.2.1")
		l := sasl.NewLimiter(sasl.LimiterConfig{AccountFailures: 2, AddressFailures: 4})
		want := func(user string, what sasl.LockOut) {
			t.Helper()
			if got := l.NewLockOut(user, addr); got != what {
				t.Errorf("%s: lock-out %d, want %d", user, got, what)
			}
		}
		want("juliet", sasl.NoLockOut)
		l.Fail("juliet", addr)
		want("juliet", sasl.NoLockOut)
		time.Sleep(time.Minute)
		l.Fail("juliet", addr)
		want("juliet", sasl.OfAccount)
		want("juliet", sasl.NoLockOut)
		want("romeo", sasl.NoLockOut)

		time.Sleep(sasl.DefaultAccountWindow - time.Minute) // the first failure is forgotten, and the next one locks out anew
		want("juliet", sasl.NoLockOut)
		l.Fail("juliet", addr)
		want("juliet", sasl.OfAccount)
		l.Fail("romeo", addr)
		want("romeo", sasl.OfEverything)
		want("juliet", sasl.NoLockOut)
		if (*sasl.Limiter)(nil).NewLockOut("juliet", addr) != sasl.NoLockOut {
			t.Error("a lock-out without a limiter")
		}
	})
}

func TestLockOut(t *testing.T) {
	for _, mechanism := range []string{sasl.ScramSHA256, sasl.Plain} {
		t.Run(mechanism, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := newConfig(t)
				cfg.Limiter = sasl.NewLimiter(sasl.LimiterConfig{AccountFailures: 2})
				wantCondition(t, login(t, cfg, mechanism, wrongSecret), sasl.NotAuthorized)
				wrong := login(t, cfg, mechanism, wrongSecret)
				locked := login(t, cfg, mechanism, secret)
				if !errors.Is(wrong, sasl.ErrWrongPassword) || !errors.Is(locked, sasl.ErrLockedOut) {
					t.Errorf("the log sees %v, then %v", wrong, locked)
				}
				if locked == nil || locked.Condition != wrong.Condition || locked.Text != wrong.Text {
					t.Errorf("the peer sees a lock-out: %+v", locked)
				}
				time.Sleep(6 * time.Minute)
				wantCondition(t, login(t, cfg, mechanism, secret), "")
			})
		})
	}
}

// login logs juliet in by PLAIN or SCRAM.
func login(t *testing.T, cfg sasl.Config, mechanism, password string) *sasl.Failure {
	t.Helper()
	if mechanism != sasl.Plain {
		c := scramClient{mechanism: mechanism, user: "juliet", password: password, gs2: "n,,"}
		_, failure := c.login(t, cfg)
		return failure
	}
	x, err := sasl.NewExchange(mechanism, cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, _, failure := step(t, x, "\x00juliet\x00"+password, true)
	return failure
}

func BenchmarkLimiter(b *testing.B) {
	l := sasl.NewLimiter(sasl.LimiterConfig{})
	b.ReportAllocs()
	for b.Loop() {
		l.Allow("juliet", client)
		l.Fail("juliet", client)
	}
}
