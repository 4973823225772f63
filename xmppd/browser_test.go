package xmppd_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// madeBrowsers know people by a cookie with their address.
type madeBrowsers struct {
	mu     sync.Mutex
	logins []*madeLogin
}

func (b *madeBrowsers) Identify(r *http.Request) xmppd.BrowserLogin {
	c, err := r.Cookie("user")
	if err != nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &madeLogin{user: jid.MustParse(c.Value), lasts: true}
	b.logins = append(b.logins, l)
	return l
}

func (b *madeBrowsers) last() *madeLogin {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logins[len(b.logins)-1]
}

type madeLogin struct {
	user jid.JID

	mu    sync.Mutex
	lasts bool
	asked int
	fns   map[*func()]func()
}

func (l *madeLogin) User() jid.JID { return l.user }

func (l *madeLogin) Lasts(context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	return l.lasts
}

func (l *madeLogin) OnEnd(fn func()) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fns == nil {
		l.fns = map[*func()]func(){}
	}
	key := &fn
	l.fns[key] = fn
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.fns, key)
	}
}

func (l *madeLogin) listeners() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.fns)
}

// expires ends the log-in without a word.
func (l *madeLogin) expires() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lasts = false
}

// ends ends it and says so.
func (l *madeLogin) ends() {
	l.mu.Lock()
	fns := l.fns
	l.fns, l.lasts = nil, false
	l.mu.Unlock()
	for _, fn := range fns {
		fn()
	}
}

func inBrowser(t testing.TB, url, user string) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: http.Header{"Cookie": {"user=" + user}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &socket{t, conn}
}

func external(authzid string) string {
	text := "="
	if authzid != "" {
		text = base64.StdEncoding.EncodeToString([]byte(authzid))
	}
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>" + text + "</auth>"
}

const offersExternal = wsFeatures + "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism>"

func (s *socket) entersByBrowser(authzid string) {
	s.t.Helper()
	s.send(open)
	s.want(wsOpen, offersExternal)
	s.send(external(authzid))
	s.want("<success")
	s.send(open)
	s.want(wsOpen, wsFeatures+"<bind")
	s.send(strings.Replace(bindAny, "<iq ", "<iq xmlns='jabber:client' ", 1))
	s.want("<iq xmlns='jabber:client' type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.org/")
}

func startWithBrowsers(t testing.TB) (*xmpptest.Server, *madeBrowsers, string) {
	t.Helper()
	b := new(madeBrowsers)
	s := start(t, xmpptest.Options{
		Deps:   func(d *xmppd.Deps) { d.Browsers = b },
		Config: func(c *xmppd.Config) { c.WebSocketPing = time.Second },
	})
	return s, b, serveWS(t, s)
}

func TestABrowserThatIsLoggedInNeedsNoPassword(t *testing.T) {
	_, b, url := startWithBrowsers(t)
	for _, authzid := range []string{"", "juliet@example.org"} {
		c := inBrowser(t, url, "juliet@example.org")
		c.entersByBrowser(authzid)
		c.send(wsClose)
		c.want(wsClose, wsNormal)
		waitFor(t, "nobody listens any more", func() bool { return b.last().listeners() == 0 })
	}
}

func TestWhomABrowserLetsIn(t *testing.T) {
	_, b, url := startWithBrowsers(t)
	for name, c := range map[string]struct{ user, authzid, offer, condition string }{
		"nobody without a session":           {"", "", wsFeatures + "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM", "invalid-mechanism"},
		"nobody by naming somebody":          {"", "juliet@example.org", wsFeatures, "invalid-mechanism"},
		"nobody but himself":                 {"juliet@example.org", "romeo@example.org", offersExternal, "invalid-authzid"},
		"nobody of another domain":           {"juliet@example.net", "", wsFeatures + "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM", "invalid-mechanism"},
		"nobody whose account is gone since": {"tybalt@example.org", "", offersExternal, "not-authorized"},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialWS(t, url)
			if c.user != "" {
				s = inBrowser(t, url, c.user)
			}
			s.send(open)
			s.want(wsOpen, c.offer)
			s.send(external(c.authzid))
			s.want("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><" + c.condition)
		})
	}
	for _, l := range b.logins {
		if l.listeners() > 0 {
			t.Error("a refused login listens")
		}
	}
}

// The stream ends with the browser's log-in: at once where that is said, with the next ping where it is not. A stream of the same account that has
// logged in by its password stays.
func TestAStreamEndsWithTheBrowsersLogin(t *testing.T) {
	s, b, url := startWithBrowsers(t)
	other := dialWS(t, url)
	other.login()
	for name, end := range map[string]func(*madeLogin){"said": (*madeLogin).ends, "found out": (*madeLogin).expires} {
		t.Run(name, func(t *testing.T) {
			c := inBrowser(t, url, "juliet@example.org")
			c.entersByBrowser("")
			end(b.last())
			c.want(wsError("not-authorized"), wsClose)
			waitFor(t, "the session ends", func() bool { return len(s.AllSessions()) == 1 })
		})
	}
	other.send(wsClose)
	other.want(wsClose)
}

// A session that went on with another connection, which has logged in by itself, does not end with the log-in of the first one.
func TestAResumedSessionStandsOnItsNewLogin(t *testing.T) {
	s, b, url := startWithBrowsers(t)
	first := inBrowser(t, url, "juliet@example.org")
	first.entersByBrowser("")
	first.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	enabled := first.want("<enabled")
	_, rest, _ := strings.Cut(enabled, " id='")
	id, _, _ := strings.Cut(rest, "'")
	old := b.last()
	second := dialWS(t, url)
	second.send(open)
	second.want(wsOpen, wsFeatures)
	second.send(plain("juliet", "juliet-secret"))
	second.want("<success")
	second.send(open)
	second.want(wsOpen, wsFeatures)
	second.send("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>")
	second.want("<resumed")
	old.ends()
	second.send("<iq xmlns='jabber:client' type='get' id='1' to='example.org'><nothing xmlns='urn:test'/></iq>")
	second.want("<iq xmlns='jabber:client'")
	if n := len(s.AllSessions()); n != 1 {
		t.Errorf("%d sessions", n)
	}
}
