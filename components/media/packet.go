package media

import (
	"sync"
	"sync/atomic"
	"time"
)

// Buffers come in two sizes, so that the ring of a telephone's track does not hold 128 buffers of a whole datagram each.
const (
	smallPacket = 320  // a frame of any voice codec with header and extensions
	largePacket = 1600 // more than an Ethernet frame carries
)

// A Packet is an RTP packet in a buffer that many may read: the ring of its layer, receivers that are not done with it. Each holder
// has a reference and gives it back by [Packet.Release]; with the last one the packet is used anew. After it was published nothing of
// a packet may be changed.
type Packet struct {
	Header
	// Payload lies in the packet's buffer, without padding. It is empty in packets that only probe the path.
	Payload []byte
	// Arrival is when the packet was read, or made.
	Arrival time.Time
	// Level is the audio level that the sender states (RFC 6464), when HasLevel; Voice is its flag that this is speech.
	Level           Level
	HasLevel, Voice bool
	// Keyframe says that a picture starts here which can be decoded without those before. [Layer.Publish] sets it.
	Keyframe bool
	// TransportSequence is the number of the packet on its transport, when HasTransportSequence.
	TransportSequence    uint16
	HasTransportSequence bool
	// MID, RID and RepairedRID name the stream while its SSRC is not known yet; nil mostly. They lie in the packet's buffer.
	MID, RID, RepairedRID []byte

	profile    uint16
	extensions []byte
	buf        []byte
	refs       atomic.Int32
}

var pools = [2]sync.Pool{
	{New: func() any { return &Packet{buf: make([]byte, smallPacket)} }},
	{New: func() any { return &Packet{buf: make([]byte, largePacket)} }},
}

// NewPacket returns a packet with room for size octets, which belongs to the caller: it holds the one reference. A packet of more than
// 1600 octets is made for this one use.
func NewPacket(size int) *Packet {
	var p *Packet
	switch {
	case size <= smallPacket:
		p = pools[0].Get().(*Packet)
	case size <= largePacket:
		p = pools[1].Get().(*Packet)
	default:
		p = &Packet{buf: make([]byte, size)}
	}
	p.refs.Store(1)
	return p
}

// Buffer is the packet's memory, at least as long as was asked for, to read or write a packet into before [Packet.Parse].
func (p *Packet) Buffer() []byte { return p.buf }

// Parse reads the RTP packet in the first n octets of the buffer, and of its header extensions those that the session has. It fails with
// [ErrPacket], and the packet must then not be published.
func (p *Packet) Parse(n int, known Extensions) error {
	if n > len(p.buf) {
		return ErrPacket
	}
	p.clear()
	l, err := parseHeader(p.buf[:n], &p.Header)
	if err != nil {
		return err
	}
	p.Payload, p.profile, p.extensions = l.payload, l.profile, l.extensions
	for e, rest, ok := nextExtension(p.profile, p.extensions); ok; e, rest, ok = nextExtension(p.profile, rest) {
		p.take(e, known)
	}
	return nil
}

func (p *Packet) clear() {
	p.Header = Header{}
	p.Payload, p.extensions, p.profile = nil, nil, 0
	p.Level, p.HasLevel, p.Voice, p.Keyframe = 0, false, false, false
	p.TransportSequence, p.HasTransportSequence = 0, false
	p.MID, p.RID, p.RepairedRID = nil, nil, nil
}

func (p *Packet) take(e Extension, known Extensions) {
	switch e.ID { // an element's number is never 0, so what the session does not have matches nothing
	case known.AudioLevel:
		if len(e.Data) >= 1 {
			p.Level, p.HasLevel, p.Voice = Level(e.Data[0]&0x7f), true, e.Data[0]&0x80 != 0
		}
	case known.TransportSequence:
		if len(e.Data) >= 2 {
			p.TransportSequence, p.HasTransportSequence = uint16(e.Data[0])<<8|uint16(e.Data[1]), true
		}
	case known.MID:
		p.MID = e.Data
	case known.RID:
		p.RID = e.Data
	case known.RepairedRID:
		p.RepairedRID = e.Data
	}
}

// Extension returns the data of the header extension with this number, nil when the packet has none.
func (p *Packet) Extension(id uint8) []byte {
	for e, rest, ok := nextExtension(p.profile, p.extensions); ok; e, rest, ok = nextExtension(p.profile, rest) {
		if e.ID == id {
			return e.Data
		}
	}
	return nil
}

// Make fills a packet that this server produces itself. The payload is copied; it must fit the buffer.
func (p *Packet) Make(h Header, payload []byte, now time.Time) {
	p.clear()
	p.Header, p.Arrival = h, now
	p.Payload = p.buf[:copy(p.buf, payload)]
}

// Retain adds a reference for somebody who keeps the packet after the call that brought it has returned. The caller must hold one.
func (p *Packet) Retain() *Packet {
	p.refs.Add(1)
	return p
}

// tryRetain is Retain for who has only seen the packet in a ring, where it may lose its last reference at any time.
func (p *Packet) tryRetain() bool {
	for {
		n := p.refs.Load()
		if n <= 0 {
			return false
		}
		if p.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release gives a reference back. The packet must not be touched afterwards.
func (p *Packet) Release() {
	switch n := p.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("media: packet released more often than retained")
	}
	switch len(p.buf) {
	case smallPacket:
		pools[0].Put(p)
	case largePacket:
		pools[1].Put(p)
	}
}
