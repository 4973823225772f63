package telephony_test

import (
	"cmp"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
)

//
func TestACallIsPickedUpElsewhere(t *testing.T) {
	for name, dialled := range map[string]string{"that rings at an extension": "*812", "whatever rings": "*8"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				paris := w.incoming(telephony.Caller{Trunk: "a", Number: "4930777", Name: "Paris"}, "498912", call.Offer{})
				first, second := w.rings("juliet1").does(t, call.Ringing{}), w.rings("juliet2").does(t, call.Ringing{})
				time.Sleep(2 * time.Second)
				nurse := w.calls("nurse", dialled)
				nurse.was(t, "answer, talks to Paris/+4930777")
				paris.was(t, "ring, answer, talks to Nurse/13")
				first.was(t, "hangup: answered elsewhere")
				second.was(t, "hangup: answered elsewhere")
				if paris.hears() != "nurse1" || nurse.hears() != "a" {
					t.Errorf("Paris hears %q, the nurse %q", paris.hears(), nurse.hears())
				}
				if st := w.PhoneState(user("nurse")); st.Doing != telephony.Talking || len(st.Dialogs) != 1 || st.Dialogs[0].With.Number != "+4930777" {
					t.Errorf("the nurse's telephone: %+v", st)
				}
				if st := w.PhoneState(user("juliet")); st.Doing != telephony.Free {
					t.Errorf("Juliet's telephone: %+v", st)
				}
				if n := len(w.Calls()); n != 1 {
					t.Errorf("%d calls go on", n)
				}
				time.Sleep(time.Minute)
				nurse.does(t, call.Ended{Reason: call.Success})
				want(t, w, "/+4930777/a → juliet/12 by 12: dial noanswer/elsewhere", "/+4930777/a → nurse/13/nurse1, 1m0s: pickup hangup/dst")
			})
		})
	}
}

//
func TestThereIsNothingToPickUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.forbidden = map[string]bool{"nurse": true}
		refused := func(dialled, said, why string) {
			t.Helper()
			nurse := w.calls("nurse", dialled)
			if nurse.hears() != said {
				t.Errorf("%s: the nurse hears %q", dialled, nurse.hears())
			}
			time.Sleep(4 * time.Second)
			if nurse.was(t, "ring early, hangup: "+why); w.PhoneState(user("nurse")).Doing != telephony.Free {
				t.Error("the nurse is still in a call")
			}
		}
		romeo := w.calls("romeo", "12")
		juliet := w.rings("juliet1")
		refused("*813", "text: pickup-nothing", "not found")
		refused("*812", "text: pickup-forbidden", "forbidden")
		refused("*8", "text: pickup-nothing", "not found")
		refused("*877", "announcement: not found ", "not found")
		w.forbidden = nil
		refused("*812", "text: pickup-nothing", "not found") // it does not ring yet
		juliet.does(t, call.Ringing{})
		if _, err := w.tries(telephony.Caller{Trunk: "a"}, "4989*812", call.Offer{}); err != nil { // it is taken, and told that there is none
			t.Error(err)
		}
		romeo.was(t, "ring")
		own := w.calls("romeo", "*812") // his own call
		if own.hears() != "text: pickup-nothing" {
			t.Errorf("Romeo hears %q", own.hears())
		}
		juliet.does(t, call.Answered{})
		refused("*812", "text: pickup-nothing", "not found")
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "*812"}})
		romeo.was(t, "answer, talks to Juliet/12, transfer refused: not found")
	})
}

// The one that rings longest is taken first, and a transfer takes none.
func TestTheLongestRingIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		one := w.incoming(telephony.Caller{Trunk: "a", Number: "491", Name: "One"}, "498912", call.Offer{})
		w.rings("juliet1").does(t, call.Ringing{})
		time.Sleep(time.Second)
		two := w.incoming(telephony.Caller{Trunk: "a", Number: "492", Name: "Two"}, "498912", call.Offer{})
		w.rings("juliet1").does(t, call.Ringing{})
		nurse := w.calls("nurse", "10")
		w.rings("romeo1").does(t, call.Answered{})
		nurse.commands()
		nurse.does(t, call.TransferAsked{To: call.Party{Number: "*8"}})
		nurse.was(t, "transfer refused: forbidden")
		nurse.does(t, call.Ended{Reason: call.Success})
		romeo := w.calls("romeo", "*8")
		romeo.was(t, "answer, talks to One/+491")
		one.was(t, "ring, answer, talks to Romeo/10")
		two.was(t, "ring")
		w.calls("nurse", "*8").was(t, "answer, talks to Two/+492")
	})
}

// A lamp takes what rings by the leg's name (RFC 3891 §3), under the same rule.
//
func TestALegThatRingsIsTakenByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.forbidden = map[string]bool{"nurse": true}
		romeo := w.calls("romeo", "12")
		juliet := w.rings("juliet1")
		nurse := telephony.Caller{User: user("nurse"), Device: "nurse1"}
		refused := func(leg *phone) {
			t.Helper()
			if _, err := w.tries(nurse, "", call.Offer{Replaces: leg.ID()}); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("the nurse takes the call: %v", err)
			}
		}
		refused(juliet)
		juliet.does(t, call.Ringing{})
		refused(juliet)
		w.forbidden = nil
		refused(romeo)
		taken := w.incoming(nurse, "", call.Offer{Replaces: juliet.ID()})
		taken.was(t, "answer, talks to Romeo/10")
		juliet.was(t, "hangup: answered elsewhere")
		romeo.does(t, call.Ended{Reason: call.Success})
		want(t, w, "romeo/10/romeo1 → juliet/12 by 12: dial noanswer/elsewhere", "romeo/10/romeo1 → nurse/13/nurse1, 0s: pickup hangup/caller")
	})
}

// B7: codes can be changed; the longest that fits is meant, and the standard of what was changed means nothing any more.
func TestCodesAreChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.set = map[string]string{"*8": "*9", "*80": "*9#", "*71": "*98", "*42#": "*8"}
		paris := w.incoming(telephony.Caller{Trunk: "a", Number: "4930777"}, "498912", call.Offer{})
		w.rings("juliet1").does(t, call.Ringing{})
		if nurse := w.calls("nurse", "*71"); nurse.hears() != "announcement: not found " {
			t.Errorf("*71: the nurse hears %q", nurse.hears())
		}
		time.Sleep(4 * time.Second)
		nurse := w.calls("nurse", "*912")
		nurse.was(t, "answer, talks to /+4930777")
		paris.was(t, "ring, answer, talks to Nurse/13")
		nurse.does(t, call.Ended{Reason: call.Success})
		w.calls("nurse", "*9#").was(t, "answer, talks to Echo/*9#")
		off := w.calls("nurse", "*98")
		off.was(t, "answer, talks to Forward off/*98")
		if got := w.calls("nurse", "*877").hears(); got != "announcement: not found " { // there is no such group
			t.Errorf("*877: the nurse hears %q", got)
		}
	})
}

func (w *world) codeFor(standard string) string { return cmp.Or(w.set[standard], standard) }
