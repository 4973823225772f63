//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorded is a step of a call, and entered a call in a journal.
type (
	recorded struct {
		ID, Chain, Parent, Via, By, Result, Detail, Ended string
		Caller, Callee                                    struct{ Number string }
	}
	entered struct {
		ID, Outcome string
		Incoming    bool
		With        struct{ Number string }
	}
	journal struct {
		Items  []entered
		Missed int
		AsOf   string
	}
)

// drawnCall writes the steps of a call as a tree.
func drawnCall(steps []recorded) string {
	var b strings.Builder
	var draw func(parent string, depth int)
	draw = func(parent string, depth int) {
		for _, s := range steps {
			if s.Parent == parent {
				fmt.Fprintf(&b, "%s%s → %s %s/%s %s/%s\n", strings.Repeat("  ", depth), s.Caller.Number, s.Callee.Number, s.Via, s.By, s.Result, s.Detail)
				draw(s.ID, depth+1)
			}
		}
	}
	draw("", 0)
	return b.String()
}

func (j *journal) String() string {
	var words []string
	for _, e := range j.Items {
		words = append(words, fmt.Sprintf("%s %s %v", e.With.Number, e.Outcome, e.Incoming))
	}
	return strings.Join(words, ", ")
}

// TestWhatCallsLeaveBehind: a call that is forwarded and then picked up, one that a member of a team takes, and one that nobody takes leave their
// steps in the records and one entry in the journal of each who had a part in them. What Ben has missed is counted until he has seen it.
//
func TestWhatCallsLeaveBehind(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101")
	cleoAccount, doraAccount := c.employee("cleo", "Cleo Tal", "102"), c.employee("dora", "Dora Au", "103")
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 660})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	dora := startPhone(t, s, c.phoneOf(doraAccount), phoneConfig{Hz: 550})
	for _, p := range []*phone{anna, ben, cleo, dora} {
		p.registered()
	}
	member := func(who account) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": false, "weight": 0, "priority": 0}
	}
	var team struct{ ID string }
	c.post("/teams", teamOf(map[string]any{"memberTimeout": 60, "pauseReasons": []any{}, "members": []any{member(benAccount), member(cleoAccount)}}), &team)
	// last waits until the last call of Anna has so many steps, which have all ended, and returns them, the oldest first.
	last := func(steps int) []recorded {
		t.Helper()
		var page struct{ Items []recorded }
		for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			c.get("/records?limit=1&user="+annaAccount.JID, &page)
			if len(page.Items) == 1 {
				c.get("/records?chain="+page.Items[0].Chain, &page)
			}
			if len(page.Items) == steps && !slices.ContainsFunc(page.Items, func(r recorded) bool { return r.Ended == "" }) {
				slices.Reverse(page.Items)
				return page.Items
			}
			if time.Now().After(deadline) {
				t.Fatalf("the records are %+v", page.Items)
			}
		}
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
		}
	}

	c.put("/users/"+benAccount.JID+"/forward", map[string]any{"revision": 0, "target": "102", "active": true}, nil)
	anna.dial("101")
	cleo.await("CALL_INCOMING", 1)
	anna.await("CALL_RINGING", 1)
	dora.dial("*8102")
	dora.established()
	anna.established()
	cleo.await("CALL_CLOSED", 1)
	anna.hears("Dora", 550)
	anna.hangUp()
	dora.await("CALL_CLOSED", 1)
	check("forwarded and picked up", drawnCall(last(3)), `100 → 101 dial/ transfer/dst
  100 → 102 forward/dst noanswer/elsewhere
    100 → 103 pickup/ hangup/caller
`)
	c.do("DELETE", "/users/"+benAccount.JID+"/forward", nil, nil)

	anna.dial("500")
	ben.await("CALL_INCOMING", 1)
	cleo.await("CALL_INCOMING", 2)
	cleo.answer()
	ben.await("CALL_CLOSED", 1)
	anna.hears("Cleo", 880)
	anna.hangUp()
	cleo.await("CALL_CLOSED", 2)
	taken := last(3)
	slices.SortFunc(taken, func(a, b recorded) int { return strings.Compare(a.Callee.Number, b.Callee.Number) })
	check("a team, taken by Cleo", drawnCall(taken), `100 → 500 dial/ transfer/dst
  100 → 101 queue/agent noanswer/elsewhere
  100 → 102 queue/agent hangup/caller
`)

	anna.dial("500")
	ben.await("CALL_INCOMING", 2)
	cleo.await("CALL_INCOMING", 3)
	anna.hangUp()
	ben.await("CALL_CLOSED", 2)
	given := last(3)
	slices.SortFunc(given, func(a, b recorded) int { return strings.Compare(a.Callee.Number, b.Callee.Number) })
	check("a team, in vain", drawnCall(given), `100 → 500 dial/ noanswer/abandon
  100 → 101 queue/agent noanswer/abandon
  100 → 102 queue/agent noanswer/abandon
`)

	for who, want := range map[account]string{
		annaAccount: "500 missed false, 102 accepted false, 103 accepted false",
		benAccount:  "100 missed true, 100 elsewhere true, 100 forwarded true",
		cleoAccount: "100 missed true, 100 accepted true, 100 elsewhere true",
		doraAccount: "100 accepted true",
	} {
		var j journal
		s.appOf(who).get("/app/journal", &j)
		check("the journal of "+who.JID, j.String(), want)
	}
	app := s.appOf(benAccount)
	var j journal
	app.get("/app/journal?side=in&outcome=missed&scope=internal", &j)
	check("what Ben has missed", fmt.Sprint(j.String(), " ", j.Missed), "100 missed true 1")
	var detail struct {
		Steps []recorded
		Last  []entered
	}
	app.get("/app/journal/"+j.Items[0].ID, &detail)
	if len(detail.Steps) != 3 || len(detail.Last) != 2 {
		t.Errorf("the detail is %+v", detail)
	}
	app.post("/app/journal/seen", map[string]any{"until": j.AsOf}, nil)
	app.get("/app/journal", &j)
	check("what Ben has not seen", fmt.Sprint(j.Missed), "0")
	var ofTeam journal
	app.get("/app/teams/"+team.ID+"/journal", &ofTeam)
	check("the journal of the team", ofTeam.String(), "100 missed true, 100 accepted true")
}
