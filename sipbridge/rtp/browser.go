package rtp

import (
	"strconv"
	"sync"
	"time"

	"plenum/components/media"
	"plenum/jingle/transport"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// gathering is how long the first offer or answer waits for our candidates, which are addresses of ours and known at once.
const gathering = 3 * time.Second

// A browser is the wire to a phone in a browser: ICE, DTLS and SRTP on the port of all such media.
type browser struct {
	session   *Session
	transport *transport.Transport

	mu         sync.Mutex
	candidates []transport.Candidate
	gathered   chan struct{}
}

func newBrowser(s *Session, controlling bool) (*browser, error) {
	if s.engine.config.WebRTC == nil {
		return nil, fault.New(fault.Invalid, "there is no media for browsers here")
	}
	b := &browser{session: s}
	t, err := s.engine.config.WebRTC.NewTransport(transport.Options{Controlling: controlling, Handler: b})
	if err != nil {
		return nil, err
	}
	b.transport = t
	if err := b.gather(); err != nil {
		t.Close()
		return nil, err
	}
	return b, nil
}

// gather collects our candidates.
func (b *browser) gather() error {
	done := make(chan struct{})
	b.mu.Lock()
	b.candidates, b.gathered = nil, done
	b.mu.Unlock()
	if err := b.transport.Gather(); err != nil {
		return err
	}
	timer := time.NewTimer(gathering)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fault.New(fault.Unavailable, "no addresses for media were found")
	}
}

// Candidate implements [transport.Handler].
func (b *browser) Candidate(c transport.Candidate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.candidates = append(b.candidates, c)
}

// Gathered implements [transport.Handler].
func (b *browser) Gathered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gathered != nil {
		close(b.gathered)
		b.gathered = nil
	}
}

// RTP implements [transport.Handler].
func (b *browser) RTP(p *media.Packet) bool { return b.session.receive(p) }

// RTCP implements [transport.Handler].
func (b *browser) RTCP(p []byte) { b.session.receiveRTCP(p) }

// State implements [transport.Handler].
func (b *browser) State(state transport.State, err error) {
	if state == transport.Failed {
		b.session.options.Log.Info("the way to the phone is lost", "error", err)
		b.session.options.Events.Lost()
	}
}

func (b *browser) send(h media.Header, payload []byte) bool {
	out := transport.NewBuffer()
	if !out.SetLen(len(media.AppendPacket(out.Space(), h, nil, payload))) {
		out.Release()
		return false
	}
	return b.transport.Send(out, transport.Voice)
}

func (b *browser) sendRTCP(p []byte) { b.transport.SendRTCP(p) }

// write writes our half into a line.
func (b *browser) write(m *sdp.Media) {
	m.AddTransport(b.transport.Local())
	m.Add("rtcp-mux", "")
	m.Add("msid", b.session.cname+" sound") // pages play the streams that a description names (RFC 8830 §2)
	m.Add("ssrc", strconv.FormatUint(uint64(b.session.out.ssrc), 10)+" cname:"+b.session.cname)
	b.mu.Lock()
	defer b.mu.Unlock()
	m.Port, m.Address = 9, b.session.options.External // RFC 8839 §4.3.2
	for _, c := range b.candidates {
		if c.Protocol == "udp" && m.Port == 9 {
			m.Port, m.Address = int(c.Address.Port()), c.Address.Addr()
		}
		m.AddCandidate(c)
	}
	m.Add("end-of-candidates", "")
}

func (b *browser) offer(d *sdp.Description, m *sdp.Media) {
	m.Protocol = "UDP/TLS/RTP/SAVPF"
	m.Add("mid", "0")
	d.Attributes = append(d.Attributes, sdp.Attribute{Name: "group", Value: "BUNDLE 0"})
	b.write(m)
}

// take gives the transport what the peer says of its own.
func (b *browser) take(d *sdp.Description, m *sdp.Media) error {
	if _, ok := m.Value("rtcp-mux"); !ok {
		return fault.New(fault.Invalid, noMux)
	}
	remote, ok := d.Transport(m)
	if !ok {
		return fault.New(fault.Invalid, "there is no ICE or no fingerprint")
	}
	restarted, err := b.transport.SetRemote(remote)
	if err != nil {
		return err
	}
	if restarted {
		if err := b.gather(); err != nil {
			return err
		}
	}
	for _, c := range m.Candidates() {
		_ = b.transport.AddCandidate(c) // counted; the others may do
	}
	return nil
}

func (b *browser) answer(offer *sdp.Description, theirs *sdp.Media, _ *sdp.Description, m *sdp.Media, _ plan) error {
	if err := b.take(offer, theirs); err != nil {
		return err
	}
	b.write(m)
	return nil
}

func (b *browser) accept(d *sdp.Description, m *sdp.Media) error { return b.take(d, m) }

func (b *browser) connect(*terms) {}

func (b *browser) suite() string { return b.transport.Profile() }

func (b *browser) remote() string {
	if to, tcp := b.transport.Remote(); tcp {
		return to.String() + " tcp"
	} else if to.IsValid() {
		return to.String()
	}
	return ""
}

func (b *browser) close() { b.transport.Close() }
