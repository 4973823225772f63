package jitter

import (
	"plenum/components/media"
	"plenum/components/media/codec"
)

const (
	// starved is how many frames are made up when nothing comes; then there is silence until the buffer has filled again.
	starved = 3
	// What waits may differ from the target by these before a frame is dropped or inserted: in a quiet moment; and at any. A packet that
	// is missing is as good as quiet: when too little waits, it is probably late and not lost.
	tooMuch, farTooMuch   = media.FrameSamples, 4 * media.FrameSamples
	tooLittle, littleLate = 3 * media.FrameSamples / 2, media.FrameSamples / 2
	// average is over how many frames the depth is taken.
	average = 32
)

// A Sound says what [Buffer.Frame] has given.
type Sound uint8

const (
	Nothing Sound = iota // silence: nothing has come for a while, or the buffer fills
	Made                 // made up for what is lost or late, at least in part
	Played               // as it was sent
)

// Frame fills pcm, of [media.FrameSamples], with what is due now.
func (b *Buffer) Frame(pcm []int16) Sound {
	b.owed = 0
	missing := b.follow()
	if missing > tooLittle && b.quiet {
		b.insert()
	}
	sound := Played
	for len(b.decoded) < media.FrameSamples {
		p, v := b.take(missing > littleLate)
		switch {
		case v == due:
			b.decode(p)
		case v == lost:
			b.conceal(p, b.lastPacket)
			sound = Made
		case v == late:
			b.insert()
			missing -= media.FrameSamples
			sound = Made
		case v == empty && b.playing && b.made < starved:
			b.made++
			b.conceal(nil, media.FrameSamples)
			sound = Made
		default:
			b.pause()
			clear(pcm[copy(pcm, b.decoded):])
			b.decoded = b.decoded[:0]
			return Nothing
		}
	}
	copy(pcm, b.decoded)
	b.consume(media.FrameSamples)
	b.quiet = media.Measure(pcm) > media.Quiet
	return sound
}

// Skip drops what [Buffer.Frame] would have given, without decoding it.
func (b *Buffer) Skip() {
	b.follow()
	b.owed += media.FrameSamples
	n := max(min(b.owed, len(b.decoded)), 0)
	b.consume(n)
	b.owed -= n
	for b.owed > 0 {
		p, v := b.take(false)
		switch v {
		case due:
			b.lastPacket = codec.Samples(b.codec, p.Payload)
			b.owed -= b.lastPacket
			b.playing, b.made = true, 0
		case lost:
			b.owed -= b.lastPacket
		default:
			b.owed = 0
			if b.made++; b.made > starved {
				b.pause()
			}
		}
		if p != nil {
			p.Release()
		}
	}
}

// follow drops a frame when too much waits. It returns how much less than the target waits.
func (b *Buffer) follow() (missing int) {
	if !b.playing {
		return 0
	}
	waiting, target := b.state()
	b.depth += (waiting + len(b.decoded) - b.depth) / average
	if b.depth > target+farTooMuch || b.depth > target+tooMuch && b.quiet {
		if p, v := b.take(false); v == due {
			b.decode(p)
			b.consume(b.lastPacket)
			b.depth -= b.lastPacket
			b.counted(func(s *Stats) { s.Dropped++ })
		} else if p != nil {
			p.Release()
		}
	}
	return target - b.depth
}

// insert makes up a frame beside those that were sent, so that all that comes is played a frame later.
func (b *Buffer) insert() {
	b.conceal(nil, media.FrameSamples)
	b.depth += media.FrameSamples
	b.counted(func(s *Stats) { s.Inserted++ })
}

func (b *Buffer) counted(count func(*Stats)) {
	b.mu.Lock()
	count(&b.stats)
	b.mu.Unlock()
}

// consume takes what was given off the decoded sound.
func (b *Buffer) consume(n int) {
	b.decoded = b.decoded[:copy(b.decoded, b.decoded[n:])]
}

// pause waits for the buffer to fill again.
func (b *Buffer) pause() {
	waiting, target := 0, 0
	b.mu.Lock()
	b.filling = true
	waiting, target = b.samples, b.estimator.target()
	b.mu.Unlock()
	b.playing, b.made, b.quiet = false, 0, true
	b.depth = max(waiting, target)
}

func (b *Buffer) decode(p *media.Packet) {
	n, err := b.decoder.Decode(p.Payload, b.scratch)
	p.Release()
	if err != nil {
		b.conceal(nil, b.lastPacket)
		return
	}
	b.lastPacket, b.playing, b.made = n, true, 0
	b.decoded = append(b.decoded, b.scratch[:n]...)
}

// conceal makes n samples up. after is the packet that follows, when it is here.
func (b *Buffer) conceal(after *media.Packet, n int) {
	var payload []byte
	if after != nil {
		payload = after.Payload
		defer after.Release()
	}
	made := b.scratch[:n]
	if b.decoder.Conceal(payload, made) != nil {
		clear(made)
	}
	b.decoded = append(b.decoded, made...)
	b.counted(func(s *Stats) { s.Made++ })
}
