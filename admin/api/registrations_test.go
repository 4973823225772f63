package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"plenum/admin/api"
)

// madeBindings are registrations that are made up.
type madeBindings struct {
	mu   sync.Mutex
	list []api.Binding
}

func (m *madeBindings) All() []api.Binding {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list)
}

func (m *madeBindings) Remove(device, id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.list)
	m.list = slices.DeleteFunc(m.list, func(b api.Binding) bool { return b.Device == device && b.ID == id })
	return len(m.list) < before
}

func TestRegistrationsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan"})))
	hall := b.want(http.StatusCreated, b.post("/devices", newDevice("Hall", nil))).json["id"].(string)
	desk := b.want(http.StatusCreated, b.post("/devices", newDevice("Desk", map[string]any{"owner": "jan@" + host}))).json["id"].(string)
	made := func(id, device, transport, agent string) api.Binding {
		return api.Binding{ID: id, Device: device, Contact: "sip:x@192.0.2.7", Transport: transport, Address: "192.0.2.7:5060", UserAgent: agent, Since: time.Now(), Expires: time.Now().Add(time.Minute)}
	}
	w.bindings.list = []api.Binding{made("1", hall, "udp", "Yealink"), made("1", desk, "tls", "Snom"), made("2", desk, "wss", "Browser"), made("1", "deleted", "udp", "?")}
	shown := func(query string) string {
		t.Helper()
		got := b.want(http.StatusOK, b.get("/registrations"+query))
		text := fmt.Sprint(got.json["total"], ":")
		for _, item := range got.json["items"].([]any) {
			r := item.(map[string]any)
			text += fmt.Sprintf(" %v/%v/%v/%v", r["deviceName"], r["transport"], r["secure"], r["ownerName"])
		}
		return text
	}
	for query, want := range map[string]string{
		"": "3: Desk/tls/true/Jan Desk/wss/true/Jan Hall/udp/false/", "?q=jan+snom": "1: Desk/tls/true/Jan", "?limit=1&offset=2": "3: Hall/udp/false/", "?q=nothing": "0:",
	} {
		if got := shown(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	b.want(http.StatusNoContent, b.del("/registrations/"+desk+"/2"))
	if got := shown(""); got != "2: Desk/tls/true/Jan Hall/udp/false/" {
		t.Errorf("after one has ended: %s", got)
	}
	for _, path := range []string{desk + "/2", "none/1"} {
		if got := b.del("/registrations/" + path); got.status != http.StatusNotFound {
			t.Errorf("%s: %s", path, got)
		}
	}
}
