package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// hold keeps the writer busy until release is called, so that what is submitted meanwhile becomes one group.
func hold(t testing.TB, db *store.DB) (release func()) {
	t.Helper()
	started, block := make(chan struct{}, 2), make(chan struct{})
	b := &store.Batch{}
	b.Do(func(*store.Tx) error { started <- struct{}{}; <-block; return nil })
	done := submit(t, db, b)
	<-started
	return func() { close(block); <-done }
}

func TestABatchIsAtomic(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", 1, nil)
		b.Do(func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO row (owner, id) VALUES ('a@x', 2)")
			return err
		})
		b.Insert(insertRow, "a@x", 3, nil)
		b.Do(func(tx *store.Tx) error { return errors.New("no") })
		if err := <-submit(t, db, b); err == nil || err.Error() != "no" {
			t.Errorf("got %v", err)
		}
		if n := count(t, db, "a@x"); n != 0 {
			t.Errorf("%d rows are left of a failed batch", n)
		}
	})
}

func TestFunctionsSeeWhatWasSubmittedBefore(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		release := hold(t, db)
		var outcomes []<-chan error
		for i := range 10 {
			b := &store.Batch{}
			b.Insert(insertRow, "a@x", 2*i, nil)
			b.Do(func(tx *store.Tx) error {
				var n int
				if err := tx.QueryRow("SELECT COUNT(*) FROM row WHERE owner = $1", "a@x").Scan(&n); err != nil {
					return err
				}
				if n != 2*i+1 {
					return fmt.Errorf("batch %d sees %d rows", i, n)
				}
				return tx.Insert(insertRow, "a@x", 2*i+1, nil)
			})
			outcomes = append(outcomes, submit(t, db, b))
		}
		release()
		for _, ch := range outcomes {
			if err := <-ch; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestARefusalBeforeAnyWriteCostsNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		release := hold(t, db)
		refused := errors.New("taken")
		var wait sync.WaitGroup
		for i := range 10 {
			wait.Go(func() {
				err := db.Commit(context.Background(), func(tx *store.Tx) error {
					if i%2 == 0 {
						return refused
					}
					return tx.Insert(insertRow, "a@x", i, nil)
				})
				if i%2 == 0 && err != refused || i%2 == 1 && err != nil {
					t.Errorf("commit %d: %v", i, err)
				}
			})
		}
		waitFor(t, func() bool { return db.Stats().QueueRows == 11 })
		release()
		wait.Wait()
		if s := db.Stats(); s.Replays != 0 || s.Failed != 5 {
			t.Errorf("%+v", s)
		}
		if n := count(t, db, "a@x"); n != 5 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAHiddenErrorOfAStatementFailsTheFunction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Commit(context.Background(), func(tx *store.Tx) error {
			tx.Insert(insertRow, "a@x", 1, nil)
			tx.Insert(insertRow, "a@x", 1, nil)
			return nil
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v", err)
		}
		if n := count(t, db, "a@x"); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAPanicFailsItsBatchAlone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		release := hold(t, db)
		bad, good := &store.Batch{}, &store.Batch{}
		bad.Insert(insertRow, "a@x", 1, nil)
		bad.Do(func(*store.Tx) error { panic("bug") })
		good.Insert(insertRow, "a@x", 2, nil)
		good.OnCommit(func(error) { panic("another bug") })
		failed, written := submit(t, db, bad), submit(t, db, good)
		release()
		if err := <-failed; err == nil {
			t.Error("a batch that panics is committed")
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
		if n := count(t, db, "a@x"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestWrongArguments(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x")
		if b.Empty() || db.Submit(b) == nil {
			t.Error("a row with too few values is accepted")
		}
		b = &store.Batch{}
		b.Insert(insertRow, "a@x", struct{}{}, nil)
		if db.Submit(b) == nil {
			t.Error("a struct is accepted")
		}
		if _, err := db.Query(context.Background(), "SELECT $1 FROM row"); err == nil {
			t.Error("a missing argument is accepted")
		}
		if _, err := db.Query(context.Background(), "SELEKT"); err == nil {
			t.Error("a syntax error is accepted")
		}
		if !new(store.Batch).Empty() {
			t.Error("an empty batch says that it is not")
		}
	})
}

func TestAFullQueueRefuses(t *testing.T) {
	db := openWith(t, store.Config{QueueRows: 10, QueueBytes: 1000})
	release := hold(t, db)
	for i := range 9 {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, nil)
		submit(t, db, b)
	}
	over := &store.Batch{}
	over.Insert(insertRow, "a@x", 9, nil)
	over.OnCommit(func(error) { t.Error("callback of a refused batch") })
	if err := db.Submit(over); !errors.Is(err, store.ErrQueueFull) {
		t.Errorf("got %v", err)
	}
	if err := db.Commit(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrQueueFull) {
		t.Errorf("got %v", err)
	}
	release()
	waitFor(t, func() bool { return db.Stats().QueueRows == 0 })
	big := &store.Batch{}
	big.Insert(insertRow, "a@x", 10, make([]byte, 5000))
	if err := <-submit(t, db, big); err != nil {
		t.Errorf("a batch over the limit, alone: %v", err)
	}
	if n := count(t, db, "a@x"); n != 10 {
		t.Errorf("%d rows", n)
	}
	if s := db.Stats(); s.Refused != 2 || s.QueueRows != 0 || s.QueueBytes != 0 {
		t.Errorf("%+v", s)
	}
}

func TestACommitGivenUpInTimeDoesNotRun(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		release := hold(t, db)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err := db.Commit(ctx, func(tx *store.Tx) error { return tx.Insert(insertRow, "a@x", 1, nil) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		release()
		if err := db.Commit(context.Background(), func(*store.Tx) error { return nil }); err != nil {
			t.Error(err)
		}
		if n := count(t, db, "a@x"); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	dir := t.TempDir()
	db := openDir(t, dir, store.Config{})
	migrate(t, db)
	const n = 1000
	got := 0
	for i := range n {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, []byte("x"))
		b.OnCommit(func(err error) {
			if err != nil {
				t.Error(err)
			}
			got++
		})
		if err := db.Submit(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got != n {
		t.Errorf("%d callbacks", got)
	}
	if err := db.Submit(&store.Batch{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := db.Commit(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := db.Query(context.Background(), "SELECT 1"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	db = openDir(t, dir, store.Config{})
	defer db.Close()
	if c := count(t, db, "a@x"); c != n {
		t.Errorf("%d rows", c)
	}
}

// synctest.Test itself fails when a goroutine is left.
func TestWorksInABubbleAndEndsItsGoroutines(t *testing.T) {
	for _, kind := range []string{"memory", "file"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				open := store.OpenMemory
				if kind == "file" {
					open = func() (*store.DB, error) {
						return store.Open(t.Context(), store.Config{}, dir, slog.New(slog.DiscardHandler))
					}
				}
				db, err := open()
				if err != nil {
					t.Fatal(err)
				}
				migrate(t, db)
				for i := range 300 {
					b := &store.Batch{}
					b.Insert(insertRow, "a@x", i, nil)
					submit(t, db, b)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := count(t, db, "a@x"); n != 300 {
					t.Errorf("%d rows", n)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestManyProducersAndReaders(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var wait sync.WaitGroup
		for p := range 8 {
			owner := fmt.Sprintf("u%d@x", p)
			wait.Go(func() {
				for i := range 50 {
					if err := db.Commit(context.Background(), func(tx *store.Tx) error {
						return tx.Insert(insertRow, owner, i, []byte(owner))
					}); err != nil {
						t.Error(err)
						return
					}
					if n := count(t, db, owner); n != i+1 { // a reader sees what was committed before
						t.Errorf("%s: %d rows after %d commits", owner, n, i+1)
						return
					}
				}
			})
		}
		wait.Wait()
	})
}

func TestAQueryEndsWithItsContext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		defer cancel()
		_, err := db.Query(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := db.Query(context.Background(), "SELECT 1"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func openWith(t *testing.T, cfg store.Config) *store.DB {
	db := openDir(t, t.TempDir(), cfg)
	t.Cleanup(func() { db.Close() })
	migrate(t, db)
	return db
}

func openDir(t testing.TB, dir string, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// waitFor polls until ok, for a minute at most.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for a minute")
		}
	}
}
