package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"plenum/admin/api"
	"plenum/components/directory"
)

// Who may call a route, one letter for each level: System administrator, Administrator, PBX manager, phonebook manager (B), Grafana viewer, and
// users without a level (U).
const (
	everybody  = "anyone"
	allUsers   = "SAPBGU"
	allLevels  = "SAPBG"
	dashboards = "SAPG"
	managers   = "SAP"
	trunks     = "SA"
	services   = "S"
)

// table is what A-086..A-090 come down to, written down a second time and by hand.
var table = map[string]string{
	"POST /session":                             everybody,
	"GET /session":                              allLevels,
	"DELETE /session":                           allLevels,
	"POST /app/session":                         everybody,
	"GET /app/session":                          allUsers,
	"DELETE /app/session":                       allUsers,
	"GET /public/guest/{token}":                 everybody,
	"GET /overview":                             dashboards,
	"GET /overview/series":                      dashboards,
	"GET /users":                                managers,
	"POST /users":                               managers,
	"POST /users/check":                         managers,
	"POST /users/bulk":                          managers,
	"GET /users/next-extension":                 managers,
	"GET /users/{jid}":                          managers,
	"PUT /users/{jid}":                          managers,
	"DELETE /users/{jid}":                       managers,
	"POST /users/{jid}/restore":                 managers,
	"GET /app/forward":                          allUsers,
	"PUT /app/forward":                          allUsers,
	"DELETE /app/forward":                       allUsers,
	"PUT /session/password":                     allUsers,
	"PUT /users/{jid}/password":                 managers,
	"GET /users/{jid}/permissions":              managers,
	"PUT /users/{jid}/permissions":              managers,
	"GET /bin":                                  managers,
	"DELETE /bin/{jid}":                         managers,
	"GET /permissions":                          managers,
	"POST /permissions":                         managers,
	"GET /permissions/types":                    managers,
	"GET /permissions/{id}":                     managers,
	"PUT /permissions/{id}":                     managers,
	"DELETE /permissions/{id}":                  managers,
	"GET /permissions/{id}/members":             managers,
	"POST /permissions/{id}/members":            managers,
	"GET /groups":                               managers,
	"POST /groups":                              managers,
	"GET /groups/{room}":                        managers,
	"PUT /groups/{room}":                        managers,
	"DELETE /groups/{room}":                     managers,
	"GET /groups/{room}/members":                managers,
	"POST /groups/{room}/members":               managers,
	"DELETE /groups/{room}/members/{jid}":       managers,
	"PUT /groups/{room}/guests":                 managers,
	"GET /groups/{room}/invitation":             managers,
	"DELETE /groups/{room}/guests/{nick}":       managers,
	"GET /users/{jid}/devices":                  managers,
	"PUT /users/{jid}/devices":                  managers,
	"GET /users/{jid}/mailbox":                  managers,
	"PUT /users/{jid}/mailbox":                  managers,
	"GET /users/{jid}/skills":                   managers,
	"PUT /users/{jid}/skills":                   managers,
	"GET /users/{jid}/forward":                  managers,
	"PUT /users/{jid}/forward":                  managers,
	"DELETE /users/{jid}/forward":               managers,
	"GET /forwards":                             managers,
	"GET /devices":                              managers,
	"POST /devices":                             managers,
	"GET /devices/{id}":                         managers,
	"PUT /devices/{id}":                         managers,
	"DELETE /devices/{id}":                      managers,
	"POST /devices/{id}/secret":                 managers,
	"GET /locations":                            managers,
	"POST /locations":                           managers,
	"GET /locations/{id}":                       managers,
	"PUT /locations/{id}":                       managers,
	"DELETE /locations/{id}":                    managers,
	"GET /locations/{id}/devices":               managers,
	"PUT /locations/{id}/devices":               managers,
	"DELETE /locations/{id}/user":               managers,
	"GET /users/{jid}/location":                 managers,
	"PUT /users/{jid}/location":                 managers,
	"GET /app/numbers":                          allUsers,
	"GET /app/voicemail":                        allUsers,
	"GET /app/voicemail/{id}/sound":             allUsers,
	"PUT /app/voicemail/{id}":                   allUsers,
	"DELETE /app/voicemail/{id}":                allUsers,
	"GET /app/location":                         allUsers,
	"GET /app/followme":                         allUsers,
	"PUT /app/followme/{device}":                allUsers,
	"GET /users/{jid}/followme":                 managers,
	"PUT /users/{jid}/followme/{device}":        managers,
	"GET /locations/{id}/followme":              managers,
	"PUT /locations/{id}/followme/{device}":     managers,
	"PUT /app/location":                         allUsers,
	"GET /registrations":                        managers,
	"DELETE /registrations/{id}/{binding}":      managers,
	"GET /calls":                                managers,
	"DELETE /calls/{id}":                        managers,
	"GET /records":                              managers,
	"GET /records.csv":                          managers,
	"GET /teams/{id}/journal":                   managers,
	"GET /teams/{id}/journal/{entry}":           managers,
	"GET /app/teams/{id}/journal":               allUsers,
	"GET /app/teams/{id}/journal/{entry}":       allUsers,
	"GET /app/journal":                          allUsers,
	"GET /app/journal/{entry}":                  allUsers,
	"POST /app/journal/seen":                    allUsers,
	"GET /prompts":                              services,
	"GET /prompts/{language}/{id}":              services,
	"PUT /prompts/{language}/{id}":              services,
	"DELETE /prompts/{language}/{id}":           services,
	"PUT /prompts/{language}/{id}/number":       services,
	"DELETE /prompts/{language}/{id}/number":    services,
	"GET /teams":                                managers,
	"POST /teams":                               managers,
	"POST /teams/check":                         managers,
	"GET /teams/{id}":                           managers,
	"PUT /teams/{id}":                           managers,
	"DELETE /teams/{id}":                        managers,
	"GET /teams/{id}/live":                      managers,
	"PUT /teams/{id}/members/{jid}":             managers,
	"GET /users/{jid}/actions":                  managers,
	"PUT /users/{jid}/actions":                  managers,
	"POST /users/{jid}/actions/check":           managers,
	"GET /teams/{id}/actions":                   managers,
	"PUT /teams/{id}/actions":                   managers,
	"POST /teams/{id}/actions/check":            managers,
	"GET /callobjects":                          managers,
	"POST /callobjects":                         managers,
	"POST /callobjects/check":                   managers,
	"GET /callobjects/choices":                  managers,
	"GET /callobjects/{id}":                     managers,
	"PUT /callobjects/{id}":                     managers,
	"DELETE /callobjects/{id}":                  managers,
	"PUT /callobjects/{id}/switch":              managers,
	"POST /callobjects/{id}/rollout":            managers,
	"POST /callobjects/{id}/rollout/check":      managers,
	"GET /trunks":                               trunks,
	"POST /trunks":                              trunks,
	"POST /trunks/check":                        trunks,
	"POST /trunks/test":                         trunks,
	"POST /trunks/{id}/accounts/{account}/test": trunks,
	"GET /trunks/{id}":                          trunks,
	"PUT /trunks/{id}":                          trunks,
	"DELETE /trunks/{id}":                       trunks,
	"GET /codes":                                managers,
	"GET /app/codes":                            allUsers,
	"GET /telephony":                            services,
	"PUT /telephony":                            services,
	"POST /telephony/check":                     services,
	"GET /sessions":                             managers,
	"DELETE /sessions/{jid}":                    managers,
	"GET /audit":                                managers,
	"GET /app/profile":                          allUsers,
	"GET /app/switches":                         allUsers,
	"PUT /app/switches/{id}":                    allUsers,
	"PUT /app/profile":                          allUsers,
	"GET /app/profile/runs":                     allUsers,
	"GET /app/profiles":                         allUsers,
	"POST /app/profiles":                        allUsers,
	"POST /app/profiles/check":                  allUsers,
	"POST /app/profiles/dry-run":                allUsers,
	"PUT /app/profiles/{id}":                    allUsers,
	"DELETE /app/profiles/{id}":                 allUsers,
	"GET /users/{jid}/profile/runs":             managers,
	"GET /teams-trigger":                        services,
	"PUT /teams-trigger":                        services,
	"POST /profiles/dry-run":                    managers,
	"GET /users/{jid}/profile":                  managers,
	"PUT /users/{jid}/profile":                  managers,
	"GET /profiles":                             managers,
	"POST /profiles":                            managers,
	"POST /profiles/check":                      managers,
	"GET /profiles/{id}":                        managers,
	"PUT /profiles/{id}":                        managers,
	"DELETE /profiles/{id}":                     managers,

	"GET /app/teams/{id}/voicemail":                 allUsers,
	"GET /app/teams/{id}/voicemail/{message}/sound": allUsers,
	"PUT /app/teams/{id}/voicemail/{message}":       allUsers,
	"DELETE /app/teams/{id}/voicemail/{message}":    allUsers,
}

var letters = map[directory.Role]string{
	directory.SystemAdministrator: "S", directory.Administrator: "A", directory.PBXManager: "P", directory.PhonebookManager: "B", directory.GrafanaViewer: "G",
	directory.NoRole: "U",
}

// somewhere is the path of a route, leading to things that do not exist.
func somewhere(r *api.Route) string {
	return strings.NewReplacer("{jid}", "nobody@chat.example", "{room}", "none@groups.chat.example", "{id}", "none", "{binding}", "none", "{language}", "en", "{nick}", "nobody", "{token}", "none").
		Replace(r.Path)
}

//
func TestEveryRouteAsksForTheLevelOfTheTable(t *testing.T) {
	w := newWorld(t)
	names := map[directory.Role]string{}
	for role, letter := range letters {
		names[role] = "user" + strings.ToLower(letter)
		w.user(names[role], role)
	}
	w.user("plain", directory.NoRole)
	w.user("keeper", directory.SystemAdministrator)
	seen := map[string]bool{}
	for _, r := range w.api.Routes() {
		key := r.Method + " " + r.Path
		seen[key] = true
		who, known := table[key]
		if !known {
			t.Errorf("%s does not stand in the table", key)
			continue
		}
		for role, letter := range letters {
			b := w.inApp(names[role])
			got := b.do(r.Method, somewhere(r), "{}")
			refused := got.status == http.StatusForbidden && got.code() == "level"
			if may := who == everybody || strings.Contains(who, letter); refused == may {
				t.Errorf("%s by %s: %s", key, role, got)
			}
		}
		for name, b := range outsiders(w) {
			got := b.do(r.Method, somewhere(r), "{}")
			if refused := got.status == http.StatusUnauthorized && got.code() == "unauthenticated"; refused == (who == everybody) {
				t.Errorf("%s by %s: %s", key, name, got)
			}
		}
	}
	for key := range table {
		if !seen[key] {
			t.Errorf("%s stands in the table and is no route", key)
		}
	}
}

// outsiders have no session of an administrator.
func outsiders(w *world) map[string]*browser {
	with := func(header, value string) *browser {
		b := w.browser()
		b.header.Set(header, value)
		return b
	}
	guest := w.browser()
	guest.cookie = strings.Repeat("A", 43)
	plain := w.browser()
	plain.logIn("plain", password) // which is refused
	stranger := w.browser()
	stranger.logIn("abc123@guest."+host, "")
	left := w.loggedIn("keeper")
	left.del("/session")
	return map[string]*browser{
		"nobody": w.browser(), "a made-up session": guest, "a user without level": plain, "a guest": stranger, "who logged out": left,
		"who shows a password": with("Authorization", "Basic a2VlcGVyOldoZXJlZm9yZTQ="), "who shows a token": with("Authorization", "Bearer "+strings.Repeat("A", 43)),
	}
}

// A-086..A-090: what a level may use is told to the console.
func TestSessionSaysWhatTheLevelMayUse(t *testing.T) {
	w := newWorld(t)
	for role, want := range map[directory.Role]string{
		directory.SystemAdministrator: "[overview organisation trunks services]", directory.Administrator: "[overview organisation trunks]",
		directory.PBXManager: "[overview organisation]", directory.PhonebookManager: "[]", directory.GrafanaViewer: "[overview]",
	} {
		name := strings.ReplaceAll(role.String(), "-", "")
		w.user(name, role)
		got := w.loggedIn(name).get("/session")
		if rights := fmt.Sprint(got.json["rights"]); rights != want {
			t.Errorf("%s: rights %s, want %s", role, rights, want)
		}
		if got.json["level"] != role.String() || got.json["user"] != name+"@"+host {
			t.Errorf("%s: %s", role, got)
		}
	}
}

// nobody touches who stands above him, gives more than he has, or raises himself; the last system administrator stays.
func TestNobodyReachesAboveHisLevel(t *testing.T) {
	w := newWorld(t)
	w.user("system", directory.SystemAdministrator)
	w.user("second", directory.SystemAdministrator)
	w.user("admin", directory.Administrator)
	w.user("peer", directory.PBXManager)
	w.user("pbx", directory.PBXManager)
	w.user("plain", directory.NoRole)
	pbx := w.loggedIn("pbx")
	revision := func(login string) any { return w.loggedIn("system").get(user(login)).json["revision"] }
	change := func(login string, more map[string]any) map[string]any {
		f := form(more)
		f["revision"] = revision(login)
		return f
	}
	for what, got := range map[string]*answer{
		"changes a higher one":         pbx.put(user("system"), change("system", map[string]any{"level": "system-administrator", "displayName": "x"})),
		"lowers a higher one":          pbx.put(user("admin"), change("admin", nil)),
		"disables a higher one":        pbx.put(user("admin"), change("admin", map[string]any{"level": "administrator", "disabled": true})),
		"deletes a higher one":         pbx.del(user("admin")),
		"sets a higher one's password": pbx.put(user("system")+"/password", map[string]any{"password": password}),
		"raises himself":               pbx.put(user("pbx"), change("pbx", map[string]any{"level": "system-administrator"})),
		"raises another":               pbx.put(user("plain"), change("plain", map[string]any{"level": "administrator"})),
		"makes a higher one":           pbx.post("/users", newUser("evil", map[string]any{"level": "administrator"})),
	} {
		if got.status != http.StatusForbidden {
			t.Errorf("a PBX manager %s: %s", what, got)
		}
	}
	got := pbx.post("/users/bulk", map[string]any{"action": "delete", "users": []string{"system@" + host, "plain@" + host, "admin@" + host}})
	if got.status != http.StatusOK || len(got.json["failed"].([]any)) != 2 || len(got.json["done"].([]any)) != 1 {
		t.Errorf("a bulk change of higher ones: %s", got)
	}
	if got := pbx.put(user("peer"), change("peer", map[string]any{"level": "phonebook-manager"})); got.status != http.StatusOK {
		t.Errorf("his equal: %s", got)
	}
	if got := pbx.post("/users", newUser("third", map[string]any{"level": "pbx-manager"})); got.status != http.StatusCreated {
		t.Errorf("a new one of his own level: %s", got)
	}
	if item := pbx.get(user("system")).json; item["editable"] != false {
		t.Errorf("a higher one is shown as one he may change: %v", item)
	}

	system := w.loggedIn("system")
	system.want(http.StatusNoContent, system.del(user("second")))
	for what, got := range map[string]*answer{
		"lowers himself":   system.put(user("system"), change("system", map[string]any{"level": "administrator"})),
		"disables himself": system.put(user("system"), change("system", map[string]any{"level": "system-administrator", "disabled": true})),
		"deletes himself":  system.del(user("system")),
	} {
		if got.status != http.StatusConflict {
			t.Errorf("the last system administrator %s: %s", what, got)
		}
	}
}

func TestTheDocumentSaysWhoMay(t *testing.T) {
	text, err := newWorld(t).api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct{ Description string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/app/switches": "For every user.", "/trunks": "For system-administrator, administrator.",
	} {
		if got := document.Paths[path]["get"].Description; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
