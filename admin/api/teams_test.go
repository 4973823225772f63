package api_test

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"plenum/components/telephony"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

// TeamState is that of a team in which one waits and Jan is rung for him.
func (*madeCalls) TeamState(context.Context, string) (telephony.TeamState, error) {
	jan := jid.MustParse("jan@chat.example")
	return telephony.TeamState{
		Waiting: []telephony.TeamCaller{{Call: "c1", Number: "+49211", Name: "Customer", Since: time.Now(), Rings: []jid.JID{jan}}},
		Members: map[jid.JID]telephony.TeamMember{jan: {Doing: team.Ringing, Calls: 3}},
	}, nil
}

func newTeam(more map[string]any) map[string]any {
	t := map[string]any{"name": "Sales", "extension": "500", "strategy": "ringall", "memberTimeout": 20, "wrapUp": 0, "maxWaiting": 0, "joinEmpty": false,
		"leaveEmpty": false, "internalTimeout": 300, "externalTimeout": 300, "announce": 0, "ringback": false, "afterTarget": "", "loginCode": "",
		"weight": 0, "notify": "", "pickupGroup": "", "boxEmail": "", "boxDiscard": false,
		"pauseReasons": []any{map[string]any{"code": "1", "title": "Lunch"}},
		"members":      []any{map[string]any{"user": "jan@chat.example", "dynamic": true, "weight": 0, "priority": 0}}}
	maps.Copy(t, more)
	return t
}

func TestTeamsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan", "extension": "23"})))
	for _, c := range []struct {
		more map[string]any
		want map[string]string
	}{
		{map[string]any{"name": "", "extension": "23"}, map[string]string{"name": "missing", "extension": "taken"}},
		{map[string]any{"memberTimeout": 1, "afterTarget": "999"}, map[string]string{"memberTimeout": "out_of_range", "afterTarget": "unknown"}},
		{map[string]any{"loginCode": "8"}, map[string]string{"loginCode": "reserved"}},
		{map[string]any{"strategy": "best"}, map[string]string{"strategy": "not_allowed"}},
		{map[string]any{"members": []any{map[string]any{"user": "@", "dynamic": true, "weight": 0, "priority": 0}}}, map[string]string{"members.0.user": "missing"}},
	} {
		got := b.post("/teams", newTeam(c.more))
		if got.status != http.StatusUnprocessableEntity || !sameFields(got.fields(), c.want) {
			t.Errorf("%v: %s", c.more, got)
		}
	}
	made := b.want(http.StatusCreated, b.post("/teams", newTeam(nil)))
	at := "/teams/" + made.json["id"].(string)
	agent := func() map[string]any {
		t.Helper()
		return b.want(http.StatusOK, b.get(at)).json["agents"].([]any)[0].(map[string]any)
	}
	if a := agent(); a["name"] != "Jan" || a["in"] != false {
		t.Errorf("a new member is %v", a)
	}
	b.want(http.StatusNoContent, b.put(at+"/members/jan@chat.example", map[string]any{"in": true, "paused": "1"}))
	if a := agent(); a["in"] != true || a["paused"] != "1" {
		t.Errorf("who has logged in and pauses is %v", a)
	}
	if got := b.put(at+"/members/jan@chat.example", map[string]any{"in": true, "paused": "7"}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown reason: %s", got)
	}
	if got := b.put(at+"/members/who@chat.example", map[string]any{"in": true, "paused": ""}); got.status != http.StatusNotFound {
		t.Errorf("who is no member: %s", got)
	}
	item := b.want(http.StatusOK, b.get("/teams?q=sales")).json["items"].([]any)[0].(map[string]any)
	if item["name"] != "Sales" || item["waiting"] != 1.0 || item["longest"] == nil || item["present"] != 0.0 || item["talking"] != 0.0 {
		t.Errorf("in the list it is %v", item)
	}
	live := b.want(http.StatusOK, b.get(at+"/live"))
	waiting, member := live.json["waiting"].([]any)[0].(map[string]any), live.json["members"].([]any)[0].(map[string]any)
	if waiting["name"] != "Customer" || member["doing"] != "ringing" || member["in"] != true || member["paused"] != "Lunch" || member["calls"] != 3.0 {
		t.Errorf("what goes on: %s", live)
	}
	form := with(newTeam(nil), "revision", made.json["revision"])
	now := b.want(http.StatusOK, b.put(at, form))
	late := b.put(at, form)
	if conflict, _ := late.json["conflict"].(map[string]any); late.status != http.StatusConflict || conflict["current"] != now.json["revision"] {
		t.Errorf("an old revision: %s", late)
	}
}
