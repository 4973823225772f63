//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"testing"
)

// python is Debian's, which has slixmpp as package python3-slixmpp.
const python = "/usr/bin/python3"

func needsSlixmpp(t *testing.T) {
	t.Helper()
	out, err := exec.Command(python, "-c", "import slixmpp").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	needs(t, "slixmpp (Debian: python3-slixmpp)", err)
}

func slixmpp(t testing.TB, who login) client {
	t.Helper()
	return run(t, who, python, "testdata/slixmpp_client.py")
}
