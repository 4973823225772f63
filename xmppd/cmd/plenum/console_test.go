package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"plenum/admin/api"
	"plenum/components/websession"
)

func TestGeneratedOpenAPIDocumentIsFresh(t *testing.T) {
	fresh, err := api.Describe().OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(root, "docs/openapi.json"))
	if err != nil || string(written) != string(fresh) {
		t.Errorf("docs/openapi.json does not describe the API: run make gen (%v)", err)
	}
}

// browser is an administrator's browser at a server in this process.
type browser struct {
	t            *testing.T
	handler      http.Handler
	cookie, csrf string
}

func (b *browser) do(method, path string, body any) (status int, header http.Header, text string) {
	b.t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, "https://localhost:8443"+path, reader)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-CSRF-Token", b.csrf)
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: websession.CookieName, Value: b.cookie})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c.Value
	}
	return w.Code, w.Result().Header, w.Body.String()
}

// get reads a JSON answer into a map.
func (b *browser) get(path string) map[string]any {
	b.t.Helper()
	status, _, text := b.do(http.MethodGet, "/api/v1"+path, nil)
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil || status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, status, text)
	}
	return m
}

func (b *browser) change(method, path string, body any, want int) string {
	b.t.Helper()
	status, _, text := b.do(method, "/api/v1"+path, body)
	if status != want {
		b.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return text
}

// consoleOf starts a server with its demonstration, and logs in as its administrator.
func consoleOf(t *testing.T) (*parts, *browser, string) {
	t.Helper()
	p := assemble(t, t.TempDir())
	t.Cleanup(func() { closing(t, p) })
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.xmpp.Stop(context.Background()) })
	printed, err := demonstrate(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, handler: p.web}
	password := regexp.MustCompile(`(?m)^  romeo@localhost +(\S+)$`).FindStringSubmatch(printed)[1]
	text := b.change(http.MethodPost, "/session", map[string]any{"login": "romeo", "password": password}, http.StatusOK)
	var session struct {
		CSRF string `json:"csrf"`
	}
	if err := json.Unmarshal([]byte(text), &session); err != nil {
		t.Fatal(err)
	}
	b.csrf = session.CSRF
	return p, b, printed
}

// A-010..A-012, A-015, A-016, A-022, A-023, A-085: the console on the real services.
func TestConsoleOfTheDemonstration(t *testing.T) {
	p, b, printed := consoleOf(t)
	link := regexp.MustCompile(`https://\S+/g/(\S+)`).FindStringSubmatch(printed)
	if link == nil || !strings.Contains(printed, "/admin/, for romeo\n") {
		t.Fatalf("no link or no console is printed:\n%s", printed)
	}
	enter(t, p.xmpp, "juliet@localhost/phone").send("<presence><show>away</show></presence>")
	eventually(t, "juliet is shown as away", func() bool { return b.get("/users/juliet@localhost")["presence"] == "away" })
	if o := b.get("/overview"); o["usersTotal"] != 8.0 || o["usersOnline"] != 1.0 || o["sessionsOnline"] != 1.0 || o["rooms"] != 2.0 || o["groupsPublic"] != 1.0 || o["guestLimit"] != 500.0 {
		t.Errorf("overview %v", o)
	}
	for _, check := range b.get("/overview")["health"].([]any) {
		if c := check.(map[string]any); c["state"] == "bad" || c["text"] == "" {
			t.Errorf("health %v", c)
		}
	}
	if s := fmt.Sprint(b.get("/sessions?q=juliet")["items"]); !strings.Contains(s, "jid:juliet@localhost/phone") || !strings.Contains(s, "displayName:Juliet Capulet") {
		t.Errorf("sessions %s", s)
	}
	b.change(http.MethodDelete, "/sessions/juliet@localhost%2Fphone", nil, http.StatusNoContent)
	eventually(t, "juliet is disconnected", func() bool { return b.get("/sessions")["total"] == 0.0 })

	verona := "/groups/verona@groups.localhost"
	g := b.get(verona)
	access := g["access"].(map[string]any)
	if open := b.get("/groups/garden@groups.localhost"); open["membersOnly"] != false || g["membersOnly"] != true {
		t.Errorf("who may enter: %v, %v", open, g)
	}
	if g["public"] != true || g["members"] != 8.0 || access["url"] != link[0] || access["number"] != nil || access["pin"] != nil {
		t.Errorf("the group: %v", g)
	}
	if text := b.get(verona + "/invitation?lang=de")["text"].(string); !strings.Contains(text, "Verona") || !strings.Contains(text, link[0]) || strings.Contains(text, "PIN") {
		t.Errorf("the invitation, without a number to dial: %s", text)
	}
	if info := b.get("/public/guest/" + link[1]); info["group"] != "Verona" || info["room"] != "verona@groups.localhost" || info["domain"] != "guest.localhost" || info["state"] != "open" {
		t.Errorf("the link: %v", info)
	}
	b.change(http.MethodPut, verona+"/guests", map[string]any{"allowed": false}, http.StatusOK)
	if status, _, _ := b.do(http.MethodGet, "/api/v1/public/guest/"+link[1], nil); status != http.StatusNotFound {
		t.Errorf("the link of a group that is private again: %d", status)
	}
	b.change(http.MethodPut, verona, map[string]any{"before": map[string]any{"name": "Verona", "description": "Members and their guests"}, "name": "Fair Verona", "description": ""}, http.StatusOK)
	b.change(http.MethodPut, verona, map[string]any{"before": map[string]any{"name": "Verona", "description": "Members and their guests"}, "name": "Mantua", "description": ""}, http.StatusConflict)
	b.change(http.MethodDelete, verona+"/members/nurse@localhost", nil, http.StatusNoContent)
	b.change(http.MethodDelete, verona+"/members/romeo@localhost", nil, http.StatusConflict) // the last owner
	if m := b.get(verona + "/members"); m["total"] != 7.0 || m["items"].([]any)[0].(map[string]any)["jid"] != "romeo@localhost" {
		t.Errorf("members %v", m)
	}
	made := b.change(http.MethodPost, "/groups", map[string]any{"name": "Café <b>Über</b>", "owners": []string{"juliet@localhost"}, "members": []string{}}, http.StatusCreated)
	if !strings.Contains(made, `"name":"Café \u003cb\u003eÜber\u003c/b\u003e"`) {
		t.Errorf("a new group: %s", made)
	}
	b.change(http.MethodDelete, verona, nil, http.StatusNoContent)
	b.change(http.MethodDelete, verona, nil, http.StatusNotFound)

	b.change(http.MethodDelete, "/users/nurse@localhost", nil, http.StatusNoContent)
	b.change(http.MethodDelete, "/bin/nurse@localhost", nil, http.StatusNoContent)
	if bin := b.get("/bin"); bin["total"] != 0.0 || b.get("/users")["total"] != 7.0 {
		t.Errorf("the bin %v", bin)
	}
}

func TestPagesAndTheirHeaders(t *testing.T) {
	_, b, printed := consoleOf(t)
	link := regexp.MustCompile(`/g/\S+`).FindString(printed)
	for _, c := range []struct {
		path   string
		status int
		kind   string
	}{
		{"/admin/", 200, "text/html"}, {"/app/", 200, "text/html"}, {"/app/g/garden@groups.localhost", 200, "text/html"}, {"/admin/users/juliet@localhost", 200, "text/html"}, {link, 200, "text/html"}, {"/g/nonsense", 404, "text/html"},
		{"/", 303, ""}, {"/admin", 303, ""}, {"/assets/none.js", 404, "text/plain"}, {"/nowhere", 404, "application/problem+json"}, {"/api/v1/nowhere", 404, "application/problem+json"},
	} {
		status, header, text := b.do(http.MethodGet, c.path, nil)
		if status != c.status || !strings.HasPrefix(header.Get("Content-Type"), c.kind) {
			t.Errorf("%s: %d %s", c.path, status, header.Get("Content-Type"))
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			strings.Contains(header.Get("Content-Security-Policy"), "unsafe") || header.Get("Access-Control-Allow-Origin") != "" || header.Get("Server") != "" {
			t.Errorf("%s: headers %v", c.path, header)
		}
		if c.kind == "text/html" && (header.Get("X-Frame-Options") != "DENY" || header.Get("Cross-Origin-Opener-Policy") != "same-origin" || header.Get("Permissions-Policy") == "" || !strings.Contains(text, "<html")) {
			t.Errorf("%s: %v %.100s", c.path, header, text)
		}
		if c.status == 303 && header.Get("Location") != "/admin/" {
			t.Errorf("%s leads to %s", c.path, header.Get("Location"))
		}
		if head, _, text := b.do(http.MethodHead, c.path, nil); head != c.status && !strings.HasPrefix(c.path, "/api") || text != "" && c.kind != "text/plain" { // net/http writes that one, and drops it in a real answer
			t.Errorf("HEAD %s: %d, %d bytes", c.path, head, len(text))
		}
	}
}

func TestHTTPSAloneIsForRealServers(t *testing.T) {
	for _, local := range []bool{true, false} {
		cfg, err := localserveCommand{Domain: "localhost", AllowPlaintext: true}.config(&folder{Data: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		cfg.TLS.Certificates, cfg.local = nil, local
		p, err := build(context.Background(), cfg, quietLogs())
		if err != nil {
			t.Fatal(err)
		}
		b := &browser{t: t, handler: p.web}
		if _, header, _ := b.do(http.MethodGet, "/admin/", nil); (header.Get("Strict-Transport-Security") == "") != local {
			t.Errorf("local %v: Strict-Transport-Security %q", local, header.Get("Strict-Transport-Security"))
		}
		closing(t, p)
	}
}

func TestAPIRequestsAreCounted(t *testing.T) {
	p, b, _ := consoleOf(t)
	b.get("/users")
	w := httptest.NewRecorder()
	metricsHandler(p.metrics, p.log).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if want := `plenum_api_request_seconds_count{method="GET",route="/users",status="200"} 1`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("the metrics lack %s", want)
	}
}
