package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxStatements bounds the prepared statements that a connection keeps. The program has fewer; only SQL that is put together at run time
// could pass it.
const maxStatements = 256

// sqliteConn is a connection to SQLite. One goroutine uses it at a time.
//
// It calls the translated C library itself instead of going through database/sql and the driver: values need no boxing and no allocation
// each, rows no locks, and the log's file can be reached (sqlite_io.go).
type sqliteConn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // room for two results by pointer
	stop  uintptr // int32, not zero when the running statement shall fail
	stmts map[string]*sqliteStmt

	// Text and blobs of the running statement, which SQLite reads in place.
	arena    uintptr
	arenaCap int

	ioBuffers []uintptr // to be freed last
}

// openSQLiteConn opens a connection to uri, an SQLite URI, and runs the statements of setup.
func openSQLiteConn(uri string, flags int32, setup ...string) (*sqliteConn, error) {
	c := &sqliteConn{tls: libc.NewTLS(), stmts: make(map[string]*sqliteStmt)}
	c.out = libc.Xcalloc(c.tls, 3, types.Size_t(unsafe.Sizeof(uintptr(0))))
	c.stop = c.out + 2*unsafe.Sizeof(uintptr(0))
	name, err := libc.CString(uri)
	if err != nil || c.out == 0 {
		return nil, errors.New("store: out of memory")
	}
	defer libc.Xfree(c.tls, name)
	flags |= sqlite3.SQLITE_OPEN_URI | sqlite3.SQLITE_OPEN_NOMUTEX
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags, 0)
	c.db = *(*uintptr)(memory(c.out))
	if rc != sqlite3.SQLITE_OK {
		err := c.failure(rc)
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	sqlite3.Xsqlite3_progress_handler(c.tls, c.db, progressOps, funcPointer(giveUp), c.stop)
	for _, sql := range setup {
		if _, err := c.query(context.Background(), sql, nil); err != nil {
			c.close()
			return nil, fmt.Errorf("%s: %w", sql, err)
		}
	}
	return c, nil
}

// memory turns an address of the C allocator into a pointer. That memory is not the garbage collector's, which leaves such pointers alone.
func memory(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func (c *sqliteConn) close() {
	for _, s := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	}
	sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	libc.Xfree(c.tls, c.out)
	libc.Xfree(c.tls, c.arena)
	for _, b := range c.ioBuffers {
		libc.Xfree(c.tls, b)
	}
	c.tls.Close()
}

// progressOps is after how many steps of SQLite's machine it asks whether to go on: every millisecond or so.
const progressOps = 10000

// giveUp is SQLite's progress handler. flag is sqliteConn.stop.
func giveUp(_ *libc.TLS, flag uintptr) int32 { return atomic.LoadInt32((*int32)(memory(flag))) }

// until makes running statements fail when ctx ends. The function that it returns ends that. (sqlite3_interrupt would do nothing when it
// comes just before a statement begins.)
func (c *sqliteConn) until(ctx context.Context) (end func()) {
	flag := (*int32)(memory(c.stop))
	atomic.StoreInt32(flag, 0)
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { atomic.StoreInt32(flag, 1); close(done) })
	return func() {
		if !stop() {
			<-done
			atomic.StoreInt32(flag, 0)
		}
	}
}

func (c *sqliteConn) exec(_ context.Context, sql string, args []any) (int64, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	if err := c.run(s, args, nil); err != nil {
		return 0, err
	}
	return int64(sqlite3.Xsqlite3_changes(c.tls, c.db)), nil
}

// query reads the whole result, until ctx ends at the longest.
func (c *sqliteConn) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	if ctx.Done() != nil {
		defer c.until(ctx)()
	}
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	r := &Rows{cols: s.cols}
	err = c.run(s, args, func(s *sqliteStmt) {
		for i := range s.cols {
			r.vals = append(r.vals, c.column(s, int32(i)))
		}
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return r, nil
}

func (c *sqliteConn) insert(_ context.Context, ins *Insert, args []any) error {
	s, err := c.prepare(ins.plain)
	if err != nil {
		return err
	}
	for ; len(args) > 0; args = args[ins.columns:] {
		if err := c.run(s, args[:ins.columns], nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) begin(ctx context.Context) error {
	_, err := c.exec(ctx, "BEGIN IMMEDIATE", nil)
	return err
}

func (c *sqliteConn) commit(ctx context.Context) error {
	_, err := c.exec(ctx, "COMMIT", nil)
	return err
}

// rollback does nothing when SQLite has ended the transaction itself, as it does after some errors.
func (c *sqliteConn) rollback(ctx context.Context) {
	if sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 {
		c.exec(ctx, "ROLLBACK", nil)
	}
}

// committed is never asked: errLost does not happen in a file.
func (c *sqliteConn) committed(context.Context, writeConn) (bool, error) { return false, nil }

// failure turns a result code into an error of its class.
func (c *sqliteConn) failure(rc int32) error {
	msg := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		msg = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	}
	return sqliteClass(rc, fmt.Errorf("sqlite %d: %s", rc, msg))
}

// sqliteClass gives err the class that a result code stands for.
func sqliteClass(rc int32, err error) error {
	switch rc & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return &dbError{ErrConflict, err}
	case sqlite3.SQLITE_FULL:
		return &dbError{ErrDiskFull, err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &dbError{ErrLocked, err}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &dbError{ErrCorrupt, err}
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return &dbError{ErrUnavailable, err}
	}
	return err
}
