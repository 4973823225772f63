package telephony_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
)

//
func TestAnExtensionRingsAllOfItsUsersPhones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.online[user("juliet")] = true
		romeo := w.calls("romeo", "1 2")
		first, second, client := w.rings("juliet1"), w.rings("juliet2"), w.rings("client of juliet")
		if o := first.offer; o.From.Number != "10" || o.From.Name != "Romeo" || o.To.Number != "12" {
			t.Errorf("the phone was offered %+v", o)
		}
		if from := client.offer.From.JID.String(); from != "10@pbx.example.org/sip" {
			t.Errorf("the client is called by %s", from)
		}
		first.does(t, call.Ringing{})
		time.Sleep(2 * time.Second)
		second.does(t, call.Ringing{}, call.Answered{})
		romeo.was(t, "ring, answer, talks to Juliet/12")
		first.was(t, "hangup: answered elsewhere")
		client.was(t, "hangup: answered elsewhere")
		if romeo.hears() != "juliet2" || second.hears() != "romeo1" {
			t.Errorf("Romeo hears %q, Juliet %q", romeo.hears(), second.hears())
		}
		romeo.does(t, call.DTMF{Key: '5'})
		second.was(t, "gets 5")
		live := w.Calls()
		if len(live) != 1 || live[0].Callee.Device != "juliet2" || live[0].Caller.Device != "romeo1" || live[0].Answered.IsZero() {
			t.Errorf("calls that go on: %+v", live)
		}
		time.Sleep(time.Minute)
		romeo.does(t, call.Ended{Reason: call.Success})
		second.was(t, "hangup: success")
		if n := len(w.Calls()); n != 0 {
			t.Errorf("%d calls go on", n)
		}
		want(t, w, "romeo/10/romeo1 → juliet/12/juliet2 by 12, 1m0s: dial hangup/caller")
	})
}

func want(t *testing.T, w *world, rows ...string) {
	t.Helper()
	time.Sleep(time.Second) // what was written is committed
	got := w.records()
	for i := range max(len(got), len(rows)) {
		switch {
		case i >= len(got):
			t.Errorf("there is no record %s", rows[i])
		case i >= len(rows):
			t.Errorf("there is a record %s", got[i])
		case got[i] != rows[i]:
			t.Errorf("record %s; want %s", got[i], rows[i])
		}
	}
}

func TestWhyNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Ringing{}, call.Ended{Reason: call.Busy})
		romeo.was(t, "ring, hangup: busy") // who was rung in vain is no secret: nothing is announced

		time.Sleep(time.Second)
		romeo = w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Ringing{})
		time.Sleep(time.Minute)
		synctest.Wait()
		romeo.was(t, "ring, hangup: no answer")

		w.registered["nurse1"] = false
		romeo = w.calls("romeo", "13")
		if romeo.hears() != "announcement: unavailable " {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		time.Sleep(4 * time.Second)
		romeo.was(t, "ring early, hangup: unavailable")

		romeo = w.calls("romeo", "99")
		time.Sleep(4 * time.Second)
		romeo.was(t, "ring early, hangup: not found")
		want(t, w, "romeo/10/romeo1 → nurse/13 by 13: dial noanswer/dst busy", "romeo/10/romeo1 → nurse/13 by 13: dial noanswer/dst no answer",
			"romeo/10/romeo1 → nurse/13 by 13: dial noanswer/dst unavailable", "romeo/10/romeo1 → /99 by 99: dial noanswer/dst not found")
	})
}

// a call that nobody takes reaches the voicemail box where that is set for calls of its kind, and not otherwise.
func TestVoicemailTakesWhatNobodyTakes(t *testing.T) {
	for name, c := range map[string]struct {
		inside, outside bool
		fromOutside     bool
		happens         func(t *testing.T, w *world)
		box             string // who takes the call; empty for nobody
	}{
		"not set":           {happens: ringsInVain},
		"of the other kind": {inside: true, fromOutside: true, happens: ringsInVain},
		"no answer":         {inside: true, happens: ringsInVain, box: "box of nurse for romeo"},
		"from outside":      {outside: true, fromOutside: true, happens: ringsInVain, box: "box of nurse for "},
		"busy": {inside: true, box: "box of nurse, busy, for romeo", happens: func(t *testing.T, w *world) {
			w.rings("nurse1").does(t, call.Ringing{}, call.Ended{Reason: call.Busy})
		}},
		"declined": {inside: true, box: "box of nurse for romeo", happens: func(t *testing.T, w *world) {
			w.rings("nurse1").does(t, call.Ringing{}, call.Ended{Reason: call.Declined})
		}},
		"no telephone": {inside: true, box: "box of nurse for romeo"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				w.box("nurse", c.inside, c.outside)
				w.registered["nurse1"] = c.happens != nil
				var caller *phone
				if c.fromOutside {
					caller = w.incoming(telephony.Caller{Trunk: "t", Number: "4989123"}, "498913", call.Offer{})
				} else {
					caller = w.calls("romeo", "13")
				}
				if c.happens != nil {
					c.happens(t, w)
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				w.mu.Lock()
				box := w.legs[c.box]
				for name := range w.legs {
					if strings.HasPrefix(name, "box") && name != c.box {
						t.Errorf("%s takes the call", name)
					}
				}
				w.mu.Unlock()
				if (box != nil) != (c.box != "") {
					t.Errorf("%s does not take the call", c.box)
				}
				if box != nil {
					caller.does(t, call.Ended{Reason: call.Success})
				}
			})
		})
	}
}

func ringsInVain(t *testing.T, w *world) {
	w.rings("nurse1").does(t, call.Ringing{})
	time.Sleep(time.Minute)
}

//
func TestCallWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		talk := w.calls("nurse", "10")
		w.rings("romeo1").does(t, call.Answered{})
		talk.was(t, "answer, talks to Romeo/10")
		w.calls("juliet", "10")
		w.rings("romeo1").was(t, "") // a second call is signalled

		u := w.users["10"]
		u.CallWaiting = false
		w.users["10"] = u
		delete(w.legs, "romeo1")
		juliet := w.calls("juliet", "10")
		juliet.was(t, "hangup: busy")
		w.silent("romeo1")
	})
}

//
func TestAnotherNumberIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		u := w.users["10"]
		u.ShownNumber = "1000"
		w.users["10"] = u
		w.calls("romeo", "13")
		if o := w.rings("nurse1").offer; o.From.Number != "1000" {
			t.Errorf("shown: %+v", o.From)
		}
		w.incoming(telephony.Caller{User: user("romeo"), Device: "romeo1", Anonymous: true}, "13", call.Offer{})
		if o := w.rings("nurse1").offer; o.From != (call.Party{}) {
			t.Errorf("shown of who hides: %+v", o.From)
		}
	})
}

func TestTrunksAreTriedOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.lines = []telephony.Line{{Trunk: "a"}, {Trunk: "b"}, {Trunk: "c"}}
		w.down["a"] = true
		romeo := w.calls("romeo", "00891234")
		w.silent("a") // it is down and comes last
		w.rings("b").does(t, call.Ended{Reason: call.Congestion})
		w.rings("c").does(t, call.Ringing{Early: true}, call.Answered{})
		w.silent("a")
		if romeo.was(t, "ring early, answer, talks to /+49891234"); romeo.hears() != "c" {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		romeo.does(t, call.Ended{Reason: call.Success})

		// Somebody who is busy is so by any trunk, and a number that does not exist is said to.
		romeo = w.calls("romeo", "00891234")
		w.rings("b").does(t, call.Ended{Reason: call.Busy})
		romeo.was(t, "hangup: busy")
		romeo = w.calls("romeo", "00891234")
		w.rings("b").does(t, call.Ended{Reason: call.NotFound})
		if romeo.hears() != "announcement: not found " {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		romeo = w.calls("romeo", "00891234")
		for _, trunk := range []string{"b", "c", "a"} {
			w.rings(trunk).does(t, call.Ended{Reason: call.Unavailable})
		}
		if romeo.hears() != "announcement: congestion " {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		romeo = w.calls("romeo", "0900")
		if romeo.hears() != "announcement: forbidden " {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
	})
}

func TestCallsFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		paris := telephony.Caller{Trunk: "a", Number: "4930777", Name: "Paris"}
		p := w.incoming(paris, "498913", call.Offer{})
		nurse := w.rings("nurse1")
		if o := nurse.offer; o.From.Number != "+4930777" || o.From.Name != "Paris" {
			t.Errorf("shown: %+v", o.From)
		}
		nurse.does(t, call.Answered{})
		p.was(t, "answer, talks to Nurse/13")
		// A trunk does not move calls, and nobody outside uses our lines.
		p.does(t, call.TransferAsked{To: call.Party{Number: "10"}})
		p.was(t, "transfer refused: forbidden")
		p.does(t, call.Ended{Reason: call.Success})
		for _, dialled := range []string{"49890049301234", "4989*100", "4989*42#9"} {
			p = w.incoming(paris, dialled, call.Offer{})
			if p.hears() != "announcement: not found de" {
				t.Errorf("%s: hears %q", dialled, p.hears())
			}
		}
		if _, err := w.tries(paris, "4930", call.Offer{}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a number of somebody else: %v", err)
		}
		p = w.incoming(paris, "4989999", call.Offer{})
		time.Sleep(2 * time.Second)
		w.rings("dial-in for ")
		p.was(t, "answer, talks to /")
		w.fallback = "10"
		w.incoming(paris, "498977", call.Offer{})
		w.rings("romeo1")
	})
}

func TestServicesAreDialled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "*80")
		if romeo.hears() != "romeo1" {
			t.Errorf("in the echo test Romeo hears %q", romeo.hears())
		}
		romeo.was(t, "answer, talks to Echo/*80")
		romeo.does(t, call.Ended{Reason: call.Success})
		for dialled, name := range map[string]string{
			"*42#7": "group 7", "*100": "menu 100", "*104": "menu 104", "+49 89 999": "dial-in",
		} {
			w.calls("romeo", dialled)
			time.Sleep(2 * time.Second)
			w.rings(name + " for romeo")
			delete(w.legs, name)
		}
		romeo = w.calls("romeo", "*42#8")
		if romeo.hears() != "announcement: forbidden " {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
	})
}

func TestEmergencyCallsAreNotLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{CallsPerUser: 1, Calls: 2, CallsPerTrunk: 1})
		w.lines = []telephony.Line{{Trunk: "a"}}
		w.calls("romeo", "12")
		if _, err := w.tries(telephony.Caller{User: user("romeo"), Device: "romeo1"}, "13", call.Offer{}); fault.KindOf(err) != fault.Limit {
			t.Errorf("a second call of one user: %v", err)
		}
		paris := telephony.Caller{Trunk: "a", Number: "4930777"}
		w.incoming(paris, "498913", call.Offer{})
		if _, err := w.tries(paris, "498913", call.Offer{}); fault.KindOf(err) != fault.Limit {
			t.Errorf("a second call of one trunk: %v", err)
		}
		if _, err := w.tries(telephony.Caller{User: user("nurse"), Device: "nurse1"}, "10", call.Offer{}); fault.KindOf(err) != fault.Limit {
			t.Errorf("a third call: %v", err)
		}
		w.calls("romeo", "112")
		w.rings("a").does(t, call.Answered{})
		if st := w.Stats(); st.Calls != 3 || st.Refused != 3 {
			t.Errorf("figures: %+v", st)
		}
		w.incoming(telephony.Caller{Device: "lobby"}, "110", call.Offer{}) // though it is nobody's
		w.rings("a").does(t, call.Answered{})
		if _, err := w.tries(telephony.Caller{Device: "lobby"}, "13", call.Offer{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a call of nobody: %v", err)
		}
	})
}

func TestHoldAndHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Answered{})
		nurse.commands()
		romeo.does(t, call.Held{})
		if nurse.was(t, "hold"); nurse.hears() != "player" || romeo.hears() != "" {
			t.Errorf("on hold, the nurse hears %q, Romeo %q", nurse.hears(), romeo.hears())
		}
		romeo.does(t, call.Resumed{})
		if nurse.was(t, "resume"); nurse.hears() != "romeo1" {
			t.Errorf("afterwards she hears %q", nurse.hears())
		}
		romeo.commands()
		id := w.Calls()[0].ID
		if err := w.HangUp(id); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		romeo.was(t, "hangup: removed")
		nurse.was(t, "hangup: removed")
		if err := w.HangUp(id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a call that is over: %v", err)
		}
		want(t, w, "romeo/10/romeo1 → nurse/13/nurse1 by 13, 0s: dial hangup removed")
	})
}
