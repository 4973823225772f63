package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"plenum/xmppd/store"
)

func TestBackupUnderLoadAndRestore(t *testing.T) {
	ctx := context.Background()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	db := openDir(t, dir, store.Config{})
	migrate(t, db)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // pairs of rows that belong together
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			b := &store.Batch{}
			b.Insert(insertRow, "a@x", i, make([]byte, 2000))
			b.Insert(insertRow, "b@x", i, make([]byte, 2000))
			if db.Submit(b) != nil {
				return
			}
			if i%100 == 99 {
				db.Commit(ctx, func(*store.Tx) error { return nil })
			}
		}
	}()
	waitFor(t, func() bool { return count(t, db, "a@x") > 500 })
	before := count(t, db, "a@x")
	if err := db.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-stopped
	if err := db.Backup(ctx, copied); err == nil {
		t.Error("a backup writes over another one")
	}
	if err := store.Backup(ctx, dir, copied+".2"); err != nil {
		t.Errorf("beside the running server: %v", err)
	}
	if err := store.Restore(ctx, dir, copied); !errors.Is(err, store.ErrLocked) {
		t.Errorf("restore under a running server: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(ctx, dir, copied); err != nil {
		t.Fatal(err)
	}
	db = openDir(t, dir, store.Config{})
	defer db.Close()
	migrate(t, db)
	if a, b := count(t, db, "a@x"), count(t, db, "b@x"); a != b || a < before {
		t.Errorf("%d and %d rows, there were %d", a, b, before)
	}
}

func TestADamagedBackupIsNotRestored(t *testing.T) {
	ctx := context.Background()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	db := openDir(t, dir, store.Config{})
	migrate(t, db)
	for i := range 200 {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, make([]byte, 500))
		submit(t, db, b)
	}
	if err := db.Commit(ctx, func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[len(data)/2:], bytes.Repeat([]byte{0xa5}, 6000))
	if err := os.WriteFile(copied, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(ctx, dir, copied); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	if err := store.Restore(ctx, dir, copied+".none"); err == nil {
		t.Error("a missing file is restored")
	}
	db = openDir(t, dir, store.Config{})
	defer db.Close()
	if n := count(t, db, "a@x"); n != 200 {
		t.Errorf("%d rows after a restore that failed", n)
	}
}
