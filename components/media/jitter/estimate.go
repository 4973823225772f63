package jitter

import (
	"time"

	"plenum/components/media"
)

const (
	binWidth = 10 * time.Millisecond
	bins     = 12
	// quantile is the share of packets that shall not come too late, forget the weight of the newest: some 250 packets, five
	// seconds, count.
	quantile = 0.97
	forget   = 1.0 / 256
	// A window of the least delay; two of them are looked at, so that a clock that runs faster than ours is followed.
	baseWindow = 4 * time.Second

	minTarget = 20 * media.Rate / 1000
	maxTarget = 120 * media.Rate / 1000
)

// An estimator learns how much packets are delayed beyond the fastest, from their timestamps and arrivals.
type estimator struct {
	started   bool
	arrival   time.Time
	timestamp uint32
	transit   time.Duration // of the last packet, against the first

	windowEnd     time.Time
	least, before time.Duration // of transit, in this window and the one before

	histogram [bins]float64 // of delays, sums up to 1
}

func (e *estimator) arrived(p *media.Packet, clock int) {
	if !e.started {
		*e = estimator{started: true, arrival: p.Arrival, timestamp: p.Timestamp, windowEnd: p.Arrival.Add(baseWindow)}
		e.histogram[1] = 1 // until more is known: somewhat shaky
		return
	}
	sent := time.Duration(int32(p.Timestamp-e.timestamp)) * time.Second / time.Duration(clock)
	e.transit += p.Arrival.Sub(e.arrival) - sent
	e.arrival, e.timestamp = p.Arrival, p.Timestamp
	if p.Arrival.After(e.windowEnd) {
		e.before, e.least, e.windowEnd = e.least, e.transit, p.Arrival.Add(baseWindow)
	}
	e.least = min(e.least, e.transit)
	delay := e.transit - min(e.least, e.before)
	for i := range e.histogram {
		e.histogram[i] *= 1 - forget
	}
	e.histogram[min(max(int(delay/binWidth), 0), bins-1)] += forget
}

// target is how much should wait before something is played, in samples: what nearly all packets are late at most, and the frame
// that is about to be taken.
func (e *estimator) target() int {
	var sum float64
	late := bins
	for i, share := range e.histogram {
		if sum += share; sum >= quantile {
			late = i + 1
			break
		}
	}
	target := late*int(binWidth*media.Rate/time.Second) + media.FrameSamples
	return min(max(target, minTarget), maxTarget)
}
