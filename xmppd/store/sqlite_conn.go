package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxStatements bounds the prepared statements that a connection keeps. The program has fewer; only SQL that is put together at run time
// could pass it.
const maxStatements = 256

// sqliteConn is a connection to SQLite. One goroutine uses it at a time; interrupt alone may be called from others.
//
// It calls the translated C library itself: database/sql and the driver cost more per row than SQLite's own work on it, because every
// value is boxed, allocated and freed one by one and every parameter is looked up by its name.
type sqliteConn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // room for two results by pointer
	stmts map[string]*sqliteStmt

	// Text and blobs of the running statement, which SQLite reads in place.
	arena    uintptr
	arenaCap int

	ioBuffers []uintptr // to be freed last
}

type sqliteStmt struct {
	handle uintptr
	order  []int // parameter i+1 of the statement is argument order[i]
	cols   int
}

// openSQLiteConn opens a connection to uri, an SQLite URI, and runs the statements of setup.
func openSQLiteConn(uri string, flags int32, setup ...string) (*sqliteConn, error) {
	c := &sqliteConn{tls: libc.NewTLS(), stmts: make(map[string]*sqliteStmt)}
	c.out = libc.Xmalloc(c.tls, types.Size_t(2*unsafe.Sizeof(uintptr(0))))
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

// interrupt makes the running statement fail. It takes a thread state of its own, since c.tls belongs to who runs the statement.
func (c *sqliteConn) interrupt() {
	tls := libc.NewTLS()
	sqlite3.Xsqlite3_interrupt(tls, c.db)
	tls.Close()
}

func (c *sqliteConn) prepare(sql string) (*sqliteStmt, error) {
	if s := c.stmts[sql]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		for old, s := range c.stmts { // any one
			sqlite3.Xsqlite3_finalize(c.tls, s.handle)
			delete(c.stmts, old)
			break
		}
	}
	text, err := libc.CString(sql)
	if err != nil {
		return nil, errors.New("store: out of memory")
	}
	defer libc.Xfree(c.tls, text)
	tail := c.out + unsafe.Sizeof(uintptr(0))
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, tail)
	if rc != sqlite3.SQLITE_OK {
		return nil, fmt.Errorf("%w in %q", c.failure(rc), sql)
	}
	s := &sqliteStmt{handle: *(*uintptr)(memory(c.out))}
	if s.handle == 0 {
		return nil, fmt.Errorf("store: empty statement %q", sql)
	}
	if s.order, err = c.parameters(s.handle); err != nil {
		sqlite3.Xsqlite3_finalize(c.tls, s.handle)
		return nil, fmt.Errorf("%w in %q", err, sql)
	}
	s.cols = int(sqlite3.Xsqlite3_column_count(c.tls, s.handle))
	c.stmts[sql] = s
	return s, nil
}

// parameters returns which argument goes to which parameter. SQLite takes $1 as a name and numbers parameters by first appearance.
func (c *sqliteConn) parameters(handle uintptr) ([]int, error) {
	order := make([]int, sqlite3.Xsqlite3_bind_parameter_count(c.tls, handle))
	for i := range order {
		order[i] = i
		p := sqlite3.Xsqlite3_bind_parameter_name(c.tls, handle, int32(i+1))
		if p == 0 {
			continue // a plain ?
		}
		name := libc.GoString(p)
		n, err := strconv.Atoi(name[1:])
		if name[0] != '$' || err != nil || n < 1 {
			return nil, fmt.Errorf("store: parameter %s is not of the form $1", name)
		}
		order[i] = n - 1
	}
	return order, nil
}

// bind sets the parameters. Text and blobs are copied to the arena, where they stay until the next bind.
func (c *sqliteConn) bind(s *sqliteStmt, args []any) error {
	size := 0
	for _, a := range args {
		switch v := a.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	if err := c.reserve(size); err != nil {
		return err
	}
	at := c.arena
	for i, n := range s.order {
		if n >= len(args) {
			return fmt.Errorf("store: statement has a parameter $%d, got %d arguments", n+1, len(args))
		}
		idx := int32(i + 1)
		var rc int32
		switch v := args[n].(type) {
		case nil:
			rc = sqlite3.Xsqlite3_bind_null(c.tls, s.handle, idx)
		case int64:
			rc = sqlite3.Xsqlite3_bind_int64(c.tls, s.handle, idx, v)
		case float64:
			rc = sqlite3.Xsqlite3_bind_double(c.tls, s.handle, idx, v)
		case bool:
			var n int64
			if v {
				n = 1
			}
			rc = sqlite3.Xsqlite3_bind_int64(c.tls, s.handle, idx, n)
		case string:
			copy(unsafe.Slice((*byte)(memory(at)), len(v)), v)
			rc = sqlite3.Xsqlite3_bind_text(c.tls, s.handle, idx, at, int32(len(v)), 0)
			at += uintptr(len(v))
		case []byte:
			if v == nil {
				rc = sqlite3.Xsqlite3_bind_null(c.tls, s.handle, idx)
				break
			}
			copy(unsafe.Slice((*byte)(memory(at)), len(v)), v)
			rc = sqlite3.Xsqlite3_bind_blob(c.tls, s.handle, idx, at, int32(len(v)), 0)
			at += uintptr(len(v))
		}
		if rc != sqlite3.SQLITE_OK {
			return c.failure(rc)
		}
	}
	return nil
}

// reserve makes room for size bytes in the arena. A large one is given back by the next small statement.
func (c *sqliteConn) reserve(size int) error {
	const keep = 64 << 10
	want := max(size, 4096)
	if c.arena != 0 && want <= c.arenaCap && (c.arenaCap <= keep || want > keep) {
		return nil
	}
	libc.Xfree(c.tls, c.arena)
	c.arena, c.arenaCap = libc.Xmalloc(c.tls, types.Size_t(want)), want
	if c.arena == 0 {
		c.arenaCap = 0
		return errors.New("store: out of memory")
	}
	return nil
}

// run binds args, steps through the statement and calls row for each result row; row may be nil.
func (c *sqliteConn) run(s *sqliteStmt, args []any, row func(*sqliteStmt)) error {
	err := c.bind(s, args)
	for err == nil {
		rc := sqlite3.Xsqlite3_step(c.tls, s.handle)
		if rc == sqlite3.SQLITE_DONE {
			break
		}
		if rc != sqlite3.SQLITE_ROW {
			err = c.failure(rc)
		} else if row != nil {
			row(s)
		}
	}
	sqlite3.Xsqlite3_reset(c.tls, s.handle) // its result repeats that of step
	return err
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

// query reads the whole result. When ctx ends it is interrupted.
func (c *sqliteConn) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	if ctx.Done() != nil {
		done := make(chan struct{})
		stop := context.AfterFunc(ctx, func() { c.interrupt(); close(done) })
		defer func() {
			if !stop() {
				<-done
			}
		}()
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

func (c *sqliteConn) column(s *sqliteStmt, i int32) any {
	switch sqlite3.Xsqlite3_column_type(c.tls, s.handle, i) {
	case sqlite3.SQLITE_INTEGER:
		return int64(sqlite3.Xsqlite3_column_int64(c.tls, s.handle, i))
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(c.tls, s.handle, i)
	case sqlite3.SQLITE_TEXT:
		p := sqlite3.Xsqlite3_column_text(c.tls, s.handle, i)
		n := sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, i)
		return string(unsafe.Slice((*byte)(memory(p)), n))
	case sqlite3.SQLITE_BLOB:
		p := sqlite3.Xsqlite3_column_blob(c.tls, s.handle, i)
		n := sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, i)
		b := make([]byte, n)
		copy(b, unsafe.Slice((*byte)(memory(p)), n))
		return b
	}
	return nil
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
	err := fmt.Errorf("sqlite %d: %s", rc, msg)
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
