package telephony_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
)

// drawn are the rows as the tree that they make: each below the one it goes on from. Behind the bar are those in whose journals a row is, with an
// exclamation mark where the call was missed.
func (w *world) drawn() string {
	w.t.Helper()
	rows, err := w.Records(context.Background(), telephony.RecordQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	var draw func(parent string, depth int)
	draw = func(parent string, depth int) {
		for i := len(rows) - 1; i >= 0; i-- {
			if r := rows[i]; r.Parent == parent {
				fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", depth), drawnRow(r))
				draw(r.ID, depth+1)
			}
		}
	}
	draw("", 0)
	return b.String()
}

func drawnRow(r telephony.Record) string {
	text := fmt.Sprintf("%s → %s: %s", side(r.Caller), side(r.Callee), slashed(string(r.Via), string(r.By)))
	if r.Team != "" {
		text += " for " + r.Team
	}
	if !r.Answered.IsZero() {
		text += fmt.Sprintf(", %v", r.Ended.Sub(r.Answered))
	}
	if text += ", " + slashed(string(r.Result), string(r.Detail)); r.Reason != "" {
		text += " (" + r.Reason + ")"
	}
	text += " |"
	for _, who := range []struct {
		is   bool
		text string
	}{{r.OfCaller, " caller"}, {r.OfCallee, " callee"}, {r.OfTeam, " team"}, {r.Missed, "!"}} {
		if who.is {
			text += who.text
		}
	}
	return text
}

// answers has a telephone that rings be answered, and the call end after some time.
func (w *world) answers(name string) *phone {
	w.t.Helper()
	return w.rings(name).does(w.t, call.Ringing{}, call.Answered{})
}

func hangsUp(t *testing.T, p *phone) { p.does(t, call.Ended{Reason: call.Success}) }

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// B10, A-134, A-140, A-143, A-094, B9: each step of a call has a row, below the one that it goes on from; and each of those in the call has it once in
// his journal.
func TestWhatIsRecordedOfCalls(t *testing.T) {
	ringAll := func(s *directory.Team) { s.Strategy = directory.RingAll }
	for _, c := range []struct {
		name string
		play func(t *testing.T, w *world)
		want string
	}{
		{"answered", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "13")
			w.answers("nurse1")
			wait(time.Minute)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 1m0s, hangup/caller | caller callee
`},
		{"given up", func(t *testing.T, w *world) {
			w.calls("romeo", "13").does(t, call.Ended{Reason: call.Cancelled})
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/abandon | caller callee!
`},
		{"declined", func(t *testing.T, w *world) {
			w.calls("romeo", "13")
			w.rings("nurse1").does(t, call.Ringing{}, call.Ended{Reason: call.Declined})
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/dst (declined) | caller callee
`},
		{"ended by an administrator", func(t *testing.T, w *world) {
			w.calls("romeo", "13")
			w.answers("nurse1")
			if err := w.HangUp(w.Calls()[0].ID); err != nil {
				t.Fatal(err)
			}
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 0s, hangup (removed) | caller callee
`},
		{"forwarded twice", func(t *testing.T, w *world) {
			w.forwards.set("juliet", "13")
			w.forwards.set("nurse", "14")
			w.people("paris", "14")
			romeo := w.calls("romeo", "12")
			w.answers("paris1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12: dial, transfer/dst | callee
  romeo/10/romeo1 → nurse/13: forward/dst, transfer/dst | callee
    romeo/10/romeo1 → paris/14/paris1: forward/dst, 0s, hangup/caller | caller callee
`},
		{"forwarded outside", func(t *testing.T, w *world) {
			w.lines = []telephony.Line{{Trunk: "a"}}
			w.forwards.set("juliet", "0030")
			romeo := w.calls("romeo", "12")
			w.answers("a")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12: dial, transfer/dst | callee
  romeo/10/romeo1 → /+4930/a: forward/dst, 0s, hangup/caller | caller
`},
		{"forwarded, in vain", func(t *testing.T, w *world) {
			w.forwards.set("juliet", "13")
			w.calls("romeo", "12").does(t, call.Ended{Reason: call.Cancelled})
		}, `
romeo/10/romeo1 → juliet/12: dial, transfer/dst | callee
  romeo/10/romeo1 → nurse/13: forward/dst, noanswer/abandon | caller callee!
`},
		{"forwarded to the box", func(t *testing.T, w *world) {
			w.forwards.set("juliet", directory.ForwardToBox)
			romeo := w.calls("romeo", "12")
			wait(2 * time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12: dial, noanswer/voicemail |
  romeo/10/romeo1 → juliet/12: voicemail/dst, 1s, hangup/caller | caller callee!
`},
		{"answered by the box", func(t *testing.T, w *world) {
			w.box("nurse", true, true)
			romeo := w.calls("romeo", "13")
			w.rings("nurse1").does(t, call.Ringing{})
			wait(time.Minute + 2*time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/voicemail (no answer) |
  romeo/10/romeo1 → nurse/13: voicemail/dst, 1s, hangup/caller | caller callee!
`},
		{"answered by the box of who is busy", func(t *testing.T, w *world) {
			w.box("nurse", true, true)
			romeo := w.calls("romeo", "13")
			w.rings("nurse1").does(t, call.Ended{Reason: call.Busy})
			wait(2 * time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/voicemail (busy) |
  romeo/10/romeo1 → nurse/13: voicemail/dst, 1s, hangup/caller | caller callee!
`},
		{"answered by the box of who has no telephone", func(t *testing.T, w *world) {
			w.box("nurse", true, true)
			w.registered["nurse1"] = false
			romeo := w.calls("romeo", "13")
			wait(2 * time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/voicemail (unavailable) |
  romeo/10/romeo1 → nurse/13: voicemail/dst, 1s, hangup/caller | caller callee!
`},
		{"answered at a mobile telephone", func(t *testing.T, w *world) {
			w.lines = []telephony.Line{{Trunk: "telco"}}
			w.ways["nurse internal"] = []telephony.Way{{Device: "nurse1"}, {Device: "mobile", Number: "0177"}}
			romeo := w.calls("romeo", "13")
			w.rings("nurse1").does(t, call.Ringing{})
			w.answers("telco").does(t, call.DTMF{Key: '1'})
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13/mobiletelco: dial, 1s, hangup/caller | caller callee
`},
		{"a mobile telephone that nobody is at", func(t *testing.T, w *world) {
			w.lines = []telephony.Line{{Trunk: "telco"}}
			w.ways["nurse internal"] = []telephony.Way{{Device: "mobile", Number: "0177"}}
			w.calls("romeo", "13")
			w.answers("telco")
			wait(call.ConfirmTime)
		}, `
romeo/10/romeo1 → nurse/13: dial, noanswer/dst (no answer) | caller callee!
`},
		{"picked up", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "12")
			w.rings("juliet1").does(t, call.Ringing{})
			w.calls("nurse", "*812")
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12: dial, noanswer/elsewhere | callee
  romeo/10/romeo1 → nurse/13/nurse1: pickup, 1s, hangup/caller | caller callee
`},
		{"picked up by who was called", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "12")
			w.rings("juliet1").does(t, call.Ringing{})
			w.incoming(telephony.Caller{User: user("juliet"), Device: "juliet3"}, "*8", call.Offer{})
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12/juliet3: dial, 1s, hangup/caller | caller callee
`},
		{"picked up after a forward", func(t *testing.T, w *world) {
			w.forwards.set("juliet", "13")
			w.people("paris", "14")
			romeo := w.calls("romeo", "12")
			w.rings("nurse1").does(t, call.Ringing{})
			w.calls("paris", "*813")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12: dial, transfer/dst | callee
  romeo/10/romeo1 → nurse/13: forward/dst, noanswer/elsewhere | callee
    romeo/10/romeo1 → paris/14/paris1: pickup, 0s, hangup/caller | caller callee
`},
		{"at another telephone", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "12")
			first := w.answers("juliet1")
			wait(time.Second)
			w.incoming(telephony.Caller{User: user("juliet"), Device: "juliet2"}, "", call.Offer{Replaces: first.ID()})
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → juliet/12/juliet1: dial, 1s, transfer/dst | caller callee
  romeo/10/romeo1 → juliet/12/juliet2: transfer/dst, 1s, hangup/caller | caller callee
`},
		{"transferred by who was called", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "13")
			w.answers("nurse1").does(t, call.TransferAsked{To: call.Party{Number: "12"}})
			w.answers("juliet1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 0s, transfer/dst | caller callee
  romeo/10/romeo1 → juliet/12/juliet1: transfer/dst, 0s, hangup/caller | caller callee
`},
		{"transferred by who has called, in vain", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "13")
			w.answers("nurse1")
			romeo.does(t, call.TransferAsked{To: call.Party{Number: "12"}})
			w.rings("juliet1").does(t, call.Ringing{})
			wait(time.Minute)
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 0s, transfer/caller | caller callee
  nurse/13/nurse1 → juliet/12: transfer/caller, noanswer/dst (no answer) | caller callee!
`},
		{"transferred to who forwards", func(t *testing.T, w *world) {
			w.forwards.set("juliet", "14")
			w.people("paris", "14")
			romeo := w.calls("romeo", "13")
			w.answers("nurse1").does(t, call.TransferAsked{To: call.Party{Number: "12"}})
			w.answers("paris1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 0s, transfer/dst | caller callee
  romeo/10/romeo1 → juliet/12: transfer/dst, transfer/dst | callee
    romeo/10/romeo1 → paris/14/paris1: forward/dst, 0s, hangup/caller | caller callee
`},
		{"transferred after asking", func(t *testing.T, w *world) {
			romeo := w.calls("romeo", "13")
			nurse := w.answers("nurse1")
			wait(time.Second)
			asks := w.calls("nurse", "12")
			w.answers("juliet1")
			nurse.does(t, call.TransferAsked{Replaces: asks.ID()})
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 1s, transfer/dst | caller callee
  romeo/10/romeo1 → juliet/12/juliet1: transfer/dst, 1s, hangup/caller | caller callee
nurse/13/nurse1 → juliet/12/juliet1: dial, 0s, transfer/caller | caller callee
`},
		{"a team, taken by one", func(t *testing.T, w *world) {
			w.sales(ringAll, "juliet", "nurse")
			romeo := w.calls("romeo", "50")
			wait(3 * time.Second)
			w.answers("nurse1")
			wait(time.Minute)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, 0s, transfer/dst |
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/elsewhere | callee
  romeo/10/romeo1 → nurse/13/nurse1: queue/agent for sales, 1m0s, hangup/caller | caller callee team
`},
		{"a team, given up", func(t *testing.T, w *world) {
			w.sales(ringAll, "juliet", "nurse")
			w.calls("romeo", "50").does(t, call.Ended{Reason: call.Cancelled})
		}, `
romeo/10/romeo1 → /50: dial for sales, noanswer/abandon | caller team!
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/abandon | callee!
  romeo/10/romeo1 → nurse/13: queue/agent for sales, noanswer/abandon | callee!
`},
		{"a team, one after another, again and again", func(t *testing.T, w *world) {
			w.sales(asIs, "juliet", "nurse")
			romeo := w.calls("romeo", "50")
			for range 90 {
				wait(time.Second)
			}
			w.answers("juliet1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, 0s, transfer/dst |
  romeo/10/romeo1 → juliet/12/juliet1: queue/agent for sales, 0s, hangup/caller | caller callee team
  romeo/10/romeo1 → nurse/13: queue/agent for sales, noanswer/elsewhere | callee
`},
		{"a team, whose time is over", func(t *testing.T, w *world) {
			w.sales(func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 30, "13" }, "juliet")
			romeo := w.calls("romeo", "50")
			wait(31 * time.Second)
			w.answers("nurse1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, noanswer/dst (no answer) | team!
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/dst (no answer) | callee!
  romeo/10/romeo1 → nurse/13/nurse1: queue/action, 0s, hangup/caller | caller callee
`},
		{"a team, whose time is over, and nobody after it", func(t *testing.T, w *world) {
			w.sales(func(s *directory.Team) { s.InternalTimeout = 30 }, "juliet")
			w.calls("romeo", "50")
			wait(40 * time.Second)
		}, `
romeo/10/romeo1 → /50: dial for sales, noanswer/dst (no answer) | caller team!
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/dst (no answer) | callee!
`},
		{"a team, after it a box", func(t *testing.T, w *world) {
			w.box("nurse", true, true)
			w.registered["nurse1"] = false
			w.sales(func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 30, "13" }, "juliet")
			romeo := w.calls("romeo", "50")
			wait(33 * time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, noanswer/dst (no answer) | team!
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/dst (no answer) | callee!
  romeo/10/romeo1 → nurse/13: queue/action, noanswer/voicemail (unavailable) |
    romeo/10/romeo1 → nurse/13: voicemail/dst, 2s, hangup/caller | caller callee!
`},
		{"a team with nobody in it", func(t *testing.T, w *world) {
			w.sales(func(s *directory.Team) { s.Agents[0].In = false }, "juliet")
			w.calls("romeo", "50")
			wait(10 * time.Second)
		}, `
romeo/10/romeo1 → /50: dial for sales, noanswer/dst (unavailable) | caller team!
`},
		{"a team's member passes on", func(t *testing.T, w *world) {
			w.sales(asIs, "juliet")
			romeo := w.calls("romeo", "50")
			w.answers("juliet1").does(t, call.TransferAsked{To: call.Party{Number: "13"}})
			w.answers("nurse1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, 0s, transfer/dst |
  romeo/10/romeo1 → juliet/12/juliet1: queue/agent for sales, 0s, transfer/dst | caller callee team
    romeo/10/romeo1 → nurse/13/nurse1: transfer/agent, 0s, hangup/caller | caller callee
`},
		{"forwarded to a team", func(t *testing.T, w *world) {
			w.sales(ringAll, "juliet", "paris")
			w.people("paris", "14")
			w.forwards.set("nurse", "50")
			romeo := w.calls("romeo", "13")
			w.answers("paris1")
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → nurse/13: dial, transfer/dst | callee
  romeo/10/romeo1 → /50: forward/dst for sales, 0s, transfer/dst |
    romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/elsewhere | callee
    romeo/10/romeo1 → paris/14/paris1: queue/agent for sales, 0s, hangup/caller | caller callee team
`},
		{"transferred to a team", func(t *testing.T, w *world) {
			w.sales(asIs, "juliet")
			romeo := w.calls("romeo", "13")
			w.answers("nurse1").does(t, call.TransferAsked{To: call.Party{Number: "50"}})
			wait(time.Second)
			romeo.does(t, call.Ended{Reason: call.Success})
		}, `
romeo/10/romeo1 → nurse/13/nurse1: dial, 0s, transfer/dst | caller callee
  romeo/10/romeo1 → /50: transfer/dst for sales, noanswer/abandon | caller team!
    romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/abandon | callee!
`},
		{"a team's call that is picked up from a member", func(t *testing.T, w *world) {
			w.sales(asIs, "juliet")
			romeo := w.calls("romeo", "50")
			w.rings("juliet1").does(t, call.Ringing{})
			w.calls("nurse", "*812")
			wait(time.Second)
			hangsUp(t, romeo)
		}, `
romeo/10/romeo1 → /50: dial for sales, 0s, transfer/dst |
  romeo/10/romeo1 → juliet/12: queue/agent for sales, noanswer/elsewhere | callee
  romeo/10/romeo1 → nurse/13/nurse1: pickup for sales, 1s, hangup/caller | caller callee team
`},
		{"from outside", func(t *testing.T, w *world) {
			paris := w.incoming(telephony.Caller{Trunk: "a", Number: "4930", Name: "Paris"}, "498913", call.Offer{})
			w.rings("nurse1").does(t, call.Ringing{})
			paris.does(t, call.Ended{Reason: call.Cancelled})
		}, `
/+4930/a → nurse/13: dial, noanswer/abandon | caller callee!
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				c.play(t, w)
				wait(time.Second)
				if got := "\n" + w.drawn(); got != c.want {
					t.Errorf("the records are%s", got)
				}
			})
		})
	}
}

// people adds somebody with one telephone.
func (w *world) people(name, ext string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[ext] = telephony.User{JID: user(name), Extension: ext, Name: strings.ToUpper(name[:1]) + name[1:], CallWaiting: true}
	w.devices[user(name)] = []string{name + "1"}
	w.registered[name+"1"] = true
}
