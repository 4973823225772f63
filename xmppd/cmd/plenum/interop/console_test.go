//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pageReport is what the test runner of the front end writes, as far as it is read here.
type pageReport struct {
	TestResults []struct {
		Name             string // of the file
		Message          string // why none of its tests ran
		AssertionResults []struct {
			FullName        string
			Status          string
			FailureMessages []string
		}
	}
}

// pageTests runs files of tests in admin/web/e2e in a browser against a server, and makes each of their tests one of t's.
func pageTests(t *testing.T, s *server, administrator account, files ...string) {
	t.Helper()
	needsBrowser(t)
	chromium, err := exec.LookPath("chromium")
	needs(t, "chromium", err)
	path := filepath.Join(t.TempDir(), "report.json")
	args := append([]string{"node_modules/vitest/vitest.mjs", "run", "--config", "e2e/vitest.config.ts", "--reporter=dot", "--reporter=json", "--outputFile.json=" + path}, files...)
	cmd := exec.Command("node", args...)
	cmd.Dir = web
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "PLENUM_CHROMIUM="+chromium, fmt.Sprintf("PLENUM_URL=https://localhost:%d", s.port(portHTTPS)),
		"PLENUM_LOGIN="+administrator.JID, "PLENUM_PASSWORD="+administrator.Password)
	out, ended := cmd.CombinedOutput()
	t.Logf("%s", out)
	text, err := os.ReadFile(path)
	var report pageReport
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		t.Fatalf("the tests of the pages left no report (%v): %v", ended, err)
	}
	passed, failed := 0, 0
	for _, file := range report.TestResults {
		name := strings.TrimSuffix(filepath.Base(file.Name), ".test.ts")
		if len(file.AssertionResults) == 0 {
			t.Errorf("no test of %s ran: %s", name, file.Message)
		}
		for _, test := range file.AssertionResults {
			t.Run(name+"/"+test.FullName, func(t *testing.T) {
				counted(t)
				if test.Status == "passed" {
					passed++
					return
				}
				failed++
				t.Errorf("%s: %s", test.Status, strings.Join(test.FailureMessages, "\n"))
			})
		}
	}
	if ended != nil && failed == 0 {
		t.Errorf("the tests of the pages ended with %v", ended)
	}
	t.Logf("tests of pages in Chromium: %d passed, %d failed", passed, failed)
}

// administrator makes the one that the tests of the console sign in as.
func (s *server) administrator() account {
	s.t.Helper()
	return s.user("clara", "--role", "system-administrator", "--name", "Clara Weiß")
}

// The console in a browser: every form through good and bad cases, by keyboard alone, two administrators who change the same,
// hostile text, what is seen without a connection and without the right; axe finds nothing in either language and theme.
// The same for telephony: devices and their secrets, a telephone that registers with one and calls, trunks, services, records, prompts, boxes.
// ..A-016, A-018..A-023, A-053..A-074, A-084..A-093, A-097, A-108, A-109, A-118, A-120, A-126, A-189..A-206
func TestInteropConsole(t *testing.T) {
	s := startServer(t)
	files, err := filepath.Glob(web + "/e2e/*.test.ts")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files of tests: %v", len(files), err)
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		return slices.Contains([]string{"speed.test.ts", "app.test.ts", "apptelephone.test.ts", "appcalls.test.ts", "ownprofiles.test.ts", "switches.test.ts"}, filepath.Base(file))
	})
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	pageTests(t, s, s.administrator(), files...)
}

// Each page of the console is usable within 300 ms with 10,000 users and 200 permissions.
func TestInteropConsoleSpeed(t *testing.T) {
	s := startServer(t)
	pageTests(t, s, s.administrator(), "speed.test.ts")
}
