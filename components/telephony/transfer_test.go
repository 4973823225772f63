package telephony_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
)

func TestBlindTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{Transfers: 2})
		paris := w.incoming(telephony.Caller{Trunk: "a", Number: "4930777", Name: "Paris"}, "498913", call.Offer{})
		nurse := w.rings("nurse1").does(t, call.Answered{})
		time.Sleep(10 * time.Second)
		paris.commands()
		nurse.does(t, call.TransferAsked{To: call.Party{Number: "99"}})
		nurse.was(t, "transfer refused: not found")
		nurse.does(t, call.TransferAsked{To: call.Party{Number: "10"}})
		nurse.was(t, "transfer done, hangup: transferred")
		romeo := w.rings("romeo1").does(t, call.Ringing{})
		if o := romeo.offer; o.From.Number != "+4930777" {
			t.Errorf("Romeo is called by %+v", o.From)
		}
		if paris.hears() != "player" {
			t.Errorf("Paris hears %q", paris.hears())
		}
		romeo.does(t, call.Answered{})
		if paris.was(t, "talks to Romeo/10"); paris.hears() != "romeo1" || romeo.hears() != "a" {
			t.Errorf("Paris hears %q, Romeo %q", paris.hears(), romeo.hears())
		}
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "12"}})
		juliet := w.rings("juliet1").does(t, call.Answered{})
		juliet.does(t, call.TransferAsked{To: call.Party{Number: "13"}})
		juliet.was(t, "transfer refused: congestion") // the call has been round often enough
		juliet.does(t, call.Ended{Reason: call.Success})
		want(t, w, "/+4930777/a → nurse/13/nurse1 by 13, 10s: dial transfer/dst", "/+4930777/a → romeo/10/romeo1 by 10, 0s: transfer/dst transfer/dst",
			"/+4930777/a → juliet/12/juliet1 by 12, 0s: transfer/dst hangup/dst")
	})
}

// Romeo has called the nurse, asks Juliet on another line, and connects the two.
func TestAttendedTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Answered{})
		romeo.does(t, call.Held{})
		time.Sleep(time.Second)
		second := w.calls("romeo", "12")
		juliet := w.rings("juliet1").does(t, call.Answered{})
		second.does(t, call.Held{}) // as a telephone does before it asks
		time.Sleep(time.Second)
		romeo.commands()
		second.commands()
		nurse.commands()
		juliet.commands()
		romeo.does(t, call.TransferAsked{Replaces: second.ID()})
		romeo.was(t, "transfer done, hangup: transferred")
		second.was(t, "hangup: transferred")
		nurse.was(t, "resume, talks to Juliet/12")
		juliet.was(t, "resume, talks to Nurse/13")
		if nurse.hears() != "juliet1" || juliet.hears() != "nurse1" {
			t.Errorf("the nurse hears %q, Juliet %q", nurse.hears(), juliet.hears())
		}
		time.Sleep(time.Second)
		// Juliet's leg is in the first call now, and may be passed on from there.
		juliet.does(t, call.TransferAsked{To: call.Party{Number: "10"}})
		juliet.was(t, "transfer done, hangup: transferred")
		w.rings("romeo1").does(t, call.Answered{}, call.Ended{Reason: call.Success})
		nurse.was(t, "talks to Romeo/10, hangup: success")
		if n := len(w.Calls()); n != 0 {
			t.Errorf("%d calls go on", n)
		}
		want(t, w,
			"romeo/10/romeo1 → nurse/13/nurse1 by 13, 2s: dial transfer/caller",
			"romeo/10/romeo1 → juliet/12/juliet1 by 12, 1s: dial transfer/caller",
			"nurse/13/nurse1 → juliet/12/juliet1, 1s: transfer/caller transfer/dst",
			"nurse/13/nurse1 → romeo/10/romeo1 by 10, 0s: transfer/dst hangup/dst")
	})
}

// He does not wait until Juliet answers.
func TestTransferToWhoStillRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Answered{})
		second := w.calls("romeo", "12")
		early := w.rings("juliet1").does(t, call.Ringing{})
		romeo.commands()
		second.commands()
		romeo.does(t, call.TransferAsked{Replaces: second.ID()})
		romeo.was(t, "transfer done, hangup: transferred")
		second.was(t, "hangup: transferred")
		early.was(t, "hangup: cancelled")
		nurse.commands()
		w.rings("juliet1").does(t, call.Answered{})
		nurse.was(t, "talks to Juliet/12")
	})
}

func TestTransfersThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "13")
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "12"}})
		romeo.was(t, "transfer refused: unavailable") // he talks to nobody
		nurse := w.rings("nurse1").does(t, call.Answered{})
		other := w.calls("juliet", "*80")
		romeo.commands()
		for _, leg := range []call.LegID{other.ID(), romeo.ID(), nurse.ID(), "gone"} { // of somebody else, of the same call, of nobody
			romeo.does(t, call.TransferAsked{Replaces: leg})
			romeo.was(t, "transfer refused: not found")
		}
		if romeo.hears() != "nurse1" {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
	})
}

// Juliet goes on at her other phone (RFC 3891).
func TestALegTakesAnothersPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		romeo := w.calls("romeo", "12")
		first := w.rings("juliet1").does(t, call.Answered{})
		first.commands()
		if _, err := w.tries(telephony.Caller{User: user("nurse"), Device: "nurse1"}, "", call.Offer{Replaces: first.ID()}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("the nurse takes Juliet's call: %v", err)
		}
		if _, err := w.tries(telephony.Caller{User: user("nurse"), Device: "nurse1"}, "", call.Offer{Replaces: "gone"}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a call that is over: %v", err)
		}
		second := w.incoming(telephony.Caller{User: user("juliet"), Device: "juliet2"}, "", call.Offer{Replaces: first.ID()})
		first.was(t, "transfer done, hangup: transferred")
		if second.was(t, "answer, talks to Romeo/10"); romeo.hears() != "juliet2" || second.hears() != "romeo1" {
			t.Errorf("Romeo hears %q, Juliet %q", romeo.hears(), second.hears())
		}
	})
}

// Whoever is passed on to a service comes there as himself, and not as who has once begun the call: his mailbox would stand open.
func TestServicesSeeWhoIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		juliet := w.calls("juliet", "13")
		w.rings("nurse1").does(t, call.Answered{})
		juliet.does(t, call.TransferAsked{To: call.Party{Number: "10"}})
		romeo := w.rings("romeo1").does(t, call.Answered{})
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "*100"}})
		romeo.was(t, "transfer done, hangup: transferred")
		time.Sleep(2 * time.Second)
		w.rings("menu 100 for nurse").does(t, call.Ended{Reason: call.Success})
	})
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.lines = []telephony.Line{{Trunk: "a"}}
		juliet := w.calls("juliet", "0301")
		w.rings("a").does(t, call.Answered{})
		juliet.does(t, call.TransferAsked{To: call.Party{Number: "*100"}})
		time.Sleep(2 * time.Second)
		w.rings("menu 100 for ").does(t, call.Ended{Reason: call.Success})
	})
}
