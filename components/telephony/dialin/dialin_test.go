package dialin_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/dialin"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

const pin = "313787136"

var (
	sales   = jid.MustParse("sales@groups.example.org")
	private = jid.MustParse("board@groups.example.org")
	juliet  = jid.MustParse("juliet@example.org")
	caller  = dialin.Caller{Number: "+498912345678", Language: "de"}
)

// groups stand for the conferences.
type groups struct {
	mu    sync.Mutex
	in    []dialin.Caller
	room  jid.JID
	err   error
	code  string // that a page shows
	taken *line
	wrong int // PINs that were looked up in vain
}

func (g *groups) Take(_ context.Context, room jid.JID, c dialin.Caller, leg call.Leg, _ call.Offer) (call.Sink, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return nil, g.err
	}
	leg.Send(call.Answer{})
	g.in, g.room, g.taken = append(g.in, c), room, &line{}
	return g.taken, nil
}

func (g *groups) IsMember(_ context.Context, _, user jid.JID) (bool, error) {
	return user == juliet, nil
}
func (g *groups) ExpectsCode(jid.JID) bool { return g.code != "" }
func (g *groups) IsCode(_ context.Context, _ jid.JID, code string) (bool, error) {
	return code == g.code, nil
}

func (g *groups) ByPIN(entered string) (directory.Access, error) {
	if entered == pin {
		return directory.Access{Room: sales, PIN: pin}, nil
	}
	g.wrong++
	return directory.Access{}, fault.New(fault.NotFound, "no such PIN")
}

func (g *groups) Get(room jid.JID) (directory.Access, error) {
	if room == sales {
		return directory.Access{Room: sales, PIN: pin}, nil
	}
	return directory.Access{}, fault.New(fault.NotFound, "no guests")
}

// A line is a caller's end, or the sink of one.
type line struct {
	leg *call.PipeEnd
	mu  sync.Mutex
	got []call.Event
}

func (l *line) Post(e call.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, e)
	return true
}

func (l *line) answered() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.got {
		if _, ok := e.(call.Answered); ok {
			return true
		}
	}
	return false
}

func (l *line) ended() (call.Reason, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.got {
		if e, ok := e.(call.Ended); ok {
			return e.Reason, true
		}
	}
	return 0, false
}

func (l *line) press(keys string) {
	l.leg.Send(call.SendDTMF{Keys: keys})
	synctest.Wait()
}

// desk is the service and what it stands on.
type desk struct {
	t *testing.T
	*dialin.Service
	groups *groups
	log    strings.Builder
}

func newDesk(t *testing.T, cfg dialin.Config) *desk {
	t.Helper()
	spoken, err := prompts.New("", "en")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, groups: &groups{}}
	d.Service, err = dialin.New(cfg, dialin.Parts{Groups: d.groups, PINs: d.groups, Prompts: spoken,
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// dial calls the number of all groups, or of one.
func (d *desk) dial(c dialin.Caller, room jid.JID) *line {
	d.t.Helper()
	l := &line{}
	callee, end := call.Pipe(call.Offer{ID: "line"}, l)
	l.leg = callee
	var sink call.Sink
	var err error
	if room.IsZero() {
		sink, err = d.DialIn(c, end, call.Offer{})
	} else {
		sink, err = d.Group(room, c, end, call.Offer{})
	}
	if err != nil {
		d.t.Fatal(err)
	}
	end.SetSink(sink)
	synctest.Wait()
	return l
}

func (d *desk) isIn(want int) {
	d.t.Helper()
	synctest.Wait()
	if n := len(d.groups.in); n != want {
		d.t.Errorf("%d callers are in a conference, not %d", n, want)
	}
}

// the PIN leads into its group, with # or without, at once or after others that are wrong.
func TestThePINLeadsToTheGroup(t *testing.T) {
	for name, press := range map[string]func(*line){
		"with #":          func(l *line) { l.press(pin + "#") },
		"without #":       func(l *line) { l.press(pin) },
		"in two parts":    func(l *line) { l.press(pin[:4]); time.Sleep(4 * time.Second); l.press(pin[4:]) },
		"at the greeting": func(l *line) { l.press(pin + "#") },
		"third try": func(l *line) {
			l.press("123456789")
			time.Sleep(10 * time.Second)
			l.press("12*4#")
			time.Sleep(10 * time.Second)
			l.press(pin)
		},
		"nothing at first": func(l *line) { time.Sleep(25 * time.Second); l.press(pin) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, dialin.Config{})
				l := d.dial(caller, jid.JID{})
				if !l.answered() {
					t.Error("the call is not answered")
				}
				if name != "at the greeting" {
					time.Sleep(3 * time.Second)
				}
				press(l)
				time.Sleep(2 * time.Second)
				d.isIn(1)
				if d.groups.room != sales || d.groups.in[0] != caller {
					t.Errorf("%+v is in %s", d.groups.in, d.groups.room)
				}
				l.press("*")
				if got := d.groups.taken.got; len(got) != 2 || got[0] != (call.MediaReady{}) || got[1] != (call.DTMF{Key: '*'}) {
					t.Errorf("the conference was told %v", got)
				}
				l.leg.Send(call.Hangup{Reason: call.Success})
			})
		})
	}
}

// Three tries, and the caller is hung up on; none of what he has pressed is in the log.
func TestThreeTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dialin.Config{})
		l := d.dial(caller, jid.JID{})
		for i := range 3 {
			if _, ok := l.ended(); ok {
				t.Errorf("hung up after %d tries", i)
			}
			time.Sleep(3 * time.Second)
			l.press(fmt.Sprint(987654321 - i))
			time.Sleep(5 * time.Second)
		}
		time.Sleep(5 * time.Second)
		if r, ok := l.ended(); !ok || r != call.Forbidden {
			t.Errorf("the call has ended: %v, %v", ok, r)
		}
		d.isIn(0)
		if strings.Contains(d.log.String(), "98765432") {
			t.Errorf("a PIN is in the log: %s", d.log.String())
		}
		again := d.dial(caller, jid.JID{})
		again.press(pin)
		time.Sleep(15 * time.Second)
		if r, ok := again.ended(); !ok || r != call.Forbidden {
			t.Errorf("who calls at once again is asked: %v, %v", ok, r)
		}
		time.Sleep(time.Minute)
		last := d.dial(caller, jid.JID{})
		last.press(pin)
		time.Sleep(3 * time.Second)
		d.isIn(1)
		last.leg.Send(call.Hangup{Reason: call.Success})
	})
}

// Guessing is hopeless: of one number, and of a thousand; who is known gets in all the same.
func TestGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dialin.Config{WrongPINs: 60})
		friend := d.dial(caller, jid.JID{})
		friend.press(pin)
		time.Sleep(2 * time.Second)
		d.isIn(1)
		guess := func(number string) {
			l := d.dial(dialin.Caller{Number: number}, jid.JID{})
			for range 3 {
				time.Sleep(2 * time.Second)
				if _, over := l.ended(); over {
					break
				}
				l.press("111111111")
			}
			time.Sleep(15 * time.Second)
		}
		begin := time.Now()
		for time.Since(begin) < 24*time.Hour {
			guess("+4930111")
		}
		if d.groups.wrong > 20 {
			t.Errorf("one number has guessed %d times in a day", d.groups.wrong)
		}
		before := d.groups.wrong
		for i := range 100 {
			guess(fmt.Sprintf("+49301%04d", i))
		}
		if n := d.groups.wrong - before; n > 100 {
			t.Errorf("a hundred numbers have guessed %d times in less than an hour", n)
		}
		l := d.dial(dialin.Caller{Number: "+4940999"}, jid.JID{})
		l.press(pin)
		time.Sleep(15 * time.Second)
		d.isIn(1)
		for i, known := range []dialin.Caller{caller, {User: juliet, Number: "100"}} {
			l := d.dial(known, jid.JID{})
			l.press(pin)
			time.Sleep(3 * time.Second)
			d.isIn(2 + i)
			l.leg.Send(call.Hangup{Reason: call.Success})
		}
		time.Sleep(time.Hour)
		l = d.dial(dialin.Caller{Number: "+4940999"}, jid.JID{})
		l.press(pin)
		time.Sleep(3 * time.Second)
		d.isIn(4)
		friend.leg.Send(call.Hangup{Reason: call.Success})
		l.leg.Send(call.Hangup{Reason: call.Success})
	})
}

// Those who are asked at the same time have no more tries together than one after the other.
func TestGuessingAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dialin.Config{WrongPINs: 10})
		var lines []*line
		for i := range 50 {
			lines = append(lines, d.dial(dialin.Caller{Number: fmt.Sprintf("+49301%04d", i)}, jid.JID{}))
		}
		time.Sleep(3 * time.Second)
		for _, l := range lines {
			l.press("111111111")
		}
		if d.groups.wrong > 10 {
			t.Errorf("they have guessed %d times", d.groups.wrong)
		}
		last := d.dial(dialin.Caller{Number: "+49301"}, jid.JID{})
		last.press(pin)
		time.Sleep(30 * time.Second)
		d.isIn(0)
	})
}

// B7: from inside a member needs no PIN, and others may not come in without; who may not at all hears so, and pays nothing.
func TestGroupNumberFromInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dialin.Config{})
		member := dialin.Caller{User: juliet, Number: "100"}
		l := d.dial(member, private)
		d.isIn(1)
		if d.groups.room != private {
			t.Errorf("in %s", d.groups.room)
		}
		l.leg.Send(call.Hangup{Reason: call.Success})

		other := dialin.Caller{User: jid.MustParse("romeo@example.org"), Number: "101"}
		l = d.dial(other, sales)
		if !l.answered() {
			t.Error("who is no member is not asked for the PIN")
		}
		l.press(pin)
		time.Sleep(3 * time.Second)
		d.isIn(2)
		l.leg.Send(call.Hangup{Reason: call.Success})

		l = d.dial(other, private)
		time.Sleep(10 * time.Second)
		if r, ok := l.ended(); !ok || r != call.Forbidden || l.answered() {
			t.Errorf("a group without guests: %v, %v, answered %v", ok, r, l.answered())
		}
		d.isIn(2)
	})
}

// who has a page types its code after the PIN.
func TestCodeOfAPage(t *testing.T) {
	for name, c := range map[string]struct{ press, code string }{
		"right":                 {"4711", "4711"},
		"right at second":       {"1111#|4711", "4711"},
		"there is none":         {"#", ""},
		"nothing is pressed":    {"", ""},
		"wrong all three times": {"1111|2222|3333", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, dialin.Config{})
				d.groups.code = "4711"
				l := d.dial(caller, jid.JID{})
				l.press(pin + "#")
				time.Sleep(5 * time.Second)
				d.isIn(0)
				for keys := range strings.SplitSeq(c.press, "|") {
					l.press(keys)
					time.Sleep(8 * time.Second)
				}
				time.Sleep(20 * time.Second)
				d.isIn(1)
				if got := d.groups.in[0].Code; got != c.code {
					t.Errorf("the code is %q, not %q", got, c.code)
				}
				l.leg.Send(call.Hangup{Reason: call.Success})
			})
		})
	}
}

// who cannot take part is told why.
func TestWhyNot(t *testing.T) {
	for err, want := range map[error]call.Reason{
		fault.New(fault.Forbidden, "no guests"): call.Forbidden, fault.New(fault.Limit, "full"): call.Congestion, fault.New(fault.Busy, "busy"): call.Congestion,
		fault.New(fault.NotFound, "gone"): call.NotFound, fault.New(fault.Unavailable, "elsewhere"): call.Unavailable, dialin.ErrRemoved: call.Forbidden,
	} {
		t.Run(err.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, dialin.Config{})
				d.groups.err = err
				l := d.dial(caller, jid.JID{})
				l.press(pin)
				time.Sleep(2 * time.Second)
				if _, ok := l.ended(); ok {
					t.Error("hung up without a word")
				}
				time.Sleep(15 * time.Second)
				if r, ok := l.ended(); !ok || r != want {
					t.Errorf("the call has ended: %v, %v, not %v", ok, r, want)
				}
			})
		})
	}
}

func TestCallerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dialin.Config{})
		for _, after := range []time.Duration{0, 500 * time.Millisecond, 2 * time.Second, 8 * time.Second} {
			l := d.dial(caller, jid.JID{})
			time.Sleep(after)
			l.leg.Send(call.Hangup{Reason: call.Success})
			synctest.Wait()
		}
		l := d.dial(caller, jid.JID{})
		d.Close()
		if r, ok := l.ended(); !ok {
			t.Errorf("the server stops, and a call goes on: %v", r)
		}
		if _, err := d.DialIn(caller, l.leg, call.Offer{}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a call after the end: %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	for _, c := range []dialin.Config{{Pause: -1}, {Pause: time.Minute}, {WrongPINs: 1}, {WrongPINs: 20_000}} {
		if err := c.Validate(); err == nil {
			t.Errorf("%+v is valid", c)
		}
	}
}
