package xmppd_test

import (
	"testing"
	"testing/synctest"

	"plenum/xmppd/xmpptest"
)

// XEP-0198#acking: what was sent after a request for an acknowledgement is asked for as soon as the answer is there, and no longer
// waits for a later stanza. A client that acknowledges the same again is not asked again.
func TestWhatTheAnswerDoesNotCoverIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := xmpptest.Start(t).Login("romeo")
		c.Send(enableSM)
		c.Expect("<enabled xmlns='urn:xmpp:sm:3'/>")
		const get, request = "<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>", "<r xmlns='urn:xmpp:sm:3'/>"
		c.Send(get)
		c.Expect("<iq type='result' id='q'>…</iq>")
		c.Expect(request)
		c.Send(get + get)
		c.Expect("<iq type='result' id='q'>…</iq>")
		c.Expect("<iq type='result' id='q'>…</iq>")
		c.Silent()
		c.Send("<a xmlns='urn:xmpp:sm:3' h='1'/>")
		c.Expect(request)
		c.Send("<a xmlns='urn:xmpp:sm:3' h='2'/>")
		c.Expect(request)
		synctest.Wait() // the request is booked as written
		c.Send("<a xmlns='urn:xmpp:sm:3' h='2'/>")
		c.Silent()
		c.Send("<a xmlns='urn:xmpp:sm:3' h='3'/>")
		c.Silent()
	})
}
