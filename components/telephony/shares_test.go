package telephony

import (
	"fmt"
	"math"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// B9: what each strategy promises holds within 5 % for calls that go through everything, from what was dialled to who has answered.
func TestSharesOfCalls(t *testing.T) {
	weights := 1 + 1/2. + 1/3. + 1/4. + 1/5.
	for _, c := range []struct {
		strategy directory.Strategy
		rung     int // for each call
		shares   []float64
	}{
		{directory.RingAll, 5, nil}, // whoever is fastest has the call
		{directory.InOrder, 1, []float64{1, 0, 0, 0, 0}},
		{directory.LongestIdle, 1, []float64{.2, .2, .2, .2, .2}},
		{directory.FewestCalls, 1, []float64{.2, .2, .2, .2, .2}},
		{directory.RandomMember, 1, []float64{.2, .2, .2, .2, .2}},
		{directory.RandomWeighted, 1, []float64{1 / weights, 1 / weights / 2, 1 / weights / 3, 1 / weights / 4, 1 / weights / 5}},
		{directory.RoundRobin, 1, []float64{.2, .2, .2, .2, .2}},
		{directory.RoundRobinSorted, 1, []float64{.2, .2, .2, .2, .2}},
	} {
		t.Run(string(c.strategy), func(t *testing.T) {
			calls := 4000
			if c.strategy == directory.RandomMember || c.strategy == directory.RandomWeighted {
				calls = 20_000 // chance comes within 5 % in the long run only
			}
			w := newTown(t, 1)
			w.quiet, w.teams[0].Strategy = true, c.strategy
			clear(w.gone)
			count := make(map[jid.JID]int)
			for range calls {
				w.now, w.log, w.messages = w.now.Add(time.Minute), nil, 0
				l := w.begin(Caller{Trunk: "a", Number: "+4930"}, "50")
				w.post(true)
				rung := l.machine.Legs()[1:]
				if len(rung) != c.rung {
					t.Fatalf("%d are rung", len(rung))
				}
				leg := rung[w.rnd.IntN(len(rung))]
				user := w.legs.get(leg).User
				w.step(l, leg, call.Answered{})
				w.post(true)
				w.step(l, leg, call.Ended{Reason: call.Success})
				w.post(true)
				count[user]++
			}
			w.ends(false)
			for i, share := range c.shares {
				user := jid.MustParse(fmt.Sprintf("u1%d@example.org", i))
				if got := float64(count[user]) / float64(calls); math.Abs(got-share) > .05*share {
					t.Errorf("%s has %.4f of the calls, not %.4f", user, got, share)
				}
			}
		})
	}
}
