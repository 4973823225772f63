//go:build interop

package interop

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// profileNode is the command by which users change their profile.
const profileNode = "urn:plenum:profile:0"

// A teamsCloud stands in for Microsoft: it gives tokens, and says what Ben and Cleo do.
type teamsCloud struct {
	*httptest.Server
	mu             sync.Mutex
	activity, cleo string
}

func startCloud(t *testing.T) *teamsCloud {
	c := &teamsCloud{activity: "Available", cleo: "Available"}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *teamsCloud) does(activity string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.activity = activity
}

// cleoDoes is does for Cleo.
func (c *teamsCloud) cleoDoes(activity string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cleo = activity
}

// ServeHTTP answers as https://learn.microsoft.com/graph does: tokens, users, and the presence of those who are asked for.
func (c *teamsCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/token") && r.FormValue("client_secret") == "Wherefore4":
		fmt.Fprint(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"t0k3n"}`)
	case r.Header.Get("Authorization") != "Bearer t0k3n":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == "/v1.0/users":
		fmt.Fprint(w, `{"value":[{"id":"b3n","mail":"ben@verona.example","userPrincipalName":"ben@verona.example"},{"id":"cl3o","mail":"cleo@verona.example","userPrincipalName":"cleo@verona.example"}]}`)
	case r.Method == http.MethodPost && r.URL.Path == "/v1.0/communications/getPresencesByUserId":
		json.NewEncoder(w).Encode(map[string]any{"value": []any{
			map[string]string{"id": "b3n", "availability": "Busy", "activity": c.activity}, map[string]string{"id": "cl3o", "availability": "Busy", "activity": c.cleo},
		}})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// A profileOffice is a server with Ben, whose profiles are changed, and Cleo. Ben logs in to and out of Sales and Support, may sit at the desk, and not in the
// vault; Strangers is a team without him, and in Always he always is.
type profileOffice struct {
	*testing.T
	*server
	api                                 *console
	cloud                               *teamsCloud
	ben, cleo                           account
	sales, support, strangers, always   string
	desk, vault, offeredToCleo          string
	benPhone, secondPhone, cleoPhone    phoneAccount
	benDevice, cleoDevice, offeredToBen string
}

func newProfileOffice(t *testing.T) *profileOffice {
	cloud := startCloud(t)
	s := startConfigured(t, fmt.Sprintf("[profiles]\ntime_zone = \"UTC\"\nlogin_url = \"%s/login\"\ngraph_url = \"%s/v1.0\"\n", cloud.URL, cloud.URL))
	o := &profileOffice{T: t, server: s, api: s.console(), cloud: cloud}
	o.ben = o.api.employeeWith("ben", "Ben Thal", "101", map[string]any{"email": "ben@verona.example"})
	o.cleo = o.api.employeeWith("cleo", "Cleo Tal", "102", map[string]any{"email": "cleo@verona.example"})
	o.benPhone, o.secondPhone, o.cleoPhone = o.api.phoneOf(o.ben), o.api.phoneOf(o.ben), o.api.phoneOf(o.cleo)
	made := func(path string, body map[string]any) string {
		t.Helper()
		var made struct{ ID string }
		o.api.post(path, body, &made)
		return made.ID
	}
	team := func(name, extension string, dynamic bool, members ...account) string {
		list := []any{}
		for _, m := range members {
			list = append(list, map[string]any{"user": m.JID, "dynamic": dynamic, "weight": 0, "priority": 0})
		}
		return made("/teams", teamOf(map[string]any{"name": name, "extension": extension, "members": list}))
	}
	o.sales, o.support = team("Sales", "500", true, o.ben), team("Support", "501", true, o.ben)
	o.strangers, o.always = team("Strangers", "502", true, o.cleo), team("Always", "503", false, o.ben)
	o.desk, o.vault = made("/locations", map[string]any{"name": "Desk"}), made("/locations", map[string]any{"name": "Vault"})
	permit := func(name string, types []string, members map[string]string) string {
		id := made("/permissions", map[string]any{"name": name, "description": "", "types": types, "auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false}})
		for kind, member := range members {
			o.api.post("/permissions/"+id+"/members", map[string]any{"kind": kind, "add": []string{member}, "remove": []string{}}, nil)
		}
		return id
	}
	permit("Guards", []string{"location.group"}, map[string]string{"user": o.cleo.JID, "location": o.vault})
	permit("Keepers", []string{"location.group"}, map[string]string{"user": o.ben.JID, "location": o.desk})
	o.offeredToBen = permit("Ben", []string{}, map[string]string{"user": o.ben.JID})
	o.offeredToCleo = permit("Cleo", []string{}, map[string]string{"user": o.cleo.JID})
	var devices struct {
		Items []struct{ ID, Owner string }
	}
	o.api.get("/devices?limit=100", &devices)
	for _, d := range devices.Items {
		if d.Owner == o.cleo.JID {
			o.cleoDevice = d.ID
		} else {
			o.benDevice = d.ID
		}
	}
	return o
}

// act is an action of a profile, with what it needs besides as name and value.
func act(kind string, more ...any) map[string]any {
	a := map[string]any{"kind": kind, "team": "", "reason": "", "location": "", "target": ""}
	for i := 0; i < len(more); i += 2 {
		a[more[i].(string)] = more[i+1]
	}
	return a
}

// with is what is to be different, and more of it, as name and value.
func with(different map[string]any, more ...any) map[string]any {
	all := maps.Clone(different)
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1]
	}
	return all
}

// profile makes one that is offered to Ben alone, unless something else is said.
func (o *profileOffice) profile(name string, more map[string]any) string {
	o.Helper()
	in := map[string]any{"name": name, "colour": "#2c58d4", "icon": "meet", "showIcon": true, "sticky": false, "silent": false, "show": "", "permissions": []string{o.offeredToBen},
		"triggers": []any{}, "teamsCall": false, "enter": []any{}, "leave": []any{}}
	for key, value := range more {
		in[key] = value
	}
	var made struct{ ID string }
	o.api.post("/profiles", in, &made)
	return made.ID
}

type profileNow struct {
	Profile   string
	Triggered bool
	Steps     []struct{ Kind, Outcome, Text string }
}

func (o *profileOffice) of(who account) (p profileNow) {
	o.Helper()
	o.api.get("/users/"+who.JID+"/profile", &p)
	return p
}

// is waits until Ben is in a profile, as a trigger wants it or not, and every step of it has gone well.
func (o *profileOffice) is(what, profile string, triggered bool, patience time.Duration, steps int) {
	o.Helper()
	o.userIs(o.ben, what, profile, triggered, patience, steps)
}

func (o *profileOffice) userIs(who account, what, profile string, triggered bool, patience time.Duration, steps int) {
	o.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		now := o.of(who)
		if now.Profile == profile && now.Triggered == triggered && len(now.Steps) == steps {
			for _, s := range now.Steps {
				if s.Outcome != "done" {
					o.Errorf("%s: %s: %s %s", what, s.Kind, s.Outcome, s.Text)
				}
			}
			return
		}
		if time.Now().After(deadline) {
			o.Fatalf("%s: waited in vain, it is %+v", what, now)
		}
	}
}

// state is what profiles have made of Ben.
func (o *profileOffice) state() string {
	o.Helper()
	agent := func(team string) string {
		var t struct {
			Agents []struct {
				In     bool
				Paused string
			}
		}
		o.api.get("/teams/"+team, &t)
		return fmt.Sprintf("%v", t.Agents)
	}
	var at struct{ Location string }
	o.api.get("/users/"+o.ben.JID+"/location", &at)
	var forwards struct{ Items []struct{ Target string } }
	o.api.get("/forwards?state=active", &forwards)
	var rings struct {
		Items []struct {
			Kind     string
			Internal struct {
				Enabled        bool
				Delay, Timeout int
			}
		}
	}
	o.api.get("/users/"+o.ben.JID+"/followme", &rings)
	return fmt.Sprintf("sales %s, support %s, at the desk %t, forwards %v, %v", agent(o.sales), agent(o.support), at.Location == o.desk, forwards.Items, rings.Items)
}

// TestProfilesSwitch: a profile with eight chained actions begins at its time and ends at it, and begins and ends with a call in Microsoft Teams; all that it has
// changed is as it was then. That of a call in Teams comes within 10 s. Cleo is in a call all the time: her profile for it is sticky, and the time for tea does not put
// another in its place, as Ben's does whose profile is not sticky; after the call she is in the one of before.
//
func TestProfilesSwitch(t *testing.T) {
	counted(t)
	o := newProfileOffice(t)
	begin := time.Now().UTC().Add(30 * time.Second).Truncate(time.Minute).Add(time.Minute)
	before := o.state()
	enter := []any{
		act("team.login"), act("team.pause", "team", o.sales, "reason", "1"), act("team.unpause", "team", o.sales), act("team.logout", "team", o.support),
		act("location.set", "location", o.desk), act("followme.set", "device", "phone", "internal", map[string]any{"to": "on", "delay": 3, "timeout": 30}),
		act("forward.set", "target", "102"), act("team.pause", "team", o.sales, "reason", "1"),
	}
	leave := []any{
		act("forward.unset"), act("followme.set", "device", "phone", "internal", map[string]any{"to": "on", "delay": 0, "timeout": 999}), act("location.unset"), act("team.logout", "team", o.sales),
	}
	work := o.profile("Work", map[string]any{
		"enter": enter, "leave": leave, "teamsCall": true, "sticky": true,
		"triggers": []any{map[string]any{"at": begin.Format("15:04"), "until": begin.Add(time.Minute).Format("15:04"), "days": []int{}, "date": begin.Format(time.DateOnly)}},
	})
	inside := "sales [{true 1}], support [{false }], at the desk true, forwards [{102}], [{phone {true 3 30}} {phone {true 3 30}} {xmpp {true 0 999}}]"
	entered := func(what string, patience time.Duration) {
		t.Helper()
		o.is(what, work, true, patience, len(enter))
		if got := o.state(); got != inside {
			t.Errorf("%s: %s\nwant %s", what, got, inside)
		}
	}
	left := func(what string, patience time.Duration) {
		t.Helper()
		o.is(what, "available", false, patience, len(leave))
		if got := o.state(); got != before {
			t.Errorf("%s: %s\nwant %s", what, got, before)
		}
	}
	var settings struct{ Revision int }
	o.api.get("/teams-trigger", &settings)
	o.api.put("/teams-trigger", map[string]any{"revision": settings.Revision, "enabled": true, "tenant": "verona.example", "client": "app", "secret": "Wherefore4"}, nil)
	forCleo := map[string]any{"permissions": []string{o.offeredToCleo}}
	meeting := o.profile("Meeting", with(forCleo, "sticky", true, "teamsCall", true))
	tea := o.profile("Tea", with(forCleo, "triggers", []any{map[string]any{"at": begin.Format("15:04"), "until": "", "days": []int{}, "date": begin.Format(time.DateOnly)}}))
	o.cloud.cleoDoes("InACall")
	o.userIs(o.cleo, "Cleo in a call", meeting, true, patience, 0)
	if !time.Now().Before(begin) {
		t.Fatal("Cleo came into the profile for a call when it was time for tea already")
	}
	entered("at its time", time.Until(begin)+patience)
	left("at its end", time.Until(begin.Add(time.Minute))+patience)
	if now := o.of(o.cleo); now.Profile != meeting { // a minute after tea
		t.Errorf("at tea, Cleo is in %s, want the sticky %s, and not %s", now.Profile, meeting, tea)
	}
	o.cloud.cleoDoes("Available")
	fastest := patience
	for range 2 {
		began := time.Now()
		o.cloud.does("InACall")
		entered("in a call in Teams", patience)
		fastest = min(fastest, time.Since(began))
		o.cloud.does("Available")
		left("after the call", patience)
	}
	if fastest > 10*time.Second {
		t.Errorf("a call in Teams changes the profile after %s", fastest)
	}
	t.Logf("a call in Teams changed the profile after %s", fastest.Round(time.Millisecond))
	o.userIs(o.cleo, "Cleo after her call", "available", false, patience, 0)
}

// TestEveryActionFailsOnce: each of the ten kinds of actions fails, Ben sees which and why in his XMPP client and in the API, and what can be done is done.
// What takes things back cannot fail by itself: the database refuses it.
//
func TestEveryActionFailsOnce(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	o := newProfileOffice(t)
	o.api.put("/users/"+o.ben.JID+"/forward", map[string]any{"revision": 0, "target": "102", "active": true}, nil)
	o.api.put("/users/"+o.ben.JID+"/location", map[string]any{"location": o.desk}, nil)
	db, err := sql.Open("sqlite", filepath.Join(o.data, "plenum.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TRIGGER seats BEFORE DELETE ON directory_seat BEGIN SELECT RAISE(ABORT, 'on purpose'); END",
		"CREATE TRIGGER forwards BEFORE UPDATE ON directory_forward BEGIN SELECT RAISE(ABORT, 'on purpose'); END",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	profile := o.profile("Bad", map[string]any{"enter": []any{
		act("followme.set", "device", o.cleoDevice, "internal", map[string]any{"to": "off", "delay": 0, "timeout": 0}), act("gsm.set", "on", true),
		act("team.login", "team", o.always), act("team.logout", "team", o.strangers), act("team.pause", "team", o.support, "reason", "1"), act("team.unpause", "team", o.strangers),
		act("location.set", "location", o.vault), act("location.unset"), act("forward.set", "target", "101"), act("forward.unset"),
		act("team.login", "team", o.sales), act("followme.set", "device", "xmpp", "internal", map[string]any{"to": "off", "delay": 0, "timeout": 0}),
	}})
	want := []string{
		"info: Your profile is Bad now",
		"warn: Set FollowMe of Phone of cleo@localhost (internal off): failed, ben@localhost has no such device",
		"warn: Switch GSM mode on: failed, ben@localhost has no mobile telephone",
		"warn: Log in to Always: failed, ben@localhost is always in this team",
		"warn: Log out of Strangers: failed, ben@localhost is no member of this team",
		"warn: Pause in Support: failed, ben@localhost has not logged in to this team",
		"warn: Go on in Strangers: failed, ben@localhost is no member of this team",
		"warn: Log in at Vault: failed, ben@localhost may not log in at Vault",
		"warn: Log out of the location: failed, the server has failed; its log says why",
		"warn: Forward calls to 101: failed, calls cannot be forwarded to the extension that they were made to",
		"warn: Forward calls no more: failed, the server has failed; its log says why",
		"info: Log in to Sales: done",
		"info: Set FollowMe of XMPP clients (internal off): done",
	}
	ben := slixmpp(t, o.as(o.ben, viaSTARTTLS, "")).(*program)
	ben.events.await(t, "the login", outcome)
	ben.tell(order{Do: "command", To: profileNode, Form: map[string]string{"profile": profile}})
	said := ben.events.await(t, "what the command says", func(e event) bool { return e.Is == "command" })
	if !reflect.DeepEqual(said.Lines, want) {
		t.Errorf("his client is told\n%s\nwant\n%s", strings.Join(said.Lines, "\n"), strings.Join(want, "\n"))
	}
	if !strings.Contains(o.logged(), "on purpose") {
		t.Error("the log does not say why the server has failed")
	}

	var runs struct {
		Items []struct {
			Name  string
			Steps []struct{ Kind, Outcome, Text string }
		}
	}
	o.appOf(o.ben).get("/app/profile/runs", &runs)
	if len(runs.Items) != 1 || runs.Items[0].Name != "Bad" || len(runs.Items[0].Steps) != len(want)-1 {
		t.Fatalf("the API has %+v", runs)
	}
	kinds := make(map[string]bool)
	for i, s := range runs.Items[0].Steps {
		if failed := strings.HasPrefix(want[i+1], "warn"); failed != (s.Outcome == "failed") || failed && !strings.HasSuffix(want[i+1], "failed, "+s.Text) {
			t.Errorf("the API says of %s: %s, %s", s.Kind, s.Outcome, s.Text)
		}
		kinds[s.Kind] = kinds[s.Kind] || s.Outcome == "failed"
	}
	if len(kinds) != 10 {
		t.Errorf("of ten kinds, %v were tried", kinds)
	}
	for kind, failed := range kinds {
		if !failed {
			t.Errorf("%s did not fail", kind)
		}
	}
	if got, want := o.state(), "sales [{true }], support [{false }], at the desk true, forwards [{102}], [{phone {true 0 999}} {phone {true 0 999}} {xmpp {false 0 999}}]"; got != want {
		t.Errorf("afterwards: %s\nwant %s", got, want)
	}
	// Whoever was not there when it happened reads it when he asks for the command.
	ben.tell(order{Do: "command", To: profileNode, Form: map[string]string{"profile": "available"}})
	form := ben.events.awaitAll(t, "the form", 2, func(e event) bool { return e.Is == "command form" })[1]
	if lines := strings.Split(form.Text, "\n"); len(lines) != 11 || lines[0] != "When your profile became Bad:" || "warn: "+lines[1] != want[1] {
		t.Errorf("the form says %q", form.Text)
	}
}

// TestDNDSilencesWhatRings: Cleo calls Ben, whose two telephones ring; he chooses DND in his XMPP client, and they are silent at once. When he is available again they ring.
//
func TestDNDSilencesWhatRings(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	o := newProfileOffice(t)
	first, second, cleo := startPhone(t, o.server, o.benPhone, phoneConfig{Hz: 660}), startPhone(t, o.server, o.secondPhone, phoneConfig{Hz: 770}), startPhone(t, o.server, o.cleoPhone, phoneConfig{Hz: 880})
	for _, p := range []*phone{first, second, cleo} {
		p.registered()
	}
	ben := slixmpp(t, o.as(o.ben, viaSTARTTLS, "")).(*program)
	ben.events.await(t, "the login", outcome)
	choose := func(profile string, n int) {
		t.Helper()
		ben.tell(order{Do: "command", To: profileNode, Form: map[string]string{"profile": profile}})
		ben.events.awaitAll(t, "the profile "+profile, n, func(e event) bool { return e.Is == "command" })
	}
	cleo.dial("101")
	first.await("CALL_INCOMING", 1)
	second.await("CALL_INCOMING", 1)
	choose("dnd", 1)
	first.await("CALL_CLOSED", 1)
	second.await("CALL_CLOSED", 1)
	cleo.await("CALL_CLOSED", 1)
	cleo.dial("101")
	cleo.await("CALL_CLOSED", 2) // nothing rings meanwhile
	for _, p := range []*phone{first, second} {
		if n := p.events.count(func(e event) bool { return e.Is == "CALL_INCOMING" }); n != 1 {
			t.Errorf("%s rang %d times", p.name, n)
		}
	}
	choose("available", 2)
	cleo.dial("101")
	first.await("CALL_INCOMING", 2)
	second.await("CALL_INCOMING", 2)
	second.answer()
	cleo.hears("Ben", 770)
	second.hears("Cleo", 880)
	first.await("CALL_CLOSED", 2)
}
