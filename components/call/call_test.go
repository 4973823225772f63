package call_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"plenum/components/call"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A story plays events into a call and compares the orders with what is written.
type story struct {
	*testing.T
	call *call.Call
	now  time.Time
}

func tell(t *testing.T, c call.Config) *story {
	t.Helper()
	if c.Caller == "" {
		c.Caller, c.Party = "romeo", call.Party{Name: "Romeo"}
	}
	return &story{t, call.New(start, c), start}
}

// after lets time pass.
func (s *story) after(d time.Duration) *story {
	s.now = s.now.Add(d)
	return s
}

// event brings an event of a leg, or of the owner for "", and wants these orders, one a line.
func (s *story) event(from call.LegID, e call.Event, want ...string) *story {
	s.Helper()
	var got []string
	for _, o := range s.call.Step(s.now, from, e) {
		got = append(got, render(o))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.Fatalf("%s %T%+v at %v\n  orders %q\n  want   %q", from, e, e, s.now.Sub(start), got, want)
	}
	return s
}

func (s *story) tick(want ...string) *story {
	s.Helper()
	return s.event("", call.Tick{}, want...)
}

func render(o call.Order) string {
	leg := string(o.Leg)
	switch c := o.Command.(type) {
	case call.Place:
		return fmt.Sprintf("place %s for %s", leg, c.From.Name)
	case call.Hear:
		if c.From != "" {
			return fmt.Sprintf("%s hears %s", leg, c.From)
		}
		return fmt.Sprintf("%s hears %s", leg, c.Sound)
	case call.Hangup:
		return fmt.Sprintf("hang up %s: %s", leg, c.Reason)
	case call.Identify:
		return fmt.Sprintf("%s talks to %s", leg, c.Party.Name)
	case call.Ring:
		if c.Early {
			return leg + " rings early"
		}
		return leg + " rings"
	case call.Prefer:
		return fmt.Sprintf("%s prefers %v", leg, c.Codecs)
	case call.SendDTMF:
		return fmt.Sprintf("%s gets %s", leg, c.Keys)
	case call.Exhausted:
		return "exhausted: " + c.Reason.String()
	case call.Over:
		return "over: " + c.Reason.String()
	case call.TransferResult:
		return fmt.Sprintf("%s transferred %v", leg, c.Done)
	}
	return leg + " " + strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", o.Command), "call."))
}

func branch(leg call.LegID, start, ring time.Duration) call.Branch {
	return call.Branch{Leg: leg, Party: call.Party{Name: strings.ToUpper(string(leg[:1])) + string(leg[1:])}, Start: start, Ring: ring}
}

func dial(branches ...call.Branch) call.Dial { return call.Dial{Branches: branches} }

// talking is a story in which Romeo, the caller, talks to Juliet.
func talking(t *testing.T) *story {
	t.Helper()
	return tell(t, call.Config{}).
		event("", dial(branch("juliet", 0, 0)), "place juliet for Romeo").
		event("juliet", call.Ringing{}, "romeo rings").
		after(3*time.Second).
		event("juliet", call.Answered{}, "romeo answer", "romeo talks to Juliet", "romeo hears juliet", "juliet hears romeo")
}

func TestWhoAnswersFirstWins(t *testing.T) {
	tell(t, call.Config{}).
		event("", dial(branch("desk", 0, 0), branch("mobile", 0, 0), branch("late", 20*time.Second, 0)),
			"place desk for Romeo", "place mobile for Romeo").
		event("desk", call.Ringing{}, "romeo rings").
		event("mobile", call.Ringing{}).
		after(5*time.Second).
		event("mobile", call.Answered{}, "hang up desk: answered elsewhere", "romeo answer", "romeo talks to Mobile",
						"romeo hears mobile", "mobile hears romeo").
		event("desk", call.Answered{}). // has crossed
		event("desk", call.Ended{}).
		after(time.Hour).
		tick().
		event("mobile", call.Ended{Reason: call.Success}, "hang up romeo: success", "over: success")
}

func TestBranchesStartInTurnAndRingTheirTime(t *testing.T) {
	s := tell(t, call.Config{}).
		event("", dial(branch("desk", 0, 15*time.Second), branch("mobile", 5*time.Second, 20*time.Second)), "place desk for Romeo").
		event("desk", call.Ringing{}, "romeo rings")
	if next := s.call.Next(); !next.Equal(start.Add(5 * time.Second)) {
		t.Errorf("next step after %v", next.Sub(start))
	}
	s.after(5*time.Second).tick("place mobile for Romeo").
		after(10*time.Second).tick("hang up desk: no answer").
		after(9*time.Second).tick().
		after(time.Second).tick("hang up mobile: no answer", "exhausted: no answer").
		event("", dial(branch("voicemail", 0, 0)), "place voicemail for Romeo").
		event("voicemail", call.Answered{}, "romeo answer", "romeo talks to Voicemail", "romeo hears voicemail", "voicemail hears romeo")
}

func TestAllThatWasDueIsDoneInOrder(t *testing.T) {
	tell(t, call.Config{}).
		event("", dial(branch("desk", 0, 15*time.Second), branch("mobile", 5*time.Second, 5*time.Second)), "place desk for Romeo").
		after(time.Minute).
		tick("place mobile for Romeo", "hang up mobile: no answer", "hang up desk: no answer", "exhausted: no answer", "hang up romeo: no answer", "over: no answer")
}

func TestTheBestReasonIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		reasons []call.Reason
		want    string
	}{
		"busy tells more than unreachable":    {[]call.Reason{call.Unavailable, call.Busy, call.NotFound}, "busy"},
		"declined tells more than busy":       {[]call.Reason{call.Busy, call.Declined}, "declined"},
		"no answer tells more than not found": {[]call.Reason{call.NotFound, call.NoAnswer}, "no answer"},
		"anything tells more than failed":     {[]call.Reason{call.Failed, call.MediaLost}, "media lost"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, call.Config{})
			var branches []call.Branch
			var places []string
			for i := range c.reasons {
				id := call.LegID(fmt.Sprintf("b%d", i))
				branches = append(branches, branch(id, 0, 0))
				places = append(places, fmt.Sprintf("place %s for Romeo", id))
			}
			s.event("", dial(branches...), places...)
			for i, r := range c.reasons {
				var want []string
				if i == len(c.reasons)-1 {
					want = []string{"exhausted: " + c.want}
				}
				s.event(call.LegID(fmt.Sprintf("b%d", i)), call.Ended{Reason: r}, want...)
			}
			s.after(call.DecideTime-time.Millisecond).tick().
				after(time.Millisecond).tick("hang up romeo: "+c.want, "over: "+c.want)
		})
	}
}

func TestNobodyToDial(t *testing.T) {
	tell(t, call.Config{}).event("", dial(), "exhausted: not found")
}

func TestAnEagerPlanDoesNotWaitForWhatHasFailed(t *testing.T) {
	plan := []call.Branch{branch("desk", 0, 0), branch("mobile", 20*time.Second, 0), branch("home", 25*time.Second, 0)}
	tell(t, call.Config{}).
		event("", call.Dial{Branches: plan, Eager: true}, "place desk for Romeo").
		after(time.Second).
		event("desk", call.Ended{Reason: call.Busy}, "place mobile for Romeo").
		after(5 * time.Second).
		tick("place home for Romeo")
	tell(t, call.Config{}).
		event("", call.Dial{Branches: plan}, "place desk for Romeo").
		event("desk", call.Ended{Reason: call.Busy}, "romeo rings").
		after(20 * time.Second).
		tick("place mobile for Romeo")
}

// as long as nobody rings yet, the caller hears that somebody will.
func TestACallerIsNotLeftInSilenceByADelay(t *testing.T) {
	tell(t, call.Config{}).
		event("", dial(branch("desk", 5*time.Second, 0)), "romeo rings").
		after(5*time.Second).
		tick("place desk for Romeo").
		event("desk", call.Ringing{})
	tell(t, call.Config{}).
		event("", call.Accept{}, "romeo answer").
		event("", dial(branch("desk", 5*time.Second, 0)), "romeo hears ringback").
		after(5*time.Second).
		tick("place desk for Romeo", "romeo hears nothing").
		event("desk", call.Ringing{}, "romeo hears ringback")
}

func TestDecliningSilencesTheDevicesOfOnePerson(t *testing.T) {
	of := func(b call.Branch, group string) call.Branch { b.Group = group; return b }
	tell(t, call.Config{}).
		event("", dial(of(branch("desk", 0, 0), "juliet"), of(branch("tablet", 0, 0), "juliet"), of(branch("mobile", time.Second, 0), "juliet"), of(branch("nurse", 0, 0), "nurse")),
			"place desk for Romeo", "place tablet for Romeo", "place nurse for Romeo").
		event("desk", call.Ended{Reason: call.Declined}, "hang up tablet: declined").
		after(time.Minute).tick().
		event("nurse", call.Ended{Reason: call.Busy}, "exhausted: declined")
}

func TestTheCallerGivesUp(t *testing.T) {
	tell(t, call.Config{}).
		event("", dial(branch("desk", 0, 0), branch("mobile", 9*time.Second, 0)), "place desk for Romeo").
		event("romeo", call.Ended{Reason: call.Cancelled}, "hang up desk: cancelled", "over: cancelled").
		event("desk", call.Answered{}).
		after(time.Hour).tick()
}

func TestAMobileConfirms(t *testing.T) {
	confirm := branch("mobile", 0, 20*time.Second)
	confirm.Confirm = true
	ringing := func(t *testing.T) *story {
		return tell(t, call.Config{}).
			event("", dial(branch("desk", 0, 0), confirm), "place desk for Romeo", "place mobile for Romeo").
			event("mobile", call.Answered{}, "mobile hears question to press 1")
	}
	t.Run("with 1", func(t *testing.T) {
		ringing(t).
			event("mobile", call.DTMF{Key: '5'}).
			event("mobile", call.DTMF{Key: '1'}, "hang up desk: answered elsewhere", "romeo answer", "romeo talks to Mobile", "romeo hears mobile", "mobile hears romeo")
	})
	t.Run("not at all, as a mailbox", func(t *testing.T) {
		ringing(t).
			after(call.ConfirmTime).tick("hang up mobile: no answer").
			event("desk", call.Answered{}, "romeo answer", "romeo talks to Desk", "romeo hears desk", "desk hears romeo")
	})
	t.Run("while the other answers", func(t *testing.T) {
		ringing(t).
			event("desk", call.Answered{}, "hang up mobile: answered elsewhere", "romeo answer", "romeo talks to Desk", "romeo hears desk", "desk hears romeo").
			event("mobile", call.DTMF{Key: '1'})
	})
}

func TestEarlyMediaIsHeardFromASingleBranch(t *testing.T) {
	tell(t, call.Config{}).
		event("", dial(branch("trunk", 0, 0), branch("desk", 5*time.Second, 0)), "place trunk for Romeo").
		event("trunk", call.Ringing{Early: true}, "romeo rings early", "romeo hears trunk").
		after(5*time.Second).
		tick("place desk for Romeo", "romeo hears nothing")
}

func TestHold(t *testing.T) {
	talking(t).
		event("juliet", call.Held{}, "romeo hold", "romeo hears music", "juliet hears nothing").
		event("juliet", call.Held{}).
		event("romeo", call.DTMF{Key: '5'}). // nobody listens
		event("romeo", call.Held{}, "juliet hold", "romeo hears nothing").
		event("juliet", call.Resumed{}, "romeo resume", "juliet hears music").
		event("", call.SetHold{Leg: "romeo", On: false}, "juliet resume", "romeo hears juliet", "juliet hears romeo")
}

func TestKeysGoToThePartner(t *testing.T) {
	talking(t).
		event("romeo", call.DTMF{Key: '#', Duration: 100 * time.Millisecond}, "juliet gets #").
		event("juliet", call.DTMF{Key: '7'}, "romeo gets 7")
}

func TestBlindTransfer(t *testing.T) {
	talking(t).
		event("juliet", call.Held{}, "romeo hold", "romeo hears music", "juliet hears nothing").
		event("", call.Transfer{Leg: "juliet", Branches: []call.Branch{branch("nurse", 0, 0)}},
			"juliet transferred true", "hang up juliet: transferred", "romeo resume", "place nurse for Romeo").
		event("nurse", call.Ringing{}, "romeo hears ringback").
		event("nurse", call.Answered{}, "romeo talks to Nurse", "romeo hears nurse", "nurse hears romeo").
		event("juliet", call.Ended{})
}

func TestTheCallerTransfers(t *testing.T) {
	talking(t).
		event("", call.Transfer{Leg: "romeo", Branches: []call.Branch{branch("nurse", 0, 9*time.Second)}},
			"romeo transferred true", "hang up romeo: transferred", "place nurse for Juliet", "juliet hears music").
		after(9*time.Second).tick("hang up nurse: no answer", "exhausted: no answer").
		event("", dial(branch("romeo2", 0, 0)), "place romeo2 for Juliet")
}

func TestAttendedTransfer(t *testing.T) {
	// Juliet holds Romeo, talks to the nurse in another call, and joins the two.
	nurse := call.Party{Name: "Nurse"}
	second := tell(t, call.Config{Caller: "juliet2", Party: call.Party{Name: "Juliet"}}).
		event("", dial(branch("nurse", 0, 0)), "place nurse for Juliet").
		event("nurse", call.Answered{}, "juliet2 answer", "juliet2 talks to Nurse", "juliet2 hears nurse", "nurse hears juliet2").
		event("juliet2", call.Held{}, "nurse hold", "juliet2 hears nothing", "nurse hears music")
	if !second.call.Held("nurse") || second.call.Held("juliet2") || second.call.Held("romeo") {
		t.Error("who is on hold")
	}
	second.event("", call.Release{Leg: "nurse"}, "hang up juliet2: transferred", "over: transferred")
	if !second.call.Over() {
		t.Error("the second call goes on")
	}
	talking(t).
		event("juliet", call.Held{}, "romeo hold", "romeo hears music", "juliet hears nothing").
		event("", call.Adopt{Leg: "nurse", Party: nurse, Direction: call.Outgoing, Up: true, Held: true, Replaces: "juliet"},
			"nurse resume", "juliet transferred true", "hang up juliet: transferred", "romeo resume", "romeo talks to Nurse", "nurse talks to Romeo",
			"romeo hears nurse", "nurse hears romeo")
}

func TestPickup(t *testing.T) {
	s := tell(t, call.Config{}).
		event("", dial(branch("desk", 0, 0), branch("mobile", 0, 0)), "place desk for Romeo", "place mobile for Romeo").
		event("", call.Adopt{Leg: "nurse", Party: call.Party{Name: "Nurse"}}, "nurse answer", "hang up desk: answered elsewhere", "hang up mobile: answered elsewhere",
			"romeo answer", "romeo talks to Nurse", "nurse talks to Romeo", "romeo hears nurse", "nurse hears romeo")
	s.event("", call.Adopt{Leg: "peter"}, "hang up peter: cancelled") // too late
	s.event("", call.Adopt{Leg: "peter", Replaces: "mobile"}, "hang up peter: cancelled")
	s.event("romeo", call.Ended{Reason: call.Success}, "hang up nurse: success", "over: success").
		event("", call.Adopt{Leg: "peter"}, "hang up peter: cancelled")
}

func TestACallThatTheServerBegins(t *testing.T) {
	tell(t, call.Config{Caller: "romeo", Party: call.Party{Name: "Romeo"}, Direction: call.Outgoing}).
		event("", dial(branch("juliet", 0, 10*time.Second))).
		event("romeo", call.Ringing{}).
		after(30*time.Second).tick().
		event("romeo", call.Answered{}, "place juliet for Romeo").
		event("juliet", call.Ringing{}, "romeo hears ringback").
		event("juliet", call.Answered{}, "romeo talks to Juliet", "romeo hears juliet", "juliet hears romeo")
}

func TestACallerIsTakenBeforeSomebodyIsFound(t *testing.T) {
	tell(t, call.Config{}).
		event("", call.Accept{}, "romeo answer").
		event("", call.Accept{}).
		event("", dial(branch("juliet", 0, 0)), "place juliet for Romeo").
		event("juliet", call.Ringing{}, "romeo hears ringback").
		event("", dial(branch("nurse", 0, 0)), "hang up juliet: cancelled", "place nurse for Romeo", "romeo hears nothing").
		event("", call.Drop{Reason: call.Finished}, "hang up nurse: cancelled", "hang up romeo: finished", "over: finished")
}

func TestTheLongestTime(t *testing.T) {
	s := tell(t, call.Config{Longest: time.Minute})
	if !s.call.Next().Equal(start.Add(time.Minute)) {
		t.Errorf("next step at %v", s.call.Next())
	}
	s.event("", call.Accept{}, "romeo answer").after(time.Minute).tick("hang up romeo: expired", "over: expired")
	if !s.call.Next().IsZero() || !s.call.Over() {
		t.Error("the call goes on")
	}
}

func TestSomebodyElseIsAtTheLeg(t *testing.T) {
	s := talking(t).event("juliet", call.Identified{Party: call.Party{Name: "Nurse"}}, "romeo talks to Nurse")
	if s.call.Party("juliet").Name != "Nurse" || s.call.Partner("romeo") != "juliet" || len(s.call.Legs()) != 2 {
		t.Errorf("party %v, partner %v, legs %v", s.call.Party("juliet"), s.call.Partner("romeo"), s.call.Legs())
	}
}

func TestEveryReasonHasAName(t *testing.T) {
	seen := make(map[string]bool)
	for r := range call.Reasons {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("reason %d is called %q", r, name)
		} else {
			seen[name] = true
		}
	}
}
