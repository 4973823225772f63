package sfu

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/dtmf"
)

// A stream is what the peer sends with one SSRC: a layer of a track, or the retransmissions of one. The link's mutex guards it.
type stream struct {
	receiver *receiver
	layer    *layer
	repairs  bool
	ssrc     uint32
	heard    time.Duration // when the last packet came
	reception
	gaps gaps
	renumbering
}

// A layer is one of a receiver's, whoever sends it.
type layer struct {
	out    *media.Layer
	stream *stream // nil as long as nothing is known of it; guarded by the link's mutex
	ssrc   atomic.Uint32
	firs   atomic.Uint32 // requests for a key frame by FIR
}

// silent is how long nothing must come of a stream before another one may take its place.
const silent = 500 * time.Millisecond

// receive takes over a packet of the stream. It reports whether it was of any use.
func (l *link) receive(s *stream, p *media.Packet, now time.Duration) bool {
	ahead, anew, ok := s.take(p.Sequence)
	if !ok {
		p.Release()
		return true // the next packet tells
	}
	s.heard = now
	if anew {
		s.gaps.reset()
	}
	if s.repairs {
		return l.repair(s, p)
	}
	r := s.receiver
	kind, codec := r.payload(p.PayloadType)
	if ahead > 0 && kind == payloadMedia {
		s.time(p.Timestamp, now)
	}
	if r.nack && !anew {
		l.lose(s, p.Sequence, ahead, now)
	}
	switch {
	case kind == payloadEvents:
		l.press(s, p, now, ahead)
		return true
	case kind != payloadMedia:
		p.Release()
		return false
	case len(p.Payload) == 0: // padding that probes the path
		s.leaveOut(p.Sequence, ahead)
		p.Release()
		return true
	case codec != r.codec && !r.change(codec):
		p.Release()
		return true
	}
	l.publish(s, p)
	return true
}

// lose notes what is missing before a packet, or that it is not missing any more, and asks for what is due.
func (l *link) lose(s *stream, sequence uint16, ahead int, now time.Duration) {
	switch {
	case ahead > 1:
		if !s.gaps.add(sequence, ahead-1, now) {
			s.layer.out.RequestKeyframe()
		}
	case ahead <= 0:
		s.gaps.found(sequence)
	}
	l.ask(s, now)
}

// ask asks the peer again for what is due.
func (l *link) ask(s *stream, now time.Duration) {
	if len(s.gaps.list) == 0 {
		return
	}
	if missing := s.gaps.due(l.missing[:0], now, l.roundTrip()); len(missing) > 0 {
		l.scratch = appendNACK(l.scratch[:0], l.own, s.ssrc, missing)
		l.out.SendRTCP(l.scratch)
		l.peer.figures.nacksSent.Add(1)
	}
}

// repair turns a retransmission into the packet that was lost (RFC 4588 §4).
func (l *link) repair(s *stream, p *media.Packet) bool {
	main := s.layer.stream
	if main == nil || len(p.Payload) < 2 {
		p.Release()
		return len(p.Payload) < 2 // padding that probes the path
	}
	kind, codec := main.receiver.payload(p.PayloadType)
	if kind != payloadRepair || codec != main.receiver.codec {
		p.Release()
		return false
	}
	p.SSRC, p.PayloadType = main.ssrc, main.receiver.codecs[codec].ID
	p.Sequence, p.Payload = binary.BigEndian.Uint16(p.Payload), p.Payload[2:]
	if int16(p.Sequence-uint16(main.highest)) > 0 || !main.began {
		p.Release() // never sent before: there is nothing to put it between
		return true
	}
	main.gaps.found(p.Sequence)
	l.peer.figures.repaired.Add(1)
	if len(p.Payload) == 0 {
		p.Release()
		return true
	}
	l.publish(main, p)
	return true
}

// leaveOut closes the gap of a packet that is not published.
func (s *stream) leaveOut(sequence uint16, ahead int) {
	if ahead > 0 {
		s.skip(sequence)
	}
}

// publish hands a packet to whoever has subscribed.
func (l *link) publish(s *stream, p *media.Packet) {
	p.Sequence = s.number(p.Sequence)
	if r := s.receiver; !r.kind.Sound() {
		if h := pictureHeight(r.codecs[r.codec].Codec, p.Payload); h != 0 && h != s.layer.out.Height() {
			s.layer.out.SetHeight(h)
		}
	}
	s.layer.out.Publish(p)
}

// press takes a packet that tells of a key (RFC 4733).
func (l *link) press(s *stream, p *media.Packet, now time.Duration, ahead int) {
	r := s.receiver
	if r.keys == nil || r.keysID != p.PayloadType {
		clock := 8000
		for _, e := range r.events {
			if e.ID == p.PayloadType {
				clock = e.Clock
			}
		}
		r.keys, r.keysID = dtmf.NewReceiver(clock), p.PayloadType
	}
	press, ok, err := r.keys.Receive(p.Timestamp, p.Payload, p.Arrival)
	if err != nil {
		l.peer.figures.malformed.Add(1)
	}
	s.leaveOut(p.Sequence, ahead)
	p.Release()
	if ok {
		l.peer.events.DTMF(press.Key, press.Duration)
	}
}

// released ends a key whose packets have ceased to come.
func (r *receiver) released(now time.Time) {
	if r.keys == nil {
		return
	}
	if press, ok := r.keys.Expire(now); ok {
		r.peer.events.DTMF(press.Key, press.Duration)
	}
}
