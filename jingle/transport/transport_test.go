package transport_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/jingle/transport"
)

// patience is how long a test waits for what happens at once.
const patience = time.Minute

// A party is one transport and what its handler was told.
type party struct {
	t *testing.T
	*transport.Transport
	candidates chan transport.Candidate
	gathered   chan struct{}
	states     chan change
	packets    chan *media.Packet
	rtcp       chan []byte
	unknown    map[uint32]bool // SSRCs that it does not know
	filter     func(transport.Candidate) bool
}

type change struct {
	state transport.State
	err   error
}

func (p *party) RTP(pkt *media.Packet) bool {
	if p.unknown[pkt.SSRC] {
		pkt.Release()
		return false
	}
	select {
	case p.packets <- pkt:
	default:
		pkt.Release()
	}
	return true
}

func (p *party) RTCP(b []byte) {
	select {
	case p.rtcp <- append([]byte(nil), b...):
	default:
	}
}

func (p *party) Candidate(c transport.Candidate)    { p.candidates <- c }
func (p *party) Gathered()                          { p.gathered <- struct{}{} }
func (p *party) State(s transport.State, err error) { p.states <- change{s, err} }
func (p *party) wants(c transport.Candidate) bool   { return p.filter == nil || p.filter(c) }

func (p *party) await(want transport.State) error {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case c := <-p.states:
			if c.state == want {
				return c.err
			}
			if c.state == transport.Failed {
				p.t.Fatalf("failed, wanted %s: %v", want, c.err)
			}
		case <-deadline:
			p.t.Fatalf("still %s, wanted %s", p.Transport.State(), want)
		}
	}
}

func newEngine(t *testing.T, c transport.Config) *transport.Engine {
	t.Helper()
	if c.Addresses == nil {
		c.Addresses = []string{"127.0.0.1"}
	}
	e, err := transport.NewEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func newParty(t *testing.T, e *transport.Engine, controlling bool) *party {
	t.Helper()
	p := &party{
		t: t, candidates: make(chan transport.Candidate, 64), gathered: make(chan struct{}, 8), states: make(chan change, 64),
		packets: make(chan *media.Packet, 1024), rtcp: make(chan []byte, 64), unknown: map[uint32]bool{},
	}
	tr, err := e.NewTransport(transport.Options{Controlling: controlling, Handler: p})
	if err != nil {
		t.Fatal(err)
	}
	p.Transport = tr
	t.Cleanup(tr.Close)
	return p
}

// trickle carries the candidates of one side to the other until all are told.
func trickle(t *testing.T, from, to *party) {
	t.Helper()
	for done := false; !done; {
		select {
		case <-from.gathered:
			done = true
		case c := <-from.candidates:
			tell(t, to, c)
		}
	}
	for len(from.candidates) > 0 {
		tell(t, to, <-from.candidates)
	}
}

func tell(t *testing.T, to *party, c transport.Candidate) {
	if to.wants(c) {
		if err := to.AddCandidate(c); err != nil {
			t.Error(err)
		}
	}
}

// agree lets two parties exchange descriptions and candidates: offer, answer.
func agree(t *testing.T, offerer, answerer *party) {
	t.Helper()
	for _, p := range []*party{offerer, answerer} {
		if err := p.Gather(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := answerer.SetRemote(offerer.Local()); err != nil {
		t.Fatal(err)
	}
	trickle(t, offerer, answerer) // before the answer is there: it is queued
	if _, err := offerer.SetRemote(answerer.Local()); err != nil {
		t.Fatal(err)
	}
	trickle(t, answerer, offerer)
}

func connect(t *testing.T, offerer, answerer *party) {
	t.Helper()
	agree(t, offerer, answerer)
	offerer.await(transport.Connected)
	answerer.await(transport.Connected)
}

// send sends one RTP packet whose payload starts with a number.
func send(p *party, ssrc uint32, sequence uint16, class transport.Class) bool {
	var payload [100]byte
	binary.BigEndian.PutUint16(payload[:], sequence)
	b := transport.NewBuffer()
	b.SetLen(len(media.AppendPacket(b.Space(), media.Header{PayloadType: 111, Sequence: sequence, Timestamp: 960 * uint32(sequence), SSRC: ssrc}, nil, payload[:])))
	return p.Send(b, class)
}

func (p *party) receive() *media.Packet {
	p.t.Helper()
	select {
	case pkt := <-p.packets:
		return pkt
	case <-time.After(patience):
		p.t.Fatal("no packet")
		return nil
	}
}

// pass sends packets both ways and RTCP.
func pass(t *testing.T, a, b *party) {
	t.Helper()
	for _, way := range [][2]*party{{a, b}, {b, a}} {
		for n := range uint16(20) {
			if !send(way[0], 7, 100+n, transport.Voice) {
				t.Fatal("a packet was not sent")
			}
		}
		for n := range uint16(20) {
			pkt := way[1].receive()
			if pkt.SSRC != 7 || pkt.Sequence != 100+n || binary.BigEndian.Uint16(pkt.Payload) != 100+n || pkt.Arrival.IsZero() {
				t.Fatalf("packet %d came as %+v", n, pkt.Header)
			}
			pkt.Release()
		}
	}
	pli := []byte{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7}
	if !a.SendRTCP(pli) {
		t.Fatal("RTCP was not sent")
	}
	select {
	case got := <-b.rtcp:
		if string(got) != string(pli) {
			t.Fatalf("RTCP came as %x", got)
		}
	case <-time.After(patience):
		t.Fatal("no RTCP")
	}
}

func TestTwoTransportsConnectOverEachFamily(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		t.Run(address, func(t *testing.T) {
			e := newEngine(t, transport.Config{Addresses: []string{address}})
			a, b := newParty(t, e, true), newParty(t, newEngine(t, transport.Config{Addresses: []string{address}}), false)
			connect(t, a, b)
			pass(t, a, b)
			if got := b.Profile(); got != "SRTP_AEAD_AES_128_GCM" {
				t.Errorf("the profile is %s", got)
			}
			if a.Local().Setup != transport.Active || b.Local().Setup != transport.Passive {
				t.Errorf("the offerer is %s, the answerer %s", a.Local().Setup, b.Local().Setup)
			}
			to, tcp := b.Remote()
			if tcp || to != e.Addresses()[0] {
				t.Errorf("packets go to %v (TCP %v)", to, tcp)
			}
		})
	}
}

func TestManyTransportsShareOnePort(t *testing.T) {
	here := newEngine(t, transport.Config{})
	var pairs [10][2]*party
	for i := range pairs {
		pairs[i] = [2]*party{newParty(t, here, true), newParty(t, newEngine(t, transport.Config{}), false)}
		connect(t, pairs[i][0], pairs[i][1])
	}
	for _, p := range pairs {
		pass(t, p[0], p[1])
	}
	if n := here.Transports(); n != len(pairs) {
		t.Errorf("the engine counts %d transports", n)
	}
	for _, p := range pairs {
		p[0].Close()
	}
	if n := here.Transports(); n != 0 {
		t.Errorf("the engine still counts %d transports", n)
	}
}

func TestWrongFingerprintEndsTheHandshake(t *testing.T) {
	for _, test := range []struct {
		name  string
		wrong bool // at the answerer, else the offerer
	}{{"the server checks", true}, {"the client checks", false}} {
		t.Run(test.name, func(t *testing.T) {
			a, b := newParty(t, newEngine(t, transport.Config{}), true), newParty(t, newEngine(t, transport.Config{}), false)
			stranger := newParty(t, newEngine(t, transport.Config{}), true).Local().Fingerprints
			offer, answer := a.Local(), b.Local()
			victim := b
			if test.wrong {
				offer.Fingerprints = stranger
			} else {
				answer.Fingerprints, victim = stranger, a
			}
			_ = a.Gather()
			_ = b.Gather()
			if _, err := b.SetRemote(offer); err != nil {
				t.Fatal(err)
			}
			if _, err := a.SetRemote(answer); err != nil {
				t.Fatal(err)
			}
			trickle(t, a, b)
			trickle(t, b, a)
			if err := awaitFailure(t, victim); !errors.Is(err, transport.ErrFingerprint) {
				t.Errorf("failed with %v", err)
			}
			if send(victim, 1, 1, transport.Voice) {
				t.Error("media went to whoever that is")
			}
		})
	}
}

func awaitFailure(t *testing.T, p *party) error {
	t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case c := <-p.states:
			if c.state == transport.Failed {
				return c.err
			}
			if c.state == transport.Connected {
				t.Fatal("connected")
			}
		case <-deadline:
			t.Fatal("it has not failed")
		}
	}
}

func TestCandidatesAreAtTheOnePort(t *testing.T) {
	for _, test := range []struct {
		name   string
		config transport.Config
		want   string // "" is the engine's address
	}{
		{"a local address", transport.Config{}, ""},
		{"behind a NAT", transport.Config{External: []string{"192.0.2.7", "2001:db8::7"}}, "192.0.2.7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, test.config)
			p := newParty(t, e, false)
			if err := p.Gather(); err != nil {
				t.Fatal(err)
			}
			<-p.gathered
			want := e.Addresses()[0]
			if test.want != "" {
				want = netip.AddrPortFrom(netip.MustParseAddr(test.want), want.Port())
			}
			seen := map[string]int{}
			for len(p.candidates) > 0 {
				c := <-p.candidates
				if c.Address != want || c.Component != 1 || c.Type != "host" || c.Foundation == "" || c.Priority == 0 {
					t.Errorf("candidate %+v, the engine is at %v", c, want)
				}
				seen[c.Protocol+c.TCPType]++
			}
			if len(seen) != 2 || seen["udp"] != 1 || seen["tcppassive"] != 1 {
				t.Errorf("candidates are %v", seen)
			}
		})
	}
}

func TestICERestart(t *testing.T) {
	a, b := newParty(t, newEngine(t, transport.Config{}), true), newParty(t, newEngine(t, transport.Config{}), false)
	connect(t, a, b)
	before := b.Local()
	offer, err := a.Restart()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Gather(); err != nil {
		t.Fatal(err)
	}
	if !send(a, 7, 1, transport.Voice) { // by the old path
		t.Fatal("nothing can be sent during the restart")
	}
	b.receive().Release()
	restarted, err := b.SetRemote(offer)
	if err != nil || !restarted {
		t.Fatalf("restarted: %v, %v", restarted, err)
	}
	if b.Local().Ufrag == before.Ufrag {
		t.Fatal("the answerer has kept its credentials")
	}
	if err := b.Gather(); err != nil {
		t.Fatal(err)
	}
	trickle(t, a, b)
	if restarted, err = a.SetRemote(b.Local()); err != nil || restarted {
		t.Fatalf("restarted again: %v, %v", restarted, err)
	}
	trickle(t, b, a)
	pass(t, a, b)
	if _, err := a.SetRemote(transport.Description{Ufrag: "other", Pwd: "0123456789012345678901", Setup: transport.Active,
		Fingerprints: newParty(t, newEngine(t, transport.Config{}), false).Local().Fingerprints}); err == nil {
		t.Error("another certificate was taken in a restart")
	}
}

func TestCloseIsToldToThePeer(t *testing.T) {
	a, b := newParty(t, newEngine(t, transport.Config{}), true), newParty(t, newEngine(t, transport.Config{}), false)
	connect(t, a, b)
	a.Close()
	if err := awaitFailure(t, b); !errors.Is(err, transport.ErrPeerClosed) {
		t.Errorf("failed with %v", err)
	}
	if send(a, 1, 1, transport.Voice) {
		t.Error("a closed transport sends")
	}
	if a.Transport.State() != transport.Closed {
		t.Errorf("it is %s", a.Transport.State())
	}
}

func addrPort(t *testing.T, address string, port uint16) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddr(address)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(a, port)
}
