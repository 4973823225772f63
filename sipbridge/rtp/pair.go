package rtp

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

const (
	maxPacket = 2048 // more than any network carries in one piece
	rtpHeader = 12
	rtcpLeast = 8
)

// A pair is two UDP sockets, one for RTP and one for RTCP, in the clear or with keys from the descriptions. Each has a goroutine that reads.
type pair struct {
	session   *Session
	rtp, rtcp *net.UDPConn
	port      int
	running   sync.WaitGroup
	closing   sync.Once

	to, toRTCP atomic.Pointer[netip.AddrPort] // where packets go; nil when nowhere
	mux        atomic.Bool
	keys       keys

	mu       sync.Mutex // of what comes in
	latch    latch
	latchTCP netip.Addr // the address that RTCP is taken from besides those of the latch

	buf []byte // of what goes out, guarded by the session's outgoing; nil before
}

func newPair(s *Session) (*pair, error) {
	rtp, rtcp, port, err := s.engine.ports.take(s.options.Local)
	if err != nil {
		return nil, err
	}
	p := &pair{session: s, rtp: rtp, rtcp: rtcp, port: port}
	p.latch.signalled = s.options.Remote.Addr()
	p.running.Go(func() { p.read(rtp, p.receive) })
	p.running.Go(func() { p.read(rtcp, p.receiveRTCP) })
	return p, nil
}

var readBuffers = sync.Pool{New: func() any { return new([maxPacket]byte) }}

// read hands on what comes until the socket is closed.
func (p *pair) read(c *net.UDPConn, take func([]byte, netip.AddrPort)) {
	memory := readBuffers.Get().(*[maxPacket]byte)
	defer readBuffers.Put(memory)
	buf := memory[:]
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			if p.session.over() {
				return
			}
			continue // a complaint of the network about what was sent
		}
		take(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// receive takes a packet of the first socket.
func (p *pair) receive(b []byte, from netip.AddrPort) {
	t := p.session.terms.Load()
	switch {
	case t != nil && t.fax != nil:
		p.receiveFax(t.fax, b, from)
	case len(b) < rtpHeader || b[0]>>6 != 2:
		p.session.in.drop()
	case media.IsRTCP(b):
		p.receiveRTCP(b, from)
	default:
		p.receiveRTP(b, from)
	}
}

func (p *pair) receiveRTP(b []byte, from netip.AddrPort) {
	s := p.session
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.terms.Load() == nil {
		s.in.drop()
		return
	}
	packet := media.NewPacket(len(b))
	n, ok := p.keys.open(packet.Buffer(), b)
	if !ok || packet.Parse(n, media.Extensions{}) != nil {
		packet.Release()
		s.in.drop()
		return
	}
	packet.Arrival = time.Now()
	ok, moved := p.latch.admit(from, packet.SSRC, packet.Arrival.UnixMilli(), p.keys.on())
	if !ok {
		packet.Release()
		s.in.drop()
		return
	}
	if moved {
		p.follow(from)
	}
	s.receive(packet)
}

// follow sends to where packets come from.
func (p *pair) follow(from netip.AddrPort) {
	before := p.to.Swap(&from)
	if before != nil && *before != from {
		p.session.options.Log.Debug("the peer sends from elsewhere", "from", from.String(), "said", before.String())
	}
}

// receiveRTCP takes a packet of either socket. It must come from an address that RTP may come from.
func (p *pair) receiveRTCP(b []byte, from netip.AddrPort) {
	s := p.session
	p.mu.Lock()
	defer p.mu.Unlock()
	a := from.Addr()
	if s.terms.Load() == nil || len(b) < rtcpLeast ||
		!p.keys.on() && a != p.latch.from.Addr() && a != p.latch.said.Addr() && a != p.latch.signalled && a != p.latchTCP {
		s.in.drop()
		return
	}
	opened, ok := p.keys.openRTCP(b)
	if !ok {
		s.in.drop()
		return
	}
	if to := p.toRTCP.Load(); !p.mux.Load() && (to == nil || *to != from) {
		p.toRTCP.Store(&from)
	}
	s.receiveRTCP(opened)
}

func (p *pair) send(h media.Header, payload []byte) bool {
	to := p.to.Load()
	if to == nil || len(payload) > maxPacket-rtpHeader-maxTag {
		return false
	}
	p.buf = media.AppendPacket(p.buf[:0], h, nil, payload)
	b, ok := p.keys.seal(p.buf)
	if !ok {
		return false
	}
	_, err := p.rtp.WriteToUDPAddrPort(b, *to)
	return err == nil
}

func (p *pair) sendRTCP(b []byte) {
	c, to := p.rtcp, p.toRTCP.Load()
	if p.mux.Load() {
		c, to = p.rtp, p.to.Load()
	}
	if to == nil {
		return
	}
	if b, ok := p.keys.sealRTCP(b); ok {
		_, _ = c.WriteToUDPAddrPort(b, *to)
	}
}

func (p *pair) offer(_ *sdp.Description, m *sdp.Media) {
	m.Port = p.port
	m.Protocol = p.keys.offer(m, p.session.options.Security)
	m.Add("rtcp-mux", "")
}

func (p *pair) answer(_ *sdp.Description, theirs *sdp.Media, _ *sdp.Description, m *sdp.Media, chosen plan) error {
	m.Port = p.port
	if _, ok := theirs.Value("rtcp-mux"); ok { // RFC 5761 §5.1.1
		m.Add("rtcp-mux", "")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if chosen.kind == sdes {
		return p.keys.answer(m, chosen.crypto)
	}
	p.keys.clear()
	return nil
}

func (p *pair) accept(_ *sdp.Description, m *sdp.Media) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	ok, err := p.keys.accept(m)
	if err == nil && !ok {
		if p.session.options.Security == Secure {
			return fault.New(fault.Invalid, "the answer has no key for the encryption, which is required")
		}
		p.keys.clear()
	}
	return err
}

func (p *pair) connect(t *terms) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mux.Store(t.mux)
	if !t.to.IsValid() { // on hold: the peer is where it was
		return
	}
	before := p.latch.said
	p.latch.expect(t.to)
	if before != t.to {
		p.to.Store(&t.to)
	}
	if t.toRTCP.IsValid() {
		p.latchTCP = t.toRTCP.Addr()
		if to := p.toRTCP.Load(); to == nil || before != t.to {
			p.toRTCP.Store(&t.toRTCP)
		}
	}
}

func (p *pair) suite() string { return p.keys.suite() }

func (p *pair) remote() string {
	if to := p.to.Load(); to != nil {
		return to.String()
	}
	return ""
}

func (p *pair) close() {
	p.closing.Do(func() {
		_ = p.rtp.Close()
		_ = p.rtcp.Close()
		p.running.Wait()
		p.session.engine.ports.give(p.port)
	})
	p.running.Wait()
}
