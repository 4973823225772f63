// Package opus codes sound by Opus (RFC 6716) at the rate that sound has inside the server, one channel. The codec itself is
// github.com/thesyncim/gopus; nothing else of the tree imports it.
package opus

import (
	"fmt"

	"github.com/thesyncim/gopus"

	"plenum/components/media"
)

const (
	// DefaultBitrate is enough for wideband speech without a fault that one hears; below 24,000 the encoder spends more than it is told.
	DefaultBitrate = 32000
	MinBitrate     = 24000
	MaxBitrate     = 64000
	// complexity is where more work would not be heard in wideband speech: 5 takes a third more time than 3.
	complexity = 3
)

// An Encoder makes packets of one frame of 20 ms. It belongs to one goroutine.
type Encoder struct {
	enc  *gopus.Encoder
	loss int
}

// NewEncoder makes an encoder for speech with this many bits a second, 0 for DefaultBitrate.
func NewEncoder(bitrate int) (*Encoder, error) {
	if bitrate == 0 {
		bitrate = DefaultBitrate
	}
	if bitrate < MinBitrate || bitrate > MaxBitrate {
		return nil, fmt.Errorf("opus: %d bit/s is not between %d and %d", bitrate, MinBitrate, MaxBitrate)
	}
	enc, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: media.Rate, Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, fmt.Errorf("opus: make encoder: %w", err)
	}
	for _, set := range []error{
		enc.SetBitrate(bitrate), enc.SetComplexity(complexity), enc.SetFrameSize(media.FrameSamples), enc.SetBandwidth(gopus.BandwidthWideband),
	} {
		if set != nil {
			return nil, fmt.Errorf("opus: set up encoder: %w", set)
		}
	}
	return &Encoder{enc: enc}, nil
}

// Encode implements [media.Encoder].
func (e *Encoder) Encode(pcm []int16, dst []byte) (int, error) { return e.enc.EncodeInt16(pcm, dst) }

// SetLoss says how many packets in a hundred the receivers miss. From one on, each packet carries a coarse copy of the frame before.
func (e *Encoder) SetLoss(percent int) error {
	percent = min(max(percent, 0), 100)
	if percent == e.loss {
		return nil
	}
	if err := e.enc.SetPacketLoss(percent); err != nil {
		return err
	}
	e.enc.SetFEC(percent > 0)
	e.loss = percent
	return nil
}

// A Decoder decodes packets of any mode, bandwidth, duration and of one or two channels. It belongs to one goroutine.
type Decoder struct {
	dec   *gopus.Decoder
	float []float32 // for what the codec gives as such only
}

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	dec, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(media.Rate, 1))
	if err != nil {
		return nil, fmt.Errorf("opus: make decoder: %w", err)
	}
	return &Decoder{dec: dec, float: make([]float32, media.MaxDecoded)}, nil
}

// Decode implements [media.Decoder].
func (d *Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) == 0 {
		return 0, media.ErrPacket // to the codec, nothing means that a packet was lost
	}
	return d.dec.DecodeInt16(payload, pcm)
}

// Conceal implements [media.Decoder]. The length must be a multiple of 2.5 ms.
func (d *Decoder) Conceal(next []byte, pcm []int16) error {
	if len(next) == 0 {
		_, err := d.dec.DecodeInt16(nil, pcm)
		return err
	}
	n, err := d.dec.DecodeWithFEC(next, d.float[:len(pcm)], true)
	if err != nil {
		return err
	}
	for i, s := range d.float[:n] {
		pcm[i] = int16(min(max(s*32768, -32768), 32767))
	}
	clear(pcm[n:])
	return nil
}
