package api_test

import (
	"fmt"
	"net/http"
	"strings"
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
		"triggers": []any{map[string]any{"at": "12:00", "until": "12:30", "days": []int{1, 2}, "date": ""}}, "teamsCall": true, "enter": []any{}, "leave": []any{}}
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

// action is one of a profile, with what it needs besides, as name and value.
func action(kind string, more ...string) map[string]any {
	a := map[string]any{"kind": kind, "team": "", "reason": "", "location": "", "target": ""}
	for i := 0; i < len(more); i += 2 {
		a[more[i]] = more[i+1]
	}
	return a
}

func ways(run *answer) string {
	var all []string
	for _, step := range run.json["steps"].([]any) {
		s := step.(map[string]any)
		all = append(all, fmt.Sprint(s["kind"], " ", s["about"], " ", s["outcome"], " ", s["text"]))
	}
	return strings.Join(all, "\n")
}

// ..A-183, A-187: actions are set, odd ones warned about, tried without effect, and what came of each is shown.
func TestProfileActionsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	team := b.want(http.StatusCreated, b.post("/teams", newTeam(nil))).json["id"].(string)
	profile := map[string]any{"name": "Work", "colour": "#12ab34", "icon": "coffee", "showIcon": true, "sticky": false, "silent": false, "show": "", "permissions": []string{"all"},
		"triggers": []any{}, "teamsCall": false, "leave": []any{action("team.logout", "team", team)},
		"enter": []any{action("team.login", "team", team), action("team.pause", "team", team, "reason", "1"), action("forward.set", "target", "23"), action("forward.set", "target", "*103")}}
	for name, c := range map[string]struct {
		action map[string]any
		want   map[string]string
	}{
		"a kind that is not":    {action("fax.set"), map[string]string{"enter.0.kind": "not_allowed"}},
		"a team that is not":    {action("team.login", "team", "nope"), map[string]string{"enter.0.team": "unknown"}},
		"no reason":             {action("team.pause", "team", team), map[string]string{"enter.0.reason": "missing"}},
		"a reason that is not":  {action("team.pause", "team", team, "reason", "7"), map[string]string{"enter.0.reason": "unknown"}},
		"a place that is not":   {action("location.set", "location", "nope"), map[string]string{"enter.0.location": "unknown"}},
		"a number that is none": {action("forward.set", "target", "home"), map[string]string{"enter.0.target": "bad_number"}},
	} {
		if got := b.post("/profiles", with(profile, "enter", []any{c.action})); got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	odd := b.want(http.StatusOK, b.post("/profiles/check", with(profile, "id", "")))
	if fmt.Sprint(odd.json["errors"]) != "[]" || len(odd.json["warnings"].([]any)) != 2 || odd.json["warnings"].([]any)[1].(map[string]any)["code"] != "not_undone" {
		t.Errorf("what is odd: %s", odd)
	}
	want := "team.login Sales done \nteam.pause Sales done \nforward.set  failed calls cannot be forwarded to the extension that they were made to\nforward.set  done "
	trial := with(with(with(profile, "id", ""), "user", "jan@"+host), "leaving", false)
	if got := b.want(http.StatusOK, b.post("/profiles/dry-run", trial)); ways(got) != want || got.json["leftName"] != "Available" || got.json["name"] != "Work" || got.json["at"] != nil {
		t.Errorf("tried: %s", got)
	}
	if got := b.post("/profiles/dry-run", with(trial, "user", "ghost@"+host)); got.status != http.StatusNotFound {
		t.Errorf("tried for nobody: %s", got)
	}
	if got := b.post("/profiles/dry-run", with(trial, "user", "@@")); got.status != http.StatusNotFound {
		t.Errorf("tried for nonsense: %s", got)
	}
	if got := b.get("/teams/" + team); !strings.Contains(got.String(), `"in":false`) {
		t.Errorf("a dry run has changed something: %s", got)
	}
	made := b.want(http.StatusCreated, b.post("/profiles", profile))
	if len(made.json["warnings"].([]any)) != 2 {
		t.Errorf("when it was saved: %s", made)
	}
	if got := b.want(http.StatusOK, b.put(user("jan")+"/profile", map[string]any{"profile": made.json["id"]})); ways(got) != want {
		t.Errorf("done: %s", got)
	}
	if got := b.get("/teams/" + team); !strings.Contains(got.String(), `"in":true`) {
		t.Errorf("afterwards: %s", got)
	}
	own := w.inApp("jan")
	if got := own.want(http.StatusOK, own.put("/app/profile", map[string]any{"profile": "available"})); ways(got) != "team.logout Sales done " {
		t.Errorf("left by himself: %s", got)
	}
	for _, runs := range []*answer{own.get("/app/profile/runs"), b.get(user("jan") + "/profile/runs")} {
		items := runs.json["items"].([]any)
		if last := items[0].(map[string]any); len(items) != 2 || last["leftName"] != "Work" || last["name"] != "Available" || last["by"] != "jan@"+host {
			t.Errorf("kept: %s", runs)
		}
	}
	if got := b.get(user("ghost") + "/profile/runs"); got.status != http.StatusNotFound {
		t.Errorf("of nobody: %s", got)
	}
}

// a user has a time zone of his own, which the audit log names.
func TestTheTimeZoneOfAUserInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	made := b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "timeZone": "Asia/Tokyo"})))
	form := func(zone any) map[string]any {
		data := newUser("jan", map[string]any{"displayName": "Jan", "revision": made.json["revision"]})
		delete(data, "login")
		delete(data, "password")
		if zone != nil {
			data["timeZone"] = zone
		}
		return data
	}
	if got := b.put(user("jan"), form("Verona")); got.status != http.StatusUnprocessableEntity || got.fields()["timeZone"] != "unknown" {
		t.Errorf("no zone: %s", got)
	}
	made = b.want(http.StatusOK, b.put(user("jan"), form(nil)))
	if made.json["timeZone"] != "Asia/Tokyo" {
		t.Errorf("left out: %s", made)
	}
	if made = b.want(http.StatusOK, b.put(user("jan"), form(""))); made.json["timeZone"] != "" {
		t.Errorf("that of the organisation: %s", made)
	}
	if log := b.get("/audit").String(); !strings.Contains(log, "timeZone") {
		t.Errorf("the log: %s", log)
	}
}

// actions change when devices ring, and set GSM mode, which is shown and can be set with the device too.
func TestRingingActionsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23", "mobile": true, "mobileNumber": "+4917612345"})))
	desk := b.want(http.StatusCreated, b.post("/devices", newDevice("Desk", map[string]any{"owner": "jan@" + host}))).json["id"].(string)
	change := func(to string, delay, timeout int) map[string]any {
		return map[string]any{"to": to, "delay": delay, "timeout": timeout}
	}
	ring := func(device string, internal, queue map[string]any) map[string]any {
		a := with(action("followme.set"), "device", device)
		if internal != nil {
			a = with(a, "internal", internal)
		}
		if queue != nil {
			a = with(a, "queue", queue)
		}
		return a
	}
	profile := map[string]any{"name": "Road", "colour": "#12ab34", "icon": "plane", "showIcon": true, "sticky": false, "silent": false, "show": "", "permissions": []string{"all"},
		"triggers": []any{}, "teamsCall": false, "leave": []any{with(action("gsm.set"), "on", false)},
		"enter": []any{ring(desk, change("off", 0, 0), change("on", 5, 20)), ring("softphone", change("off", 0, 0), nil), with(action("gsm.set"), "on", true)}}
	for name, c := range map[string]struct {
		action map[string]any
		want   map[string]string
	}{
		"nothing is changed": {ring("xmpp", nil, nil), map[string]string{"enter.0.internal": "missing"}},
		"a class is neither": {ring("xmpp", change("loud", 0, 0), nil), map[string]string{"enter.0.internal.to": "not_allowed"}},
		"a device not there": {ring("nope", change("off", 0, 0), nil), map[string]string{"enter.0.device": "unknown"}},
		"too many seconds":   {ring("", nil, change("on", 1000, 1)), map[string]string{"enter.0.queue.delay": "out_of_range"}},
	} {
		if got := b.post("/profiles", with(profile, "enter", []any{c.action})); got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	made := b.want(http.StatusCreated, b.post("/profiles", profile))
	first := made.json["enter"].([]any)[0].(map[string]any)
	if _, external := first["external"]; first["device"] != desk || fmt.Sprint(first["queue"]) != "map[delay:5 timeout:20 to:on]" || external {
		t.Errorf("made: %s", made)
	}
	if got := b.get("/audit").String(); !strings.Contains(got, "Set FollowMe of Desk (internal off, team 5/20)") || !strings.Contains(got, "Switch GSM mode on") {
		t.Errorf("in the log: %s", got)
	}
	want := "followme.set Desk done \nfollowme.set  failed jan@" + host + " has no such device\ngsm.set  done "
	if got := b.want(http.StatusOK, b.put(user("jan")+"/profile", map[string]any{"profile": made.json["id"]})); ways(got) != want {
		t.Errorf("chosen: %s", got)
	}
	mobile := func() map[string]any {
		for _, item := range b.want(http.StatusOK, b.get(user("jan")+"/followme")).json["items"].([]any) {
			if row := item.(map[string]any); row["kind"] == "mobile" {
				return row
			} else if row["gsm"] != nil {
				t.Errorf("GSM mode of %v", row)
			}
		}
		return nil
	}
	own := w.inApp("jan")
	row := mobile()
	if row["gsm"] != true {
		t.Errorf("the mobile telephone: %v", row)
	}
	path := "/app/followme/" + row["device"].(string)
	kept := own.want(http.StatusOK, own.put(path, rings(row["revision"], true, 1, 2)))
	if kept.json["gsm"] != true {
		t.Errorf("what a change leaves out: %s", kept)
	}
	own.want(http.StatusOK, own.put(path, with(rings(kept.json["revision"], true, 1, 2), "gsm", false)))
	if mobile()["gsm"] != false {
		t.Error("he cannot switch it off")
	}
	if got := b.put(user("jan")+"/followme/"+desk, with(rings(0, false, 1, 2), "gsm", true)); got.status == http.StatusOK {
		t.Errorf("GSM mode of a desk: %s", got)
	}
	if got := b.put(user("jan")+"/followme/xmpp", with(rings(0, false, 1, 2), "gsm", true)); got.status != http.StatusUnprocessableEntity || got.fields()["gsm"] != "not_mobile" {
		t.Errorf("GSM mode of XMPP clients: %s", got)
	}
}

// calls in Microsoft Teams are set by who sets services, and nobody sees the secret.
func TestTeamsTriggerInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("pia", directory.PBXManager)
	first := b.want(http.StatusOK, b.get("/teams-trigger"))
	if first.json["enabled"] != false || first.json["hasSecret"] != false || first.json["asked"] != nil {
		t.Errorf("at first: %s", first)
	}
	form := map[string]any{"revision": first.json["revision"], "enabled": true, "tenant": "verona.example", "client": "app"}
	if got := b.put("/teams-trigger", form); got.status != http.StatusUnprocessableEntity || got.fields()["secret"] != "missing" {
		t.Errorf("without a secret: %s", got)
	}
	if got := b.put("/teams-trigger", with(with(form, "secret", "Wherefore4"), "tenant", "a/b")); got.status != http.StatusUnprocessableEntity || got.fields()["tenant"] != "bad_character" {
		t.Errorf("a tenant that is none: %s", got)
	}
	set := b.want(http.StatusOK, b.put("/teams-trigger", with(form, "secret", "Wherefore4")))
	if set.json["hasSecret"] != true || strings.Contains(set.String()+b.get("/audit").String(), "Wherefore4") {
		t.Errorf("set: %s", set)
	}
	if got := b.put("/teams-trigger", form); got.status != http.StatusConflict {
		t.Errorf("changed since: %s", got)
	}
	kept := b.want(http.StatusOK, b.put("/teams-trigger", with(with(form, "enabled", false), "revision", set.json["revision"])))
	if kept.json["hasSecret"] != true || kept.json["enabled"] != false {
		t.Errorf("the secret is kept: %s", kept)
	}
	if got := w.loggedIn("pia").get("/teams-trigger"); got.status != http.StatusForbidden {
		t.Errorf("by who sets no services: %s", got)
	}
}

// users with profile.personal make profiles for themselves, which nobody else sees or can use.
func TestOwnProfilesInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	w.user("emre", directory.NoRole)
	b.want(http.StatusCreated, b.post("/teams", newTeam(nil)))
	jan, emre := w.inApp("jan"), w.inApp("emre")
	profile := map[string]any{"name": "Walk", "colour": "#12ab34", "icon": "home", "showIcon": true, "sticky": false, "silent": true, "show": "xa", "permissions": []string{},
		"triggers": []any{}, "teamsCall": false, "enter": []any{action("forward.set", "target", "*103")}, "leave": []any{action("forward.unset")}}
	if got := jan.post("/app/profiles", profile); got.status != http.StatusForbidden {
		t.Errorf("without the permission: %s", got)
	}
	if got := jan.get("/app/profiles"); got.json["allowed"] != false {
		t.Errorf("without the permission: %s", got)
	}
	id := b.want(http.StatusCreated, b.post("/permissions", with(permission("Own profiles"), "types", []string{"profile.personal"}))).json["id"].(string)
	b.want(http.StatusOK, b.post("/permissions/"+id+"/members", map[string]any{"kind": "user", "add": []string{"jan@" + host, "emre@" + host}, "remove": []string{}}))
	if got := jan.post("/app/profiles", with(profile, "name", "DND")); got.status != http.StatusUnprocessableEntity || got.fields()["name"] != "taken" {
		t.Errorf("the name of one for all: %s", got)
	}
	if got := jan.want(http.StatusOK, jan.post("/app/profiles/check", with(with(profile, "id", ""), "leave", []any{}))); len(got.json["warnings"].([]any)) != 1 {
		t.Errorf("what is odd: %s", got)
	}
	made := jan.want(http.StatusCreated, jan.post("/app/profiles", profile)).json
	path := "/app/profiles/" + made["id"].(string)
	list := jan.want(http.StatusOK, jan.get("/app/profiles")).json
	if len(list["items"].([]any)) != 1 || list["allowed"] != true || list["teams"].([]any)[0].(map[string]any)["name"] != "Sales" {
		t.Errorf("his own: %v", list)
	}
	change := with(with(profile, "name", "Long walk"), "revision", made["revision"])
	for name, got := range map[string]*answer{
		"another changes it":           emre.put(path, change),
		"another deletes it":           emre.del(path),
		"an administrator reads it":    b.get("/profiles/" + made["id"].(string)),
		"an administrator changes it":  b.put("/profiles/"+made["id"].(string), change),
		"an administrator deletes it":  b.del("/profiles/" + made["id"].(string)),
		"he deletes one that is not":   jan.del("/app/profiles/nope"),
		"he deletes one for everybody": jan.del("/app/profiles/dnd"),
	} {
		if got.status != http.StatusNotFound {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := b.get("/profiles"); len(got.json["items"].([]any)) != 2 {
		t.Errorf("the list of administrators: %s", got)
	}
	if got := emre.put("/app/profile", map[string]any{"profile": made["id"]}); got.status != http.StatusForbidden {
		t.Errorf("another uses it: %s", got)
	}
	trial := with(with(with(profile, "id", made["id"]), "user", "emre@"+host), "leaving", true)
	if got := jan.want(http.StatusOK, jan.post("/app/profiles/dry-run", trial)); ways(got) != "forward.unset  nothing " || got.json["left"] != made["id"] {
		t.Errorf("tried: %s", got)
	}
	jan.want(http.StatusOK, jan.put(path, change))
	if got := jan.put(path, change); got.status != http.StatusConflict {
		t.Errorf("changed since: %s", got)
	}
	if got := jan.want(http.StatusOK, jan.put("/app/profile", map[string]any{"profile": made["id"]})); ways(got) != "forward.set  done " {
		t.Errorf("chosen: %s", got)
	}
	jan.want(http.StatusNoContent, jan.del(path))
	if f, _ := w.dir.Forwards.Get(address("jan")); f.Active {
		t.Error("it was deleted, and its actions for leaving were not carried out")
	}
}
