package voicemail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media/tone"
	"plenum/components/media/wav"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// bubble runs a test in fake time with a fresh service.
func bubble(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	o := newOffice(t)
	synctest.Test(t, func(t *testing.T) {
		o.start(t)
		test(t, o)
		o.Close()
	})
}

// A-091, B12: a caller hears the greeting and a tone, speaks, and hangs up; the owner is told by his counters, listens, and deletes.
func TestLeaveAndListen(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		c := o.calls(romeo, stranger, false)
		if !c.hears(beep, 20*time.Second) {
			t.Fatal("there is no tone")
		}
		time.Sleep(time.Second)
		c.speak(600, 5*time.Second)
		c.hangUp()
		o.has(romeo, 1, 0)
		m := o.messages(romeo)[0]
		if m.Number != "+498912345" || m.Duration < 5*time.Second || m.Duration > 7*time.Second || m.Heard || !m.Caller.IsZero() {
			t.Errorf("the message is %+v", m)
		}
		if len(o.changes) != 1 || o.changes[0] != romeo {
			t.Errorf("changes of %v", o.changes)
		}

		l := o.own(romeosPhone)
		l.press("1")
		if !l.hears(600, 30*time.Second) {
			t.Error("the owner does not hear the message")
		}
		l.press("1")
		if !l.hears(600, 30*time.Second) {
			t.Error("nor a second time")
		}
		l.press("2")
		o.has(romeo, 0, 1)
		time.Sleep(3 * time.Second)
		l.press("2")
		if !l.hears(600, 30*time.Second) {
			t.Error("an old message is not heard")
		}
		l.press("3")
		o.has(romeo, 0, 0)
		time.Sleep(5 * time.Second)
		l.press("*")
		time.Sleep(5 * time.Second)
		l.endsWith(call.Finished)
		if left, _ := filepath.Glob(filepath.Join(o.dir, "*", "*")); len(left) > 0 {
			t.Errorf("files are left: %v", left)
		}
		if len(o.changes) != 3 {
			t.Errorf("changes of %v", o.changes)
		}
	})
}

// B12: what is too short is no message; # and silence end one, and the longest time.
func TestLengthOfAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		say    func(*line)
		length time.Duration // 0 is no message
	}{
		"nothing":          {func(l *line) { l.hangUp() }, 0},
		"a cough":          {func(l *line) { l.speak(600, time.Second); l.hangUp() }, 0},
		"silence":          {func(l *line) { time.Sleep(30 * time.Second) }, 0},
		"ended by #":       {func(l *line) { l.speak(600, 4*time.Second); l.press("#"); time.Sleep(5 * time.Second) }, 4 * time.Second},
		"ended by silence": {func(l *line) { l.speak(600, 4*time.Second); time.Sleep(30 * time.Second) }, 4 * time.Second},
		"endless":          {func(l *line) { l.speak(600, 20*time.Second) }, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.cfg.Longest = 12 * time.Second
			synctest.Test(t, func(t *testing.T) {
				o.start(t)
				defer o.Close()
				l := o.calls(romeo, stranger, true)
				if !l.hears(beep, 20*time.Second) {
					t.Fatal("there is no tone")
				}
				time.Sleep(300 * time.Millisecond)
				c.say(l)
				if _, ok := l.ended(); !ok {
					t.Error("the call goes on")
				}
				list := o.messages(romeo)
				if c.length == 0 {
					if len(list) > 0 {
						t.Errorf("there are %+v", list)
					}
				} else if len(list) != 1 || list[0].Duration < c.length-time.Second || list[0].Duration > c.length+time.Second {
					t.Errorf("there are %+v", list)
				}
				if parts, _ := filepath.Glob(filepath.Join(o.dir, "*", "*.part")); len(parts) > 0 {
					t.Errorf("unfinished files are left: %v", parts)
				}
			})
		})
	}
}

func TestFullBox(t *testing.T) {
	o := newOffice(t)
	o.cfg.Messages = 2
	synctest.Test(t, func(t *testing.T) {
		o.start(t)
		for range 2 {
			o.leaves(romeo, stranger)
		}
		l := o.calls(romeo, stranger, false)
		time.Sleep(20 * time.Second)
		l.endsWith(call.Congestion)
		for _, e := range l.got {
			if _, ok := e.(call.Answered); ok {
				t.Error("a call to a full box costs the caller money")
			}
		}
		o.has(romeo, 2, 0)
		o.Close()
	})
}

// leaves has a caller leave a message of four seconds.
func (o *office) leaves(owner jid.JID, c voicemail.Caller) {
	o.t.Helper()
	l := o.calls(owner, c, false)
	l.press("1") // over the greeting
	if !l.hears(beep, 20*time.Second) {
		o.t.Fatal("there is no tone")
	}
	l.speak(600, 4*time.Second)
	l.hangUp()
}

// The server's end does not lose what was said.
func TestMessageAtTheEndOfTheServer(t *testing.T) {
	o := newOffice(t)
	synctest.Test(t, func(t *testing.T) {
		o.start(t)
		l := o.calls(romeo, stranger, false)
		if !l.hears(beep, 20*time.Second) {
			t.Fatal("there is no tone")
		}
		l.speak(600, 4*time.Second)
		o.Close()
		o.has(romeo, 1, 0)
		if _, ok := l.ended(); !ok {
			t.Error("the call goes on")
		}
		if _, err := o.Leave(romeo, false, stranger, l.leg); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a call after the end: %v", err)
		}
	})
}

// An owner's greeting takes the place of the standard one, by telephone or as a file.
func TestGreeting(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		l := o.own(romeosPhone)
		l.press("31")
		if !l.hears(beep, 20*time.Second) {
			t.Fatal("there is no tone")
		}
		time.Sleep(300 * time.Millisecond)
		l.speak(700, 4*time.Second)
		l.press("#")
		time.Sleep(5 * time.Second)
		l.press("2")
		if !l.hears(700, 20*time.Second) {
			t.Error("the owner does not hear his greeting")
		}
		l.hangUp()
		c := o.calls(romeo, stranger, true)
		if !c.hears(700, 3*time.Second) || !c.hears(beep, 20*time.Second) {
			t.Error("a caller does not hear the greeting, and then the tone")
		}
		c.hangUp()
		f, err := o.Greeting(romeo)
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := io.ReadAll(f)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		l = o.own(romeosPhone)
		l.press("33")
		time.Sleep(5 * time.Second)
		l.hangUp()
		if _, err := o.Greeting(romeo); !fault.Is(err, fault.NotFound) {
			t.Errorf("the standard greeting is not used: %v", err)
		}
		if err := o.SetGreeting(romeo, bytes.NewReader(recorded)); err != nil {
			t.Fatal(err)
		}
		if c = o.calls(romeo, stranger, false); !c.hears(700, 3*time.Second) {
			t.Error("a caller does not hear the file")
		}
		c.hangUp()
		for _, bad := range []string{"", "RIFF", string(recorded[:44])} {
			if err := o.SetGreeting(romeo, strings.NewReader(bad)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%d octets are a greeting: %v", len(bad), err)
			}
		}
		l = o.own(romeosPhone)
		l.press("31")
		if !l.hears(beep, 20*time.Second) {
			t.Fatal("there is no tone")
		}
		l.press("#") // nothing said: the greeting stays
		time.Sleep(5 * time.Second)
		l.hangUp()
		if _, err := o.Greeting(romeo); err != nil {
			t.Errorf("the greeting is lost: %v", err)
		}
	})
}

// at a telephone that is not the owner's, his PIN is asked for; and guessing it ends soon.
func TestPIN(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.leaves(juliet, stranger)
		listens := func(l *line, want bool) {
			t.Helper()
			if is := l.hears(600, 40*time.Second); is != want {
				t.Errorf("the message is heard: %v", is)
			}
			l.hangUp()
		}
		l := o.other(romeosPhone)
		l.press("100#4711#1")
		listens(l, true)
		if err := o.SetHeard(t.Context(), juliet, o.messages(juliet)[0].ID, false); err != nil {
			t.Fatal(err)
		}
		l = o.calls(juliet, stranger, false) // from anywhere, over the greeting
		l.press("*")
		l.press("4711#1")
		listens(l, true)
		if err := o.SetHeard(t.Context(), juliet, o.messages(juliet)[0].ID, false); err != nil {
			t.Fatal(err)
		}
		l = o.other(julietsPhone) // one's own needs none
		l.press("100#1")
		listens(l, true)
		if err := o.SetHeard(t.Context(), juliet, o.messages(juliet)[0].ID, false); err != nil {
			t.Fatal(err)
		}

		for _, box := range []string{"100#", "101#", "999#"} { // wrong, none, no box at all: all the same
			l = o.other(romeosPhone)
			if box == "101#" {
				l.hangUp()
				l = o.other(julietsPhone)
			}
			l.press(box)
			for range 3 {
				time.Sleep(2 * time.Second)
				l.press("1111#")
				time.Sleep(4 * time.Second)
			}
			time.Sleep(5 * time.Second)
			l.endsWith(call.Forbidden)
		}
		l = o.other(romeosPhone)
		l.press("100#")
		l.press("1111#")
		time.Sleep(4 * time.Second)
		l.press("2222#") // the fifth
		time.Sleep(4 * time.Second)
		l.press("4711#1")
		listens(l, false)
		time.Sleep(6 * minute)
		l = o.other(romeosPhone)
		l.press("100#4711#1")
		listens(l, true)
		for _, secret := range []string{"1111", "4711", "2222"} {
			if strings.Contains(o.log.String(), secret) {
				t.Errorf("%s is in the log", secret)
			}
		}
	})
}

// the box that is listened to by *104 is one's own, or one that was set.
func TestMonitoredBox(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.leaves(juliet, stranger)
		listens := func() bool {
			l := o.dial(func(leg call.Leg) (call.Sink, error) { return o.Monitored(romeosPhone, leg) })
			l.press("1")
			defer l.hangUp()
			return l.hears(600, 40*time.Second)
		}
		if listens() {
			t.Error("romeo hears juliet's message")
		}
		if err := o.SetSettings(t.Context(), romeo, voicemail.Settings{Monitored: juliet}); err != nil {
			t.Fatal(err)
		}
		if x, err := o.Settings(t.Context(), romeo); err != nil || x.Monitored != juliet {
			t.Errorf("the settings are %+v, %v", x, err)
		}
		if !listens() {
			t.Error("romeo does not hear what he may")
		}
		if err := o.SetSettings(t.Context(), romeo, voicemail.Settings{Monitored: nurse}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the box of nobody: %v", err)
		}
		if _, err := o.Own(voicemail.Caller{User: nurse}, nil); !fault.Is(err, fault.Forbidden) {
			t.Errorf("who is no user: %v", err)
		}
		if _, err := o.Leave(nurse, false, stranger, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a box of nobody: %v", err)
		}
	})
}

// Nobody reaches the messages of another by their names, and what is gone is gone.
func TestMessagesAreTheirOwners(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		o.leaves(juliet, romeosPhone)
		m := o.messages(juliet)[0]
		if m.Caller != romeo || m.Name != "Romeo" {
			t.Errorf("the message is %+v", m)
		}
		ctx := t.Context()
		for name, try := range map[string]func(owner jid.JID, id string) error{
			"read":   func(owner jid.JID, id string) error { _, err := o.Message(ctx, owner, id); return err },
			"open":   func(owner jid.JID, id string) error { _, err := o.Open(ctx, owner, id); return err },
			"mark":   func(owner jid.JID, id string) error { return o.SetHeard(ctx, owner, id, true) },
			"delete": func(owner jid.JID, id string) error { return o.Delete(ctx, owner, id) },
		} {
			for owner, id := range map[jid.JID]string{romeo: m.ID, juliet: "../../plenum"} {
				if err := try(owner, id); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s for %s: %v", name, owner, err)
				}
			}
		}
		f, err := o.Open(ctx, juliet, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		pcm, err := wav.Read(f, minute)
		if err != nil || !tone.Heard(pcm[len(pcm)/3:len(pcm)/2], 600) {
			t.Errorf("the file does not have what was said: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		o.leaves(romeo, stranger)
		if err := o.ForgetAccount(ctx, juliet); err != nil {
			t.Fatal(err)
		}
		o.has(juliet, 0, 0)
		o.has(romeo, 1, 0)
		if list, _ := os.ReadDir(o.dir); len(list) != 1 {
			t.Errorf("%d folders are left", len(list))
		}
		if err := o.ForgetAccount(ctx, juliet); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

// a message is mailed to its owner, also when the mail server is down for a while, and after a restart.
func TestMail(t *testing.T) {
	o := newOffice(t)
	synctest.Test(t, func(t *testing.T) {
		o.start(t)
		down := fmt.Errorf("the mail server does not answer")
		o.mail.errs = []error{down, down, down}
		o.leaves(romeo, stranger) // has no address
		o.leaves(juliet, stranger)
		time.Sleep(2 * time.Minute)
		if n := len(o.mail.sent()); n != 0 {
			t.Fatalf("%d mails", n)
		}
		o.Close()
		o.start(t)
		time.Sleep(time.Hour)
		sent := o.mail.sent()
		if len(sent) != 1 {
			t.Fatalf("%d mails", len(sent))
		}
		m := sent[0]
		if m.To != "juliet@mail.example.org" || m.Subject != "Sprachnachricht von +498912345 (0:04)" || !strings.Contains(m.Text, "Nachricht von +498912345") {
			t.Errorf("the mail is %+v", m)
		}
		if info, err := os.Stat(m.File); err != nil || info.Size() < 100_000 {
			t.Errorf("what is attached: %v, %v", info, err)
		}
		o.has(juliet, 1, 0)
		time.Sleep(24 * time.Hour)
		if n := len(o.mail.sent()); n != 1 {
			t.Errorf("%d mails about one message", n)
		}

		// B12: who does not keep messages has them in the mail alone.
		if err := o.SetSettings(t.Context(), juliet, voicemail.Settings{Discard: true}); err != nil {
			t.Fatal(err)
		}
		o.leaves(juliet, voicemail.Caller{Language: "de"})
		time.Sleep(time.Minute)
		if sent := o.mail.sent(); len(sent) != 2 || !strings.HasPrefix(sent[1].Subject, "Sprachnachricht von einer unbekannten Nummer") {
			t.Errorf("the mails are %+v", sent)
		}
		o.has(juliet, 1, 0)

		// What the mail server refuses for good stays in the box, and is not tried again.
		o.mail.errs = []error{fault.New(fault.Invalid, "no such user")}
		o.leaves(juliet, stranger)
		time.Sleep(24 * time.Hour)
		if n := len(o.mail.sent()); n != 2 {
			t.Errorf("%d mails", n)
		}
		o.has(juliet, 2, 0)
		o.Close()
	})
}

// A mail server that is down for a week is not asked for ever.
func TestMailGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		for range 1000 {
			o.mail.errs = append(o.mail.errs, context.DeadlineExceeded)
		}
		o.leaves(juliet, stranger)
		time.Sleep(14 * 24 * time.Hour)
		if tried := 1000 - len(o.mail.errs); tried != 40 {
			t.Errorf("it was tried %d times", tried)
		}
		o.has(juliet, 1, 0)
	})
}

func TestConfig(t *testing.T) {
	for _, c := range []voicemail.Config{{Longest: time.Second}, {Longest: time.Hour}, {Shortest: -1}, {Shortest: time.Hour}, {Messages: -1}, {Messages: 1 << 20}} {
		if err := c.Validate(); err == nil {
			t.Errorf("%+v is valid", c)
		}
	}
}

// What changes at one server is told at the other, and its messages are heard there.
func TestTwoServers(t *testing.T) {
	first, second := newOffice(t), newOffice(t)
	second.dir = first.dir
	synctest.Test(t, func(t *testing.T) {
		first.announce = func(text []byte) { second.Heard(text) }
		first.start(t)
		second.db = first.db
		second.start(t)
		first.leaves(romeo, stranger)
		synctest.Wait()
		if len(second.changes) != 1 || second.changes[0] != romeo {
			t.Errorf("the other server was told of %v", second.changes)
		}
		second.has(romeo, 1, 0)
		f, err := second.Open(t.Context(), romeo, second.messages(romeo)[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		second.Heard([]byte("no address@"))
		if len(second.changes) != 1 {
			t.Errorf("news that cannot be read change %v", second.changes)
		}
		first.Close()
		second.Close()
	})
}

// B10: the record of the call knows which message was left in it; of a call without a record nobody is told.
func TestWhoKeepsRecordsIsToldOfMessages(t *testing.T) {
	bubble(t, func(t *testing.T, o *office) {
		caller := stranger
		caller.Call = "call1"
		o.leaves(juliet, caller)
		o.leaves(juliet, stranger)
		list, err := o.Messages(t.Context(), juliet)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		if len(o.left) != 1 || o.left[0] != "call1 "+list[0].ID && o.left[0] != "call1 "+list[1].ID {
			t.Errorf("told was %q, the messages are %+v", o.left, list)
		}
	})
}
