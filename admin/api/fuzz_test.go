package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"plenum/admin/api"
	"plenum/components/directory"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// FuzzBodies sends anything as body of every route that takes one. No answer is an unexpected fault, each is what the document says, and what is refused
// changes nothing.
func FuzzBodies(f *testing.F) {
	w := newNode(f, storetest.OpenMemory(f), sasl.NewLimiter(sasl.LimiterConfig{AccountFailures: 1 << 30, AddressFailures: 1 << 30}))
	w.user("clara", directory.SystemAdministrator)
	w.user("jan", directory.NoRole)
	w.user("keeper", directory.SystemAdministrator)
	b := w.loggedIn("clara")
	if _, err := w.groups.Create(ctx, address("clara"), "garden", api.GroupForm{Name: "Garden"}, nil, nil); err != nil {
		f.Fatal(err)
	}
	var routes []*api.Route
	for _, r := range w.api.Routes() {
		if r.TakesBody() && r.Path != "/session" && !strings.HasSuffix(r.Path, "/password") { // which only cost time
			routes = append(routes, r)
		}
	}
	for i := range routes {
		for _, text := range []string{
			"{}", "[]", "null", `{"revision":1e400}`, `{"revision":-1,"displayName":"x"}`, mustJSON(newUser("new", nil)), mustJSON(form(map[string]any{"revision": 3})),
			mustJSON(permission("P")), `{"action":"delete","users":["jan@chat.example"]}`, `{"kind":"user","add":["jan@chat.example"],"remove":[]}`,
			`{"name":"G","owners":["clara@chat.example"],"members":[]}`, `{"set":[{"jid":"jan@chat.example","affiliation":"owner"}],"remove":[]}`, `{"allowed":true}`,
			`{"permissions":["all"]}`, `{"before":{"name":"Garden","description":""},"name":"H","description":""}`, "\xff", strings.Repeat(`{"a":`, 200), `{"users":[1]}`,
		} {
			f.Add(i, text)
		}
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		w.t, b.w.t = t, t
		r := routes[uint(i)%uint(len(routes))]
		path := strings.NewReplacer("{jid}", "jan@chat.example", "{room}", "garden@groups.chat.example", "{id}", "all").Replace(r.Path)
		before := w.state(t)
		got := b.send(b.request(r.Method, path, text))
		switch {
		case got.status == http.StatusUnauthorized: // an earlier body has disabled her
			if err := w.dir.Accounts.Enable(ctx, address("clara")); err != nil {
				t.Fatal(err)
			}
			*b = *w.loggedIn("clara")
		case got.status >= http.StatusInternalServerError:
			t.Fatalf("%s %s with %q: %s", r.Method, path, text, got)
		case got.status >= http.StatusBadRequest:
			if errs := w.api.CheckProblem([]byte(got.text)); len(errs) > 0 {
				t.Fatalf("%s %s with %q: %s is no problem: %v", r.Method, path, text, got, errs)
			}
			if now := w.state(t); now != before {
				t.Fatalf("%s %s with %q was refused and changed something:\n%s\n%s", r.Method, path, text, before, now)
			}
		default:
			if errs := w.api.CheckAnswer(r, []byte(got.text)); len(errs) > 0 {
				t.Fatalf("%s %s with %q: %s is not what the document says: %v", r.Method, path, text, got, errs)
			}
		}
	})
}

// state is all that requests can change.
func (w *world) state(t *testing.T) string {
	t.Helper()
	users, err := w.dir.Accounts.Search(directory.UserQuery{})
	if err != nil {
		t.Fatal(err)
	}
	bin, err := w.dir.Accounts.Search(directory.UserQuery{State: directory.BinState})
	if err != nil {
		t.Fatal(err)
	}
	members := map[string]int{}
	permissions := w.dir.Permissions.List()
	for _, p := range permissions {
		members[p.ID] = w.dir.Permissions.Count(p.ID, directory.Users)
	}
	text, err := json.Marshal([]any{users, bin, permissions, members, w.groups.groups, w.groups.members})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzQueries does so with queries and paths of all routes that read.
func FuzzQueries(f *testing.F) {
	w := newNode(f, storetest.OpenMemory(f), sasl.NewLimiter(sasl.LimiterConfig{}))
	w.user("clara", directory.SystemAdministrator)
	b := w.loggedIn("clara")
	for _, text := range []string{
		"/users?q=%zz", "/users?limit=1;offset=2", "/users?sort=login&sort=level", "/users/%2e%2e/x", "/permissions/all/members?kind=user&assigned=false", "/audit?before=-9", "/users?q=%00",
		"/audit?action=.&q=%25", "/groups/%0a", "/sessions/a%2fb", "/users?q=" + strings.Repeat("a+", 300), "/users?offset=9999999", "//users", "/users/", "/overview/series?range=%201h",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, target string) {
		w.t = t
		r := b.request(http.MethodGet, "/", nil)
		u, err := r.URL.Parse("https://" + host + api.Prefix + target)
		if err != nil || !strings.HasPrefix(u.Path, api.Prefix) {
			return
		}
		r.URL = u
		if got := b.send(r); got.status >= http.StatusInternalServerError {
			t.Fatalf("%q: %s", target, got)
		}
	})
}
