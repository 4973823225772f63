package dtmf

import (
	"time"

	"plenum/components/media"
	"plenum/xmppd/fault"
)

const (
	DefaultDuration = 100 * time.Millisecond // of a key; switches want 40 ms at least
	minDuration     = 40 * time.Millisecond
	maxDuration     = 5 * time.Second // less than what fits a payload at 8 kHz
	pause           = 60 * time.Millisecond
	endPackets      = 3 // say that a key was released, lest one that is lost leaves it pressed (RFC 4733 §2.5.1.4)
	volume          = 10
	maxKeys         = 64 // that wait: nobody presses as many in the time that they take
)

// A Packet is one packet of events to send in place of sound.
type Packet struct {
	Marker    bool
	Timestamp uint32 // when the key was pressed, on the clock of the stream
	Payload   [eventLen]byte
}

// A Sender presses keys: it has one packet for each frame while there is something to press. It belongs to one goroutine.
type Sender struct {
	unit    uint16 // of the clock in a frame
	keys    []press
	frame   int // of the key at the front
	started uint32
}

type press struct {
	code   uint8
	frames int // that it is held
}

// NewSender makes a sender for a stream with this clock rate.
func NewSender(clock int) *Sender {
	return &Sender{unit: uint16(clock / int(time.Second/media.FrameTime))}
}

// Press appends keys, each held for the duration; 0 means 100 ms. It fails with fault.Invalid for what is no key, and with fault.Limit when
// more than 64 wait.
func (s *Sender) Press(keys string, d time.Duration) error {
	if d == 0 {
		d = DefaultDuration
	}
	if !Valid(keys) {
		return fault.New(fault.Invalid, "a key is one of "+Keys)
	}
	if len(s.keys)+len(keys) > maxKeys {
		return fault.Newf(fault.Limit, "more than %d keys wait to be pressed", maxKeys)
	}
	d = min(max(d, minDuration), maxDuration)
	for i := range len(keys) {
		c, _ := code(keys[i])
		s.keys = append(s.keys, press{c, int((d + media.FrameTime - 1) / media.FrameTime)})
	}
	return nil
}

// Busy reports whether a key is pressed or waits.
func (s *Sender) Busy() bool { return len(s.keys) > 0 }

// Next returns the packet to send in place of the frame of sound with this timestamp; ok is false when sound is due.
func (s *Sender) Next(timestamp uint32) (p Packet, ok bool) {
	if len(s.keys) == 0 {
		return p, false
	}
	k := s.keys[0]
	if s.frame == 0 {
		s.started = timestamp
	}
	s.frame++
	if s.frame > k.frames+endPackets-1 {
		if s.frame >= k.frames+endPackets-1+int(pause/media.FrameTime) {
			s.keys, s.frame = s.keys[1:], 0
		}
		return p, false
	}
	p.Marker, p.Timestamp = s.frame == 1, s.started
	AppendEvent(p.Payload[:0], Event{k.code, s.frame >= k.frames, volume, uint16(min(s.frame, k.frames)) * s.unit})
	return p, true
}
