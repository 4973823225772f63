//go:build interop

package interop

import (
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/media"
	"plenum/sipbridge/siptest"
)

// An attempt is one call among many. What fails in it ends it alone.
type attempt struct {
	testing.TB
	*office

	mu       sync.Mutex
	cleanups []func()
	why      string // it failed
}

func (a *attempt) Helper() {}

// Cleanup is for when the call is over.
func (a *attempt) Cleanup(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cleanups = append(a.cleanups, f)
}

func (a *attempt) clean() {
	for _, f := range slices.Backward(a.cleanups) {
		f()
	}
}

func (a *attempt) Errorf(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == "" {
		a.why = fmt.Sprintf(format, args...)
	}
}

func (a *attempt) Fatalf(format string, args ...any) {
	a.Errorf(format, args...)
	runtime.Goexit()
}

func (a *attempt) Fatal(args ...any) { a.Fatalf("%s", fmt.Sprint(args...)) }

// play runs a script to its end. It fails the test when the script has.
func (a *attempt) play(t testing.TB, script func()) {
	t.Helper()
	var run sync.WaitGroup
	run.Go(script) // it may end its goroutine
	run.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why != "" {
		t.Fatal(a.why)
	}
}

// extension is a user whose phone is free until the call is over.
func (a *attempt) extension() extension {
	e := <-a.free
	a.Cleanup(func() { a.free <- e })
	return e
}

// registeredFor is how long a phone is registered for that does not take it back, because its call has failed.
const registeredFor = 3 * time.Minute

// A speaker is a phone with sound.
type speaker struct {
	*siptest.Phone
	sound *sound
}

// phone registers a phone.
func (a *attempt) phone(as extension) *speaker {
	p := a.speaker("127.0.0.1", as.User, as.Secret, domain)
	a.registers(p, registeredFor)
	return p
}

// outside is a telephone behind the trunk.
func (a *attempt) outside() *speaker { return a.speaker(provider, "+4917155501", "", "127.0.0.1") }

func (a *attempt) speaker(at, user, secret, host string) *speaker {
	conn, err := net.ListenPacket("udp", at+":0")
	if err != nil {
		a.Fatal(err)
	}
	return &speaker{siptest.New(a, conn, a.sip, user, secret, host), a.sounds.add(a)}
}

func (a *attempt) registers(p *speaker, expires time.Duration) {
	if res := p.Register(expires); res.StatusCode != sip.StatusOK {
		a.Fatalf("REGISTER: %d %s", res.StatusCode, res.Reason)
	}
	a.registered.Add(1)
}

// A line is a call, with the phones at its ends. A service of the server has none.
type line struct {
	*attempt
	ends []*end
}

// An end is a phone in a call.
type end struct {
	*siptest.Call
	sound *sound
}

// connect makes a call, which is answered.
func (a *attempt) connect(caller, callee *speaker, number string) *line {
	c := &end{caller.Dial(number, caller.sound.describes("sendrecv")), caller.sound}
	l := &line{a, []*end{c}}
	if callee != nil {
		l.ends = append(l.ends, &end{callee.Rung(), callee.sound})
		l.ends[1].Say(sip.StatusRinging, nil)
		c.Hears("180 INVITE")
		l.ends[1].answers(a)
	}
	for m := caller.Next(); ; m = caller.Next() {
		res, ok := m.(*sip.Response)
		if !ok || res.StatusCode >= 300 {
			a.Fatalf("%s to the INVITE for %s", siptest.Name(m), number)
		}
		if res.StatusCode < 200 {
			continue
		}
		c.Remote, _ = res.To().Params.Get("tag")
		c.Target = res.Contact().Address
		c.Ack(nil)
		c.sound.aims(a, res.Body())
		return l
	}
}

// answers takes a call that rings.
func (e *end) answers(a *attempt) {
	e.Say(sip.StatusOK, e.sound.describes("sendrecv"))
	e.sound.aims(a, e.Invite.Body())
	e.Request(sip.ACK)
}

// attend answers what the server asks for a while.
func (l *line) attend(d time.Duration) {
	for deadline := time.Now().Add(d); time.Now().Before(deadline); {
		for _, e := range l.ends {
			if m, ok := e.Within(50 * time.Millisecond); ok {
				e.replies(l.attempt, m)
			}
		}
	}
}

// replies to a request within a call that goes on.
func (e *end) replies(a *attempt, m sip.Message) {
	req, ok := m.(*sip.Request)
	switch {
	case ok && req.Method == sip.ACK:
	case ok && (req.Method == sip.INVITE || req.Method == sip.UPDATE):
		var body []byte
		if len(req.Body()) > 0 || req.Method == sip.INVITE {
			body = e.sound.describes("sendrecv")
		}
		if len(req.Body()) > 0 {
			e.sound.aims(a, req.Body())
		}
		e.Reply(req, sip.StatusOK, body)
	default:
		a.Fatalf("%s in a call", siptest.Name(m))
	}
}

// talk is a while in which all ends have to hear.
func (l *line) talk(d time.Duration) {
	before := make([]int64, len(l.ends))
	for i, e := range l.ends {
		before[i] = e.sound.heard.Load()
	}
	l.attend(d)
	for i, e := range l.ends {
		if n := e.sound.heard.Load() - before[i]; n < int64(d/media.FrameTime)*8/10 {
			l.Fatalf("%s has heard %d packets in %s", e.User, n, d)
		}
	}
}

// hold is a change by the one who called.
func (l *line) hold(direction string) {
	c := l.ends[0]
	c.Do(sip.INVITE, c.sound.describes(direction))
	c.sound.aims(l.attempt, c.Response("200 INVITE").Body())
	c.Ack(nil)
}

// transfer is the one who was called passing the call on.
func (l *line) transfer(to *speaker, number string) *line {
	by := l.ends[1]
	by.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:"+number+"@"+domain+">"))
	by.Response("202 REFER")
	next := &line{l.attempt, []*end{l.ends[0], {to.Rung(), to.sound}}}
	next.ends[1].Say(sip.StatusRinging, nil)
	next.ends[1].answers(l.attempt)
	for {
		req, ok := by.Next().(*sip.Request)
		if !ok {
			l.Fatalf("who has passed on a call is answered")
		}
		by.Reply(req, sip.StatusOK, nil)
		if req.Method == sip.BYE {
			return next
		}
	}
}

// hangUp ends the call, by the one who called.
func (l *line) hangUp() {
	l.ends[0].Bye()
	for _, e := range l.ends[1:] {
		for {
			m := e.Next()
			if siptest.Name(m) == "BYE" {
				e.Reply(m.(*sip.Request), sip.StatusOK, nil)
				break
			}
			e.replies(l.attempt, m)
		}
	}
}
