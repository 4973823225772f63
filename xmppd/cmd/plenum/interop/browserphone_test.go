//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"testing"

	"plenum/components/media"
)

// A softphone is JsSIP in Chromium: a telephone over a WebSocket, whose media has ICE and DTLS.
type softphone struct{ *chromium }

func openSoftphone(t *testing.T, s *server, as phoneAccount, hz int) softphone {
	t.Helper()
	needsXMPPJS(t)
	script, err := exec.Command("testdata/xmppjs/node_modules/.bin/esbuild", "testdata/xmppjs/softphone.mjs", "--bundle", "--format=iife").Output()
	needs(t, "JsSIP (npm ci in testdata/xmppjs)", err)
	p := softphone{openChromium(t, s, fmt.Sprintf("https://localhost:%d/app/", s.port(portHTTPS)), how{Tone: hz, browsing: browsing{Preload: string(script)}})}
	ran("JsSIP 3.13.8 in Chromium")
	p.eval(fmt.Sprintf("softphone.start('wss://localhost:%d/sip', '%s', '%s', '%s')", s.port(portHTTPS), as.User, domain, as.Secret))
	p.sees("registered", 1)
	return p
}

// sees waits for the n-th event of a kind.
func (p softphone) sees(is string, n int) {
	p.t.Helper()
	until(p.t, p, is, fmt.Sprintf("softphone.has('%s', %d) || (softphone.has('failed') && (() => { throw JSON.stringify(softphone.events) })())", is, n))
}

// TestPhoneInABrowser calls a telephone and is called by one; both hear each other.
//
func TestPhoneInABrowser(t *testing.T) {
	counted(t)
	srv := startServer(t)
	accounts := srv.console().threePhones()
	ben := startPhone(t, srv, accounts[1], phoneConfig{Codec: "PCMA", Hz: 660, Answers: true})
	ben.registered()
	anna := openSoftphone(t, srv, accounts[0], 440)

	anna.eval("softphone.dial('101')")
	anna.sees("confirmed", 1)
	hearsTone(t, anna, 660)
	ben.hears("Anna", 440)
	heard := ben.tapped(media.PCMA)
	anna.eval("softphone.hold()")
	heard.music(t, 440)
	anna.eval("softphone.resume()")
	heard.tone(t, 440)
	anna.eval("softphone.hangUp()")
	ben.await("CALL_CLOSED", 1)

	ben.dial("100")
	anna.sees("incoming", 1)
	if got := string(anna.eval("softphone.events.find((e) => e.is === 'incoming').text")); got != `"Ben Kraus <101>"` {
		t.Errorf("the browser shows %s as caller", got)
	}
	anna.eval("softphone.answer()")
	ben.await("CALL_ESTABLISHED", 2)
	ben.hears("Anna", 440)
	hearsTone(t, anna, 660)
	ben.hangUp()
	anna.sees("ended", 2)
}
