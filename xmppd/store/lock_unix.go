//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockName is the file that a process holds locked as long as it has the database open. Its content is the process id, for the operator.
const lockName = "plenum.lock"

// lockDir takes the lock of the data directory. The kernel gives it up when the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		f.Truncate(0)
		fmt.Fprintf(f, "%d\n", os.Getpid())
		return f, nil
	}
	defer f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		var pid int
		fmt.Fscan(f, &pid)
		return nil, fmt.Errorf("data directory %s is in use by another process (pid %d): stop it first or choose another directory: %w", dir, pid, ErrLocked)
	}
	return nil, fmt.Errorf("store: lock %s: %w", f.Name(), err)
}
