//go:build interop

package interop

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// teamOf is the form of a team at 500.
func teamOf(different map[string]any) map[string]any {
	t := map[string]any{
		"name": "Sales", "extension": "500", "strategy": "ringall", "memberTimeout": 20, "wrapUp": 0, "maxWaiting": 0, "joinEmpty": false, "leaveEmpty": false,
		"internalTimeout": 300, "externalTimeout": 300, "announce": 0, "ringback": false, "afterTarget": "", "loginCode": "", "weight": 0, "notify": "",
		"pickupGroup": "", "boxEmail": "", "boxDiscard": false, "pauseReasons": []any{map[string]any{"code": "1", "title": "Lunch"}},
	}
	maps.Copy(t, different)
	return t
}

// TestTeamsByCode: Cleo logs in to a team by its code, pauses and goes on by *99, and is told so; she may not do that to Ben. A call for Ben, who has
// it forwarded to the team, is hers then, and the records say by which ways it came.
//
func TestTeamsByCode(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, cleo} {
		p.registered()
	}
	member := func(who account) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": true, "weight": 0, "priority": 0}
	}
	var team struct{ ID string }
	c.post("/teams", teamOf(map[string]any{"loginCode": "90", "members": []any{member(benAccount), member(cleoAccount)}}), &team)

	for i, step := range []struct{ dial, agents string }{
		{"*90101", "[{false } {false }]"}, // not hers to do
		{"*90102", "[{false } {true }]"},
		{"*99500#102#1", "[{false } {true 1}]"},
		{"*99#102#1", "[{false } {true }]"},
		{"*99#102", "[{false } {false }]"},
		{"*99500#102", "[{false } {true }]"},
	} {
		cleo.dial(step.dial)
		cleo.await("CALL_ESTABLISHED", i+1)
		cleo.hearsMusic(440, 880) // it is speech
		cleo.await("CALL_CLOSED", i+1)
		var now struct {
			Agents []struct {
				In     bool
				Paused string
			}
		}
		c.get("/teams/"+team.ID, &now)
		if got := fmt.Sprint(now.Agents); got != step.agents {
			t.Errorf("after %s the members are %s, not %s", step.dial, got, step.agents)
		}
	}

	c.put("/users/"+benAccount.JID+"/forward", map[string]any{"revision": 0, "target": "500", "active": true}, nil)
	anna.dial("101")
	anna.established() // with music
	cleo.await("CALL_INCOMING", 1)
	cleo.answer()
	anna.hears("Cleo", 880)
	cleo.hears("Anna", 440)
	anna.hangUp()
	cleo.await("CALL_CLOSED", 7)
	var records struct {
		Items []struct {
			Via, Dialled, Result string
			Callee               struct{ Number string }
		}
	}
	want := "[{queue  hangup {102}} {forward 500 transfer {500}} {dial 101 transfer {101}}]"
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		c.get("/records?user="+annaAccount.JID, &records)
		if fmt.Sprint(records.Items) == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the records are %v, not %s", records.Items, want)
		}
	}
}
