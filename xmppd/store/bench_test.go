//go:build unix

package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// archiveTables are two ways to keep one row for each owner of a message. Clustered by owner, each row makes two pages dirty, which fill
// up after seven rows and split. With the id as rowid the rows stand in the order of their coming, seven to a page, and only the index
// entry, a tenth of their size, goes to a page of its owner.
var archiveTables = []struct {
	name             string
	sqlite, postgres string
}{
	{"by-owner", `-- +goose Up
CREATE TABLE archive (owner TEXT NOT NULL, id INTEGER NOT NULL, peer TEXT NOT NULL, kind INTEGER NOT NULL, origin TEXT, raw BLOB NOT NULL,
	PRIMARY KEY (owner, id)) WITHOUT ROWID;
CREATE INDEX archive_peer ON archive (owner, peer, id);`, `-- +goose Up
CREATE TABLE archive (owner TEXT NOT NULL, id BIGINT NOT NULL, peer TEXT NOT NULL, kind BIGINT NOT NULL, origin TEXT, raw BYTEA NOT NULL,
	PRIMARY KEY (owner, id));
CREATE INDEX archive_peer ON archive (owner, peer, id);`},
	{"by-id", `-- +goose Up
CREATE TABLE archive (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, peer TEXT NOT NULL, kind INTEGER NOT NULL, origin TEXT, raw BLOB NOT NULL);
CREATE INDEX archive_owner ON archive (owner, id, peer);`, `-- +goose Up
CREATE TABLE archive (id BIGINT PRIMARY KEY, owner TEXT NOT NULL, peer TEXT NOT NULL, kind BIGINT NOT NULL, origin TEXT, raw BYTEA NOT NULL);
CREATE INDEX archive_owner ON archive (owner, id, peer);`},
}

var insertArchive = store.NewInsert("archive", []string{"owner", "id", "peer", "kind", "origin", "raw"}, "ON CONFLICT DO NOTHING")

// cpuTime is what the process has used, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// openDisk opens PostgreSQL when there is one, else a file.
func openDisk(b *testing.B) *store.DB {
	if dsn := os.Getenv(storetest.Env); dsn != "" {
		return storetest.OpenPostgres(b, dsn)
	}
	return storetest.OpenFile(b)
}

// BenchmarkArchiveRows writes what a 1:1 message leaves behind, one row for each side, from producers that wait for their commit.
// One op is one row. cpu-µs/row is that of the whole process, checkpoints included; the owners take turns at random.
func BenchmarkArchiveRows(b *testing.B) {
	for _, table := range archiveTables {
		for _, group := range []int{2, 64, 256} {
			for _, owners := range []int{200, 10000} {
				b.Run(fmt.Sprintf("%s/group=%d/owners=%d", table.name, group, owners), func(b *testing.B) {
					db := openDisk(b)
					err := db.Migrate(b.Context(), "archive", fstest.MapFS{"1_a.sql": file(table.sqlite)}, fstest.MapFS{"1_a.sql": file(table.postgres)})
					if err != nil {
						b.Fatal(err)
					}
					archiveRows(b, db, group, owners)
				})
			}
		}
	}
}

func archiveRows(b *testing.B, db *store.DB, group, owners int) {
	names := make([]string, owners)
	for i := range names {
		names[i] = fmt.Sprintf("user%05d@example.org", i)
	}
	raw := make([]byte, 350)
	for i := range raw {
		raw[i] = 'a' + byte(i%26)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var wait sync.WaitGroup
	id := int64(1_700_000_000_000 << 20)
	before, cpu := db.Stats(), cpuTime()
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += group {
		for range group / 2 {
			from, to := r.IntN(owners), r.IntN(owners)
			id += 2
			batch := &store.Batch{}
			origin := "3f2a7c7e-0000-4000-8000-123456789abc"
			batch.Insert(insertArchive, names[from], id, names[to], 1, origin, raw)
			batch.Insert(insertArchive, names[to], id+1, names[from], 1, origin, raw)
			wait.Add(1)
			batch.OnCommit(func(err error) {
				if err != nil {
					b.Error(err)
				}
				wait.Done()
			})
			if err := db.Submit(batch); err != nil {
				b.Fatal(err)
			}
		}
		wait.Wait()
	}
	b.StopTimer()
	after := db.Stats()
	rows := float64(after.Rows - before.Rows)
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/rows, "cpu-µs/row")
	b.ReportMetric(rows/float64(after.Commits-before.Commits), "rows/commit")
	b.ReportMetric(float64((after.CommitTime-before.CommitTime).Microseconds())/float64(after.Commits-before.Commits), "commit-µs")
}

// BenchmarkQueryPage reads 50 rows of 350 bytes, as a page of an archive.
func BenchmarkQueryPage(b *testing.B) {
	db := openDisk(b)
	err := db.Migrate(b.Context(), "archive", fstest.MapFS{"1_a.sql": file(archiveTables[1].sqlite)}, fstest.MapFS{"1_a.sql": file(archiveTables[1].postgres)})
	if err != nil {
		b.Fatal(err)
	}
	rows := &store.Batch{}
	for i := range 5000 {
		rows.Insert(insertArchive, fmt.Sprintf("user%d@example.org", i%10), i, "peer@example.org", 1, "origin", make([]byte, 350))
	}
	if err := <-submit(b, db, rows); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		page, err := db.Query(b.Context(), "SELECT id, peer, raw FROM archive WHERE owner = $1 AND id > $2 ORDER BY id LIMIT 50", "user3@example.org", 1000)
		if err != nil {
			b.Fatal(err)
		}
		var id int64
		var peer string
		var raw []byte
		for page.Next() {
			if err := page.Scan(&id, &peer, &raw); err != nil {
				b.Fatal(err)
			}
		}
	}
}
