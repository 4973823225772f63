package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// migrate makes the table of the tests.
func migrate(t testing.TB, db *store.DB) {
	t.Helper()
	sqlite := fstest.MapFS{"sqlite/00001_first.sql": file(`-- +goose Up
CREATE TABLE row (owner TEXT NOT NULL, id INTEGER NOT NULL, raw BLOB, flag BOOLEAN, PRIMARY KEY (owner, id)) WITHOUT ROWID;`)}
	postgres := fstest.MapFS{"postgres/00001_first.sql": file(`-- +goose Up
CREATE TABLE row (owner TEXT NOT NULL, id BIGINT NOT NULL, raw BYTEA, flag BOOLEAN, PRIMARY KEY (owner, id));`)}
	if err := db.Migrate(context.Background(), "conformance", sqlite, postgres); err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		fn(t, db)
	})
}

var insertRow = store.NewInsert("row", []string{"owner", "id", "raw"}, "")

func count(t testing.TB, db *store.DB, owner string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(context.Background(), "SELECT COUNT(*) FROM row WHERE owner = $1", owner).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// submit queues b and returns where its outcome comes.
func submit(t testing.TB, db *store.DB, b *store.Batch) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	b.OnCommit(func(err error) { done <- err })
	if err := db.Submit(b); err != nil {
		t.Fatal(err)
	}
	return done
}

func TestCommit(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		err := db.Commit(ctx, func(tx *store.Tx) error {
			n, err := tx.Exec("INSERT INTO row (owner, id, raw, flag) VALUES ($1, $2, $3, $4)", "a@x", 7, []byte{0, 1, 255}, true)
			if n != 1 {
				t.Errorf("%d rows changed", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var id int
		var raw []byte
		var flag bool
		var null *string
		row := db.QueryRow(ctx, "SELECT id, raw, flag, NULL FROM row WHERE owner = $1", "a@x")
		if err := row.Scan(&id, &raw, &flag, &null); err != nil {
			t.Fatal(err)
		}
		if id != 7 || string(raw) != "\x00\x01\xff" || !flag || null != nil {
			t.Errorf("got %d %q %v %v", id, raw, flag, null)
		}
		if err := db.QueryRow(ctx, "SELECT id FROM row WHERE owner = 'nobody'").Scan(&id); !errors.Is(err, store.ErrNoRows) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOnlyTheFaultyBatchFails(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		release := hold(t, db)
		var outcomes []<-chan error
		for i := range 20 {
			b := &store.Batch{}
			b.Insert(insertRow, "a@x", i, nil)
			if i%10 == 5 {
				b.Insert(insertRow, "a@x", 0, []byte("again"))
			}
			outcomes = append(outcomes, submit(t, db, b))
		}
		release()
		for i, ch := range outcomes {
			err := <-ch
			if faulty := i%10 == 5; faulty != errors.Is(err, store.ErrConflict) || !faulty && err != nil {
				t.Errorf("batch %d: %v", i, err)
			}
		}
		if n := count(t, db, "a@x"); n != 18 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestCallbacksComeInOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const n = 2000
		got := make(chan int, n)
		for i := range n {
			b := &store.Batch{}
			b.Insert(insertRow, fmt.Sprintf("u%d@x", i%7), i, []byte("x"))
			b.OnCommit(func(err error) {
				if err != nil {
					t.Error(err)
				}
				got <- i
			})
			if err := db.Submit(b); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n {
			if g := <-got; g != i {
				t.Fatalf("callback %d came as number %d", g, i)
			}
		}
	})
}
