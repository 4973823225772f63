package play_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/xmppd/fault"
)

// clip is a tone of so many frames.
func clip(hz float64, frames int) *play.Clip {
	pcm := make([]int16, frames*media.FrameSamples)
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 5000}}).Read(pcm)
	return play.NewClip(pcm)
}

// A listener keeps what it gets.
type listener struct {
	mu      sync.Mutex
	headers []media.Header
	octets  [][]byte
}

func (l *listener) Receive(_ *media.Layer, p *media.Packet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.headers, l.octets = append(l.headers, p.Header), append(l.octets, slices.Clone(p.Payload))
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.headers)
}

// sound decodes what came.
func (l *listener) sound(t *testing.T, c media.Codec) []int16 {
	t.Helper()
	dec, err := codec.NewDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	var all []int16
	for _, payload := range l.octets {
		pcm := make([]int16, media.MaxDecoded)
		n, err := dec.Decode(payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pcm[:n]...)
	}
	return all
}

func listen(t *testing.T, s media.Source, c media.Codec) (*listener, *media.Layer) {
	t.Helper()
	track, err := s.For([]media.Codec{c})
	if err != nil {
		t.Fatal(err)
	}
	l := new(listener)
	track.Layers()[0].Subscribe(l)
	return l, track.Layers()[0]
}

func TestPromptsFollowEachOtherAndEnd(t *testing.T) {
	for _, c := range codec.All {
		synctest.Test(t, func(t *testing.T) {
			p := play.NewPlayer(false, clip(500, 25), clip(0, 0), clip(900, 25))
			l, layer := listen(t, p, c)
			begin := time.Now()
			if err := p.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if past := time.Since(begin); past < time.Second || past > time.Second+media.FrameTime {
				t.Errorf("%s: a second took %v", c, past)
			}
			pcm := l.sound(t, c)
			if len(pcm) != media.Rate || !tone.Heard(pcm[3200:6400], 500) || !tone.Heard(pcm[11200:14400], 900) {
				t.Errorf("%s: %d samples, the tones are there: %v, %v", c, len(pcm), tone.Heard(pcm[3200:6400], 500), tone.Heard(pcm[11200:14400], 900))
			}
			if !layer.Track().Closed() {
				t.Errorf("%s: the track goes on", c)
			}
		})
	}
}

func TestALoopIsSharedAndRestsWhenNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := play.NewPlayer(true, clip(500, 30))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(time.Minute)
		a, layer := listen(t, p, media.PCMA)
		time.Sleep(time.Second - time.Millisecond)
		b, _ := listen(t, p, media.PCMA)
		time.Sleep(time.Second)
		if n, m := a.count(), b.count(); n != 100 || m != 50 {
			t.Errorf("%d and %d packets", n, m)
		}
		if !slices.Equal(a.headers[50:], b.headers) {
			t.Error("the two hear other packets")
		}
		layer.Unsubscribe(a)
		layer.Unsubscribe(b)
		time.Sleep(time.Hour)
		if n := b.count(); n != 50 {
			t.Errorf("%d packets after an hour in which nobody listened", n)
		}
		layer.Subscribe(b)
		time.Sleep(time.Second - time.Millisecond)
		if n := b.count(); n != 100 {
			t.Errorf("%d packets", n)
		}
		for i := 1; i < 100; i++ {
			if b.headers[i].Sequence != b.headers[i-1].Sequence+1 || b.headers[i].Timestamp != b.headers[i-1].Timestamp+160 {
				t.Errorf("%+v follows %+v", b.headers[i], b.headers[i-1])
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestAClipIsEncodedOnce(t *testing.T) {
	c := clip(500, 20)
	first, second := play.NewPlayer(false, c), play.NewPlayer(false, c)
	a, _ := listen(t, first, media.Opus)
	b, _ := listen(t, second, media.Opus)
	for n := range uint32(30) {
		if first.Tick(n, time.Time{}) != (n < 20) {
			t.Errorf("frame %d", n)
		}
	}
	if n := testing.AllocsPerRun(15, func() { second.Tick(0, time.Time{}) }); n > 3 { // what the listener allocates
		t.Errorf("%v allocations for a frame that was played before", n)
	}
	if !slices.EqualFunc(a.octets[:len(b.octets)], b.octets, slices.Equal) {
		t.Error("the two differ")
	}
}

func TestALastFrameIsFilled(t *testing.T) {
	c := play.NewClip(make([]int16, media.FrameSamples+1))
	if c.Frames() != 2 || c.Duration() != 40*time.Millisecond || len(c.PCM(1)) != media.FrameSamples {
		t.Errorf("%d frames, %v", c.Frames(), c.Duration())
	}
}

func TestSignals(t *testing.T) {
	ring := play.NewSignal(tone.Ringback)
	if ring.Duration() != 5*time.Second || !tone.Heard(ring.PCM(10), 425) || media.Measure(ring.PCM(60)) != media.Silence {
		t.Errorf("the ringing tone lasts %v", ring.Duration())
	}
	dial := play.NewSignal(tone.Signal{Tone: tone.Tone{Hz: []float64{425}, Amplitude: 3000}})
	if dial.Duration() != time.Second || !tone.Heard(dial.PCM(49), 425) {
		t.Errorf("the dial tone lasts %v", dial.Duration())
	}
}

func TestCodecsThatAreNotPlayed(t *testing.T) {
	if _, err := play.NewPlayer(false).For([]media.Codec{media.H264}); !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
}

func TestMusic(t *testing.T) {
	m := play.Music()
	if m != play.Music() || m.Duration() != time.Minute {
		t.Errorf("%v of music", m.Duration())
	}
	var whole []int16
	loudest := media.Silence
	for f := range m.Frames() {
		whole = append(whole, m.PCM(f)...)
		loudest = min(loudest, media.Measure(m.PCM(f)))
	}
	if l := media.Measure(whole); l < 20 || l > 30 || loudest < 10 {
		t.Errorf("it has level %d, %d at its loudest", l, loudest)
	}
	for s := 0; s < 60; s++ { // there is no hole in it
		if l := media.Measure(whole[s*media.Rate : (s+1)*media.Rate]); l > 40 {
			t.Errorf("level %d in second %d", l, s)
		}
	}
	steepest, seam := 0, abs(int(whole[0])-int(whole[len(whole)-1]))
	for i := 1; i < len(whole); i++ {
		steepest = max(steepest, abs(int(whole[i])-int(whole[i-1])))
	}
	if seam > steepest/2 {
		t.Errorf("a step of %d where it begins again; elsewhere %d at most", seam, steepest)
	}
	// The first chord is C major: 130.8, 196 and 261.6 Hz.
	chord := whole[:bar]
	for _, hz := range []float64{130.8, 196, 261.6} {
		if a := tone.Amplitude(chord, hz); a < 3*tone.Amplitude(chord, hz*1.03) {
			t.Errorf("%v Hz is as loud as the tone beside it: %.0f", hz, a)
		}
	}
}

const bar = 3 * media.Rate

func abs(n int) int { return max(n, -n) }

func BenchmarkALoopFor100(b *testing.B) {
	p := play.NewPlayer(true, play.Music())
	track, err := p.For([]media.Codec{media.Opus})
	if err != nil {
		b.Fatal(err)
	}
	for range 100 {
		track.Layers()[0].Subscribe(new(sink))
	}
	for n := range uint32(3000) {
		p.Tick(n, time.Time{})
	}
	b.ReportAllocs()
	n := uint32(0)
	for b.Loop() {
		p.Tick(n, time.Time{})
		n++
	}
}

type sink struct{ n int }

func (s *sink) Receive(_ *media.Layer, p *media.Packet) { s.n += len(p.Payload) }
