//go:build interop

package interop

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// soakEnv says for how long [TestSIPSoak] lets phones call, as "2h"; without it the test is skipped.
const soakEnv = "PLENUM_SOAK"

const (
	soakPhones  = 180                    // of as many users
	soakTalk    = 20 * time.Second       // how long a plain call is
	soakEvery   = 500 * time.Millisecond // from the beginning of a call to that of the next
	soakRefresh = time.Minute            // from one registration of an idle phone to its next
	soakWarm    = 15 * time.Minute       // memory is compared with what it was then
	soakGrows   = 1.15                   // and may be so many times that at the end
)

// A soak is the load of telephones that call for hours, and what it has seen.
type soak struct {
	*office
	t   *testing.T
	srv *server

	mu      sync.Mutex
	calls   map[string]int // that have ended well, by kind
	failed  int
	shown   int // of these
	running sync.WaitGroup

	empty   sample   // before the first call
	samples []sample // of each minute
}

// TestSIPSoak lets telephones call each other, the mailboxes and a conference, and a trunk call them, two calls a second with sound both ways; every
// minute it writes what the server holds. When all is over nothing may be left, and the memory may not have grown.
func TestSIPSoak(t *testing.T) {
	text := os.Getenv(soakEnv)
	if text == "" {
		t.Skipf("%s is not set", soakEnv)
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	counted(t)
	s := newSoak(t)
	s.idle(20)
	t.Log(sampleHead)
	s.empty = s.sample(0)
	from := time.Now()
	tick := time.NewTicker(soakEvery)
	defer tick.Stop()
	for minute, n := 1, 0; time.Since(from) < length; n++ {
		s.begin(s.kind(n))
		if time.Since(from) >= time.Duration(minute)*time.Minute {
			s.samples = append(s.samples, s.sample(time.Since(from)))
			minute++
		}
		<-tick.C
	}
	s.running.Wait()
	s.end(time.Since(from))
}

func newSoak(t *testing.T) *soak {
	srv := startConfigured(t, "")
	return &soak{office: srv.office(soakPhones), t: t, srv: srv, calls: make(map[string]int)}
}

// kind is what the nth call is.
func (s *soak) kind(n int) (name string, script func(*attempt)) {
	switch n % 10 {
	case 6:
		return "held", s.held
	case 7:
		return "transferred", s.transferred
	case 8:
		return "mailbox", s.mailbox
	case 9:
		return "conference", s.conference
	}
	return "from the trunk", s.fromTrunk
}

// begin starts a call, which may fail for itself.
func (s *soak) begin(kind string, script func(*attempt)) {
	a := &attempt{TB: s.t, office: s.office}
	s.running.Go(func() {
		defer func() {
			a.clean()
			s.mu.Lock()
			defer s.mu.Unlock()
			if a.why == "" {
				s.calls[kind]++
				return
			}
			s.failed++
			if s.shown < 50 {
				s.shown++
				s.t.Logf("a call failed, %s: %s", kind, a.why)
			}
		}()
		script(a)
	})
}

// idle has phones that only stay registered.
func (s *soak) idle(n int) {
	var all sync.WaitGroup
	s.t.Cleanup(all.Wait)
	for range n {
		who := <-s.free
		a := &attempt{TB: s.t, office: s.office}
		all.Go(func() {
			defer func() {
				a.clean()
				if a.why != "" {
					s.t.Errorf("a phone without a call: %s", a.why)
				}
			}()
			p := a.phone(who)
			for s.t.Context().Err() == nil {
				select {
				case <-time.After(soakRefresh + rand.N(time.Second)):
					a.registers(p, registeredFor)
				case <-s.t.Context().Done():
				}
			}
		})
	}
}

// fromTrunk is a call from outside to a phone.
func (s *soak) fromTrunk(a *attempt) {
	to := a.extension()
	callee := a.phone(to)
	caller := a.outside()
	l := a.connect(caller, callee, fromOutside+to.number)
	l.talk(soakTalk)
	l.hangUp()
	a.registers(callee, 0)
}

// held is a call of two phones, in which the one who called lets the other wait.
func (s *soak) held(a *attempt) {
	from, to := a.extension(), a.extension()
	caller, callee := a.phone(from), a.phone(to)
	l := a.connect(caller, callee, to.number)
	l.talk(soakTalk / 4)
	l.hold("sendonly")
	l.attend(soakTalk / 4)
	l.hold("sendrecv")
	l.talk(soakTalk / 4)
	l.hangUp()
	a.registers(caller, 0)
	a.registers(callee, 0)
}

// transferred is a call of two phones that the one who was called passes on to a third.
func (s *soak) transferred(a *attempt) {
	from, to, third := a.extension(), a.extension(), a.extension()
	caller, callee, last := a.phone(from), a.phone(to), a.phone(third)
	l := a.connect(caller, callee, to.number)
	l.talk(soakTalk / 4)
	l = l.transfer(last, third.number)
	l.talk(soakTalk / 4)
	l.hangUp()
	for _, p := range []*speaker{caller, callee, last} {
		a.registers(p, 0)
	}
}

// mailbox is somebody who listens to the menu of his mailbox for a while.
func (s *soak) mailbox(a *attempt) { s.service(a, "*100") }

// conference is somebody who comes into the conference for a while; others are there at the time.
func (s *soak) conference(a *attempt) { s.service(a, s.meeting) }

func (s *soak) service(a *attempt, number string) {
	p := a.phone(a.extension())
	l := a.connect(p, nil, number)
	l.attend(soakTalk / 2)
	l.hangUp()
	a.registers(p, 0)
}
