package telephony_test

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony"
	"plenum/components/telephony/prompts"
)

// quiet are prompts that say nothing.
type quiet struct{}

func (quiet) Get(string, prompts.ID) *play.Clip { return play.NewClip(make([]int16, 320)) }

func (w *world) gate() func(string, func(call.LegID)) telephony.App {
	return telephony.NewGate(quiet{}, slog.New(slog.DiscardHandler)).App
}

// B13: an outbound rule asks for a PIN. Who knows it goes on, by another trunk too; who does not, does not.
func TestAPINBeforeACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.lines = []telephony.Line{{Trunk: "a", PIN: "4711"}, {Trunk: "b"}, {Trunk: "c", PIN: "1"}}
		enters := func(p *phone, keys string) {
			for _, key := range []byte(keys) {
				p.does(t, call.DTMF{Key: key, Duration: 100 * time.Millisecond})
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		romeo := w.calls("romeo", "00891234")
		time.Sleep(time.Second)
		w.silent("a")
		enters(romeo, "4712#")
		w.silent("a")
		enters(romeo, "4711#")
		w.rings("a").does(t, call.Ended{Reason: call.Congestion})
		w.rings("b").does(t, call.Answered{})
		if w.silent("c"); romeo.hears() != "b" {
			t.Errorf("Romeo hears %q", romeo.hears())
		}
		romeo.does(t, call.Ended{Reason: call.Success})
		want(t, w, "romeo/10/romeo1 → /+49891234/b by 00891234, 0s: dial hangup/caller")

		// three tries in a call, ten in an hour
		for range 3 {
			clear(w.legs)
			romeo = w.calls("romeo", "00891234")
			enters(romeo, "1#")
			enters(romeo, "2#")
			enters(romeo, "3#")
			if romeo.was(t, "answer, talks to /+49891234, hangup: forbidden"); len(w.legs) > 0 {
				t.Error("a trunk was called without the PIN")
			}
		}
		romeo = w.calls("romeo", "00891234")
		enters(romeo, "1#")
		enters(romeo, "4711#")
		if romeo.was(t, "answer, talks to /+49891234, hangup: forbidden"); len(w.legs) > 0 {
			t.Error("a trunk was called after ten wrong PINs")
		}
		time.Sleep(time.Hour)
		romeo = w.calls("romeo", "00891234")
		enters(romeo, "4711#")
		w.rings("a")
		romeo.does(t, call.Ended{Reason: call.Success})

		// nobody's partner is asked
		clear(w.legs)
		nurse := w.calls("nurse", "12")
		w.rings("juliet1").does(t, call.Answered{})
		nurse.commands()
		nurse.does(t, call.TransferAsked{To: call.Party{Number: "00891234"}})
		nurse.was(t, "transfer refused: forbidden")
		w.silent("a")
	})
}
