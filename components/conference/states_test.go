package conference

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/components/call"
)

var testRules = func() *Rules {
	r := &Rules{}
	if err := r.Validate(); err != nil {
		panic(err)
	}
	return r
}()

// guestIn, mod and others are short for the tables below.
func guestIn(id string) any { return arrives{id: id} }
func modIn(id string) any   { return arrives{id: id, moderator: true} }
func hangsUp(id string) any { return departs{id: id} }
func breaks(id string) any  { return departs{id: id, lost: true} }
func after(d string) any    { v, _ := time.ParseDuration(d); return v }
func places(s *state) string {
	var list []string
	for _, p := range s.people {
		list = append(list, p.id+" "+p.place.String())
	}
	return strings.Join(list, ", ")
}

// every transition of a conference.
func TestStates(t *testing.T) {
	type step struct {
		event   any // or a duration: what is due meanwhile happens
		phase   phase
		places  string // of all, after it
		actions string
	}
	for name, steps := range map[string][]step{
		"guests wait until a moderator starts, and are let in by that": {
			{guestIn("g"), waiting, "g waiting", "summon for g, g waiting"},
			{guestIn("h"), waiting, "g waiting, h waiting", "h waiting"},
			{modIn("m"), live, "g live, h live, m live", "g live, h live, m live"},
			{guestIn("i"), live, "g live, h live, m live, i live", "i live"},
		},
		"a moderator starts at once": {
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
		},
		"the conference is held when the last moderator hangs up, and goes on with the next": {
			{modIn("m"), live, "m live", "m live"},
			{modIn("n"), live, "m live, n live", "n live"},
			{guestIn("g"), live, "m live, n live, g live", "g live"},
			{hangsUp("m"), live, "n live, g live", ""},
			{hangsUp("n"), hold, "g waiting", "g waiting"},
			{guestIn("h"), hold, "g waiting, h waiting", "h waiting"},
			{after("9m59s"), hold, "g waiting, h waiting", ""},
			{modIn("m"), live, "g live, h live, m live", "g live, h live, m live"},
			{after("30m"), live, "g live, h live, m live", ""},
		},
		"a moderator whose connection is lost has 15 seconds": {
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
			{breaks("m"), live, "g live", ""},
			{after("14s"), live, "g live", ""},
			{modIn("m"), live, "g live, m live", "m live"},
			{breaks("m"), live, "g live", ""},
			{after("14s"), live, "g live", ""},
			{after("1s"), hold, "g waiting", "g waiting"},
		},
		"also when he is alone": {
			{modIn("m"), live, "m live", "m live"},
			{setLock{true}, live, "m live", ""},
			{breaks("m"), live, "", ""},
			{guestIn("g"), live, "g knocking", "g knocking"},
			{modIn("m"), live, "g knocking, m live", "m live"},
			{hangsUp("g"), live, "m live", ""},
			{breaks("m"), live, "", ""},
			{after("15s"), idle, "", ""},
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"}, // the lock went with the conference
		},
		"when he who was lost was not the last one nothing happens": {
			{modIn("m"), live, "m live", "m live"},
			{modIn("n"), live, "m live, n live", "n live"},
			{guestIn("g"), live, "m live, n live, g live", "g live"},
			{breaks("m"), live, "n live, g live", ""},
			{after("1m"), live, "n live, g live", ""},
			{hangsUp("n"), hold, "g waiting", "g waiting"},
		},
		"ten minutes without a moderator are the end": {
			{guestIn("g"), waiting, "g waiting", "summon for g, g waiting"},
			{after("9m59s"), waiting, "g waiting", ""},
			{after("1s"), ended, "", "g out: expired"},
			{after("5s"), idle, "", ""},
		},
		"of a hold too": {
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
			{hangsUp("m"), hold, "g waiting", "g waiting"},
			{after("10m"), ended, "", "g out: expired"},
			{guestIn("g"), waiting, "g waiting", "summon for g, g waiting"},
		},
		"24 hours are the end": {
			{modIn("m"), live, "m live", "m live"},
			{after("12h"), live, "m live", ""},
			{guestIn("g"), live, "m live, g live", "g live"},
			{hangsUp("m"), hold, "g waiting", "g waiting"},
			{after("1m"), hold, "g waiting", ""},
			{modIn("m"), live, "g live, m live", "g live, m live"},
			{after("11h58m"), live, "g live, m live", ""},
			{after("1m"), ended, "", "g out: expired, m out: expired"},
		},
		"the end is the end for all": {
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
			{endsAll{}, ended, "", "m out: finished, g out: finished"},
			{endsAll{}, ended, "", ""},
			{modIn("m"), live, "m live", "m live"},
			{endsAll{}, ended, "", "m out: finished"},
			{after("5s"), idle, "", ""},
			{endsAll{}, idle, "", ""},
		},
		"whoever comes to a locked conference knocks, until he is let in or turned away": {
			{setLock{true}, idle, "", ""},
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
			{setLock{true}, live, "m live, g live", ""},
			{guestIn("h"), live, "m live, g live, h knocking", "h knocking"},
			{guestIn("i"), live, "m live, g live, h knocking, i knocking", "i knocking"},
			{modIn("n"), live, "m live, g live, h knocking, i knocking, n live", "n live"},
			{letIn{"h"}, live, "m live, g live, h live, i knocking, n live", "h live"},
			{turnsAway{"i"}, live, "m live, g live, h live, n live", "i out: declined"},
			{guestIn("j"), live, "m live, g live, h live, n live, j knocking", "j knocking"},
			{guestIn("k"), live, "m live, g live, h live, n live, j knocking, k knocking", "k knocking"},
			{letIn{""}, live, "m live, g live, h live, n live, j live, k live", "j live, k live"},
			{guestIn("l"), live, "m live, g live, h live, n live, j live, k live, l knocking", "l knocking"},
			{setLock{false}, live, "m live, g live, h live, n live, j live, k live, l live", "l live"},
		},
		"who took part before a hold need not knock after it": {
			{modIn("m"), live, "m live", "m live"},
			{guestIn("g"), live, "m live, g live", "g live"},
			{setLock{true}, live, "m live, g live", ""},
			{guestIn("h"), live, "m live, g live, h knocking", "h knocking"},
			{hangsUp("m"), hold, "g waiting, h waiting", "g waiting, h waiting"},
			{modIn("m"), live, "g live, h knocking, m live", "g live, h knocking, m live"},
		},
		"who comes back to a locked conference is let in when he has taken part": {
			{modIn("m"), live, "m live", "m live"},
			{setLock{true}, live, "m live", ""},
			{arrives{id: "g", admitted: true}, live, "m live, g live", "g live"},
		},
		"who is no moderator any longer holds the conference, who becomes one starts it": {
			{modIn("m"), live, "m live", "m live"},
			{isModerator{"m", false}, hold, "m waiting", "m waiting"},
			{isModerator{"m", true}, live, "m live", "m live"},
			{isModerator{"x", true}, live, "m live", ""},
		},
		"when the last guest who waits leaves, it is over": {
			{guestIn("g"), waiting, "g waiting", "summon for g, g waiting"},
			{hangsUp("g"), idle, "", ""},
			{hangsUp("g"), idle, "", ""},
			{guestIn("g"), waiting, "g waiting", "summon for g, g waiting"},
			{guestIn("g"), waiting, "g waiting", ""},
			{letIn{"g"}, waiting, "g waiting", ""},
			{turnsAway{"g"}, idle, "", "g out: declined"},
		},
		"after a restart of the server the reason is another": {
			{arrives{id: "g", restarted: true}, waiting, "g waiting", "summon for g, g waiting"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 26, 22, 0, 0, 0, time.UTC)
			s := state{since: now}
			for i, want := range steps {
				var actions []any
				if d, ok := want.event.(time.Duration); ok {
					end := now.Add(d)
					for at := s.next(); !at.IsZero() && !at.After(end); at = s.next() {
						now = at
						var more []any
						s, more = s.step(now, timePasses{}, testRules)
						actions = append(actions, more...)
						if want.phase == s.phase && s.phase == ended {
							break
						}
					}
					now = end
				} else {
					now = now.Add(time.Second / 10)
					s, actions = s.step(now, want.event, testRules)
				}
				var done []string
				for _, a := range actions {
					done = append(done, fmt.Sprint(a))
				}
				if got := strings.Join(done, ", "); s.phase != want.phase || places(&s) != want.places || got != want.actions {
					t.Fatalf("step %d, %T%+v: %v: %s; did %s; instead of %v: %s; %s", i, want.event, want.event, s.phase, places(&s), got, want.phase, want.places, want.actions)
				}
			}
		})
	}
}

func TestReasons(t *testing.T) {
	now := time.Date(2026, 11, 26, 22, 0, 0, 0, time.UTC)
	s := state{}
	for _, step := range []struct {
		event  any
		reason string
	}{
		{arrives{id: "g", restarted: true}, "restarted"}, {modIn("m"), ""}, {hangsUp("m"), "moderator-left"}, {modIn("m"), ""}, {endsAll{}, "ended"},
		{guestIn("g"), "no-moderator"}, {hangsUp("g"), ""},
	} {
		if s, _ = s.step(now, step.event, testRules); s.reason != step.reason {
			t.Errorf("after %T%+v: %q instead of %q", step.event, step.event, s.reason, step.reason)
		}
	}
}

// TestStatesHold tries what nobody has thought of: whatever happens, a conference keeps to what it promises.
func TestStatesHold(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 0))
		now := time.Date(2026, 11, 26, 22, 0, 0, 0, time.UTC)
		s := state{since: now}
		ids := []string{"a", "b", "c", "d"}
		told := map[string]place{}
		for range 300 {
			id := ids[rng.IntN(len(ids))]
			events := []any{
				arrives{id: id, moderator: rng.IntN(3) == 0}, departs{id: id, lost: rng.IntN(2) == 0}, isModerator{id, rng.IntN(2) == 0},
				setLock{rng.IntN(2) == 0}, letIn{id}, letIn{}, turnsAway{id}, endsAll{}, timePasses{}, timePasses{},
			}
			e := events[rng.IntN(len(events))]
			if _, ok := e.(endsAll); ok && rng.IntN(4) > 0 {
				continue
			}
			if next := s.next(); rng.IntN(3) == 0 && !next.IsZero() {
				now = next
			} else {
				now = now.Add(time.Duration(rng.IntN(2000)) * time.Millisecond)
			}
			if d, ok := e.(departs); ok {
				delete(told, d.id)
			}
			before := slices.Clone(s.people)
			next, actions := s.step(now, e, testRules)
			if !slices.Equal(before, s.people) {
				t.Fatal("a step has changed the state before it")
			}
			s = next
			for _, a := range actions {
				switch a := a.(type) {
				case put:
					told[a.id] = a.at
				case dismissal:
					if a.reason != call.Declined && a.reason != call.Finished && a.reason != call.Expired {
						t.Fatalf("put out for %v", a.reason)
					}
					delete(told, a.id)
				}
			}
			moderators := 0
			for _, p := range s.people {
				if p.moderator {
					moderators++
				}
				if told[p.id] != p.place || p.place == nowhere {
					t.Fatalf("seed %d: %s is %v and was told %v", seed, p.id, p.place, told[p.id])
				}
				if p.place == takesPart && s.phase != live || p.place == knocks && !s.locked || p.moderator && p.place != takesPart {
					t.Fatalf("seed %d: %+v while %v, locked %v", seed, p, s.phase, s.locked)
				}
			}
			if len(told) != len(s.people) {
				t.Fatalf("seed %d: %v are told to be here, %s are", seed, told, places(&s))
			}
			if (moderators > 0) != (s.phase == live && s.graceUntil.IsZero()) {
				t.Fatalf("seed %d: %v with %d moderators, grace until %v", seed, s.phase, moderators, s.graceUntil)
			}
			if s.running() == s.stopAt.IsZero() || (len(s.people) > 0) && !s.running() {
				t.Fatalf("seed %d: %v with %d people, to be stopped at %v", seed, s.phase, len(s.people), s.stopAt)
			}
		}
	}
}

func TestRulesAreChecked(t *testing.T) {
	r := Rules{People: 1, Grace: time.Millisecond, Wait: time.Second, Longest: time.Second}
	err := r.Validate()
	for _, field := range []string{"people", "grace", "wait", "longest"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
}
