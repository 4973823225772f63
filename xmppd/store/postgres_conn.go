package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresConn is the writer's connection.
type postgresConn struct {
	conn  *pgx.Conn
	pid   uint32 // of the server's process
	begun bool   // BEGIN was sent; begin leaves it to the first statement
	xid   string // of the running transaction, once the server told it
}

func (c *postgresConn) begin(context.Context) error {
	c.begun, c.xid = false, ""
	return nil
}

// open queues what begins the transaction. Its id tells, after a connection lost in commit, what became of it.
func (c *postgresConn) open(b *pgx.Batch) {
	if c.begun {
		return
	}
	c.begun = true
	b.Queue("BEGIN")
	b.Queue("SELECT pg_current_xact_id()::text").QueryRow(func(row pgx.Row) error { return row.Scan(&c.xid) })
}

// opened begins the transaction before a single statement.
func (c *postgresConn) opened(ctx context.Context) error {
	if c.begun {
		return nil
	}
	b := &pgx.Batch{}
	c.open(b)
	return c.failure(ctx, c.conn.SendBatch(ctx, b).Close())
}

func (c *postgresConn) commit(ctx context.Context) error {
	if !c.begun {
		return nil // nothing was done
	}
	tag, err := c.conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		return errors.New("store: the transaction had failed before")
	}
	return c.failure(ctx, err)
}

func (c *postgresConn) rollback(ctx context.Context) {
	if !c.conn.IsClosed() && c.conn.PgConn().TxStatus() != 'I' {
		c.conn.Exec(ctx, "ROLLBACK")
	}
}

func (c *postgresConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	if err := c.opened(ctx); err != nil {
		return 0, err
	}
	tag, err := c.conn.Exec(ctx, sql, args...)
	return tag.RowsAffected(), c.failure(ctx, err)
}

func (c *postgresConn) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	if err := c.opened(ctx); err != nil {
		return nil, err
	}
	rows, err := c.conn.Query(ctx, sql, args...)
	r, err := readPostgres(ctx, rows, err)
	return r, c.failure(ctx, err)
}

// insert sends the rows as one pipeline of prepared statements.
func (c *postgresConn) insert(ctx context.Context, ins *Insert, args []any) error {
	b := &pgx.Batch{}
	c.open(b)
	if many := manyRows * ins.columns; ins.many != "" {
		for ; len(args) >= many; args = args[many:] {
			b.Queue(ins.many, args[:many]...)
		}
	}
	for ; len(args) > 0; args = args[ins.columns:] {
		b.Queue(ins.one, args[:ins.columns]...)
	}
	return c.failure(ctx, c.conn.SendBatch(ctx, b).Close())
}

// committed finds out what became of the transaction that was in commit when old was lost. The server may not know yet that old is gone:
// so it is told to end that session, which then is committed or aborted.
func (c *postgresConn) committed(ctx context.Context, old writeConn) (bool, error) {
	o := old.(*postgresConn)
	if o.xid == "" {
		return false, nil
	}
	const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid::text = $2"
	if _, err := c.conn.Exec(ctx, end, int64(o.pid), o.xid); err != nil {
		return false, c.failure(ctx, err)
	}
	for {
		var status *string
		if err := c.conn.QueryRow(ctx, "SELECT pg_xact_status($1::text::xid8)", o.xid).Scan(&status); err != nil {
			return false, c.failure(ctx, err)
		}
		switch {
		case status == nil:
			return false, errors.New("store: transaction is too old")
		case *status != "in progress":
			return *status == "committed", nil
		}
		time.Sleep(firstPause)
	}
}

// failure classes err; a connection that pgx has closed is lost, whatever the error says.
func (c *postgresConn) failure(ctx context.Context, err error) error {
	var classed *dbError
	switch {
	case err == nil || errors.Is(err, errLost):
		return err
	case c.conn.IsClosed():
		return lostError(err)
	case errors.As(err, &classed):
		return err
	}
	return postgresError(ctx, err)
}

func (c *postgresConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	c.conn.Close(ctx)
}
