package telephony

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd/actor"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Teams knows the teams and what their members do. It answers from memory.
type Teams interface {
	// AtExtension is the team whose extension this is.
	AtExtension(extension string) (directory.Team, bool)
	// Get is a team by its ID.
	Get(id string) (directory.Team, error)
	// Notified are the users who are to hear of a caller that waits for a team.
	Notified(id string) []jid.JID
}

const (
	// linesInbox is how many events of lines may wait: some ten for each call that there can be.
	linesInbox = 1 << 20
	// lookInterval is how often it is looked who of the members can be called, while somebody waits: XMPP clients do not say when they come.
	lookInterval = 2 * time.Second
)

// lines has the lines of all teams. One goroutine owns them.
type lines struct {
	lineWorld
	inbox *actor.Inbox[lineMessage]
	timer *time.Timer

	// Of the goroutine that runs.
	queues map[string]*team.Queue
	order  []string // of the queues: those with the greater weight first
	calls  map[team.CallID]place
	rings  map[jid.JID]string   // by which team somebody is rung
	hears  map[string][]jid.JID // who is to hear of callers of a team, as far as that was asked
	others bool                 // wait others than were told of, or others are to hear of them
	sums   lineSums
}

// A lineWorld is what lines know of the rest.
type lineWorld struct {
	teams Teams
	phone func(user jid.JID) team.Phone // what his telephones do
	// skills are the levels of what a user can, by name.
	skills func(user jid.JID) map[string]int
	now    func() time.Time
	tell   func(*liveCall, call.Event) // one that has ended leaves the line by itself
	moved  func()                      // hears when something may have changed
	stood  func(id string, s team.Sum) // hears what a line does as a whole, when that is something else than before
	// wait hears of all who wait, with those who may pick them up and are to know it, when that has changed.
	wait func([]heardOf)
	// chance is where a line has its chances from.
	chance func() *rand.Rand
}

// A lineMessage is what comes to the goroutine of lines.
type lineMessage interface{ apply(*lines) }

// A place is where a call waits.
type place struct {
	team   string
	call   *liveCall
	caller call.Party
	since  time.Time
}

// A lineEvent is what a call tells the line that it is in.
type lineEvent struct {
	team string
	id   team.CallID
	do   lineDoing
}

// A lineDoing is what happens in a line.
type lineDoing interface {
	step(q *team.Queue, now time.Time, id team.CallID) []team.Out
}

type (
	join struct {
		call   *liveCall
		caller call.Party
		as     team.Caller
	}
	leave    struct{}
	answered struct{ user jid.JID }
	failed   struct {
		user   jid.JID
		number int // of the ringing
	}
	done struct{ user jid.JID }
)

func (d join) step(q *team.Queue, now time.Time, id team.CallID) []team.Out {
	return q.Join(now, id, d.as)
}

func (leave) step(q *team.Queue, now time.Time, id team.CallID) []team.Out { return q.Leave(now, id) }

func (d answered) step(q *team.Queue, now time.Time, id team.CallID) []team.Out {
	return q.Answered(now, id, d.user)
}

func (d failed) step(q *team.Queue, now time.Time, id team.CallID) []team.Out {
	return q.Failed(now, id, d.user, d.number)
}

func (d done) step(q *team.Queue, now time.Time, id team.CallID) []team.Out {
	return q.Done(now, id, d.user)
}

// Events of the rest of the world.
type (
	lineTick    struct{}
	teamChanged struct{ id string }    // empty: any may have
	phoneMoved  struct{ user jid.JID } // zero: anybody's may have
	lineLook    struct {
		id     string
		answer chan<- TeamState
	}
)

func newLines(w lineWorld) *lines {
	return &lines{
		lineWorld: w, inbox: actor.NewInbox[lineMessage](linesInbox), queues: make(map[string]*team.Queue), calls: make(map[team.CallID]place),
		rings: make(map[jid.JID]string), hears: make(map[string][]jid.JID), sums: newLineSums(),
	}
}

func (s *Service) lineWorld() lineWorld {
	return lineWorld{
		teams: s.Teams, phone: s.memberPhone, skills: s.People.Skills, now: time.Now, tell: func(c *liveCall, e call.Event) { c.runner.Post(e) }, moved: s.teamsMoved, stood: s.teamFaces.stood, wait: s.pickups.take,
		chance: func() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) },
	}
}

func (l *lines) run(ctx context.Context) {
	l.timer = time.AfterFunc(time.Hour, func() { l.inbox.Post(lineTick{}) })
	defer l.timer.Stop()
	for e := range l.inbox.All(ctx) {
		e.apply(l)
		l.sumUp()
		l.setTimer()
		l.tellOthers()
		switch e.(type) {
		case lineLook, lineSum:
		default:
			l.moved()
		}
	}
}

// setTimer has the lines looked after when one of them wants to.
func (l *lines) setTimer() {
	var next time.Time
	for _, id := range l.busy() {
		if at := l.queues[id].Next(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if look := l.now().Add(lookInterval); len(l.calls) > 0 && (next.IsZero() || look.Before(next)) {
		next = look
	}
	if at := l.sums.next(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
		next = at
	}
	l.timer.Stop()
	if !next.IsZero() {
		l.timer.Reset(time.Until(next))
	}
}

// busy are the teams in whose lines somebody waits, in the order in which they come to members who are in several.
func (l *lines) busy() []string {
	waits := make(map[string]bool)
	for _, p := range l.calls {
		waits[p.team] = true
	}
	return slices.DeleteFunc(slices.Clone(l.order), func(id string) bool { return !waits[id] })
}

// sort puts the lines in their order.
func (l *lines) sort() {
	l.order = slices.SortedFunc(maps.Keys(l.queues), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.queues[b].Weight(), l.queues[a].Weight()), cmp.Compare(a, b))
	})
}

// queue is the line of a team, made when it is first needed; nil when there is no such team.
func (l *lines) queue(id string) *team.Queue {
	if q := l.queues[id]; q != nil {
		return q
	}
	t, err := l.teams.Get(id)
	if err != nil {
		return nil
	}
	q := team.New(l.now(), t, l.chance())
	l.queues[id] = q
	l.sort()
	l.look(id, q)
	return q
}

func (e lineEvent) apply(l *lines) {
	q := l.queue(e.team)
	if j, joins := e.do.(join); joins {
		if q == nil { // it has just been deleted
			l.tell(j.call, lineLeft{id: e.id, why: team.Empty})
			return
		}
		l.calls[e.id] = place{e.team, j.call, j.caller, l.now()}
		l.others = true
		l.look(e.team, q)
	} else if q == nil {
		return
	}
	l.carryOut(e.team, e.do.step(q, l.now(), e.id))
	switch e.do.(type) {
	case leave, answered:
		l.forget(e.id)
	}
	l.share()
}

func (lineTick) apply(l *lines) {
	for _, id := range l.busy() {
		q := l.queues[id]
		l.look(id, q)
		l.carryOut(id, q.Tick(l.now()))
	}
	l.share()
}

func (e teamChanged) apply(l *lines) {
	delete(l.hears, e.id)
	if l.others = true; e.id == "" {
		clear(l.hears)
	}
	for _, id := range slices.Clone(l.order) {
		q := l.queues[id]
		if e.id != "" && e.id != id {
			continue
		}
		t, err := l.teams.Get(id)
		if err != nil { // who waits goes on as if nobody were there
			t = directory.Team{ID: id, TeamInput: directory.TeamInput{LeaveEmpty: true}}
			delete(l.queues, id)
			l.sums.forget(id)
		}
		l.carryOut(id, q.Configure(l.now(), t))
		if err == nil {
			l.look(id, q)
		}
	}
	l.sort()
	l.share()
}

func (e phoneMoved) apply(l *lines) {
	for _, id := range l.order {
		q := l.queues[id]
		if e.user.IsZero() {
			l.look(id, q)
		} else {
			l.carryOut(id, q.Phone(l.now(), e.user, l.phone(e.user)))
		}
	}
	l.share()
}

// look brings what the telephones of a team's members do up to date.
func (l *lines) look(id string, q *team.Queue) {
	for _, user := range q.Members() {
		q.Engage(user, l.rings[user] != "" && l.rings[user] != id)
		q.Know(user, l.skills(user))
	}
	for _, user := range q.Members() {
		l.carryOut(id, q.Phone(l.now(), user, l.phone(user)))
	}
}

// share lets teams ring those whom another team rings no more.
func (l *lines) share() {
	for {
		now := make(map[jid.JID]bool)
		for _, id := range l.busy() {
			for _, w := range l.queues[id].Waiting() {
				for _, user := range w.Rings {
					now[user] = true
				}
			}
		}
		free := false
		for user := range l.rings {
			if now[user] {
				continue
			}
			delete(l.rings, user)
			free = true
			for id, q := range l.queues {
				q.Engage(user, false)
				l.sums.touch(id)
			}
		}
		if !free {
			return
		}
		for _, id := range l.busy() {
			l.carryOut(id, l.queues[id].Tick(l.now()))
		}
	}
}

// carryOut passes on to calls what a line wants.
func (l *lines) carryOut(id string, outs []team.Out) {
	l.sums.touch(id)
	for _, out := range outs {
		if ring, ok := out.(team.Ring); ok {
			for _, user := range ring.Members {
				l.ringing(id, user)
			}
		}
	}
	for _, out := range outs {
		switch o := out.(type) {
		case team.Joined:
			l.say(o.Call, lineJoined{id: o.Call})
		case team.Ring:
			l.say(o.Call, lineRings{id: o.Call, members: o.Members, timeout: o.Timeout, number: o.Number})
		case team.Stop:
			l.say(o.Call, lineStops{id: o.Call, member: o.Member})
		case team.Announce:
			l.say(o.Call, lineTells{id: o.Call, position: o.Position})
		case team.Refused:
			l.say(o.Call, lineLeft{id: o.Call, why: o.Why, out: true})
			l.forget(o.Call)
		case team.Left:
			l.say(o.Call, lineLeft{id: o.Call, why: o.Why})
			l.forget(o.Call)
		}
	}
}

// forget takes a call out that waits no more.
func (l *lines) forget(id team.CallID) {
	delete(l.calls, id)
	l.others = true
}

// ringing keeps other teams from ringing a member from now on.
func (l *lines) ringing(by string, user jid.JID) {
	l.rings[user] = by
	for id, q := range l.queues {
		q.Engage(user, id != by)
		l.sums.touch(id)
	}
}

func (l *lines) say(id team.CallID, e call.Event) {
	if p, ok := l.calls[id]; ok {
		l.tell(p.call, e)
	}
}

// A TeamState is what goes on in a team.
type TeamState struct {
	Waiting []TeamCaller // the next one first
	Members map[jid.JID]TeamMember
}

// A TeamCaller is one who waits.
type TeamCaller struct {
	Call         string // as in Calls
	Number, Name string
	Since        time.Time
	Rings        []jid.JID      // who is rung for him
	Needs        map[string]int // levels of skills, by name
}

// A TeamMember is what a member does.
type TeamMember struct {
	Doing team.Doing
	Calls int // of the team, since he is in
}

func (e lineLook) apply(l *lines) {
	var s TeamState
	if q := l.queue(e.id); q != nil {
		l.look(e.id, q)
		s.Members = make(map[jid.JID]TeamMember)
		for _, user := range q.Members() {
			s.Members[user] = TeamMember{q.Doing(l.now(), user), q.Calls(user)}
		}
		for _, w := range q.Waiting() {
			c := TeamCaller{Since: w.Since, Rings: w.Rings, Needs: w.Needs}
			if p, ok := l.calls[w.Call]; ok {
				if shown := p.call.shown.Load(); shown != nil {
					c.Call, c.Number, c.Name = shown.ID, shown.Caller.Number, shown.Caller.Name
				}
			}
			s.Waiting = append(s.Waiting, c)
		}
	}
	e.answer <- s
}

// TeamState is what goes on in a team now, as far as this node has its calls; fault.NotFound when there is no such team.
func (s *Service) TeamState(ctx context.Context, id string) (TeamState, error) {
	if s.Teams == nil {
		return TeamState{}, fault.New(fault.NotFound, "there are no teams")
	}
	if _, err := s.Teams.Get(id); err != nil {
		return TeamState{}, err
	}
	answer := make(chan TeamState, 1)
	if !s.lines.inbox.Post(lineLook{id, answer}) {
		return TeamState{}, fault.New(fault.Unavailable, "too much goes on in teams")
	}
	select {
	case state := <-answer:
		return state, nil
	case <-ctx.Done():
		return TeamState{}, ctx.Err()
	case <-s.ctx.Done():
		return TeamState{}, fault.New(fault.Unavailable, "the server is being stopped")
	}
}

// TeamChanged says that a team, or what its members do, is another than before; of any with an empty ID.
func (s *Service) TeamChanged(id string) {
	s.lines.inbox.Post(teamChanged{id})
	s.teamFaces.inbox.Post(faceTurned{team: id})
}

// memberPhone is what a user's telephones do. Who is silent has none, nor has one of whom nothing rings for teams.
func (s *Service) memberPhone(user jid.JID) team.Phone {
	u, ok := s.People.Get(user)
	switch {
	case !ok || u.Silent:
		return team.Away
	case s.PhoneState(user).Doing > Free:
		return team.Busy
	case len(s.plan.ways(dialler{}, u, directory.RingQueue)) == 0:
		return team.Away
	}
	return team.Idle
}
