package telephony

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// ledgerFor runs a ledger on an empty database in memory. stored is how many rows the database has.
func ledgerFor(t *testing.T, log *slog.Logger) (l *ledger, stored func() int) {
	t.Helper()
	db := storetest.OpenMemory(t)
	if err := migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	l = newLedger(db, "a", log)
	l.start()
	return l, func() (n int) {
		t.Helper()
		if err := db.QueryRow(context.Background(), `SELECT count(*) FROM telephony_call`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func rowAt(n int) Record {
	now := time.Now()
	return Record{ID: recordID(now, n), Chain: recordID(now, n), Began: now, Via: ViaDial}
}

func TestChangesOfARowAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, stored := ledgerFor(t, slog.New(slog.DiscardHandler))
		defer l.close()
		s := &Service{db: l.db, log: l.log, ledger: l}
		before := l.db.Stats().Rows
		first, second := rowAt(0), rowAt(1)
		l.put(first)
		l.put(second)
		time.Sleep(writeEvery / 2)
		first.Answered = time.Now()
		l.put(first)
		first.Ended, first.Result = time.Now(), ResultHangup
		l.put(first)
		synctest.Wait()
		if n := stored(); n != 0 {
			t.Errorf("%d rows are stored at once", n)
		}
		time.Sleep(writeEvery)
		synctest.Wait()
		if n := stored(); n != 2 {
			t.Errorf("%d rows are stored, of 2", n)
		}
		if got := l.db.Stats().Rows - before; got != 1 {
			t.Errorf("they were written in %d batches", got)
		}

		second.Ended, second.Result = time.Now(), ResultNoAnswer
		l.put(second)
		rows, err := s.Records(t.Context(), RecordQuery{}) // which waits for what was put
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d records, %v", len(rows), err)
		}
		if rows[0].Result != ResultNoAnswer && rows[1].Result != ResultNoAnswer {
			t.Errorf("the last state of a row is not among %+v", rows)
		}
		time.Sleep(time.Hour) // and then nothing is left to do
		synctest.Wait()
	})
}

// A server that stops writes everything; one that is killed has the calls that it had a moment before.
func TestNoRowIsLostWhenTheServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, stored := ledgerFor(t, slog.New(slog.DiscardHandler))
		l.put(rowAt(0))
		time.Sleep(writeEvery)
		synctest.Wait()
		if n, err := interrupted(t.Context(), l.db, "a"); n != 1 || err != nil {
			t.Errorf("%d calls were interrupted: %v", n, err)
		}
		l.put(rowAt(1))
		synctest.Wait() // the timer runs
		l.put(rowAt(2))
		l.close()
		if n := stored(); n != 3 {
			t.Errorf("%d rows are stored, of 3", n)
		}
		if err := l.flush(t.Context()); err != nil {
			t.Errorf("flush afterwards: %v", err)
		}
	})
}

func TestOneRowAtFaultDoesNotHarmTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed failures
		l, stored := ledgerFor(t, slog.New(&failed))
		defer l.close()
		if err := l.db.Commit(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`CREATE UNIQUE INDEX once ON telephony_call (reason) WHERE reason <> ''`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r := rowAt(i)
			if i > 0 {
				r.Reason = call.Busy.String()
			}
			l.put(r)
		}
		if err := l.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := stored(); n != 2 || failed != 1 {
			t.Errorf("%d rows are stored, and %d were reported, of 3", n, failed)
		}
	})
}

// failures counts what is logged.
type failures int

func (f *failures) Enabled(context.Context, slog.Level) bool  { return true }
func (f *failures) Handle(context.Context, slog.Record) error { *f++; return nil }
func (f *failures) WithAttrs([]slog.Attr) slog.Handler        { return f }
func (f *failures) WithGroup(string) slog.Handler             { return f }

func TestRowsWaitForADatabaseThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed failures
		l, stored := ledgerFor(t, slog.New(&failed))
		defer l.close()
		release := make(chan struct{})
		for { // until the queue is full
			b := new(store.Batch)
			b.Do(func(*store.Tx) error { <-release; return nil })
			if err := l.db.Submit(b); errors.Is(err, store.ErrQueueFull) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		r := rowAt(0)
		l.put(r)
		time.Sleep(writeEvery + time.Millisecond)
		r.Ended, r.Result = time.Now(), ResultHangup
		l.put(r)
		time.Sleep(writeEvery)
		close(release)
		time.Sleep(writeEvery)
		synctest.Wait()
		if n := stored(); n != 1 || failed != 0 {
			t.Errorf("%d rows are stored, %d were reported", n, failed)
		}

		for i := range maxPending + 1 {
			l.put(rowAt(i))
		}
		if failed != 1 {
			t.Errorf("%d rows were reported as lost", failed)
		}
	})
}
