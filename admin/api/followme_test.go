package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"plenum/components/directory"
)

// rings is a form of FollowMe: inside it rings as said, and for nothing else.
func rings(revision any, configurable bool, delay, timeout int) map[string]any {
	off := map[string]any{"enabled": false, "delay": 0, "timeout": 999}
	return map[string]any{
		"revision": revision, "userConfigurable": configurable, "internal": map[string]any{"enabled": true, "delay": delay, "timeout": timeout}, "external": off, "queue": off,
	}
}

// followMe is what an answer says of devices: name, timer for calls from inside, whether they are locked.
func followMe(a *answer) string {
	var list []string
	for _, item := range a.json["items"].([]any) {
		row := item.(map[string]any)
		timer := row["internal"].(map[string]any)
		text := fmt.Sprintf("%v%v %v/%v", row["name"], row["at"], timer["delay"], timer["timeout"])
		if row["locked"] == true {
			text += " locked"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// A-111..A-117, A-143..A-152: administrators set when devices of users and locations ring, users what is not locked.
func TestFollowMeInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	w.user("emre", directory.NoRole)
	desk := b.want(http.StatusCreated, b.post("/devices", newDevice("Desk", map[string]any{"owner": "jan@" + host}))).json["id"].(string)
	hall := b.want(http.StatusCreated, b.post("/devices", newDevice("Hall", nil))).json["id"].(string)
	office := b.want(http.StatusCreated, b.post("/locations", map[string]any{"name": "Office"})).json["id"].(string)
	b.want(http.StatusOK, b.put("/locations/"+office+"/devices", map[string]any{"assign": []any{hall}, "unassign": []any{}}))
	if got := followMe(b.want(http.StatusOK, b.get(user("jan")+"/followme"))); got != "Desk 0/999 locked,  0/999" {
		t.Errorf("at first: %s", got)
	}
	set := b.want(http.StatusOK, b.put(user("jan")+"/followme/"+desk, rings(0, false, 5, 20)))
	if set.json["revision"] == 0.0 || set.json["name"] != "Desk" || set.json["kind"] != "phone" {
		t.Errorf("a device: %s", set)
	}
	late := b.put(user("jan")+"/followme/"+desk, rings(0, true, 5, 20))
	if conflict, _ := late.json["conflict"].(map[string]any); late.status != http.StatusConflict || conflict["current"] != set.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
	bad := b.put(user("jan")+"/followme/"+desk, rings(set.json["revision"], true, -1, 0))
	if errs, _ := bad.json["errors"].([]any); bad.status != http.StatusUnprocessableEntity || len(errs) != 2 || errs[0].(map[string]any)["field"] != "internal.delay" {
		t.Errorf("nonsense: %s", bad)
	}
	b.want(http.StatusOK, b.put("/locations/"+office+"/followme/"+hall, rings(0, true, 1, 2)))

	own := w.inApp("jan")
	if got := followMe(own.want(http.StatusOK, own.get("/app/followme"))); got != "Desk 5/20 locked,  0/999" {
		t.Errorf("Jan sees %s", got)
	}
	own.want(http.StatusForbidden, own.put("/app/followme/"+desk, rings(set.json["revision"], true, 0, 20)))
	own.want(http.StatusOK, own.put("/app/followme/xmpp", rings(0, false, 7, 8)))
	own.want(http.StatusNotFound, own.put("/app/followme/"+hall, rings(0, false, 0, 9))) // he is not there
	own.want(http.StatusOK, own.put("/app/location", map[string]any{"location": office}))
	at := own.want(http.StatusOK, own.get("/app/followme"))
	if got := followMe(at); got != "Desk 5/20 locked,  7/8, HallOffice 1/2" {
		t.Errorf("at the office Jan sees %s", got)
	}
	own.want(http.StatusOK, own.put("/app/followme/"+hall, rings(at.json["items"].([]any)[2].(map[string]any)["revision"], false, 0, 9)))
	if got := followMe(b.want(http.StatusOK, b.get("/locations/"+office+"/followme"))); got != "Hall 0/9" {
		t.Errorf("the office has %s", got)
	}
	b.want(http.StatusNotFound, b.get("/locations/nowhere/followme"))
	b.want(http.StatusNotFound, b.get(user("nobody")+"/followme"))
	b.want(http.StatusNotFound, b.put(user("emre")+"/followme/"+desk, rings(0, true, 0, 9)))
}
