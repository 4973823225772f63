package rtp_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

func portOf(t testing.TB, description string) int {
	t.Helper()
	return read(t, description).Media[0].Port
}

func TestPortsAreTakenInPairsAndGivenBack(t *testing.T) {
	const first = 49201 // an odd one is not used
	listenOn(t, fmt.Sprintf("127.0.0.1:%d", first+1))
	listenOn(t, fmt.Sprintf("127.0.0.1:%d", first+4))
	e := newEngine(t, func(c *rtp.Config) { c.First, c.Last = first, first+8 })
	a, b, c := newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{})
	if p, q := portOf(t, a.offer(t)), portOf(t, b.offer(t)); p != first+5 || q != first+7 {
		t.Errorf("ports %d and %d", p, q)
	}
	if _, err := c.Offer(); !fault.Is(err, fault.Limit) {
		t.Errorf("more calls than ports: %v", err)
	}
	a.Close()
	a.Close()
	if taken, all := e.Ports(); taken != 1 || all != 4 {
		t.Errorf("%d of %d pairs", taken, all)
	}
	if p := portOf(t, c.offer(t)); p != first+5 {
		t.Errorf("port %d", p)
	}
	if _, err := a.Offer(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an offer of what is closed: %v", err)
	}
}

func TestWhatCannotBeConfiguredIsInvalid(t *testing.T) {
	for _, c := range []rtp.Config{{First: 80, Last: 90}, {First: 5000, Last: 4000}, {First: 5000, Last: 70000}, {Silence: time.Millisecond}, {Reports: time.Hour}} {
		if _, err := rtp.NewEngine(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	e := newEngine(t)
	if _, err := e.New(rtp.Options{Events: newWitness()}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a session without any address: %v", err)
	}
	s, err := e.New(rtp.Options{Events: newWitness(), Remote: netip.MustParseAddrPort("127.0.0.1:5060")})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := s.Offer(); err != nil || !strings.Contains(string(b), "c=IN IP4 127.0.0.1\r\n") {
		t.Errorf("%v %s", err, b)
	}
	_ = e.Close()
	if _, err := e.New(rtp.Options{Local: loopback}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a session of an engine that is closed: %v", err)
	}
	if taken, _ := e.Ports(); taken != 0 || e.Sessions() != 0 {
		t.Errorf("%d pairs of ports of %d sessions are left", taken, e.Sessions())
	}
}

// Calls that begin, talk, press keys and end leave no goroutine, no socket and no subscription.
func TestNothingIsLeftOfSessionsThatHaveEnded(t *testing.T) {
	e := newEngine(t)
	source := sing(t, media.PCMA, 440)
	before := atWork()
	for range 20 {
		a, b := newParty(t, e, rtp.Options{Security: rtp.Secure}), newParty(t, e, rtp.Options{Security: rtp.SDES})
		agree(t, a, b)
		_, _ = a.Bind(0, source), b.Bind(0, a.track(t))
		if err := a.SendDTMF("123", 0); err != nil {
			t.Fatal(err)
		}
		a.Close()
		b.Close()
		if err := a.Bind(0, source); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("a closed session is bound to: %v", err)
		}
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); atWork() > before; {
		if <-tick.C; time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", atWork(), before)
		}
	}
	if taken, _ := e.Ports(); taken != 0 || e.Sessions() != 0 || source.Layers()[0].Wanted() {
		t.Errorf("%d pairs of ports, %d sessions, still subscribed: %t", taken, e.Sessions(), source.Layers()[0].Wanted())
	}
}

// atWork is how many goroutines do something for a session.
func atWork() (n int) {
	b := make([]byte, 1<<20)
	for stack := range bytes.SplitSeq(b[:runtime.Stack(b, true)], []byte("\n\n")) {
		if bytes.Contains(stack, []byte("rtp.(*pair)")) || bytes.Contains(stack, []byte("rtp.(*outgoing)")) || bytes.Contains(stack, []byte("github.com/pion/")) {
			n++
		}
	}
	return n
}
