// Package transcode gives a track to receivers that do not take its codec. It works packet by packet, on the goroutine that
// publishes them, and delays nothing: the far end's own buffer evens out what the network did. Where one voice shall be heard and nothing
// is mixed, this is all that a call between two codecs costs.
package transcode

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/xmppd/fault"
)

const (
	// concealed is how many lost packets in a row are made up; beyond it the sound has stopped.
	concealed = 5
	// restart is a jump of the timestamp, in frames, that no pause explains.
	restart = 60 * 50
)

// A Source is a track in whatever codec the receiver takes: forwarded as it is where that is possible.
type Source struct {
	track *media.Track

	mu    sync.Mutex
	pipes []*pipe
}

// New makes a source of a track of sound. It does nothing until somebody subscribes to another codec, and holds nothing afterwards.
func New(t *media.Track) *Source { return &Source{track: t} }

// For implements [media.Source].
func (s *Source) For(codecs []media.Codec) (*media.Track, error) {
	if _, ok := s.track.Codec().Find(codecs); ok {
		return s.track, nil
	}
	if _, ok := s.track.Codec().Find(codec.All); !ok {
		return s.track.For(codecs)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range codecs {
		known, ok := c.Find(codec.All)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(s.pipes, func(p *pipe) bool { return p.codec == known }); i >= 0 {
			return s.pipes[i].out.Track(), nil
		}
		p, err := newPipe(s.track, known)
		if err != nil {
			return nil, err
		}
		s.pipes = append(s.pipes, p)
		return p.out.Track(), nil
	}
	return nil, fault.Newf(fault.Invalid, "the receiver takes no codec that %s could be turned into", s.track.Codec())
}

// A pipe turns packets of one codec into those of another.
type pipe struct {
	in    *media.Layer
	out   *media.Layer
	codec media.Codec

	mu        sync.Mutex // orders starts and stops
	listening bool

	loss atomic.Int32 // packets in a hundred

	// Of the goroutine that publishes.
	decoder  media.Decoder
	encoder  media.Encoder
	decoded  []int16
	scratch  []int16
	payload  []byte
	started  bool
	next     uint16 // number and timestamp that are expected, and
	stamp    uint32
	samples  int // of the last packet
	header   media.Header
	incoming media.Codec
}

func newPipe(t *media.Track, to media.Codec) (*pipe, error) {
	p := &pipe{codec: to, incoming: t.Codec(), scratch: make([]int16, media.MaxDecoded), payload: make([]byte, media.MaxFrameBytes),
		decoded: make([]int16, 0, (concealed+2)*media.MaxDecoded), header: media.Header{SSRC: rand.Uint32(), Sequence: uint16(rand.Uint32())}}
	var err error
	if p.decoder, err = codec.NewDecoder(t.Codec()); err != nil {
		return nil, err
	}
	if p.encoder, err = codec.NewEncoder(to); err != nil {
		return nil, err
	}
	if layers := t.Layers(); len(layers) > 0 {
		p.in = layers[0]
	} else {
		p.in = t.AddLayer("", 0)
	}
	p.out = media.NewTrack(media.TrackConfig{ID: t.ID(), Kind: t.Kind(), Codec: to, Publisher: p}).AddLayer("", 0)
	return p, nil
}

// RequestKeyframe implements [media.Publisher].
func (p *pipe) RequestKeyframe(*media.Layer) {}

// FollowLoss implements [media.LossFollower].
func (p *pipe) FollowLoss(_ *media.Layer, percent int) { p.loss.Store(int32(percent)) }

// DemandChanged implements [media.Publisher].
func (p *pipe) DemandChanged(*media.Layer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := p.out.Wanted()
	if wanted == p.listening {
		return
	}
	p.listening = wanted
	if wanted {
		p.in.Subscribe(p)
	} else {
		p.in.Unsubscribe(p)
	}
}

// Receive implements [media.Receiver].
func (p *pipe) Receive(_ *media.Layer, packet *media.Packet) {
	n := codec.Samples(p.incoming, packet.Payload)
	if n == 0 || !p.follow(packet) {
		return
	}
	made, err := p.decoder.Decode(packet.Payload, p.scratch)
	if err != nil {
		made = n
		p.conceal(nil, n)
	} else {
		p.decoded = append(p.decoded, p.scratch[:made]...)
	}
	p.samples = made
	p.next, p.stamp = packet.Sequence+1, packet.Timestamp+uint32(made*p.incoming.Clock/media.Rate)
	p.encode(packet)
}

// follow makes up for what is missing before a packet. It returns false for one that comes too late.
func (p *pipe) follow(packet *media.Packet) bool {
	if !p.started {
		p.started = true
		return true
	}
	missing := int(int16(packet.Sequence - p.next))
	ahead := int(int32(packet.Timestamp-p.stamp)) * int(media.Rate) / p.incoming.Clock / media.FrameSamples
	switch {
	case missing < 0 && missing > -restart:
		return false
	case missing < 0 || missing > restart || ahead < 0 || ahead > restart: // another stream
		p.decoded = p.decoded[:0]
	case missing > 0 && missing <= concealed:
		for i := range missing {
			if i == missing-1 {
				p.conceal(packet.Payload, p.samples)
			} else {
				p.conceal(nil, p.samples)
			}
		}
	case ahead > 0: // a pause
		p.decoded = p.decoded[:0]
		p.header.Timestamp += uint32(ahead) * p.codec.FrameUnits()
		p.header.Marker = true
	}
	return true
}

func (p *pipe) conceal(next []byte, n int) {
	if p.decoder.Conceal(next, p.scratch[:n]) != nil {
		clear(p.scratch[:n])
	}
	p.decoded = append(p.decoded, p.scratch[:n]...)
}

// encode publishes as many frames as there are.
func (p *pipe) encode(in *media.Packet) {
	if e, ok := p.encoder.(interface{ SetLoss(int) error }); ok {
		_ = e.SetLoss(int(p.loss.Load())) // what has not changed costs nothing
	}
	rest := p.decoded
	for len(rest) >= media.FrameSamples {
		n, err := p.encoder.Encode(rest[:media.FrameSamples], p.payload)
		rest = rest[media.FrameSamples:]
		p.header.Sequence++
		p.header.Timestamp += p.codec.FrameUnits()
		if err != nil {
			continue
		}
		out := media.NewPacket(n)
		out.Make(p.header, p.payload[:n], in.Arrival)
		out.Level, out.HasLevel, out.Voice = in.Level, in.HasLevel, in.Voice
		p.header.Marker = false
		p.out.Publish(out)
	}
	p.decoded = p.decoded[:copy(p.decoded, rest)]
}
