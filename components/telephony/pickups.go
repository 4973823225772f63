package telephony

import (
	"slices"
	"strings"
	"sync"
	"time"

	"plenum/xmppd/jid"
)

// Here is who hears of callers that wait for teams, besides the members who are rung for them: those whom a team has chosen to, who may pick the
// callers up.

// A Pickup is a caller who waits for a team.
type Pickup struct {
	Call         string // as in Calls, for TakeCode
	Team         string // the ID
	TeamName     string
	Extension    string // of the team; *8 with it takes who waits there
	Number, Name string // of the caller; empty when he shows neither
	Since        time.Time
}

// heardOf is a caller, and who is to know of him.
type heardOf struct {
	Pickup
	by []jid.JID
}

// tellOthers says who waits for whom, when that is not as it was before.
func (l *lines) tellOthers() {
	if !l.others || l.wait == nil {
		return
	}
	l.others = false
	list := make([]heardOf, 0, len(l.calls))
	for _, p := range l.calls {
		users, known := l.hears[p.team]
		if !known {
			users = l.teams.Notified(p.team)
			l.hears[p.team] = users
		}
		t, err := l.teams.Get(p.team)
		if err != nil {
			continue
		}
		list = append(list, heardOf{Pickup{p.call.machine.id, t.ID, t.Name, t.Extension, p.caller.Number, p.caller.Name, p.since}, p.without(users)})
	}
	l.wait(list)
}

// without takes the caller himself out of those who hear of him.
func (p place) without(users []jid.JID) []jid.JID {
	if !slices.Contains(users, p.caller.JID.Bare()) {
		return users
	}
	return slices.DeleteFunc(slices.Clone(users), func(user jid.JID) bool { return user == p.caller.JID.Bare() })
}

// pickups are what there is to pick up for each user.
type pickups struct {
	mu       sync.Mutex
	of       map[jid.JID][]Pickup // the oldest first
	teams    map[string][]Pickup  // likewise of each team
	watchers []func(user jid.JID, fresh []Pickup)
	lamps    []func(team string)
}

// take takes all who wait.
func (p *pickups) take(all []heardOf) {
	slices.SortFunc(all, func(a, b heardOf) int { return strings.Compare(a.Call, b.Call) }) // IDs grow with time
	now, teams := make(map[jid.JID][]Pickup), make(map[string][]Pickup)
	for _, one := range all {
		teams[one.Team] = append(teams[one.Team], one.Pickup)
		for _, user := range one.by {
			now[user] = append(now[user], one.Pickup)
		}
	}
	p.mu.Lock()
	before, waited := p.of, p.teams
	p.of, p.teams = now, teams
	p.mu.Unlock()
	changed(waited, teams, func(team string, _ []Pickup) {
		for _, fn := range p.lamps {
			fn(team)
		}
	})
	changed(before, now, func(user jid.JID, fresh []Pickup) {
		for _, fn := range p.watchers {
			fn(user, fresh)
		}
	})
}

// all are those of everybody.
func (p *pickups) all() map[jid.JID][]Pickup {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of // is replaced, never changed
}

// changed calls tell for what has others to be picked up than before, with those that are new.
func changed[K comparable](before, now map[K][]Pickup, tell func(K, []Pickup)) {
	for k, list := range now {
		if !slices.Equal(before[k], list) {
			tell(k, slices.DeleteFunc(slices.Clone(list), func(p Pickup) bool { return slices.Contains(before[k], p) }))
		}
	}
	for k := range before {
		if len(now[k]) == 0 {
			tell(k, nil)
		}
	}
}

// Pickups are the callers of teams of whom a user is to know that he may pick them up, the oldest first.
func (s *Service) Pickups(user jid.JID) []Pickup {
	s.pickups.mu.Lock()
	defer s.pickups.mu.Unlock()
	return slices.Clone(s.pickups.of[user.Bare()])
}

// OnPickups has fn told for whom there are others to be picked up than before, and who of them is new. fn must not block. It is called before the
// server starts.
func (s *Service) OnPickups(fn func(user jid.JID, fresh []Pickup)) {
	s.pickups.watchers = append(s.pickups.watchers, fn)
}

// Waiting are the callers of a team, the oldest first.
func (s *Service) Waiting(team string) []Pickup {
	s.pickups.mu.Lock()
	defer s.pickups.mu.Unlock()
	return slices.Clone(s.pickups.teams[team])
}

// OnWaiting has fn told for which team others wait than before. fn must not block. It is called before the server starts.
func (s *Service) OnWaiting(fn func(team string)) { s.pickups.lamps = append(s.pickups.lamps, fn) }
