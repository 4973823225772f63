package sipbridge_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/siptest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// An exchange rings the phone whose name is dialled, with real media.
type exchange struct {
	service *sipbridge.Service
	calls   sync.WaitGroup
	log     *slog.Logger

	mu       sync.Mutex
	bindings map[string][]sipbridge.Binding
}

func (e *exchange) Authenticate(in *stack.In) (sipbridge.Phone, bool) {
	user := in.Request.From().Address.User
	return sipbridge.Phone{Device: user, Owner: jid.MustParse(user + "@example.com")}, true
}

func (e *exchange) Bindings(device string) []sipbridge.Binding {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bindings[device]
}

// Incoming implements [sipbridge.Owner].
func (e *exchange) Incoming(in sipbridge.Incoming, leg call.Leg, o call.Offer) (call.Sink, error) {
	if len(e.Bindings(in.Dialled)) == 0 {
		return nil, fault.New(fault.NotFound, "nobody")
	}
	c := call.New(time.Now(), call.Config{Caller: leg.ID(), Party: o.From})
	r := call.NewRunner(call.RunnerConfig{Machine: c, Dialer: e, Sound: func(call.Sound) media.Source { return nil }, Log: e.log})
	sink := r.Attach(leg, o)
	r.Post(call.Dial{Branches: []call.Branch{{Leg: "callee", Party: o.To}}})
	e.calls.Go(func() { r.Run(context.Background()) })
	return sink, nil
}

// Dial implements [call.Dialer].
func (e *exchange) Dial(ctx context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	return e.service.DialDevice(ctx, o.To.Number, o, sink)
}

// open begins an exchange on loopback, and returns its address.
func open(t testing.TB) (*exchange, netip.AddrPort) {
	e := &exchange{bindings: make(map[string][]sipbridge.Binding), log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))}
	st, err := stack.New(stack.Config{}, stack.Parts{Log: e.log, Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := rtp.NewEngine(rtp.Config{First: 41000, Last: 41999, Log: e.log})
	if err != nil {
		t.Fatal(err)
	}
	e.service, err = sipbridge.New(sipbridge.Config{}, sipbridge.Parts{
		Stack: st, Phones: e, Owner: e, Domain: "example.com", Log: e.log,
		Media: func(o rtp.Options) (sipbridge.Media, error) { return engine.New(o) },
	})
	if err != nil {
		t.Fatal(err)
	}
	conn := loopback(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- st.ServePackets(ctx, conn) }()
	t.Cleanup(func() {
		closing, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := e.service.Close(closing); err != nil {
			t.Error(err)
		}
		e.calls.Wait()
		if taken, _ := engine.Ports(); taken != 0 {
			t.Errorf("%d pairs of ports are left", taken)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := st.Close(closing); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func loopback(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// A talker is a phone with a socket for media.
type talker struct {
	*siptest.Phone
	t   testing.TB
	rtp *net.UDPConn
}

func (e *exchange) talker(t testing.TB, server netip.AddrPort, user string) *talker {
	p := &talker{t: t, rtp: loopback(t)}
	t.Cleanup(func() { p.rtp.Close() })
	p.Phone = siptest.New(t, loopback(t), server, user, "", "example.com")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bindings[user] = []sipbridge.Binding{{Contact: p.Contact(), Flow: stack.Flow{Transport: stack.UDP, Remote: p.Address(), Local: server}}}
	return p
}

// sdp offers or answers with G.711.
func (p *talker) sdp() []byte {
	port := p.rtp.LocalAddr().(*net.UDPAddr).Port
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n", port)
}

var mediaLine = regexp.MustCompile(`m=audio (\d+) `)

// send sends packets to where the server's SDP says.
func (p *talker) send(ctx context.Context, sdp []byte, payload byte) {
	m := mediaLine.FindSubmatch(sdp)
	if m == nil {
		p.t.Fatalf("no sound in\n%s", sdp)
	}
	port, _ := strconv.Atoi(string(m[1]))
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	sound := make([]byte, 160)
	for i := range sound {
		sound[i] = payload
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := uint16(0); ; n++ {
		h := media.Header{PayloadType: 8, Sequence: n, Timestamp: uint32(n) * 160, SSRC: uint32(payload), Marker: n == 0}
		if _, err := p.rtp.WriteToUDP(media.AppendPacket(nil, h, nil, sound), to); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// hears waits until sound of this payload has come.
func (p *talker) hears(payload byte) {
	p.t.Helper()
	buf := make([]byte, 1500)
	if err := p.rtp.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	for heard := 0; heard < 10; {
		n, err := p.rtp.Read(buf)
		if err != nil {
			p.t.Fatalf("%s hears nothing of %#x: %v", p.User, payload, err)
		}
		if n == 172 && buf[1]&0x7f == 8 && buf[100] == payload {
			heard++
		}
	}
}

// Two phones call each other, with sound both ways, hold and resume.
func TestTwoPhonesTalk(t *testing.T) {
	e, server := open(t)
	ann, ben := e.talker(t, server, "ann"), e.talker(t, server, "ben")
	out := ann.Dial("ben", ann.sdp())
	in := ben.Rung()
	if hops := in.Invite.MaxForwards(); hops == nil || *hops != 69 {
		t.Errorf("the call may pass %v servers more", hops)
	}
	in.Say(sip.StatusRinging, nil)
	out.Hears("180 INVITE")
	in.Say(sip.StatusOK, ben.sdp())
	ben.Request(sip.ACK)
	ok := out.Hears("200 INVITE")
	out.Ack(nil)
	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	defer senders.Wait()
	defer cancel()
	senders.Go(func() { ann.send(ctx, ok.Body(), 0x11) })
	senders.Go(func() { ben.send(ctx, in.Invite.Body(), 0x22) })
	ann.hears(0x22)
	ben.hears(0x11)

	out.Do(sip.INVITE, append(ann.sdp(), "a=sendonly\r\n"...))
	again := ben.Next() // our answer to Ann and our offer to Ben come in any order, to different phones
	req, isRequest := again.(*sip.Request)
	if !isRequest || req.Method != sip.INVITE {
		t.Fatalf("ben got %s", siptest.Name(again))
	}
	out.Response("200 INVITE")
	out.Ack(nil)
	in.Reply(req, sip.StatusOK, append(ben.sdp(), "a=recvonly\r\n"...))
	ben.Request(sip.ACK)
	out.Do(sip.INVITE, ann.sdp())
	out.Response("200 INVITE")
	out.Ack(nil)
	req = ben.Request(sip.INVITE)
	in.Reply(req, sip.StatusOK, ben.sdp())
	ben.Request(sip.ACK)
	ben.hears(0x11)

	in.Seq = 100
	in.Target = *req.Contact().Address.Clone()
	in.Bye()
	out.Byed()
}
