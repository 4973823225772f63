package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses between attempts to reach a PostgreSQL server that is down. They double from the first to the last.
const (
	firstPause     = 50 * time.Millisecond
	lastPause      = 2 * time.Second
	connectTimeout = 5 * time.Second
)

// resolve is called after the connection was lost in the middle of a group. It connects again and returns the batches that must be
// written again: none when the group had been committed after all. Those whose time is up fail.
func (w *writer) resolve(live []*Batch, lost error) []*Batch {
	old := w.conn
	for {
		w.log.Warn("lost the database connection", "err", lost)
		w.conn.close()
		w.conn = nil
		if live = w.connect(live); len(live) == 0 {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		committed, err := w.conn.committed(ctx, old)
		cancel()
		switch {
		case err == nil && committed:
			return nil
		case err == nil:
			return w.expire(live, lost)
		case !errors.Is(err, errLost):
			failAll(live, &dbError{ErrUnavailable, fmt.Errorf("cannot tell whether the transaction was committed: %w", err)})
			return nil
		}
		lost = err
		if live = w.expire(live, lost); len(live) == 0 {
			return nil
		}
	}
}

// connect opens the writing connection and returns the batches that still have time. Those that have waited for w.unavailable
// fail, in order: first of live, then of what waits behind the group.
func (w *writer) connect(live []*Batch) []*Batch {
	pause := firstPause
	for {
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		conn, err := w.backend.connectWriter(ctx)
		cancel()
		if err == nil {
			w.conn = conn
			return live
		}
		w.log.Warn("cannot connect to the database", "err", err)
		if live = w.expire(live, err); len(live) == 0 {
			w.expireWaiting(err)
			return nil
		}
		time.Sleep(pause)
		pause = min(2*pause, lastPause)
	}
}

// expire sets the result of the batches that have waited too long and returns the others.
func (w *writer) expire(live []*Batch, cause error) []*Batch {
	limit := time.Now().Add(-w.unavailable)
	for i, b := range live {
		if b.queued.After(limit) {
			return live[i:]
		}
		b.result = cause
	}
	return nil
}

// expireWaiting moves what has waited too long behind the group into the group, failed.
func (w *writer) expireWaiting(cause error) {
	w.waiting, _ = w.in.take(w.waiting, false)
	rest := w.expire(w.waiting, cause)
	for _, b := range w.waiting[:len(w.waiting)-len(rest)] {
		if b.claimed.CompareAndSwap(false, true) {
			w.group = append(w.group, b)
		} else {
			w.release(b)
		}
	}
	w.waiting = rest
}
