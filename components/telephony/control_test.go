package telephony_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// wishes has something done to the only call there is, and says what kind of error came.
func (w *world) wishes(who string, leg call.LegID, wish telephony.Wish) fault.Kind {
	w.t.Helper()
	by := jid.JID{}
	if who != "" {
		by = user(who)
	}
	calls := w.Calls()
	if len(calls) != 1 {
		w.t.Fatalf("there are %d calls", len(calls))
	}
	err := w.Wish(context.Background(), by, calls[0].ID, leg, wish)
	synctest.Wait()
	if err == nil {
		return noFault
	}
	return fault.KindOf(err)
}

const noFault fault.Kind = 255

func (w *world) doings() (text string) {
	for _, c := range w.Calls() {
		for _, p := range c.Parties {
			text += " " + p.User.Local() + p.Device + "=" + string(p.Doing)
			if p.Holds {
				text += "+holds"
			}
		}
		text += ";"
	}
	return text
}

// what supervisors, and who has no telephone in his hand, do with calls.
func TestCallsAreControlledFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Ringing{})
		if got := w.doings(); got != " romeoromeo1=calling nursenurse1=ringing;" {
			t.Errorf("they do%s", got)
		}
		for _, c := range []struct {
			who  string
			leg  call.LegID
			wish telephony.Wish
			want fault.Kind
		}{
			{"juliet", "", telephony.HangUp{}, fault.NotFound},
			{"juliet", romeo.ID(), telephony.HangUp{}, fault.NotFound},
			{"romeo", nurse.ID(), telephony.HangUp{}, fault.NotFound},
			{"romeo", "", telephony.Hold{On: true}, fault.Conflict},
			{"romeo", "", telephony.Transfer{To: "12"}, fault.Conflict},
			{"romeo", "", telephony.Answer{}, fault.Conflict},
			{"", "", telephony.Hold{On: true}, fault.Invalid},
			{"", "none", telephony.HangUp{}, fault.NotFound},
			{"nurse", "", telephony.Answer{}, noFault},
		} {
			if got := w.wishes(c.who, c.leg, c.wish); got != c.want {
				t.Errorf("%s with %q: %T: %v, want %v", c.who, c.leg, c.wish, got, c.want)
			}
		}
		nurse.was(t, "answer")
		nurse.does(t, call.Answered{})
		nurse.commands()
		if got := w.wishes("romeo", "", telephony.Hold{On: true}); got != noFault || w.doings() != " romeoromeo1=talking+holds nursenurse1=talking;" {
			t.Errorf("hold: %v, they do%s", got, w.doings())
		}
		nurse.was(t, "hold")
		w.wishes("", romeo.ID(), telephony.Hold{})
		nurse.was(t, "resume")
		if got := w.wishes("nurse", "", telephony.Transfer{To: "99"}); got != fault.NotFound {
			t.Errorf("a transfer to nobody: %v", got)
		}
		nurse.was(t, "") // nor is told of an answer to what it has not asked for
		romeo.commands()
		if got := w.wishes("", nurse.ID(), telephony.Transfer{To: "12"}); got != noFault {
			t.Errorf("a transfer by a supervisor: %v", got)
		}
		nurse.was(t, "transfer done, hangup: transferred")
		juliet := w.rings("juliet1").does(t, call.Ringing{}, call.Answered{})
		if romeo.was(t, "talks to Juliet/12"); romeo.hears() != "juliet1" {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		time.Sleep(time.Second)
		w.wishes("juliet", "", telephony.HangUp{})
		juliet.was(t, "hangup: success")
		romeo.was(t, "hangup: success")
		if len(w.Calls()) != 0 {
			t.Error("the call goes on")
		}
		want(t, w, "romeo/10/romeo1 → nurse/13/nurse1 by 13, 0s: dial transfer/dst", "romeo/10/romeo1 → juliet/12/juliet1 by 12, 1s: transfer/dst hangup/dst")
		if err := w.Wish(t.Context(), user("juliet"), "gone", "", telephony.HangUp{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a call that is over: %v", err)
		}
	})
}

// Who hangs up a call that rings at him declines it everywhere; the caller goes on to his voicemail.
func TestWhoIsRungDeclines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "12")
		w.rings("juliet1").does(t, call.Ringing{})
		w.rings("juliet2").does(t, call.Ringing{})
		if got := w.wishes("juliet", "", telephony.HangUp{}); got != noFault {
			t.Errorf("declined: %v", got)
		}
		w.rings("juliet1").was(t, "hangup: declined")
		w.rings("juliet2").was(t, "hangup: declined")
		romeo.was(t, "ring, hangup: declined")
	})
}

// An attended transfer of which no telephone knows.
func TestTwoCallsAreConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Answered{})
		first := w.Calls()[0].ID
		second := w.calls("romeo", "12")
		juliet := w.rings("juliet1").does(t, call.Answered{})
		romeo.commands()
		if err := w.Wish(t.Context(), user("nurse"), first, "", telephony.Connect{With: second.ID()}); !fault.Is(err, fault.NotFound) {
			t.Errorf("the nurse connects with Romeo's other call: %v", err)
		}
		if err := w.Wish(t.Context(), user("romeo"), first, "", telephony.Connect{With: second.ID()}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		romeo.was(t, "transfer done, hangup: transferred")
		if nurse.hears() != "juliet1" || juliet.hears() != "nurse1" {
			t.Errorf("the nurse hears %q, Juliet %q", nurse.hears(), juliet.hears())
		}
	})
}

// a call begins at the device that was named.
func TestADeviceOfOnesOwnRingsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{Ring: 20 * time.Second})
		dial := func(device, number string) string {
			t.Helper()
			id, err := w.Dial(telephony.Start{User: user("juliet"), Device: device, Number: number})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return id
		}
		for _, c := range []struct {
			who, device, number string
			want                fault.Kind
		}{
			{"juliet", "juliet2", "let me in", fault.Invalid}, {"juliet", "juliet2", "", fault.Invalid}, {"juliet", "gone", "13", fault.Unavailable},
			{"juliet", directory.XMPPDevice, "13", fault.Unavailable}, {"nobody", "juliet2", "13", fault.NotFound},
		} {
			if _, err := w.Dial(telephony.Start{User: user(c.who), Device: c.device, Number: c.number}); !fault.Is(err, c.want) {
				t.Errorf("%v: %v", c, err)
			}
		}
		id := dial("juliet2", "13")
		own := w.rings("juliet2").does(t, call.Ringing{})
		if own.offer.From.Number != "13" || !own.offer.Wanted {
			t.Errorf("her telephone is offered %+v", own.offer)
		}
		if c, ok := w.Call(id); !ok || c.Dialled != "13" || w.doings() != " julietjuliet2=ringing;" {
			t.Errorf("%+v, they do%s", c, w.doings())
		}
		w.silent("nurse1")
		own.does(t, call.Answered{})
		nurse := w.rings("nurse1").does(t, call.Ringing{})
		if nurse.offer.From.Number != "12" || own.hears() != "player" {
			t.Errorf("the nurse is called by %+v, Juliet hears %q", nurse.offer.From, own.hears())
		}
		nurse.does(t, call.Answered{})
		if own.hears() != "nurse1" || nurse.hears() != "juliet2" {
			t.Errorf("Juliet hears %q, the nurse %q", own.hears(), nurse.hears())
		}
		time.Sleep(time.Second)
		own.does(t, call.Ended{Reason: call.Success})
		want(t, w, "juliet/12/juliet2 → nurse/13/nurse1 by 13, 1s: dial hangup/caller")

		// Nobody takes her own telephone: she has called nobody.
		dial("juliet2", "13")
		w.rings("juliet2").does(t, call.Ringing{})
		time.Sleep(19 * time.Second)
		w.rings("juliet2").was(t, "")
		time.Sleep(2 * time.Second)
		w.rings("juliet2").was(t, "hangup: no answer")
		if len(w.Calls()) != 0 || len(w.records()) != 1 {
			t.Errorf("%d calls go on; records: %q", len(w.Calls()), w.records())
		}

		// Or the call is given up before.
		id = dial("juliet2", "13")
		if err := w.Wish(t.Context(), user("juliet"), id, "", telephony.HangUp{}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		w.rings("juliet2").was(t, "hangup: success")

		// By her client, to who is outside.
		w.online[user("juliet")] = true
		w.lines = []telephony.Line{{Trunk: "a"}}
		dial(directory.XMPPDevice, "0301")
		w.rings("client of juliet").does(t, call.Answered{})
		w.rings("a").does(t, call.Answered{})
		if got := w.doings(); got != " juliet=talking =talking;" {
			t.Errorf("they do%s", got)
		}
	})
}

// A pickup by a telephone that is called first for that.
func TestACallIsTakenAtADeviceThatRingsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Ringing{})
		if _, err := w.Dial(telephony.Start{User: user("juliet"), Device: "juliet1", Number: "*813"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.rings("juliet1").does(t, call.Answered{})
		nurse.was(t, "hangup: answered elsewhere")
		if romeo.hears() != "juliet1" || w.rings("juliet1").hears() != "romeo1" {
			t.Errorf("Romeo hears %q, Juliet %q", romeo.hears(), w.rings("juliet1").hears())
		}
		if got := w.doings(); got != " romeoromeo1=talking julietjuliet1=talking;" {
			t.Errorf("they do%s", got)
		}
	})
}
