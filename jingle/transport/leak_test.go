package transport_test

import (
	"bytes"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"plenum/jingle/transport"
	"plenum/jingle/transport/transporttest"
)

func TestATransportHasFewGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inMemory := transport.Config{NoTCP: true, Listen: transporttest.Listen}
		here, there := newEngine(t, inMemory), newEngine(t, inMemory)
		before := transporttest.Goroutines()
		a, b := newParty(t, here, true), newParty(t, there, false)
		connect(t, a, b)
		if each := (transporttest.Goroutines() - before) / 2; each < 1 || each > 9 {
			t.Errorf("a transport has %d goroutines", each)
		}
		a.Close()
		b.Close()
		time.Sleep(patience) // goroutines of pion's end with their timers
		if after := transporttest.Goroutines(); after > before {
			t.Errorf("%d goroutines, %d before", after, before)
		}
	})
}

// Goroutines of a transport are gone when it is closed. Those of pion that it does not wait for end right after.
func TestNothingIsLeftOfAClosedTransport(t *testing.T) {
	here, there := newEngine(t, transport.Config{}), newEngine(t, transport.Config{})
	before := atWork()
	a, b := newParty(t, here, true), newParty(t, there, false)
	connect(t, a, b)
	half := newParty(t, here, true) // not even begun
	if err := half.Gather(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*party{a, b, half} {
		p.Close()
		p.Close()
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); atWork() > before; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d goroutines, %d before", atWork(), before)
		}
	}
	if here.Transports()+there.Transports() != 0 {
		t.Error("transports are left")
	}
}

// atWork is how many goroutines do something for a transport.
func atWork() (n int) {
	b := make([]byte, 1<<20)
	for stack := range bytes.SplitSeq(b[:runtime.Stack(b, true)], []byte("\n\n")) {
		if bytes.Contains(stack, []byte("transport.(*Transport)")) || bytes.Contains(stack, []byte("github.com/pion/")) {
			n++
		}
	}
	return n
}
