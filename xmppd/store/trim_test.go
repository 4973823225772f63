package store

import (
	"context"
	"log/slog"
	"sync"
	"testing"
)

// A quiet database keeps no readers, and what reads next gets a new one.
func TestTrimClosesIdleReaders(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{}, t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f := db.backend.(*sqliteFile)
	idle := func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.idle)
	}
	read := func() {
		var n int
		if err := db.QueryRow(ctx, "SELECT 7").Scan(&n); err != nil || n != 7 {
			t.Error(n, err)
		}
	}
	for range 3 {
		var readers sync.WaitGroup
		for range 20 {
			readers.Go(read)
			readers.Go(db.Trim)
		}
		readers.Wait()
		read()
		if idle() == 0 {
			t.Fatal("a reader that is not in use is not kept for the next")
		}
		if db.Trim(); idle() != 0 {
			t.Errorf("%d readers are left", idle())
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db.Trim()
}
