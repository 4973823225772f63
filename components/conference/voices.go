package conference

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/mix"
	"plenum/components/media/speakers"
)

// probation is how many packets a voice may send without stating its level before it is decoded to find out: a second's.
const probation = 50

// A voice is the microphone of somebody who takes part, as it is listened to for who speaks.
type voice struct {
	who   int
	track *media.Track
	layer *media.Layer
	mute  func() // called once when its packets state no level, on the goroutine that publishes them

	states  atomic.Bool // its packets state their level
	flags   atomic.Bool // and whether that is speech
	packets atomic.Int32

	speaker *speakers.Speaker // of the goroutine that beats
}

// newVoice begins to look at a track.
func newVoice(who int, t *media.Track, mute func()) *voice {
	v := &voice{who: who, track: t, mute: mute}
	if layers := t.Layers(); len(layers) > 0 {
		v.layer = layers[0]
	} else {
		v.layer = t.AddLayer("", 0)
	}
	v.layer.Subscribe(v)
	return v
}

func (v *voice) close() { v.layer.Unsubscribe(v) }

// Receive implements [media.Receiver].
func (v *voice) Receive(_ *media.Layer, p *media.Packet) {
	switch {
	case p.HasLevel:
		v.states.Store(true)
		if p.Voice {
			v.flags.Store(true)
		}
	case !v.states.Load() && v.packets.Add(1) == probation:
		v.mute()
	}
}

// listen tells the detector how loud it is.
func (v *voice) listen(now time.Time) {
	if v.track.Blocked() || v.track.Muted() {
		v.speaker.Hear(media.Silence, false, true)
		return
	}
	level, is := v.track.Level(now)
	if is {
		v.flags.Store(true) // a mixer that decodes the track may know by its codec
	}
	v.speaker.Hear(level, is, v.flags.Load())
}

// A beat finds out every 20 ms who speaks, and says so when that has changed. It allocates nothing as long as it has not.
type beat struct {
	voices *atomic.Pointer[[]*voice]
	tell   func(spoken)

	known    []*voice
	detector *speakers.Detector
	heard    []*speakers.Speaker // as they were told last
	dominant *speakers.Speaker
}

// spoken is the news about who speaks.
type spoken struct {
	heard    []int
	dominant int // 0 is nobody yet
}

func newBeat(voices *atomic.Pointer[[]*voice], tell func(spoken)) *beat {
	return &beat{voices: voices, tell: tell, detector: speakers.New(mix.Speakers)}
}

func (b *beat) run(ctx context.Context) {
	media.Beat(ctx, func(uint32) { b.tick(time.Now()) })
}

func (b *beat) tick(now time.Time) {
	b.admit()
	for _, v := range b.known {
		v.listen(now)
	}
	b.detector.Tick()
	if slices.Equal(b.heard, b.detector.Heard()) && b.dominant == b.detector.Dominant() {
		return
	}
	b.heard, b.dominant = append(b.heard[:0], b.detector.Heard()...), b.detector.Dominant()
	var s spoken
	for _, speaker := range b.heard {
		s.heard = append(s.heard, b.owner(speaker))
	}
	s.dominant = b.owner(b.dominant)
	b.tell(s)
}

func (b *beat) owner(s *speakers.Speaker) int {
	for _, v := range b.known {
		if v.speaker == s {
			return v.who
		}
	}
	return 0
}

// admit takes note of voices that have come or gone.
func (b *beat) admit() {
	list := *b.voices.Load()
	if slices.Equal(list, b.known) {
		return
	}
	for _, v := range b.known {
		if !slices.Contains(list, v) {
			b.detector.Leave(v.speaker)
		}
	}
	for _, v := range list {
		if v.speaker == nil {
			v.speaker = b.detector.Join()
		}
	}
	b.known = list
}
