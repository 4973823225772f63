package transport

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// maxPacket is the longest packet that is taken from or given to the network, sealed: more than an Ethernet frame carries.
	maxPacket = 1600
	// maxOverhead is what sealing adds at most: tag and index of SRTCP with AES-GCM (RFC 7714 §9.2).
	maxOverhead = 20
	// framing is the length before each packet of a stream (RFC 4571 §2).
	framing = 2
)

// A Class says what is dropped first when more is to be sent than can be.
type Class uint8

const (
	Voice Class = iota // sound, RTCP and whatever keeps a transport alive: late only after everything else
	Video              // dropped first
)

// A Buffer holds one packet to send, with room before it for the framing of a stream and behind it for what sealing adds, so that it is
// written in place from the header to the network. It comes from a pool by [NewBuffer]; [Transport.Send] takes it over.
type Buffer struct {
	raw   [framing + maxPacket]byte
	n     int // length of the packet
	class Class
	to    netip.AddrPort
	since time.Duration // by the engine's clock
	t     *Transport    // whose it is, for counting
	next  *Buffer       // that waits for the same address
}

var buffers = sync.Pool{New: func() any { return new(Buffer) }}

// NewBuffer returns an empty buffer, which belongs to the caller.
func NewBuffer() *Buffer { return buffers.Get().(*Buffer) }

// Space is the empty packet to append to: media.AppendPacket(b.Space(), …). Its capacity is how long a packet may become.
func (b *Buffer) Space() []byte { return b.raw[framing : framing : framing+maxPacket-maxOverhead] }

// SetLen says how long the packet is that was written into the space. A packet that did not fit (len of what append returned is more
// than the space's capacity) must not be sent; SetLen reports false for it.
func (b *Buffer) SetLen(n int) bool {
	if n > maxPacket-maxOverhead {
		return false
	}
	b.n = n
	return true
}

// Release gives a buffer back that is not sent after all.
func (b *Buffer) Release() {
	b.n, b.t, b.class = 0, nil, Voice
	buffers.Put(b)
}

func (b *Buffer) packet() []byte { return b.raw[framing : framing+b.n] }

// framed is the packet with its length before it, as a stream carries it.
func (b *Buffer) framed() []byte {
	b.raw[0], b.raw[1] = byte(b.n>>8), byte(b.n)
	return b.raw[:framing+b.n]
}
