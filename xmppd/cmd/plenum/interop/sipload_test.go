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

// cpu is the processor time that the server has taken, all its threads together.
func (s *server) cpu() time.Duration {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
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

// BenchmarkSIPRegister is a registration with digest, 2,000 a second.
func BenchmarkSIPRegister(b *testing.B) {
	srv := startServer(b)
	a := srv.console().threePhones()[0]
	fields := injected(b, fmt.Sprintf("%s;[authentication username=%s password=%s]", a.User, a.User, a.Secret))
	n := max(b.N, 2000)
	before, from := srv.cpu(), time.Now()
	sipp(b, "register", srv.address(portSIP), "-inf", fields, "-r", "2000", "-m", strconv.Itoa(n), "-l", "20000")
	b.ReportMetric(float64(srv.cpu()-before)/float64(n)/1e6, "cpu-ms/register")
	b.ReportMetric(float64(n)/time.Since(from).Seconds(), "registers/s")
}
