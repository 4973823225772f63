package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/admin/api"
	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/components/telephony/prompts"
	"plenum/components/websession"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

const (
	host     = "chat.example"
	password = "Wherefore4"
)

var ctx = context.Background()

// world is the API on real services, with a few groups and clients that are made up.
type world struct {
	t        testing.TB
	dir      *directory.Directory
	logins   *websession.Service
	audit    *audit.Service
	groups   *madeGroups
	clients  *madeClients
	bindings *madeBindings
	messages *madeMessages
	calls    *madeCalls
	journal  *madeJournal
	states   map[string]api.TrunkState // of accounts, by title of the trunk and of the account
	api      *api.API
	handler  http.Handler
	logs     *safeBuffer
}

// safeBuffer is what was logged.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newNode(t, storetest.Open(t), sasl.NewLimiter(sasl.LimiterConfig{}))
}

// newNode is one server on a database, which several may share.
func newNode(t testing.TB, db *store.DB, limiter *sasl.Limiter) *world {
	t.Helper()
	w := &world{t: t, groups: newMadeGroups(), clients: &madeClients{}, bindings: &madeBindings{}, calls: &madeCalls{}, journal: &madeJournal{}, messages: newMadeMessages(t), logs: &safeBuffer{}}
	log := slog.New(slog.NewTextHandler(w.logs, nil))
	key := func(bool) (*directory.Sealer, error) { return directory.NewSealer(make([]byte, directory.KeySize)) }
	var err error
	if w.dir, err = directory.Open(ctx, db, []string{host}, directory.Config{Iterations: sasl.MinIterations}, key, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.dir.Close)
	if w.logins, err = websession.New(ctx, db, websession.Config{}, w.dir.Accounts, []string{host}, limiter, log); err != nil {
		t.Fatal(err)
	}
	w.dir.OnChange(w.logins.Changed)
	if w.audit, err = audit.New(ctx, db, audit.Config{}, log); err != nil {
		t.Fatal(err)
	}
	engine, err := profiles.NewEngine(ctx, db, w.dir, log)
	if err != nil {
		t.Fatal(err)
	}
	recorder := api.NewRecorder(func() api.Vitals { return api.Vitals{} })
	spoken, err := prompts.New(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.api, err = api.New(api.Deps{
		Log: log, Version: "test", PublicURL: "https://" + host, Domains: []string{host}, Logins: w.logins, Audit: w.audit, Directory: w.dir,
		Profiles: engine, TimeZone: "Europe/Berlin", BinTime: 30 * 24 * time.Hour, Groups: w.groups, Clients: w.clients, Server: madeServer{},
		Bindings: w.bindings, Calls: w.calls, TeamLines: w.calls, Journal: w.journal, KeepRecords: 365 * 24 * time.Hour, Prompts: spoken, Mailboxes: &madeMailboxes{}, Messages: w.messages, NumberDomain: "pbx." + host, SendsMail: true, TrunkStates: madeStates{w},
		SIP: api.SIPServer{Host: host, Transports: []api.SIPTransport{{Transport: "tls", Port: 5061}, {Transport: "udp", Port: 5060}}},
	}, recorder)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = func(err error, c echo.Context) { api.Answer(c, err, log) }
	w.api.Mount(e)
	w.handler = e
	return w
}

// user makes a user with a level.
func (w *world) user(login string, level directory.Role) jid.JID {
	w.t.Helper()
	u, err := w.dir.Accounts.Create(ctx, directory.NewAccount{JID: address(login), Password: password, DisplayName: strings.ToUpper(login[:1]) + login[1:], Role: level})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.JID
}

func address(login string) jid.JID { return jid.MustParse(login + "@" + host) }

// A browser is one administrator's browser; the zero value beside world has no session.
type browser struct {
	w       *world
	cookie  string
	csrf    string
	from    string // IP address
	header  http.Header
	cookies []*http.Cookie // as they were set last
}

func (w *world) browser() *browser { return &browser{w: w, from: "192.0.2.1", header: http.Header{}} }

// loggedIn is a browser in which somebody has logged in.
func (w *world) loggedIn(login string) *browser {
	w.t.Helper()
	b := w.browser()
	if r := b.logIn(login, password); r.status != http.StatusOK {
		w.t.Fatalf("%s cannot log in: %s", login, r)
	}
	return b
}

// inApp is a browser in which somebody, whatever his level, has logged in to the app.
func (w *world) inApp(login string) *browser {
	w.t.Helper()
	b := w.browser()
	r := b.want(http.StatusOK, b.post("/app/session", map[string]any{"login": login, "password": password}))
	b.csrf = r.json["csrf"].(string)
	return b
}

// admin makes a system administrator who is logged in.
func (w *world) admin() *browser {
	w.t.Helper()
	w.user("clara", directory.SystemAdministrator)
	return w.loggedIn("clara")
}

func (b *browser) logIn(login, password string) *answer {
	b.w.t.Helper()
	r := b.do(http.MethodPost, "/session", map[string]any{"login": login, "password": password})
	if r.status == http.StatusOK {
		b.csrf, _ = r.json["csrf"].(string)
	}
	return r
}

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	text    string
	flushed bool // it came in portions
	json    map[string]any
}

func (r *answer) String() string { return fmt.Sprintf("%d %s", r.status, r.text) }

func (r *answer) code() string { s, _ := r.json["code"].(string); return s }

// fields are the fields that an answer complains about, with the codes.
func (r *answer) fields() map[string]string {
	out := map[string]string{}
	list, _ := r.json["errors"].([]any)
	for _, item := range list {
		m := item.(map[string]any)
		out[m["field"].(string)] = m["code"].(string)
	}
	return out
}

func (b *browser) get(path string) *answer            { return b.do(http.MethodGet, path, nil) }
func (b *browser) post(path string, body any) *answer { return b.do(http.MethodPost, path, body) }
func (b *browser) put(path string, body any) *answer  { return b.do(http.MethodPut, path, body) }
func (b *browser) del(path string) *answer            { return b.do(http.MethodDelete, path, nil) }

// do makes a request. A string body is sent as it is.
func (b *browser) do(method, path string, body any) *answer {
	b.w.t.Helper()
	return b.send(b.request(method, path, body))
}

func (b *browser) request(method, path string, body any) *http.Request {
	b.w.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			b.w.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, "https://"+host+api.Prefix+path, reader)
	r.RemoteAddr = b.from + ":4242"
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: websession.CookieName, Value: b.cookie})
	}
	if b.csrf != "" {
		r.Header.Set("X-CSRF-Token", b.csrf)
	}
	r.Header.Set("Origin", "https://"+host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, values := range b.header {
		r.Header[name] = values
	}
	return r
}

func (b *browser) send(r *http.Request) *answer {
	b.w.t.Helper()
	recorder := httptest.NewRecorder()
	b.w.handler.ServeHTTP(recorder, r)
	result := recorder.Result()
	for _, c := range result.Cookies() {
		if c.Name == websession.CookieName {
			b.cookie = c.Value
		}
		b.cookies = result.Cookies()
	}
	a := &answer{status: result.StatusCode, header: result.Header, text: recorder.Body.String(), flushed: recorder.Flushed}
	_ = json.Unmarshal([]byte(a.text), &a.json) // what is no object has no fields
	return a
}

// want checks a status.
func (b *browser) want(status int, r *answer) *answer {
	b.w.t.Helper()
	if r.status != status {
		b.w.t.Fatalf("want status %d, got %s", status, r)
	}
	return r
}

func user(login string) string { return "/users/" + url.PathEscape(login+"@"+host) }

// form is that of a user who breaks no rule.
func form(more map[string]any) map[string]any {
	f := map[string]any{
		"displayName": "", "extension": "", "auth": "internal", "email": "", "language": "", "callWaiting": true, "faxExtension": "",
		"voicemail": "none", "softphone": false, "mobile": false, "mobileNumber": "", "level": "", "disabled": false,
	}
	for name, value := range more {
		f[name] = value
	}
	return f
}

// newUser is the form of a new one.
func newUser(login string, more map[string]any) map[string]any {
	f := form(more)
	f["login"], f["password"] = login, password
	for name, value := range more {
		f[name] = value
	}
	return f
}

type madeServer struct{}

func (madeServer) Started() time.Time { return time.Now().Add(-time.Hour) }
func (madeServer) Figures(context.Context) []api.Figures {
	return []api.Figures{{Node: "one", Sessions: 2, Users: 1}}
}
func (madeServer) Records(context.Context) []api.Record { return nil }
func (madeServer) Health(context.Context) []api.Check {
	return []api.Check{{Name: "database", State: "ok", Text: "fine"}}
}

// madeClients are clients that are made up.
type madeClients struct {
	mu    sync.Mutex
	list  []api.Client
	ended []jid.JID
}

func (m *madeClients) Find(_ context.Context, _ string, offset, limit int) ([]api.Client, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.list[min(offset, len(m.list)):min(offset+limit, len(m.list))], len(m.list), nil
}

func (m *madeClients) Presence(jid.JID) api.Presence { return api.Offline }

func (m *madeClients) End(full jid.JID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.list {
		if c.JID == full {
			m.ended = append(m.ended, full)
			return true
		}
	}
	return false
}

// madeGroups are groups in memory.
type madeGroups struct {
	groups  map[jid.JID]*api.GroupInfo
	members map[jid.JID][]api.GroupAffiliation
}

func newMadeGroups() *madeGroups {
	return &madeGroups{groups: map[jid.JID]*api.GroupInfo{}, members: map[jid.JID][]api.GroupAffiliation{}}
}

func (m *madeGroups) Domain() string      { return "groups." + host }
func (m *madeGroups) GuestDomain() string { return "guest." + host }

func (m *madeGroups) Totals(context.Context) (api.GroupTotals, error) {
	return api.GroupTotals{Rooms: len(m.groups), GuestLimit: 100}, nil
}

func (m *madeGroups) Find(context.Context, api.GroupQuery) (list []api.GroupInfo, total int, err error) {
	for _, g := range m.groups {
		list = append(list, *g)
	}
	return list, len(list), nil
}

func (m *madeGroups) find(room jid.JID) (*api.GroupInfo, error) {
	if g := m.groups[room]; g != nil {
		return g, nil
	}
	return nil, fault.New(fault.NotFound, "there is no such group")
}

func (m *madeGroups) Get(_ context.Context, room jid.JID) (api.GroupInfo, []api.Occupant, error) {
	g, err := m.find(room)
	if err != nil {
		return api.GroupInfo{}, nil, err
	}
	return *g, nil, nil
}

func (m *madeGroups) Create(_ context.Context, _ jid.JID, local string, form api.GroupForm, owners, others []jid.JID) (jid.JID, error) {
	var members []api.GroupAffiliation
	for _, user := range owners {
		members = append(members, api.GroupAffiliation{JID: user, Affiliation: "owner"})
	}
	for _, user := range others {
		members = append(members, api.GroupAffiliation{JID: user, Affiliation: "member"})
	}
	if local == "" {
		local = strings.ToLower(form.Name)
	}
	room, err := jid.New(local, m.Domain(), "")
	if err != nil {
		return room, fault.Wrap(fault.Invalid, err, "this is no address")
	}
	if m.groups[room] != nil {
		return room, fault.New(fault.Conflict, "there is one")
	}
	m.groups[room] = &api.GroupInfo{Room: room, Name: form.Name, Description: form.Description, Members: len(members), MembersOnly: true,
		Conference: api.GroupConference{State: "idle"}}
	m.members[room] = members
	return room, nil
}

func (m *madeGroups) Change(_ context.Context, _, room jid.JID, was, is api.GroupForm) error {
	g, err := m.find(room)
	if err != nil {
		return err
	}
	if was != (api.GroupForm{Name: g.Name, Description: g.Description}) {
		return fault.New(fault.Conflict, "it was changed")
	}
	g.Name, g.Description = is.Name, is.Description
	return nil
}

func (m *madeGroups) Delete(_ context.Context, _, room jid.JID) error {
	delete(m.groups, room)
	return nil
}

func (m *madeGroups) Members(_ context.Context, room jid.JID) ([]api.GroupAffiliation, error) {
	_, err := m.find(room)
	return m.members[room], err
}

func (m *madeGroups) SetMembers(_ context.Context, _, room jid.JID, changes []api.GroupAffiliation) error {
	if _, err := m.find(room); err != nil {
		return err
	}
	kept := map[jid.JID]string{}
	for _, x := range append(m.members[room], changes...) {
		kept[x.JID] = x.Affiliation
	}
	m.members[room] = nil
	for user, affiliation := range kept {
		if affiliation != "none" {
			m.members[room] = append(m.members[room], api.GroupAffiliation{JID: user, Affiliation: affiliation})
		}
	}
	return nil
}

func (m *madeGroups) AllowGuests(_ context.Context, by, room jid.JID, allowed bool) error {
	g, err := m.find(room)
	if err != nil {
		return err
	}
	if g.Access = nil; allowed {
		g.Access = &api.Access{URL: "https://" + host + "/g/token", PIN: "313787136", Since: time.Now(), By: by, Limit: 20}
	}
	return nil
}

func (m *madeGroups) Invitation(_ context.Context, room jid.JID, _ string) (string, error) {
	g, err := m.find(room)
	if err != nil {
		return "", err
	}
	return g.Name, nil
}

func (m *madeGroups) RemoveGuest(_ context.Context, _, room jid.JID, nick string) error {
	if _, err := m.find(room); err != nil || nick != "Guest" {
		return fault.New(fault.NotFound, "there is no such guest")
	}
	return nil
}

func (m *madeGroups) Door(_ context.Context, token string, from netip.Addr) (api.Door, error) {
	if from == netip.MustParseAddr("192.0.2.66") {
		return api.Door{}, fault.New(fault.Limit, "too many attempts")
	}
	for _, g := range m.groups {
		if g.Access != nil && strings.HasSuffix(g.Access.URL, "/"+token) {
			return api.Door{Room: g.Room, Name: g.Name}, nil
		}
	}
	return api.Door{}, fault.New(fault.NotFound, "this link leads nowhere")
}

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

func slogOf(w *world) *slog.Logger { return slog.New(slog.NewTextHandler(w.logs, nil)) }

func urlQuery(text string) string { return url.QueryEscape(text) }

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
