package sfu

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"plenum/components/media"
	"plenum/components/media/dtmf"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/xmppd/fault"
)

// SendDTMF presses keys for the peer, each for the duration; 0 means 100 ms. They are events in the first slot of sound, in place of what is bound there
// (RFC 4733). It fails with fault.Unavailable when the peer takes no events, or no sound now, and with fault.Invalid and fault.Limit as [dtmf.Sender.Press].
func (p *Peer) SendDTMF(keys string, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.senders {
		if s.kind.Sound() && !p.closed {
			return s.sendKeys(keys, d)
		}
	}
	return errNoEvents
}

var errNoEvents = fault.New(fault.Unavailable, "the peer takes no telephone events")

// sendKeys is called while the peer is locked: it is not closed before the goroutine that presses the keys was counted.
func (s *sender) sendKeys(keys string, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || !s.sending || len(s.codecs) == 0 {
		return errNoEvents
	}
	clock := s.codecs[0].Clock
	if e := s.epoch(); e.codec != nil {
		clock = e.codec.Clock
	}
	at := slices.IndexFunc(s.events, func(e sdp.Events) bool { return e.Clock == clock })
	if at < 0 {
		return errNoEvents
	}
	if !s.pressing {
		s.keys = dtmf.NewSender(clock)
	}
	if err := s.keys.Press(keys, d); err != nil || s.pressing || keys == "" {
		return err
	}
	if s.packets == 0 {
		s.highest, s.newest = uint16(rand.Uint32()>>17), rand.Uint32()
	}
	s.pressing, s.anew = true, true
	frame := uint32(clock / int(time.Second/media.FrameTime))
	start := s.newest + frame
	if !s.arrived.IsZero() {
		start = s.newest + max(uint32(min(time.Since(s.arrived), time.Hour)*time.Duration(clock)/time.Second), frame)
	}
	id := s.events[at].ID
	ctx, done := context.WithCancel(s.peer.life)
	s.peer.running.Go(func() {
		defer done()
		media.Beat(ctx, func(n uint32) {
			if ctx.Err() == nil && !s.press(id, start+n*frame) {
				done()
			}
		})
	})
	return nil
}

// press sends what is due of the keys in place of a frame of sound. It returns false after the last one.
func (s *sender) press(id uint8, timestamp uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || !s.sending {
		s.pressing = false
		return false
	}
	key, ok := s.keys.Next(timestamp)
	s.newest, s.arrived = timestamp, time.Now()
	if ok && s.link.up.Load() {
		s.highest++
		b := transport.NewBuffer()
		raw := media.AppendPacket(b.Space(), media.Header{Marker: key.Marker, PayloadType: id, Sequence: s.highest, Timestamp: key.Timestamp, SSRC: s.own.ssrc},
			s.extend(&media.Packet{}, len(key.Payload)), key.Payload[:])
		b.SetLen(len(raw)) // a few octets, which fit
		s.packets++
		s.octets += uint32(len(key.Payload))
		s.link.out.Send(b, s.class())
	}
	s.pressing = s.keys.Busy()
	return s.pressing
}
