// Package jitter turns packets that come when they come into sound at the beat of a clock. It is for who mixes, plays or
// records; what is only forwarded is not delayed.
package jitter

import (
	"sync"

	"plenum/components/media"
	"plenum/components/media/codec"
)

const (
	// slots is how many packets fit: more than the longest that is kept, at the shortest packets in use (10 ms).
	slots = 64
	// longest is what is kept at most, in samples; of a sender that has stalled and sends all at once the oldest is dropped.
	longest = 500 * media.Rate / 1000
	// gapLimit is how many packets in a row are concealed one by one; beyond it the sound goes on after the gap.
	gapLimit = 10
	// restart is a distance of sequence numbers that no loss explains.
	restart = 1000
)

// A Buffer puts the packets of one stream in order and decodes them. [Buffer.Receive] is called by the goroutine that publishes, the
// other methods by the one that plays; [Buffer.Stats] by any.
type Buffer struct {
	codec media.Codec
	mu    sync.Mutex

	// Under mu.
	packets   [slots]*media.Packet
	count     int
	samples   int // of all packets here
	next      uint16
	ssrc      uint32
	started   bool // next and ssrc are set
	filling   bool // nothing is given until there is as much as the target says
	estimator estimator
	stats     Stats

	// Of the goroutine that plays.
	decoder    media.Decoder
	decoded    []int16 // what was decoded and not given yet
	scratch    []int16
	playing    bool // something has been decoded since the last silence
	made       int  // frames made up in a row because nothing had come
	lastPacket int  // its samples
	owed       int  // samples that were skipped and not taken yet
	quiet      bool // the last frame was
	depth      int  // samples that wait, on average
}

// Stats count what has happened since the buffer was made.
type Stats struct {
	Received, Lost, Late uint64 // packets; those that came too late were counted as lost before
	Made                 uint64 // pieces of sound made up for what had not come
	Dropped, Inserted    uint64 // frames, to follow the sender's clock and the network's delay
}

// New makes a buffer for a stream of the codec. It fails with fault.Invalid when there is no decoder for it.
func New(c media.Codec) (*Buffer, error) {
	decoder, err := codec.NewDecoder(c)
	if err != nil {
		return nil, err
	}
	return &Buffer{
		codec: c, filling: true, decoder: decoder, decoded: make([]int16, 0, 2*media.MaxDecoded),
		scratch: make([]int16, media.MaxDecoded), lastPacket: media.FrameSamples, quiet: true,
	}, nil
}

// Stats returns what was counted.
func (b *Buffer) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats
}

// Close gives the packets back that were not played. The buffer must not be a receiver any more.
func (b *Buffer) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flush()
}

// Receive implements [media.Receiver].
func (b *Buffer) Receive(_ *media.Layer, p *media.Packet) {
	samples := codec.Samples(b.codec, p.Payload)
	if samples == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Received++
	ahead := int16(p.Sequence - b.next)
	if !b.started || p.SSRC != b.ssrc || ahead > restart || ahead < -restart {
		b.flush()
		b.estimator = estimator{}
		b.started, b.filling, b.ssrc, b.next, ahead = true, true, p.SSRC, p.Sequence, 0
	}
	b.estimator.arrived(p, b.codec.Clock)
	switch {
	case ahead < 0 && b.filling && b.count > 0 && ahead > -slots/2:
		b.next = p.Sequence // what fills the buffer first need not have been sent first
	case ahead < 0:
		b.stats.Late++
		return
	case ahead >= slots:
		b.skipTo(p.Sequence - slots/2)
	}
	slot := &b.packets[p.Sequence%slots]
	if *slot != nil {
		return // it came twice
	}
	*slot = p.Retain()
	b.count++
	b.samples += samples
	if b.samples > longest {
		b.trim()
	}
}

// flush gives all packets back.
func (b *Buffer) flush() {
	for i, p := range b.packets {
		if p != nil {
			p.Release()
			b.packets[i] = nil
		}
	}
	b.count, b.samples = 0, 0
}

// remove takes the packet with this number out, nil when it is not there.
func (b *Buffer) remove(sequence uint16) *media.Packet {
	slot := &b.packets[sequence%slots]
	p := *slot
	if p == nil || p.Sequence != sequence {
		return nil
	}
	*slot = nil
	b.count--
	b.samples -= codec.Samples(b.codec, p.Payload)
	return p
}

// skipTo drops what is before a number.
func (b *Buffer) skipTo(sequence uint16) {
	for n := 0; b.next != sequence && n < 2*slots && b.count > 0; n++ {
		if p := b.remove(b.next); p != nil {
			p.Release()
		} else {
			b.stats.Lost++
		}
		b.next++
	}
	b.next = sequence
}

// trim drops the oldest until there is no more than the target says.
func (b *Buffer) trim() {
	for b.samples > b.estimator.target() && b.count > 1 {
		if p := b.remove(b.next); p != nil {
			p.Release()
			b.stats.Dropped++
		}
		b.next++
	}
}

// state is how much waits and should, in samples.
func (b *Buffer) state() (waiting, target int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.samples, b.estimator.target()
}

// A verdict is what take has found.
type verdict uint8

const (
	empty verdict = iota // nothing has come
	wait                 // something has, and not enough yet
	lost                 // what is due is missing, though later packets are here
	late                 // the same, but it shall be waited for
	due                  // here it is
)

// take returns the packet that is due. When it is lost, the packet is the one after it, if that is here, for the codec to look into. The
// caller releases what it gets. With patience, what is missing is waited for.
func (b *Buffer) take(patience bool) (*media.Packet, verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.count == 0:
		return nil, empty
	case b.filling && b.samples < b.estimator.target():
		return nil, wait
	}
	if b.filling {
		b.filling = false
		b.skipGap()
	}
	if p := b.remove(b.next); p != nil {
		b.next++
		return p, due
	}
	if patience {
		return nil, late
	}
	b.stats.Lost++
	b.next++
	if after := b.packets[b.next%slots]; after != nil && after.Sequence == b.next {
		return after.Retain(), lost
	}
	if b.gap() > gapLimit {
		b.skipGap()
	}
	return nil, lost
}

// gap is how many packets are missing before the first that is here. There must be one.
func (b *Buffer) gap() int {
	for n := range 2 * slots {
		if p := b.packets[(b.next+uint16(n))%slots]; p != nil && p.Sequence == b.next+uint16(n) {
			return n
		}
	}
	b.flush() // what is here is too far away to be played after what was
	return 0
}

func (b *Buffer) skipGap() { b.next += uint16(b.gap()) }
