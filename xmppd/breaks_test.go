package xmppd

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var storing atomic.Bool
		b := breaks{working: storing.Load}
		took := func() time.Duration {
			start := time.Now()
			b.pass()
			return time.Since(start)
		}
		expect := func(what string, got, want time.Duration) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %v, not %v", what, got, want)
			}
		}
		expect("at first", took(), 0)
		expect("in the middle of the work", took(), 0)
		time.Sleep(breakEvery)
		expect("when it is time", took(), breakTime)
		expect("after a break", took(), 0)

		time.Sleep(breakEvery)
		var others time.Duration
		go b.pass()
		go func() { others = took() }()
		synctest.Wait()
		expect("while others have a break", took(), breakTime)
		synctest.Wait()
		expect("of one of the others", others, breakTime)

		storing.Store(true)
		time.Sleep(breakEvery)
		expect("while messages are stored all the time", took(), breakLimit)
		time.Sleep(breakEvery)
		time.AfterFunc(3*breakTime-1, func() { storing.Store(false) })
		expect("until messages are stored", took(), 3*breakTime)

		time.Sleep(breakEvery + breakLapse + 1)
		expect("when nobody has worked for long", took(), 0)
	})
}
