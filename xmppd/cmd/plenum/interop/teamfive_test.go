//go:build interop

package interop

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A crew is a team of five with a telephone each, and who calls it.
type crew struct {
	t        *testing.T
	c        *console
	caller   *phone
	phones   []*phone
	accounts []account
	tones    []float64
	team     struct {
		ID       string
		Revision int64
	}
	form  map[string]any
	calls int
}

// change changes the settings of the team.
func (w *crew) change(field string, value any) {
	w.t.Helper()
	w.form[field] = value
	body := map[string]any{"revision": w.team.Revision}
	for k, v := range w.form {
		body[k] = v
	}
	w.c.put("/teams/"+w.team.ID, body, &w.team)
}

// settled waits until nobody of the team is in a call, rung or wrapping up any more.
func (w *crew) settled() {
	w.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var live struct{ Members []struct{ Doing string } }
		w.c.get("/teams/"+w.team.ID+"/live", &live)
		if !slices.ContainsFunc(live.Members, func(m struct{ Doing string }) bool {
			return m.Doing != "free" && m.Doing != "paused" && m.Doing != "out"
		}) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the members do %v", live.Members)
		}
	}
}

// rung are those whose telephones have rung more often than before.
func (w *crew) rung(before []int) (list []int) {
	for i, p := range w.phones {
		if p.count("CALL_INCOMING") > before[i] {
			list = append(list, i)
		}
	}
	return list
}

func (p *phone) count(typ string) int {
	return p.events.count(func(e event) bool { return e.Is == typ })
}

func (w *crew) counts(typ string) []int {
	list := make([]int, len(w.phones))
	for i, p := range w.phones {
		list[i] = p.count(typ)
	}
	return list
}

// begins calls the team, and returns who is rung: as many as are expected.
func (w *crew) begins(many int) []int {
	w.t.Helper()
	before := w.counts("CALL_INCOMING")
	w.caller.dial("500")
	w.calls++
	w.caller.await("CALL_ESTABLISHED", w.calls)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if list := w.rung(before); len(list) >= many {
			return list
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%v are rung", w.rung(before))
		}
	}
}

// takes has a member take the call, talks, and ends it.
func (w *crew) takes(i int) {
	w.t.Helper()
	before, closed := w.phones[i].count("CALL_ESTABLISHED"), w.counts("CALL_CLOSED")
	w.phones[i].answer()
	w.phones[i].await("CALL_ESTABLISHED", before+1)
	w.caller.hears(fmt.Sprintf("member %d", i+1), w.tones[i])
	w.caller.hangUp()
	w.caller.await("CALL_CLOSED", w.calls)
	w.phones[i].await("CALL_CLOSED", closed[i]+1)
	w.settled()
}

// TestATeamOfFive: five members with telephones, and 20 calls by all eight strategies, each rung as it promises; then a member pauses by code, another
// is logged in by his profile, and a telephone's own time for calls of teams comes before the team's.
//
func TestATeamOfFive(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	w := &crew{t: t, c: c, tones: []float64{440, 550, 660, 770, 880}}
	w.caller = startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 330})
	var members []any
	for i, hz := range w.tones {
		who := c.employee(fmt.Sprint("agent", i+1), fmt.Sprint("Agent ", i+1), fmt.Sprint(101+i))
		w.accounts = append(w.accounts, who)
		w.phones = append(w.phones, startPhone(t, s, c.phoneOf(who), phoneConfig{Hz: hz}))
		members = append(members, map[string]any{"user": who.JID, "dynamic": i == 4, "weight": i, "priority": 0})
	}
	for _, p := range append(slices.Clone(w.phones), w.caller) {
		p.registered()
	}
	w.form = teamOf(map[string]any{"members": members})
	c.post("/teams", w.form, &w.team)
	c.put("/teams/"+w.team.ID+"/members/"+w.accounts[4].JID, map[string]any{"in": true, "paused": ""}, nil)

	taken, last := make([]int, 5), make([]int, 5) // how many calls each has had, and which was his last
	n, before := 0, -1                            // calls, and who was rung last
	had := func(i int) {
		n++
		taken[i]++
		last[i] = n
	}
	least := func(of []int) int { return slices.Index(of, slices.Min(of)) }
	for range 2 {
		if list := w.begins(5); len(list) != 5 {
			t.Fatalf("ring all: %v are rung", list)
		}
		w.takes(n + 1)
		had(n + 1)
	}
	before = 4 // all five were, the last of the list last
	for _, step := range []struct {
		strategy string
		calls    int
		next     func() int // who is to be rung; -1 for whoever
	}{
		{"inorder", 2, func() int { return 0 }},
		{"longestidle", 3, func() int { return least(last) }},
		{"fewestcalls", 3, func() int { return least(taken) }},
		{"random", 2, func() int { return -1 }},
		{"weighted", 2, func() int { return -1 }},
		{"roundrobin_sorted", 3, func() int { return (before + 1) % 5 }},
		{"roundrobin", 3, func() int { return (before + 1) % 5 }}, // they have logged in in the order of the list
	} {
		w.change("strategy", step.strategy)
		for range step.calls {
			want, list := step.next(), w.begins(1)
			if len(list) != 1 || want >= 0 && list[0] != want {
				t.Fatalf("%s: %v are rung for call %d, and %d should be", step.strategy, list, n+1, want)
			}
			w.takes(list[0])
			had(list[0])
			before = list[0]
		}
	}
	if n != 20 {
		t.Fatalf("there were %d calls", n)
	}

	// The first pauses by code: the second is rung instead.
	w.change("strategy", "inorder")
	w.phones[0].dial("*99500#101#1")
	w.phones[0].await("CALL_ESTABLISHED", taken[0]+1)
	w.phones[0].await("CALL_CLOSED", w.phones[0].count("CALL_CLOSED")+1)
	if list := w.begins(1); !slices.Equal(list, []int{1}) {
		t.Errorf("%v are rung while the first pauses", list)
	}
	w.takes(1)

	// The fifth comes in by a profile, all others pause.
	c.put("/teams/"+w.team.ID+"/members/"+w.accounts[4].JID, map[string]any{"in": false, "paused": ""}, nil)
	for i := range 4 {
		c.put("/teams/"+w.team.ID+"/members/"+w.accounts[i].JID, map[string]any{"in": true, "paused": "1"}, nil)
	}
	action := func(kind string) []any {
		return []any{map[string]any{"kind": kind, "team": w.team.ID, "reason": "", "location": "", "target": ""}}
	}
	var all struct{ Items []struct{ ID, Name string } }
	c.get("/permissions", &all)
	var profile struct{ ID string }
	c.post("/profiles", map[string]any{
		"name": "At the desk", "colour": "#2c58d4", "icon": "phone", "showIcon": false, "sticky": false, "silent": false, "show": "",
		"permissions": []string{all.Items[0].ID}, "triggers": []any{}, "teamsCall": false, "enter": action("team.login"), "leave": action("team.logout"),
	}, &profile)
	c.put("/users/"+w.accounts[4].JID+"/profile", map[string]any{"profile": profile.ID}, nil)
	if list := w.begins(1); !slices.Equal(list, []int{4}) {
		t.Errorf("%v are rung, and the fifth has logged in by his profile", list)
	}
	w.takes(4)

	// The team rings members for 20 seconds; the fifth's telephone says 4.
	var devices struct {
		Items []struct{ Device, Kind string }
	}
	c.get("/users/"+w.accounts[4].JID+"/followme", &devices)
	timer := func(timeout int) map[string]any {
		return map[string]any{"enabled": true, "delay": 0, "timeout": timeout}
	}
	c.put("/users/"+w.accounts[4].JID+"/followme/"+devices.Items[0].Device, map[string]any{
		"revision": 0, "userConfigurable": true, "internal": timer(999), "external": timer(999), "queue": timer(4),
	}, nil)
	closed := w.phones[4].count("CALL_CLOSED")
	w.begins(1)
	began := time.Now()
	w.phones[4].await("CALL_CLOSED", closed+1)
	if took := time.Since(began); took < 2*time.Second || took > 15*time.Second {
		t.Errorf("the fifth's telephone rang for %v", took)
	}
	w.caller.hangUp()
	w.caller.await("CALL_CLOSED", w.calls)
}
