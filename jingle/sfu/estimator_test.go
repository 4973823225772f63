package sfu

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A path is a bottleneck with a queue, and what the estimator is told of it each 50 ms.
type path struct {
	rate   float64 // bits a second
	delay  time.Duration
	noise  time.Duration
	loss   float64
	queue  time.Duration // longest
	free   time.Duration // when the bottleneck has sent all
	random *rand.Rand
}

// run sends by the estimate, at most as much as there is, for so long. It returns the mean throughput and delay of the last half.
func (p *path) run(e *estimator, begin, long time.Duration, most float64) (rate float64, waited time.Duration) {
	const size = 1200
	type told struct {
		sent, arrived time.Duration
	}
	var wait []told
	var due, octets float64
	var packets, waiting time.Duration
	lost := 0
	for now := begin; now < begin+long; now += time.Millisecond {
		target, _ := e.target(now)
		due += min(float64(target), most) / 8 / 1000
		for ; due >= size; due -= size {
			if p.random.Float64() < p.loss || p.free-now > p.queue {
				lost++
				continue
			}
			p.free = max(p.free, now) + time.Duration(8*size/p.rate*float64(time.Second))
			at := p.free + p.delay + time.Duration(p.random.Float64()*float64(p.noise))
			wait = append(wait, told{now, at})
			if now > begin+long/2 {
				octets += size
				packets++
				waiting += at - now
			}
		}
		if now%(50*time.Millisecond) == 0 {
			n := 0
			for ; n < len(wait) && wait[n].arrived <= now-p.delay; n++ {
				e.arrive(wait[n].sent, wait[n].arrived+time.Hour, size)
			}
			wait = wait[n:]
			for ; lost > 0; lost-- {
				e.lose()
			}
			e.update(now, 2*p.delay)
		}
	}
	return 8 * octets / (long / 2).Seconds(), waiting / max(packets, 1)
}

func newPath(rate float64) *path {
	return &path{rate: rate, delay: 30 * time.Millisecond, noise: 3 * time.Millisecond, queue: 300 * time.Millisecond, random: rand.New(rand.NewPCG(1, 2))}
}

func TestTheEstimateFindsWhatAPathCarries(t *testing.T) {
	for _, rate := range []float64{400_000, 1_000_000, 3_000_000, 8_000_000} {
		var e estimator
		p := newPath(rate)
		e.update(0, 0)
		got, waited := p.run(&e, 0, 60*time.Second, mostRate)
		if got < 0.6*rate || got > 1.02*rate || waited > p.delay+150*time.Millisecond {
			t.Errorf("%.0f bit/s of %.0f, packets under way for %v", got, rate, waited)
		}
		t.Logf("%.0f of %.0f bit/s, under way for %v", got, rate, waited)
	}
}

// A queue of seconds is kept nearly empty, and one of next to nothing is not run over all the time.
func TestQueuesOfAllLengths(t *testing.T) {
	for _, queue := range []time.Duration{5 * time.Second, 40 * time.Millisecond, 15 * time.Millisecond} {
		var e estimator
		p := newPath(1_500_000)
		p.queue = queue
		e.update(0, 0)
		got, waited := p.run(&e, 0, 60*time.Second, mostRate)
		if got < 700_000 || waited > p.delay+150*time.Millisecond {
			t.Errorf("queue of %v: %.0f bit/s of 1,500,000, packets under way for %v", queue, got, waited)
		}
		t.Logf("queue of %v: %.0f bit/s, under way for %v", queue, got, waited)
	}
}

func TestTheEstimateFollowsAPathThatChanges(t *testing.T) {
	var e estimator
	p := newPath(4_000_000)
	e.update(0, 0)
	p.run(&e, 0, 20*time.Second, mostRate)
	p.rate = 600_000
	if got, waited := p.run(&e, 20*time.Second, 20*time.Second, mostRate); got < 300_000 || waited > 250*time.Millisecond {
		t.Errorf("%.0f of 600,000 bit/s, under way for %v", got, waited)
	}
	p.rate = 4_000_000
	if got, _ := p.run(&e, 40*time.Second, 60*time.Second, mostRate); got < 1_500_000 {
		t.Errorf("%.0f of 4,000,000 bit/s a minute later", got)
	}
}

func TestLossThatIsNoCongestion(t *testing.T) {
	var e estimator
	p := newPath(4_000_000)
	p.loss = 0.05
	e.update(0, 0)
	if got, _ := p.run(&e, 0, 30*time.Second, mostRate); got < 1_500_000 {
		t.Errorf("%.0f of 4,000,000 bit/s with 5 %% lost", got)
	}
}

// Where a twentieth is lost whatever is sent, chance makes it a tenth now and then: that must not add up.
func TestLossByChanceDoesNotAddUp(t *testing.T) {
	for _, most := range []float64{200_000, 1_000_000} {
		var e estimator
		p := newPath(4_000_000)
		p.loss = 0.05
		e.update(0, 0)
		p.run(&e, 0, 3*time.Minute, most)
		if bits, _ := e.target(3 * time.Minute); bits < 1_000_000 {
			t.Errorf("%d bit/s after three minutes of %.0f", bits, most)
		}
	}
}

func TestTheEstimateStaysNearWhatIsSent(t *testing.T) {
	var e estimator
	p := newPath(2_500_000)
	e.update(0, 0)
	p.run(&e, 0, 20*time.Second, mostRate) // finds the limit
	p.run(&e, 20*time.Second, 60*time.Second, 200_000)
	if bits, _ := e.target(80 * time.Second); bits > 3_000_000 || bits < 400_000 {
		t.Errorf("%d bit/s after little was sent", bits)
	}
}

// A receiver whose computer is busy looks at its packets late, in bursts. It gets pictures all the same.
func TestABusyReceiverIsNotAFullPath(t *testing.T) {
	var e estimator
	p := newPath(50_000_000)
	p.noise = 120 * time.Millisecond
	e.update(0, 0)
	p.run(&e, 0, 30*time.Second, 250_000)
	if bits, _ := e.target(30 * time.Second); bits < delayRate {
		t.Errorf("%d bit/s", bits)
	}
}

// What has no smaller layer is tried again, though it is far from what is sent meanwhile.
func TestAScreenIsTriedAgain(t *testing.T) {
	var e estimator
	p := newPath(500_000)
	e.update(0, 0)
	p.run(&e, 0, 10*time.Second, mostRate)
	p.rate = 5_000_000
	e.needed = 2_500_000
	p.run(&e, 10*time.Second, 40*time.Second, 100_000)
	if bits, mayRise := e.target(50 * time.Second); bits < 2_500_000 || !mayRise {
		t.Errorf("%d bit/s, may rise: %v", bits, mayRise)
	}
}

func TestReceiversThatTellLess(t *testing.T) {
	var e estimator
	e.limited(700_000, time.Second)
	if bits, _ := e.target(2 * time.Second); bits != 700_000 {
		t.Errorf("%d bit/s", bits)
	}
	var r estimator
	for n := range 20 {
		r.report(0.3, time.Duration(n)*time.Second)
	}
	if bits, _ := r.target(20 * time.Second); bits > 600_000 || bits < leastRate {
		t.Errorf("%d bit/s while a third is lost", bits)
	}
	for n := range 60 {
		r.report(0, time.Duration(60+n)*time.Second)
	}
	if bits, _ := r.target(120 * time.Second); bits < 1_000_000 {
		t.Errorf("%d bit/s a minute after the last loss", bits)
	}
}

func FuzzArrivals(f *testing.F) {
	var a arrivals
	for n := range uint16(40) {
		if n%7 != 3 {
			a.come(65520+n, time.Duration(n)*3*time.Millisecond)
		}
	}
	f.Add(a.append(nil, 1, 2)[12:])
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		readArrivals(b, func(uint16, time.Duration, bool) { n++ })
		if n > 1<<16 {
			t.Errorf("%d packets", n)
		}
	})
}
