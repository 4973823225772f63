package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A burst of logins or an archive's flood leaves a heap full of garbage, which the runtime would keep until the next
// collection: for an idle server that may be hours. So once nothing much happens after a burst, the memory is given back.
const (
	trimEvery = time.Second
	trimQuiet = 1 << 20 // bytes allocated between two looks at most, for a server that counts as quiet
	trimLooks = 3       // quiet looks in a row: by then sessions have let go of what they need no more
	trimBurst = 8 << 20 // bytes allocated since the last time at least, for it to be worth a collection
)

// trimMemory gives memory back to the system after bursts, until ctx ends. Release is asked before to let go of what is at hand.
func trimMemory(ctx context.Context, release func()) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var last, trimmed uint64
	quiet := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		now := sample[0].Value.Uint64()
		if quiet++; now-last > trimQuiet {
			quiet = 0
		}
		if quiet >= trimLooks && now-trimmed > trimBurst {
			release()
			debug.FreeOSMemory()
			trimmed = now
		}
		last = now
	}
}
