// Package codec makes encoders and decoders for the codecs of sound that the server knows. All of them take and give sound in the form that
// it has inside the server, whatever rate the codec has.
package codec

import (
	"plenum/components/media"
	"plenum/components/media/g711"
	"plenum/components/media/g722"
	"plenum/components/media/opus"
	"plenum/components/media/plc"
	"plenum/components/media/resample"
	"plenum/xmppd/fault"
)

// All are the codecs there are, best first.
var All = []media.Codec{media.Opus, media.G722, media.PCMA, media.PCMU}

// narrow is the rate of G.711.
const narrow = 8000

// NewEncoder makes an encoder. It fails with fault.Invalid for a codec that is not one of [All].
func NewEncoder(c media.Codec) (media.Encoder, error) {
	switch {
	case c.Is(media.Opus):
		return opus.NewEncoder(opus.DefaultBitrate)
	case c.Is(media.G722):
		return g722Encoder{g722.NewEncoder()}, nil
	case c.Is(media.PCMA):
		return newG711Encoder(g711.ALaw)
	case c.Is(media.PCMU):
		return newG711Encoder(g711.MuLaw)
	}
	return nil, fault.Newf(fault.Invalid, "there is no encoder for %s", c)
}

// NewDecoder makes a decoder. It fails with fault.Invalid for a codec that is not one of [All].
func NewDecoder(c media.Codec) (media.Decoder, error) {
	switch {
	case c.Is(media.Opus):
		return opus.NewDecoder()
	case c.Is(media.G722):
		return &g722Decoder{dec: g722.NewDecoder()}, nil
	case c.Is(media.PCMA):
		return newG711Decoder(g711.ALaw)
	case c.Is(media.PCMU):
		return newG711Decoder(g711.MuLaw)
	}
	return nil, fault.Newf(fault.Invalid, "there is no decoder for %s", c)
}

type g722Encoder struct{ enc *g722.Encoder }

func (e g722Encoder) Encode(pcm []int16, dst []byte) (int, error) { return e.enc.Encode(dst, pcm), nil }

type g722Decoder struct {
	dec  *g722.Decoder
	lost plc.Concealer
}

func (d *g722Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	if 2*len(payload) > len(pcm) {
		return 0, media.ErrPacket
	}
	n := d.dec.Decode(pcm, payload)
	d.lost.Good(pcm[:n])
	return n, nil
}

func (d *g722Decoder) Conceal(_ []byte, pcm []int16) error {
	d.lost.Fill(pcm)
	return nil
}

type g711Encoder struct {
	law    *g711.Law
	down   *resample.Resampler
	narrow []int16
}

func newG711Encoder(law *g711.Law) (*g711Encoder, error) {
	down, err := resample.New(media.Rate, narrow)
	if err != nil {
		return nil, err
	}
	return &g711Encoder{law, down, make([]int16, down.Room(media.FrameSamples))}, nil
}

func (e *g711Encoder) Encode(pcm []int16, dst []byte) (int, error) {
	n := e.down.Process(e.narrow, pcm)
	e.law.Encode(dst[:n], e.narrow[:n])
	return n, nil
}

type g711Decoder struct {
	law    *g711.Law
	up     *resample.Resampler
	narrow []int16
	lost   plc.Concealer
}

func newG711Decoder(law *g711.Law) (*g711Decoder, error) {
	up, err := resample.New(narrow, media.Rate)
	if err != nil {
		return nil, err
	}
	return &g711Decoder{law: law, up: up, narrow: make([]int16, media.MaxDecoded/2)}, nil
}

func (d *g711Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) > len(d.narrow) || 2*len(payload) > len(pcm) {
		return 0, media.ErrPacket
	}
	d.law.Decode(d.narrow[:len(payload)], payload)
	n := d.up.Process(pcm, d.narrow[:len(payload)])
	d.lost.Good(pcm[:n])
	return n, nil
}

func (d *g711Decoder) Conceal(_ []byte, pcm []int16) error {
	d.lost.Fill(pcm)
	return nil
}
