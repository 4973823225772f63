package sipbridge_test

import (
	"net"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/siptest"
)

// A call between two phones from INVITE to BYE, with media agreed on both sides. What the phones themselves need is in it.
func BenchmarkCall(b *testing.B) {
	e, server := open(b)
	ann, ben := e.talker(b, server, "ann"), e.talker(b, server, "ben")
	for b.Loop() {
		out := ann.Dial("ben", ann.sdp())
		in := ben.Rung()
		in.Say(sip.StatusRinging, nil)
		out.Hears("180 INVITE")
		in.Say(sip.StatusOK, ben.sdp())
		ben.Request(sip.ACK)
		out.Hears("200 INVITE")
		out.Ack(nil)
		out.Do(sip.BYE, nil)
		in.Byed()
		out.Response("200 BYE")
	}
}

// What siptest's phones need of that: the same messages from one to the other.
func BenchmarkPhonesAlone(b *testing.B) {
	at := loopback(b)
	there := loopback(b)
	ann := siptest.New(b, at, there.LocalAddr().(*net.UDPAddr).AddrPort(), "ann", "", "example.com")
	ben := siptest.New(b, there, at.LocalAddr().(*net.UDPAddr).AddrPort(), "ben", "", "example.com")
	sdp := make([]byte, 300)
	for b.Loop() {
		out := ann.Dial("ben", sdp)
		in := ben.Rung()
		in.Say(sip.StatusRinging, nil)
		out.Hears("180 INVITE")
		in.Say(sip.StatusOK, sdp)
		out.Hears("200 INVITE")
		out.Ack(nil)
		ben.Request(sip.ACK)
		out.Do(sip.BYE, nil)
		in.Byed()
		out.Response("200 BYE")
	}
}
