package store

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"
)

// checkpointBytes is the length of the write-ahead log from which its pages are copied to the database file. A page that changed often in
// between is copied once. 32 MiB are read again in about 50 ms after a crash.
const checkpointBytes = 32 << 20

// checkpointer copies the log to the database file on a goroutine and connection of its own, so that the writer does not stand still
// meanwhile. SQLite starts the log anew only when all of it has been copied, and the writer is always ahead; so when the goroutine is
// through, the writer itself copies the little that came since.
type checkpointer struct {
	conn  *sqliteConn
	log   *slog.Logger
	start chan struct{}
	state atomic.Int32
	ended sync.WaitGroup
}

// States of a checkpointer.
const (
	checkpointIdle int32 = iota
	checkpointRunning
	checkpointDone // up to where the log ended when it began
)

func startCheckpointer(uri string, log *slog.Logger) (*checkpointer, error) {
	setup := slices.Concat(sqliteSetup, []string{"PRAGMA synchronous = FULL", "PRAGMA cache_size = -256"})
	conn, err := openSQLiteConn(uri, sqlite3.SQLITE_OPEN_READWRITE, setup...)
	if err != nil {
		return nil, err
	}
	if _, err := conn.installIOBuffer(sqlite3.SQLITE_FCNTL_FILE_POINTER); err != nil {
		conn.close()
		return nil, err
	}
	p := &checkpointer{conn: conn, log: log, start: make(chan struct{}, 1)}
	p.ended.Go(func() {
		for range p.start {
			p.checkpoint(p.conn)
			p.state.Store(checkpointDone)
		}
	})
	return p, nil
}

// checkpoint copies what no reader needs in the log. That another connection is at it, or that readers are in the way, is no error.
func (p *checkpointer) checkpoint(conn *sqliteConn) {
	if _, err := conn.query(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)", nil); err != nil {
		p.log.Error("cannot copy the log to the database file", "err", err)
	}
}

func (p *checkpointer) stop() {
	close(p.start)
	p.ended.Wait()
	p.conn.close()
}

// fileWriter is the writer's connection to a file.
type fileWriter struct {
	*sqliteConn
	checkpoints *checkpointer
	wal         *ioBuffer
	step        int64 // checkpointBytes
	limit       int64 // length of the log at which something is to be done
}

func (w *fileWriter) commit(ctx context.Context) error {
	err := w.sqliteConn.commit(ctx)
	if err == nil && w.wal.end >= w.limit {
		w.checkpoint()
	} else if w.wal.end < w.step {
		w.limit = w.step // the log began anew
	}
	return err
}

// checkpoint goes one step: start the goroutine, or finish its work. When the log still does not begin anew, because a backup reads
// it, the next round comes after it has grown by another quarter.
func (w *fileWriter) checkpoint() {
	p := w.checkpoints
	switch p.state.Load() {
	case checkpointIdle:
		p.state.Store(checkpointRunning)
		p.start <- struct{}{}
	case checkpointDone:
		p.checkpoint(w.sqliteConn)
		p.state.Store(checkpointIdle)
		w.limit = w.wal.end + w.step/4
	}
}
