package transport_test

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"plenum/jingle/transport"
)

// until waits for a counter to rise so far.
func until(t *testing.T, c *transport.Counters, d transport.Drop, n uint64) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); c.Dropped(d) < n; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s is %d, wanted %d", d, c.Dropped(d), n)
		}
	}
}

func TestGarbageOfStrangersIsCounted(t *testing.T) {
	e := newEngine(t, transport.Config{})
	a, b := newParty(t, e, true), newParty(t, newEngine(t, transport.Config{}), false)
	connect(t, a, b)
	conn, err := net.Dial("udp", e.Addresses()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stun := []byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 4, 'a', ':', 'b', 'c'}
	response := append([]byte{1, 1, 0, 0}, stun[4:20]...)
	for _, test := range []struct {
		name  string
		bytes []byte
		why   transport.Drop
	}{
		{"a check for nobody", stun, transport.Stranger},
		{"an answer to nobody", response, transport.Stranger},
		{"half a STUN message", stun[:18], transport.Stranger},
		{"media", make([]byte, 100), transport.Stranger},
		{"RTP", append([]byte{0x80, 111}, make([]byte, 50)...), transport.NotOurs},
		{"DTLS", append([]byte{22, 254, 253}, make([]byte, 50)...), transport.NotOurs},
		{"SIP", []byte("OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n\r\n"), transport.NoProtocol},
		{"too much", append([]byte{0x80, 111}, make([]byte, 4000)...), transport.Oversize},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := e.Counters().Dropped(test.why)
			for range 100 {
				if _, err := conn.Write(test.bytes); err != nil {
					t.Fatal(err)
				}
			}
			until(t, e.Counters(), test.why, before+100)
		})
	}
	pass(t, a, b)
	if p, _ := a.Counters().Received(); p != 20 {
		t.Errorf("%d packets were received", p)
	}
}

// sniffer is a socket that shows what goes out, and lets the test send in its name.
type sniffer struct {
	transport.Socket
	writing sync.Mutex // the test is beside the one that writes
	sent    chan transport.Datagram
}

func (s *sniffer) WriteBatch(list []transport.Datagram) (int, error) {
	for _, d := range list {
		if d.Data[0] >= 128 {
			select {
			case s.sent <- transport.Datagram{Data: append([]byte(nil), d.Data...), To: d.To}:
			default:
			}
		}
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.Socket.WriteBatch(list)
}

func TestBadPacketsOfAPeer(t *testing.T) {
	var wire *sniffer
	here := newEngine(t, transport.Config{NoTCP: true, Listen: func(at netip.AddrPort) (transport.Socket, error) {
		s, err := transport.ListenUDP(at)
		wire = &sniffer{Socket: s, sent: make(chan transport.Datagram, 16)}
		return wire, err
	}})
	a, b := newParty(t, here, true), newParty(t, newEngine(t, transport.Config{}), false)
	b.unknown[666] = true
	connect(t, a, b)
	again := func(change func([]byte) []byte) {
		d := <-wire.sent
		d.Data = change(d.Data)
		wire.writing.Lock()
		defer wire.writing.Unlock()
		if _, err := wire.Socket.WriteBatch([]transport.Datagram{d}); err != nil {
			t.Error(err)
		}
	}
	send(a, 7, 1, transport.Voice)
	b.receive().Release()
	again(func(p []byte) []byte { return p })
	until(t, b.Counters(), transport.Replayed, 1)
	send(a, 7, 2, transport.Voice)
	b.receive().Release()
	again(func(p []byte) []byte { binary.BigEndian.PutUint16(p[2:], 3); return p })
	until(t, b.Counters(), transport.BadTag, 1)
	send(a, 7, 4, transport.Voice)
	b.receive().Release()
	again(func(p []byte) []byte { return p[:11] })
	until(t, b.Counters(), transport.Truncated, 1)
	send(a, 666, 1, transport.Voice)
	until(t, b.Counters(), transport.UnknownSSRC, 1)
	for ssrc := range uint32(200) {
		send(a, 1000+ssrc, 1, transport.Voice)
	}
	until(t, b.Counters(), transport.ManySSRC, 200-62)
	for range 62 {
		b.receive().Release()
	}
	pass(t, a, b)
}

func TestStreamsOfStrangersAreClosed(t *testing.T) {
	e := newEngine(t, transport.Config{})
	for _, first := range [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), {0, 2, 1, 2}, {255, 255}} {
		conn, err := net.Dial("tcp", e.Addresses()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(first)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := conn.Read(make([]byte, 1)); err == nil || n > 0 {
			t.Errorf("after %q: %d octets, %v", first, n, err)
		} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Errorf("%q was not closed", first)
		}
		_ = conn.Close()
	}
	until(t, e.Counters(), transport.StreamsRefused, 3)
}

func TestBadDescriptionsAndCandidates(t *testing.T) {
	e := newEngine(t, transport.Config{})
	p := newParty(t, e, true)
	good := newParty(t, e, false).Local()
	for name, change := range map[string]func(*transport.Description){
		"short ufrag":     func(d *transport.Description) { d.Ufrag = "abc" },
		"ufrag with text": func(d *transport.Description) { d.Ufrag = "ab cd" },
		"short password":  func(d *transport.Description) { d.Pwd = "secret" },
		"no fingerprint":  func(d *transport.Description) { d.Fingerprints = nil },
		"SHA-1":           func(d *transport.Description) { d.Fingerprints = []transport.Fingerprint{{Hash: "sha-1", Value: "AA"}} },
		"no setup":        func(d *transport.Description) { d.Setup = "" },
		"undecided":       func(d *transport.Description) { d.Setup = transport.ActPass },
	} {
		d := good
		if change(&d); name != "" {
			if _, err := p.SetRemote(d); err == nil {
				t.Errorf("%s was taken", name)
			}
		}
	}
	candidate := transport.Candidate{Foundation: "1", Component: 1, Protocol: "udp", Priority: 1, Address: addrPort(t, "192.0.2.1", 9), Type: "host"}
	bad := 0
	for name, change := range map[string]func(*transport.Candidate){
		"second component": func(c *transport.Candidate) { c.Component = 2 },
		"unknown protocol": func(c *transport.Candidate) { c.Protocol = "sctp" },
		"no address":       func(c *transport.Candidate) { c.Address = netip.AddrPort{} },
		"multicast":        func(c *transport.Candidate) { c.Address = addrPort(t, "224.0.0.1", 9) },
		"broadcast":        func(c *transport.Candidate) { c.Address = addrPort(t, "255.255.255.255", 9) },
		"no port":          func(c *transport.Candidate) { c.Address = addrPort(t, "192.0.2.1", 0) },
		"unknown type":     func(c *transport.Candidate) { c.Type = "magic" },
		"TCP without type": func(c *transport.Candidate) { c.Protocol = "tcp" },
	} {
		c := candidate
		change(&c)
		if p.AddCandidate(c) == nil {
			t.Errorf("%s was taken", name)
		}
		bad++
	}
	for range 100 {
		_ = p.AddCandidate(candidate)
	}
	if got := p.Counters().Dropped(transport.BadCandidate); got != uint64(bad+100-64) {
		t.Errorf("%d candidates were refused", got)
	}
	if b := transport.NewBuffer(); b.SetLen(1600) {
		t.Error("a packet too long was taken")
	}
	var noise [64]byte
	_, _ = rand.Read(noise[:])
	if p.SendRTCP(noise[:]) || send(p, 1, 1, transport.Voice) {
		t.Error("something was sent before there was a peer")
	}
}
