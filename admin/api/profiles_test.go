package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// ..A-164, A-166, A-184..A-186: profiles are listed, made, changed and deleted, and users put into them.
func TestProfilesInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	lunch := map[string]any{"name": "Lunch", "colour": "#12ab34", "icon": "coffee", "showIcon": true, "sticky": true, "silent": true, "show": "xa", "permissions": []string{"all"},
		"triggers": []any{map[string]any{"at": "12:00", "until": "12:30", "days": []int{1, 2}, "date": ""}}}
	for _, c := range []struct {
		field string
		value any
		want  map[string]string
	}{
		{"name", "", map[string]string{"name": "missing"}},
		{"colour", "red", map[string]string{"colour": "bad_colour"}},
		{"icon", "skull", map[string]string{"icon": "not_allowed"}},
		{"show", "chat", map[string]string{"show": "not_allowed"}},
		{"permissions", []string{"nope"}, map[string]string{"permissions": "unknown"}},
		{"triggers", []any{map[string]any{"at": "25:00", "until": "", "days": []int{9}, "date": ""}}, map[string]string{"triggers.0.at": "bad_time", "triggers.0.days": "unknown"}},
	} {
		if got := b.post("/profiles", with(lunch, c.field, c.value)); got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%s %v: %s", c.field, c.value, got)
		}
	}
	made := b.want(http.StatusCreated, b.post("/profiles", lunch))
	id := made.json["id"].(string)
	list := b.want(http.StatusOK, b.get("/profiles"))
	if items := list.json["items"].([]any); len(items) != 3 || items[0].(map[string]any)["builtIn"] != true || items[2].(map[string]any)["name"] != "Lunch" || list.json["zone"] != "Europe/Berlin" {
		t.Errorf("the list: %s", list)
	}
	form := with(lunch, "revision", made.json["revision"])
	changed := b.want(http.StatusOK, b.put("/profiles/"+id, with(form, "colour", "#000000")))
	late := b.put("/profiles/"+id, form)
	if conflict, _ := late.json["conflict"].(map[string]any); late.status != http.StatusConflict || conflict["current"] != changed.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
	if got := b.do("DELETE", "/profiles/dnd", nil); got.status != http.StatusConflict {
		t.Errorf("deleting DND: %s", got)
	}
	if got := b.put(user("jan")+"/profile", map[string]any{"profile": "nope"}); got.status != http.StatusNotFound {
		t.Errorf("no such profile: %s", got)
	}
	if got := b.get(user("ghost") + "/profile"); got.status != http.StatusNotFound {
		t.Errorf("no such user: %s", got)
	}
	now := b.want(http.StatusOK, b.put(user("jan")+"/profile", map[string]any{"profile": id}))
	if now.json["profile"] != id || now.json["previous"] != "available" || fmt.Sprint(now.json["by"]) == "" || len(now.json["offered"].([]any)) != 3 {
		t.Errorf("he is in %s", now)
	}
	if !w.dir.Profiles.Silent(jid.MustParse("jan@" + host)) {
		t.Error("what he has rings")
	}
	b.want(http.StatusNoContent, b.do("DELETE", "/profiles/"+id, nil))
	if now := b.want(http.StatusOK, b.get(user("jan")+"/profile")); now.json["profile"] != directory.AvailableID {
		t.Errorf("afterwards he is in %s", now)
	}
}
