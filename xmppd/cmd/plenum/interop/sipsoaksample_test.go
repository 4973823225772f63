//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A sample is what a server holds at a moment.
type sample struct {
	at                        time.Duration // since the load began
	rss                       float64       // MB
	live                      float64       // MB: what the last collection left of the heap, with stacks
	goroutines, files, udp    int
	mailboxes, server, client int // of the stack: mailboxes and transactions
	bindings                  int
	cpu                       time.Duration
	database                  float64 // MB, with its log
	calls, failed, registered int
}

// sampleHead names what [sample.String] writes.
const sampleHead = "| minute | RSS MB | live MB | goroutines | files | UDP sockets | mailboxes | server, client transactions | bindings | CPU s | database MB | calls | failed | registrations |"

func (x sample) String() string {
	return fmt.Sprintf("| %.0f | %.1f | %.1f | %d | %d | %d | %d | %d, %d | %d | %.1f | %.1f | %d | %d | %d |", x.at.Minutes(), x.rss, x.live, x.goroutines, x.files, x.udp, x.mailboxes,
		x.server, x.client, x.bindings, x.cpu.Seconds(), x.database, x.calls, x.failed, x.registered)
}

const portMetrics = 9464

// sample looks at the server, and writes it down.
func (s *soak) sample(at time.Duration) sample {
	s.t.Helper()
	figures := s.figures()
	pid := s.srv.cmd.Process.Pid
	x := sample{
		at: at, rss: residentMB(pid), goroutines: int(figures["go_goroutines"]), mailboxes: int(figures["plenum_sip_mailboxes"]),
		server: int(figures["plenum_sip_server_transactions"]), client: int(figures["plenum_sip_client_transactions"]), bindings: int(figures["plenum_sip_bindings"]),
		cpu: s.srv.cpu(), live: figures["go_memstats_next_gc_bytes"] / 2e6,
	}
	x.files, x.udp = descriptors(pid)
	for _, name := range []string{"plenum.db", "plenum.db-wal"} {
		if i, err := os.Stat(filepath.Join(s.srv.data, name)); err == nil {
			x.database += float64(i.Size()) / 1e6
		}
	}
	s.mu.Lock()
	for _, n := range s.calls {
		x.calls += n
	}
	x.failed, x.registered = s.failed, int(s.registered.Load())
	s.mu.Unlock()
	s.t.Log(x)
	return x
}

// figures is what the server measures, without labels.
func (s *soak) figures() map[string]float64 {
	s.t.Helper()
	answer, err := http.Get("http://" + s.srv.address(portMetrics) + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	list := make(map[string]float64)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			list[name] = n
		}
	}
	return list
}

// residentMB is the memory that a process has.
func residentMB(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kB, _ := strconv.ParseFloat(strings.Fields(after + " 0")[0], 64)
	return kB * 1024 / 1e6
}

// descriptors is how many files and sockets a process has open, and how many of them are UDP.
func descriptors(pid int) (all, udp int) {
	sockets := make(map[string]bool)
	for _, table := range []string{"udp", "udp6"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 {
				sockets["socket:["+f[9]+"]"] = true
			}
		}
	}
	list, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, name := range list {
		if to, err := os.Readlink(name); err == nil {
			all++
			if sockets[to] {
				udp++
			}
		}
	}
	return all, udp
}

// quiet is how long after the last call all transactions have ended.
const quiet = time.Minute

// end looks at what is left.
func (s *soak) end(length time.Duration) {
	time.Sleep(quiet)
	last := s.sample(length)
	s.t.Logf("calls: %v, failed: %d", s.calls, s.failed)
	first := s.empty
	if last.goroutines > first.goroutines+5 || last.udp > first.udp || last.files > first.files+5 || last.mailboxes > 0 {
		s.t.Errorf("what is left: %+v, at the beginning: %+v", last, first)
	}
	if s.failed > last.calls/1000 {
		s.t.Errorf("%d of %d calls failed", s.failed, last.calls)
	}
	if len(s.samples) == 0 || length < 2*soakWarm {
		return
	}
	warm, full := s.samples[int(soakWarm/time.Minute)-1], s.samples[len(s.samples)-1]
	s.t.Logf("RSS grows by %.2f MB an hour, what is live by %.2f", (full.rss-warm.rss)/(full.at-warm.at).Hours(), (full.live-warm.live)/(full.at-warm.at).Hours())
	if full.rss > warm.rss*soakGrows || full.live > warm.live*soakGrows {
		s.t.Errorf("memory has grown from %.1f MB, %.1f of it live, to %.1f and %.1f", warm.rss, warm.live, full.rss, full.live)
	}
}
