package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"plenum/admin/api"
	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
)

// A walk calls routes one after the other and holds each answer against the document.
type walk struct {
	t      *testing.T
	w      *world
	b      *browser
	called map[*api.Route]bool
}

// step makes a request that has to succeed. What it leaves in the audit log has to be what is wanted: "" for nothing.
func (k *walk) step(method, path, trace string, body any) *answer {
	k.t.Helper()
	r := k.route(method, path)
	before := k.newest()
	a := k.b.do(method, path, body)
	if a.status != r.Status() {
		k.t.Fatalf("%s %s: %s", method, path, a)
	}
	for _, e := range k.w.api.CheckAnswer(r, []byte(a.text)) {
		k.t.Errorf("%s %s: the answer is not what the document says: %s %s", method, path, e.Field, e.Text)
	}
	entries, err := k.w.audit.List(ctx, audit.Query{Limit: 1})
	if err != nil {
		k.t.Fatal(err)
	}
	got := ""
	if len(entries) > 0 && entries[0].ID != before {
		got = entries[0].Action
		if e := entries[0]; e.Actor != "clara@"+host || e.Address != "192.0.2.1" || e.Object == "" {
			k.t.Errorf("%s %s: trace %+v", method, path, e)
		}
	}
	if got != trace || (trace == "") != r.Reads {
		k.t.Errorf("%s %s leaves the trace %q, want %q", method, path, got, trace)
	}
	return a
}

func (k *walk) newest() int64 {
	entries, err := k.w.audit.List(ctx, audit.Query{Limit: 1})
	if err != nil {
		k.t.Fatal(err)
	}
	if len(entries) == 0 {
		return 0
	}
	return entries[0].ID
}

// route finds the route of a path, the one with the fewest parameters first.
func (k *walk) route(method, path string) *api.Route {
	k.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	have := strings.Split(path, "/")
	var best *api.Route
	for _, r := range k.w.api.Routes() {
		want := strings.Split(r.Path, "/")
		if r.Method != method || len(want) != len(have) {
			continue
		}
		fits := true
		for i, part := range want {
			fits = fits && (part == have[i] || strings.HasPrefix(part, "{"))
		}
		if fits && (best == nil || strings.Count(r.Path, "{") < strings.Count(best.Path, "{")) {
			best = r
		}
	}
	if best == nil {
		k.t.Fatalf("there is no route %s %s", method, path)
	}
	k.called[best] = true
	return best
}

// A-053..A-063, A-072..A-074, A-188..A-197: everything the console does, once, as the document says.
func TestEveryRouteAnswersAsTheDocumentSays(t *testing.T) {
	w := newWorld(t)
	w.user("clara", directory.SystemAdministrator)
	w.clients.list = []api.Client{{JID: jid.MustParse("jan@chat.example/phone"), Program: "Dino", Since: time.Now(), State: "available"}, {JID: jid.MustParse("x@guest.chat.example/y"), State: "lost", Guest: true}}
	k := &walk{t, w, w.browser(), map[*api.Route]bool{}}
	s := k.step("POST", "/session", "session.begin", map[string]any{"login": "clara", "password": password})
	k.b.csrf = s.json["csrf"].(string)
	k.step("GET", "/session", "", nil)
	k.step("GET", "/app/session", "", nil)
	k.step("GET", "/overview", "", nil)
	k.step("GET", "/overview/series", "", nil)
	k.step("GET", "/overview/series?range=24h", "", nil)

	extension := k.step("GET", "/users/next-extension", "", nil).json["extension"]
	jan := newUser("jan", map[string]any{"displayName": "Jan Petersen", "extension": extension, "email": "jan@example.org", "language": "de", "pin": "4711",
		"faxExtension": "600", "voicemail": "all", "softphone": true, "mobile": true, "mobileNumber": "+49 171 1234567"})
	if bad := k.step("POST", "/users/check", "", jan); fmt.Sprint(bad.json["errors"]) != "[]" {
		t.Errorf("a good form: %s", bad)
	}
	made := k.step("POST", "/users", "user.create", jan)
	if where := made.header.Get("Location"); where != "/api/v1/users/jan@chat.example" {
		t.Errorf("he is at %s", where)
	}
	if strings.Contains(made.text, password) || strings.Contains(made.text, "4711") || made.json["hasPin"] != true {
		t.Errorf("secrets: %s", made)
	}
	k.step("GET", "/users", "", nil)
	k.step("GET", "/users?q=petersen&state=active&sort=extension&desc=true&limit=10&permission=all", "", nil)
	read := k.step("GET", user("jan"), "", nil)
	f := form(map[string]any{"displayName": "Jan P.", "revision": read.json["revision"]})
	k.step("PUT", user("jan"), "user.change", f)
	k.step("PUT", user("jan")+"/password", "user.password", map[string]any{"password": "Therefore5"})
	k.step("DELETE", user("jan"), "user.delete", nil)
	k.step("GET", "/bin", "", nil)
	k.step("POST", user("jan")+"/restore", "user.restore", nil)

	p := k.step("POST", "/permissions", "permission.create", permission("Support"))
	id := p.json["id"].(string)
	k.step("GET", "/permissions?q=supp", "", nil)
	k.step("GET", "/permissions/types", "", nil)
	k.step("GET", "/permissions/"+id, "", nil)
	changed := permission("Support team")
	changed["revision"] = p.json["revision"]
	k.step("PUT", "/permissions/"+id, "permission.change", changed)
	k.step("POST", "/permissions/"+id+"/members", "permission.members", map[string]any{"kind": "user", "add": []string{"jan@chat.example"}, "remove": []string{}})
	k.step("GET", "/permissions/"+id+"/members", "", nil)
	k.step("GET", "/permissions/"+id+"/members?kind=device&assigned=false", "", nil)
	k.step("GET", user("jan")+"/permissions", "", nil)
	k.step("PUT", user("jan")+"/permissions", "user.permissions", map[string]any{"permissions": []string{}})
	for _, action := range []string{"assign", "unassign", "disable", "enable", "delete", "restore"} {
		trace := "user." + action
		if strings.HasSuffix(action, "assign") {
			trace = "permission.members"
		}
		k.step("POST", "/users/bulk", trace, map[string]any{"action": action, "users": []string{"jan@chat.example"}, "permission": id})
	}
	k.step("DELETE", "/permissions/"+id, "permission.delete", nil)

	g := k.step("POST", "/groups", "group.create", map[string]any{"name": "Garden", "owners": []string{"clara@chat.example"}, "members": []string{"jan@chat.example"}})
	room := "/groups/" + url.PathEscape(g.json["room"].(string))
	k.step("GET", "/groups?public=false", "", nil)
	k.step("GET", room, "", nil)
	k.step("PUT", room, "group.change", map[string]any{"before": map[string]any{"name": "Garden", "description": ""}, "name": "Garden 2", "description": "roses"})
	k.step("GET", room+"/members", "", nil)
	k.step("POST", room+"/members", "group.members", map[string]any{"set": []any{map[string]any{"jid": "jan@chat.example", "affiliation": "owner"}}, "remove": []string{}})
	k.step("DELETE", room+"/members/jan@chat.example", "group.members", nil)
	access := k.step("PUT", room+"/guests", "group.guests", map[string]any{"allowed": true})
	link := access.json["url"].(string)
	k.step("GET", "/public/guest/"+link[strings.LastIndex(link, "/")+1:], "", nil)
	k.step("GET", room+"/invitation?lang=de", "", nil)
	k.step("DELETE", room+"/guests/Guest", "group.removeGuest", nil)
	k.step("DELETE", room, "group.delete", nil)

	profile := map[string]any{"name": "Lunch", "colour": "#12ab34", "icon": "coffee", "showIcon": true, "sticky": false, "silent": true, "show": "xa", "permissions": []string{"all"},
		"triggers":  []any{map[string]any{"at": "12:00", "until": "12:30", "days": []int{1, 2}, "date": ""}},
		"teamsCall": true, "enter": []any{action("forward.unset"), action("team.login")}, "leave": []any{action("forward.unset")}}
	k.step("POST", "/profiles/dry-run", "", with(with(with(profile, "id", ""), "user", "jan@chat.example"), "leaving", false))
	if bad := k.step("POST", "/profiles/check", "", with(profile, "id", "")); fmt.Sprint(bad.json["errors"]) != "[]" {
		t.Errorf("a good profile: %s", bad)
	}
	lunch := k.step("POST", "/profiles", "profile.create", profile)
	lunchID := lunch.json["id"].(string)
	k.step("GET", "/profiles?q=lun", "", nil)
	k.step("GET", "/profiles/"+lunchID, "", nil)
	k.step("PUT", "/profiles/"+lunchID, "profile.change", with(with(profile, "name", "Break"), "revision", lunch.json["revision"]))
	k.step("GET", user("jan")+"/profile", "", nil)
	k.step("PUT", user("jan")+"/profile", "user.profile", map[string]any{"profile": lunchID})
	k.step("GET", user("jan")+"/profile/runs", "", nil)
	k.step("GET", "/app/profile", "", nil)
	k.step("PUT", "/app/profile", "user.profile", map[string]any{"profile": "dnd"})
	k.step("GET", "/app/profile/runs", "", nil)
	k.step("DELETE", "/profiles/"+lunchID, "profile.delete", nil)
	teams := k.step("GET", "/teams-trigger", "", nil)
	k.step("PUT", "/teams-trigger", "teamsTrigger.change", map[string]any{"revision": teams.json["revision"], "enabled": false, "tenant": "", "client": ""})
	personal := k.step("POST", "/permissions", "permission.create", with(permission("Own profiles"), "types", []string{"profile.personal"}))
	k.step("POST", "/permissions/"+personal.json["id"].(string)+"/members", "permission.members", map[string]any{"kind": "user", "add": []string{"clara@chat.example"}, "remove": []string{}})
	k.step("POST", "/app/profiles/check", "", with(profile, "id", ""))
	k.step("POST", "/app/profiles/dry-run", "", with(with(with(profile, "id", ""), "user", ""), "leaving", true))
	mine := k.step("POST", "/app/profiles", "profile.create", profile)
	k.step("GET", "/app/profiles", "", nil)
	k.step("PUT", "/app/profiles/"+mine.json["id"].(string), "profile.change", with(with(profile, "name", "Break"), "revision", mine.json["revision"]))
	k.step("DELETE", "/app/profiles/"+mine.json["id"].(string), "profile.delete", nil)
	skills := k.step("PUT", user("jan")+"/skills", "user.skills", map[string]any{"revision": 0, "skills": []any{map[string]any{"name": "Spanish", "level": 3}}})
	if got := k.step("GET", user("jan")+"/skills", "", nil); fmt.Sprint(got.json["skills"]) != "[map[level:3 name:Spanish]]" || got.json["revision"] != skills.json["revision"] {
		t.Errorf("Jan can %s", got)
	}
	k.step("GET", user("jan")+"/mailbox", "", nil)
	k.step("PUT", user("jan")+"/mailbox", "user.mailbox", map[string]any{"discard": true, "monitored": "clara@chat.example"})
	forward := map[string]any{"revision": 0, "target": "*103", "active": true}
	k.step("PUT", user("jan")+"/forward", "forward.change", forward)
	k.step("GET", user("jan")+"/forward", "", nil)
	k.step("GET", "/forwards?q=jan&state=active", "", nil)
	k.step("DELETE", user("jan")+"/forward", "forward.delete", nil)
	k.step("PUT", "/app/forward", "forward.change", forward)
	k.step("GET", "/app/forward", "", nil)
	k.step("DELETE", "/app/forward", "forward.delete", nil)
	d := k.step("POST", "/devices", "device.create", map[string]any{"kind": "phone", "name": "Reception", "owner": "", "encryption": ""})
	at := "/devices/" + d.json["id"].(string)
	k.step("GET", "/devices?q=recep&kind=phone&owner=nobody", "", nil)
	k.step("GET", at, "", nil)
	k.step("PUT", at, "device.change", map[string]any{"revision": d.json["revision"], "name": "Desk", "owner": "", "encryption": "required"})
	k.step("POST", at+"/secret", "device.secret", nil)
	k.step("PUT", user("jan")+"/devices", "user.devices", map[string]any{"assign": []any{d.json["id"]}, "unassign": []any{}})
	k.step("GET", user("jan")+"/devices", "", nil)
	w.bindings.list = []api.Binding{{ID: "b1", Device: d.json["id"].(string), Contact: "sip:phone@192.0.2.7", Transport: "tls", Address: "192.0.2.7:5061",
		UserAgent: "Desk 3000", Since: time.Now(), Expires: time.Now().Add(time.Hour)}}
	k.step("GET", "/registrations?q=desk", "", nil)
	k.step("DELETE", "/registrations/"+d.json["id"].(string)+"/b1", "device.unregister", nil)
	k.step("PUT", user("jan")+"/devices", "user.devices", map[string]any{"assign": []any{}, "unassign": []any{d.json["id"]}})
	l := k.step("POST", "/locations", "location.create", map[string]any{"name": "Office 1"})
	place := "/locations/" + l.json["id"].(string)
	k.step("GET", "/locations?q=office", "", nil)
	k.step("GET", place, "", nil)
	k.step("PUT", place, "location.change", map[string]any{"revision": l.json["revision"], "name": "Office 2"})
	k.step("PUT", place+"/devices", "location.devices", map[string]any{"assign": []any{d.json["id"]}, "unassign": []any{}})
	k.step("GET", place+"/devices", "", nil)
	rings := map[string]any{"enabled": true, "delay": 5, "timeout": 20}
	follow := map[string]any{"revision": 0, "userConfigurable": true, "internal": rings, "external": rings, "queue": rings}
	k.step("GET", place+"/followme", "", nil)
	k.step("PUT", place+"/followme/"+d.json["id"].(string), "location.followme", follow)
	k.step("GET", user("jan")+"/followme", "", nil)
	k.step("PUT", user("jan")+"/followme/xmpp", "user.followme", follow)
	k.step("GET", "/app/numbers", "", nil)
	k.step("GET", "/app/voicemail", "", nil)
	k.step("GET", "/app/voicemail/new/sound", "", nil)
	k.step("PUT", "/app/voicemail/new", "voicemail.change", map[string]any{"heard": true})
	k.step("DELETE", "/app/voicemail/new", "voicemail.delete", nil)
	k.step("GET", "/app/followme", "", nil)
	k.step("PUT", "/app/followme/xmpp", "user.followme", follow)
	k.step("PUT", user("jan")+"/location", "user.location", map[string]any{"location": l.json["id"]})
	k.step("GET", user("jan")+"/location", "", nil)
	k.step("DELETE", place+"/user", "user.location", nil)
	k.step("PUT", "/app/location", "user.location", map[string]any{"location": l.json["id"]})
	k.step("GET", "/app/location", "", nil)
	k.step("DELETE", place, "location.delete", nil)
	k.step("DELETE", at, "device.delete", nil)

	w.calls.live = []telephony.LiveCall{{ID: "c1", Began: time.Now(), Caller: telephony.RecordParty{User: address("jan")}, Callee: telephony.RecordParty{Number: "+49211"}}}
	w.calls.rows = []telephony.Record{{ID: "c1", Chain: "c1", Began: time.Now(), Via: telephony.ViaDial}}
	k.step("GET", "/calls?q=211", "", nil)
	k.step("DELETE", "/calls/c1", "call.hangUp", nil)
	k.step("GET", "/records?direction=internal&outcome=missed&from=2026-01-01T00:00:00Z&user=jan@chat.example", "", nil)
	k.step("GET", "/records.csv", "", nil)
	first := k.step("GET", "/prompts", "", nil).json["items"].([]any)[0].(map[string]any)
	sound := "/prompts/" + first["language"].(string) + "/" + first["id"].(string)
	k.step("GET", "/codes", "", nil)
	k.step("GET", "/app/codes", "", nil)
	k.step("PUT", sound+"/number", "prompt.share", nil)
	k.step("DELETE", sound+"/number", "prompt.unshare", nil)
	spoken := k.step("GET", sound, "", nil)
	k.b.header["Content-Type"] = []string{"audio/wav"}
	k.step("PUT", sound, "prompt.replace", spoken.text)
	delete(k.b.header, "Content-Type")
	k.step("DELETE", sound, "prompt.reset", nil)

	team := newTeam(nil)
	if bad := k.step("POST", "/teams/check", "", with(team, "id", "")); fmt.Sprint(bad.json["errors"]) != "[]" {
		t.Errorf("a good form: %s", bad)
	}
	made = k.step("POST", "/teams", "team.create", team)
	at = "/teams/" + made.json["id"].(string)
	k.step("GET", "/teams?q=sal", "", nil)
	k.step("GET", at, "", nil)
	made = k.step("PUT", at, "team.change", with(with(team, "revision", made.json["revision"]), "wrapUp", 5))
	k.step("GET", at+"/live", "", nil)
	k.step("PUT", at+"/members/jan@chat.example", "team.member", map[string]any{"in": true, "paused": "1"})
	clara := map[string]any{"user": "clara@chat.example", "dynamic": true, "weight": 0, "priority": 0}
	team = with(with(team, "revision", made.json["revision"]), "members", append(team["members"].([]any), clara))
	k.step("PUT", at, "team.change", team)
	w.journal.list = []telephony.JournalEntry{{Record: w.calls.rows[0], Incoming: true, Outcome: telephony.Missed}}
	for _, journal := range []string{at + "/journal", "/app" + at + "/journal", "/app/journal"} {
		k.step("GET", journal+"?outcome=missed", "", nil)
		k.step("GET", journal+"/c1", "", nil)
	}
	k.step("POST", "/app/journal/seen", "", map[string]any{"until": "2026-01-01T00:00:00Z"})
	w.messages.leave(telephony.TeamBox("pbx."+host, made.json["id"].(string)), "m1")
	box := "/app" + at + "/voicemail"
	k.step("GET", box, "", nil)
	k.step("GET", box+"/m1/sound", "", nil)
	k.step("PUT", box+"/m1", "team.voicemail.change", map[string]any{"heard": true})
	k.step("DELETE", box+"/m1", "team.voicemail.delete", nil)
	line := map[string]any{"kind": "hangup", "prompt": "", "box": "", "greeting": "", "target": "", "label": "", "value": "", "language": "", "status": "",
		"when": map[string]any{"kind": "", "object": "", "label": "", "value": "", "not": false}}
	lists := map[string]any{"beforeInternal": []any{}, "afterInternal": []any{line}, "beforeExternal": []any{}, "afterExternal": []any{}}
	for _, owner := range []string{at, user("jan")} {
		if bad := k.step("POST", owner+"/actions/check", "", lists); fmt.Sprint(bad.json["errors"]) != "[]" {
			t.Errorf("good lists: %s", bad)
		}
		trace := map[bool]string{true: "team.actions", false: "user.actions"}[owner == at]
		k.step("PUT", owner+"/actions", trace, with(lists, "revision", k.step("GET", owner+"/actions", "", nil).json["revision"]))
	}
	night := map[string]any{"kind": "switch", "name": "Night", "extension": "800", "initial": true, "actions": []any{}, "hours": []any{}, "days": []any{},
		"menu": with(with(with(with(lists, "prompt", ""), "answerDelay", 0), "keyTimeout", 0), "entries", []any{})}
	if bad := k.step("POST", "/callobjects/check", "", with(night, "id", "")); fmt.Sprint(bad.json["errors"]) != "[]" {
		t.Errorf("a good form: %s", bad)
	}
	object := k.step("POST", "/callobjects", "callobject.create", night)
	there := "/callobjects/" + object.json["id"].(string)
	k.step("GET", "/callobjects?kind=switch&q=ni", "", nil)
	choices := k.step("GET", "/callobjects/choices", "", nil)
	if objects := choices.json["objects"].([]any); len(objects) != 1 || len(choices.json["prompts"].([]any)) == 0 || len(choices.json["teams"].([]any)) != 1 {
		t.Errorf("lines can name %s", choices)
	}
	if on := k.step("PUT", there+"/switch", "callobject.switch", map[string]any{"on": false}).json["on"]; on != false {
		t.Errorf("the switch is %v", on)
	}
	delete(night, "kind")
	k.step("PUT", there, "callobject.change", with(with(night, "revision", k.step("GET", there, "", nil).json["revision"]), "permissions", []string{"all"}))
	if own := k.step("GET", "/app/switches", "", nil).json["items"].([]any); len(own) != 1 {
		t.Errorf("one's own switches are %v", own)
	}
	k.step("PUT", strings.Replace(there, "callobjects", "app/switches", 1), "callobject.switch", map[string]any{"on": true})
	k.step("PUT", there, "callobject.change", with(with(night, "revision", k.step("GET", there, "", nil).json["revision"]), "name", "Nights"))
	k.step("DELETE", there, "callobject.delete", nil)
	template := with(with(with(with(night, "name", "Closed"), "extension", ""), "actions", []any{line}), "initial", false)
	template = with(with(template, "kind", "template"), "template", map[string]any{"for": "team", "slot": "before", "origin": "external", "position": "first", "auto": false})
	made = k.step("POST", "/callobjects", "callobject.create", template)
	there = "/callobjects/" + made.json["id"].(string)
	roll := map[string]any{"all": true, "to": []any{}, "mode": "append", "again": false}
	for path, trace := range map[string]string{"/rollout/check": "", "/rollout": "callobject.rollout"} {
		if got := k.step("POST", there+path, trace, roll); got.json["changed"] != 1.0 || fmt.Sprint(got.json["items"].([]any)[0].(map[string]any)["outcome"]) != "changed" {
			t.Errorf("rolled out: %s", got)
		}
		roll["again"] = true
	}
	k.step("DELETE", there, "callobject.delete", nil)
	k.step("DELETE", at, "team.delete", nil)

	trunk := newTrunk(nil)
	if bad := k.step("POST", "/trunks/check", "", with(trunk, "id", "")); fmt.Sprint(bad.json["errors"]) != "[]" {
		t.Errorf("a good form: %s", bad)
	}
	tr := k.step("POST", "/trunks", "trunk.create", with(trunk, "block", map[string]any{"base": "+4921112345", "digits": 2, "central": "104"}))
	at = "/trunks/" + tr.json["id"].(string)
	k.step("GET", "/trunks?q=voip", "", nil)
	k.step("GET", at, "", nil)
	tr = k.step("PUT", at, "trunk.change", with(trunk, "revision", tr.json["revision"]))
	k.step("POST", "/trunks/test", "", map[string]any{"direction": "in", "trunk": tr.json["id"], "number": "+492111234510", "from": ""})
	account := tr.json["accounts"].([]any)[0].(map[string]any)["id"].(string)
	k.w.states = map[string]api.TrunkState{tr.json["name"].(string) + "/Main": {Up: true}}
	k.step("POST", at+"/accounts/"+account+"/test", "", nil)
	k.step("POST", "/trunks/test", "", map[string]any{"direction": "out", "trunk": "", "number": "112", "from": "104"})
	settings := map[string]any{"externalGroupNumber": "+49 211 12345-99", "emergency": []any{"115"}, "codes": []any{}, "dialPrefix": "0", "defaultCountry": "49"}
	k.step("POST", "/telephony/check", "", settings)
	k.step("PUT", "/telephony", "service.telephony", with(settings, "revision", k.step("GET", "/telephony", "", nil).json["revision"]))
	k.step("DELETE", at, "trunk.delete", nil)

	k.step("GET", "/sessions?q=jan", "", nil)
	k.step("DELETE", "/sessions/"+url.PathEscape("jan@chat.example/phone"), "session.disconnect", nil)
	k.step("DELETE", user("jan"), "user.delete", nil)
	k.step("DELETE", "/bin/jan@chat.example", "user.purge", nil)
	k.step("GET", "/audit?kind=user&action=user.&limit=3", "", nil)
	k.step("PUT", "/session/password", "user.password", map[string]any{"password": "Therefore6", "current": password})
	s = k.step("POST", "/session", "session.begin", map[string]any{"login": "clara", "password": "Therefore6"})
	k.b.csrf = s.json["csrf"].(string)
	k.step("DELETE", "/session", "session.end", nil)
	s = k.step("POST", "/app/session", "session.begin", map[string]any{"login": "clara", "password": "Therefore6"})
	k.b.csrf = s.json["csrf"].(string)
	k.step("DELETE", "/app/session", "session.end", nil)
	for _, r := range w.api.Routes() {
		if !k.called[r] {
			t.Errorf("%s %s was not called", r.Method, r.Path)
		}
	}
}

func permission(name string) map[string]any {
	return map[string]any{"name": name, "description": "", "types": []string{"xmpp.group"},
		"auto": map[string]any{"users": false, "devices": false, "teams": false, "locations": false}}
}

// A permission is saved in one step, and the audit log has what was edited and who was moved. A-193
func TestPermissionIsSavedInOneStep(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	w.user("emre", directory.Administrator)
	p := b.want(http.StatusCreated, b.post("/permissions", permission("Support")))
	path := "/permissions/" + p.json["id"].(string)
	traces := func() (all []string) {
		t.Helper()
		entries, err := w.audit.List(ctx, audit.Query{Object: p.json["id"].(string)})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Action+" "+fmt.Sprint(e.Changes))
		}
		return all
	}
	save := func(b *browser, name string, revision any, add ...string) *answer {
		f := permission(name)
		f["revision"], f["members"] = revision, []map[string]any{{"kind": "user", "add": add, "remove": []string{"emre@" + host}}}
		return b.put(path, f)
	}
	if got := save(b, "Help", p.json["revision"], "jan@"+host, "ghost@"+host); got.status != http.StatusUnprocessableEntity || got.fields()["members.0.add.1"] != "gone" {
		t.Errorf("somebody who is not there: %s", got)
	}
	if now := b.get(path); now.json["name"] != "Support" || len(traces()) != 1 {
		t.Errorf("half of it was saved: %s, %q", now, traces())
	}
	saved := b.want(http.StatusOK, save(b, "Help", p.json["revision"], "jan@"+host))
	if got := traces()[:2]; got[0] != "permission.members [{user emre@"+host+" jan@"+host+"}]" || got[1] != "permission.change [{name Support Help}]" {
		t.Errorf("traces %q", got)
	}
	b.want(http.StatusOK, save(b, "Help", saved.json["revision"], "clara@"+host))
	if got := traces(); len(got) != 4 || !strings.HasPrefix(got[0], "permission.members ") {
		t.Errorf("traces of assignments alone: %q", got)
	}
	emre := w.loggedIn("emre")
	got := save(emre, "Mine", p.json["revision"], "emre@"+host)
	if conflict, _ := got.json["conflict"].(map[string]any); got.status != http.StatusConflict || conflict["by"] != "clara@"+host || conflict["current"] != saved.json["revision"] {
		t.Errorf("the slower one: %s", got)
	}
}

// Two administrators change a group: the slower one learns who was faster, as far as the audit log knows.
func TestGroupConflictTellsWho(t *testing.T) {
	w := newWorld(t)
	clara := w.admin()
	w.user("emre", directory.Administrator)
	emre := w.loggedIn("emre")
	room := clara.want(http.StatusCreated, clara.post("/groups", map[string]any{"name": "Garden", "owners": []string{"clara@" + host}, "members": []string{}})).json["room"].(string)
	path := "/groups/" + url.PathEscape(room)
	read := api.GroupForm{Name: "Garden"}
	change := func(b *browser, was, is api.GroupForm) *answer {
		return b.put(path, map[string]any{"before": map[string]any{"name": was.Name, "description": was.Description}, "name": is.Name, "description": is.Description})
	}
	long := strings.Repeat("ä", 400) // of which the log has the beginning
	emre.want(http.StatusOK, change(emre, read, api.GroupForm{Name: "Garden", Description: long}))
	got := clara.want(http.StatusConflict, change(clara, read, api.GroupForm{Name: "Orchard"}))
	conflict, _ := got.json["conflict"].(map[string]any)
	if got.code() != "changed" || conflict["by"] != "emre@"+host || conflict["at"] == nil {
		t.Errorf("it was emre: %s", got)
	}

	// An owner's client changes the name: nobody knows who, and emre's older change is not taken for it.
	w.groups.groups[jid.MustParse(room)].Name = "Balcony"
	got = clara.want(http.StatusConflict, change(clara, api.GroupForm{Name: "Garden", Description: long}, api.GroupForm{Name: "Orchard"}))
	conflict, _ = got.json["conflict"].(map[string]any)
	if got.code() != "changed" || conflict["by"] != "" || conflict["at"] != nil {
		t.Errorf("nobody knows: %s", got)
	}
}

func TestAuditLogTellsWhatChangedAndNoSecrets(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	made := b.post("/users", newUser("jan", map[string]any{"pin": "471147", "extension": "150"}))
	f := form(map[string]any{"displayName": "Jan <script>", "extension": "151", "pin": "0815", "revision": made.json["revision"]})
	b.want(http.StatusOK, b.put(user("jan"), f))
	b.want(http.StatusNoContent, b.put(user("jan")+"/password", map[string]any{"password": "Therefore5"}))
	entries, err := w.audit.List(ctx, audit.Query{Object: "jan@" + host})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if got := fmt.Sprint(entries[1].Changes); got != "[{displayName jan Jan <script>} {extension 150 151} {pin  }]" {
		t.Errorf("changes %s", got)
	}
	if text := fmt.Sprint(entries); strings.Contains(text, "4711") || strings.Contains(text, "0815") || strings.Contains(text, "Therefore") || strings.Contains(text, password) {
		t.Errorf("secrets in the log: %s", text)
	}
	if refused := b.do("PUT", user("jan"), f); refused.status != http.StatusConflict {
		t.Errorf("an old revision: %s", refused)
	}
	if after, _ := w.audit.List(ctx, audit.Query{Object: "jan@" + host}); len(after) != 3 {
		t.Error("what was refused stands in the log as done")
	}
	list := b.get("/audit?object=jan@" + host + "&limit=2")
	next := fmt.Sprintf("%.0f", list.json["next"])
	if rest := b.get("/audit?object=jan@" + host + "&limit=2&before=" + next); len(rest.json["items"].([]any)) != 1 || rest.json["next"] != nil {
		t.Errorf("the second page: %s", rest)
	}
}

// ..A-197
func TestPermissionsInTheConsole(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	all := b.want(http.StatusOK, b.get("/permissions/all"))
	if all.json["builtIn"] != true || fmt.Sprint(all.json["types"]) != "[xmpp.group]" || b.del("/permissions/all").status != http.StatusConflict {
		t.Errorf("the built-in permission: %s", all)
	}
	p := b.want(http.StatusCreated, b.post("/permissions", permission("Support")))
	path := "/permissions/" + p.json["id"].(string)
	members := func() string {
		return fmt.Sprint(b.get(path + "/members?kind=user").json["total"])
	}
	set := func(users bool) {
		t.Helper()
		now := b.get(path)
		f := permission("Support")
		f["auto"].(map[string]any)["users"], f["revision"] = users, now.json["revision"]
		b.want(http.StatusOK, b.put(path, f))
	}
	if members() != "0" {
		t.Error("a new permission has members")
	}
	set(true)
	if members() != "2" {
		t.Errorf("automatic assignment gives it to %s of 2", members())
	}
	add := map[string]any{"kind": "user", "add": []string{"jan@" + host}, "remove": []string{}}
	if got := b.post(path+"/members", add); got.status != http.StatusConflict {
		t.Errorf("by hand beside automatic: %s", got)
	}
	b.want(http.StatusCreated, b.post("/users", newUser("nora", nil)))
	if members() != "3" {
		t.Error("a new user does not get it by himself")
	}
	set(false)
	if members() != "3" {
		t.Errorf("switching off changed the members to %s at that moment", members())
	}
	b.want(http.StatusOK, b.post(path+"/members", map[string]any{"kind": "user", "add": []string{}, "remove": []string{"jan@" + host}}))
	if members() != "2" {
		t.Error("by hand it cannot be taken away")
	}
	if got := b.post(path+"/members", map[string]any{"kind": "user", "add": []string{"jan@" + host, "ghost@" + host}, "remove": []string{}}); got.status != http.StatusNotFound || members() != "2" {
		t.Errorf("half of a change was saved: %s", got)
	}
	if got := b.post("/permissions", permission("support")); got.status != http.StatusUnprocessableEntity || got.fields()["name"] != "taken" {
		t.Errorf("a second one of the name: %s", got)
	}
}
