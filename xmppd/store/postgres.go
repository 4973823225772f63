package store

import (
	"context"
	"errors"
	"hash/fnv"
	"io/fs"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
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
	pc.MaxConns = int32(cfg.Readers)
	pc.ConnConfig.ConnectTimeout = connectTimeout
	// A server that lost sight of us gives up the locks of the transaction.
	pc.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(2*groupTimeout.Milliseconds(), 10)
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, postgresError(ctx, err)
	}
	return &postgres{pool: pool, config: pc.ConnConfig}, nil
}

func (p *postgres) pace() time.Duration { return groupPace }

func (p *postgres) dialect() Dialect { return Postgres }

func (p *postgres) connectWriter(ctx context.Context) (writeConn, error) {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return nil, postgresError(ctx, err)
	}
	return &postgresConn{conn: conn, pid: conn.PgConn().PID()}, nil
}

// query repeats a read whose connection turns out to be lost; the pool may hold more such after the server was away.
func (p *postgres) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	r, err := p.queryOnce(ctx, sql, args)
	if errors.Is(err, errLost) && ctx.Err() == nil {
		p.pool.Reset()
		return p.queryOnce(ctx, sql, args)
	}
	return r, err
}

func (p *postgres) queryOnce(ctx context.Context, sql string, args []any) (*Rows, error) {
	rows, err := p.pool.Query(ctx, sql, args...)
	return readPostgres(ctx, rows, err)
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
		return postgresError(ctx, err)
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
	return errors.New("store: a PostgreSQL database is backed up with pg_dump and restored with pg_restore")
}

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

// readPostgres reads a whole result.
func readPostgres(ctx context.Context, rows pgx.Rows, err error) (*Rows, error) {
	if err != nil {
		return nil, postgresError(ctx, err)
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
	return r, postgresError(ctx, rows.Err())
}
