// Package team is the queue of a team: who waits, who is rung for whom, and who goes on elsewhere. It is pure: events and the time go in, what is to be
// done comes out, timers are data ([Queue.Next]). Chance is a source that is handed in.
//
//	Join, Leave, Answered, Failed     of the calls of those who wait
//	Configure, Phone, Engage, Done    of members and their telephones
//	Tick                              of time
//	──▶ Joined, Refused, Ring, Stop, Announce, Left
//
// A caller is one who has joined until he leaves, is answered, or is sent away. Callers are served in the order in which they came, those of a higher priority first; whoever can be rung
// for a later one while an earlier one rings already is. A member has one call at a time. Who calls may need somebody with skills: then only such members are
// there for him.
package team

import (
	"math/rand/v2"
	"slices"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// A CallID names a caller's call.
type CallID string

// Rest is how long a member who was rung in vain is left alone.
const Rest = 5 * time.Second

// Phone is what the telephones of a member do.
type Phone uint8

const (
	Away Phone = iota // there is none
	Idle              // he can be called
	Busy              // he is called or talks
)

// Why says for what a caller is not to wait, or no more.
type Why uint8

const (
	Full     Why = iota // there are as many who wait as may
	Empty               // no member is there
	TimedOut            // he has waited as long as he may
)

// String is the reason in a lower case word.
func (w Why) String() string { return [...]string{"full", "empty", "timed out"}[w] }

// An Out is what is to be done for a call.
type Out interface{ out() }

type (
	// Joined says that the caller waits.
	Joined struct{ Call CallID }
	// Refused says that he does not.
	Refused struct {
		Call CallID
		Why  Why
	}
	// Ring says that these are rung for him too, for so long. The number tells this ringing from others of the same members.
	Ring struct {
		Call    CallID
		Members []jid.JID
		Timeout time.Duration
		Number  int
	}
	// Stop says that this one is rung for him no more.
	Stop struct {
		Call   CallID
		Member jid.JID
	}
	// Announce says that he is to hear where he is in the line: 1 is the next.
	Announce struct {
		Call     CallID
		Position int
	}
	// Left says that he waits no more: nobody is rung for him either.
	Left struct {
		Call CallID
		Why  Why
	}
)

func (Joined) out()   {}
func (Refused) out()  {}
func (Ring) out()     {}
func (Stop) out()     {}
func (Announce) out() {}
func (Left) out()     {}

// A Queue is the line of one team. It is used by one goroutine.
type Queue struct {
	team    directory.Team
	chance  *rand.Rand
	members []*member // in the order of the team's list
	callers []*caller // those of a higher priority first, then in the order in which they came
	last    jid.JID   // who was rung last: where RoundRobin goes on
	seat    int       // of the one who has logged in last
	rung    int       // how often somebody was
	now     time.Time
	outs    []Out
}

type member struct {
	directory.Agent
	phone   Phone
	skills  map[string]int // levels, by name
	engaged bool           // is rung by another team
	call    CallID         // that he has of this team; empty for none
	rings   CallID         // for which he is rung; empty for none
	number  int            // of that ringing
	seat    int            // in the order of logging in
	calls   int            // that he has had since then
	ended   time.Time
	wrapped time.Time // until when he wraps up
	rested  time.Time // until when he is left alone
}

type caller struct {
	call     CallID
	priority int
	needs    map[string]int // levels of skills, by name, that who is rung has at least
	joined   time.Time
	deadline time.Time // zero is none
	announce time.Time // next; zero is never
	ringing  []*member
	tried    map[jid.JID]bool // who was rung in vain in this round
}

// New makes the queue of a team whose members' telephones are not known yet.
func New(now time.Time, t directory.Team, chance *rand.Rand) *Queue {
	q := &Queue{chance: chance}
	q.Configure(now, t)
	return q
}

// Configure takes the settings of the team, and what its members do, as they are now.
func (q *Queue) Configure(now time.Time, t directory.Team) []Out {
	q.begin(now)
	old := q.members
	q.team, q.members = t, nil
	for _, a := range t.Agents {
		i := slices.IndexFunc(old, func(m *member) bool { return m.User == a.User })
		var m *member
		if i >= 0 {
			m = old[i]
		} else {
			m = &member{phone: Away}
		}
		if came := a.In && !m.In; came { // whoever logs in begins anew
			q.seat++
			m.seat, m.calls, m.ended = q.seat, 0, time.Time{}
		}
		m.Agent = a
		q.members = append(q.members, m)
		if m.rings != "" && !m.serves() {
			q.stop(m)
		}
	}
	for _, m := range old {
		if m.rings != "" && !slices.Contains(q.members, m) {
			q.stop(m)
		}
	}
	for _, c := range q.callers {
		c.announce = q.firstAnnouncement(c)
	}
	return q.finish()
}

// stop has a member rung no more.
func (q *Queue) stop(m *member) {
	q.outs = append(q.outs, Stop{m.rings, m.User})
	q.unring(m)
}

// unring notes that a member is not rung any more.
func (q *Queue) unring(m *member) {
	if c := q.caller(m.rings); c != nil {
		c.ringing = slices.DeleteFunc(c.ringing, func(other *member) bool { return other == m })
	}
	m.rings = ""
}

// Weight is what the line counts for where others want the same members: those with the greater one come first.
func (q *Queue) Weight() int { return q.team.Weight }

func (q *Queue) begin(now time.Time) { q.now, q.outs = now, nil }

// finish does what follows from any change: who is not to wait leaves, and who is free is rung.
func (q *Queue) finish() []Out {
	for _, m := range q.members {
		if c := q.caller(m.rings); c != nil && !m.suits(c.needs) {
			q.stop(m)
		}
	}
	if q.team.LeaveEmpty {
		for _, c := range slices.Clone(q.callers) {
			if q.empty(c.needs) {
				q.sendAway(c, Empty)
			}
		}
	}
	for _, c := range slices.Clone(q.callers) {
		if !c.deadline.IsZero() && !c.deadline.After(q.now) {
			q.sendAway(c, TimedOut)
		}
	}
	for _, c := range q.callers {
		q.serve(c)
	}
	for i, c := range q.callers {
		if !c.announce.IsZero() && !c.announce.After(q.now) {
			c.announce = q.now.Add(seconds(q.team.Announce))
			q.outs = append(q.outs, Announce{c.call, i + 1})
		}
	}
	return q.outs
}

func (q *Queue) sendAway(c *caller, why Why) {
	q.remove(c)
	q.outs = append(q.outs, Left{c.call, why})
}

// remove takes a caller out of the line; who was rung for him is not any more.
func (q *Queue) remove(c *caller) {
	for _, m := range c.ringing {
		m.rings = ""
	}
	c.ringing = nil
	q.callers = slices.DeleteFunc(q.callers, func(other *caller) bool { return other == c })
}

func (q *Queue) caller(id CallID) *caller {
	if i := slices.IndexFunc(q.callers, func(c *caller) bool { return c.call == id }); i >= 0 {
		return q.callers[i]
	}
	return nil
}

func (q *Queue) member(user jid.JID) *member {
	if i := slices.IndexFunc(q.members, func(m *member) bool { return m.User == user }); i >= 0 {
		return q.members[i]
	}
	return nil
}

// serves reports whether a member takes calls of the team at all.
func (m *member) serves() bool { return m.In && m.Paused == "" }

// suits reports whether a member has all skills that a caller needs.
func (m *member) suits(needs map[string]int) bool {
	for name, level := range needs {
		if m.skills[name] < level {
			return false
		}
	}
	return true
}

// empty reports whether no member is there who suits: who talks is.
func (q *Queue) empty(needs map[string]int) bool {
	return !slices.ContainsFunc(q.members, func(m *member) bool { return m.serves() && m.phone != Away && m.suits(needs) })
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
