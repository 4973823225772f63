package store

import (
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

type sqliteStmt struct {
	handle uintptr
	order  []int // parameter i+1 of the statement is argument order[i]
	cols   int
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
