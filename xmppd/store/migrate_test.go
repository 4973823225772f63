package store_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// versions returns migrations up to number n. They are the same for both dialects.
func versions(n int) fs.FS {
	all := []string{"CREATE TABLE a (x BIGINT);", "INSERT INTO a (x) VALUES (1);", "ALTER TABLE a ADD COLUMN y BIGINT NOT NULL DEFAULT 7;"}
	files := fstest.MapFS{}
	for i, sql := range all[:n] {
		files["migrations/0000"+string(rune('1'+i))+"_step.sql"] = file("-- +goose Up\n" + sql)
	}
	return files
}

func TestMigrate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for _, n := range []int{1, 2, 2, 3} {
			if err := db.Migrate(ctx, "part", versions(n), versions(n)); err != nil {
				t.Fatalf("to version %d: %v", n, err)
			}
		}
		var x, y int
		if err := db.QueryRow(ctx, "SELECT x, y FROM a").Scan(&x, &y); err != nil || x != 1 || y != 7 {
			t.Errorf("%d %d %v", x, y, err)
		}
		err := db.Migrate(ctx, "part", versions(2), versions(2))
		if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), "version 3, this program knows 2") {
			t.Errorf("an older program: %v", err)
		}
		other := fstest.MapFS{"00001_b.sql": file("-- +goose Up\nCREATE TABLE b (x BIGINT);")}
		if err := db.Migrate(ctx, "other", other, other); err != nil {
			t.Errorf("another package: %v", err)
		}
	})
}

func TestMigrateRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if err := db.Migrate(ctx, "no-name; DROP", versions(1), versions(1)); err == nil {
			t.Error("a name that is no name is accepted")
		}
		if err := db.Migrate(ctx, "empty", fstest.MapFS{}, fstest.MapFS{}); err == nil {
			t.Error("no migrations are accepted")
		}
		wrong := fstest.MapFS{"00001_a.sql": file("-- +goose Up\nCREATE TABLE good (x BIGINT);\nCREATE NONSENSE;")}
		if err := db.Migrate(ctx, "wrong", wrong, wrong); err == nil {
			t.Error("wrong SQL is accepted")
		}
		if _, err := db.Query(ctx, "SELECT x FROM good"); err == nil {
			t.Error("half a migration is left")
		}
	})
}

func TestSeveralNodesMigrateAtOnce(t *testing.T) {
	dsn := os.Getenv(storetest.Env)
	if dsn == "" {
		t.Skip(storetest.Env + " is not set: PostgreSQL is not tested")
	}
	dsn = storetest.FreshSchema(t, dsn)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			db, err := store.Open(context.Background(), store.Config{DSN: dsn}, "", slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := db.Migrate(context.Background(), "part", nil, versions(3)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
