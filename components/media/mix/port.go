package mix

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/jitter"
	"plenum/components/media/speakers"
	"plenum/xmppd/fault"
)

// kept is how many packets there are to be sent again: 640 ms of them. What is asked for later comes too late to be heard.
const kept = 32

// A Port is a party's place at a mixer. It is a [media.Source]: what all others say. Its methods may be called by any goroutine.
type Port struct {
	mixer *Mixer
	loss  atomic.Int32 // packets in a hundred

	mu      sync.Mutex // orders changes of input and outputs
	input   atomic.Pointer[input]
	outputs atomic.Pointer[[]*output]
	gone    bool

	// Of the goroutine that ticks.
	speaker *speakers.Speaker
	frame   [media.FrameSamples]int16 // what the party says now
	decoded bool                      // frame is filled already
	audible bool                      // frame is part of the mix
	gain    float64                   // at the end of the last frame
	own     voice                     // what the party hears while it speaks
}

// An output is what one port is heard by, in one codec.
type output struct {
	codec media.Codec
	track *media.Track
	layer *media.Layer
	own   *stream // encodes what is for this port alone; nil until it is needed
}

// For implements [media.Source]: it returns the track of what the others say, in the first of the codecs that there is an encoder for.
func (p *Port) For(codecs []media.Codec) (*media.Track, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	outputs := *p.outputs.Load()
	for _, c := range codecs {
		known, ok := c.Find(codec.All)
		if !ok {
			continue
		}
		for _, o := range outputs {
			if o.codec == known {
				return o.track, nil
			}
		}
		if p.gone {
			return nil, fault.New(fault.NotFound, "the party has left the mixer")
		}
		t := media.NewTrack(media.TrackConfig{ID: "mix", Kind: media.Audio, Codec: known, Publisher: p, Ring: kept})
		outputs = append(slices.Clone(outputs), &output{codec: known, track: t, layer: t.AddLayer("", 0)})
		p.outputs.Store(&outputs)
		return t, nil
	}
	return nil, fault.New(fault.Invalid, "the receiver takes no codec that the mixer has")
}

// SetInput makes the track what the party says; nil makes it say nothing. It fails with fault.Invalid when there is no decoder for it.
func (p *Port) SetInput(t *media.Track) error {
	var in *input
	if t != nil {
		var err error
		if in, err = newInput(t); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		in = nil
	}
	if old := p.input.Swap(in); old != nil {
		old.close()
	}
	if in != nil {
		in.layer.Subscribe(in)
	}
	return nil
}

// RequestKeyframe implements [media.Publisher].
func (p *Port) RequestKeyframe(*media.Layer) {}

// DemandChanged implements [media.Publisher]: what is wanted is looked at with each frame.
func (p *Port) DemandChanged(*media.Layer) {}

// FollowLoss implements [media.LossFollower].
func (p *Port) FollowLoss(_ *media.Layer, percent int) { p.loss.Store(int32(percent)) }

// Stats are those of the input's jitter buffer, zero without one.
func (p *Port) Stats() jitter.Stats {
	if in := p.input.Load(); in != nil {
		return in.buffer.Stats()
	}
	return jitter.Stats{}
}

// Leave takes the port away and ends the tracks that it was heard by.
func (p *Port) Leave() {
	p.mixer.change(func(list []*Port) []*Port {
		return slices.DeleteFunc(list, func(other *Port) bool { return other == p })
	})
	p.mixer.dominant.CompareAndSwap(p, nil)
	p.mu.Lock()
	p.gone = true
	outputs := *p.outputs.Load()
	if in := p.input.Swap(nil); in != nil {
		in.close()
	}
	p.mu.Unlock()
	for _, o := range outputs {
		o.track.Close()
	}
}

// listen says how loud the party is.
func (p *Port) listen(now time.Time) {
	p.decoded = false
	in := p.input.Load()
	if in == nil {
		p.speaker.Hear(media.Silence, false, true)
		return
	}
	level, voice, stated, known := in.level(now)
	if !known {
		p.decode(in)
		level = media.Measure(p.frame[:])
		in.layer.Track().SetLevel(level, false, now)
	}
	p.speaker.Hear(level, voice, stated)
}

func (p *Port) decode(in *input) {
	in.buffer.Frame(p.frame[:])
	p.decoded = true
}

// fetch fills frame when the party is to be heard, faded in or out where that changes, and else steps over what it has sent.
func (p *Port) fetch() bool {
	in := p.input.Load()
	target := 0.0
	if p.speaker.Heard() {
		target = 1
	}
	p.audible = in != nil && (target > 0 || p.gain > 0)
	switch {
	case in == nil:
		p.gain = 0
	case !p.audible:
		if !p.decoded {
			in.buffer.Skip()
		}
	default:
		if !p.decoded {
			p.decode(in)
		}
		fade(p.frame[:], p.gain, target)
		p.gain = target
	}
	return p.audible
}

// encode makes the packet of what the others say for a party that speaks itself.
func (p *Port) encode(m *Mixer, o *output, n uint32, now time.Time) *media.Packet {
	if o.own == nil {
		s, err := newStream(o.codec)
		if err != nil {
			return nil
		}
		o.own = s
	}
	p.own.set(&m.sum, &p.frame)
	return o.own.encode(&p.own, m.header(o.codec, n), now)
}
