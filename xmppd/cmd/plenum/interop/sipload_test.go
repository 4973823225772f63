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

// startForSIPp runs a server for sipp, which answers the first challenge alone and knows MD5.
func startForSIPp(b *testing.B) *server {
	b.Helper()
	return startConfigured(b, "[phones]\nmd5_only = true\n")
}

func credentials(a phoneAccount) string {
	return fmt.Sprintf("%s;[authentication username=%s password=%s]", a.User, a.User, a.Secret)
}

// BenchmarkSIPRegister is a registration with digest, 2,000 a second.
func BenchmarkSIPRegister(b *testing.B) {
	srv := startForSIPp(b)
	fields := injected(b, credentials(srv.console().threePhones()[0]))
	n := max(b.N, 10_000)
	before, from := srv.cpu(), time.Now()
	sipp(b, "register", srv.address(portSIP), "-inf", fields, "-r", "2000", "-m", strconv.Itoa(n), "-l", "20000")
	b.ReportMetric(float64(srv.cpu()-before)/float64(n)/1e6, "cpu-ms/register")
	b.ReportMetric(float64(n)/time.Since(from).Seconds(), "registers/s")
}

// BenchmarkSIPCalls is a call from a trunk to a telephone, of half a second, from its INVITE to the answer to its BYE: at 50, 100 and 200 a second.
func BenchmarkSIPCalls(b *testing.B) {
	const people = 100
	srv := startForSIPp(b)
	c := srv.console()
	c.trunk(3)
	var users, numbers []string
	for i := range people {
		users = append(users, credentials(c.phoneOf(c.employee(fmt.Sprintf("user%d", i), fmt.Sprintf("User %d", i), strconv.Itoa(200+i)))))
		numbers = append(numbers, fmt.Sprintf("+4989123456%d", 200+i))
	}
	port := strconv.Itoa(freePhonePort(b))
	sipp(b, "register", srv.address(portSIP), "-inf", injected(b, users...), "-m", strconv.Itoa(people), "-r", "100", "-p", port)
	file, err := filepath.Abs("testdata/sipp/callee.xml")
	if err != nil {
		b.Fatal(err)
	}
	callee := exec.Command("sipp", "-sf", file, "-nostdin", "-i", "127.0.0.1", "-p", port, srv.address(portSIP))
	callee.Dir = b.TempDir()
	if err := callee.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = callee.Process.Kill()
		_ = callee.Wait()
	})
	for _, rate := range []int{50, 100, 200} {
		b.Run(fmt.Sprintf("%d a second", rate), func(b *testing.B) {
			n := max(b.N, 20*rate)
			before := srv.cpu()
			sipp(b, "caller", srv.address(portSIP), "-i", provider, "-inf", injected(b, numbers...), "-r", strconv.Itoa(rate), "-d", "500", "-m", strconv.Itoa(n))
			b.ReportMetric(float64(srv.cpu()-before)/float64(n)/1e6, "cpu-ms/call")
		})
	}
}
