package websession_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/components/websession"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

const password = "Wherefore4"

var (
	ctx    = context.Background()
	clara  = jid.MustParse("clara@chat.example")
	plain  = jid.MustParse("plain@chat.example")
	office = netip.MustParseAddr("192.0.2.1")
)

type house struct {
	dir    *directory.Directory
	logins *websession.Service
}

func open(t testing.TB, db *store.DB, cfg websession.Config) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	key := func(bool) (*directory.Sealer, error) { return directory.NewSealer(make([]byte, directory.KeySize)) }
	dir, err := directory.Open(ctx, db, []string{"chat.example", "other.example"}, directory.Config{Iterations: sasl.MinIterations}, key, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.Close)
	logins, err := websession.New(ctx, db, cfg, dir.Accounts, dir.Domains(), sasl.NewLimiter(sasl.LimiterConfig{}), log)
	if err != nil {
		t.Fatal(err)
	}
	dir.OnChange(logins.Changed)
	return &house{dir, logins}
}

// people makes clara, who may everything, and one who may not log in here.
func (h *house) people(t testing.TB) {
	t.Helper()
	for _, u := range []directory.NewAccount{
		{JID: clara, Password: password, Role: directory.SystemAdministrator},
		{JID: jid.MustParse("second@chat.example"), Password: password, Role: directory.SystemAdministrator},
		{JID: plain, Password: password},
		{JID: jid.MustParse("clara@other.example"), Password: password, Role: directory.PBXManager},
	} {
		if _, err := h.dir.Accounts.Create(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) logIn(t testing.TB, login string) websession.Session {
	t.Helper()
	s, err := h.logins.LogIn(ctx, login, password, office)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *house) lives(token string) bool {
	_, err := h.logins.Find(ctx, token)
	return err == nil
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db, websession.Config{PerUser: 3})
		h.people(t)
		fn(t, h)
	})
}

func TestASessionIsFoundByItsTokenAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.logIn(t, "clara")
		found, err := h.logins.Find(ctx, s.Token)
		if err != nil || found.Account.JID != clara || found.CSRF != s.CSRF || found.Token != "" {
			t.Fatalf("found %+v, %v", found, err)
		}
		if len(s.Token) < 43 || s.CSRF == s.Token || !found.Verify(s.CSRF) || found.Verify("") || found.Verify(s.Token) {
			t.Errorf("token %q, synchroniser token %q", s.Token, s.CSRF)
		}
		other := h.logIn(t, "clara@chat.example")
		if other.Token == s.Token || other.CSRF == s.CSRF || other.Verify(s.CSRF) {
			t.Error("two sessions share a token")
		}
		for _, token := range []string{"", "x", strings.Repeat("A", 43), s.Token + "A", s.Token[1:], strings.ToUpper(s.Token)} {
			if _, err := h.logins.Find(ctx, token); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("token %q: %v", token, err)
			}
		}
		if err := h.logins.End(ctx, found); err != nil || h.lives(s.Token) || !h.lives(other.Token) {
			t.Errorf("the end of one session (%v)", err)
		}
	})
}

func TestTheDatabaseHoldsNoTokens(t *testing.T) {
	db := storetest.OpenMemory(t)
	h := open(t, db, websession.Config{})
	h.people(t)
	s := h.logIn(t, "clara")
	var hash []byte
	if err := db.QueryRow(ctx, "SELECT hash FROM websession").Scan(&hash); err != nil || len(hash) != 32 || strings.Contains(s.Token, string(hash)) {
		t.Errorf("stored: %x (%v)", hash, err)
	}
	if h.lives(string(hash)) {
		t.Error("what is stored opens a session")
	}
}

func TestWhateverChangesAtAnAccountEndsItsSessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.dir.Accounts
		for name, change := range map[string]func() error{
			"password":          func() error { return a.SetPassword(ctx, clara, password) },
			"disabled":          func() error { return a.Disable(ctx, clara) },
			"disabled and back": func() error { return errors.Join(a.Disable(ctx, clara), a.Enable(ctx, clara)) },
			"lower level":       func() error { return a.SetRole(ctx, clara, directory.Administrator) },
			"level and back": func() error {
				return errors.Join(a.SetRole(ctx, clara, directory.NoRole), a.SetRole(ctx, clara, directory.SystemAdministrator))
			},
			"bin":                func() error { return a.Trash(ctx, jid.JID{}, clara) },
			"bin and back":       func() error { return errors.Join(a.Trash(ctx, jid.JID{}, clara), a.Restore(ctx, jid.JID{}, clara)) },
			"session of another": nil,
		} {
			s, second := h.logIn(t, "clara"), h.logIn(t, "second")
			if change == nil {
				continue
			}
			if err := change(); err != nil {
				t.Fatal(name, err)
			}
			if h.lives(s.Token) {
				t.Errorf("%s: the session lives on", name)
			}
			if !h.lives(second.Token) {
				t.Errorf("%s: it ended the session of another", name)
			}
			if err := errors.Join(a.Enable(ctx, clara), a.Restore(ctx, jid.JID{}, clara), a.SetRole(ctx, clara, directory.SystemAdministrator)); err != nil {
				t.Fatal(name, err)
			}
			if h.lives(s.Token) {
				t.Errorf("%s: the session came back", name)
			}
		}
		s := h.logIn(t, "clara")
		if err := a.SetDisplayName(ctx, clara, "Clara Weiß"); err != nil || !h.lives(s.Token) {
			t.Errorf("another display name ended the session (%v)", err)
		}
		if err := h.logins.ForgetAccount(ctx, clara); err != nil || h.lives(s.Token) {
			t.Errorf("a forgotten account has a session (%v)", err)
		}
	})
}

// A session is one on every node as soon as it has begun, though the news of its account has not come to all of them.
func TestANodeThatHasHeardNothingKnowsASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here, there := open(t, db, websession.Config{}), open(t, db, websession.Config{})
		here.people(t) // nobody tells the other node of any change
		lasts := func(what string, token string) {
			t.Helper()
			if found, err := there.logins.Find(ctx, token); err != nil || found.Account.JID != clara {
				t.Errorf("%s: %v", what, err)
			}
		}
		first := here.logIn(t, "clara")
		lasts("a new account", first.Token)
		for _, step := range []func() error{
			func() error { return here.dir.Accounts.SetPassword(ctx, clara, password) },
			func() error { return here.dir.Accounts.Disable(ctx, clara) },
			func() error { return here.dir.Accounts.Enable(ctx, clara) },
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		lasts("an account that was changed", here.logIn(t, "clara").Token)
		if there.lives(first.Token) {
			t.Error("a session from before the change lasts")
		}
		if first = here.logIn(t, "clara"); there.lives(first.Token[1:]+"A") || !here.lives(first.Token) {
			t.Error("what the other node refuses ends the session of this one")
		}
	})
}

func TestOneUserHasOnlySoManySessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var tokens []string
		for range 5 {
			tokens = append(tokens, h.logIn(t, "clara").Token)
			time.Sleep(2 * time.Millisecond) // their order is that of their times
		}
		lives := make([]bool, len(tokens))
		for i, token := range tokens {
			lives[i] = h.lives(token)
		}
		if !slices.Equal(lives, []bool{false, false, true, true, true}) {
			t.Errorf("of five sessions live %v, want the last three", lives)
		}
	})
}

func TestSessionsEndWithTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.OpenMemory(t)
		h := open(t, db, websession.Config{})
		h.people(t)
		idle, busy := h.logIn(t, "clara"), h.logIn(t, "clara")
		for range 3 { // 29 minutes each
			time.Sleep(29 * time.Minute)
			if !h.lives(busy.Token) {
				t.Fatal("a session in use ended")
			}
		}
		if h.lives(idle.Token) {
			t.Error("a session nobody used for an hour and a half lives")
		}
		for range 21 {
			time.Sleep(29 * time.Minute)
			h.lives(busy.Token)
		}
		if !h.lives(busy.Token) {
			t.Error("a session in use ended before twelve hours")
		}
		time.Sleep(25 * time.Minute)
		if h.lives(busy.Token) {
			t.Error("a session lives longer than twelve hours")
		}
	})
}

func TestSweepRemovesWhatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.OpenMemory(t)
		h := open(t, db, websession.Config{})
		h.people(t)
		h.logIn(t, "clara")
		sweeping, stop := context.WithCancel(ctx)
		go h.logins.Sweep(sweeping)
		count := func() (n int) {
			if err := db.QueryRow(ctx, "SELECT count(*) FROM websession").Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		time.Sleep(25 * time.Minute)
		if n := count(); n != 1 {
			t.Errorf("%d sessions, want the one that lives", n)
		}
		time.Sleep(20 * time.Minute)
		if n := count(); n != 0 {
			t.Errorf("%d sessions are left of one that is over", n)
		}
		stop()
	})
}

//
func TestWhoMayLogIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if err := h.dir.Accounts.Disable(ctx, jid.MustParse("second@chat.example")); err != nil {
			t.Fatal(err)
		}
		refused := func(login, password string) error {
			t.Helper()
			s, err := h.logins.LogIn(ctx, login, password, office)
			if !fault.Is(err, fault.Unauthenticated) || fault.Text(err) != "wrong user name or password" || s.Token != "" {
				t.Errorf("%q with %q: %v %q", login, password, err, fault.Text(err))
			}
			return err
		}
		for login, why := range map[string]error{
			"plain": websession.ErrNoLevel, "second": sasl.ErrDisabled, "nobody": sasl.ErrUnknownUser, "clara@nowhere.example": sasl.ErrUnknownUser,
			"clara@": sasl.ErrUnknownUser, "@": nil, "": nil, "clara@a@b": nil, "cl\x00ara": nil, strings.Repeat("a", 5000): nil, "clara/x": nil, "\xff": nil,
		} {
			if err := refused(login, password); why != nil && !errors.Is(err, why) {
				t.Errorf("%q: the log says %v, want %v", login, err, why)
			}
		}
		for _, wrong := range []string{"", "wrong", password + " ", strings.ToLower(password), "x\x00" + password, strings.Repeat("x", 9000)} {
			refused("clara", wrong)
		}
		if s := h.logIn(t, "clara@other.example"); s.Account.Role != directory.PBXManager {
			t.Errorf("an address leads to %v", s.Account.JID)
		}
		if s := h.logIn(t, "CLARA"); s.Account.JID != clara { // a localpart has no case
			t.Errorf("CLARA is %v", s.Account.JID)
		}
	})
}

func TestLockOutByAccountAndAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, storetest.OpenMemory(t), websession.Config{})
		h.people(t)
		elsewhere := netip.MustParseAddr("198.51.100.7")
		fail := func(n int, login string, from netip.Addr) {
			for range n {
				if _, err := h.logins.LogIn(ctx, login, "wrong", from); err == nil {
					t.Fatal("a wrong password")
				}
			}
		}
		locked := func(login string, from netip.Addr) bool {
			_, err := h.logins.LogIn(ctx, login, password, from)
			return errors.Is(err, websession.ErrLockedOut)
		}
		fail(sasl.DefaultAccountFailures, "clara", office)
		if !locked("clara", office) || locked("second", office) || locked("clara", elsewhere) {
			t.Error("ten failures lock the account out for that address, and nothing else")
		}
		time.Sleep(sasl.DefaultAccountWindow)
		if locked("clara", office) {
			t.Error("the lock-out does not end")
		}
		for i := range sasl.DefaultAddressFailures {
			fail(1, fmt.Sprintf("nobody%d", i), office)
		}
		if !locked("clara", office) || locked("clara", elsewhere) {
			t.Error("a hundred failures lock the address out, and no other")
		}
	})
}

func TestPasswordIsAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if err := h.logins.CheckPassword(ctx, plain, password, office); err != nil {
			t.Error(err)
		}
		if err := h.logins.CheckPassword(ctx, plain, "wrong", office); !fault.Is(err, fault.Unauthenticated) {
			t.Error(err)
		}
	})
}

func TestCookieStaysWithThisHostAndTLS(t *testing.T) {
	w := httptest.NewRecorder()
	websession.SetCookie(w, "token")
	if got := w.Header().Get("Set-Cookie"); got != "__Host-plenum=token; Path=/; HttpOnly; Secure; SameSite=Strict" {
		t.Error(got)
	}
	w = httptest.NewRecorder()
	websession.ClearCookie(w)
	if got := w.Header().Get("Set-Cookie"); got != "__Host-plenum=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict" {
		t.Error(got)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", "__Host-plenum=one")
	if websession.TokenOf(r) != "one" {
		t.Error("the cookie is not found")
	}
	r.Header.Add("Cookie", "__Host-plenum=two")
	if websession.TokenOf(r) != "" {
		t.Error("one of two cookies is believed")
	}
}

func TestWhereARequestComesFrom(t *testing.T) {
	for _, c := range []struct {
		name, site, origin string
		same               bool
	}{
		{"our page", "same-origin", "https://chat.example:8443", true},
		{"our page in an old browser", "", "https://chat.example:8443", true},
		{"our page behind a proxy", "same-origin", "https://public.example", true},
		{"no browser", "", "", true},
		{"another site", "cross-site", "https://evil.example", false},
		{"another site in an old browser", "", "https://evil.example", false},
		{"a sister domain", "same-site", "https://blog.chat.example:8443", false},
		{"another port", "", "https://chat.example:9443", false},
		{"plain HTTP", "", "http://chat.example:8443", false},
		{"a sandboxed frame", "", "null", false},
		{"a name that begins like ours", "", "https://chat.example:8443.evil.example", false},
		{"the address bar", "none", "", false},
		{"nonsense", "", "https://%zz", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://chat.example:8443/api/v1/session", nil)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := websession.SameOrigin(r, "https://public.example"); got != c.same {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, cfg := range []websession.Config{{Idle: time.Minute}, {Idle: time.Hour, Lifetime: time.Minute}, {PerUser: -1}, {Lifetime: 1000 * time.Hour}} {
		if cfg.Validate() == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}
