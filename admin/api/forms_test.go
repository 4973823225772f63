package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plenum/admin/api"
	"plenum/components/directory"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// every field's fault at once, and nothing saved.
func TestEachFieldIsToldWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("anna", map[string]any{"extension": "104"})))
	for _, c := range []struct {
		name string
		more map[string]any
		want map[string]string // codes by field
	}{
		{"all of it", map[string]any{"login": "Jan", "password": "short", "pin": "12", "extension": "0", "email": "nobody"},
			map[string]string{"login": "bad_start", "password": "too_short", "pin": "too_short", "extension": "leading_zero", "email": "bad_format"}},
		{"a login name that is taken", map[string]any{"login": "anna"}, map[string]string{"login": "taken"}},
		{"no login name", map[string]any{"login": ""}, map[string]string{"login": "missing"}},
		{"an extension that is taken", map[string]any{"extension": "104"}, map[string]string{"extension": "taken"}},
		{"an emergency number", map[string]any{"extension": "112"}, map[string]string{"extension": "reserved"}},
		{"a PIN with letters", map[string]any{"pin": "12a4"}, map[string]string{"pin": "not_digits"}},
		{"a password without a place to keep it", map[string]any{"auth": "external"}, map[string]string{"password": "not_used"}},
		{"another domain", map[string]any{"domain": "elsewhere.example"}, map[string]string{"domain": "unknown"}},
		{"another language", map[string]any{"language": "fr"}, map[string]string{"language": "not_allowed"}},
		{"a level that is none", map[string]any{"level": "root"}, map[string]string{"level": "not_allowed"}},
		{"a number for a text", map[string]any{"extension": 104}, map[string]string{"extension": "wrong_type"}},
		{"a text for a switch", map[string]any{"mobile": "yes"}, map[string]string{"mobile": "wrong_type"}},
		{"null", map[string]any{"displayName": nil}, map[string]string{"displayName": "wrong_type"}},
		{"a name that is too long", map[string]any{"displayName": strings.Repeat("x", 200)}, map[string]string{"displayName": "too_long"}},
		{"a text that is far too long", map[string]any{"displayName": strings.Repeat("x", 5000)}, map[string]string{"displayName": "too_long"}},
		{"a NUL", map[string]any{"displayName": "a\u0000b"}, map[string]string{"displayName": "malformed"}},
		{"a line break", map[string]any{"displayName": "a\nb"}, map[string]string{"displayName": "bad_character"}},
	} {
		f := newUser("jan", c.more)
		got := b.post("/users", f)
		if got.status != http.StatusUnprocessableEntity || got.code() != "fields" || !sameFields(got.fields(), c.want) {
			t.Errorf("%s: %s, want %v", c.name, got, c.want)
		}
		if check := b.post("/users/check", f); !sameFields(check.fields(), got.fields()) {
			t.Errorf("%s: checked without saving: %s", c.name, check)
		}
		if total := b.get("/users").json["total"]; total != 2.0 {
			t.Fatalf("%s: something was saved: %v users", c.name, total)
		}
	}
	taken := b.post("/users/check", newUser("jan", map[string]any{"extension": "104"}))
	if s := taken.json["errors"].([]any)[0].(map[string]any)["suggestion"]; s != "100" {
		t.Errorf("the free extension that is proposed: %v", s)
	}
	edited := newUser("anna", map[string]any{"jid": "anna@" + host, "password": "", "extension": "104"})
	if got := b.post("/users/check", edited); len(got.fields()) != 0 {
		t.Errorf("her own extension: %s", got)
	}
}

// sameFields reports whether the wanted codes are there. A password may lack several things at once.
func sameFields(got, want map[string]string) bool {
	if maps.Equal(got, want) {
		return true
	}
	if len(got) != len(want) {
		return false
	}
	for field, code := range want {
		if got[field] != code && field != "password" && field != "login" {
			return false
		}
	}
	return true
}

// The second of two administrators who edit the same object is told.
func TestTwoAdministratorsEditTheSameObject(t *testing.T) {
	w := newWorld(t)
	clara := w.admin()
	w.user("emre", directory.Administrator)
	emre := w.loggedIn("emre")
	w.user("jan", directory.NoRole)
	read := emre.get(user("jan"))
	before := time.Now().Add(-time.Second)
	f := form(map[string]any{"displayName": "Jan P.", "revision": read.json["revision"]})
	saved := clara.want(http.StatusOK, clara.put(user("jan"), f))

	f["displayName"] = "Jan Petersen"
	late := emre.put(user("jan"), f)
	conflict, _ := late.json["conflict"].(map[string]any)
	if late.status != http.StatusConflict || late.code() != "changed" || conflict["by"] != "clara@"+host || conflict["current"] != saved.json["revision"] {
		t.Fatalf("the second one: %s", late)
	}
	if at, err := time.Parse(time.RFC3339, conflict["at"].(string)); err != nil || at.Before(before) || at.After(time.Now()) {
		t.Errorf("when: %v", conflict["at"])
	}
	if now := emre.get(user("jan")); now.json["displayName"] != "Jan P." {
		t.Errorf("he is called %v", now.json["displayName"])
	}
	f["revision"] = conflict["current"] // overwrite
	emre.want(http.StatusOK, emre.put(user("jan"), f))

	p := clara.post("/permissions", permission("Support"))
	path := "/permissions/" + p.json["id"].(string)
	change := permission("Support A")
	change["revision"] = p.json["revision"]
	clara.want(http.StatusOK, clara.put(path, change))
	change["name"] = "Support B"
	if late := emre.put(path, change); late.status != http.StatusConflict || late.code() != "changed" {
		t.Errorf("a permission: %s", late)
	}

	g := clara.post("/groups", map[string]any{"name": "Garden", "local": "garden", "owners": []string{"clara@" + host}, "members": []string{}})
	room := "/groups/garden@groups." + host
	as := map[string]any{"name": g.json["name"], "description": ""}
	clara.want(http.StatusOK, clara.put(room, map[string]any{"before": as, "name": "Garden A", "description": ""}))
	if late := emre.put(room, map[string]any{"before": as, "name": "Garden B", "description": ""}); late.status != http.StatusConflict {
		t.Errorf("a group: %s", late)
	}
}

func TestOneOfManyWhoSaveAtOnceWins(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	revision := b.get(user("jan")).json["revision"]
	var mu sync.Mutex
	count := map[int]int{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			mine := *b
			got := mine.put(user("jan"), form(map[string]any{"displayName": fmt.Sprint("Jan ", i), "revision": revision}))
			mu.Lock()
			defer mu.Unlock()
			count[got.status]++
		})
	}
	all.Wait()
	if count[http.StatusOK] != 1 || count[http.StatusConflict] != 7 {
		t.Errorf("outcomes: %v", count)
	}
}

// Two servers with one database: a session of one is a session of the other, and ends on both.
func TestTwoNodesShareSessionsAndUsers(t *testing.T) {
	db := storetest.Open(t)
	one, two := newNode(t, db, sasl.NewLimiter(sasl.LimiterConfig{})), newNode(t, db, sasl.NewLimiter(sasl.LimiterConfig{}))
	for _, pair := range [][2]*world{{one, two}, {two, one}} {
		pair[0].dir.OnAnnounce(func(text []byte) {
			if err := pair[1].dir.Heard(text); err != nil {
				t.Error(err)
			}
		})
	}
	here := one.admin()
	one.user("emre", directory.Administrator)
	there := two.browser()
	there.cookie, there.csrf = here.cookie, here.csrf
	there.want(http.StatusOK, there.get("/session"))
	there.want(http.StatusCreated, there.post("/users", newUser("jan", nil)))
	eventually(t, "the first server shows who was made on the second", func() bool { return here.get(user("jan")).status == http.StatusOK })

	emre := one.loggedIn("emre")
	elsewhere := two.browser()
	elsewhere.cookie, elsewhere.csrf = emre.cookie, emre.csrf
	elsewhere.want(http.StatusOK, elsewhere.get("/session"))
	here.want(http.StatusNoContent, here.put(user("emre")+"/password", map[string]any{"password": "Therefore5"}))
	eventually(t, "a new password ends the session on both servers", func() bool {
		return emre.get("/session").status == http.StatusUnauthorized && elsewhere.get("/session").status == http.StatusUnauthorized
	})
	here.want(http.StatusNoContent, here.del("/session"))
	if got := there.get("/session"); got.status != http.StatusUnauthorized {
		t.Errorf("after the log-out on the first server, on the second: %s", got)
	}
}

// eventually waits for news that travel between servers.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func TestListsHavePages(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	for i := range 7 {
		b.want(http.StatusCreated, b.post("/users", newUser(fmt.Sprintf("user%d", i), map[string]any{"displayName": fmt.Sprintf("N%d", 9-i)})))
	}
	names := func(path string) string {
		t.Helper()
		var list []string
		got := b.want(http.StatusOK, b.get(path))
		for _, item := range got.json["items"].([]any) {
			list = append(list, item.(map[string]any)["login"].(string))
		}
		return strings.Join(list, " ") + fmt.Sprint(" of ", got.json["total"])
	}
	for path, want := range map[string]string{
		"/users?limit=2": "clara user6 of 8", "/users?limit=2&offset=2": "user5 user4 of 8", "/users?limit=2&offset=7": "user0 of 8", "/users?offset=100": " of 8",
		"/users?sort=login&desc=true&limit=2": "user6 user5 of 8", "/users?q=n4": "user5 of 1", "/users?state=disabled": " of 0", "/users?q=N+user3": "user3 of 1", "/users?limit=&offset=6&q=": "user1 user0 of 8",
	} {
		if got := names(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for path, field := range map[string]string{
		"/users?limit=0": "limit", "/users?limit=501": "limit", "/users?offset=-1": "offset", "/users?limit=x": "limit", "/users?sort=password": "sort",
		"/users?desc=maybe": "desc", "/users?state=deleted": "state", "/users?nonsense=1": "nonsense", "/users?limit=99999999999999999999": "limit", "/overview/series?range=1y": "range",
		"/audit?from=yesterday": "from", "/groups?public=perhaps": "public", "/users/next-extension?kind=door": "kind",
	} {
		if got := b.get(path); got.status != http.StatusUnprocessableEntity || got.fields()[field] == "" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := b.get("/users?permission=none"); got.status != http.StatusNotFound {
		t.Errorf("an unknown permission: %s", got)
	}
}

func TestRecorderKeepsMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var vitals atomic.Pointer[api.Vitals]
		vitals.Store(&api.Vitals{})
		r := api.NewRecorder(func() api.Vitals { return *vitals.Load() })
		go r.Run(t.Context())
		time.Sleep(time.Minute - time.Second)
		vitals.Store(&api.Vitals{Messages: 60, Sessions: 5, CPU: 30 * time.Second, Memory: 1000})
		time.Sleep(30 * time.Second)
		vitals.Store(&api.Vitals{Messages: 60, Sessions: 2, CPU: 30 * time.Second, Memory: 1000})
		time.Sleep(32 * time.Second) // past the full minute
		got := r.Record()
		if len(got.Minutes) != 2 || got.Minutes[0].Messages+got.Minutes[1].Messages != 60 || got.Minutes[1].Sessions != 5 || got.Minutes[1].Memory != 1000 {
			t.Errorf("%+v", got)
		}
		if cpu := got.Minutes[0].CPU + got.Minutes[1].CPU; cpu < 45 || cpu > 55 {
			t.Errorf("half a minute of one core in a minute: %v %%", cpu)
		}
		time.Sleep(25*time.Hour + time.Second)
		if got := r.Record(); len(got.Minutes) != 24*60 || got.Last != time.Now().Unix()/60-1 {
			t.Errorf("after a day: %d minutes up to %d, now is %d", len(got.Minutes), got.Last, time.Now().Unix()/60)
		}
	})
}

func TestSeriesOfSeveralServersAreAdded(t *testing.T) {
	now := time.Unix(1000*60*5+30, 0)
	last := now.Unix()/60 - 1
	minutes := func(n int, m api.Minute) api.Record {
		r := api.Record{Last: last}
		for range n {
			r.Minutes = append(r.Minutes, m)
		}
		return r
	}
	s := api.SeriesOf([]api.Record{minutes(3, api.Minute{Messages: 10, Sessions: 2, CPU: 50, Memory: 7}), minutes(60, api.Minute{Messages: 1, Sessions: 1, CPU: 1, Memory: 1}), {}}, 60, 1, now)
	if n := len(s.Messages); n != 60 || s.Messages[0] != 1 || s.Messages[59] != 11 || s.Sessions[59] != 3 || s.CPU[58] != 51 || s.Memory[57] != 8 || s.Memory[56] != 1 {
		t.Errorf("%+v", s)
	}
	if want := now.Add(-60*time.Minute - 30*time.Second); !s.From.Equal(want) || s.Step != 60 {
		t.Errorf("from %v, want %v", s.From, want)
	}
	day := api.SeriesOf([]api.Record{minutes(60, api.Minute{Messages: 2, Sessions: 4, CPU: 10, Memory: 1})}, 24*60, 5, now)
	if n := len(day.Messages); n != 12 || day.Messages[5] != 10 || day.Sessions[5] != 4 || day.CPU[5] != 10 || day.Step != 300 {
		t.Errorf("%+v", day)
	}
	if none := api.SeriesOf(nil, 60, 1, now); len(none.Messages) != 0 || none.Messages == nil {
		t.Errorf("%+v", none)
	}
}
