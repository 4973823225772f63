//go:build interop

package interop

import (
	"regexp"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestALampAndAPickup: Clara's telephone shows what Ben's does: that it rings, and for whom, that he talks, and that he is free again. Then it takes a
// call that rings there, by what it was told of it.
//
func TestALampAndAPickup(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	accounts := c.threePhones()
	c.post("/permissions", map[string]any{
		"name": "Colleagues", "description": "", "types": []string{"xmpp.group"}, "auto": map[string]bool{"users": true, "devices": false, "teams": false, "locations": false},
	}, nil)
	anna := startPhone(t, s, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660})
	clemens := s.deskPhone(accounts[2])
	anna.registered()
	ben.registered()
	clemens.subscribe("101", "dialog")
	clemens.notified("that Ben is free", `entity="sip:101@localhost"[\s\S]*<state>terminated</state>`)

	anna.dial("101")
	ben.await("CALL_INCOMING", 1)
	clemens.notified("that it rings", `direction="recipient"><state>early</state>[\s\S]*<local><identity>sip:101@localhost</identity>`)
	ben.answer()
	ben.established()
	talking := clemens.notified("that Ben talks", `<dialog ([^>]*)><state>confirmed</state>`)
	if regexp.MustCompile(`call-id|tag`).MatchString(talking[1]) {
		t.Errorf("a colleague is told what names a call that was answered: %s", talking[1])
	}
	ben.hangUp()
	clemens.notified("that Ben is free again", `<state>terminated</state>`)
	anna.await("CALL_CLOSED", 1)

	anna.dial("101")
	ben.await("CALL_INCOMING", 2)
	ringing := clemens.notified("what names the call that rings", `call-id="([^"]+)" local-tag="([^"]+)" remote-tag="([^"]+)" direction="recipient"><state>early<`)
	taken := clemens.Dial("101", offerPCMA, sip.NewHeader("Replaces", ringing[1]+";to-tag="+ringing[2]+";from-tag="+ringing[3]+";early-only"))
	taken.Hears("200 INVITE")
	taken.Ack(nil)
	anna.await("CALL_ESTABLISHED", 2)
	ben.await("CALL_CLOSED", 2)
	clemens.notified("that it does not ring any more", `<state>terminated</state>`)
	taken.Do(sip.BYE, nil)
	taken.Response("200 BYE")
	anna.await("CALL_CLOSED", 2)

	gone := clemens.Dial("101", offerPCMA, sip.NewHeader("Replaces", ringing[1]+";to-tag="+ringing[2]+";from-tag="+ringing[3]+";early-only"))
	gone.Ends("481 INVITE")
}

// offerPCMA is what a telephone offers that the test speaks for.
var offerPCMA = []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")
