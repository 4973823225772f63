//go:build interop

package interop

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// engine runs a script of admin/web/e2e that tries the pages' call engine in Chromium. It says "ok: …" for each thing that works.
func engine(t *testing.T, script string, steps int, args ...string) {
	t.Helper()
	counted(t)
	needsBrowser(t)
	cmd := exec.Command("node", append([]string{"e2e/" + script}, args...)...)
	cmd.Dir = web
	cmd.Env = append(os.Environ(), "PORT_OFFSET="+strconv.Itoa(freeOffset(t)))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if n := strings.Count("\n"+string(out), "\nok: "); err != nil || n != steps {
		t.Errorf("%s: %d of %d steps, %v", script, n, steps, err)
	}
}

// Two pages call each other: what the one says goes through Jingle to the other, with a transport for all contents and with one for each; and
// what other clients offer is taken by the browser.
func TestInteropCallEngine(t *testing.T) { engine(t, "call.mjs", 10) }

// Three pages meet in a conference: waiting with music, sound and pictures, layers, controls, a shared screen, ICE restart, hold, the end.
// ..A-045, A-047
func TestInteropConferenceEngine(t *testing.T) { engine(t, "conference.mjs", 10, binary(t)) }
