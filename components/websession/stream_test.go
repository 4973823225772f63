package websession_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/components/websession"
	"plenum/xmppd"
	"plenum/xmppd/store/storetest"
)

// upgrade is the request of a page for a WebSocket.
func upgrade(token, origin, site string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://chat.example/xmpp-websocket", nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: websession.CookieName, Value: token})
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	return r
}

// Another site's page opens no stream with a visitor's cookie (OWASP WSTG-CLNT-10).
func TestAStreamLogsInFromPagesOfOursAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.enter(t, "plain")
		streams := websession.Streams{Sessions: h.logins, Public: "https://public.example"}
		for name, c := range map[string]struct {
			token, origin, site string
			who                 string
		}{
			"our own page":                         {s.Token, "https://chat.example", "same-origin", "plain@chat.example"},
			"our own page behind a proxy":          {s.Token, "https://public.example", "same-origin", "plain@chat.example"},
			"our own page in an old browser":       {s.Token, "https://chat.example", "", "plain@chat.example"},
			"another site's page":                  {s.Token, "https://evil.example", "cross-site", ""},
			"another site's page in an old one":    {s.Token, "https://evil.example", "", ""},
			"a page of a neighbouring domain":      {s.Token, "https://sub.chat.example", "same-site", ""},
			"a page of this host without TLS":      {s.Token, "http://chat.example", "", ""},
			"a page without an origin":             {s.Token, "null", "cross-site", ""},
			"no page":                              {s.Token, "", "", ""},
			"our own page without a session":       {"", "https://chat.example", "same-origin", ""},
			"our own page with a made-up session":  {s.Token[1:] + "A", "https://chat.example", "same-origin", ""},
			"an origin that only begins like ours": {s.Token, "https://chat.example.evil.example", "", ""},
		} {
			login := streams.Identify(upgrade(c.token, c.origin, c.site))
			if got := whose(login); got != c.who {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

func whose(l xmppd.BrowserLogin) string {
	if l == nil {
		return ""
	}
	return l.User().String()
}

// enter logs in to the app.
func (h *house) enter(t testing.TB, login string) websession.Session {
	t.Helper()
	s, err := h.logins.Enter(ctx, login, password, office)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What ends a session tells the streams that stand on it, and no others.
func TestStreamsHearOfTheEndOfTheirSession(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, h *house, s websession.Session){
		"logging out": func(t *testing.T, h *house, s websession.Session) {
			found, err := h.logins.Find(ctx, s.Token)
			if err == nil {
				err = h.logins.End(ctx, found)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"another password": func(t *testing.T, h *house, _ websession.Session) {
			if err := h.dir.Accounts.SetPassword(ctx, plain, "Therefore5"); err != nil {
				t.Fatal(err)
			}
		},
		"a disabled account": func(t *testing.T, h *house, _ websession.Session) {
			if err := h.dir.Accounts.Disable(ctx, plain); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, storetest.OpenMemory(t), websession.Config{})
			h.people(t)
			streams := websession.Streams{Sessions: h.logins}
			s, other := h.enter(t, "plain"), h.enter(t, "clara")
			identify := func(s websession.Session) (login xmppd.BrowserLogin, ended chan struct{}) {
				ended = make(chan struct{})
				login = streams.Identify(upgrade(s.Token, "https://chat.example", "same-origin"))
				login.OnEnd(func() { close(ended) })
				return login, ended
			}
			login, ended := identify(s)
			others, othersEnd := identify(other)
			forgotten := streams.Identify(upgrade(s.Token, "https://chat.example", "same-origin"))
			forgotten.OnEnd(func() { t.Error("who does not listen any more is told") })()
			if !login.Lasts(ctx) || !others.Lasts(ctx) {
				t.Fatal("a session that lives does not last")
			}
			end(t, h, s)
			<-ended
			if login.Lasts(ctx) || !others.Lasts(ctx) {
				t.Error("the sessions afterwards")
			}
			select {
			case <-othersEnd:
				t.Error("another's stream is told")
			default:
			}
		})
	}
}

// The app is open to who has no level; the console is not.
func TestEveryAccountMayEnter(t *testing.T) {
	h := open(t, storetest.OpenMemory(t), websession.Config{})
	h.people(t)
	s := h.enter(t, "plain")
	if s.Account.Role != directory.NoRole || !h.lives(s.Token) {
		t.Errorf("%+v", s.Account)
	}
	if _, err := h.logins.LogIn(ctx, "plain", password, office); err == nil {
		t.Error("who has no level is let into the console")
	}
}

// While the app is open, its session does not end for idleness; it ends at its time all the same, and when the app is closed.
func TestAStreamIsUseOfItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, storetest.OpenMemory(t), websession.Config{})
		h.people(t)
		s := h.enter(t, "plain")
		login := websession.Streams{Sessions: h.logins}.Identify(upgrade(s.Token, "https://chat.example", "same-origin"))
		begun := time.Now()
		for login.Lasts(ctx) {
			time.Sleep(20 * time.Minute)
		}
		if lasted := time.Since(begun); lasted < 12*time.Hour || lasted > 12*time.Hour+20*time.Minute {
			t.Errorf("an open app lasts %v", lasted)
		}
		s = h.enter(t, "plain")
		time.Sleep(30 * time.Minute)
		if h.lives(s.Token) {
			t.Error("a session that nobody uses lasts")
		}
	})
}
