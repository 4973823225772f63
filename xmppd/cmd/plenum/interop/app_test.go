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

// Telephony in the app: profile, location above the own picture and None/roaming, when devices ring, the forward, colleagues' telephones, a call from the
// browser that is held and passed on, the journal with what was missed, a team with pauses and a caller who is picked up, a message that is listened to; by
// keyboard alone, at a telephone's width; axe finds nothing in either language and theme. Two calls of the browser at once, keys in them, any caller of a
// team taken, what is said when the microphone is forbidden.
// ..A-152, A-161, A-208
// Own profiles: for those with the permission type alone, made, changed and deleted, with all kinds of actions, what is odd, and a dry run; and switches.
//
func TestInteropAppTelephone(t *testing.T) {
	s := startServer(t)
	pageTests(t, s, s.administrator(), "apptelephone.test.ts", "appcalls.test.ts", "ownprofiles.test.ts", "switches.test.ts")
}
