package api_test

import (
	"net/http"
	"testing"

	"plenum/components/directory"
)

// A-118..A-123, A-126, A-216: a location has telephones; who logs in there expels who sits there, and administrators see it.
func TestUsersMoveBetweenLocations(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	w.user("emre", directory.NoRole)
	device := b.want(http.StatusCreated, b.post("/devices", newDevice("Hall", nil))).json["id"]
	made := b.want(http.StatusCreated, b.post("/locations", map[string]any{"name": "Office"})).json
	office, path := made["id"].(string), "/locations/"+made["id"].(string)
	if got := b.want(http.StatusOK, b.put(path+"/devices", map[string]any{"assign": []any{device}, "unassign": []any{}})); names(got, "assigned") != "Hall" || names(got, "available") != "" {
		t.Errorf("the location has %s", got)
	}
	if got := b.get("/devices/" + device.(string)); got.json["locationName"] != "Office" || got.json["owner"] != "" {
		t.Errorf("its telephone: %s", got)
	}
	kept := b.put("/devices/"+device.(string), map[string]any{"revision": b.get("/devices/" + device.(string)).json["revision"], "name": "Hall", "owner": "", "encryption": "required"})
	if kept.json["location"] != office {
		t.Errorf("a change of the telephone takes it away: %s", kept)
	}
	b.want(http.StatusOK, b.put(user("jan")+"/location", map[string]any{"location": office}))
	own := w.inApp("emre")
	if got := own.want(http.StatusOK, own.put("/app/location", map[string]any{"location": office})); got.json["location"] != office || len(got.json["recent"].([]any)) != 1 {
		t.Errorf("Emre is at %s", got)
	}
	if got := b.get(user("jan") + "/location"); got.json["location"] != "" || len(got.json["recent"].([]any)) != 1 || len(got.json["open"].([]any)) != 1 {
		t.Errorf("Jan is at %s", got)
	}
	if got := b.get(path); got.json["user"] != "emre@"+host || got.json["devices"] != 1.0 {
		t.Errorf("the location: %s", got)
	}
	b.want(http.StatusNoContent, b.del(path+"/user"))
	if got := b.get(path); got.json["user"] != "" {
		t.Errorf("the location: %s", got)
	}
	if got := b.put(user("jan")+"/location", map[string]any{"location": "nowhere"}); got.status != http.StatusNotFound {
		t.Errorf("a location that does not exist: %d", got.status)
	}
	if got := b.post("/locations", map[string]any{"name": " "}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a location without a name: %d", got.status)
	}
	stale := b.put(path, map[string]any{"revision": 1, "name": "Office"})
	if stale.status != http.StatusConflict {
		t.Errorf("an old revision: %d", stale.status)
	}
}
