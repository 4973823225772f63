package store

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is. Every error of a statement or commit wraps at most one of them.
var (
	ErrNoRows      = errors.New("store: no rows")
	ErrConflict    = errors.New("store: constraint violation")              // unique, not null, check, foreign key
	ErrQueueFull   = errors.New("store: write queue is full")               // try later: resource-constraint
	ErrClosed      = errors.New("store: closed")                            //
	ErrDiskFull    = errors.New("store: disk is full")                      // an operator must act
	ErrLocked      = errors.New("store: database is in use")                // by another process
	ErrUnavailable = errors.New("store: database is unavailable")           // PostgreSQL does not answer (a write may be done all the same), or the disk has a fault
	ErrNewerSchema = errors.New("store: database is of a newer version")    // written by a newer program
	ErrCorrupt     = errors.New("store: database is damaged")               // restore a backup
	errLost        = errors.New("connection lost")                          // inner mark beside ErrUnavailable: the transaction's fate is unknown
	errAgain       = errors.New("transaction collided with another one")    // of another node; to be run again
	errPanic       = errors.New("store: panic in a transaction's function") //
)

// dbError is an error of the database with the class it belongs to.
type dbError struct {
	class error
	err   error
}

func (e *dbError) Error() string   { return fmt.Sprintf("%v: %v", e.class, e.err) }
func (e *dbError) Unwrap() []error { return []error{e.class, e.err} }

// hitsAll reports whether err is of the surroundings, not of a statement: every other batch would meet it too.
func hitsAll(err error) bool {
	for _, class := range []error{ErrDiskFull, ErrLocked, ErrUnavailable, ErrCorrupt} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
