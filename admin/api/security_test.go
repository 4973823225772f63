package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/admin/api"
	"plenum/components/directory"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// The tests in this file follow the points of OWASP's cheat sheets on session management, authentication, cross-site request forgery, HTTP headers, REST
// security, mass assignment and error handling.

func TestSessionIDIsNewAtLoginAndTakesNothingOver(t *testing.T) { // session fixation
	w := newWorld(t)
	w.user("clara", directory.SystemAdministrator)
	b := w.browser()
	b.cookie = strings.Repeat("A", 43) // put there by an attacker
	b.want(http.StatusOK, b.logIn("clara", password))
	if b.cookie == strings.Repeat("A", 43) {
		t.Fatal("the browser's own token was taken over")
	}
	first := b.cookie
	b.want(http.StatusOK, b.logIn("clara", password))
	old := w.browser()
	old.cookie = first
	if b.cookie == first || old.get("/session").status != http.StatusUnauthorized {
		t.Error("the session before the log-in lives on")
	}
}

func TestSessionCookie(t *testing.T) { // cookie flags
	w := newWorld(t)
	b := w.admin()
	c := b.cookies[0]
	if c.Name != "__Host-plenum" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("cookie %+v", c)
	}
	if len(c.Value) < 43 { // 256 bits
		t.Errorf("a token of %d characters", len(c.Value))
	}
	if got := b.get("/session"); strings.Contains(got.text, b.cookie) || got.header.Get("Set-Cookie") != "" {
		t.Error("the token is told to scripts, or set again")
	}
}

func TestSessionEndsByIdlenessAndAge(t *testing.T) { // idle and absolute expiry
	synctest.Test(t, func(t *testing.T) {
		w := newNode(t, storetest.OpenMemory(t), sasl.NewLimiter(sasl.LimiterConfig{}))
		b := w.admin()
		idle := w.loggedIn("clara")
		for range 24 {
			time.Sleep(29 * time.Minute)
			if r := b.get("/session"); r.status != http.StatusOK {
				t.Fatalf("a session in use ended: %s", r)
			}
		}
		if r := idle.get("/session"); r.status != http.StatusUnauthorized {
			t.Errorf("an idle session lives: %s", r)
		}
		time.Sleep(25 * time.Minute)
		if r := b.get("/session"); r.status != http.StatusUnauthorized {
			t.Errorf("a session lives longer than twelve hours: %s", r)
		}
	})
}

func TestLogoutEndsTheSessionOnTheServer(t *testing.T) { // logout
	w := newWorld(t)
	b := w.admin()
	token := b.cookie
	out := b.want(http.StatusNoContent, b.del("/session"))
	if c := out.header.Get("Set-Cookie"); !strings.Contains(c, "Max-Age=0") || b.cookie != "" {
		t.Errorf("the cookie stays: %s", c)
	}
	b.cookie = token
	if r := b.get("/session"); r.status != http.StatusUnauthorized {
		t.Errorf("the token still opens the session: %s", r)
	}
}

func TestEveryChangeNeedsTokenAndOrigin(t *testing.T) { // cross-site request forgery
	w := newWorld(t)
	b := w.admin()
	other := w.loggedIn("clara")
	for _, r := range w.api.Routes() {
		if r.Method == http.MethodGet {
			continue
		}
		forge := func(what, code string, change func(*browser, *http.Request)) {
			forged := *b
			request := forged.request(r.Method, somewhere(r), "{}")
			change(&forged, request)
			if got := b.send(request); got.status != http.StatusForbidden || got.code() != code {
				t.Errorf("%s %s with %s: %s", r.Method, r.Path, what, got)
			}
		}
		forge("another site's origin", "origin", func(_ *browser, q *http.Request) { q.Header.Set("Origin", "https://evil.example") })
		forge("no origin", "origin", func(_ *browser, q *http.Request) { q.Header.Set("Origin", "null") })
		forge("another site's fetch", "origin", func(_ *browser, q *http.Request) { q.Header.Set("Sec-Fetch-Site", "cross-site") })
		forge("a sister domain's fetch", "origin", func(_ *browser, q *http.Request) { q.Header.Set("Sec-Fetch-Site", "same-site") })
		if r.Right == api.Anyone {
			continue // there is no session that could be ridden on
		}
		forge("no token", "csrf", func(_ *browser, q *http.Request) { q.Header.Del("X-CSRF-Token") })
		forge("a wrong token", "csrf", func(_ *browser, q *http.Request) { q.Header.Set("X-CSRF-Token", strings.Repeat("A", 43)) })
		forge("the token of another session", "csrf", func(_ *browser, q *http.Request) { q.Header.Set("X-CSRF-Token", other.csrf) })
		forge("the token in the query", "csrf", func(_ *browser, q *http.Request) {
			q.Header.Del("X-CSRF-Token")
			q.URL.RawQuery = "X-CSRF-Token=" + b.csrf
		})
	}
	if r := b.get("/users"); r.status != http.StatusOK {
		t.Errorf("after all this the session is gone: %s", r)
	}
}

func TestReadingChangesNothing(t *testing.T) { // safe methods
	w := newWorld(t)
	b := w.admin()
	for _, r := range w.api.Routes() {
		if r.Method == http.MethodGet && !r.Reads {
			t.Errorf("GET %s changes something", r.Path)
		}
		for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodTrace, "DEBUG"} {
			if got := b.do(method, somewhere(r), nil); got.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %s", method, r.Path, got)
			}
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) { // cache-control, CORS, content type
	w := newWorld(t)
	b := w.admin()
	b.header.Set("Access-Control-Request-Method", "PUT")
	for _, got := range []*answer{
		b.get("/session"), b.get("/users"), b.get("/nowhere"), b.get(user("nobody")), b.post("/users", "{}"), b.post("/users", "nonsense"), w.browser().get("/users"),
		b.do(http.MethodPatch, "/users", nil), b.do(http.MethodOptions, "/users", nil), b.get("/openapi.json"),
	} {
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s is set: %s", name, got)
			}
		}
		if got.status == http.StatusNoContent { // OPTIONS, which no browser asks the page's own server for
			continue
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control %q: %s", got.header.Get("Cache-Control"), got)
		}
		want := "application/json"
		if got.status >= 400 {
			want = "application/problem+json"
			for _, e := range w.api.CheckProblem([]byte(got.text)) {
				t.Errorf("%s is no problem as the document says: %v", got, e)
			}
		}
		if kind := got.header.Get("Content-Type"); kind != want {
			t.Errorf("content type %q: %.60s", kind, got.text)
		}
	}
}

func TestBodiesHaveLimitsAndOneType(t *testing.T) { // body limits, content types
	w := newWorld(t)
	b := w.admin()
	huge := `{"login":"` + strings.Repeat("a", 1<<20) + `"}`
	if got := b.post("/users", huge); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB: %s", got)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "text/json", "application/json;;"} {
		r := b.request(http.MethodPost, "/users", "{}")
		r.Header.Set("Content-Type", kind)
		if got := b.send(r); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %s", kind, got)
		}
	}
	r := b.request(http.MethodPost, "/users/check", newUser("jan", nil))
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	if got := b.send(r); got.status != http.StatusOK {
		t.Errorf("JSON with a character set: %s", got)
	}
	for _, text := range []string{"", "{", "[]", "null", `"x"`, "{}{}", "{} x", "\xff", `{"a":1}`, strings.Repeat("[", 20000), `{"login":"\ud800"}`} {
		if got := b.post("/users", text); got.status != http.StatusBadRequest && got.status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %s", text, got)
		}
	}
}

func TestBodiesThatDoNotComeAreNotWaitedFor(t *testing.T) { // slow requests
	synctest.Test(t, func(t *testing.T) {
		w := newNode(t, storetest.OpenMemory(t), sasl.NewLimiter(sasl.LimiterConfig{}))
		w.user("clara", directory.SystemAdministrator)
		for _, path := range []string{"/session", "/users"} { // one that reads the body, one that refuses before
			client, serverSide := net.Pipe()
			listener := &oneConn{conn: serverSide, closed: make(chan struct{})}
			server := http.Server{Handler: w.handler}
			go server.Serve(listener)
			begun := time.Now()
			fmt.Fprintf(client, "POST /api/v1%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"lo", path, host)
			text, err := io.ReadAll(client)
			if took := time.Since(begun); err != nil || took > time.Minute || !strings.Contains(string(text), "application/problem+json") {
				t.Errorf("%s: %v, %q after %v", path, err, text, took)
			}
			server.Close()
		}
	})
}

// oneConn listens for one connection.
type oneConn struct {
	conn   net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error { l.once.Do(func() { close(l.closed) }); return nil }

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestMethodCannotBeOverridden(t *testing.T) { // method override
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		r := b.request(http.MethodGet, user("jan")+"", nil)
		r.Header.Set(name, "DELETE")
		if got := b.send(r); got.json["state"] != "active" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := b.do(http.MethodGet, user("jan")+"?_method=DELETE", nil); got.status != http.StatusUnprocessableEntity {
		t.Errorf("?_method: %s", got)
	}
	if got := b.get(user("jan")); got.json["state"] != "active" {
		t.Errorf("jan is %v", got.json["state"])
	}
}

func TestErrorsTellNothingOfTheInside(t *testing.T) { // error leakage
	w := newWorld(t)
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { api.Answer(c, err, slogOf(w)) }
	e.GET("/", func(echo.Context) error {
		return errors.New("pq: relation directory_account does not exist at /home/x.go:12")
	})
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	text := recorder.Body.String()
	if recorder.Code != http.StatusInternalServerError || strings.Contains(text, "pq") || strings.Contains(text, ".go") {
		t.Errorf("%d %s", recorder.Code, text)
	}
	id := text[strings.Index(text, `"instance":"`)+12:]
	if id = id[:strings.Index(id, `"`)]; len(id) < 20 || !strings.Contains(w.logs.String(), id) || !strings.Contains(w.logs.String(), "relation") {
		t.Errorf("the log does not say what %q was: %s", id, w.logs)
	}
}

func TestOnlyNamedFieldsAreTakenOver(t *testing.T) { // mass assignment
	w := newWorld(t)
	b := w.admin()
	made := b.want(http.StatusCreated, b.post("/users", newUser("jan", nil)))
	for _, more := range []map[string]any{
		{"jid": "evil@" + host}, {"created": "2020-01-01T00:00:00Z"}, {"passwordChanged": "2020-01-01T00:00:00Z"}, {"state": "deleted"}, {"deleted": nil}, {"keys": "x"},
		{"hasPin": true}, {"changedBy": "x"}, {"editable": true}, {"Level": "system-administrator"}, {"LEVEL": "system-administrator"}, {"role": "system-administrator"},
		{"permissions": []string{"all"}}, {"__proto__": map[string]any{}}, {"login": "other"},
	} {
		f := form(more)
		f["revision"] = made.json["revision"]
		got := b.put(user("jan"), f)
		for name := range more {
			if got.status != http.StatusUnprocessableEntity || got.fields()[name] != "unknown_field" {
				t.Errorf("%v: %s", more, got)
			}
		}
	}
	if now := b.get(user("jan")); now.text != made.text {
		t.Errorf("he has changed: %s\n%s", made, now)
	}
	twice := `{"level":"","level":"system-administrator",` + strings.TrimPrefix(mustJSON(form(map[string]any{"revision": made.json["revision"]})), "{")
	if b.put(user("jan"), twice); b.get(user("jan")).json["level"] != "" {
		t.Error("a field that stands twice deceives the checks")
	}
}

func TestIDsOfOthersLeadNowhere(t *testing.T) { // ID tampering
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	b.want(http.StatusNoContent, b.del(user("jan")))
	for method, paths := range map[string][]string{
		http.MethodGet: {"/users/nobody@" + host, "/users/jan@elsewhere.example", "/permissions/1", "/permissions/..%2Fall", "/groups/x@" + host, "/groups/none@groups." + host,
			"/users/nobody@" + host + "/permissions", "/permissions/none/members", "/groups/none@groups." + host + "/members"},
		http.MethodDelete: {"/users/nobody@" + host, "/bin/clara@" + host, "/bin/nobody@" + host, "/permissions/none", "/groups/none@groups." + host, "/sessions/clara@" + host,
			"/sessions/clara@" + host + "%2Fx", "/groups/none@groups." + host + "/members/jan@" + host},
	} {
		for _, path := range paths {
			if got := b.do(method, path, nil); got.status != http.StatusNotFound && got.status != http.StatusConflict {
				t.Errorf("%s %s: %s", method, path, got)
			}
		}
	}
	for _, path := range []string{"/users/" + strings.Repeat("a", 5000), "/users/a%00b", "/users/%20@" + host, "/users/@", "/users/a%2Fb%2F@" + host, "/sessions/%ff"} {
		if got := b.get(path); got.status != http.StatusUnprocessableEntity && got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%.40s: %s", path, got)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) { // cross-site scripting, injection
	w := newWorld(t)
	b := w.admin()
	for i, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</script><script>`, `{{constructor.constructor('alert(1)')()}}`, `'; DROP TABLE directory_account; --`,
		`javascript:alert(1)`, `=HYPERLINK("http://evil")`, `%s%n`, `${7*7}`, "a\u202eb", `\u003cscript\u003e`, "x\u2028y", `' OR '1'='1`,
	} {
		login := fmt.Sprintf("user%d", i)
		made := b.post("/users", newUser(login, map[string]any{"displayName": evil}))
		if made.status == http.StatusUnprocessableEntity && made.fields()["displayName"] == "bad_character" { // what hides text or turns it around
			made = b.want(http.StatusCreated, b.post("/users", newUser(login, nil)))
		} else if made.json["displayName"] != evil {
			t.Errorf("%q became %q", evil, made.json["displayName"])
		}
		if strings.ContainsAny(made.text, "<>") || strings.Contains(made.text, "\u2028") {
			t.Errorf("markup in the answer: %s", made)
		}
		found := b.get("/users?q=" + urlQuery(login))
		if strings.ContainsAny(found.text, "<>") || found.json["total"] != 1.0 && i != 1 {
			t.Errorf("%q: %s", evil, found)
		}
		b.want(http.StatusOK, b.get("/users?q="+urlQuery(evil)))
		b.want(http.StatusOK, b.get("/audit?q="+urlQuery(evil)))
		p := b.post("/permissions", permission(evil))
		if p.status == http.StatusCreated && p.json["name"] != evil || p.status != http.StatusCreated && p.status != http.StatusUnprocessableEntity {
			t.Errorf("%q as a permission: %s", evil, p)
		}
		g := b.want(http.StatusCreated, b.post("/groups", map[string]any{"name": evil, "local": fmt.Sprintf("g%d", i), "owners": []string{"clara@" + host}, "members": []string{}}))
		if g.json["name"] != evil || strings.ContainsAny(g.text, "<>") {
			t.Errorf("%q as a group: %s", evil, g)
		}
	}
}

// One route takes a file: TestPromptsInTheAPI says how.
func TestOnlyRecordingsOfPromptsCanBeUploaded(t *testing.T) { // uploads
	w := newWorld(t)
	text, err := w.api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for _, sign := range []string{"multipart", "octet-stream", "base64"} {
		if strings.Contains(string(text), sign) {
			t.Errorf("the document speaks of %s: a route that takes files needs tests of its own", sign)
		}
	}
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for path, methods := range document.Paths {
		for method, operation := range methods {
			for kind := range operation.RequestBody.Content {
				if kind != "application/json" && (method != "put" || path != "/prompts/{language}/{id}" || kind != "audio/wav") {
					t.Errorf("%s %s takes %s: a route that takes files needs tests of its own", method, path, kind)
				}
			}
		}
	}
}

func TestForwardingHeadersAreNotBelieved(t *testing.T) {
	w := newWorld(t)
	w.user("clara", directory.SystemAdministrator)
	b := w.browser()
	b.header.Set("X-Forwarded-For", "203.0.113.9")
	b.header.Set("X-Real-Ip", "203.0.113.9")
	b.header.Set("Forwarded", "for=203.0.113.9")
	b.want(http.StatusOK, b.logIn("clara", password))
	if log := b.get("/audit"); strings.Contains(log.text, "203.0.113.9") || !strings.Contains(log.text, "192.0.2.1") {
		t.Errorf("the address in the log: %s", log)
	}
}

func TestGuestsLinksAreThrottled(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	if got := b.get("/public/guest/none"); got.status != http.StatusNotFound {
		t.Error(got)
	}
	b.from = "192.0.2.66"
	if got := b.get("/public/guest/none"); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Error(got)
	}
}
