package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"plenum/components/audit"
	"plenum/components/directory"
)

func newDevice(name string, more map[string]any) map[string]any {
	d := map[string]any{"kind": "phone", "name": name, "owner": "", "encryption": ""}
	for field, value := range more {
		d[field] = value
	}
	return d
}

// names are those of the devices in a list.
func names(a *answer, list string) string {
	var all []string
	items, _ := a.json[list].([]any)
	for _, item := range items {
		all = append(all, item.(map[string]any)["name"].(string))
	}
	return strings.Join(all, ", ")
}

// devices that nobody has exist; they go to users and back in one step.
func TestDevicesOfUsers(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "104", "softphone": true})))
	w.user("emre", directory.NoRole)
	var ids []any
	for _, name := range []string{"Hall", "Kitchen", "Roof"} {
		ids = append(ids, b.want(http.StatusCreated, b.post("/devices", newDevice(name, nil))).json["id"])
	}
	path := user("jan") + "/devices"
	got := b.want(http.StatusOK, b.put(path, map[string]any{"assign": ids[:2], "unassign": []any{}}))
	if a, v := names(got, "assigned"), names(got, "available"); a != "Hall, Jan (Softphone), Kitchen" || v != "Roof" {
		t.Errorf("Jan has %s; nobody has %s", a, v)
	}
	got = b.want(http.StatusOK, b.put(path, map[string]any{"assign": ids[2:], "unassign": ids[:1]}))
	if a, v := names(got, "assigned"), names(got, "available"); a != "Jan (Softphone), Kitchen, Roof" || v != "Hall" {
		t.Errorf("Jan has %s; nobody has %s", a, v)
	}
	entries, err := w.audit.List(ctx, audit.Query{Action: "user.devices"})
	if err != nil || len(entries) != 2 || entries[0].Changes[0] != (audit.Change{Field: "device", Before: "Hall", After: "Roof"}) {
		t.Errorf("the log has %+v, %v", entries, err)
	}
	if refused := b.put(user("emre")+"/devices", map[string]any{"assign": []any{ids[0], ids[1]}, "unassign": []any{}}); refused.status != http.StatusConflict {
		t.Errorf("a device of another: %s", refused)
	}
	if got := b.get(user("emre") + "/devices"); names(got, "assigned") != "" {
		t.Errorf("half of it was done: %s", got)
	}
	for query, want := range map[string]string{
		"": "Hall, Jan (Softphone), Kitchen, Roof", "?owner=nobody": "Hall", "?owner=somebody&kind=phone": "Kitchen, Roof", "?q=jan+kitch": "Kitchen",
		"?q=104-": "Jan (Softphone)", "?limit=1&offset=2": "Kitchen",
	} {
		if got := names(b.get("/devices"+query), "items"); got != want {
			t.Errorf("/devices%s: %s, want %s", query, got, want)
		}
	}
}

func TestDeviceFormsAndSecrets(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	for _, c := range []struct {
		more map[string]any
		want map[string]string
	}{
		{map[string]any{"name": " "}, map[string]string{"name": "missing"}},
		{map[string]any{"owner": "nobody@" + host}, map[string]string{"owner": "unknown"}},
		{map[string]any{"owner": "@"}, map[string]string{"owner": "malformed"}},
		{map[string]any{"kind": "mobile"}, map[string]string{"kind": "not_allowed"}},
		{map[string]any{"encryption": "some"}, map[string]string{"encryption": "not_allowed"}},
	} {
		if got := b.post("/devices", newDevice("Desk", c.more)); got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%v: %s", c.more, got)
		}
	}
	d := b.want(http.StatusCreated, b.post("/devices", newDevice("Desk", map[string]any{"owner": "jan@" + host})))
	path := "/devices/" + d.json["id"].(string)
	if d.json["secretSince"] != nil || d.json["owner"] != "jan@"+host || d.json["sipUser"] == "" {
		t.Errorf("a new device: %s", d)
	}
	s := b.want(http.StatusOK, b.post(path+"/secret", nil))
	secret := s.json["secret"].(string)
	device, ok := w.dir.Objects.SIPDevice(s.json["user"].(string))
	if !ok || device.Keys != directory.NewHA1(device.User, host, secret) || s.json["server"] != host || s.json["realm"] != host {
		t.Errorf("the secret: %s, and the registrar knows %+v", s, device)
	}
	if first := s.json["transports"].([]any)[0].(map[string]any); first["transport"] != "tls" || first["port"] != 5061.0 {
		t.Errorf("the best way to the server: %v", first)
	}
	now := b.get(path)
	if strings.Contains(now.text, secret) || now.json["secretSince"] == nil {
		t.Errorf("after that: %s", now)
	}
	entries, err := w.audit.List(ctx, audit.Query{Kind: "device"})
	if err != nil || slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return strings.Contains(e.Name+e.Object, secret) || slices.ContainsFunc(e.Changes, func(c audit.Change) bool { return strings.Contains(c.After, secret) })
	}) {
		t.Errorf("the log: %+v, %v", entries, err)
	}
	change := newDevice("Desk 2", map[string]any{"revision": d.json["revision"]})
	delete(change, "kind")
	late := b.put(path, change) // the secret was renewed since
	if conflict, _ := late.json["conflict"].(map[string]any); late.status != http.StatusConflict || conflict["current"] != now.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
	change["revision"] = now.json["revision"]
	if got := b.want(http.StatusOK, b.put(path, change)); got.json["name"] != "Desk 2" || got.json["owner"] != "" {
		t.Errorf("changed: %s", got)
	}
}
