package telephony

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"plenum/components/call"
)

// ends brings everything to an end: by force, or by time alone.
func (w *town) ends(byTime bool) {
	for rounds := 0; len(w.calls) > 0; rounds++ {
		w.messages = 0
		w.post(true)
		if !byTime {
			for _, l := range slices.Clone(w.calls) {
				w.step(l, "", call.Drop{Reason: call.Removed})
			}
			continue
		}
		if rounds > 2*int(longest/time.Second) {
			w.fail("time does not end %v", w.calls)
		}
		w.passes(time.Second)
	}
	w.messages = 0
	w.post(true)
	if len(w.alive) > 0 || len(w.legs.all) > 0 || len(w.legs.inCall) > 0 || len(w.does) > 0 {
		w.fail("left behind: %v, %v, %v", w.alive, w.legs.all, w.does)
	}
	if len(w.lines.rings) > 0 {
		w.fail("%v are rung for nobody", w.lines.rings)
	}
	for _, q := range w.lines.queues {
		if next := q.Next(); !next.IsZero() {
			w.fail("nobody waits, and something is to happen at %v", next)
		}
	}
	for _, r := range w.rows {
		if r.Result == ResultOpen || r.Ended.Before(r.Began) {
			w.fail("a record stays open: %+v", r)
		}
	}
}

// histories is how many courses of a town are played; the race detector makes each ten times as slow.
func histories() uint64 {
	if raced || testing.Short() {
		return 4000
	}
	return 100_000
}

// Whatever happens: each call has one winner, each leg one end, each record one, nothing goes on for ever, nothing is left behind, and calls and lines
// agree on who waits and who is rung for him.
func TestCallsOfATown(t *testing.T) {
	const parts = 4
	began, each := time.Now(), histories()/parts
	var seen [parts]struct {
		results                                                  map[Result]int
		ways                                                     map[Via]int
		handed, circles, answered, sentAway, picked, endedByTime int
		lists, chosen, byAction                                  int
	}
	t.Run("in parts", func(t *testing.T) {
		for part := range uint64(parts) {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				s := &seen[part]
				s.results, s.ways = map[Result]int{}, map[Via]int{}
				for seed := part * each; seed < (part+1)*each; seed++ {
					w := newTown(t, seed)
					for range 26 {
						w.act()
					}
					byTime := seed%16 == 0
					w.ends(byTime)
					for _, r := range w.rows {
						s.results[r.Result]++
						s.ways[r.Via]++
						if r.By == ByAction && r.Via == ViaForward {
							s.byAction++
						}
					}
					s.handed, s.circles = s.handed+w.handed, s.circles+w.circles
					s.lists, s.chosen = s.lists+w.acted, s.chosen+w.chosen
					s.answered, s.sentAway, s.picked = s.answered+w.served[0], s.sentAway+w.served[1], s.picked+w.served[2]
					if byTime {
						s.endedByTime++
					}
				}
			})
		}
	})
	sum := &seen[0]
	for i := 1; i < parts; i++ {
		s := &seen[i]
		for r, n := range s.results {
			sum.results[r] += n
		}
		for v, n := range s.ways {
			sum.ways[v] += n
		}
		sum.handed, sum.circles, sum.answered = sum.handed+s.handed, sum.circles+s.circles, sum.answered+s.answered
		sum.lists, sum.chosen, sum.byAction = sum.lists+s.lists, sum.chosen+s.chosen, sum.byAction+s.byAction
		sum.sentAway, sum.picked, sum.endedByTime = sum.sentAway+s.sentAway, sum.picked+s.picked, sum.endedByTime+s.endedByTime
	}
	t.Logf("%d histories in %v: %+v", each*parts, time.Since(began).Round(time.Second), *sum)
	for what, n := range map[string]int{
		"calls from hand to hand": sum.handed, "conversations": sum.results[ResultHangup], "calls in vain": sum.results[ResultNoAnswer],
		"transfers": sum.results[ResultTransfer], "pickups": sum.ways[ViaPickup], "circles of forwards": sum.circles, "callers of teams who are served": sum.answered,
		"callers of teams who are sent away": sum.sentAway, "callers of teams who are picked up": sum.picked, "histories ended by time": sum.endedByTime,
		"calls passed on by actions": sum.byAction, "lists of actions": sum.lists, "entries of menus that are chosen": sum.chosen,
	} {
		if n < int(each)/50 {
			t.Errorf("only %d %s: not enough to show something", n, what)
		}
	}
}
