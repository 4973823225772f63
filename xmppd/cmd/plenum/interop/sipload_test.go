//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sipp runs a scenario and returns what it wrote. It fails when a call has.
func sipp(t testing.TB, scenario string, args ...string) string {
	t.Helper()
	_, err := exec.LookPath("sipp")
	if err != nil {
		t.Skipf("sipp (Debian: sip-tester) is missing: %v", err)
	}
	file, err := filepath.Abs("testdata/sipp/" + scenario + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sipp", append([]string{"-sf", file, "-nostdin", "-trace_err", "-i", "127.0.0.1"}, args...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		errors, _ := filepath.Glob(filepath.Join(cmd.Dir, "*_errors.log"))
		var log []byte
		if len(errors) > 0 {
			log, _ = os.ReadFile(errors[0])
		}
		t.Fatalf("sipp %s: %v\n%s\n%s", scenario, err, out[max(0, len(out)-4000):], log[:min(len(log), 4000)])
	}
	return string(out)
}

// cpu is the processor time that the server has taken.
func (s *server) cpu() time.Duration {
	s.t.Helper()
	return processorTime(s.t, s.cmd.Process.Pid)
}

// processorTime is what a process has taken, all its threads together.
func processorTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / 100 // the kernel's clock ticks for processes
}

// injected writes what sipp takes fields from.
func injected(t testing.TB, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fields.csv")
	if err := os.WriteFile(name, []byte("SEQUENTIAL\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// startForSIPp runs a server for sipp, which answers the first challenge alone and knows MD5. The trunk may bring all calls of a measurement.
func startForSIPp(b *testing.B) *server {
	b.Helper()
	return startConfigured(b, "[phones]\nmd5_only = true\n[telephony]\ncalls_per_trunk = 1000\n")
}

func credentials(a phoneAccount) string {
	return fmt.Sprintf("%s;[authentication username=%s password=%s]", a.User, a.User, a.Secret)
}

// BenchmarkSIPRegister is a registration with digest, 2,000 a second.
func BenchmarkSIPRegister(b *testing.B) {
	inOffices(b, 1, func(b *testing.B, o *office) {
		fields := injected(b, credentials(o.people[0].phoneAccount))
		n := max(b.N, 10_000)
		before, from := processorTime(b, o.pid), time.Now()
		sipp(b, "register", o.sip.String(), "-inf", fields, "-r", "2000", "-m", strconv.Itoa(n), "-l", "20000")
		b.ReportMetric(float64(processorTime(b, o.pid)-before)/float64(n)/1e6, "cpu-ms/register")
		b.ReportMetric(float64(n)/time.Since(from).Seconds(), "registers/s")
		b.ReportMetric(0, "ns/op")
	})
}

// BenchmarkSIPCalls is a call from a trunk to a telephone, of half a second, from its INVITE to the answer to its BYE: at 50, 100 and 200 a second.
func BenchmarkSIPCalls(b *testing.B) {
	inOffices(b, 100, func(b *testing.B, o *office) {
		var users, numbers []string
		for _, e := range o.people {
			users = append(users, credentials(e.phoneAccount))
			numbers = append(numbers, fromOutside+e.number)
		}
		port := strconv.Itoa(freePhonePort(b))
		sipp(b, "register", o.sip.String(), "-inf", injected(b, users...), "-m", strconv.Itoa(len(users)), "-r", "100", "-p", port)
		answering(b, o, port)
		for _, rate := range []int{50, 100, 200} {
			b.Run(fmt.Sprintf("%d a second", rate), func(b *testing.B) {
				n := max(b.N, 20*rate)
				before := processorTime(b, o.pid)
				sipp(b, "caller", o.sip.String(), "-i", provider, "-inf", injected(b, numbers...), "-r", strconv.Itoa(rate), "-d", "500", "-m", strconv.Itoa(n))
				b.ReportMetric(float64(processorTime(b, o.pid)-before)/float64(n)/1e6, "cpu-ms/call")
				b.ReportMetric(residentMB(o.pid), "MB-RSS")
				b.ReportMetric(0, "ns/op")
			})
		}
	})
}

// answering runs the phones that take calls.
func answering(b *testing.B, o *office, port string) {
	b.Helper()
	file, err := filepath.Abs("testdata/sipp/callee.xml")
	if err != nil {
		b.Fatal(err)
	}
	callee := exec.Command("sipp", "-sf", file, "-nostdin", "-i", "127.0.0.1", "-p", port, o.sip.String())
	callee.Dir = b.TempDir()
	if err := callee.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = callee.Process.Kill()
		_ = callee.Wait()
	})
}
