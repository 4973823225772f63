package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/store"
)

// crashEnv names the data directory in which the test binary, started again, writes until it is killed.
const crashEnv = "PLENUM_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		writeUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits batches of two rows and prints the number of each one that is committed.
func writeUntilKilled(dir string) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{}, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var first int64
	if err := db.QueryRow(ctx, "SELECT COALESCE(MAX(id), -1) + 1 FROM row").Scan(&first); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	for id := first; ; id++ {
		b := &store.Batch{}
		b.Insert(insertRow, "from@x", id, make([]byte, 300+id%5000))
		b.Insert(insertRow, "to@x", id, make([]byte, 300))
		b.OnCommit(func(err error) {
			if err == nil {
				fmt.Fprintln(out, id)
				out.Flush()
			}
		})
		for errors.Is(db.Submit(b), store.ErrQueueFull) {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	db := openDir(t, dir, store.Config{})
	migrate(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	last := int64(-1)
	for range rounds {
		last = max(last, killedWriter(t, dir))
		checkAfterCrash(t, dir, last)
	}
	if last < 100 {
		t.Errorf("only %d batches were acknowledged", last+1)
	}
}

// killedWriter runs a writer, kills it and returns the last batch that it acknowledged.
func killedWriter(t *testing.T, dir string) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := int64(-1)
	lines := bufio.NewScanner(pipe)
	if lines.Scan() { // it runs
		time.AfterFunc(time.Duration(20+rand.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
		for ok := true; ok; ok = lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatalf("the writer says %q", lines.Text())
			}
		}
	}
	cmd.Wait()
	return last
}

func checkAfterCrash(t *testing.T, dir string, last int64) {
	t.Helper()
	ctx := context.Background()
	db := openDir(t, dir, store.Config{})
	defer db.Close()
	var from, to, most int64
	err := db.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM row WHERE owner = 'from@x'), (SELECT COUNT(*) FROM row WHERE owner = 'to@x'),
		(SELECT MAX(id) FROM row)`).Scan(&from, &to, &most)
	if err != nil {
		t.Fatal(err)
	}
	if from != to || from != most+1 || most < last {
		t.Errorf("%d and %d rows up to %d, acknowledged up to %d", from, to, most, last)
	}
	var verdict string
	if err := db.QueryRow(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s %v", verdict, err)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := openDir(t, dir, store.Config{})
	migrate(t, db)
	out, err := func() ([]byte, error) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashEnv+"="+dir)
		return cmd.Output()
	}()
	if err == nil || !strings.Contains(string(out), "in use by another process") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a second process: %v, says %q", err, out)
	}
	if _, err := store.Open(t.Context(), store.Config{}, dir, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openDir(t, dir, store.Config{}).Close(); err != nil {
		t.Errorf("after Close: %v", err)
	}
}
