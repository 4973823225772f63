package api_test

import (
	"fmt"
	"net/http"
	"testing"
)

//
func TestForwardsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	for i, name := range []string{"jan", "nina", "otto"} {
		b.want(http.StatusCreated, b.post("/users", newUser(name, map[string]any{"displayName": name, "extension": fmt.Sprint(41 + i)})))
	}
	at := func(name string) string { return "/users/" + name + "@" + host + "/forward" }
	set := func(name, target string, active bool, revision any) *answer {
		t.Helper()
		return b.put(at(name), map[string]any{"revision": revision, "target": target, "active": active})
	}
	first := b.want(http.StatusOK, set("jan", "42", true, 0))
	if first.json["toName"] != "nina" || first.json["extension"] != "41" || first.json["active"] != true {
		t.Errorf("a forward is %v", first.json)
	}
	b.want(http.StatusOK, set("nina", "*103", false, 0))
	shown := func(query string) string {
		t.Helper()
		got := b.want(http.StatusOK, b.get("/forwards"+query))
		text := fmt.Sprint(got.json["total"], ":")
		for _, item := range got.json["items"].([]any) {
			f := item.(map[string]any)
			text += fmt.Sprintf(" %v→%v/%v", f["userName"], f["target"], f["active"])
		}
		return text
	}
	for query, want := range map[string]string{
		"": "2: jan→42/true nina→*103/false", "?state=active": "1: jan→42/true", "?state=inactive": "1: nina→*103/false", "?q=42": "2: jan→42/true nina→*103/false",
		"?q=jan+nina": "1: jan→42/true", "?limit=1&offset=1": "2: nina→*103/false", "?q=nobody": "0:",
	} {
		if got := shown(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	b.want(http.StatusOK, set("nina", "43", true, b.want(http.StatusOK, b.get(at("nina"))).json["revision"]))
	b.want(http.StatusUnprocessableEntity, set("otto", "41", true, 0)) // a circle
	b.want(http.StatusCreated, b.post("/teams", newTeam(map[string]any{"members": []any{}})))
	if got := b.want(http.StatusOK, set("otto", "500", true, 0)); got.json["toName"] != "Sales" {
		t.Errorf("a forward to a team is %v", got.json)
	}
	b.want(http.StatusNoContent, b.del(at("otto")))
	b.want(http.StatusConflict, set("jan", "43", true, 0))
	b.want(http.StatusNotFound, set("nobody", "43", true, 0))
	b.want(http.StatusNotFound, b.get(at("otto")))
	b.want(http.StatusNoContent, b.del(at("jan")))
	b.want(http.StatusNotFound, b.del(at("jan")))
}
