package mix

import (
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/g711"
	"plenum/components/media/jitter"
	"plenum/components/media/opus"
)

// What a voice flag without a level counts as.
const (
	someVoice = 30
	noVoice   = 70
)

// An input is the track of what a party says.
type input struct {
	layer  *media.Layer
	buffer *jitter.Buffer
	opus   bool
	law    *g711.Law // of a telephone: its level is read off its octets, without bringing them to another rate

	levels atomic.Bool // packets state their level
	voices atomic.Bool // and the voice flag is used: one was set
	flags  atomic.Bool // the last packet has the encoder's own flag
	loud   atomic.Bool // the level of packets is measured as they come
}

func newInput(t *media.Track) (*input, error) {
	buffer, err := jitter.New(t.Codec())
	if err != nil {
		return nil, err
	}
	layers := t.Layers()
	if len(layers) == 0 {
		layers = []*media.Layer{t.AddLayer("", 0)}
	}
	in := &input{layer: layers[0], buffer: buffer, opus: t.Codec().Is(media.Opus)}
	switch {
	case t.Codec().Is(media.PCMA):
		in.law = g711.ALaw
	case t.Codec().Is(media.PCMU):
		in.law = g711.MuLaw
	}
	return in, nil
}

func (in *input) close() {
	in.layer.Unsubscribe(in)
	in.buffer.Close()
}

// Receive implements [media.Receiver].
func (in *input) Receive(l *media.Layer, p *media.Packet) {
	switch {
	case p.HasLevel:
		in.levels.Store(true)
		if p.Voice {
			in.voices.Store(true)
		}
	case in.opus:
		voice, known := opus.Voice(p.Payload)
		in.flags.Store(known)
		if voice {
			l.Track().SetLevel(someVoice, true, p.Arrival)
		} else if known {
			l.Track().SetLevel(noVoice, false, p.Arrival)
		}
	case in.law != nil:
		l.Track().SetLevel(in.measure(p.Payload), false, p.Arrival)
		in.loud.Store(true)
	}
	in.buffer.Receive(l, p)
}

// measure returns the level of the first of the octets: 60 ms of them, or all.
func (in *input) measure(octets []byte) media.Level {
	var pcm [480]int16
	n := min(len(octets), len(pcm))
	in.law.Decode(pcm[:n], octets[:n])
	return media.Measure(pcm[:n])
}

// level is how loud the party is as far as its packets say. stated is whether voice is its own word. known is false when they say
// nothing, and only decoding tells.
func (in *input) level(now time.Time) (l media.Level, voice, stated, known bool) {
	t := in.layer.Track()
	if t.Blocked() || t.Muted() {
		return media.Silence, false, true, true
	}
	l, voice = t.Level(now)
	switch {
	case in.levels.Load():
		return l, voice, in.voices.Load(), true
	case in.flags.Load():
		return l, voice, true, true
	case in.loud.Load():
		return l, false, false, true
	}
	return media.Silence, false, false, false
}
