package conference

import (
	"fmt"
	"slices"
	"time"

	"plenum/components/call"
)

// This file decides what a conference is doing, and where everybody in it is. It is pure: an event and the time go in, a new state and
// what is to be done come out.

// A phase is what a conference as a whole is doing.
type phase uint8

const (
	idle    phase = iota // nobody is here
	waiting              // somebody is, but no moderator has been yet
	live
	hold  // the last moderator has left
	ended // for everybody, a moment ago
)

var phaseNames = [...]string{idle: "idle", waiting: "waiting", live: "live", hold: "hold", ended: "ended"}

func (p phase) String() string { return phaseNames[p] }

// A place is where one person is.
type place uint8

const (
	nowhere place = iota
	waits         // hears music, until there is a moderator
	knocks        // hears music, until a moderator lets him in
	takesPart
)

var placeNames = [...]string{nowhere: "none", waits: "waiting", knocks: "knocking", takesPart: "live"}

func (p place) String() string { return placeNames[p] }

// Why a conference is not live.
const (
	becauseNobodyStarted = "no-moderator"
	becauseTheyLeft      = "moderator-left"
	becauseRestarted     = "restarted"
	becauseEnded         = "ended"
)

// endedFor is how long a conference that has ended says so.
const endedFor = 5 * time.Second

// A person is somebody in a conference whose media has been agreed.
type person struct {
	id        string
	moderator bool
	admitted  bool // has taken part, or was let in: a lock does not keep him out
	place     place
}

// state is all that the decisions are made of. It is a value: people is never changed in place.
type state struct {
	phase  phase
	since  time.Time // when the phase has begun
	reason string
	locked bool
	people []person // in the order in which they came

	graceUntil time.Time // live without a moderator until then
	endAt      time.Time // the end of waiting, hold or ended
	stopAt     time.Time // the end of the longest conference
}

// Events.
type (
	arrives struct {
		id                  string
		moderator, admitted bool
		restarted           bool // a conference was cut off here by the end of the server
	}
	departs struct {
		id   string
		lost bool // his connection was, and he may be back before long
	}
	isModerator struct {
		id string
		is bool
	}
	setLock    struct{ on bool }
	letIn      struct{ id string } // "" is everybody
	turnsAway  struct{ id string }
	endsAll    struct{}
	timePasses struct{}
)

// Actions.
type (
	put struct {
		id string
		at place
	}
	dismissal struct {
		id     string
		reason call.Reason
	}
	// summon tells the members that somebody waits. It is done once for each wait.
	summon struct{ id string }
)

func (a put) String() string       { return a.id + " " + a.at.String() }
func (a dismissal) String() string { return a.id + " out: " + a.reason.String() }
func (a summon) String() string    { return "summon for " + a.id }

// step is the state after an event, and what has to be done.
func (s state) step(now time.Time, e any, r *Rules) (state, []any) {
	s.people = slices.Clone(s.people)
	t := transition{state: s, now: now, rules: r}
	switch e := e.(type) {
	case arrives:
		t.arrive(e)
	case departs:
		t.depart(e)
	case isModerator:
		if p := t.person(e.id); p != nil {
			p.moderator = e.is
		}
	case setLock:
		t.locked = e.on && t.running()
	case letIn:
		for i := range t.people {
			if p := &t.people[i]; e.id == "" && p.place == knocks || e.id == p.id {
				p.admitted = true
			}
		}
	case turnsAway:
		t.dismiss(e.id, call.Declined)
	case endsAll:
		if t.running() {
			t.end(call.Finished)
		}
	case timePasses:
		t.pass()
	default:
		panic(fmt.Sprintf("conference: %T is no event", e))
	}
	t.settle()
	return t.state, t.actions
}

// next is when time has to pass, zero for never.
func (s *state) next() (at time.Time) {
	for _, t := range []time.Time{s.graceUntil, s.endAt, s.stopAt} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

// running reports whether there is a conference, of whatever kind.
func (s *state) running() bool { return s.phase == waiting || s.phase == live || s.phase == hold }

func (s *state) person(id string) *person {
	if i := slices.IndexFunc(s.people, func(p person) bool { return p.id == id }); i >= 0 {
		return &s.people[i]
	}
	return nil
}

// A transition is a step under way.
type transition struct {
	state
	now     time.Time
	rules   *Rules
	actions []any
}

func (t *transition) do(a any) { t.actions = append(t.actions, a) }

func (t *transition) arrive(e arrives) {
	if t.person(e.id) != nil {
		return
	}
	t.people = append(t.people, person{id: e.id, moderator: e.moderator, admitted: e.admitted})
	if !t.running() && !e.moderator {
		t.enter(waiting, becauseNobodyStarted)
		if e.restarted {
			t.reason = becauseRestarted
		}
		t.do(summon{e.id})
	}
}

func (t *transition) depart(e departs) {
	i := slices.IndexFunc(t.people, func(p person) bool { return p.id == e.id })
	if i < 0 {
		return
	}
	was := t.people[i]
	t.people = slices.Delete(t.people, i, i+1)
	if e.lost && was.moderator && t.phase == live && !t.moderated() {
		t.graceUntil = t.now.Add(t.rules.Grace)
	}
}

func (t *transition) dismiss(id string, why call.Reason) {
	if i := slices.IndexFunc(t.people, func(p person) bool { return p.id == id }); i >= 0 {
		t.people = slices.Delete(t.people, i, i+1)
		t.do(dismissal{id, why})
	}
}

func (t *transition) end(why call.Reason) {
	for _, p := range t.people {
		t.do(dismissal{p.id, why})
	}
	t.people = nil
	t.enter(ended, becauseEnded)
}

func (t *transition) pass() {
	due := func(at time.Time) bool { return !at.IsZero() && !t.now.Before(at) }
	switch {
	case t.phase == ended && due(t.endAt):
		t.enter(idle, "")
	case due(t.endAt), due(t.stopAt):
		t.end(call.Expired)
	case due(t.graceUntil):
		t.graceUntil = time.Time{}
	}
}

// moderated reports whether a moderator is here.
func (t *transition) moderated() bool {
	return slices.ContainsFunc(t.people, func(p person) bool { return p.moderator })
}

// settle draws the conclusions: which phase it is, and where everybody is.
func (t *transition) settle() {
	switch moderated := t.moderated(); {
	case moderated:
		t.graceUntil = time.Time{}
		if t.phase != live {
			t.enter(live, "")
		}
	case t.phase == live && !t.graceUntil.IsZero():
	case len(t.people) == 0:
		if t.running() {
			t.enter(idle, "")
		}
	case t.phase == live:
		t.enter(hold, becauseTheyLeft)
	case !t.running(): // a moderator who came was made something else at once
		t.enter(waiting, becauseNobodyStarted)
	}
	for i := range t.people {
		p := &t.people[i]
		if at := t.placeOf(p); at != p.place {
			p.place = at
			t.do(put{p.id, at})
		}
	}
}

func (t *transition) placeOf(p *person) place {
	switch {
	case t.phase != live:
		return waits
	case p.moderator || !t.locked || p.admitted:
		p.admitted = true
		return takesPart
	}
	return knocks
}

// enter begins a phase.
func (t *transition) enter(p phase, reason string) {
	was := t.phase
	t.phase, t.since, t.reason, t.endAt, t.graceUntil = p, t.now, reason, time.Time{}, time.Time{}
	switch p {
	case waiting, hold:
		t.endAt = t.now.Add(t.rules.Wait)
	case ended:
		t.endAt = t.now.Add(endedFor)
	}
	switch {
	case p == idle || p == ended:
		t.locked, t.stopAt = false, time.Time{}
	case t.stopAt.IsZero():
		t.stopAt = t.now.Add(t.rules.Longest)
	}
	if was == ended && p == idle {
		t.reason = ""
	}
}
