package telephony_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
)

// silence makes nothing of a user ring, or everything again.
func (w *world) silence(extension string, silent bool) {
	w.mu.Lock()
	u := w.users[extension]
	u.Silent = silent
	w.users[extension] = u
	w.mu.Unlock()
	if silent {
		w.Silence(u.JID)
	}
}

// who is silent is not rung at anything he has, and his voicemail takes the call; when he is not any more everything rings again.
func TestSilentUsersAreNotRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.online[user("juliet")] = true
		w.silence("12", true)
		romeo := w.calls("romeo", "12")
		time.Sleep(4 * time.Second)
		romeo.was(t, "ring early, hangup: unavailable")
		for _, name := range []string{"juliet1", "juliet2", "client of juliet"} {
			w.silent(name)
		}
		w.box("juliet", true, false)
		romeo = w.calls("romeo", "12")
		time.Sleep(2 * time.Second)
		w.rings("box of juliet for romeo")
		romeo.does(t, call.Ended{Reason: call.Success})

		juliet := w.calls("juliet", "13") // she may call all the same
		w.rings("nurse1").does(t, call.Answered{})
		juliet.was(t, "answer, talks to Nurse/13")
		juliet.does(t, call.Ended{Reason: call.Success})

		w.silence("12", false)
		w.calls("romeo", "12")
		w.rings("juliet1")
		w.rings("juliet2")
		w.rings("client of juliet")
	})
}

// what rings at the moment when somebody becomes silent stops; calls of others, and those that he talks in, go on.
func TestSilenceStopsWhatRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.online[user("juliet")] = true
		talk := w.calls("nurse", "12")
		w.rings("juliet1").does(t, call.Answered{})
		talk.was(t, "answer, talks to Juliet/12")
		romeo := w.calls("romeo", "12")
		w.rings("juliet1").does(t, call.Ringing{}).was(t, "")
		second, client := w.rings("juliet2").does(t, call.Ringing{}), w.rings("client of juliet")
		w.calls("juliet", "10")
		other := w.rings("romeo1").does(t, call.Ringing{})
		w.silence("12", true)
		synctest.Wait()
		second.was(t, "hangup: unavailable")
		client.was(t, "hangup: unavailable")
		other.was(t, "")
		romeo.was(t, "ring, hangup: unavailable")
		talk.was(t, "")
		talk.does(t, call.Ended{Reason: call.Success})
		w.silence("12", true) // once more, when nothing rings
		other.does(t, call.Ended{Reason: call.Busy})
		time.Sleep(time.Second)
		if rows := w.records(); !slices.Contains(rows, "romeo/10/romeo1 → juliet/12 by 12: dial noanswer/dst unavailable") {
			t.Errorf("the records are %q", rows)
		}
	})
}
