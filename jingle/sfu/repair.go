package sfu

import (
	"encoding/binary"
	"time"

	"plenum/components/media"
	"plenum/jingle/transport"
)

// Limits of what a receiver can make us send.
const (
	// repairShare: retransmissions may be this part of what is sent, beyond repairBurst octets.
	repairShare = 2
	repairBurst = 64 << 10
	// keptRepairs is how many retransmissions are remembered, which are not made again within a round trip.
	keptRepairs = 256
	// oldest is how far back a packet may be that is sent again; rings do not reach farther.
	oldest = 1 << 10
	// Key frames are asked for at once keyframeBurst times, and then once in keyframeEvery for each slot: of a receiver that asks all the time
	// everybody else has the damage.
	keyframeBurst = 4
	keyframeEvery = 2 * time.Second
)

// repairs is what a slot sends again. The sender's mutex guards it.
type repairs struct {
	budget   int // octets
	sequence uint16
	sent     []repairSent // at their number modulo keptRepairs; made when it is first needed

	keyframes int           // that may be asked for at once
	refilled  time.Duration // when one was added
}

type repairSent struct {
	sequence uint16
	at       uint32 // milliseconds, plus one; 0 is never
}

// nacked takes what a receiver misses and sends it again, from the ring of the layer that it came from.
func (s *sender) nacked(list []byte, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || !s.sending || s.broken || s.packets == 0 {
		return
	}
	at := uint32(now.Sub(s.peer.start)/time.Millisecond) + 1
	again := uint32(max(s.link.roundTrip(), leastRTT) / time.Millisecond)
	nacked(list, func(sequence uint16) bool {
		if s.budget <= 0 {
			s.peer.figures.refused.Add(1)
			return false
		}
		if s.sent == nil {
			s.sent = make([]repairSent, keptRepairs)
		}
		before := &s.sent[sequence%keptRepairs]
		if before.sequence == sequence && before.at != 0 && at-before.at < again {
			return true
		}
		if s.resend(sequence) {
			*before = repairSent{sequence, at}
		}
		return true
	})
}

// resend sends a packet again that was sent with this number.
func (s *sender) resend(sequence uint16) bool {
	if s.highest-sequence > oldest {
		return false
	}
	for i := range min(keptEpochs, s.runs) {
		e := &s.epochs[(s.runs-i)%keptEpochs]
		if e.layer == nil {
			return false
		}
		if int16(sequence-e.begin) < 0 {
			continue
		}
		p := e.layer.Packet(sequence - e.sequence)
		if p == nil {
			return false
		}
		defer p.Release()
		return p.SSRC == e.ssrc && s.repeat(e, p, sequence)
	}
	return false
}

// repeat writes a retransmission: in its own stream where one was agreed (RFC 4588 §4), else the packet once more.
func (s *sender) repeat(e *epoch, p *media.Packet, sequence uint16) bool {
	h := media.Header{
		Marker: p.Marker, PayloadType: e.codec.ID, Sequence: sequence, Timestamp: p.Timestamp + e.timestamp, SSRC: s.own.ssrc,
	}
	apart := e.codec.RTX != 0 && s.own.repair != 0
	if apart {
		h.PayloadType, h.SSRC, h.Sequence = e.codec.RTX, s.own.repair, s.sequence
		s.sequence++
	}
	b := transport.NewBuffer()
	raw := media.AppendPacket(b.Space(), h, s.extend(p, len(p.Payload)), nil)
	if apart {
		raw = binary.BigEndian.AppendUint16(raw, sequence)
	}
	raw = append(raw, p.Payload...)
	if !b.SetLen(len(raw)) {
		b.Release()
		return false
	}
	if e.codec.Name == media.VP8.Name {
		s.rewrite(e, raw[len(raw)-len(p.Payload):], false)
	}
	s.budget -= len(raw)
	s.peer.figures.resent.Add(1)
	return s.link.out.Send(b, s.class())
}

// refresh asks for a key frame of what the slot shows.
func (s *sender) refresh() {
	s.mu.Lock()
	l := s.current
	if l == nil {
		l = s.goal
	}
	s.mu.Unlock()
	if l != nil && !s.kind.Sound() {
		l.RequestKeyframe()
	}
}

// keyframeAsked takes a receiver's wish for a key frame.
func (s *sender) keyframeAsked(now time.Time) {
	at := now.Sub(s.peer.start)
	s.mu.Lock()
	for s.keyframes < keyframeBurst && at-s.refilled >= keyframeEvery {
		s.keyframes, s.refilled = s.keyframes+1, s.refilled+keyframeEvery
	}
	l := s.current
	if l == nil {
		l = s.goal
	}
	if l == nil || s.keyframes == 0 {
		if l != nil {
			s.peer.figures.refused.Add(1)
		}
		s.mu.Unlock()
		return
	}
	if s.keyframes == keyframeBurst {
		s.refilled = at
	}
	s.keyframes--
	s.mu.Unlock()
	l.RequestKeyframe()
}
