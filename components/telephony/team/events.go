package team

import (
	"cmp"
	"slices"
	"time"

	"plenum/xmppd/jid"
)

// A Caller is how somebody comes to wait.
type Caller struct {
	Inside   bool
	Priority int            // he comes before those with a lower one
	Timeout  time.Duration  // how long he waits; 0: as the team says
	Needs    map[string]int // levels of skills, by name, that who is rung has at least; it is kept
}

// Join has somebody wait who calls the team.
func (q *Queue) Join(now time.Time, id CallID, as Caller) []Out {
	q.begin(now)
	switch {
	case q.caller(id) != nil:
	case q.team.MaxWaiting > 0 && len(q.callers) >= q.team.MaxWaiting:
		q.outs = append(q.outs, Refused{id, Full})
	case !q.team.JoinEmpty && q.empty(as.Needs):
		q.outs = append(q.outs, Refused{id, Empty})
	default:
		c := &caller{call: id, priority: as.Priority, needs: as.Needs, joined: now, tried: make(map[jid.JID]bool)}
		limit := as.Timeout
		switch {
		case limit > 0:
		case as.Inside:
			limit = seconds(q.team.InternalTimeout)
		default:
			limit = seconds(q.team.ExternalTimeout)
		}
		if limit > 0 {
			c.deadline = now.Add(limit)
		}
		c.announce = q.firstAnnouncement(c)
		at := len(q.callers)
		for at > 0 && q.callers[at-1].priority < c.priority {
			at--
		}
		q.callers = slices.Insert(q.callers, at, c)
		q.outs = append(q.outs, Joined{id})
	}
	return q.finish()
}

// firstAnnouncement is when a caller is told his position next.
func (q *Queue) firstAnnouncement(c *caller) time.Time {
	if q.team.Announce == 0 {
		return time.Time{}
	}
	next := c.joined.Add(seconds(q.team.Announce))
	for !next.After(q.now) {
		next = next.Add(seconds(q.team.Announce))
	}
	return next
}

// Leave says that a caller waits no more: he has hung up, or is elsewhere. It also frees who had been given his call.
func (q *Queue) Leave(now time.Time, id CallID) []Out {
	q.begin(now)
	if c := q.caller(id); c != nil {
		q.remove(c)
	}
	for _, m := range q.members {
		if m.call == id {
			q.done(m)
		}
	}
	return q.finish()
}

// Answered says that a member has taken a call.
func (q *Queue) Answered(now time.Time, id CallID, user jid.JID) []Out {
	q.begin(now)
	if c := q.caller(id); c != nil {
		q.remove(c)
	}
	if m := q.member(user); m != nil {
		m.call = id
		m.calls++
	}
	return q.finish()
}

// Failed says that a member who was rung has not taken the call. One who has been rung anew since is not meant.
func (q *Queue) Failed(now time.Time, id CallID, user jid.JID, number int) []Out {
	q.begin(now)
	if m := q.member(user); m != nil && m.rings == id && m.number == number {
		q.unring(m)
		m.rested = now.Add(Rest)
		if c := q.caller(id); c != nil {
			c.tried[user] = true
		}
	}
	return q.finish()
}

// Done says that a member talks to who has called the team no more. He wraps up.
func (q *Queue) Done(now time.Time, id CallID, user jid.JID) []Out {
	q.begin(now)
	if m := q.member(user); m != nil && m.call == id {
		q.done(m)
	}
	return q.finish()
}

func (q *Queue) done(m *member) {
	m.call, m.ended, m.wrapped = "", q.now, q.now.Add(seconds(q.team.WrapUp))
}

// Phone says what the telephones of a user do.
func (q *Queue) Phone(now time.Time, user jid.JID, p Phone) []Out {
	q.begin(now)
	if m := q.member(user); m != nil {
		m.phone = p
	}
	return q.finish()
}

// Engage notes whether another team rings a user. What follows from that waits for the next Tick.
func (q *Queue) Engage(user jid.JID, on bool) {
	if m := q.member(user); m != nil {
		m.engaged = on
	}
}

// Know notes the levels of a user's skills, by name. The map is kept. What follows from that waits for the next Tick or Phone.
func (q *Queue) Know(user jid.JID, skills map[string]int) {
	if m := q.member(user); m != nil {
		m.skills = skills
	}
}

// Tick does what was due until now.
func (q *Queue) Tick(now time.Time) []Out {
	q.begin(now)
	return q.finish()
}

// Next is when Tick is to be called at the latest, if nothing else has happened. Zero is never.
func (q *Queue) Next() time.Time {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(q.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, c := range q.callers {
		consider(c.deadline)
		consider(c.announce)
	}
	if len(q.callers) > 0 {
		for _, m := range q.members {
			consider(m.wrapped)
			consider(m.rested)
		}
	}
	return next
}

// Members are the members, in the order of the team's list.
func (q *Queue) Members() []jid.JID {
	list := make([]jid.JID, len(q.members))
	for i, m := range q.members {
		list[i] = m.User
	}
	return list
}

// A Waiting is one who waits.
type Waiting struct {
	Call  CallID
	Since time.Time
	Rings []jid.JID // who is rung for him
	Needs map[string]int
}

// Waiting are those who wait, the next one first.
func (q *Queue) Waiting() []Waiting {
	list := make([]Waiting, len(q.callers))
	for i, c := range q.callers {
		list[i] = Waiting{Call: c.call, Since: c.joined, Needs: c.needs}
		for _, m := range c.ringing {
			list[i].Rings = append(list[i].Rings, m.User)
		}
	}
	return list
}

// A Doing is what a member does in the team.
type Doing string

const (
	LoggedOut Doing = "out"     // not logged in
	Paused    Doing = "paused"  // for a reason
	Absent    Doing = "absent"  // no telephone of his can be called
	Free      Doing = "free"    // can be rung
	Ringing   Doing = "ringing" // is rung
	Talking   Doing = "talking" // has a call of the team
	Occupied  Doing = "busy"    // has another call
	WrappedUp Doing = "wrapup"  // is left alone after a call
)

// Doing is what a member does; empty for who is none.
func (q *Queue) Doing(now time.Time, user jid.JID) Doing {
	if m := q.member(user); m != nil {
		return m.doing(now)
	}
	return ""
}

func (m *member) doing(now time.Time) Doing {
	switch {
	case m.call != "":
		return Talking
	case !m.In:
		return LoggedOut
	case m.Paused != "":
		return Paused
	case m.rings != "":
		return Ringing
	case m.phone == Away:
		return Absent
	case m.phone == Busy || m.engaged:
		return Occupied
	case m.wrapped.After(now):
		return WrappedUp
	}
	return Free
}

// A Sum is what a team does, seen from afar.
type Sum struct {
	In      int // members who have logged in
	Paused  int // of them, those who pause
	Busy    int // who are rung, talk or wrap up
	Free    int // who can be rung
	Waiting int // callers
}

// Sum is what the team does. It is another one without an event at next, when somebody has wrapped up; zero is never.
func (q *Queue) Sum(now time.Time) (s Sum, next time.Time) {
	s.Waiting = len(q.callers)
	for _, m := range q.members {
		doing := m.doing(now)
		if m.In {
			s.In++
		}
		s.Count(doing)
		if doing == WrappedUp && (next.IsZero() || m.wrapped.Before(next)) {
			next = m.wrapped
		}
	}
	return s, next
}

// Count adds what a member does.
func (s *Sum) Count(doing Doing) {
	switch doing {
	case Paused:
		s.Paused++
	case Free:
		s.Free++
	case Ringing, Talking, Occupied, WrappedUp:
		s.Busy++
	}
}

// Calls is how many calls a member has had since he is in.
func (q *Queue) Calls(user jid.JID) int {
	return cmp.Or(q.member(user), &member{}).calls
}
