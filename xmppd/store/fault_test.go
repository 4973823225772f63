package store_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func TestAFullDiskIsToldAndPasses(t *testing.T) {
	db := storetest.OpenFile(t)
	migrate(t, db)
	ctx := context.Background()
	limit := func(pages int) error {
		return db.Commit(ctx, func(tx *store.Tx) error {
			var n int
			return tx.QueryRow("PRAGMA max_page_count = " + []string{"20", "1000000"}[pages]).Scan(&n)
		})
	}
	if err := limit(0); err != nil {
		t.Fatal(err)
	}
	release := hold(t, db)
	var outcomes []<-chan error
	for i := range 50 {
		b := &store.Batch{}
		b.Insert(insertRow, "a@x", i, make([]byte, 3000))
		outcomes = append(outcomes, submit(t, db, b))
	}
	release()
	for i, ch := range outcomes {
		if err := <-ch; !errors.Is(err, store.ErrDiskFull) {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if err := limit(1); err != nil {
		t.Fatal(err)
	}
	b := &store.Batch{}
	b.Insert(insertRow, "a@x", 100, make([]byte, 3000))
	if err := <-submit(t, db, b); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if n := count(t, db, "a@x"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	ctx, quiet := context.Background(), slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.FileName), []byte("this is no database, but long enough to be looked at as one, all of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, store.Config{}, dir, quiet); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a text file: %v", err)
	}
	if _, err := store.Open(ctx, store.Config{}, filepath.Join(dir, store.FileName), quiet); err == nil {
		t.Error("a data directory that is a file is accepted")
	}
	odd := filepath.Join(dir, "a b?c#d%20e")
	db, err := store.Open(ctx, store.Config{}, odd, quiet)
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, db)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(odd, store.FileName)); err != nil {
		t.Error(err)
	}
}

func TestConfigValidate(t *testing.T) {
	for name, c := range map[string]struct {
		cfg store.Config
		ok  bool
	}{
		"empty is SQLite":          {store.Config{}, true},
		"PostgreSQL by URL":        {store.Config{DSN: "postgres://u:p@h/d"}, true},
		"another database":         {store.Config{DSN: "mysql://u:p@h/d"}, false},
		"a keyword string":         {store.Config{DSN: "host=h user=u"}, false},
		"a URL that does not hold": {store.Config{DSN: "postgres://u:p@h:port/d"}, false},
		"a negative number":        {store.Config{Readers: -1}, false},
	} {
		if err := c.cfg.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMeasureFsync(t *testing.T) {
	d, err := store.MeasureFsync(t.TempDir())
	if err != nil || d <= 0 {
		t.Errorf("%v %v", d, err)
	}
	t.Log("fsync:", d)
}
