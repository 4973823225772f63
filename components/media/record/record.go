// Package record writes what is said into a WAV file: a message for a voicemail box, both sides of a call on a channel each.
package record

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/jitter"
	"plenum/components/media/wav"
	"plenum/xmppd/fault"
)

const (
	// block is how many frames are written at a time: a second.
	block = 50
	// backlog is how many blocks may wait for the disk. One that stands still for longer ends the recording.
	backlog = 30
)

// ErrSlow is what a recording ends with when the disk cannot keep up.
var ErrSlow = fault.New(fault.Unavailable, "what was recorded could not be written fast enough")

// A Recorder is an endpoint that publishes nothing. It has one slot of audio for each channel of its file.
type Recorder struct {
	file    *wav.Writer
	longest uint32 // frames

	mu       sync.Mutex // orders Bind
	channels []*channel

	frames atomic.Uint32 // recorded
	quiet  atomic.Uint32 // frames since somebody has spoken

	frame   []int16 // of the goroutine that records
	written []int16
}

// channel is what one slot hears.
type channel struct{ input atomic.Pointer[input] }

type input struct {
	layer  *media.Layer
	buffer *jitter.Buffer
}

// New makes a recorder with one or two channels, and writes the header of its file. It records no more than longest.
func New(w io.WriteSeeker, channels int, longest time.Duration) (*Recorder, error) {
	if channels < 1 || channels > 2 {
		return nil, fault.Newf(fault.Invalid, "a recording has one or two channels, not %d", channels)
	}
	file, err := wav.NewWriter(w, channels)
	if err != nil {
		return nil, err
	}
	r := &Recorder{file: file, longest: uint32(longest / media.FrameTime), frame: make([]int16, media.FrameSamples)}
	for range channels {
		r.channels = append(r.channels, new(channel))
	}
	return r, nil
}

// Tracks implements [media.Endpoint].
func (r *Recorder) Tracks() iter.Seq[*media.Track] { return func(func(*media.Track) bool) {} }

// Slots implements [media.Endpoint].
func (r *Recorder) Slots() []media.Slot {
	slots := make([]media.Slot, len(r.channels))
	for i := range slots {
		// What has to be encoded for the recorder alone is cheapest in G.722.
		slots[i] = media.Slot{Kind: media.Audio, Codecs: append([]media.Codec{media.G722}, codec.All...)}
	}
	return slots
}

// Bind implements [media.Endpoint].
func (r *Recorder) Bind(slot int, src media.Source) error {
	if slot < 0 || slot >= len(r.channels) {
		return fault.Newf(fault.NotFound, "the recorder has no slot %d", slot)
	}
	in, err := r.open(slot, src)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.channels[slot].input.Swap(in); old != nil {
		old.layer.Unsubscribe(old.buffer)
		old.buffer.Close()
	}
	if in != nil {
		in.layer.Subscribe(in.buffer)
	}
	return nil
}

func (r *Recorder) open(slot int, src media.Source) (*input, error) {
	if src == nil {
		return nil, nil
	}
	track, err := src.For(r.Slots()[slot].Codecs)
	if err != nil {
		return nil, err
	}
	layers := track.Layers()
	if len(layers) == 0 {
		return nil, fault.New(fault.Invalid, "the track has nothing to record yet")
	}
	buffer, err := jitter.New(track.Codec())
	if err != nil {
		return nil, err
	}
	return &input{layers[0], buffer}, nil
}

// Duration is how much has been recorded.
func (r *Recorder) Duration() time.Duration {
	return time.Duration(r.frames.Load()) * media.FrameTime
}

// Quiet is for how long nobody has spoken.
func (r *Recorder) Quiet() time.Duration {
	return time.Duration(r.quiet.Load()) * media.FrameTime
}

// Run records until ctx is done or the longest time is over, both of which return nil, or until the file cannot be written. It leaves
// the file complete, but does not close what is written to.
func (r *Recorder) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	blocks, failed := make(chan []int16, backlog), make(chan error, 1)
	go func() { failed <- r.write(blocks, stop) }()
	var err error
	media.Beat(ctx, func(n uint32) {
		for r.frames.Load() <= n { // also those frames for which the machine had no time
			if r.frames.Load() >= r.longest {
				stop()
				return
			}
			r.tick()
		}
		if len(r.written) >= block*media.FrameSamples*len(r.channels) && !r.pass(blocks) {
			err = ErrSlow
			stop()
		}
	})
	if err == nil && len(r.written) > 0 && !r.pass(blocks) {
		err = ErrSlow
	}
	close(blocks)
	if e := <-failed; e != nil {
		err = e
	}
	r.unbind()
	return err
}

// pass hands a block to the writer.
func (r *Recorder) pass(blocks chan<- []int16) bool {
	select {
	case blocks <- r.written:
		r.written = make([]int16, 0, (block+1)*media.FrameSamples*len(r.channels))
		return true
	default:
		return false
	}
}

// write writes blocks as long as they come, and finishes the file.
func (r *Recorder) write(blocks <-chan []int16, stop func()) error {
	var failed error
	for b := range blocks {
		if failed == nil {
			if failed = r.file.Write(b); failed != nil {
				stop()
			}
		}
	}
	if err := r.file.Close(); err != nil && failed == nil {
		failed = err
	}
	if failed != nil {
		return fmt.Errorf("record: %w", failed)
	}
	return nil
}

// tick appends a frame of all channels.
func (r *Recorder) tick() {
	at := len(r.written)
	r.written = append(r.written, make([]int16, media.FrameSamples*len(r.channels))...)
	loudest := media.Silence
	for c, ch := range r.channels {
		in := ch.input.Load()
		if in == nil {
			continue
		}
		in.buffer.Frame(r.frame)
		loudest = min(loudest, media.Measure(r.frame))
		for i, s := range r.frame {
			r.written[at+i*len(r.channels)+c] = s
		}
	}
	if loudest < media.Quiet {
		r.quiet.Store(0)
	} else {
		r.quiet.Add(1)
	}
	r.frames.Add(1)
}

func (r *Recorder) unbind() {
	for i := range r.channels {
		_ = r.Bind(i, nil) // there is such a slot
	}
}
