//go:build interop

package interop

import (
	"fmt"
	"testing"
)

// TestCallsThatNeedSkills: a call router says that its calls need Spanish at level 3. Cleo has it and is rung, though Ben comes first in the team; who calls the team
// itself gets Ben. What is set while somebody waits holds at once, and whom nobody of the team suits is told that nobody is there.
// B9: skill routing
func TestCallsThatNeedSkills(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	anna := startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	benAccount, cleoAccount := c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	ben := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 550})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 660})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}
	member := func(who account) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": false, "weight": 0, "priority": 0}
	}
	var team struct{ ID string }
	c.post("/teams", teamOf(map[string]any{"strategy": "inorder", "memberTimeout": 120, "members": []any{member(benAccount), member(cleoAccount)}}), &team)
	c.callObject("router", "Español", map[string]any{"extension": "860", "actions": []any{
		action("skill", map[string]any{"label": "Spanish", "value": "3"}), action("team", map[string]any{"target": team.ID}),
	}})
	can := func(who account, levels ...int) {
		t.Helper()
		at := "/users/" + who.JID + "/skills"
		var now struct{ Revision int64 }
		c.get(at, &now)
		skills := []any{}
		for _, level := range levels {
			skills = append(skills, map[string]any{"name": "Spanish", "level": level})
		}
		c.put(at, map[string]any{"revision": now.Revision, "skills": skills}, nil)
	}
	can(benAccount, 2)
	can(cleoAccount, 5)

	reaches := func(number string, who, other *phone, hz float64) {
		t.Helper()
		before := other.count("CALL_INCOMING")
		incoming, ended, closed := who.next("CALL_INCOMING"), who.next("CALL_CLOSED"), anna.next("CALL_CLOSED")
		anna.dial(number)
		incoming()
		who.answer()
		anna.hears("who can", hz)
		anna.hangUp()
		ended()
		closed()
		if other.count("CALL_INCOMING") != before {
			t.Errorf("%s is rung for %s too", other.name, number)
		}
	}
	reaches("860", cleo, ben, 660)
	reaches("500", ben, cleo, 550)

	// Cleo is rung, and forgets her Spanish: it rings at Ben, who has learnt some.
	incoming, stops, next, ended, closed := cleo.next("CALL_INCOMING"), cleo.next("CALL_CLOSED"), ben.next("CALL_INCOMING"), ben.next("CALL_CLOSED"), anna.next("CALL_CLOSED")
	anna.dial("860")
	incoming()
	var live struct{ Waiting []struct{ Needs []any } }
	if c.get("/teams/"+team.ID+"/live", &live); fmt.Sprint(live.Waiting) != "[{[map[level:3 name:Spanish]]}]" {
		t.Errorf("those who wait are %v", live.Waiting)
	}
	can(benAccount, 3)
	can(cleoAccount)
	stops()
	next()
	anna.hangUp()
	ended()
	closed()

	can(benAccount)
	rings := ben.count("CALL_INCOMING") + cleo.count("CALL_INCOMING")
	anna.saysTo("860", 440, 550, 660)
	if ben.count("CALL_INCOMING")+cleo.count("CALL_INCOMING") != rings {
		t.Error("somebody is rung who has no Spanish")
	}
}
