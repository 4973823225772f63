package resample_test

import (
	"math"
	"testing"

	"plenum/components/media/resample"
)

func sine(hz float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(16000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// run resamples in chunks of the lengths given, in turn.
func run(t *testing.T, from, to int, in []int16, chunks ...int) []int16 {
	t.Helper()
	r, err := resample.New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	for i := 0; len(in) > 0; i++ {
		n := min(chunks[i%len(chunks)], len(in))
		room := make([]int16, r.Room(n))
		made := r.Process(room, in[:n])
		out = append(out, room[:made]...)
		in = in[n:]
	}
	return out
}

// fit returns the amplitude of a tone in pcm, and the root mean square of what is left without it.
func fit(pcm []int16, hz float64, rate int) (amplitude, rest float64) {
	var re, im float64
	for i, s := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(s) * math.Cos(w)
		im += float64(s) * math.Sin(w)
	}
	re, im = 2*re/float64(len(pcm)), 2*im/float64(len(pcm))
	for i, s := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		d := float64(s) - re*math.Cos(w) - im*math.Sin(w)
		rest += d * d
	}
	return math.Hypot(re, im), math.Sqrt(rest / float64(len(pcm)))
}

func TestTonesPass(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hz       float64
		loss     float64 // at most, in dB
	}{
		{8000, 16000, 1000, 0.05}, {8000, 16000, 3400, 1}, {16000, 8000, 1000, 0.05}, {16000, 8000, 3400, 1},
		{16000, 48000, 1000, 0.05}, {16000, 48000, 6800, 1}, {48000, 16000, 1000, 0.05}, {48000, 16000, 6800, 1},
		{44100, 16000, 1000, 0.05}, {22050, 16000, 3000, 0.05}, {11025, 16000, 3000, 0.05}, {48000, 8000, 3400, 1},
	} {
		out := run(t, c.from, c.to, sine(c.hz, c.from, 2*c.from), c.from/50)
		tail := out[c.to : c.to+c.to/2]
		amplitude, rest := fit(tail, c.hz, c.to)
		if db := 20 * math.Log10(amplitude/16000); math.Abs(db) > c.loss {
			t.Errorf("%d to %d: %v Hz changed by %.2f dB", c.from, c.to, c.hz, db)
		}
		// Rounding alone leaves 0.29.
		if rest > 1.5 {
			t.Errorf("%d to %d: beside %v Hz there is noise of %.2f", c.from, c.to, c.hz, rest)
		}
	}
}

func TestWhatTheLowerRateCannotCarryIsTakenAway(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hz       float64
	}{{16000, 8000, 4500}, {16000, 8000, 7000}, {48000, 16000, 8900}, {48000, 16000, 15000}, {44100, 16000, 12000}} {
		out := run(t, c.from, c.to, sine(c.hz, c.from, 2*c.from), c.from/50)
		_, rest := fit(out[c.to:c.to+c.to/2], 1, c.to)
		if db := 20 * math.Log10(rest*math.Sqrt2/16000); db > -75 {
			t.Errorf("%d to %d: %v Hz is still there at %.1f dB", c.from, c.to, c.hz, db)
		}
	}
}

func TestChunksJoinWithoutASeam(t *testing.T) {
	for _, c := range []struct{ from, to int }{{8000, 16000}, {16000, 8000}, {48000, 16000}, {44100, 16000}, {16000, 44100}} {
		in := sine(700, c.from, c.from)
		whole := run(t, c.from, c.to, in, len(in))
		pieces := run(t, c.from, c.to, in, 1, 317, 2, 64, 5)
		if len(whole) != len(pieces) {
			t.Fatalf("%d to %d: %d samples in one piece, %d in many", c.from, c.to, len(whole), len(pieces))
		}
		for i := range whole {
			if whole[i] != pieces[i] {
				t.Fatalf("%d to %d: sample %d is %d in one piece, %d in many", c.from, c.to, i, whole[i], pieces[i])
			}
		}
		if want := len(in) * c.to / c.from; abs(len(whole)-want) > 1 {
			t.Errorf("%d to %d: %d samples of %d, want %d", c.from, c.to, len(whole), len(in), want)
		}
	}
}

func TestFramesGiveFrames(t *testing.T) {
	for _, c := range []struct{ from, to, in, out int }{{16000, 8000, 320, 160}, {8000, 16000, 160, 320}, {48000, 16000, 960, 320}, {16000, 48000, 320, 960}} {
		r, err := resample.New(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		in, out := make([]int16, c.in), make([]int16, r.Room(c.in))
		for range 10 {
			if n := r.Process(out, in); n != c.out {
				t.Errorf("%d samples at %d became %d at %d", c.in, c.from, n, c.to)
			}
		}
	}
}

func TestRatesThatAreRefused(t *testing.T) {
	for _, c := range [][2]int{{0, 16000}, {16000, -1}, {16001, 16000}} {
		if _, err := resample.New(c[0], c[1]); err == nil {
			t.Errorf("%v was taken", c)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name     string
		from, to int
	}{{"48 to 8", 48000, 8000}, {"8 to 48", 8000, 48000}, {"48 to 16", 48000, 16000}, {"16 to 48", 16000, 48000}, {"8 to 16", 8000, 16000}, {"16 to 8", 16000, 8000}} {
		b.Run(c.name, func(b *testing.B) {
			r, err := resample.New(c.from, c.to)
			if err != nil {
				b.Fatal(err)
			}
			in, out := sine(1000, c.from, c.from/50), make([]int16, c.to/50+1)
			b.ReportAllocs()
			for b.Loop() {
				r.Process(out, in)
			}
		})
	}
}
