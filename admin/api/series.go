package api

import (
	"context"
	"sync"
	"time"
)

// Vitals are counters of this server.
type Vitals struct {
	Messages uint64        // received since the start
	Sessions int           // now
	CPU      time.Duration // used since the start
	Memory   uint64        // bytes now
}

// recorded is how many minutes the recorder keeps.
const recorded = 24 * 60

// Minute is what happened in one minute.
type Minute struct {
	Messages float64 `json:"m"`
	Sessions float64 `json:"s"` // the highest number
	CPU      float64 `json:"c"` // percent of one core
	Memory   float64 `json:"b"` // the highest number
}

// Record is the last minutes of a server. The minutes count from 1970.
type Record struct {
	Last    int64    `json:"last"` // of the last element of Minutes
	Minutes []Minute `json:"minutes"`
}

// Recorder keeps the vitals of the last 24 hours, minute by minute, in some 45 KiB.
type Recorder struct {
	read func() Vitals

	mu      sync.Mutex
	ring    [recorded]Minute
	count   int
	last    int64 // the minute of the newest
	present Minute
	before  Vitals // at the begin of the present minute
	since   time.Time
}

// NewRecorder returns a recorder that reads the vitals with read.
func NewRecorder(read func() Vitals) *Recorder {
	now := time.Now()
	return &Recorder{read: read, before: read(), since: now}
}

// look is how often the vitals are read: so often that a short crowd is seen.
const look = 5 * time.Second

// Run records until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.sample(now)
		}
	}
}

func (r *Recorder) sample(now time.Time) {
	v := r.read()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.present.Sessions = max(r.present.Sessions, float64(v.Sessions))
	r.present.Memory = max(r.present.Memory, float64(v.Memory))
	minute := now.Unix()/60 - 1 // the one that is over
	if minute <= r.since.Unix()/60-1 {
		return
	}
	took := now.Sub(r.since)
	r.present.Messages = float64(v.Messages - r.before.Messages)
	r.present.CPU = 100 * (v.CPU - r.before.CPU).Seconds() / took.Seconds()
	if r.count > 0 {
		for r.last+1 < minute { // the machine was asleep
			r.push(Minute{})
		}
	}
	r.last = minute - 1
	r.push(r.present)
	r.present, r.before, r.since = Minute{}, v, now
}

// push adds the minute after the last.
func (r *Recorder) push(m Minute) {
	r.last++
	r.ring[r.last%recorded] = m
	r.count = min(r.count+1, recorded)
}

// Record returns what was recorded.
func (r *Recorder) Record() Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Record{Last: r.last, Minutes: make([]Minute, r.count)}
	for i := range out.Minutes {
		out.Minutes[i] = r.ring[(r.last-int64(r.count)+1+int64(i))%recorded]
	}
	return out
}

// seriesOf adds up the records of several servers, for the last minutes up to now, and gathers them in steps.
func seriesOf(records []Record, minutes, step int, now time.Time) Series {
	end := now.Unix()/60 - 1 // the last whole minute
	end -= (end + 1) % int64(step)
	first := end + 1
	for _, r := range records {
		if len(r.Minutes) > 0 {
			first = min(first, r.Last-int64(len(r.Minutes))+1)
		}
	}
	first = max(first, end-int64(minutes)+1)
	first -= first % int64(step)
	n := max(0, int(end-first+1)/step)
	s := Series{From: time.Unix(first*60, 0).UTC(), Step: step * 60, Messages: make([]float64, n), Sessions: make([]float64, n),
		CPU: make([]float64, n), Memory: make([]float64, n)}
	for _, r := range records {
		for i := range n {
			m := r.gather(first+int64(i*step), step)
			s.Messages[i] += m.Messages
			s.Sessions[i] += m.Sessions
			s.CPU[i] += m.CPU
			s.Memory[i] += m.Memory
		}
	}
	return s
}

// gather joins minutes into one step; those that were not recorded count as nothing.
func (r *Record) gather(from int64, step int) Minute {
	var sum Minute
	begin := r.Last - int64(len(r.Minutes)) + 1
	for at := max(from, begin); at < from+int64(step) && at <= r.Last; at++ {
		m := r.Minutes[at-begin]
		sum.Messages += m.Messages
		sum.CPU += m.CPU / float64(step)
		sum.Sessions = max(sum.Sessions, m.Sessions)
		sum.Memory = max(sum.Memory, m.Memory)
	}
	return sum
}

// series answers with the last hour by minutes, or with the last day by five minutes.
func (a *API) series(ctx context.Context, req seriesRequest) (Series, error) {
	minutes, step := 60, 1
	if req.Range == "24h" {
		minutes, step = recorded, 5
	}
	return seriesOf(append(a.Server.Records(ctx), a.recorder.Record()), minutes, step, time.Now()), nil
}
