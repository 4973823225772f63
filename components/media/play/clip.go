// Package play plays recorded sound to those who wait: prompts, announcements, music on hold. Each piece is encoded once for each
// codec, however many hear it, and only as far as it has been played.
package play

import (
	"sync"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/tone"
)

// A Clip is a piece of sound. It may be played by any number of players at a time.
type Clip struct {
	pcm []int16

	mu    sync.Mutex
	coded map[media.Codec]*coded
}

// coded is a clip in one codec, from the beginning to as far as it was played.
type coded struct {
	mu       sync.Mutex
	encoder  media.Encoder
	payloads []byte
	ends     []int // of each frame, in payloads
	scratch  []byte
}

// NewClip makes a clip of sound at [media.Rate], which is not copied. A last frame that is not full is filled with silence.
func NewClip(pcm []int16) *Clip {
	if over := len(pcm) % media.FrameSamples; over > 0 {
		pcm = append(pcm[:len(pcm):len(pcm)], make([]int16, media.FrameSamples-over)...)
	}
	return &Clip{pcm: pcm, coded: make(map[media.Codec]*coded)}
}

// NewSignal makes a clip of one turn of a signal's cadence, or a second of one that has none, to be played in a loop. The cadence must be
// whole frames long for the loop to keep it.
func NewSignal(s tone.Signal) *Clip {
	length := time.Second
	if len(s.Cadence) > 0 {
		length = 0
		for _, d := range s.Cadence {
			length += d
		}
	}
	pcm := make([]int16, int(length*media.Rate/time.Second))
	tone.NewGenerator(s).Read(pcm)
	return NewClip(pcm)
}

// Frames is the length of the clip.
func (c *Clip) Frames() int { return len(c.pcm) / media.FrameSamples }

// Duration is the same as a time.
func (c *Clip) Duration() time.Duration { return time.Duration(c.Frames()) * media.FrameTime }

// PCM is the sound of a frame. It must not be changed.
func (c *Clip) PCM(frame int) []int16 {
	return c.pcm[frame*media.FrameSamples : (frame+1)*media.FrameSamples]
}

// payload is the i-th frame in a codec of [codec.All]. It must not be changed.
func (c *Clip) payload(in media.Codec, i int) ([]byte, error) {
	c.mu.Lock()
	k := c.coded[in]
	if k == nil {
		k = new(coded)
		c.coded[in] = k
	}
	c.mu.Unlock()
	return k.payload(c, in, i)
}

func (k *coded) payload(c *Clip, in media.Codec, i int) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.scratch == nil {
		k.scratch = make([]byte, media.MaxFrameBytes)
	}
	for n := len(k.ends); n <= i; n++ {
		if k.encoder == nil {
			e, err := codec.NewEncoder(in)
			if err != nil {
				return nil, err
			}
			k.encoder = e
		}
		size, err := k.encoder.Encode(c.PCM(n), k.scratch)
		if err != nil {
			return nil, err
		}
		k.payloads = append(k.payloads, k.scratch[:size]...)
		k.ends = append(k.ends, len(k.payloads))
	}
	if len(k.ends) == c.Frames() {
		k.encoder = nil // all is there
	}
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.payloads[from:k.ends[i]], nil
}
