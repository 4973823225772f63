package store

import (
	"context"
	"log/slog"
	"os"
	"testing"
)

// The log must begin anew again and again under load, and all must be there in the end.
func TestTheLogStaysShort(t *testing.T) {
	const step = 1 << 20
	dir := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	var cfg Config
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b, err := openSQLite(context.Background(), cfg, dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	f := b.(*sqliteFile)
	f.checkpoint = step
	db, err := start(context.Background(), cfg, f, quiet)
	if err != nil {
		t.Fatal(err)
	}
	write := func(sql string, args ...any) {
		err := db.Commit(context.Background(), func(tx *Tx) error { _, err := tx.Exec(sql, args...); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	write("CREATE TABLE x (id INTEGER PRIMARY KEY, b BLOB)")
	const rows, size = 1500, 20000
	longest := int64(0)
	for i := range rows {
		write("INSERT INTO x VALUES ($1, $2)", i, make([]byte, size))
		if info, err := os.Stat(f.path + "-wal"); err == nil {
			longest = max(longest, info.Size())
		}
	}
	if longest > 8*step {
		t.Errorf("the log grew to %d bytes", longest)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.path + "-wal"); err == nil {
		t.Error("the log is left after Close")
	}
	db, err = Open(context.Background(), Config{}, dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n, bytes int64
	if err := db.QueryRow(context.Background(), "SELECT COUNT(*), SUM(LENGTH(b)) FROM x").Scan(&n, &bytes); err != nil || n != rows || bytes != rows*size {
		t.Errorf("%d rows, %d bytes, %v", n, bytes, err)
	}
}
