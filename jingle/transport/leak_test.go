package transport_test

import (
	"runtime"
	"testing"
	"time"

	"plenum/jingle/transport"
)

// Goroutines of a transport are gone when it is closed. Those of pion that it does not wait for end right after.
func TestNothingIsLeftOfAClosedTransport(t *testing.T) {
	here, there := newEngine(t, transport.Config{}), newEngine(t, transport.Config{})
	before := runtime.NumGoroutine()
	a, b := newParty(t, here, true), newParty(t, there, false)
	connect(t, a, b)
	each := (runtime.NumGoroutine() - before) / 2
	if each > 9 {
		t.Errorf("a transport has %d goroutines", each)
	}
	t.Logf("%d goroutines for each transport", each)
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
	for deadline := time.After(patience); runtime.NumGoroutine() > before; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	if here.Transports()+there.Transports() != 0 {
		t.Error("transports are left")
	}
}
