//go:build interop

package interop

import "testing"

// TestKeysBetweenTelephonesAndXMPPClients: keys that are pressed at a telephone come to a client that talks to it by Jingle, and the other way round,
// whoever has called and whether their sound is transcoded or not.
func TestKeysBetweenTelephonesAndXMPPClients(t *testing.T) {
	for _, codec := range []string{"PCMA", "opus", "G722"} {
		t.Run(codec, func(t *testing.T) {
			counted(t)
			srv := startServer(t)
			c := srv.console()
			accounts := c.threePhones()
			ben := startPhone(t, srv, accounts[1], phoneConfig{Codec: codec, Hz: 660, Answers: true})
			ben.registered()
			juliet := callerAs(t, srv, c.employee("juliet", "Juliet Capulet", "103"))
			juliet.tell(order{Do: "answering", Form: map[string]string{"tone": "440"}})
			keys := func() {
				t.Helper()
				juliet.hears("660")
				ben.hears("Juliet", 440)
				atClient, atPhone := juliet.events.count(isKey), ben.events.count(pressed)
				for i, key := range []string{"5", "#", "*", "0"} {
					ben.press(key)
					if e := juliet.events.awaitAll(t, "key "+key, atClient+i+1, isKey)[atClient+i]; e.Text != key {
						t.Fatalf("the client is told of key %q, want %q", e.Text, key)
					}
				}
				juliet.tell(order{Do: "press", Body: "17*#"})
				for i, e := range ben.events.awaitAll(t, "four keys", atPhone+4, pressed)[atPhone:] {
					if e.Text != "17*#"[i:i+1] {
						t.Fatalf("key %d at the telephone is %q", i, e.Text)
					}
				}
			}
			ben.dial("103")
			ben.established()
			keys()
			ben.hangUp()
			juliet.awaits("the end", 1, func(e event) bool { return e.Is == "ended" })

			juliet.tell(order{Do: "propose", To: "101@pbx." + domain, Form: map[string]string{"tone": "440"}})
			ben.await("CALL_ESTABLISHED", 2)
			keys()
		})
	}
}

func isKey(e event) bool   { return e.Is == "key" }
func pressed(e event) bool { return e.Is == "CALL_DTMF_START" }
