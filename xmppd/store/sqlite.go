package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
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
		path: filepath.Join(dir, FileName),
		log:  log,
		lock: lock,
		slot: make(chan struct{}, orDefault(cfg.Readers, DefaultReaders)),
	}, nil
}

func (f *sqliteFile) pace() time.Duration { return groupPace }

func (f *sqliteFile) dialect() Dialect { return SQLite }

// fileURI returns path as an SQLite URI, so that no character of it is taken for a parameter.
func fileURI(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
}

func (f *sqliteFile) connectWriter(context.Context) (writeConn, error) {
	setup := append([]string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA cache_size = -16384", // KiB
		"PRAGMA wal_autocheckpoint = 0",
		"PRAGMA journal_size_limit = 134217728",
	}, sqliteSetup...)
	c, err := openSQLiteConn(fileURI(f.path), sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE, setup...)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", f.path, err)
	}
	w, err := f.buffered(c)
	if err != nil {
		c.close()
		return nil, fmt.Errorf("store: open %s: %w", f.path, err)
	}
	return w, nil
}

// buffered gives the writer's connection its buffer and its checkpointer.
func (f *sqliteFile) buffered(c *sqliteConn) (*fileWriter, error) {
	if _, err := c.query(context.Background(), "SELECT COUNT(*) FROM sqlite_schema", nil); err != nil { // opens the log
		return nil, err
	}
	wal, err := c.installIOBuffer(sqlite3.SQLITE_FCNTL_JOURNAL_POINTER)
	if err != nil {
		return nil, err
	}
	if f.checkpoints, err = startCheckpointer(fileURI(f.path), f.log); err != nil {
		return nil, err
	}
	return &fileWriter{sqliteConn: c, checkpoints: f.checkpoints, wal: wal, limit: checkpointBytes}, nil
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
	setup := append([]string{"PRAGMA query_only = ON", "PRAGMA cache_size = -8192"}, sqliteSetup...)
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

func (f *sqliteFile) migrate(ctx context.Context, pkg string, migrations fs.FS) error {
	return migrateSQLite(ctx, "file:"+fileURI(f.path)[len("file:"):], pkg, migrations)
}

// close waits for the readers in use.
func (f *sqliteFile) close() error {
	for range cap(f.slot) {
		f.slot <- struct{}{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.idle {
		c.close()
	}
	f.idle = nil
	if f.checkpoints != nil {
		f.checkpoints.stop()
	}
	return f.lock.Close()
}

// sqliteMemory is a database in memory: one connection, which the writer and the readers take in turns.
type sqliteMemory struct {
	uri  string
	conn *sqliteConn
	mu   sync.Mutex // held for a query, and by the writer from begin to commit
}

func openSQLiteMemory() (backend, error) {
	m := &sqliteMemory{uri: "file:/" + rand.Text() + "?vfs=memdb"}
	setup := append([]string{"PRAGMA journal_mode = MEMORY"}, sqliteSetup...)
	var err error
	m.conn, err = openSQLiteConn(m.uri, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE, setup...)
	return m, err
}

func (m *sqliteMemory) pace() time.Duration { return 0 }

func (m *sqliteMemory) dialect() Dialect { return SQLite }

func (m *sqliteMemory) connectWriter(context.Context) (writeConn, error) {
	return &memoryWriter{sqliteConn: m.conn, m: m}, nil
}

func (m *sqliteMemory) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.conn.query(ctx, sql, args)
}

func (m *sqliteMemory) migrate(ctx context.Context, pkg string, migrations fs.FS) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return migrateSQLite(ctx, m.uri, pkg, migrations)
}

func (m *sqliteMemory) close() error {
	m.conn.close()
	return nil
}

// memoryWriter is the shared connection in the writer's hands.
type memoryWriter struct {
	*sqliteConn
	m      *sqliteMemory
	locked bool
}

func (w *memoryWriter) begin(ctx context.Context) error {
	w.m.mu.Lock()
	w.locked = true
	return w.sqliteConn.begin(ctx)
}

func (w *memoryWriter) commit(ctx context.Context) error {
	err := w.sqliteConn.commit(ctx)
	if err == nil {
		w.unlock()
	}
	return err
}

func (w *memoryWriter) rollback(ctx context.Context) {
	if w.locked {
		w.sqliteConn.rollback(ctx)
		w.unlock()
	}
}

func (w *memoryWriter) unlock() {
	w.locked = false
	w.m.mu.Unlock()
}

// close leaves the connection to the backend.
func (w *memoryWriter) close() {}

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
	return migrateUp(ctx, goose.DialectSQLite3, db, pkg, migrations)
}
