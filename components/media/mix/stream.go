package mix

import (
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
)

// settled is how many silent frames are encoded before the last of them is sent again and again: an encoder takes that long to come to rest.
const settled = 10

// A stream encodes one voice in one codec.
type stream struct {
	codec   media.Codec
	encoder media.Encoder
	packet  *media.Packet // of this frame, where it is shared
	payload []byte
	length  int // of the payload
	silent  int // frames
	rests   bool
}

func newStream(c media.Codec) (*stream, error) {
	e, err := codec.NewEncoder(c)
	if err != nil {
		return nil, err
	}
	// Codecs that predict the next sample from the last have no frame of silence that could be repeated.
	return &stream{codec: c, encoder: e, payload: make([]byte, media.MaxFrameBytes), rests: !c.Is(media.G722)}, nil
}

// encode makes the packet of a frame.
func (s *stream) encode(v *voice, h media.Header, now time.Time) *media.Packet {
	if v.silent {
		s.silent++
	} else {
		s.silent = 0
	}
	if s.silent <= settled || !s.rests {
		n, err := s.encoder.Encode(v.pcm[:], s.payload)
		if err != nil {
			return nil
		}
		s.length = n
	}
	p := media.NewPacket(s.length)
	p.Make(h, s.payload[:s.length], now)
	return p
}

// done gives back what was kept for those who share it.
func (s *stream) done() {
	if s.packet != nil {
		s.packet.Release()
		s.packet = nil
	}
}

func (s *stream) setLoss(percent int) {
	if e, ok := s.encoder.(interface{ SetLoss(int) error }); ok {
		_ = e.SetLoss(percent) // refused by no encoder between 0 and 100
	}
}
