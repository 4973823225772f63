package play

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/xmppd/fault"
)

// A Player is a [media.Source] that plays clips one after the other to all who have subscribed to its tracks. One that loops is
// shared by all who wait, who hear the same at the same time; one that does not is for one call.
type Player struct {
	loop bool
	ssrc uint32
	wake chan struct{} // one token: somebody listens who may not have before

	mu      sync.Mutex // orders changes of outputs
	outputs atomic.Pointer[[]*output]

	// Of the goroutine that plays.
	clips    []*Clip
	clip     int // that is played, and
	frame    int // the place in it
	sequence uint16
}

type output struct {
	codec media.Codec
	track *media.Track
	layer *media.Layer
}

// NewPlayer makes a player. With loop it begins again at the end; it then must have something to play.
func NewPlayer(loop bool, clips ...*Clip) *Player {
	clips = slices.DeleteFunc(slices.Clone(clips), func(c *Clip) bool { return c.Frames() == 0 })
	if loop && len(clips) == 0 {
		panic("play: a loop of nothing")
	}
	p := &Player{loop: loop, clips: clips, ssrc: rand.Uint32(), sequence: uint16(rand.Uint32()), wake: make(chan struct{}, 1)}
	p.outputs.Store(new([]*output))
	return p
}

// For implements [media.Source].
func (p *Player) For(codecs []media.Codec) (*media.Track, error) {
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
		t := media.NewTrack(media.TrackConfig{ID: "player", Kind: media.Audio, Codec: known, Publisher: p})
		outputs = append(slices.Clone(outputs), &output{known, t, t.AddLayer("", 0)})
		p.outputs.Store(&outputs)
		return t, nil
	}
	return nil, fault.New(fault.Invalid, "the receiver takes no codec that the player has")
}

// RequestKeyframe implements [media.Publisher].
func (p *Player) RequestKeyframe(*media.Layer) {}

// DemandChanged implements [media.Publisher].
func (p *Player) DemandChanged(*media.Layer) {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run plays: a loop as long as somebody listens, again and again until ctx is done; else from the beginning to the end, after which it
// returns nil. When ctx is done first it returns its error.
func (p *Player) Run(ctx context.Context) error {
	frames := uint32(0) // before this beat
	for ctx.Err() == nil {
		if p.loop && !p.wanted() {
			select {
			case <-p.wake:
			case <-ctx.Done():
			}
			continue
		}
		beat, stop := context.WithCancel(ctx)
		over, last := false, uint32(0)
		media.Beat(beat, func(n uint32) {
			if p.loop && !p.wanted() {
				stop()
				return
			}
			last = n
			if over = !p.Tick(frames+n, time.Now()); over {
				stop()
			}
		})
		stop()
		frames += last + 1
		if over {
			p.close()
			return nil
		}
	}
	p.close()
	return ctx.Err()
}

func (p *Player) wanted() bool {
	return slices.ContainsFunc(*p.outputs.Load(), func(o *output) bool { return o.layer.Wanted() })
}

func (p *Player) close() {
	for _, o := range *p.outputs.Load() {
		o.track.Close()
	}
}

// Tick publishes the next frame; n counts them. It returns false when there is none left.
func (p *Player) Tick(n uint32, now time.Time) bool {
	if p.clip == len(p.clips) {
		return false
	}
	clip, frame := p.clips[p.clip], p.frame
	if p.frame++; p.frame == clip.Frames() {
		p.frame, p.clip = 0, p.clip+1
		if p.loop {
			p.clip %= len(p.clips)
		}
	}
	p.sequence++
	for _, o := range *p.outputs.Load() {
		if !o.layer.Wanted() {
			continue
		}
		payload, err := clip.payload(o.codec, frame)
		if err != nil {
			continue // only a codec that cannot be encoded, which For has refused
		}
		packet := media.NewPacket(len(payload))
		packet.Make(media.Header{Sequence: p.sequence, Timestamp: n * o.codec.FrameUnits(), SSRC: p.ssrc}, payload, now)
		o.layer.Publish(packet)
	}
	return true
}
