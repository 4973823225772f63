package api_test

import (
	"net/http"
	"testing"
)

// one gets the extensions of those who are in a permission with xmpp.group with oneself, and the teams in it; of others nothing.
func TestOwnNumbers(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	for login, extension := range map[string]string{"jan": "23", "emre": "24", "nils": ""} {
		b.want(http.StatusCreated, b.post("/users", newUser(login, map[string]any{"extension": extension})))
	}
	sales := b.want(http.StatusCreated, b.post("/teams", newTeam(nil))).json["id"].(string)
	own := w.inApp("jan")
	all := own.want(http.StatusOK, own.get("/app/numbers"))
	users, teams := all.json["users"].([]any), all.json["teams"].([]any)
	if len(users) != 1 || users[0].(map[string]any)["user"] != "emre@"+host || users[0].(map[string]any)["extension"] != "24" {
		t.Errorf("colleagues with an extension: %v", users)
	}
	if len(teams) != 1 || teams[0].(map[string]any)["id"] != sales || teams[0].(map[string]any)["extension"] != "500" {
		t.Errorf("teams: %v", teams)
	}
	every := b.get("/permissions/all").json
	change := map[string]any{"name": every["name"], "description": every["description"], "types": []string{}, "auto": every["auto"], "revision": every["revision"]}
	b.want(http.StatusOK, b.put("/permissions/all", change))
	if none := own.want(http.StatusOK, own.get("/app/numbers")); none.text != "{\"users\":[],\"teams\":[]}\n" {
		t.Errorf("without a common permission: %s", none)
	}
}
