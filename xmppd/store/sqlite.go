package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Settings of every connection. busy_timeout only matters for readers while the log is reset, and for migrations beside a running writer.
var sqliteSetup = []string{
	"PRAGMA busy_timeout = 5000",
	"PRAGMA foreign_keys = ON",
	"PRAGMA temp_store = MEMORY",
}

// sqliteFile is a database file with a writer, a pool of readers and the lock of the data directory.
type sqliteFile struct {
	path        string
	checkpoint  int64 // checkpointBytes; tests use less
	log         *slog.Logger
	lock        *os.File
	checkpoints *checkpointer // nil until the writer is connected
	slot        chan struct{} // one token for each reader in use

	mu   sync.Mutex
	idle []*sqliteConn
}

func openSQLite(ctx context.Context, cfg Config, dir string, log *slog.Logger) (backend, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	return &sqliteFile{
		path:       filepath.Join(dir, FileName),
		log:        log,
		checkpoint: checkpointBytes,
		lock:       lock,
		slot:       make(chan struct{}, cfg.Readers),
	}, nil
}

func (f *sqliteFile) pace() time.Duration { return groupPace }

func (f *sqliteFile) dialect() Dialect { return SQLite }

// fileURI returns path as an SQLite URI, so that no character of it is taken for a parameter.
func fileURI(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
}

func (f *sqliteFile) connectWriter(ctx context.Context) (writeConn, error) {
	setup := slices.Concat(sqliteSetup, []string{
		"PRAGMA synchronous = FULL",
		"PRAGMA cache_size = -16384", // KiB; SQLite searches all of it after a commit that split a page
		"PRAGMA wal_autocheckpoint = 0",
		"PRAGMA journal_size_limit = 134217728",
	})
	c, err := openSQLiteConn(fileURI(f.path), sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE, setup...)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", f.path, err)
	}
	w, err := f.logged(ctx, c)
	if err != nil {
		c.close()
		return nil, fmt.Errorf("store: open %s: %w", f.path, err)
	}
	return w, nil
}

// logged switches c to the write-ahead log and gives it its buffer and its checkpointer.
func (f *sqliteFile) logged(ctx context.Context, c *sqliteConn) (*fileWriter, error) {
	rows, err := c.query(ctx, "PRAGMA journal_mode = WAL", nil)
	if err != nil {
		return nil, err
	}
	var mode string
	if err := (&Row{rows: rows}).Scan(&mode); err != nil || mode != "wal" {
		return nil, errors.New("this file system cannot hold a write-ahead log; choose a data directory on a local disk")
	}
	if _, err := c.query(ctx, "SELECT COUNT(*) FROM sqlite_schema", nil); err != nil { // opens the log
		return nil, err
	}
	wal, err := c.installIOBuffer(sqlite3.SQLITE_FCNTL_JOURNAL_POINTER)
	if err != nil {
		return nil, err
	}
	if f.checkpoints, err = startCheckpointer(fileURI(f.path), f.log); err != nil {
		return nil, err
	}
	return &fileWriter{sqliteConn: c, checkpoints: f.checkpoints, wal: wal, step: f.checkpoint, limit: f.checkpoint}, nil
}

func (f *sqliteFile) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	c, err := f.reader(ctx)
	if err != nil {
		return nil, err
	}
	defer f.release(c)
	return c.query(ctx, sql, args)
}

// reader takes an idle reading connection, or opens one when fewer than the limit are in use.
func (f *sqliteFile) reader(ctx context.Context) (*sqliteConn, error) {
	select {
	case f.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f.mu.Lock()
	if n := len(f.idle); n > 0 {
		c := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return c, nil
	}
	f.mu.Unlock()
	setup := slices.Concat(sqliteSetup, []string{"PRAGMA query_only = ON", "PRAGMA cache_size = -512"})
	c, err := openSQLiteConn(fileURI(f.path), sqlite3.SQLITE_OPEN_READWRITE, setup...)
	if err != nil {
		<-f.slot
		return nil, fmt.Errorf("store: open %s: %w", f.path, err)
	}
	return c, nil
}

func (f *sqliteFile) release(c *sqliteConn) {
	f.mu.Lock()
	f.idle = append(f.idle, c)
	f.mu.Unlock()
	<-f.slot
}

// trim closes the readers that nobody uses: each has caches and prepared statements of its own.
func (f *sqliteFile) trim() {
	f.mu.Lock()
	idle := f.idle
	f.idle = nil
	f.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

func (f *sqliteFile) migrate(ctx context.Context, pkg string, migrations fs.FS) error {
	return migrateSQLite(ctx, "file:"+fileURI(f.path)[len("file:"):], pkg, migrations)
}

// close is called when no reader is in use.
func (f *sqliteFile) close() error {
	f.trim()
	if f.checkpoints != nil {
		f.checkpoints.stop()
	}
	return f.lock.Close()
}

// migrateSQLite runs the migrations on a connection of its own.
func migrateSQLite(ctx context.Context, uri, pkg string, migrations fs.FS) error {
	connector, err := sqlite.NewConnector(uri)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, pragma := range sqliteSetup {
		if _, err := db.ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	err = migrateUp(ctx, goose.DialectSQLite3, db, pkg, migrations)
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteClass(int32(e.Code()), err)
	}
	return err
}
