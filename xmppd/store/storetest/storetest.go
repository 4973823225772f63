// Package storetest opens databases for tests.
package storetest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plenum/xmppd/store"
)

// Env names the PostgreSQL database for tests, as a URL. Each test gets a fresh schema in it.
const Env = "PLENUM_TEST_POSTGRES"

// Open opens an empty database that is closed with the test: PostgreSQL when Env is set, else SQLite in memory. Inside
// testing/synctest use OpenMemory.
func Open(t testing.TB) *store.DB {
	t.Helper()
	if dsn := os.Getenv(Env); dsn != "" {
		return OpenPostgres(t, dsn)
	}
	return OpenMemory(t)
}

// OpenMemory opens an empty SQLite database in memory.
func OpenMemory(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.OpenMemory()
	return closing(t, db, err)
}

// OpenFile opens an empty SQLite database in a directory of the test.
func OpenFile(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{}, t.TempDir(), slog.New(slog.DiscardHandler))
	return closing(t, db, err)
}

// OpenPostgres opens a fresh schema in the database dsn.
func OpenPostgres(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{DSN: FreshSchema(t, dsn)}, "", slog.New(slog.DiscardHandler))
	return closing(t, db, err)
}

// FreshSchema makes a schema in the database dsn that is dropped with the test, and returns a DSN that works in it. Several
// stores may open it: the nodes of one cluster.
func FreshSchema(t testing.TB, dsn string) string {
	t.Helper()
	schema := "test_" + strings.ToLower(rand.Text()[:12])
	run := func(sql string) {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Fatalf("%s: %v", Env, err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE SCHEMA " + schema)
	t.Cleanup(func() { run("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s is not a URL", Env)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Each runs fn as a subtest on every database there is: SQLite in memory and on file, and PostgreSQL when Env is set.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite-memory", func(t *testing.T) { fn(t, OpenMemory(t)) })
	t.Run("sqlite-file", func(t *testing.T) { fn(t, OpenFile(t)) })
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv(Env)
		if dsn == "" {
			t.Skip(Env + " is not set: PostgreSQL is not tested")
		}
		fn(t, OpenPostgres(t, dsn))
	})
}

func closing(t testing.TB, db *store.DB, err error) *store.DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
