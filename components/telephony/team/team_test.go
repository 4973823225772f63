package team_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

var start = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func user(i int) jid.JID { return jid.MustParse(fmt.Sprintf("u%d@example.org", i)) }

// five is a team of five members, who are all in.
func five(s directory.Strategy) directory.Team {
	t := directory.Team{ID: "t", TeamInput: directory.DefaultTeam()}
	t.Strategy = s
	for i := range 5 {
		m := directory.TeamMember{User: user(i), Weight: i}
		t.Members = append(t.Members, m)
		t.Agents = append(t.Agents, directory.Agent{TeamMember: m, In: true})
	}
	return t
}

// open is its queue, with all telephones idle.
func open(t directory.Team) *team.Queue {
	q := team.New(start, t, rand.New(rand.NewPCG(1, 2)))
	for _, a := range t.Agents {
		q.Phone(start, a.User, team.Idle)
	}
	return q
}

func rung(outs []team.Out) (list []jid.JID) {
	for _, o := range outs {
		if r, ok := o.(team.Ring); ok {
			list = append(list, r.Members...)
		}
	}
	return list
}

// B9: each strategy keeps what it promises over 10,000 calls.
func TestSharesOfStrategies(t *testing.T) {
	const calls = 10_000
	weights := 1 + 1/2. + 1/3. + 1/4. + 1/5.
	equal := []float64{.2, .2, .2, .2, .2}
	for s, want := range map[directory.Strategy][]float64{
		directory.InOrder:          {1, 0, 0, 0, 0},
		directory.LongestIdle:      equal,
		directory.FewestCalls:      equal,
		directory.RandomMember:     equal,
		directory.RandomWeighted:   {1 / weights, 1 / weights / 2, 1 / weights / 3, 1 / weights / 4, 1 / weights / 5},
		directory.RoundRobin:       equal,
		directory.RoundRobinSorted: equal,
	} {
		t.Run(string(s), func(t *testing.T) {
			q, now := open(five(s)), start
			count := make(map[jid.JID]int)
			for i := range calls {
				now = now.Add(time.Minute)
				id := team.CallID(fmt.Sprint(i))
				who := rung(q.Join(now, id, team.Caller{}))
				if len(who) != 1 {
					t.Fatalf("call %d rings %v", i, who)
				}
				count[who[0]]++
				q.Answered(now.Add(time.Second), id, who[0])
				q.Done(now.Add(30*time.Second), id, who[0])
				q.Leave(now.Add(30*time.Second), id)
			}
			for i, share := range want {
				if got := float64(count[user(i)]) / calls; got < share-.05*max(share, .2) || got > share+.05*max(share, .2) {
					t.Errorf("member %d has %.3f of the calls, not %.3f", i, got, share)
				}
			}
		})
	}
}

func TestRingAllRingsAllAndWhoeverGetsFree(t *testing.T) {
	settings := five(directory.RingAll)
	q := open(settings)
	q.Phone(start, user(4), team.Busy)
	if who := rung(q.Join(start, "a", team.Caller{Inside: true})); len(who) != 4 {
		t.Fatalf("%v are rung", who)
	}
	if who := rung(q.Phone(start.Add(time.Second), user(4), team.Idle)); !slices.Equal(who, []jid.JID{user(4)}) {
		t.Errorf("%v are rung when another gets free", who)
	}
}

func TestPriorityComesBeforeStrategy(t *testing.T) {
	settings := five(directory.RingAll)
	settings.Agents[0].Priority, settings.Agents[1].Priority = 2, 2
	q := open(settings)
	if who := rung(q.Join(start, "a", team.Caller{Inside: true})); len(who) != 3 {
		t.Fatalf("%v are rung first", who)
	}
	now := start.Add(20 * time.Second)
	var who []jid.JID
	for i := 2; i < 5; i++ {
		who = append(who, rung(q.Failed(now, "a", user(i), 1))...)
	}
	if !slices.Equal(who, []jid.JID{user(0), user(1)}) {
		t.Errorf("%v are rung next", who)
	}
}

func TestMembersAreLeftAlone(t *testing.T) {
	settings := five(directory.InOrder)
	settings.WrapUp = 60
	q := open(settings)
	for i := 1; i < 5; i++ {
		q.Phone(start, user(i), team.Away)
	}
	q.Join(start, "a", team.Caller{})
	q.Answered(start, "a", user(0))
	q.Done(start.Add(time.Minute), "a", user(0))
	if who := rung(q.Join(start.Add(time.Minute), "b", team.Caller{})); len(who) != 0 {
		t.Fatalf("%v are rung while they wrap up", who)
	}
	if next := q.Next(); !next.Equal(start.Add(2 * time.Minute)) {
		t.Fatalf("next is %v", next)
	}
	if who := rung(q.Tick(q.Next())); !slices.Equal(who, []jid.JID{user(0)}) {
		t.Fatalf("%v are rung then", who)
	}
	at := start.Add(3 * time.Minute)
	q.Failed(at, "b", user(0), 1) // that was another time
	if outs := q.Tick(at); len(outs) > 0 || len(q.Waiting()[0].Rings) != 1 {
		t.Fatalf("what was said of the ringing before has effect: %v", outs)
	}
	q.Failed(at, "b", user(0), 2)
	if next := q.Next(); !next.Equal(at.Add(team.Rest)) {
		t.Fatalf("who did not answer is tried again at %v", next)
	}
	if who := rung(q.Tick(q.Next())); !slices.Equal(who, []jid.JID{user(0)}) {
		t.Fatalf("%v are rung again", who)
	}
}

func TestPausingAndLeavingStopsRinging(t *testing.T) {
	settings := five(directory.InOrder)
	settings.Agents[0].Dynamic = true
	q := open(settings)
	q.Join(start, "a", team.Caller{})
	settings.Agents = slices.Clone(settings.Agents)
	settings.Agents[0].In = false
	outs := q.Configure(start, settings)
	if len(outs) != 2 || outs[0] != (team.Stop{Call: "a", Member: user(0)}) || !slices.Equal(rung(outs), []jid.JID{user(1)}) {
		t.Fatalf("logging out while being rung: %v", outs)
	}
	settings.Agents = slices.Clone(settings.Agents)
	settings.Agents[1].Paused = "7"
	if outs = q.Configure(start, settings); !slices.Equal(rung(outs), []jid.JID{user(2)}) {
		t.Fatalf("pausing while being rung: %v", outs)
	}
	settings.Agents = slices.Delete(slices.Clone(settings.Agents), 2, 3)
	if outs = q.Configure(start, settings); !slices.Equal(rung(outs), []jid.JID{user(3)}) {
		t.Fatalf("leaving the team while being rung: %v", outs)
	}
}

func TestWhoMayWait(t *testing.T) {
	settings := five(directory.InOrder)
	settings.MaxWaiting, settings.LeaveEmpty, settings.InternalTimeout, settings.Announce = 2, true, 30, 10
	q := open(settings)
	q.Join(start, "a", team.Caller{Inside: true})
	q.Join(start, "b", team.Caller{})
	if outs := q.Join(start, "c", team.Caller{}); !slices.Equal(outs, []team.Out{team.Refused{Call: "c", Why: team.Full}}) {
		t.Fatalf("the third: %v", outs)
	}
	if outs := q.Tick(start.Add(10 * time.Second)); !slices.Equal(outs, []team.Out{team.Announce{Call: "a", Position: 1}, team.Announce{Call: "b", Position: 2}}) {
		t.Fatalf("announcements: %v", outs)
	}
	if outs := q.Tick(start.Add(30 * time.Second)); !slices.Contains(outs, team.Out(team.Left{Call: "a", Why: team.TimedOut})) {
		t.Fatalf("after 30 s: %v", outs)
	}
	var outs []team.Out
	for i := range 5 {
		outs = append(outs, q.Phone(start.Add(31*time.Second), user(i), team.Away)...)
	}
	if !slices.Contains(outs, team.Out(team.Left{Call: "b", Why: team.Empty})) {
		t.Fatalf("when all have gone: %v", outs)
	}
	if outs := q.Join(start.Add(32*time.Second), "d", team.Caller{Inside: true}); !slices.Equal(outs, []team.Out{team.Refused{Call: "d", Why: team.Empty}}) {
		t.Fatalf("joining when empty: %v", outs)
	}
}

// B9: who has a higher priority comes before the others, and after those who have the same; a time of his own is what a caller waits.
func TestPriorityAndTimeOfACaller(t *testing.T) {
	settings := five(directory.InOrder)
	settings.Agents, settings.JoinEmpty, settings.ExternalTimeout = nil, true, 30
	q := open(settings)
	for i, as := range []team.Caller{{}, {Priority: 5}, {Priority: 9, Timeout: 10 * time.Second}, {Priority: 5}, {}, {Inside: true, Timeout: time.Minute}} {
		q.Join(start.Add(time.Duration(i)), team.CallID(rune('a'+i)), as)
	}
	waits := func(after time.Duration) (ids string) {
		q.Tick(start.Add(after))
		for _, w := range q.Waiting() {
			ids += string(w.Call)
		}
		return ids
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{time.Second, "cbdaef"}, {11 * time.Second, "bdaef"}, {31 * time.Second, "f"}, {61 * time.Second, ""}} {
		if got := waits(c.after); got != c.want {
			t.Errorf("after %v %q wait, want %q", c.after, got, c.want)
		}
	}
}

func TestDynamicLogInBeginsAnewAndPauseDoesNot(t *testing.T) {
	settings := five(directory.FewestCalls)
	q := open(settings)
	for i := range 10 {
		id := team.CallID(fmt.Sprint(i))
		who := rung(q.Join(start, id, team.Caller{Inside: true}))[0]
		q.Answered(start, id, who)
		q.Leave(start, id)
	}
	set := func(change func(*directory.Agent)) {
		settings.Agents = slices.Clone(settings.Agents)
		change(&settings.Agents[3])
		q.Configure(start, settings)
	}
	set(func(a *directory.Agent) { a.Paused = "1" })
	set(func(a *directory.Agent) { a.Paused = "" })
	if n := q.Calls(user(3)); n != 2 {
		t.Errorf("%d calls are counted after a pause", n)
	}
	set(func(a *directory.Agent) { a.In = false })
	set(func(a *directory.Agent) { a.In = true })
	if n := q.Calls(user(3)); n != 0 {
		t.Errorf("%d calls are counted after logging in", n)
	}
}

// what a team does, seen from afar, and when it is something else by itself.
func TestSum(t *testing.T) {
	form := five(directory.InOrder)
	form.WrapUp = 60
	form.Agents[3].Paused, form.Agents[4].In = "1", false
	q := open(form)
	at := start
	want := func(sentence string, want team.Sum, next time.Duration) {
		t.Helper()
		sum, again := q.Sum(at)
		if sum != want || again.IsZero() != (next == 0) || next != 0 && again != at.Add(next) {
			t.Errorf("%s: %+v, another one at %v", sentence, sum, again)
		}
	}
	want("three are free", team.Sum{In: 4, Paused: 1, Free: 3}, 0)
	q.Phone(at, user(2), team.Away)
	q.Join(at, "a", team.Caller{Inside: true})
	want("one is rung, one is away", team.Sum{In: 4, Paused: 1, Busy: 1, Free: 1, Waiting: 1}, 0)
	q.Answered(at, "a", user(0))
	want("he talks", team.Sum{In: 4, Paused: 1, Busy: 1, Free: 1}, 0)
	at = at.Add(time.Minute)
	q.Done(at, "a", user(0))
	want("he wraps up", team.Sum{In: 4, Paused: 1, Busy: 1, Free: 1}, time.Minute)
	at = at.Add(time.Minute)
	want("he has wrapped up", team.Sum{In: 4, Paused: 1, Free: 2}, 0)
}

// B9: a call that needs a skill rings members alone who have it at that level, whatever the strategy; who has none of them waiting for him is refused, and who
// comes later is served meanwhile.
func TestCallsNeedSkills(t *testing.T) {
	for _, s := range directory.Strategies() {
		settings := five(s)
		settings.LeaveEmpty = true
		q := open(settings)
		for i, level := range []int{0, 3, 2, 5, 0} {
			q.Know(user(i), map[string]int{"spanish": level, "billing": 1})
		}
		needs := map[string]int{"spanish": 3, "billing": 1}
		suits := func(m jid.JID) bool { return m == user(1) || m == user(3) }
		who := rung(q.Join(start, "a", team.Caller{Inside: true, Needs: needs}))
		if len(who) == 0 || slices.ContainsFunc(who, func(m jid.JID) bool { return !suits(m) }) || s == directory.RingAll && len(who) != 2 {
			t.Fatalf("%s: %v are rung", s, who)
		}
		q.Answered(start, "a", who[0])
		other := user(1)
		if who[0] == other {
			other = user(3)
		}
		if got := rung(q.Join(start, "b", team.Caller{Inside: true, Needs: needs})); len(got) != 1 || got[0] != other {
			t.Errorf("%s: for the second %v are rung", s, got)
		}
		q.Answered(start, "b", other)
		if got := rung(q.Join(start, "c", team.Caller{Inside: true, Needs: needs})); len(got) > 0 {
			t.Errorf("%s: %v are rung for who waits", s, got)
		}
		if got := rung(q.Join(start, "d", team.Caller{})); len(got) == 0 {
			t.Errorf("%s: who needs nothing waits behind", s)
		}
		outs := q.Join(start, "e", team.Caller{Needs: map[string]int{"spanish": 6}})
		if !slices.Contains(outs, team.Out(team.Refused{Call: "e", Why: team.Empty})) {
			t.Errorf("%s: whom nobody suits is not refused: %v", s, outs)
		}
		q.Know(user(1), nil)
		q.Know(user(3), nil)
		if outs := q.Tick(start.Add(time.Second)); !slices.Contains(outs, team.Out(team.Left{Call: "c", Why: team.Empty})) {
			t.Errorf("%s: nobody suits any more: %v", s, outs)
		}
	}
}
