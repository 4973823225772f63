// Package store opens the database (SQLite in the data directory, or PostgreSQL), runs each package's migrations and offers
// one ordered writer that commits in groups. It knows no table.
//
// # Rules for those who use it
//
//   - SQL is written once for both dialects, with $1, $2… placeholders and ON CONFLICT. Columns are TEXT, BIGINT (INTEGER), BOOLEAN,
//     DOUBLE PRECISION, and BLOB (SQLite) or BYTEA (PostgreSQL). Times are stored as integers; the package says in which unit.
//   - Everything that writes goes through DB.Commit or DB.Submit, so all writes of a process have one order.
//   - A table that grows with each message has the time-ordered id as its INTEGER PRIMARY KEY, and one index that begins with the owner:
//     clustered by owner it costs twice as much (BenchmarkArchiveRows).
//   - What a query returns is read whole before Query returns; a query has a LIMIT or a result that is small by nature.
//   - A function given to Commit or Batch.Do may run more than once and runs on the writer's goroutine: it touches its Tx and its own
//     result variables, calls neither Commit nor Query, and waits for nothing.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"
)

// Dialect is the SQL dialect of an open database.
type Dialect uint8

const (
	SQLite Dialect = iota + 1
	Postgres
)

func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgres"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// backend is what differs between SQLite and PostgreSQL.
type backend interface {
	dialect() Dialect
	// connectWriter opens the connection that the writer owns. It is called again after errLost.
	connectWriter(ctx context.Context) (writeConn, error)
	// query reads on a connection of the read pool.
	query(ctx context.Context, sql string, args []any) (*Rows, error)
	migrate(ctx context.Context, pkg string, migrations fs.FS) error
	backup(ctx context.Context, path string) error
	// pace is the least time from one group's begin to the next one's while there is more than one producer.
	pace() time.Duration
	close() error
}

// writeConn is the writer's connection. Only the writer's goroutine uses it.
type writeConn interface {
	begin(ctx context.Context) error
	commit(ctx context.Context) error
	// rollback ends the transaction, whatever its state; it never fails for lack of one.
	rollback(ctx context.Context)
	exec(ctx context.Context, sql string, args []any) (int64, error)
	query(ctx context.Context, sql string, args []any) (*Rows, error)
	// insert adds rows; args holds len(ins.columns) values for each.
	insert(ctx context.Context, ins *Insert, args []any) error
	// committed tells, on a fresh connection, whether the transaction that was in commit on old was committed.
	committed(ctx context.Context, old writeConn) (bool, error)
	close()
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	backend backend
	writer  *writer

	use    sync.RWMutex // held for reading by whoever uses backend, besides the writer
	closed bool
}

// Open opens the database that cfg names; without a DSN that is the file FileName in dir, which is made when missing.
// It returns ErrLocked when another process has the data directory open.
func Open(ctx context.Context, cfg Config, dir string, log *slog.Logger) (*DB, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var b backend
	var err error
	if cfg.DSN == "" {
		b, err = openSQLite(ctx, cfg, dir, log)
	} else {
		b, err = openPostgres(ctx, cfg)
	}
	if err != nil {
		return nil, err
	}
	return start(ctx, cfg, b, log)
}

// OpenMemory opens an empty SQLite database in memory, for tests. It works inside testing/synctest.
func OpenMemory() (*DB, error) {
	b, err := openSQLiteMemory()
	if err != nil {
		return nil, err
	}
	var cfg Config
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return start(context.Background(), cfg, b, slog.New(slog.DiscardHandler))
}

func start(ctx context.Context, cfg Config, b backend, log *slog.Logger) (*DB, error) {
	conn, err := b.connectWriter(ctx)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return &DB{backend: b, writer: startWriter(cfg, b, conn, log)}, nil
}

// Close commits what is queued, runs the callbacks, waits for running queries and closes the database. Later calls return ErrClosed.
func (db *DB) Close() error {
	if !db.writer.stop() {
		return nil
	}
	db.use.Lock()
	defer db.use.Unlock()
	db.closed = true
	return db.backend.close()
}

// acquire keeps the backend open until release is called.
func (db *DB) acquire() (release func(), err error) {
	db.use.RLock()
	if db.closed {
		db.use.RUnlock()
		return nil, ErrClosed
	}
	return db.use.RUnlock, nil
}

// Dialect returns the SQL dialect.
func (db *DB) Dialect() Dialect { return db.backend.dialect() }

// Query reads. It sees everything that was committed before. The result is read whole before Query returns, so it needs no Close
// and no connection waits for the reader. It must not be called inside a function given to Commit or Do: use the Tx there.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	vals, err := values(args)
	if err != nil {
		return nil, err
	}
	release, err := db.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	return db.backend.query(ctx, sql, vals)
}

// Trim gives back memory that only a busy database needs. What comes next takes it again, at the cost of a millisecond.
func (db *DB) Trim() {
	release, err := db.acquire()
	if err != nil {
		return
	}
	defer release()
	if t, ok := db.backend.(interface{ trim() }); ok {
		t.trim()
	}
}

// QueryRow reads one row; its Scan returns ErrNoRows when there is none. Further rows are ignored.
func (db *DB) QueryRow(ctx context.Context, sql string, args ...any) *Row {
	rows, err := db.Query(ctx, sql, args...)
	return &Row{rows: rows, err: err}
}

// Commit runs fn in the next group transaction and returns when that is committed. An error of fn, or of a statement in it, undoes
// what fn wrote and nothing else. fn may run more than once. When ctx ends before fn has begun, fn does not run.
// Errors: ErrQueueFull, ErrClosed, those of fn, and those of the database as errors.go names them.
func (db *DB) Commit(ctx context.Context, fn func(*Tx) error) error {
	b := &Batch{done: make(chan error, 1)}
	b.Do(fn)
	if err := db.writer.submit(b); err != nil {
		return err
	}
	select {
	case err := <-b.done:
		return err
	case <-ctx.Done():
	}
	if b.claimed.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	return <-b.done
}

// Submit queues b; it is applied after everything that was queued earlier, by Commit too. It does not wait: when the queue is full it returns
// ErrQueueFull, and the caller refuses what it was asked for (resource-constraint). After an error no callback of b runs.
// b and the slices given to it belong to the writer until its callbacks have run.
func (db *DB) Submit(b *Batch) error {
	if b.err != nil {
		return b.err
	}
	return db.writer.submit(b)
}
