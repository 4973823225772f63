package telephony_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
)

// followMe says when devices of somebody ring for a class of calls.
func (w *world) followMe(name string, class directory.RingClass, ways ...telephony.Way) {
	w.mu.Lock()
	w.ways[name+" "+string(class)] = ways
	w.mu.Unlock()
	w.PhoneChanged(user(name))
	time.Sleep(time.Second)
	synctest.Wait()
}

// at is a device that rings so many seconds after the call has come, and for so long.
func at(device string, delay, ring time.Duration) telephony.Way {
	return telephony.Way{Device: device, Delay: delay * time.Second, Ring: ring * time.Second}
}

// a device begins after its delay and ends after its timeout; then After has the caller.
func TestDevicesRingInTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.online[user("juliet")] = true
		w.followMe("juliet", directory.RingInternal, at("juliet1", 0, 10), at("juliet2", 5, 90))
		romeo := w.calls("romeo", "12")
		first := w.rings("juliet1").does(t, call.Ringing{})
		w.silent("juliet2")
		time.Sleep(4999 * time.Millisecond)
		w.silent("juliet2")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		second := w.rings("juliet2").does(t, call.Ringing{})
		first.was(t, "")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		first.was(t, "hangup: no answer")
		time.Sleep(84 * time.Second)
		second.was(t, "") // longer than what holds for who says nothing
		time.Sleep(time.Second)
		synctest.Wait()
		second.was(t, "hangup: no answer")
		romeo.was(t, "ring, hangup: no answer")
		w.silent("client of juliet")

		w.box("juliet", true, false)
		w.followMe("juliet", directory.RingInternal, at("juliet1", 0, 3))
		w.calls("romeo", "12")
		time.Sleep(3 * time.Second)
		time.Sleep(2 * time.Second)
		w.rings("box of juliet for romeo")
	})
}

// calls from outside have timers of their own.
func TestCallsFromOutsideHaveTheirOwnTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.followMe("juliet", directory.RingInternal, at("juliet1", 0, 0))
		w.followMe("juliet", directory.RingExternal, at("juliet2", 3, 7))
		caller := w.incoming(telephony.Caller{Trunk: "telco", Number: "49301"}, "498912", call.Offer{})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		second := w.rings("juliet2").does(t, call.Ringing{})
		time.Sleep(7 * time.Second)
		synctest.Wait()
		second.was(t, "hangup: no answer")
		caller.was(t, "ring, hangup: no answer")
		w.silent("juliet1")
	})
}

// who has switched all of a class off cannot be reached by such calls, and by others he can.
func TestNothingRingsThatIsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.followMe("juliet", directory.RingInternal)
		romeo := w.calls("romeo", "12")
		time.Sleep(4 * time.Second)
		romeo.was(t, "ring early, hangup: unavailable")
		w.rings("announcement: unavailable ")
		w.silent("juliet1")
		if s := w.PhoneState(user("juliet")); s.Doing != telephony.Free {
			t.Errorf("she is %s, and can be called from outside", s.Doing)
		}
		w.incoming(telephony.Caller{Trunk: "telco", Number: "49301"}, "498912", call.Offer{}).does(t, call.Ended{Reason: call.Cancelled})
		w.rings("juliet1")
		w.followMe("juliet", directory.RingExternal)
		w.followMe("juliet", directory.RingQueue)
		if s := w.PhoneState(user("juliet")); s.Doing != telephony.Gone {
			t.Errorf("she is %s, and nothing of hers rings", s.Doing)
		}
	})
}

// what a member's device says for teams comes before what the team says, and who has switched all of it off is not rung.
func TestQueueTimersOverrideThoseOfTheTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.followMe("juliet", directory.RingQueue, at("juliet1", 4, 35), at("juliet2", 0, 0))
		w.sales(func(team *directory.Team) { team.MemberTimeout = 12 }, "juliet", "nurse")
		w.calls("romeo", "50")
		second := w.rings("juliet2").does(t, call.Ringing{})
		w.silent("juliet1")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		first := w.rings("juliet1").does(t, call.Ringing{})
		time.Sleep(8 * time.Second)
		synctest.Wait()
		second.was(t, "hangup: no answer") // as the team says
		time.Sleep(26 * time.Second)
		synctest.Wait()
		first.was(t, "")
		w.silent("nurse1") // it is still Juliet's turn
		time.Sleep(time.Second)
		synctest.Wait()
		first.was(t, "hangup: no answer")
		w.rings("nurse1").does(t, call.Ended{Reason: call.Declined})

		w.forget("juliet1")
		w.forget("juliet2")
		w.followMe("juliet", directory.RingQueue)
		time.Sleep(time.Minute)
		w.silent("juliet1")
		w.silent("juliet2")
		if got := w.state(); got != "Romeo waits; juliet absent 0; nurse ringing 0; " {
			t.Errorf("it is: %s", got)
		}
	})
}

// a mobile telephone is called over a trunk, and who answers there has the call when he presses 1: its mailbox never has.
func TestAMobileTelephoneIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.down["broken"] = true
		w.lines = []telephony.Line{{Trunk: "dear", PIN: "1234"}, {Trunk: "broken"}, {Trunk: "telco"}}
		mobile := telephony.Way{Device: "mobile", Number: "0171", Delay: 2 * time.Second}
		w.followMe("juliet", directory.RingInternal, at("juliet1", 0, 0), mobile)
		romeo := w.calls("romeo", "12")
		desk := w.rings("juliet1").does(t, call.Ringing{})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		leg := w.rings("telco").does(t, call.Ringing{})
		if o := leg.offer; o.From.Number != "10" || o.To.Number != "12" || o.Forwards != 1 {
			t.Errorf("the mobile telephone was offered %+v", o)
		}
		w.silent("dear")
		w.silent("broken")
		leg.does(t, call.Answered{})
		romeo.was(t, "ring")
		if hears := leg.hears(); hears != "player" {
			t.Errorf("who is to press 1 hears %q", hears)
		}
		w.reader.was(t, "press-one")
		leg.does(t, call.DTMF{Key: '5'})
		leg.was(t, "")
		desk.was(t, "")
		leg.does(t, call.DTMF{Key: '1'})
		leg.was(t, "")
		if romeo.hears() != "telco" || leg.hears() != "romeo1" {
			t.Errorf("Romeo hears %q, Juliet %q", romeo.hears(), leg.hears())
		}
		desk.was(t, "hangup: answered elsewhere")
		romeo.was(t, "answer, talks to Juliet/12")
		if s := w.PhoneState(user("juliet")); s.Doing != telephony.Talking || s.Dialogs[0].Device != "mobile" {
			t.Errorf("Juliet is %+v", s)
		}
		leg.does(t, call.TransferAsked{To: call.Party{Number: "00900"}})
		leg.was(t, "transfer refused: forbidden") // a trunk has no rights of hers
		leg.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		if rows := w.records(); !slices.Contains(rows, "romeo/10/romeo1 → juliet/12/mobiletelco by 12, 0s: dial hangup/dst") {
			t.Errorf("the records are %q", rows)
		}

		w.forget("telco")
		mailbox := w.calls("romeo", "12")
		desk = w.rings("juliet1").does(t, call.Ringing{})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		leg = w.rings("telco").does(t, call.Answered{})
		time.Sleep(call.ConfirmTime)
		synctest.Wait()
		leg.was(t, "hangup: no answer")
		desk.was(t, "")
		mailbox.was(t, "ring")
		mailbox.does(t, call.Ended{Reason: call.Cancelled})

		w.mu.Lock()
		w.lines = nil
		w.mu.Unlock()
		w.followMe("juliet", directory.RingInternal, mobile, telephony.Way{Device: "mobile", Number: "112"})
		alone := w.calls("romeo", "12")
		time.Sleep(4 * time.Second)
		alone.was(t, "ring early, hangup: unavailable")
	})
}
