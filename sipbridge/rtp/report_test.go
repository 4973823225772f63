package rtp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/sipbridge/rtp"
)

// nextRTCP is the next compound that comes to a socket.
func (p *phone) nextRTCP() []rtcp.Packet {
	p.t.Helper()
	b := make([]byte, 2048)
	_ = p.rtcp.SetReadDeadline(time.Now().Add(patience))
	n, _, err := p.rtcp.ReadFromUDPAddrPort(b)
	if err != nil {
		p.t.Fatal(err)
	}
	list, err := rtcp.Unmarshal(b[:n])
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func (p *phone) sendRTCP(list ...rtcp.Packet) {
	p.t.Helper()
	b, err := rtcp.Marshal(list)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.rtcp.WriteToUDPAddrPort(b, netip.AddrPortFrom(p.to.Addr(), p.to.Port()+1)); err != nil {
		p.t.Fatal(err)
	}
}

func TestReportsGoBothWays(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *rtp.Config) { c.Reports = time.Second })
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	p.aims(a.answer(t, p.describe("m=audio %RTP RTP/AVP 8", "a=rtcp:%RTCP")))
	_ = a.Bind(0, sing(t, media.PCMA, 440))
	ours := p.next().SSRC
	ear := listenTo(t, a.track(t))
	for _, n := range []uint16{1, 2, 4, 6} {
		p.send(media.Header{PayloadType: 8, SSRC: 77, Sequence: n}, make([]byte, 160))
	}
	ear.packets(t, 4)
	p.sendRTCP(&rtcp.SenderReport{SSRC: 77, NTPTime: 0x1234_5678_9abc_def0})
	var sent *rtcp.SenderReport
	for sent == nil || len(sent.Reports) == 0 {
		list := p.nextRTCP()
		sr, ok := list[0].(*rtcp.SenderReport)
		if !ok || sr.SSRC != ours {
			t.Fatalf("%+v", list[0])
		}
		if c, ok := list[1].(*rtcp.SourceDescription); !ok || c.Chunks[0].Source != ours {
			t.Errorf("%+v", list[1])
		}
		sent = sr
	}
	if b := sent.Reports[0]; b.SSRC != 77 || b.TotalLost != 2 || b.FractionLost != 85 || b.LastSequenceNumber != 6 || b.LastSenderReport != 0x5678_9abc || b.Delay == 0 {
		t.Errorf("%+v", b)
	}
	p.sendRTCP(&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{
		{SSRC: 1, FractionLost: 255}, // of another's stream
		{SSRC: ours, FractionLost: 128, Jitter: 80, LastSenderReport: uint32(sent.NTPTime >> 16)},
	}})
	for n := 1; ; n++ {
		a.await(t, "quality", n)
		a.mu.Lock()
		q := a.quality[n-1]
		a.mu.Unlock()
		if q.Loss == 0.5 {
			if q.RoundTrip <= 0 || q.RoundTrip > patience || q.Jitter < 10*time.Millisecond {
				t.Errorf("%+v", q)
			}
			break
		}
	}
	if st := a.Stats(); st.Lost != 2 || st.RoundTrip == 0 {
		t.Errorf("%+v", st)
	}
	a.Close()
	for {
		list := p.nextRTCP()
		if bye, ok := list[len(list)-1].(*rtcp.Goodbye); ok {
			if bye.Sources[0] != ours {
				t.Errorf("%+v", bye)
			}
			break
		}
	}
}

// Where both multiplex, reports come to the port of the sound.
func TestReportsAreMultiplexedOnlyWhereThatIsAgreed(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *rtp.Config) { c.Reports = time.Second })
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	answer := a.answer(t, p.describe("m=audio %RTP RTP/AVP 8", "a=rtcp-mux"))
	if len(lines(answer, "a=rtcp-mux")) != 1 {
		t.Error(answer)
	}
	p.rtp, p.rtcp = p.rtcp, p.rtp
	if _, ok := p.nextRTCP()[0].(*rtcp.ReceiverReport); !ok {
		t.Error("nothing was sent yet")
	}
	b, q := newParty(t, e, rtp.Options{}), newPhone(t)
	if got := lines(b.answer(t, q.describe("m=audio %RTP RTP/AVP 8", "a=rtcp:%RTCP")), "a=rtcp-mux"); len(got) != 0 {
		t.Errorf("%q", got)
	}
	q.nextRTCP()
}

func TestAPhoneThatVanishesIsLost(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *rtp.Config) { c.Silence = 6 * time.Second })
	begin := time.Now()
	ringing, talking, held, holding := newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{})
	reporting := newParty(t, e, rtp.Options{})
	p := newPhone(t)
	holding.Hold(true)
	for _, s := range []*party{ringing, talking, holding} {
		s.answer(t, p.describe(offered))
	}
	held.answer(t, p.describe(offered, "a=sendonly"))
	p.aims(reporting.answer(t, p.describe(offered)))
	for _, s := range []*party{talking, held, holding, reporting} {
		s.Watch()
	}
	reports := time.NewTicker(300 * time.Millisecond)
	defer reports.Stop()
	for time.Since(begin) < 7*time.Second {
		<-reports.C
		p.sendRTCP(&rtcp.ReceiverReport{SSRC: 1})
	}
	talking.await(t, "lost", 1)
	for name, s := range map[string]*party{"ringing": ringing, "held": held, "holding": holding, "reporting": reporting} {
		for _, event := range s.events() {
			if event == "lost" {
				t.Errorf("a phone that is %s is lost", name)
			}
		}
	}
	reporting.await(t, "lost", 1)
	if len(talking.events()) != 3 {
		t.Errorf("told more than once: %q", talking.events())
	}
}
