package call_test

import (
	"testing"
	"time"

	"plenum/components/call"
)

func more(branches ...call.Branch) call.Dial { return call.Dial{Branches: branches, Add: true} }

func TestWhoWaitsHearsMusicWhileOthersAreRung(t *testing.T) {
	place := branch("place", 0, 0)
	place.Announces = true
	nurse := branch("nurse", 0, 20*time.Second)
	nurse.Group = "nurse"
	tell(t, call.Config{}).
		event("", call.Accept{Sound: call.Music}, "romeo answer", "romeo hears music").
		after(time.Hour).tick(). // for as long as he likes
		event("", more(branch("juliet", 0, 20*time.Second)), "place juliet for Romeo").
		event("juliet", call.Ringing{}).
		event("", more(nurse), "place nurse for Romeo").
		event("", more(place), "place place for Romeo").
		event("place", call.Ringing{Early: true}, "romeo hears place").
		event("place", call.Ended{Reason: call.Finished}, "romeo hears music").
		event("", call.Withdraw{Group: "nurse", Reason: call.Cancelled}, "hang up nurse: cancelled").
		after(20*time.Second).tick("hang up juliet: no answer", "exhausted: no answer").
		event("", call.Accept{Sound: call.Music}).
		after(time.Hour).tick().
		event("", more(branch("abbot", 0, 20*time.Second)), "place abbot for Romeo").
		event("abbot", call.Answered{}, "romeo talks to Abbot", "romeo hears abbot", "abbot hears romeo").
		event("", more(branch("late", 0, 0))) // has crossed the answer
}
