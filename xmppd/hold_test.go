package xmppd_test

import (
	"context"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// holder is a component that holds every message until the test lets go.
type holder chan *xmppd.Stanza

func (h holder) Deliver(_ context.Context, st *xmppd.Stanza) {
	st.Hold()
	h <- st
}

// XEP-0198#acking: what a component has not stored yet is not acknowledged, and neither is what came after it.
func TestAHeldStanzaDelaysTheAcknowledgement(t *testing.T) {
	held := make(holder, 3)
	srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddComponent("hall.example.org", held) })
	c := srv.Login("romeo")
	c.Send(enableSM)
	c.Expect("<enabled xmlns='urn:xmpp:sm:3'/>")
	const message, request = "<message to='hall.example.org'><body>b</body></message>", "<r xmlns='urn:xmpp:sm:3'/>"
	c.Send("<presence/>" + request)
	c.Find("<a xmlns='urn:xmpp:sm:3' h='1'/>")
	c.Send(message + message + "<presence/>" + request + message + request)
	one, two, three := <-held, <-held, <-held
	two.Settled()
	c.Send("<iq type='get' id='still'><query xmlns='jabber:iq:roster'/></iq>")
	noAck(t, c)
	one.Settled()
	one.Settled() // once more changes nothing
	c.Find("<a xmlns='urn:xmpp:sm:3' h='4'/>")
	three.Settled()
	c.Find("<a xmlns='urn:xmpp:sm:3' h='5'/>")
}

// noAck reads up to the answer of the request "still".
func noAck(t *testing.T, c *xmpptest.Client) {
	t.Helper()
	for {
		p := c.Next()
		if p.Local() == "a" {
			t.Fatalf("acknowledged: %s", p.Raw())
		}
		if p.ID() == "still" {
			return
		}
	}
}
