package rtp_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/transcode"
	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

// datagram reads what comes to a socket until it is not RTP of the call before.
func (p *phone) datagram(c *net.UDPConn) string {
	p.t.Helper()
	b := make([]byte, 2048)
	for {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		n, _, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			p.t.Fatal(err)
		}
		if b[0] != 0x80 {
			return string(b[:n])
		}
	}
}

func TestAFaxPassesBetweenTwoLegsAsItIs(t *testing.T) {
	e := newEngine(t)
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	p.aims(a.answer(t, p.describe("m=audio %RTP RTP/AVP 8")))
	b, q := newParty(t, e, rtp.Options{}), newPhone(t)
	q.aims(b.answer(t, q.describe("m=audio %RTP RTP/AVP 0")))
	if a.Partner() != nil {
		t.Error("there is a partner already")
	}
	_, _ = a.Bind(0, transcode.New(b.track(t))), b.Bind(0, transcode.New(a.track(t)))
	if a.Partner() != rtp.Events(b.witness) || b.Partner() != rtp.Events(a.witness) {
		t.Fatal("the two are no partners")
	}

	offer := p.describe("m=audio 0 RTP/AVP 8", "m=image %RTCP udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "a=x:y")
	if !rtp.OffersFax([]byte(offer)) || rtp.OffersFax([]byte(p.describe(offered, "m=image 4000 udptl t38"))) || rtp.OffersFax(nil) {
		t.Error("what is an offer of a fax?")
	}
	if _, err := a.Answer([]byte(offer)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a fax that the partner was not asked about: %v", err)
	}
	ask, err := b.OfferFax([]byte(offer))
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(string(ask), "m="); len(got) != 1 || got[0] != fmt.Sprintf("m=image %d udptl t38", q.to.Port()) ||
		!slices.Equal(lines(string(ask), "a="), []string{"a=T38FaxVersion:0", "a=T38MaxBitRate:14400"}) {
		t.Errorf("%s", ask)
	}
	if err := b.Accept([]byte(q.describe("m=image 0 udptl t38"))); !fault.Is(err, fault.Invalid) || b.Faxing() {
		t.Errorf("a refusal is accepted: %v", err)
	}
	b.accept(t, q.describe("m=image %RTCP udptl t38", "a=T38MaxBitRate:9600"))
	answer := a.answer(t, offer)
	if got := lines(answer, "m="); len(got) != 2 || got[0] != "m=audio 0 RTP/AVP 8" || got[1] != fmt.Sprintf("m=image %d udptl t38", p.to.Port()) ||
		len(lines(answer, "a=T38MaxBitRate:9600")) != 1 {
		t.Error(answer)
	}
	if !a.Faxing() || !b.Faxing() {
		t.Error("no fax passes")
	}
	for i := range 3 {
		there, back := fmt.Sprintf("\x00%c CNG", i), fmt.Sprintf("\x01%c CED", i)
		_, _ = p.rtcp.WriteToUDPAddrPort([]byte(there), p.to)
		if got := q.datagram(q.rtcp); got != there {
			t.Errorf("%q", got)
		}
		_, _ = q.rtcp.WriteToUDPAddrPort([]byte(back), q.to)
		if got := p.datagram(p.rtcp); got != back {
			t.Errorf("%q", got)
		}
	}
	if got := a.Slots()[0].Codecs; len(got) != 1 {
		t.Errorf("the slot is gone: %v", got)
	}

	// back to sound
	agreed := a.answer(t, p.describe(offered))
	q.aims(b.answer(t, q.describe("m=audio %RTP RTP/AVP 0")))
	if a.Faxing() || b.Faxing() || !strings.HasPrefix(lines(agreed, "m=")[0], "m=audio ") {
		t.Error(agreed)
	}
	p.send(media.Header{PayloadType: 8, SSRC: 1, Sequence: 1}, make([]byte, 160))
	for got := q.next(); got.PayloadType != 0 || len(got.Payload) != 160; got = q.next() {
		t.Errorf("%+v", got)
	}
}

func TestWhereAFaxCannotPassItIsRefused(t *testing.T) {
	e := newEngine(t)
	p := newPhone(t)
	offer := []byte(p.describe("m=image %RTP udptl t38"))
	fresh, secured, other := newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{Security: rtp.Secure}), newParty(t, e, rtp.Options{Security: rtp.Secure})
	agree(t, secured, other)
	for name, s := range map[string]*party{"before there is sound": fresh, "where media is encrypted": secured} {
		if _, err := s.OfferFax(offer); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Answer(offer); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	alone := newParty(t, e, rtp.Options{})
	alone.answer(t, p.describe(offered))
	if _, err := alone.Answer(offer); !fault.Is(err, fault.Invalid) {
		t.Errorf("who talks to nobody: %v", err)
	}
	if _, err := alone.OfferFax(offer); !fault.Is(err, fault.Invalid) {
		t.Errorf("from nobody: %v", err)
	}
	if _, err := alone.OfferFax([]byte(p.describe(offered))); !fault.Is(err, fault.Invalid) {
		t.Errorf("an offer of sound: %v", err)
	}
	alone.Close()
	if _, err := alone.OfferFax(offer); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a session that is closed: %v", err)
	}
}
