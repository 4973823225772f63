//go:build interop

package interop

import "testing"

// The users' app in a browser, with two colleagues and a guest: signing in by the XMPP password or the console's session, colleagues with presence,
// chat with each other and in groups, calls with video, a group made and its guests let in, their conference begun, held, resumed and ended, the
// connection lost and found again, a telephone's screen, the keyboard alone; axe finds nothing in either language and theme.
// ..A-012, A-016, A-017, A-024, A-025, A-027..A-030, A-032..A-035
func TestInteropApp(t *testing.T) {
	s := startServer(t)
	pageTests(t, s, s.administrator(), "app.test.ts")
}
