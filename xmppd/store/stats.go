package store

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats are totals since the database was opened, and the state of the queue.
type Stats struct {
	QueueRows  int // waiting, being written, or waiting for their callbacks
	QueueBytes int

	Refused uint64 // batches that found the queue full
	Batches uint64 // written or failed
	Failed  uint64 // batches
	Rows    uint64 // a function counts as one
	Groups  uint64
	Commits uint64 // transactions
	Replays uint64 // groups written again because a batch in them failed

	GroupTime  time.Duration // spent in groups, commit included
	CommitTime time.Duration // spent in commits: the disk's sync, mostly

	// GroupRows counts groups by size: GroupRows[i] those with more than 2^(i-1) and up to 2^i rows, the last also larger ones.
	GroupRows [10]uint64
}

type counters struct {
	refused, batches, failed, rows, groups, commits, replays, groupNanos, commitNanos atomic.Uint64
	size                                                                              [10]atomic.Uint64
}

func (c *counters) group(group []*Batch, d time.Duration) {
	rows := 0
	for _, b := range group {
		rows += b.rows
	}
	c.groups.Add(1)
	c.batches.Add(uint64(len(group)))
	c.rows.Add(uint64(rows))
	c.groupNanos.Add(uint64(d))
	c.size[min(bits.Len(uint(max(rows-1, 0))), len(c.size)-1)].Add(1)
}

// Stats returns the totals.
func (db *DB) Stats() Stats {
	w := db.writer
	c := &w.stats
	s := Stats{
		Refused: c.refused.Load(), Batches: c.batches.Load(), Failed: c.failed.Load(), Rows: c.rows.Load(),
		Groups: c.groups.Load(), Commits: c.commits.Load(), Replays: c.replays.Load(),
		GroupTime: time.Duration(c.groupNanos.Load()), CommitTime: time.Duration(c.commitNanos.Load()),
	}
	for i := range c.size {
		s.GroupRows[i] = c.size[i].Load()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.QueueRows, s.QueueBytes = w.rows, w.bytes
	return s
}
