package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

// Backup writes a consistent copy of the database to the file path, which must not exist, while the server goes on. For PostgreSQL
// it returns an error that names pg_dump.
func (db *DB) Backup(ctx context.Context, path string) error {
	release, err := db.acquire()
	if err != nil {
		return err
	}
	defer release()
	return db.backend.backup(ctx, path)
}

// Backup copies the SQLite database in dir to the file path, also while a server has it open.
func Backup(ctx context.Context, dir, path string) error {
	return backupFile(ctx, filepath.Join(dir, FileName), path)
}

func (f *sqliteFile) backup(ctx context.Context, path string) error {
	return backupFile(ctx, f.path, path)
}

func (m *sqliteMemory) backup(ctx context.Context, path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return vacuumInto(ctx, m.conn, path)
}

func backupFile(ctx context.Context, from, path string) error {
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("store: back up: %w", err)
	}
	c, err := openSQLiteConn(fileURI(from), sqlite3.SQLITE_OPEN_READWRITE, sqliteSetup...)
	if err != nil {
		return fmt.Errorf("store: back up %s: %w", from, err)
	}
	defer c.close()
	return vacuumInto(ctx, c, path)
}

// vacuumInto writes beside path and renames, so that path is either complete or not there.
func vacuumInto(ctx context.Context, c *sqliteConn, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: back up: %s exists", path)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: back up: %w", err)
	}
	_, err := c.query(ctx, "VACUUM INTO $1", []any{part})
	if err == nil {
		err = syncFile(part)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		os.Remove(part)
		return fmt.Errorf("store: back up to %s: %w", path, err)
	}
	return syncFile(filepath.Dir(path))
}

// Restore puts the backup at path in the place of the SQLite database in dir. No server may run on dir (ErrLocked). The backup is checked
// first (ErrCorrupt); the database that was there is kept under the name FileName.old.
func Restore(ctx context.Context, dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	target := filepath.Join(dir, FileName)
	part := target + ".part"
	os.Remove(part)
	if err := checkedCopy(ctx, path, part); err != nil {
		os.Remove(part)
		return fmt.Errorf("store: restore %s: %w", path, err)
	}
	return replaceDatabase(part, target)
}

func checkedCopy(ctx context.Context, from, to string) error {
	c, err := openSQLiteConn(fileURI(from)+"?mode=ro", sqlite3.SQLITE_OPEN_READONLY)
	if err != nil {
		return err
	}
	defer c.close()
	rows, err := c.query(ctx, "PRAGMA quick_check(1)", nil)
	if err != nil {
		return err
	}
	var verdict string
	if err := (&Row{rows: rows}).Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, verdict)
	}
	if _, err := c.query(ctx, "VACUUM INTO $1", []any{to}); err != nil {
		return err
	}
	return syncFile(to)
}

// replaceDatabase keeps the old database together with its log, which belongs to it alone.
func replaceDatabase(part, target string) error {
	for _, suffix := range []string{"-shm", "-wal", ""} {
		err := os.Rename(target+suffix, target+".old"+suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: restore: %w", err)
		}
	}
	if err := os.Rename(part, target); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return syncFile(filepath.Dir(target))
}

// syncFile makes a file, or the names in a directory, safe on disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
