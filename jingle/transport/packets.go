package transport

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"github.com/pion/srtp/v3"

	"plenum/components/media"
)

const (
	rtpHeader  = 12
	rtcpHeader = 8
	// maxStreamsIn is how many SSRCs one peer may use: SRTP keeps a state for each.
	maxStreamsIn = 64
)

// receiveSTUN puts a message into the agent's inbox.
func (t *Transport) receiveSTUN(p *port, b []byte, from netip.AddrPort) {
	select {
	case t.inboxes[p] <- message{append([]byte(nil), b...), from}:
	default:
		t.drop(InboxFull)
	}
}

func (t *Transport) receiveDTLS(b []byte) {
	if _, err := t.dtlsIn.Write(b, nil); err != nil {
		t.drop(InboxFull)
	}
}

// receive opens an SRTP or SRTCP packet and hands it to the handler. b is used again afterwards.
func (t *Transport) receive(b []byte) {
	t.inMu.Lock()
	defer t.inMu.Unlock()
	switch {
	case t.in == nil || t.handlerGone:
		t.drop(Early)
	case media.IsRTCP(b):
		t.receiveRTCP(b)
	default:
		t.receiveRTP(b)
	}
}

func (t *Transport) receiveRTP(b []byte) {
	if len(b) < rtpHeader {
		t.drop(Truncated)
		return
	}
	ssrc := binary.BigEndian.Uint32(b[8:])
	_, known := t.heard[ssrc]
	if !known && len(t.heard) >= maxStreamsIn {
		t.drop(ManySSRC)
		return
	}
	p := media.NewPacket(len(b))
	opened, err := t.in.DecryptRTP(p.Buffer(), b, &t.inHeader)
	if err != nil {
		p.Release()
		if _, short := t.inHeader.Unmarshal(b); short != nil {
			t.drop(Truncated)
		} else {
			t.drop(reason(err))
		}
		return
	}
	if !known {
		t.heard[ssrc] = struct{}{}
	}
	if p.Parse(len(opened), *t.known.Load()) != nil {
		p.Release()
		t.drop(Truncated)
		return
	}
	p.Arrival = time.Now()
	t.count(len(b))
	if !t.options.Handler.RTP(p) {
		t.drop(UnknownSSRC)
	}
}

func (t *Transport) receiveRTCP(b []byte) {
	if len(b) < rtcpHeader {
		t.drop(Truncated)
		return
	}
	ssrc := binary.BigEndian.Uint32(b[4:])
	_, known := t.heardRTCP[ssrc]
	if !known && len(t.heardRTCP) >= maxStreamsIn {
		t.drop(ManySSRC)
		return
	}
	opened, err := t.in.DecryptRTCP(t.scratch[:], b, &t.inRTCP)
	if err != nil {
		t.drop(reason(err))
		return
	}
	if !known {
		t.heardRTCP[ssrc] = struct{}{}
	}
	t.count(len(b))
	t.options.Handler.RTCP(opened)
}

// reason tells apart what SRTP fails with.
func reason(err error) Drop {
	if errors.Is(err, srtp.ErrFailedToVerifyAuthTag) {
		return BadTag
	}
	return Replayed
}

func (t *Transport) count(octets int) {
	for _, c := range []*Counters{&t.counters, &t.engine.counters} {
		c.in.Add(1)
		c.inOctets.Add(uint64(octets))
	}
}

// Send seals an RTP packet in its buffer and puts it into the queue to the network. It takes the buffer over and reports whether the packet
// is on its way. It does not block and allocates nothing; the packets of one SSRC must be sent by one goroutine at a time, in order.
func (t *Transport) Send(b *Buffer, class Class) bool {
	w := t.path.Load()
	t.outMu.Lock()
	if w == nil || t.out == nil || t.closed.Load() {
		t.outMu.Unlock()
		t.drop(NoPath)
		b.Release()
		return false
	}
	sealed, err := t.out.EncryptRTP(b.raw[framing:framing], b.packet(), &t.outHeader)
	t.outMu.Unlock()
	if err != nil || len(sealed) > maxPacket {
		t.drop(Truncated)
		b.Release()
		return false
	}
	return t.enqueue(w, b, len(sealed), class)
}

// SendRTCP seals a compound RTCP packet and sends it. b is copied.
func (t *Transport) SendRTCP(b []byte) bool {
	w := t.path.Load()
	if len(b) < rtcpHeader || len(b) > maxPacket-maxOverhead {
		t.drop(Truncated)
		return false
	}
	out := NewBuffer()
	t.outMu.Lock()
	if w == nil || t.out == nil || t.closed.Load() {
		t.outMu.Unlock()
		t.drop(NoPath)
		out.Release()
		return false
	}
	sealed, err := t.out.EncryptRTCP(out.raw[framing:framing], b, &t.outRTCP)
	t.outMu.Unlock()
	if err != nil || len(sealed) > maxPacket {
		t.drop(Truncated)
		out.Release()
		return false
	}
	return t.enqueue(w, out, len(sealed), Voice)
}

func (t *Transport) enqueue(w *path, b *Buffer, n int, class Class) bool {
	b.n, b.t = n, t
	for _, c := range [...]*Counters{&t.counters, &t.engine.counters} {
		c.out.Add(1)
		c.outOctets.Add(uint64(n))
	}
	return w.out.push(w.flow(class), b)
}

// sendTo sends what the agent has for an address.
func (t *Transport) sendTo(p *port, to netip.AddrPort, b []byte) bool {
	out := p.queueTo(to)
	return out != nil && t.push(newPath(p, to, out), b)
}

// push sends a packet of STUN or DTLS.
func (t *Transport) push(w *path, packet []byte) bool {
	if len(packet) > maxPacket {
		t.drop(Oversize)
		return false
	}
	b := NewBuffer()
	b.n, b.t = copy(b.raw[framing:], packet), t
	return w.out.push(&w.voice, b)
}
