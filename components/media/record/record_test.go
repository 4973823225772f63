package record_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/record"
	"plenum/components/media/tone"
	"plenum/components/media/wav"
	"plenum/xmppd/fault"
)

// speaker plays a tone for a time.
func speaker(hz float64, d time.Duration) *play.Player {
	pcm := make([]int16, int(d)*media.Rate/int(time.Second))
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 5000}}).Read(pcm)
	return play.NewPlayer(false, play.NewClip(pcm))
}

func file(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "r.wav"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// channel reads one of two channels.
func channel(t *testing.T, f *os.File, n int) []int16 {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var pcm []int16
	for b = b[44+2*n:]; len(b) >= 2; b = b[min(4, len(b)):] {
		pcm = append(pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	return pcm
}

func TestBothSidesOfACall(t *testing.T) {
	f := file(t)
	synctest.Test(t, func(t *testing.T) {
		r, err := record.New(f, 2, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		left, right := speaker(500, 3*time.Second), speaker(900, 3*time.Second)
		if err := errors.Join(r.Bind(0, left), r.Bind(1, right)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		go left.Run(ctx)
		go right.Run(ctx)
		time.Sleep(2*time.Second + 10*time.Millisecond)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if d := r.Duration(); d < 2*time.Second || d > 2040*time.Millisecond {
			t.Errorf("%v were recorded", d)
		}
		if r.Quiet() > 100*time.Millisecond {
			t.Errorf("quiet for %v", r.Quiet())
		}
		synctest.Wait()
	})
	for i, hz := range []float64{500, 900} {
		pcm := channel(t, f, i)
		if !tone.Heard(pcm[8000:24000], hz) {
			t.Errorf("channel %d lacks its tone", i)
		}
	}
	b, _ := os.ReadFile(f.Name())
	if pcm, err := wav.Read(bytes.NewReader(b), time.Minute); err != nil || len(pcm) < 32000 {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
}

func TestAMessageThatIsTooLongAndASilentCaller(t *testing.T) {
	f := file(t)
	synctest.Test(t, func(t *testing.T) {
		r, err := record.New(f, 1, 3*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		caller := speaker(500, time.Second)
		if err := r.Bind(0, caller); err != nil {
			t.Fatal(err)
		}
		go caller.Run(t.Context())
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := r.Duration(); d != 3*time.Second {
			t.Errorf("%v were recorded", d)
		}
		if q := r.Quiet(); q < 1700*time.Millisecond || q > 2*time.Second {
			t.Errorf("quiet for %v", q)
		}
	})
}

func TestADiskThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := record.New(&disk{room: 100_000}, 1, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := r.Run(t.Context()); !errors.Is(err, errFull) {
			t.Errorf("ended with %v", err)
		}
		if past := time.Since(begin); past > 5*time.Second {
			t.Errorf("noticed after %v", past)
		}
	})
}

func TestADiskThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{room: 1 << 30}
		r, err := record.New(d, 1, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		d.slow = 2 * time.Minute // from now on
		if err := r.Run(t.Context()); !errors.Is(err, record.ErrSlow) {
			t.Errorf("ended with %v", err)
		}
	})
}

var errFull = errors.New("the disk is full")

type disk struct {
	room int
	slow time.Duration
}

func (d *disk) Write(b []byte) (int, error) {
	time.Sleep(d.slow)
	if d.room -= len(b); d.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func (d *disk) Seek(int64, int) (int64, error) { return 0, nil }

var _ io.WriteSeeker = (*disk)(nil)

func TestSlots(t *testing.T) {
	r, err := record.New(file(t), 2, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Slots()); n != 2 || len(slices.Collect(r.Tracks())) != 0 {
		t.Errorf("%d slots", n)
	}
	if err := r.Bind(2, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a third slot: %v", err)
	}
	if err := r.Bind(0, media.NewTrack(media.TrackConfig{Codec: media.VP8})); !fault.Is(err, fault.Invalid) {
		t.Errorf("video: %v", err)
	}
	if _, err := record.New(file(t), 3, time.Minute); !fault.Is(err, fault.Invalid) {
		t.Errorf("three channels: %v", err)
	}
}
