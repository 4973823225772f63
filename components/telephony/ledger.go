package telephony

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"plenum/xmppd/store"
)

// A ledger writes the rows of calls: not each change of each call by itself, but from time to time all rows that have changed, as they are by then.
// A row whose call is lost with the server before that is not found afterwards; one that was written is found as interrupted.
type ledger struct {
	db   *store.DB
	node string
	log  *slog.Logger

	wake  chan struct{}        // capacity 1: there is something to write
	asked chan chan<- struct{} // by who wants everything to be written now, and is told when it is
	stop  chan struct{}
	ended sync.WaitGroup

	stored  []func(Record)           // are told of rows that have ended; set before start
	billing func(r *Record) []string // the groups in which a row is billed; nil for none

	mu       sync.Mutex
	pending  map[string]Record // by ID
	messages map[string]string // that were left, by the ID of the row
	writing  bool

	found map[string][2]string // of calls that go on: the parties that the row is found by already; of who writes
}

const (
	// writeEvery is how long a change may wait. A call that is over sooner is written once; nobody looks for his last call faster than this.
	writeEvery = 200 * time.Millisecond
	// maxPending is how many rows wait while the database takes none: of a minute of 150 calls a second.
	maxPending = 10_000
)

func newLedger(db *store.DB, node string, log *slog.Logger) *ledger {
	return &ledger{
		db: db, node: node, log: log,
		wake: make(chan struct{}, 1), asked: make(chan chan<- struct{}), stop: make(chan struct{}), pending: make(map[string]Record),
		messages: make(map[string]string), found: make(map[string][2]string),
	}
}

// put has a row stored as it is now, soon.
func (l *ledger) put(r Record) {
	l.mu.Lock()
	_, known := l.pending[r.ID]
	full := !known && len(l.pending) >= maxPending
	if !full {
		l.pending[r.ID] = r
	}
	l.mu.Unlock()
	if full {
		l.failed([]Record{r}, store.ErrQueueFull)
	}
	l.due()
}

// message has it stored soon that a message was left in the call of a row.
func (l *ledger) message(record, id string) {
	l.mu.Lock()
	l.messages[record] = id
	l.mu.Unlock()
	l.due()
}

func (l *ledger) due() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run writes until close is called, and then what is left.
func (l *ledger) run() {
	defer l.write()
	for {
		select {
		case <-l.wake:
		case done := <-l.asked:
			l.write()
			close(done)
			continue
		case <-l.stop:
			return
		}
		due := time.NewTimer(writeEvery)
		select {
		case <-due.C:
			l.write()
		case done := <-l.asked:
			l.write()
			close(done)
		case <-l.stop:
		}
		due.Stop()
	}
}

func (l *ledger) start() { l.ended.Go(l.run) }

// close writes what is left and waits until it is there.
func (l *ledger) close() {
	close(l.stop)
	l.ended.Wait()
}

// flush returns when all that was put before is in the database, or cannot be.
func (l *ledger) flush(ctx context.Context) error {
	l.mu.Lock()
	idle := len(l.pending) == 0 && len(l.messages) == 0 && !l.writing
	l.mu.Unlock()
	if idle {
		return nil
	}
	done := make(chan struct{})
	select {
	case l.asked <- done:
	case <-l.stop: // close writes it
		l.ended.Wait()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write stores what is pending. Where one row is at fault the others are stored all the same.
func (l *ledger) write() {
	l.mu.Lock()
	rows := make([]Record, 0, len(l.pending))
	for _, r := range l.pending {
		rows = append(rows, r)
	}
	clear(l.pending)
	messages := l.messages
	l.messages = make(map[string]string)
	l.writing = len(rows)+len(messages) > 0
	l.mu.Unlock()
	for i := range rows {
		if l.billing != nil {
			rows[i].Billing = billingGroups(l.billing(&rows[i]))
		}
	}
	switch written := len(rows) == 0 || l.writeRows(rows); {
	case len(messages) == 0:
	case written:
		l.writeMessages(messages)
	default: // with the rows, then
		for record, id := range messages {
			l.message(record, id)
		}
	}
	l.mu.Lock()
	l.writing = false
	l.mu.Unlock()
}

// writeRows reports false when the rows are to be written later.
func (l *ledger) writeRows(rows []Record) bool {
	err := l.commit(rows)
	switch {
	case err == nil:
		l.tell(rows)
	case errors.Is(err, store.ErrQueueFull):
		l.again(rows)
		return false
	case len(rows) == 1 || hitsAll(err):
		l.failed(rows, err)
	default:
		for i := range rows {
			if err := l.commit(rows[i : i+1]); err != nil {
				l.failed(rows[i:i+1], err)
			} else {
				l.tell(rows[i : i+1])
			}
		}
	}
	return true
}

// tell tells of rows that have ended.
func (l *ledger) tell(rows []Record) {
	for _, r := range rows {
		for _, fn := range l.stored {
			if r.Result != ResultOpen {
				fn(r)
			}
		}
	}
}

// writeMessages stores which messages were left; the rows are there already.
func (l *ledger) writeMessages(messages map[string]string) {
	ctx := context.Background()
	err := l.db.Commit(ctx, func(tx *store.Tx) error {
		for record, id := range messages {
			if err := setVoicemail(tx, record, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.log.Error("it could not be stored in the records of calls which messages were left", "messages", len(messages), "err", err)
		return
	}
	for record := range messages {
		r, err := scanRecord(l.db.QueryRow(ctx, `SELECT `+columns+` FROM telephony_call WHERE id = $1`, record).Scan)
		if err == nil { // else it has been removed since
			l.tell([]Record{r})
		}
	}
}

func (l *ledger) commit(rows []Record) error {
	err := l.db.Commit(context.Background(), func(tx *store.Tx) error {
		for i := range rows {
			r := &rows[i]
			if err := insert(tx, r, l.node); err != nil {
				return err
			}
			if parties := r.parties(); l.found[r.ID] != parties {
				if err := link(tx, r.ID, parties); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range rows {
		if r := &rows[i]; r.Result != ResultOpen {
			delete(l.found, r.ID)
		} else {
			l.found[r.ID] = r.parties()
		}
	}
	return nil
}

// again keeps rows for the next time, those that have not changed since.
func (l *ledger) again(rows []Record) {
	for _, r := range rows {
		l.mu.Lock()
		_, newer := l.pending[r.ID]
		l.mu.Unlock()
		if !newer {
			l.put(r)
		}
	}
}

func (l *ledger) failed(rows []Record, err error) {
	for _, r := range rows {
		l.log.Error("the record of a call could not be stored", "call", r.Chain, "err", err)
	}
}

// hitsAll reports whether no single row is at fault.
func hitsAll(err error) bool {
	for _, class := range []error{store.ErrUnavailable, store.ErrDiskFull, store.ErrLocked, store.ErrCorrupt, store.ErrClosed} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
