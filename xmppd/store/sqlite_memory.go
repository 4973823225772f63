package store

import (
	"context"
	"crypto/rand"
	"io/fs"
	"slices"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteMemory is a database in memory: one connection, which the writer and the readers take in turns.
type sqliteMemory struct {
	uri  string
	conn *sqliteConn
	mu   sync.Mutex // held for a query, and by the writer from begin to commit
}

func openSQLiteMemory() (backend, error) {
	m := &sqliteMemory{uri: "file:/" + rand.Text() + "?vfs=memdb"}
	setup := slices.Concat(sqliteSetup, []string{"PRAGMA journal_mode = MEMORY"})
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
