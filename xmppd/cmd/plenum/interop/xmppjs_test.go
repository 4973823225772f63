//go:build interop

package interop

import (
	"os"
	"os/exec"
	"testing"
)

func needsXMPPJS(t *testing.T) {
	t.Helper()
	for _, program := range []string{"node", "chromium"} {
		_, err := exec.LookPath(program)
		needs(t, program, err)
	}
	_, err := os.Stat("testdata/xmppjs/node_modules")
	needs(t, "xmpp.js (npm ci in testdata/xmppjs)", err)
}

func xmppjs(t testing.TB, who login) client {
	t.Helper()
	return run(t, who, "node", "testdata/xmppjs/client.mjs")
}
