package telephony_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
)

// B9: who waits in the line of a team is picked up by *8, by *8 and the team's extension, and by programs, whether a member is rung for him
// or not. The caller's row says that he was taken elsewhere.
func TestACallerOfATeamIsPickedUp(t *testing.T) {
	for name, take := range map[string]func(w *world) *phone{
		"whatever rings":         func(w *world) *phone { return w.calls("nurse", "*8") },
		"who waits for the team": func(w *world) *phone { return w.calls("nurse", "*850") },
		"what rings at a member": func(w *world) *phone { return w.calls("nurse", "*812") },
		"a call by its ID":       func(w *world) *phone { return w.calls("nurse", telephony.TakeCode(w.Calls()[0].ID)) },
		"by a program": func(w *world) *phone {
			if _, err := w.Dial(telephony.Start{User: user("nurse"), Device: "nurse1", Number: telephony.TakeCode(w.Calls()[0].ID)}); err != nil {
				w.t.Fatal(err)
			}
			synctest.Wait()
			return w.rings("nurse1").does(w.t, call.Ringing{}, call.Answered{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				w.sales(asIs, "juliet")
				paris := w.incoming(telephony.Caller{Trunk: "a", Number: "4930777", Name: "Paris"}, "498950", call.Offer{})
				juliet := w.rings("juliet1").does(t, call.Ringing{})
				time.Sleep(2 * time.Second)
				nurse := take(w)
				paris.was(t, "answer, talks to Nurse/13")
				juliet.was(t, "hangup: answered elsewhere")
				if paris.hears() != "nurse1" || nurse.hears() != "a" {
					t.Errorf("Paris hears %q, the nurse %q", paris.hears(), nurse.hears())
				}
				if got := w.state(); got != "juliet free 0; " {
					t.Errorf("it is: %s", got)
				}
				time.Sleep(time.Minute)
				nurse.does(t, call.Ended{Reason: call.Success})
				want(t, w, "/+4930777/a → /50 by 50, 0s: dial transfer/dst", "/+4930777/a → juliet/12: queue/agent noanswer/elsewhere",
					"/+4930777/a → nurse/13/nurse1, 1m0s: pickup hangup/dst")
			})
		})
	}
}

// B9: an XMPP client takes any caller who waits, not the first alone, by the address that has the ID of his call, in small letters.
func TestAnyCallerOfATeamIsTakenByAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		w.incoming(telephony.Caller{Trunk: "a", Number: "4930777", Name: "Paris"}, "498950", call.Offer{})
		time.Sleep(2 * time.Second)
		romeo := w.calls("romeo", "50")
		romeo.was(t, "answer")
		to, err := jid.Parse(`take\20` + w.Calls()[1].ID + "@pbx.example.org/sip")
		if err != nil {
			t.Fatal(err)
		}
		nurse := newPhone("nurse-client", "client")
		sink, err := telephony.ClientCalls{Service: w.Service}.Incoming(user("nurse"), to, nurse, call.Offer{ID: nurse.id})
		if err != nil {
			t.Fatal(err)
		}
		nurse.setSink(sink)
		synctest.Wait()
		romeo.was(t, "talks to Nurse/13")
		if romeo.hears() != "client" || nurse.hears() != "romeo1" {
			t.Errorf("Romeo hears %q, the nurse %q", romeo.hears(), nurse.hears())
		}
	})
}

// A member who picks a caller of the team up has his call as if he had been rung for it.
func TestAMemberPicksUpForHisTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet", "nurse")
		w.calls("romeo", "50")
		w.rings("juliet1").does(t, call.Ringing{})
		nurse := w.calls("nurse", "*850")
		time.Sleep(time.Second)
		if got := w.state(); got != "juliet free 0; nurse talking 1; " {
			t.Errorf("it is: %s", got)
		}
		nurse.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		if got := w.state(); got != "juliet free 0; nurse free 1; " {
			t.Errorf("it is: %s", got)
		}
	})
}

// nobody picks up for a team who may not, nor where nobody waits.
func TestNobodyIsPickedUpOfATeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		said := func(want, dialled string) {
			t.Helper()
			if nurse := w.calls("nurse", dialled); nurse.hears() != want {
				t.Errorf("%s: the nurse hears %q", dialled, nurse.hears())
			} else {
				nurse.does(t, call.Ended{Reason: call.Cancelled})
			}
		}
		said("text: pickup-nothing", "*850")
		romeo := w.calls("romeo", "50")
		w.rings("juliet1").does(t, call.Ringing{})
		id := w.Calls()[0].ID
		w.forbidden = map[string]bool{"nurse": true}
		said("text: pickup-forbidden", "*850")
		said("text: pickup-nothing", "*8")
		said("text: pickup-nothing", telephony.TakeCode(id))
		if own := w.calls("romeo", "*850"); own.hears() != "text: pickup-nothing" { // his own call
			t.Errorf("Romeo hears %q", own.hears())
		}
		romeo.was(t, "answer")
		w.forbidden = nil
		romeo.does(t, call.Ended{Reason: call.Cancelled})
		said("text: pickup-nothing", telephony.TakeCode(id))
	})
}

// Who may pick up for a team, and not from its members, takes its calls also where they ring; calls to the members themselves he does not.
func TestWhoPicksUpForATeamAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		w.forbidden = map[string]bool{"nurse user": true}
		romeo := w.calls("romeo", "12")
		juliet := w.rings("juliet1").does(t, call.Ringing{})
		if nurse := w.calls("nurse", "*812"); nurse.hears() != "text: pickup-forbidden" {
			t.Errorf("the nurse hears %q", nurse.hears())
		} else {
			nurse.does(t, call.Ended{Reason: call.Cancelled})
		}
		romeo.does(t, call.Ended{Reason: call.Cancelled})
		juliet.was(t, "hangup: cancelled")
		w.forget("juliet1")
		w.calls("romeo", "50")
		w.rings("juliet1").does(t, call.Ringing{})
		if nurse := w.calls("nurse", "*812"); nurse.hears() != "romeo1" {
			t.Errorf("the nurse hears %q", nurse.hears())
		}
	})
}
