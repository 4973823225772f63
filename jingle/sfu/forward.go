package sfu

import (
	"encoding/binary"
	"time"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
)

// An epoch is a run of packets from one stream of one source: all of them are renumbered alike. Numbers are added to the source's.
type epoch struct {
	layer     *media.Layer
	ssrc      uint32
	codec     *sdp.Codec
	begin     uint16 // sequence number of the first packet, as it is sent; later ones in a long run
	source    uint16 // and as it came
	sequence  uint16
	timestamp uint32
	picture   uint16
	tl0, key  uint8
}

// epochStride is by how much the beginning of a run is moved on; more than any packet is late.
const epochStride = 1 << 13

// keptEpochs is how many runs are remembered, to send packets of theirs again: more switches than there are in the time of a round trip.
const keptEpochs = 4

// An output is the stream that a slot sends. The sender's mutex guards it.
type output struct {
	epochs  [keptEpochs]epoch // the last ones, at their number modulo the length
	runs    int
	anew    bool   // the next packet begins a run
	broken  bool   // packets were lost on our side: nothing is sent until the next key frame
	highest uint16 // sequence number that was sent
	newest  uint32 // timestamp of the packet that came last in order
	arrived time.Time
	picture uint16 // the greatest that were sent
	tl0     uint8
	keyed   uint8
	known   bool // the receiver has reported: it knows the stream without its MID
	told    bool // it was told the time of the run's packets
	packets uint32
	octets  uint32

	extensions [3]media.Extension
	level      [1]byte
	number     [2]byte
}

func (o *output) epoch() *epoch { return &o.epochs[o.runs%keptEpochs] }

// Receive implements [media.Receiver].
func (s *sender) Receive(l *media.Layer, p *media.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || !s.sending || s.pressing || !s.link.up.Load() || !s.admit(l, p) {
		return
	}
	if e := s.epoch(); (e.layer != l || e.ssrc != p.SSRC || s.anew) && !s.begin(l, p) {
		return
	}
	e := s.epoch()
	if int16(p.Sequence-e.source) < 0 {
		return // from before the switch
	}
	sequence := p.Sequence + e.sequence
	s.forward(e, p, sequence)
	if int16(sequence-s.highest) > 0 {
		s.highest, s.newest, s.arrived = sequence, p.Timestamp+e.timestamp, p.Arrival
		if sequence-e.begin > 2*epochStride { // numbers wrap: what is farther back than half of them would be ahead
			e.begin, e.source = e.begin+epochStride, e.source+epochStride
		}
	}
}

// admit reports whether a packet is of what is sent on. A key frame of what is to be makes it that.
func (s *sender) admit(l *media.Layer, p *media.Packet) bool {
	if s.kind.Sound() {
		return l == s.current
	}
	if l != s.current {
		if !p.Keyframe || l != s.goal && l != s.fallback {
			return false
		}
		s.show(l)
		s.broken = false
		if l == s.goal {
			s.fallback = nil
		}
		s.later()
	}
	if s.track != nil && l.Track() != s.track && p.Arrival.Sub(s.peer.start)-s.bound > blackout {
		s.show(nil)
		s.later()
		return false
	}
	if e := s.epoch(); e.layer == l && e.ssrc != p.SSRC && !s.broken || s.link.overloaded(p.Arrival) {
		s.breaks(l)
	}
	if s.broken && p.Keyframe {
		s.broken = false
	}
	return !s.broken
}

// breaks stops the pictures of the slot until the next key frame, which is asked for: the network takes no more, or the stream has begun anew,
// and what follows cannot be decoded without what is not there.
func (s *sender) breaks(l *media.Layer) {
	s.broken, s.anew = true, true
	s.epochs = [keptEpochs]epoch{} // nothing from before is sent again
	s.peer.figures.broken.Add(1)
	l.RequestKeyframe()
}

// begin starts a run with a packet, so that for the receiver the stream goes on: the next sequence number, a timestamp as much later as
// the packet is, the next picture.
func (s *sender) begin(l *media.Layer, p *media.Packet) bool {
	codec := s.codecOf(l.Track().Codec())
	if codec == nil {
		return false
	}
	first := s.packets == 0
	clock := codec.Clock
	e := epoch{layer: l, ssrc: p.SSRC, codec: codec, begin: s.highest + 1, source: p.Sequence, sequence: s.highest + 1 - p.Sequence}
	if first {
		e.begin, e.sequence = p.Sequence, 0
		s.highest = p.Sequence - 1
	} else {
		e.timestamp = s.newest + max(uint32(s.elapsed(l, p, clock)*time.Duration(clock)/time.Second), 1) - p.Timestamp
	}
	if codec.Name == media.VP8.Name && !first {
		if d, ok := parseVP8(p.Payload); ok {
			e.picture, e.tl0, e.key = s.picture+1-d.pictureID, s.tl0+1-d.tl0Index, s.keyed+1-d.keyIndex
		}
	}
	s.runs++
	*s.epoch() = e
	s.anew, s.told = false, false
	return true
}

// elapsed is the time between the last packet that was sent and p. Between the layers of a track the sender's clock tells, for one may be longer
// under way than the other.
func (s *sender) elapsed(l *media.Layer, p *media.Packet, clock int) time.Duration {
	last := s.epoch()
	if last.layer != nil && last.layer.Track() == l.Track() && last.layer != l {
		a, ta, oka := last.layer.Timing()
		b, tb, okb := l.Timing()
		if oka && okb {
			since := func(timestamp, of uint32) time.Duration {
				return time.Duration(int32(timestamp-of)) * time.Second / time.Duration(clock)
			}
			d := b.Add(since(p.Timestamp, tb)).Sub(a.Add(since(s.newest-last.timestamp, ta)))
			if d < maxApart {
				return max(d, 0)
			}
		}
	}
	return max(p.Arrival.Sub(s.arrived), 0)
}

// maxApart is more than two packets of one track are apart when one follows the other.
const maxApart = 10 * time.Second

func (s *sender) codecOf(c media.Codec) *sdp.Codec {
	for i := range s.codecs {
		if s.codecs[i].Is(c) {
			return &s.codecs[i]
		}
	}
	return nil
}

// forward sends a packet on. What the transport does not take is lost, as on any network.
func (s *sender) forward(e *epoch, p *media.Packet, sequence uint16) {
	b := transport.NewBuffer()
	raw := media.AppendPacket(b.Space(), media.Header{
		Marker: p.Marker || s.kind.Sound() && sequence == e.begin, PayloadType: e.codec.ID, Sequence: sequence, Timestamp: p.Timestamp + e.timestamp,
		SSRC: s.own.ssrc,
	}, s.extend(p, len(p.Payload)), p.Payload)
	if !b.SetLen(len(raw)) {
		b.Release()
		s.peer.figures.oversized.Add(1)
		return
	}
	if e.codec.Name == media.VP8.Name {
		s.rewrite(e, raw[len(raw)-len(p.Payload):], true)
	}
	s.packets++
	s.octets += uint32(len(p.Payload))
	s.budget = min(s.budget+len(raw)/repairShare, repairBurst)
	s.link.out.Send(b, s.class())
}

func (s *sender) class() transport.Class {
	if s.kind.Sound() {
		return transport.Voice
	}
	return transport.Video
}

// extend lists the header extensions of a packet.
func (s *sender) extend(p *media.Packet, size int) []media.Extension {
	list := s.extensions[:0]
	if id := s.numbers.AudioLevel; id != 0 && p.HasLevel {
		s.level[0] = byte(p.Level)
		if p.Voice {
			s.level[0] |= 0x80
		}
		list = append(list, media.Extension{ID: id, Data: s.level[:]})
	}
	if id := s.numbers.TransportSequence; id != 0 {
		binary.BigEndian.PutUint16(s.number[:], s.link.departure(size))
		list = append(list, media.Extension{ID: id, Data: s.number[:]})
	}
	if id := s.numbers.MID; id != 0 && !s.known {
		list = append(list, media.Extension{ID: id, Data: s.mid})
	}
	return list
}

// rewrite renumbers the pictures in a payload descriptor, which is a copy.
func (s *sender) rewrite(e *epoch, b []byte, fresh bool) {
	d, ok := parseVP8(b)
	if !ok {
		return
	}
	if d.picture != 0 {
		n := d.pictureID + e.picture
		if d.long {
			n &= 0x7fff
			b[d.picture], b[d.picture+1] = 0x80|byte(n>>8), byte(n)
		} else {
			n &= 0x7f
			b[d.picture] = byte(n)
		}
		if fresh && (int16((n-s.picture)<<1) > 0 || !d.long || s.packets == 0) {
			s.picture = n
		}
	}
	if d.tl0 != 0 {
		b[d.tl0] += e.tl0
		if fresh && (int8(b[d.tl0]-s.tl0) > 0 || s.packets == 0) {
			s.tl0 = b[d.tl0]
		}
	}
	if d.hasKey {
		key := (d.keyIndex + e.key) & 0x1f
		b[d.tidKey] = b[d.tidKey]&^0x1f | key
		s.keyed = key
	}
}
