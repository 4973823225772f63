package store

import (
	"errors"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// ioBufferSize is 31 log frames: the unix VFS cuts the length of a write to 17 bits.
const ioBufferSize = 31 * (24 + 4096)

// ioBuffer stands before one file of an SQLite connection and joins consecutive writes. SQLite writes its log in pieces of 24 and
// 4096 bytes, and the system calls for them cost more than all else that a commit does. What is held back goes out before anything but
// a write happens to the file. That is safe for the log: with synchronous=FULL each commit syncs it before other connections learn of the
// new frames.
//
// It lives in C memory, and methods must be first: SQLite reaches it through the file's pMethods.
type ioBuffer struct {
	methods sqlite3.Tsqlite3_io_methods
	inner   uintptr // the file's own methods
	data    uintptr // ioBufferSize bytes, the first held of them in use
	held    int64
	at      int64 // where in the file data belongs
	end     int64 // where in the file the last write ended
}

// installIOBuffer puts a buffer before the file that the file control op names.
func (c *sqliteConn) installIOBuffer(op int32) (*ioBuffer, error) {
	file, err := c.file(op)
	if err != nil {
		return nil, err
	}
	b := libc.Xcalloc(c.tls, 1, types.Size_t(unsafe.Sizeof(ioBuffer{})+ioBufferSize))
	if b == 0 {
		return nil, errors.New("store: out of memory")
	}
	buf := (*ioBuffer)(memory(b))
	buf.inner = file.FpMethods
	buf.data = b + unsafe.Sizeof(ioBuffer{})
	buf.methods = *(*sqlite3.Tsqlite3_io_methods)(memory(buf.inner))
	buf.methods.FxClose = funcPointer(ioClose)
	buf.methods.FxRead = funcPointer(ioRead)
	buf.methods.FxWrite = funcPointer(ioWrite)
	buf.methods.FxTruncate = funcPointer(ioTruncate)
	buf.methods.FxSync = funcPointer(ioSync)
	buf.methods.FxFileSize = funcPointer(ioFileSize)
	buf.methods.FxFileControl = funcPointer(ioFileControl)
	file.FpMethods = b
	c.ioBuffers = append(c.ioBuffers, b)
	return buf, nil
}

func (c *sqliteConn) file(op int32) (*sqlite3.Tsqlite3_file, error) {
	rc := sqlite3.Xsqlite3_file_control(c.tls, c.db, 0, op, c.out)
	if rc != sqlite3.SQLITE_OK {
		return nil, c.failure(rc)
	}
	file := (*sqlite3.Tsqlite3_file)(memory(*(*uintptr)(memory(c.out))))
	if file == nil || file.FpMethods == 0 {
		return nil, errors.New("store: SQLite has no such file open")
	}
	return file, nil
}

// funcPointer returns what the translated C code takes for a pointer to the function f.
func funcPointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// function is the reverse of funcPointer.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

type (
	ioFunc   = func(*libc.TLS, uintptr) int32
	rwFunc   = func(tls *libc.TLS, file, p uintptr, n int32, at int64) int32
	sizeFunc = func(*libc.TLS, uintptr, int64) int32
	syncFunc = func(*libc.TLS, uintptr, int32) int32
	statFunc = func(*libc.TLS, uintptr, uintptr) int32
	ctlFunc  = func(*libc.TLS, uintptr, int32, uintptr) int32
)

func bufferOf(file uintptr) (*ioBuffer, *sqlite3.Tsqlite3_io_methods) {
	b := (*ioBuffer)(memory((*sqlite3.Tsqlite3_file)(memory(file)).FpMethods))
	return b, (*sqlite3.Tsqlite3_io_methods)(memory(b.inner))
}

// flush writes what is held back.
func (b *ioBuffer) flush(tls *libc.TLS, file uintptr) int32 {
	if b.held == 0 {
		return sqlite3.SQLITE_OK
	}
	n := int32(b.held)
	b.held = 0
	inner := (*sqlite3.Tsqlite3_io_methods)(memory(b.inner))
	return function[rwFunc](inner.FxWrite)(tls, file, b.data, n, b.at)
}

func ioWrite(tls *libc.TLS, file, p uintptr, n int32, at int64) int32 {
	b, inner := bufferOf(file)
	b.end = at + int64(n)
	if b.held > 0 && (at != b.at+b.held || b.held+int64(n) > ioBufferSize) {
		if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if int64(n) > ioBufferSize {
		return function[rwFunc](inner.FxWrite)(tls, file, p, n, at)
	}
	if b.held == 0 {
		b.at = at
	}
	copy(unsafe.Slice((*byte)(memory(b.data+uintptr(b.held))), n), unsafe.Slice((*byte)(memory(p)), n))
	b.held += int64(n)
	return sqlite3.SQLITE_OK
}

func ioRead(tls *libc.TLS, file, p uintptr, n int32, at int64) int32 {
	b, inner := bufferOf(file)
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[rwFunc](inner.FxRead)(tls, file, p, n, at)
}

func ioTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	b, inner := bufferOf(file)
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[sizeFunc](inner.FxTruncate)(tls, file, size)
}

func ioSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	b, inner := bufferOf(file)
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[syncFunc](inner.FxSync)(tls, file, flags)
}

func ioFileSize(tls *libc.TLS, file, size uintptr) int32 {
	b, inner := bufferOf(file)
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[statFunc](inner.FxFileSize)(tls, file, size)
}

func ioFileControl(tls *libc.TLS, file uintptr, op int32, arg uintptr) int32 {
	b, inner := bufferOf(file)
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[ctlFunc](inner.FxFileControl)(tls, file, op, arg)
}

// ioClose takes the buffer away again.
func ioClose(tls *libc.TLS, file uintptr) int32 {
	b, inner := bufferOf(file)
	rc := b.flush(tls, file)
	(*sqlite3.Tsqlite3_file)(memory(file)).FpMethods = b.inner
	if rc2 := function[ioFunc](inner.FxClose)(tls, file); rc == sqlite3.SQLITE_OK {
		rc = rc2
	}
	return rc
}
