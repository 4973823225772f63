//go:build interop

// Package interop tests the built program from outside, with clients that share no code with it: slixmpp, aioice, aiortc, profanity,
// mellium's client, xmpp.js in Chromium, and plain sockets. `make interop` builds the program and runs it.
package interop

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long one step of a client or of the server may take on a busy machine.
const patience = 30 * time.Second

// binaryEnv names the program to be tested when it is not bin/plenum of this repository.
const binaryEnv = "PLENUM_BINARY"

// tally counts for the last line what ran.
type tally struct {
	mu              sync.Mutex
	passed, failed  int
	skipped         int
	peers           map[string]bool
	skippedBecause  []string
	missingIsFailed bool
}

var result = &tally{peers: map[string]bool{}, missingIsFailed: os.Getenv("CI") == "true"}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, reason := range result.skippedBecause {
		fmt.Println("skipped:", reason)
	}
	peers := slices.Sorted(maps.Keys(result.peers))
	fmt.Printf("independent clients that ran: %d: %s\n", len(peers), strings.Join(peers, ", "))
	fmt.Printf("interop: %d passed, %d failed, %d skipped\n", result.passed, result.failed, result.skipped)
	os.Exit(code)
}

// counted enters the test into the last line when it ends. Every test begins with it.
func counted(t *testing.T) {
	t.Helper()
	from := time.Now()
	t.Cleanup(func() {
		result.mu.Lock()
		defer result.mu.Unlock()
		switch {
		case t.Failed():
			result.failed++
		case t.Skipped():
			result.skipped++
		default:
			result.passed++
		}
		t.Logf("%s took %.1f s", t.Name(), time.Since(from).Seconds())
	})
}

// needs is called with what was looked for before a client is used: what is missing fails the test where CI=true, and
// skips it elsewhere.
func needs(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	reason := fmt.Sprintf("%s: %s is missing: %v", t.Name(), what, err)
	if result.missingIsFailed {
		t.Fatal(reason)
	}
	result.mu.Lock()
	result.skippedBecause = append(result.skippedBecause, reason)
	result.mu.Unlock()
	t.Skip(reason)
}

// ran enters an independent client, with its version, into the last line.
func ran(client string) {
	result.mu.Lock()
	defer result.mu.Unlock()
	result.peers[client] = true
}

// binary is the program to be tested.
func binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv(binaryEnv)
	if path == "" {
		path = "../../../../bin/plenum"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("no program to test, make build makes it: %v", err)
	}
	return path
}
