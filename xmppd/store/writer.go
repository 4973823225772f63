package store

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// groupTimeout ends a transaction on a PostgreSQL server that went silent. Its connection is then taken as lost.
const groupTimeout = 30 * time.Second

// writer owns the writing connection. One goroutine takes what is queued, writes it in one transaction and hands the outcome
// to a second one, which runs the callbacks while the next group is written.
type writer struct {
	backend     backend
	log         *slog.Logger
	maxRows     int
	maxBytes    int
	unavailable time.Duration

	in    *queue[*Batch]
	out   *queue[*Batch] // written or failed, callbacks to be run
	ended sync.WaitGroup

	mu    sync.Mutex
	rows  int // queued, being written, or waiting for their callbacks
	bytes int

	stats counters

	// Of the writing goroutine:
	conn    writeConn
	waiting []*Batch  // taken from in, not yet in a group
	began   time.Time // when the last group was begun
	group   []*Batch  // being written
	pending []pendingRows
}

// pendingRows are rows of the running group that are not yet sent to the database.
type pendingRows struct {
	ins  *Insert
	args []any
}

func startWriter(cfg Config, b backend, conn writeConn, log *slog.Logger) *writer {
	w := &writer{
		backend:     b,
		conn:        conn,
		log:         log,
		maxRows:     cfg.QueueRows,
		maxBytes:    cfg.QueueBytes,
		unavailable: cfg.Unavailable,
		in:          newQueue[*Batch](),
		out:         newQueue[*Batch](),
	}
	w.ended.Go(w.run)
	w.ended.Go(w.notify)
	return w
}

// submit queues b, or says why not. A batch that alone is over the limits is taken when nothing else waits.
func (w *writer) submit(b *Batch) error {
	w.mu.Lock()
	if w.rows > 0 && (w.rows+b.rows > w.maxRows || w.bytes+b.bytes > w.maxBytes) {
		w.mu.Unlock()
		w.stats.refused.Add(1)
		return ErrQueueFull
	}
	w.rows += b.rows
	w.bytes += b.bytes
	b.queued = time.Now()
	ok := w.in.put(b) // under the lock: the order of the queue is the order of the accounting
	w.mu.Unlock()
	if !ok {
		w.release(b)
		return ErrClosed
	}
	return nil
}

func (w *writer) release(b *Batch) {
	w.mu.Lock()
	w.rows -= b.rows
	w.bytes -= b.bytes
	w.mu.Unlock()
}

// stop drains the queue and ends both goroutines. It reports false when the writer was stopped before.
func (w *writer) stop() bool {
	first := w.in.close()
	w.ended.Wait()
	return first
}

func (w *writer) run() {
	defer w.out.close()
	defer func() {
		if w.conn != nil {
			w.conn.close()
		}
	}()
	for {
		w.pause(len(w.group))
		if w.group = w.nextGroup(w.group[:0]); len(w.group) == 0 {
			return
		}
		w.write()
		w.finish()
		clear(w.group)
	}
}

// pause lets a group gather for the rest of pace when the last one shows that several producers are at work. Most of what a small commit
// costs is the disk's sync; a lone producer, who waits for each commit, is not held up.
func (w *writer) pause(last int) {
	if last < 2 || w.backend.pace() == 0 {
		return
	}
	w.mu.Lock()
	full := w.rows >= maxGroupRows
	w.mu.Unlock()
	if !full {
		time.Sleep(w.backend.pace() - time.Since(w.began))
	}
}

// nextGroup waits for batches and takes as many as one transaction may hold. It returns none when the queue is closed and empty.
func (w *writer) nextGroup(group []*Batch) []*Batch {
	rows, bytes := 0, 0
	for {
		if len(w.waiting) == 0 {
			w.waiting = w.waiting[:0]
			var ok bool
			if w.waiting, ok = w.in.take(w.waiting, len(group) == 0); !ok || len(w.waiting) == 0 {
				return group
			}
		}
		for i, b := range w.waiting {
			if len(group) > 0 && (rows+b.rows > maxGroupRows || bytes+b.bytes > maxGroupBytes) {
				w.waiting = w.waiting[i:]
				return group
			}
			w.waiting[i] = nil
			if b.claimed.CompareAndSwap(false, true) {
				group = append(group, b)
				rows += b.rows
				bytes += b.bytes
			} else {
				w.release(b)
			}
		}
		w.waiting = w.waiting[:0]
	}
}

// finish reports the outcome of each batch.
func (w *writer) finish() {
	for _, b := range w.group {
		if b.result != nil {
			w.stats.failed.Add(1)
		}
		if b.done != nil {
			w.release(b)
			b.done <- b.result
		} else {
			w.out.put(b)
		}
	}
}

// notify runs the callbacks.
func (w *writer) notify() {
	var list []*Batch
	for ok := true; ok; {
		list, ok = w.out.take(list[:0], true)
		for _, b := range list {
			for _, fn := range b.callback {
				w.call(fn, b.result)
			}
			w.release(b)
		}
		clear(list)
	}
}

func (w *writer) call(fn func(error), err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in a commit callback", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	fn(err)
}

// write commits the group and sets the result of each batch. Over a lost connection it tries again with those that have time left.
func (w *writer) write() {
	w.began = time.Now()
	defer func() { w.stats.group(w.group, time.Since(w.began)) }()
	live := w.group
	for {
		if w.conn == nil {
			if live = w.connect(live); len(live) == 0 {
				return
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
		lost := w.attempt(ctx, live)
		cancel()
		if lost == nil {
			return
		}
		if live = w.resolve(live, lost); len(live) == 0 {
			return
		}
	}
}

// runFn runs one function and returns its error, or that of a statement in it which it hid: PostgreSQL has then given the transaction up.
func (w *writer) runFn(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in a transaction", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.err
}
