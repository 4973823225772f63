package transport

import (
	"crypto/rand"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/pion/ice/v4"
)

// Times of ICE. A peer that does not answer checks is reported as lost, and when it goes on as gone: within 15 s together with the
// interval of checks and a lost answer (RFC 7675 §5.1 allows 30).
const (
	checkEvery = 2 * time.Second
	lostAfter  = 5 * time.Second
	goneAfter  = 7 * time.Second // from then on
)

// checks is how often a pair is checked in vain before it is given up: until the peer is gone at 200 ms a check. pion gives up after
// seven, so that a restart during a short cut would find no pair left to check when the network is back.
const checks = uint16((lostAfter + goneAfter) / (200 * time.Millisecond))

// inbox is how many STUN messages may wait for the agent, for each port.
const inbox = 64

func (t *Transport) newAgent(ufrag, pwd string) (*ice.Agent, error) {
	addresses := map[netip.Addr]bool{}
	for _, p := range t.engine.ports {
		addresses[p.local.Addr()] = true
	}
	options := []ice.AgentOption{
		ice.WithNet(t.engine.net),
		ice.WithLoggerFactory(t.engine.pionLog),
		ice.WithLocalCredentials(ufrag, pwd),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6, ice.NetworkTypeTCP4, ice.NetworkTypeTCP6}),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithIncludeLoopback(),
		ice.WithIPFilter(func(ip net.IP) bool {
			a, ok := netip.AddrFromSlice(ip)
			return ok && addresses[a.Unmap()]
		}),
		ice.WithDisableActiveTCP(),
		ice.WithUDPMux(agentUDP{t}),
		ice.WithTCPMux(agentTCP{t}),
		ice.WithMaxBindingRequests(checks),
		ice.WithKeepaliveInterval(checkEvery),
		ice.WithDisconnectedTimeout(lostAfter),
		ice.WithFailedTimeout(goneAfter),
		// All our candidates are host candidates: there is no better kind to wait for.
		ice.WithHostAcceptanceMinWait(0),
		ice.WithPrflxAcceptanceMinWait(0),
		ice.WithSrflxAcceptanceMinWait(0),
		ice.WithRelayAcceptanceMinWait(500 * time.Millisecond),
	}
	if len(t.engine.external) > 0 {
		var rules []ice.AddressRewriteRule
		for _, a := range t.engine.external {
			rules = append(rules, ice.AddressRewriteRule{External: []string{a.String()}, AsCandidateType: ice.CandidateTypeHost, Mode: ice.AddressRewriteReplace})
		}
		options = append(options, ice.WithAddressRewriteRules(rules...))
	}
	return ice.NewAgentWithOptions(options...)
}

// credentials makes an ICE user fragment and password: 96 and 192 random bits (RFC 8445 §5.3 asks for 24 and 128).
func credentials() (ufrag, pwd string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var b [48]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[b[i]&63]
	}
	return string(b[:16]), string(b[16:])
}

// agentUDP and agentTCP give the agent of one transport its share of the ports.
type (
	agentUDP struct{ t *Transport }
	agentTCP struct{ t *Transport }
)

func (m agentUDP) Close() error { return nil } // the ports outlive the agent

func (m agentUDP) RemoveConnByUfrag(string) {}

func (m agentUDP) GetListenAddresses() []net.Addr {
	var out []net.Addr
	for _, p := range m.t.engine.ports {
		if !p.tcp {
			out = append(out, net.UDPAddrFromAddrPort(p.local))
		}
	}
	return out
}

func (m agentUDP) GetConn(_ string, at net.Addr) (net.PacketConn, error) {
	for _, p := range m.t.engine.ports {
		if u, ok := at.(*net.UDPAddr); ok && !p.tcp && unmap(u.AddrPort()) == p.local {
			return m.t.agentConn(p), nil
		}
	}
	return nil, net.ErrClosed
}

func (m agentTCP) Close() error { return nil }

func (m agentTCP) RemoveConnByUfrag(string) {}

func (m agentTCP) GetConnByUfrag(string, bool, net.IP) (net.PacketConn, error) {
	return nil, net.ErrClosed // it asks for all
}

// GetAllConns gives the connections of the listeners on one address.
func (m agentTCP) GetAllConns(_ string, _ bool, local net.IP) ([]net.PacketConn, error) {
	var out []net.PacketConn
	at, _ := netip.AddrFromSlice(local)
	for _, p := range m.t.engine.ports {
		if p.tcp && p.local.Addr() == at.Unmap() {
			out = append(out, m.t.agentConn(p))
		}
	}
	return out, nil
}

// A message is one STUN message for the agent.
type message struct {
	data []byte
	from netip.AddrPort
}

// agentConn is what the agent sees of a port: the STUN messages for its transport.
type agentConn struct {
	t    *Transport
	p    *port
	in   chan message // shared by all that the transport makes for the port, one after another
	done chan struct{}
	once sync.Once
}

func (t *Transport) agentConn(p *port) *agentConn {
	return &agentConn{t: t, p: p, in: t.inboxes[p], done: make(chan struct{})}
}

func (c *agentConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case m := <-c.in:
		if len(m.data) > len(b) {
			return 0, m.from, io.ErrShortBuffer
		}
		return copy(b, m.data), m.from, nil
	case <-c.done:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (c *agentConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromAddrPort(b)
	return n, c.addr(from), err
}

// WriteToAddrPort sends a message of the agent. What it is tells whom the port hears from there.
func (c *agentConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	to = unmap(to)
	switch stunType(b) {
	case bindingRequest:
		c.p.ask(c.t, to)
	case bindingSuccess: // the agent answers only checks that are authenticated
		c.p.claim(c.t, to)
	}
	if !c.t.sendTo(c.p, to, b) {
		return 0, os.ErrInvalid
	}
	return len(b), nil
}

func (c *agentConn) WriteTo(b []byte, to net.Addr) (int, error) {
	switch a := to.(type) {
	case *net.UDPAddr:
		return c.WriteToAddrPort(b, a.AddrPort())
	case *net.TCPAddr:
		return c.WriteToAddrPort(b, a.AddrPort())
	}
	return 0, os.ErrInvalid
}

func (c *agentConn) addr(a netip.AddrPort) net.Addr {
	if c.p.tcp {
		return net.TCPAddrFromAddrPort(a)
	}
	return net.UDPAddrFromAddrPort(a)
}

func (c *agentConn) LocalAddr() net.Addr { return c.addr(c.p.local) }

func (c *agentConn) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// Deadlines are not needed: the agent closes what it does not want to wait for.
func (c *agentConn) SetDeadline(time.Time) error      { return nil }
func (c *agentConn) SetReadDeadline(time.Time) error  { return nil }
func (c *agentConn) SetWriteDeadline(time.Time) error { return nil }
