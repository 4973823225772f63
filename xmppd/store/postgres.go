package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

type postgres struct {
	pool   *pgxpool.Pool // readers
	config *pgx.ConnConfig
}

func openPostgres(ctx context.Context, cfg Config) (backend, error) {
	pc, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, errors.New("store: dsn is not a valid PostgreSQL URL") // err may quote the password
	}
	pc.MaxConns = int32(orDefault(cfg.Readers, DefaultReaders))
	pc.ConnConfig.ConnectTimeout = connectTimeout
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, postgresError(err)
	}
	return &postgres{pool: pool, config: pc.ConnConfig}, nil
}

func (p *postgres) pace() time.Duration { return groupPace }

func (p *postgres) dialect() Dialect { return Postgres }

func (p *postgres) connectWriter(ctx context.Context) (writeConn, error) {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return nil, postgresError(err)
	}
	return &postgresConn{conn: conn}, nil
}

func (p *postgres) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	rows, err := p.pool.Query(ctx, sql, args...)
	return readPostgres(rows, err)
}

// migrationLock is the advisory lock that nodes take in turns while they migrate. It is another one for each schema, because
// advisory locks are for the whole database.
func migrationLock(schema string) int64 {
	h := fnv.New64a()
	h.Write([]byte("plenum migrations " + schema))
	return int64(h.Sum64())
}

func (p *postgres) migrate(ctx context.Context, pkg string, migrations fs.FS) error {
	var schema string
	if err := p.pool.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return postgresError(err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock(schema)), lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(p.pool)
	defer db.Close()
	return migrateUp(ctx, goose.DialectPostgres, db, pkg, migrations, goose.WithSessionLocker(locker))
}

func (p *postgres) backup(context.Context, string) error {
	return errors.New("store: a PostgreSQL database is backed up with pg_dump")
}

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

// postgresConn is the writer's connection.
type postgresConn struct {
	conn *pgx.Conn
	xid  string // of the running transaction, once it has one
}

func (c *postgresConn) begin(ctx context.Context) error {
	// The id tells after a connection lost in commit what became of the transaction. One round trip for both statements.
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT pg_current_xact_id()::text")
	c.xid = ""
	r := c.conn.SendBatch(ctx, b)
	if _, err := r.Exec(); err != nil {
		r.Close()
		return postgresError(err)
	}
	err := r.QueryRow().Scan(&c.xid)
	return postgresError(errors.Join(err, r.Close()))
}

func (c *postgresConn) commit(ctx context.Context) error {
	tag, err := c.conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		return errors.New("store: the transaction had failed before")
	}
	return postgresError(err)
}

func (c *postgresConn) rollback(ctx context.Context) {
	if !c.conn.IsClosed() && c.conn.PgConn().TxStatus() != 'I' {
		c.conn.Exec(ctx, "ROLLBACK")
	}
}

func (c *postgresConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	tag, err := c.conn.Exec(ctx, sql, args...)
	return tag.RowsAffected(), postgresError(err)
}

func (c *postgresConn) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	rows, err := c.conn.Query(ctx, sql, args...)
	return readPostgres(rows, err)
}

// insert sends the rows as one pipeline of a prepared statement. One statement for several rows would be no faster and could not
// touch a row twice with ON CONFLICT DO UPDATE.
func (c *postgresConn) insert(ctx context.Context, ins *Insert, args []any) error {
	b := &pgx.Batch{}
	for ; len(args) > 0; args = args[ins.columns:] {
		b.Queue(ins.numbered, args[:ins.columns]...)
	}
	return postgresError(c.conn.SendBatch(ctx, b).Close())
}

// committed asks what became of the transaction that was in commit when old was lost.
func (c *postgresConn) committed(ctx context.Context, old writeConn) (bool, error) {
	xid := old.(*postgresConn).xid
	if xid == "" {
		return false, nil
	}
	var status *string
	if err := c.conn.QueryRow(ctx, "SELECT pg_xact_status($1::text::xid8)", xid).Scan(&status); err != nil {
		return false, postgresError(err)
	}
	if status == nil {
		return false, errors.New("store: transaction is too old")
	}
	switch *status {
	case "committed":
		return true, nil
	case "aborted":
		return false, nil
	}
	return false, fmt.Errorf("store: transaction is %s", *status)
}

func (c *postgresConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	c.conn.Close(ctx)
}

// readPostgres reads a whole result.
func readPostgres(rows pgx.Rows, err error) (*Rows, error) {
	if err != nil {
		return nil, postgresError(err)
	}
	defer rows.Close()
	r := &Rows{cols: len(rows.FieldDescriptions())}
	for rows.Next() {
		vals, err := rows.Values()
		if err != nil {
			return nil, err
		}
		for _, v := range vals {
			r.vals = append(r.vals, fromPostgres(v))
		}
	}
	return r, postgresError(rows.Err())
}

// postgresError gives err its class, by SQLSTATE. What is no answer of the server means that the connection is lost.
func postgresError(err error) error {
	if err == nil {
		return nil
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		if errors.Is(err, context.Canceled) {
			return err
		}
		var ce *pgconn.ConnectError
		if errors.As(err, &ce) || pgconn.Timeout(err) || isConnError(err) {
			return &dbError{ErrUnavailable, fmt.Errorf("%w: %w", errLost, err)}
		}
		return err
	}
	switch pe.Code[:2] {
	case "23":
		return &dbError{ErrConflict, err}
	case "08", "57": // connection exception, operator intervention (shutdown)
		return &dbError{ErrUnavailable, fmt.Errorf("%w: %w", errLost, err)}
	}
	switch pe.Code {
	case "53100":
		return &dbError{ErrDiskFull, err}
	case "53300": // too many connections
		return &dbError{ErrUnavailable, fmt.Errorf("%w: %w", errLost, err)}
	case "25006": // read-only transaction: a standby
		return &dbError{ErrUnavailable, err}
	}
	return err
}

// isConnError reports whether err comes from the network, or from pgx finding the connection closed.
func isConnError(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed")
}
