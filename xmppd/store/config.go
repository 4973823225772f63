package store

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// FileName is the name of the SQLite database in the data directory.
const FileName = "plenum.db"

// Limits of one group transaction: the writer takes what is queued up to these, and one batch in any case. 256 rows keep a
// transaction near 5 ms of CPU; 1 MiB keeps it inside the page cache.
const (
	maxGroupRows  = 256
	maxGroupBytes = 1 << 20
)

// groupPace makes at most 1000 commits a second on disk, each about 0.2 ms of CPU, and adds 1 ms to a message at the most.
const groupPace = time.Millisecond

// Defaults of Config.
const (
	// DefaultQueueRows is what a writer that does 10 000 rows/s needs two seconds for: longer and clients give up waiting.
	DefaultQueueRows = 20000
	// DefaultQueueBytes bounds the memory that waits with large stanzas.
	DefaultQueueBytes = 64 << 20
	// DefaultUnavailable is shorter than the time most clients wait for an IQ result (30 s or 60 s).
	DefaultUnavailable = 10 * time.Second
	DefaultReaders     = 8
)

// Config says where the database is.
type Config struct {
	DSN         string        `toml:"dsn" doc:"PostgreSQL database as a URL: postgres://user:password@host:5432/database. Empty: SQLite, in a file in the data directory."`
	Readers     int           `toml:"readers" doc:"Connections for reading. Default: 8."`
	QueueRows   int           `toml:"queue_rows" doc:"Rows that may wait to be written before new messages are refused with resource-constraint. Default: 20000."`
	QueueBytes  int           `toml:"queue_bytes" doc:"Bytes that may wait to be written. Default: 64 MiB."`
	Unavailable time.Duration `toml:"unavailable" doc:"How long a write waits for a PostgreSQL server that does not answer before it fails. Default: 10s."`
}

// Validate fills in defaults and checks the settings. It does not connect.
func (c *Config) Validate() error {
	c.Readers = cmp.Or(c.Readers, DefaultReaders)
	c.QueueRows = cmp.Or(c.QueueRows, DefaultQueueRows)
	c.QueueBytes = cmp.Or(c.QueueBytes, DefaultQueueBytes)
	c.Unavailable = cmp.Or(c.Unavailable, DefaultUnavailable)
	var errs []error
	for key, negative := range map[string]bool{
		"readers": c.Readers < 0, "queue_rows": c.QueueRows < 0, "queue_bytes": c.QueueBytes < 0, "unavailable": c.Unavailable < 0,
	} {
		if negative {
			errs = append(errs, fmt.Errorf("%s: must not be negative", key))
		}
	}
	return errors.Join(append(errs, c.validateDSN())...)
}

func (c *Config) validateDSN() error {
	if c.DSN == "" {
		return nil
	}
	if !strings.HasPrefix(c.DSN, "postgres://") && !strings.HasPrefix(c.DSN, "postgresql://") {
		return errors.New("dsn: must be empty (SQLite) or begin with postgres://")
	}
	if _, err := url.Parse(c.DSN); err != nil {
		return fmt.Errorf("dsn: %w", errors.Unwrap(err)) // the URL in the outer text may hold a password
	}
	return nil
}
