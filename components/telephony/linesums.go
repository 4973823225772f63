package telephony

import (
	"time"

	"plenum/components/telephony/team"
)

// lineSums are what lines do as a whole, of which others hear when it is something else than before.
type lineSums struct {
	touched map[string]bool      // lines in which something has happened
	known   map[string]team.Sum  // what was told
	again   map[string]time.Time // when it is something else without an event: somebody has wrapped up
}

func newLineSums() lineSums {
	return lineSums{make(map[string]bool), make(map[string]team.Sum), make(map[string]time.Time)}
}

func (s lineSums) touch(id string) { s.touched[id] = true }

func (s lineSums) forget(id string) {
	delete(s.known, id)
	delete(s.again, id)
}

// next is when a line is to be summed up again; zero is never.
func (s lineSums) next() (first time.Time) {
	for _, at := range s.again {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// sumUp tells of lines that do something else.
func (l *lines) sumUp() {
	now := l.now()
	for id, at := range l.sums.again {
		if !at.After(now) {
			l.sums.touch(id)
		}
	}
	for id := range l.sums.touched {
		q := l.queues[id]
		if q == nil {
			continue
		}
		sum, again := q.Sum(now)
		if again.IsZero() {
			delete(l.sums.again, id)
		} else {
			l.sums.again[id] = again
		}
		if known, told := l.sums.known[id]; !told || known != sum {
			l.sums.known[id] = sum
			l.stood(id, sum)
		}
	}
	clear(l.sums.touched)
}

// lineSum asks what a line does as a whole: it is told of now, and from now on.
type lineSum struct{ id string }

func (e lineSum) apply(l *lines) {
	if q := l.queue(e.id); q != nil {
		l.look(e.id, q)
		delete(l.sums.known, e.id)
		l.sums.touch(e.id)
	}
}
