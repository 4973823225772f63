package sfu_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/jingle/sfu"
	"plenum/jingle/transport/transporttest"
)

// Nothing is left of sessions that have ended: no goroutine, no transport, no subscription.
func TestNothingIsLeftOfAClosedPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		anna := dial(t, e, page)
		anna.film(simulcast(10)...)
		before := transporttest.Goroutines()
		var all []*client
		for range 4 {
			c := dial(t, e, page)
			c.bind(0, anna.track("mic"))
			c.bind(3, anna.track("cam"))
			all = append(all, c)
		}
		for _, c := range all {
			ssrc, _ := c.sources("v0")
			c.next(ssrc)
		}
		for _, c := range all {
			c.peer.Close()
			c.peer.Close()
			for _, tr := range c.on {
				tr.Close()
			}
			for _, own := range c.engines {
				_ = own.Close()
			}
			if err := c.peer.Describe(c.d); err == nil {
				t.Error("a closed peer is described")
			}
			if err := c.peer.Bind(0, anna.track("mic")); err == nil {
				t.Error("a closed peer is bound to")
			}
		}
		for _, l := range anna.track("cam").Layers() {
			if l.Wanted() {
				t.Errorf("layer %s is wanted by nobody", l.RID())
			}
		}
		time.Sleep(patience) // goroutines of pion's end with their timers
		const breath = 2     // of Anna's own: a read with a deadline has a goroutine more
		if after := transporttest.Goroutines(); after > before+breath {
			t.Errorf("%d goroutines, %d before", after, before)
		}
		if n := e.Transports(); n != 1 {
			t.Errorf("%d transports", n)
		}
		idle := sfu.New(sfu.Options{Engine: e, Events: newLog()})
		idle.Close()
	})
}
