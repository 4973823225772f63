//go:build interop

package interop

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A sippProcess is a scenario that runs beside the test.
type sippProcess struct {
	t     testing.TB
	dir   string
	ended chan error
}

// startSIPp runs a scenario, which ends with the test at the latest.
func startSIPp(t *testing.T, scenario string, args ...string) *sippProcess {
	t.Helper()
	_, err := exec.LookPath("sipp")
	needs(t, "sipp (Debian: sip-tester)", err)
	file, err := filepath.Abs("testdata/sipp/" + scenario + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sipp", append([]string{"-sf", file, "-nostdin", "-trace_msg", "-trace_err"}, args...)...)
	p := &sippProcess{t: t, dir: t.TempDir(), ended: make(chan error, 1)}
	cmd.Dir = p.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.ended <- cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
	})
	ran("sipp " + sippVersion())
	return p
}

// succeeds waits until all calls of the scenario went as it says.
func (p *sippProcess) succeeds() {
	p.t.Helper()
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("sipp: %v", err)
		}
	case <-time.After(patience):
		p.t.Error("sipp waits for what its scenario has")
	}
}
