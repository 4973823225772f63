package api_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"plenum/admin/api"
	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// madeStates are those of accounts, by the trunk's name and the account's title.
type madeStates struct{ w *world }

func (m madeStates) TrunkState(trunk, account string) (api.TrunkState, bool) {
	t, err := m.w.dir.Trunks.Get(trunk)
	if err != nil || t.Account(account) == nil {
		return api.TrunkState{}, false
	}
	state, known := m.w.states[t.Name+"/"+t.Account(account).Title]
	return state, known
}

// TryTrunk is asked of providers that answer at once, but for one who never does.
func (m madeStates) TryTrunk(ctx context.Context, trunk, account string) (api.TrunkState, error) {
	state, known := m.TrunkState(trunk, account)
	if !known {
		return state, fault.New(fault.NotFound, "there is no such account of a trunk that is switched on")
	}
	if state.Error == "silent" {
		return state, fault.New(fault.Unavailable, "the provider has not answered yet")
	}
	return state, nil
}

// with is a form with one field more.
func with(form map[string]any, field string, value any) map[string]any {
	more := maps.Clone(form)
	more[field] = value
	return more
}

func newAccount(more map[string]any) map[string]any {
	a := map[string]any{"id": "", "title": "Main", "host": "sip.voip.example", "port": 0, "transport": "tls", "proxy": "", "addresses": []any{}, "extension": "",
		"user": "alice", "password": "Provider5ecret", "register": true, "options": true, "clip": "auto", "clir": "auto", "toHeader": false}
	maps.Copy(a, more)
	return a
}

func newTrunk(more map[string]any) map[string]any {
	t := map[string]any{"name": "VoIP", "enabled": true, "kind": "registering", "accounts": []any{newAccount(nil)}, "country": "49", "area": "211",
		"international": "00", "national": "0", "prefix": "0", "format": "e164", "inbound": []any{}, "outbound": []any{}, "maxCalls": 0,
		"policy": map[string]any{"international": false, "premium": false, "prefixes": []any{}, "perHour": 0}, "fallback": ""}
	maps.Copy(t, more)
	return t
}

var block = map[string]any{"base": "+49 211 12345", "digits": 2, "central": "104"}

func TestTrunksInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	for _, c := range []struct {
		more map[string]any
		want map[string]string
	}{
		{map[string]any{"name": "", "country": "049"}, map[string]string{"name": "missing", "country": "bad_country"}},
		{map[string]any{"accounts": []any{newAccount(map[string]any{"host": "no host", "port": 70000, "user": ""})}},
			map[string]string{"accounts.0.host": "bad_host", "accounts.0.port": "bad_port", "accounts.0.user": "missing"}},
		{map[string]any{"kind": "isdn"}, map[string]string{"kind": "not_allowed"}},
		{map[string]any{"block": map[string]any{"base": "12", "digits": 2, "central": ""}}, map[string]string{"block.base": "not_e164"}},
	} {
		got := b.post("/trunks", newTrunk(c.more))
		if got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%v: %s", c.more, got)
		}
	}
	made := b.want(http.StatusCreated, b.post("/trunks", with(newTrunk(nil), "block", block)))
	id := made.json["id"].(string)
	account := made.json["accounts"].([]any)[0].(map[string]any)
	if strings.Contains(made.text, "Provider5ecret") || account["hasPassword"] != true || account["id"] == "" || len(made.json["inbound"].([]any)) != 2 || len(made.json["outbound"].([]any)) != 1 {
		t.Errorf("a new trunk: %s", made)
	}
	if password, err := w.dir.Trunks.Password(id, account["id"].(string)); password != "Provider5ecret" || err != nil {
		t.Errorf("the password is %q, %v", password, err)
	}

	form := with(newTrunk(nil), "revision", made.json["revision"])
	form["accounts"], form["inbound"], form["outbound"], form["name"] = made.json["accounts"], made.json["inbound"], made.json["outbound"], "Provider"
	changed := b.want(http.StatusOK, b.put("/trunks/"+id, form))
	if password, _ := w.dir.Trunks.Password(id, account["id"].(string)); password != "Provider5ecret" || changed.json["name"] != "Provider" {
		t.Errorf("without a new one the password is %q: %s", password, changed)
	}
	if late := b.put("/trunks/"+id, form); late.status != http.StatusConflict || late.json["conflict"].(map[string]any)["current"] != changed.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
	entries, err := w.audit.List(ctx, audit.Query{Kind: "trunk"})
	if err != nil || len(entries) != 2 || fmt.Sprint(entries[0].Changes) != "[{name VoIP Provider}]" || strings.Contains(fmt.Sprint(entries), "Provider5ecret") {
		t.Errorf("the log: %+v, %v", entries, err)
	}

	w.states = map[string]api.TrunkState{"Provider/Main": {Since: time.Now(), Error: "the provider refuses the account"}}
	states := b.get("/trunks").json["items"].([]any)[0].(map[string]any)["states"].([]any)
	if s := states[0].(map[string]any); s["up"] != false || s["error"] != "the provider refuses the account" || s["account"] != account["id"] {
		t.Errorf("states %v", states)
	}
}

// An account can be tried, and what comes of it is shown.
func TestAnAccountIsTried(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	made := b.want(http.StatusCreated, b.post("/trunks", with(newTrunk(nil), "block", block)))
	at := "/trunks/" + made.json["id"].(string) + "/accounts/"
	account := made.json["accounts"].([]any)[0].(map[string]any)["id"].(string)
	b.want(http.StatusNotFound, b.post(at+account+"/test", nil)) // nobody looks after it
	b.want(http.StatusNotFound, b.post(at+"another/test", nil))
	for _, state := range []api.TrunkState{{Up: true, Since: time.Now()}, {Error: "403 Forbidden", Since: time.Now()}} {
		w.states = map[string]api.TrunkState{"VoIP/Main": state}
		got := b.want(http.StatusOK, b.post(at+account+"/test", nil)).json
		if got["up"] != state.Up || fmt.Sprint(got["error"]) != cmp.Or(state.Error, "<nil>") || got["account"] != account || got["since"] == nil {
			t.Errorf("the account is %v", got)
		}
	}
	w.states = map[string]api.TrunkState{"VoIP/Main": {Error: "silent"}}
	if got := b.want(http.StatusOK, b.post(at+account+"/test", nil)).json; got["up"] != false || got["error"] != "the provider has not answered yet" {
		t.Errorf("a provider that does not answer: %v", got)
	}
}

// what is shown to the outside comes from the rules of the trunk; what would become of a call can be asked.
func TestWhatWouldBecomeOfACall(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	made := b.want(http.StatusCreated, b.post("/trunks", with(newTrunk(nil), "block", block)))
	w.states = map[string]api.TrunkState{"VoIP/Main": {Up: true}}
	ask := func(direction, number, from string) map[string]any {
		t.Helper()
		return b.want(http.StatusOK, b.post("/trunks/test", map[string]any{"direction": direction, "trunk": made.json["id"], "number": number, "from": from})).json
	}
	way := func(got map[string]any) map[string]any {
		t.Helper()
		if ways := got["ways"].([]any); len(ways) == 1 {
			return ways[0].(map[string]any)
		}
		t.Fatalf("ways: %v", got)
		return nil
	}
	if got := way(ask("out", "0 030 901820", "23")); got["number"] != "+4930901820" || got["from"] != "+492111234523" || got["state"] != "up" || got["class"] != "national" || got["trunkName"] != "VoIP" || got["account"] != "Main" {
		t.Errorf("a call to Berlin: %v", got)
	}
	if got := way(ask("out", "112", "23")); got["number"] != "112" || got["class"] != "emergency" {
		t.Errorf("an emergency call: %v", got)
	}
	if got := ask("out", "0 0044 20 7946 0000", "23"); got["code"] != "forbidden" || got["refused"] == "" {
		t.Errorf("a call to England: %v", got)
	}
	if got := ask("out", "23x", "23"); got["code"] != "invalid" {
		t.Errorf("a call to nonsense: %v", got)
	}
	if got := ask("in", "0211 1234523", "030 901820")["arrival"].(map[string]any); got["extension"] != "23" || got["name"] != "Jan" || got["callBack"] != "0030901820" {
		t.Errorf("a call to Jan: %v", got)
	}
	if got := ask("in", "+498912345", ""); got["code"] != "not_found" {
		t.Errorf("a call to a number of others: %v", got)
	}
	if got := b.post("/trunks/test", map[string]any{"direction": "in", "trunk": "none", "number": "1", "from": ""}); got.fields()["trunk"] != "unknown" {
		t.Errorf("no such trunk: %s", got)
	}
}

// one external group number for all groups, a free one of the trunk's block.
func TestExternalGroupNumberInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"extension": "23"})))
	b.want(http.StatusCreated, b.post("/trunks", with(newTrunk(nil), "block", block)))
	form := map[string]any{"externalGroupNumber": "", "emergency": []any{}, "codes": []any{}, "dialPrefix": "0", "defaultCountry": "49", "revision": 0}
	for number, want := range map[string]string{"+49 211 12345-23": "taken", "+49 89 1234": "not_in_block", "021112345": "not_e164"} {
		got := b.put("/telephony", with(form, "externalGroupNumber", number))
		if got.status != http.StatusUnprocessableEntity || got.fields()["externalGroupNumber"] != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
		form := with(form, "externalGroupNumber", number)
		delete(form, "revision")
		if check := b.post("/telephony/check", form); check.fields()["externalGroupNumber"] != want {
			t.Errorf("%s, checked without saving: %s", number, check)
		}
	}
	if got := b.put("/telephony", with(form, "emergency", []any{"1"})); got.fields()["emergency.0"] != "bad_number" {
		t.Errorf("an emergency number of one digit: %s", got)
	}
	if got := b.put("/telephony", with(form, "codes", []any{map[string]any{"function": "echo", "code": "*8"}})); got.fields()["codes.echo"] != "taken" {
		t.Errorf("the code of another function: %s", got)
	}
	set := []any{map[string]any{"function": "pickup", "code": "*6"}, map[string]any{"function": "echo", "code": ""}}
	saved := b.want(http.StatusOK, b.put("/telephony", with(with(form, "externalGroupNumber", "+49 (211) 12345-99"), "codes", set)))
	if fmt.Sprint(saved.json["codes"]) != "[map[code:*6 function:pickup]]" || w.dir.Telephony.CodeFor("*8") != "*6" {
		t.Errorf("saved codes: %s", saved)
	}
	if saved.json["externalGroupNumber"] != "+492111234599" || fmt.Sprint(saved.json["builtIn"]) != "[110 112]" || w.dir.Telephony.GroupNumber() != "+492111234599" {
		t.Errorf("saved: %s", saved)
	}
	if late := b.put("/telephony", form); late.status != http.StatusConflict || late.json["conflict"].(map[string]any)["current"] != saved.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
	w.user("emre", directory.Administrator)
	if got := w.loggedIn("emre").get("/telephony"); got.status != http.StatusForbidden {
		t.Errorf("an administrator and the settings of services: %s", got)
	}
}
