package sfu

import (
	"math"
	"time"
)

// An estimator reckons how much may be sent to one receiver, by how packets are delayed more and more when a queue grows on the way, and by how many are
// lost (after draft-ietf-rmcat-gcc-02). Receivers that do not tell arrivals say what they take (REMB), or how much they lose.
//
// It has no packets of its own to try whether there is room. It grows while nothing is delayed, beyond what is sent, so that a larger
// picture is tried; when that was too much it waits longer before the next try.
type estimator struct {
	rate    float64 // bits a second; 0 before anything is known
	heard   bool    // from feedback on arrivals
	settled bool    // congestion was seen: it grows slowly from then on
	last    time.Duration
	fell    time.Duration
	rise    time.Duration // not before this time
	hold    time.Duration // after the next fall

	// Packets that left together, and the trend of the time that one after the other takes longer.
	group, before burst
	trend         trend

	acked    [ackSlots]int // octets that arrived, in slots of receiver's time
	ackSlot  int64
	received int // since the last look at losses
	lost     int
	looked   time.Duration
	share    float64 // of packets that are lost, smoothed
	lossy    float64 // the rate before the last fall for loss
	needed   float64 // to show everything at the least

	remb   float64 // what the receiver says it takes
	rembAt time.Duration
}

const (
	firstRate = 2_000_000 // a stage and some tiles
	leastRate = 100_000
	// delayRate is the least that delay alone brings the rate to: sound and a small picture. A computer that is busy delays packets as a full queue does, and
	// less to send does not help it. Where not even that gets through, packets are lost.
	delayRate = 300_000
	mostRate  = 20_000_000

	burstTime = 5 * time.Millisecond // packets sent within are one group
	ackSlot   = 50 * time.Millisecond
	ackSlots  = 10

	lossWindow = 500 * time.Millisecond
	lossWeight = 0.3 // of one look
	lossFew    = 0.02
	lossMany   = 0.10

	firstHold = 3 * time.Second
	mostHold  = 40 * time.Second
	rembStale = 10 * time.Second
)

// A burst is packets that left together.
type burst struct {
	sent, arrived time.Duration // of the last one
	first         time.Duration // when the first left
	some          bool
}

// arrive takes the times of one packet by the two clocks.
func (e *estimator) arrive(sent, arrived time.Duration, size int) {
	e.heard = true
	e.received++
	slot := int64(arrived / ackSlot)
	switch ahead := slot - e.ackSlot; {
	case ahead > ackSlots || ahead < -ackSlots:
		e.acked = [ackSlots]int{}
		e.ackSlot = slot
	default:
		for ; e.ackSlot < slot; e.ackSlot++ {
			e.acked[(e.ackSlot+1)%ackSlots] = 0
		}
	}
	if slot > e.ackSlot-ackSlots {
		e.acked[slot%ackSlots] += size
	}
	if e.group.some && sent-e.group.first > burstTime {
		if e.before.some {
			e.trend.add((e.group.arrived-e.before.arrived)-(e.group.sent-e.before.sent), e.group.arrived)
		}
		e.before, e.group = e.group, burst{}
	}
	if !e.group.some {
		e.group = burst{first: sent, some: true}
	}
	e.group.sent, e.group.arrived = max(e.group.sent, sent), max(e.group.arrived, arrived)
}

func (e *estimator) lose() { e.lost++ }

// throughput is what arrived in the last half second, in bits a second.
func (e *estimator) throughput() float64 {
	sum := 0
	for i, n := range e.acked {
		if int64(i) != e.ackSlot%ackSlots { // the slot that is being filled
			sum += n
		}
	}
	return float64(8*sum) / (float64(ackSlots-1) * ackSlot.Seconds())
}

// update reckons anew, after what a message has told.
func (e *estimator) update(now, rtt time.Duration) {
	if e.rate == 0 {
		e.rate, e.last, e.looked, e.hold = firstRate, now, now, firstHold
	}
	past := min(now-e.last, time.Second).Seconds()
	e.last = now
	congested := e.trend.overused()
	if congested && now-e.fell > rtt+300*time.Millisecond {
		to := max(0.85*e.throughput(), delayRate)
		if e.throughput() < 0.3*e.rate { // so little is sent that it is hardly what fills a queue
			to = max(to, 0.6*e.rate)
		}
		e.fall(now, to)
	}
	if now-e.looked >= lossWindow && e.received+e.lost >= 20 {
		share := float64(e.lost) / float64(e.received+e.lost)
		e.share += (share - e.share) * lossWeight
		if e.share > lossMany && now-e.fell > rtt+300*time.Millisecond {
			to := e.rate
			if e.throughput() > 0.5*e.rate*(1-share) { // else it is not what is sent that is too much
				to = min(to, 1.5*e.throughput())
			}
			e.lossy = e.rate
			e.fall(now, to*(1-e.share/2))
		}
		e.received, e.lost, e.looked = 0, 0, now
	}
	if congested || e.trend.draining() {
		return
	}
	growth, most := 1.25, float64(mostRate)
	if e.settled {
		growth, most = 1.08, max(3*e.throughput(), e.throughput()+600_000, 1.2*e.needed)
	}
	if e.share > lossFew { // some paths lose a part of whatever is sent: no more is tried than before, but a fall by chance is made good
		most = e.lossy
	}
	if e.rate < most {
		e.rate = min(e.rate*math.Pow(growth, past), most)
	}
}

// fall takes a lower rate. When it comes soon after a rise, the rise was too much.
func (e *estimator) fall(now time.Duration, to float64) {
	if e.settled && now-e.rise < 10*time.Second {
		e.hold = min(2*e.hold, mostHold)
	} else {
		e.hold = firstHold
	}
	e.rate = max(min(e.rate, to), leastRate)
	e.settled, e.fell, e.rise = true, now, now+e.hold
	e.trend.restart()
}

// limited takes what a receiver says that it takes (REMB).
func (e *estimator) limited(bits uint64, now time.Duration) {
	e.remb, e.rembAt = float64(bits), now
}

// report takes the share of packets that a receiver has lost, when it tells no more than that.
func (e *estimator) report(share float64, now time.Duration) {
	if e.heard {
		return
	}
	if e.rate == 0 {
		e.rate, e.hold, e.last = firstRate, firstHold, now
	}
	past := min(now-e.last, 2*time.Second).Seconds()
	e.last = now
	switch {
	case share > lossMany && now-e.fell > time.Second:
		e.fall(now, e.rate*(1-share/2))
	case share < lossFew && now >= e.rise:
		e.rate = min(e.rate*math.Pow(1.08, past), mostRate)
	}
}

// target is the rate to keep to.
func (e *estimator) target(now time.Duration) (bits int, mayRise bool) {
	rate := e.rate
	if e.remb > 0 && now-e.rembAt < rembStale && !e.heard {
		rate = e.remb
	}
	return int(rate), now >= e.rise
}

const (
	trendPoints = 20
	trendGain   = 4.0
	leastQueue  = 20.0  // milliseconds: a trend that has led to less is noise
	mostQueue   = 150.0 // with more, a queue that does not grow is full
)

// A trend is the slope of the delay over the last groups of packets, and a threshold that follows the noise of the path.
type trend struct {
	points    [trendPoints]struct{ at, delay float64 } // milliseconds
	n         int
	begin     time.Duration
	sum       float64 // of all differences: the delay, from an arbitrary zero
	least     float64 // of it
	smooth    float64
	value     float64
	previous  float64
	threshold float64
	last      float64
	over      float64 // for so long it has been above the threshold
	state     int     // 1 overused, -1 draining
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// restart forgets the slope, but not the path.
func (t *trend) restart() {
	*t = trend{threshold: t.threshold, sum: t.sum, least: t.least, smooth: t.smooth}
}

// add takes how much longer a group was under way than the one before.
func (t *trend) add(longer, arrived time.Duration) {
	if t.threshold == 0 {
		t.threshold = 12.5
	}
	if t.n == 0 {
		t.begin = arrived
	}
	if longer > 3*time.Second || longer < -3*time.Second { // a clock was set, or the path is another
		*t = trend{threshold: t.threshold}
		return
	}
	at := milliseconds(arrived - t.begin)
	t.sum += milliseconds(longer)
	if t.sum < t.least {
		t.least = t.sum
	} else {
		t.least += (t.sum - t.least) / 2000 // a path that has become longer is no queue
	}
	t.smooth = 0.9*t.smooth + 0.1*t.sum
	t.points[t.n%trendPoints] = struct{ at, delay float64 }{at, t.smooth}
	t.n++
	if t.n < trendPoints {
		return
	}
	t.previous, t.value = t.value, t.slope()*trendGain*float64(min(t.n, 60))
	t.judge(at)
}

// slope is that of the line through the points.
func (t *trend) slope() float64 {
	var x, y float64
	for _, p := range t.points {
		x, y = x+p.at, y+p.delay
	}
	x, y = x/trendPoints, y/trendPoints
	var above, below float64
	for _, p := range t.points {
		above += (p.at - x) * (p.delay - y)
		below += (p.at - x) * (p.at - x)
	}
	if below == 0 {
		return 0
	}
	return above / below
}

// judge compares the trend with the threshold, which it then adapts.
func (t *trend) judge(at float64) {
	past := min(at-t.last, 100)
	t.last = at
	switch {
	case t.value > t.threshold && t.sum-t.least > leastQueue:
		if t.over += past; t.over > 10 && t.value >= t.previous {
			t.state = 1
		}
	case t.smooth-t.least > mostQueue && t.value >= -t.threshold:
		t.state = 1
	case t.value < -t.threshold:
		t.over, t.state = 0, -1
	default:
		t.over, t.state = 0, 0
	}
	if size := math.Abs(t.value); size < t.threshold+15 {
		rate := 0.0087
		if size < t.threshold {
			rate = 0.039
		}
		t.threshold = min(max(t.threshold+rate*(size-t.threshold)*past, 6), 600)
	}
}

func (t *trend) overused() bool { return t.state > 0 }
func (t *trend) draining() bool { return t.state < 0 }
