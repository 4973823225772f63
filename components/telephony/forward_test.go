package telephony_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/telephony"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// forwards are those of the world, without the rules of the directory.
type forwards map[jid.JID]directory.Forward

func (f forwards) set(who, target string) {
	f[user(who)] = directory.Forward{User: user(who), Target: target, Active: true}
}

func (f forwards) Get(user jid.JID) (directory.Forward, bool) {
	one, ok := f[user]
	return one, ok
}

func (f forwards) May(by, who jid.JID) error {
	if by == who || by == user("nurse") {
		return nil
	}
	return fault.New(fault.Forbidden, "no")
}

func (f forwards) Set(_ context.Context, by, user jid.JID, _ int64, in directory.ForwardInput) (directory.Forward, error) {
	if code := map[string]string{"12": "self", "66": "circle", "77": "unknown"}[in.Target]; code != "" {
		return directory.Forward{}, fault.Wrap(fault.Invalid, directory.FieldErrors{{Field: "target", Code: code}}, code)
	}
	f[user] = directory.Forward{User: user, Target: in.Target, Active: in.Active, ChangedBy: by}
	return f[user], nil
}

func (f forwards) Switch(ctx context.Context, by, user jid.JID, on bool) (directory.Forward, error) {
	one, ok := f[user]
	if !ok {
		return one, fault.New(fault.NotFound, "none")
	}
	return f.Set(ctx, by, user, 0, directory.ForwardInput{Target: one.Target, Active: on})
}

// A reader notes what is said.
type reader struct {
	mu   sync.Mutex
	said []string
}

func (r *reader) Get(_ string, id prompts.ID) *play.Clip {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, string(id))
	return quiet{}.Get("", id)
}

func (r *reader) was(t *testing.T, want string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := strings.Join(r.said, " "); got != want {
		t.Errorf("said was %q, want %q", got, want)
	}
	r.said = nil
}

func (w *world) codes() []telephony.Code {
	speaker := telephony.Speaker{Prompts: w.reader, Log: slog.New(slog.DiscardHandler)}
	return slices.Concat(telephony.ForwardCodes{Speaker: speaker, Forwards: w.forwards, People: w}.Codes(), w.seatCodes(speaker), w.teamCodes().Codes(),
		telephony.PromptCode{Speaker: speaker, Studio: studio{w}, Guard: telephony.NewGate(quiet{}, slog.New(slog.DiscardHandler))}.Codes())
}

// calls go where a user has them forwarded, those of who has redirect.choice excepted.
func TestForwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.lines = []telephony.Line{{Trunk: "a"}}
		w.forwards.set("juliet", "13")
		over := func(p *phone) {
			p.does(t, call.Ended{Reason: call.Cancelled})
			clear(w.legs)
		}

		romeo := w.calls("romeo", "12")
		w.rings("nurse1").does(t, call.Answered{})
		w.silent("juliet1")
		romeo.was(t, "answer, talks to Nurse/13")
		romeo.does(t, call.Ended{Reason: call.Success})
		want(t, w, "romeo/10/romeo1 → juliet/12 by 12: dial transfer/dst", "romeo/10/romeo1 → nurse/13/nurse1 by 13, 0s: forward/dst hangup/caller")
		clear(w.legs)

		w.boss = "romeo" // reaches everybody
		romeo = w.calls("romeo", "12")
		w.rings("juliet1")
		w.rings("juliet2")
		w.silent("nurse1")
		over(romeo)
		w.boss = ""

		nurse := w.calls("nurse", "12") // she to whom calls go can call who sends them
		w.rings("juliet1")
		over(nurse)

		w.forwards.set("nurse", "*103") // and on, to her voicemail
		romeo = w.calls("romeo", "12")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		romeo.was(t, "answer, talks to Nurse/13")
		if w.legs["box of nurse for romeo"] == nil {
			t.Errorf("%v were called", w.legs)
		}
		over(romeo)

		w.forwards.set("nurse", "00891234") // and outside
		in := w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498912", call.Offer{})
		if leg := w.rings("a"); leg.offer.Forwards != 2 {
			t.Errorf("a call that was forwarded twice says so %d times", leg.offer.Forwards)
		}
		over(in)
		w.forwards.set("nurse", "112")
		in = w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498912", call.Offer{})
		w.silent("a")
		over(in)
		w.lines[0].PIN = "1"
		w.forwards.set("nurse", "00891234")
		in = w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498912", call.Offer{})
		w.silent("a")
		over(in)
		w.lines[0].PIN = ""

		// a circle that was made by extensions that have moved
		w.forwards.set("nurse", "12")
		in = w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498912", call.Offer{})
		time.Sleep(4 * time.Second)
		synctest.Wait()
		in.was(t, "ring early, hangup: busy")
		if w.legs["text: reason-busy"] == nil {
			t.Errorf("%v were called", w.legs)
		}

		// inactive ones are none, and those of others are followed for who transfers
		w.forwards[user("nurse")] = directory.Forward{Target: "10"}
		clear(w.legs)
		in = w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498910", call.Offer{})
		romeo = w.rings("romeo1")
		romeo.does(t, call.Answered{})
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "12"}})
		w.rings("nurse1")
		w.silent("juliet1")
		over(in)
	})
}

// forwards by telephone, with words for what came of it.
func TestForwardCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		dials := func(who, number, keys, want string) {
			t.Helper()
			p := w.calls(who, number)
			time.Sleep(time.Second)
			for _, key := range []byte(keys) {
				p.does(t, call.DTMF{Key: key, Duration: 100 * time.Millisecond})
			}
			time.Sleep(20 * time.Second)
			synctest.Wait()
			w.reader.was(t, want)
			if told := p.commands(); !strings.HasPrefix(told, "answer") || !strings.HasSuffix(told, "hangup: finished") {
				t.Errorf("%s is told %s", number, told)
			}
		}
		forward := func(who, target string, active bool) {
			t.Helper()
			if f := w.forwards[user(who)]; f.Target != target || f.Active != active {
				t.Errorf("the forward of %s is %+v", who, f)
			}
		}
		dials("nurse", "*7410#12345", "", "forward-of 1 0 forward-to 1 2 3 4 5")
		forward("romeo", "12345", true)
		dials("juliet", "*7410#13", "", "forward-forbidden")
		forward("romeo", "12345", true)
		dials("juliet", "*7110", "", "forward-forbidden")
		dials("nurse", "*7110", "", "forward-of 1 0 forward-off")
		forward("romeo", "12345", false)
		dials("nurse", "*7010", "", "forward-ask forward-of 1 0 forward-to 1 2 3 4 5") // as before
		forward("romeo", "12345", true)
		dials("nurse", "*7010", "0049#", "forward-ask forward-of 1 0 forward-to 0 0 4 9")
		forward("romeo", "0049", true)
		dials("romeo", "*71", "", "forward-of 1 0 forward-off")
		dials("romeo", "*74#13", "", "forward-of 1 0 forward-to 1 3")
		dials("romeo", "*102", "", "forward-of 1 0 forward-to-box")
		forward("romeo", "*103", true)
		dials("romeo", "*74#*103", "", "forward-of 1 0 forward-to-box")
		dials("juliet", "*70", "", "forward-ask nothing-entered")
		dials("juliet", "*71", "", "forward-of 1 2 forward-off") // there is none
		for number, want := range map[string]string{
			"*74": "code-wrong", "*7410": "code-wrong", "*7410#": "code-wrong", "*1025": "code-wrong", "*7499#10": "extension-unknown",
			"*7199": "extension-unknown", "*7099": "extension-unknown", "*74#12": "forward-self", "*74#66": "forward-circle", "*74#77": "forward-bad-target",
		} {
			dials("nurse", number, "", want)
		}
		if len(w.legs) > 0 {
			t.Errorf("%v were rung", w.legs)
		}
		p := w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "4989*7110", call.Offer{})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		p.was(t, "ring early, hangup: not found") // nobody does that from outside
	})
}
