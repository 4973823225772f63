package profiles_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

// madeGraph stands in for Microsoft: it gives tokens to one application, and knows users by their addresses.
type madeGraph struct {
	mu         sync.Mutex
	activities map[string]string                             // by address; the ID of a user is "id-" and his address
	refuse     int                                           // status of the next answers of Graph; 0 for none
	after      string                                        // their Retry-After
	elsewhere  bool                                          // the list of users goes on at another server
	asked      []int                                         // how many IDs each request had
	tokens     int                                           // how many were given
	fault      func(http.ResponseWriter, *http.Request) bool // answers instead, when it says so
	listed     int
}

func (g *madeGraph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fault != nil && g.fault(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/login/verona.example/oauth2/v2.0/token" {
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "app" || r.FormValue("client_secret") != "Wherefore4" || !strings.HasSuffix(r.FormValue("scope"), "/.default") {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"AADSTS7000215"}`)
			return
		}
		g.tokens++
		fmt.Fprint(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"t0k3n"}`)
		return
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer t0k3n":
		w.WriteHeader(http.StatusUnauthorized)
	case g.refuse != 0:
		w.Header().Set("Retry-After", g.after)
		w.WriteHeader(g.refuse)
		fmt.Fprint(w, `{"error":{"code":"TooManyRequests","message":"later"}}`)
	case r.Method == http.MethodGet && r.URL.Path == "/v1.0/users":
		g.list(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/v1.0/communications/getPresencesByUserId":
		var wanted struct{ IDs []string }
		if json.NewDecoder(r.Body).Decode(&wanted) != nil || len(wanted.IDs) > profiles.GraphIDs {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		g.asked = append(g.asked, len(wanted.IDs))
		list := []map[string]string{}
		for _, id := range wanted.IDs {
			if activity := g.activities[strings.TrimPrefix(id, "id-")]; activity != "" {
				list = append(list, map[string]string{"id": id, "availability": "Busy", "activity": activity})
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"value": list})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// list answers with the users on two pages: those without activity on the second one.
func (g *madeGraph) list(w http.ResponseWriter, r *http.Request) {
	second := r.URL.Query().Get("$skiptoken") != ""
	list := []map[string]any{}
	for address, activity := range g.activities {
		if (activity == "") == second {
			list = append(list, map[string]any{"id": "id-" + address, "mail": nil, "userPrincipalName": strings.ToUpper(address)})
		}
	}
	answer := map[string]any{"value": list}
	if !second {
		g.listed++
		host := r.Host
		if g.elsewhere {
			host = "elsewhere.example"
		}
		answer["@odata.nextLink"] = "http://" + host + "/v1.0/users?$skiptoken=2"
	}
	json.NewEncoder(w).Encode(answer)
}

func (g *madeGraph) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// A meeting is an office whose people are in Microsoft Teams.
type meeting struct {
	*office
	graph   *madeGraph
	server  *httptest.Server
	look    func(context.Context, time.Time) error
	again   func() func(context.Context, time.Time) error // another server, or this one after a restart
	now     time.Time
	timeout time.Duration // of requests; 0 for the usual one
	called  string        // the profile for calls
}

func newMeeting(t *testing.T, db *store.DB) *meeting {
	t.Helper()
	m := &meeting{office: newOffice(t, db), graph: &madeGraph{activities: map[string]string{"juliet@verona.example": "Available"}}, now: time.Now()}
	m.server = httptest.NewServer(m.graph)
	t.Cleanup(m.server.Close)
	srv := m.server
	cfg := profiles.Config{LoginURL: srv.URL + "/login", GraphURL: srv.URL + "/v1.0"}
	m.must(cfg.Validate())
	m.again = func() func(context.Context, time.Time) error {
		return profiles.TeamsWatch(m.do, cfg, cmp.Or(m.timeout, profiles.GraphTimeout))
	}
	m.look = m.again()
	m.mail("juliet", "Juliet@verona.example")
	m.called = m.profile(directory.ProfileInput{Name: "Teams", TeamsCall: true, Sticky: true, Silent: true, Enter: []directory.ProfileAction{{Kind: directory.ActForwardSet, Target: "10"}},
		Leave: []directory.ProfileAction{{Kind: directory.ActForwardUnset}}})
	secret := "Wherefore4"
	_, err := m.do.SetTeams(context.Background(), 0, profiles.TeamsInput{Enabled: true, Tenant: "verona.example", Client: "app", Secret: &secret})
	m.must(err)
	return m
}

func (m *meeting) mail(login, address string) {
	m.Helper()
	_, err := m.org.Accounts.CreateUser(context.Background(), operator, directory.UserInput{Login: login, DisplayName: login, Password: "Wherefore4", Email: address})
	if fault.Is(err, fault.Invalid) { // he is there
		a, err := m.org.Accounts.Get(context.Background(), jid.MustParse(login+"@"+xmpptest.Domain))
		m.must(err)
		in := a.Input()
		in.Email = address
		_, err = m.org.Accounts.UpdateUser(context.Background(), operator, a.JID, a.Revision, in)
		m.must(err)
		return
	}
	m.must(err)
}

// later looks when some time has passed.
func (m *meeting) later(d time.Duration) profiles.TeamsSettings {
	m.Helper()
	m.now = m.now.Add(d)
	m.must(m.look(context.Background(), m.now))
	s, err := m.do.Teams(context.Background())
	m.must(err)
	return s
}

// does says what Juliet does in Teams; it is asked for.
func (m *meeting) does(activity string) {
	m.Helper()
	m.graph.set(func() { m.graph.activities["juliet@verona.example"] = activity })
	if s := m.later(profiles.TeamsInterval); s.Failure != "" || s.Users != 1 || !s.Asked.Equal(m.now.UTC().Truncate(time.Millisecond)) {
		m.Errorf("asked: %+v", s)
	}
}

func (m *meeting) is(want string) {
	m.Helper()
	if p, use := m.org.Profiles.Of(m.juliet); p.ID != want {
		m.Errorf("she is in %s: %+v", p.Name, use)
	}
}

// A-167..A-170: a call in Teams puts its user into the profile for it, with its actions, and its end back into the one before.
func TestTeamsCalls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m := newMeeting(t, db)
		ctx := context.Background()
		m.does("Available")
		m.is(directory.AvailableID)
		m.does("InACall")
		m.is(m.called)
		if f, _ := m.org.Forwards.Get(m.juliet); !f.Active {
			t.Error("the actions of the profile were not carried out")
		}
		m.look = m.again() // after a restart
		m.does("Presenting")
		m.is(m.called)
		for _, unknown := range []string{"", "PresenceUnknown"} {
			m.does(unknown)
			m.is(m.called)
		}
		m.does("InAMeeting") // in the calendar
		m.is(directory.AvailableID)
		if f, _ := m.org.Forwards.Get(m.juliet); f.Active {
			t.Error("the actions for leaving were not carried out")
		}

		m.does("InAConferenceCall")
		m.is(m.called)
		m.choose(directory.DNDID)
		m.does("InAConferenceCall") // what she chooses herself stays
		m.is(directory.DNDID)
		m.does("Away")
		m.is(directory.DNDID)

		sticky := m.profile(directory.ProfileInput{Name: "Sticky", Sticky: true})
		m.choose(sticky)
		m.does("InACall")
		m.is(sticky)
		m.choose(directory.AvailableID)
		m.does("InACall") // the call has begun in a sticky profile
		m.is(directory.AvailableID)
		m.does("Available")

		m.does("InACall")
		m.is(m.called)
		s, err := m.do.Teams(ctx)
		m.must(err)
		_, err = m.do.SetTeams(ctx, s.Revision, profiles.TeamsInput{Tenant: s.Tenant, Client: s.Client})
		m.must(err)
		m.later(profiles.TeamsInterval) // switched off
		m.is(directory.AvailableID)
	})
}

// While Graph is away, slow or refuses, everybody stays as he is, and it is asked less often: as it wants, or half as often each time.
func TestTeamsAway(t *testing.T) {
	m := newMeeting(t, memory(t))
	m.does("InACall")
	count := func() int {
		m.graph.mu.Lock()
		defer m.graph.mu.Unlock()
		return len(m.graph.asked)
	}
	m.graph.set(func() {
		m.graph.refuse, m.graph.after = http.StatusTooManyRequests, "120"
		m.graph.activities["juliet@verona.example"] = "Available"
	})
	if s := m.later(profiles.TeamsInterval); s.Failures != 1 || s.Failure != `Microsoft Graph answers with status 429, "TooManyRequests"` {
		t.Errorf("throttled: %+v", s)
	}
	m.is(m.called)
	m.graph.set(func() { m.graph.refuse = 0 })
	before := count()
	if s := m.later(119 * time.Second); s.Failures != 1 || count() != before {
		t.Errorf("it was asked before it wants to be: %+v", s)
	}
	if s := m.later(time.Second); s.Failures != 0 || s.Failure != "" || count() != before+1 {
		t.Errorf("it answers again: %+v", s)
	}
	m.is(directory.AvailableID)

	m.graph.set(func() { m.graph.refuse, m.graph.after = http.StatusServiceUnavailable, "" })
	m.later(profiles.TeamsInterval)
	wait := 2 * profiles.TeamsInterval
	for failures := 1; failures < 8; failures++ {
		if s := m.later(wait - time.Millisecond); s.Failures != failures {
			t.Errorf("after %d failures it does not wait %s: %+v", failures, wait, s)
		}
		if s := m.later(time.Millisecond); s.Failures != failures+1 {
			t.Errorf("after %d failures it waits longer than %s: %+v", failures, wait, s)
		}
		wait = min(2*wait, profiles.TeamsMostWait)
	}
}

// Settings that are wrong are refused, or it is said what Microsoft has against them; the secret is sealed and shown to nobody.
func TestTeamsSettings(t *testing.T) {
	db := memory(t)
	m := newMeeting(t, db)
	ctx := context.Background()
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		in   profiles.TeamsInput
		want string
	}{
		"no tenant":          {profiles.TeamsInput{Enabled: true, Client: "app"}, "tenant missing"},
		"no client":          {profiles.TeamsInput{Enabled: true, Tenant: "a.example"}, "client missing"},
		"a path as tenant":   {profiles.TeamsInput{Tenant: "../common"}, "tenant bad_character"},
		"the secret is gone": {profiles.TeamsInput{Enabled: true, Tenant: "a.example", Client: "app", Secret: text("")}, "secret missing"},
		"a long secret":      {profiles.TeamsInput{Secret: text(strings.Repeat("x", 513))}, "secret too_long"},
	} {
		_, err := m.do.SetTeams(ctx, 1, c.in)
		bad := fields(err)
		if len(bad) != 1 || bad[0].Field+" "+bad[0].Code != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.do.SetTeams(ctx, 0, profiles.TeamsInput{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("changed since: %v", err)
	}
	var kept []byte
	m.must(db.QueryRow(ctx, "SELECT secret FROM profile_teams").Scan(&kept))
	if len(kept) == 0 || strings.Contains(string(kept), "Wherefore4") {
		t.Errorf("the secret is kept as %q", kept)
	}
	_, err := m.do.SetTeams(ctx, 1, profiles.TeamsInput{Enabled: true, Tenant: "verona.example", Client: "app", Secret: text("wrong")})
	m.must(err)
	if s := m.later(0); s.Failure != `Microsoft gives no token: status 401, "invalid_client"` {
		t.Errorf("a wrong secret: %+v", s)
	}
	s, err := m.do.SetTeams(ctx, 2, profiles.TeamsInput{Enabled: true, Tenant: "verona.example", Client: "app", Secret: text("Wherefore4")})
	m.must(err)
	if !s.HasSecret || s.Failures != 0 {
		t.Errorf("set again: %+v", s)
	}
	m.graph.set(func() { m.graph.elsewhere = true })
	if s := m.later(0); s.Failure != "Microsoft Graph leads to another server" {
		t.Errorf("a link to another server: %+v", s)
	}
	m.graph.set(func() { m.graph.elsewhere = false })
	if s := m.later(time.Minute); s.Failure != "" || s.Users != 1 {
		t.Errorf("now it is right: %+v", s)
	}
}

func fields(err error) directory.FieldErrors {
	bad, _ := errors.AsType[directory.FieldErrors](err)
	return bad
}

// As many users are asked for in one request as Graph takes, and who shares his address with others is not.
func TestManyInTeams(t *testing.T) {
	m := newMeeting(t, memory(t))
	for i := range profiles.GraphIDs {
		address := fmt.Sprintf("u%d@verona.example", i)
		m.mail(fmt.Sprintf("u%d", i), address)
		m.graph.activities[address] = ""
	}
	m.mail("twin1", "twin@verona.example")
	m.mail("twin2", "twin@verona.example")
	m.graph.activities["twin@verona.example"] = "InACall"
	if s := m.later(0); s.Users != profiles.GraphIDs+1 || fmt.Sprint(m.graph.asked) != fmt.Sprint([]int{profiles.GraphIDs, 1}) || m.graph.listed != 1 {
		t.Errorf("%d were asked for, in requests of %v: %s", s.Users, m.graph.asked, s.Failure)
	}
	m.mail("late", "late@verona.example")
	m.graph.set(func() { m.graph.activities["late@verona.example"] = "InACall" })
	m.later(profiles.TeamsInterval)
	if m.graph.listed != 1 {
		t.Error("the list of users is asked for again at once")
	}
	m.later(11 * time.Minute)
	if p, _ := m.org.Profiles.Of(jid.MustParse("late@" + xmpptest.Domain)); p.ID != m.called || m.graph.listed != 2 {
		t.Errorf("who came later is in %s", p.Name)
	}
}
