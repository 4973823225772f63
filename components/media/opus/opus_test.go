package opus_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"time"

	"github.com/thesyncim/gopus/container/ogg"

	"plenum/components/media"
	"plenum/components/media/opus"
	"plenum/components/media/resample"
)

// packets reads the packets of a file that opusenc of Debian 12 (libopus 1.3.1) has made.
func packets(t testing.TB, name string) [][]byte {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ogg.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for {
		p, _, err := r.ReadPacket()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, bytes.Clone(p))
	}
}

// sound reads samples as opusdec has written them, at 16 kHz.
func sound(t testing.TB, name string) []int16 {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

func newDecoder(t testing.TB) *opus.Decoder {
	t.Helper()
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newEncoder(t testing.TB, bitrate int) *opus.Encoder {
	t.Helper()
	e, err := opus.NewEncoder(bitrate)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func decode(t testing.TB, list [][]byte) []int16 {
	t.Helper()
	d := newDecoder(t)
	var pcm []int16
	for _, p := range list {
		frame := make([]int16, media.MaxDecoded)
		n, err := d.Decode(p, frame)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, frame[:n]...)
	}
	return pcm
}

// likeness is how far the difference of two sounds is below the first, in dB, when the second is shifted so that they fit best; shifts go by
// a third of a sample.
func likeness(t testing.TB, want, got []int16) float64 {
	t.Helper()
	a, b := thrice(t, want), thrice(t, got)
	at := func(shift int) float64 {
		var signal, noise float64
		for i := media.Rate / 2; i < min(len(a), len(b)-shift, 3*media.Rate/2); i++ { // a third of a second is enough
			d := float64(a[i]) - float64(b[i+shift])
			signal += float64(a[i]) * float64(a[i])
			noise += d * d
		}
		return 10 * math.Log10(signal/max(noise, 1))
	}
	best, where := math.Inf(-1), 0
	for shift := 0; shift < 450; shift += 5 { // more than any encoder looks ahead
		if db := at(shift); db > best {
			best, where = db, shift
		}
	}
	for shift := max(where-4, 0); shift < where+5; shift++ {
		best = max(best, at(shift))
	}
	return best
}

func thrice(t testing.TB, pcm []int16) []int16 {
	t.Helper()
	r, err := resample.New(media.Rate, 3*media.Rate)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, r.Room(len(pcm)))
	return out[:r.Process(out, pcm)]
}

func TestPacketsOfLibopusAreDecodedAsItDecodesThem(t *testing.T) {
	// opusdec decodes at 48 kHz and changes the rate by a filter of its own, so that what is left differs near 8 kHz, where plucked strings
	// have more than speech.
	for name, least := range map[string]float64{"speech24": 25, "speech32": 25, "music64": 16} {
		if db := likeness(t, sound(t, name+".pcm"), decode(t, packets(t, name+".opus"))); db < least {
			t.Errorf("%s: the difference is only %.1f dB below the sound", name, db)
		}
	}
}

func encode(t testing.TB, e *opus.Encoder, pcm []int16) [][]byte {
	t.Helper()
	var list [][]byte
	for len(pcm) >= media.FrameSamples {
		dst := make([]byte, media.MaxFrameBytes)
		n, err := e.Encode(pcm[:media.FrameSamples], dst)
		if err != nil {
			t.Fatal(err)
		}
		list, pcm = append(list, dst[:n]), pcm[media.FrameSamples:]
	}
	return list
}

func TestOwnPackets(t *testing.T) {
	in := sound(t, "speech24.pcm")
	for bitrate, least := range map[int]float64{0: 8, opus.MinBitrate: 6, opus.MaxBitrate: 10} {
		list := encode(t, newEncoder(t, bitrate), in)
		octets := 0
		for _, p := range list {
			octets += len(p)
			if d := opus.Duration(p); d != media.FrameTime {
				t.Fatalf("a packet of %v", d)
			}
		}
		if bitrate == 0 {
			bitrate = opus.DefaultBitrate
		}
		if rate := 8 * octets * 50 / len(list); rate > bitrate*115/100 || rate < bitrate/2 {
			t.Errorf("%d bit/s became %d", bitrate, rate)
		}
		if db := likeness(t, in, decode(t, list)); db < least {
			t.Errorf("at %d bit/s the noise is only %.1f dB below the sound", bitrate, db)
		}
	}
}

func TestBitratesThatAreRefused(t *testing.T) {
	for _, n := range []int{-1, 16000, 100_000} {
		if _, err := opus.NewEncoder(n); err == nil {
			t.Errorf("%d bit/s were taken", n)
		}
	}
}

// One packet in five is lost. With the copies of the next packets more of the sound is there than by guessing.
func TestLostFramesAreRestoredFromTheNextPacket(t *testing.T) {
	in := sound(t, "speech24.pcm")
	e := newEncoder(t, 0)
	if err := e.SetLoss(20); err != nil {
		t.Fatal(err)
	}
	list := encode(t, e, in)
	whole := decode(t, list)
	lossy := func(fec bool) []int16 {
		d := newDecoder(t)
		var pcm []int16
		for i, p := range list {
			frame := make([]int16, media.MaxDecoded)
			if i%5 != 3 || i+1 == len(list) {
				n, err := d.Decode(p, frame)
				if err != nil {
					t.Fatal(err)
				}
				pcm = append(pcm, frame[:n]...)
				continue
			}
			next := list[i+1]
			if !fec {
				next = nil
			}
			if err := d.Conceal(next, frame[:media.FrameSamples]); err != nil {
				t.Fatal(err)
			}
			pcm = append(pcm, frame[:media.FrameSamples]...)
		}
		return pcm
	}
	with, without := likeness(t, whole, lossy(true)), likeness(t, whole, lossy(false))
	if with < without+3 {
		t.Errorf("%.1f dB with the copies, %.1f dB without", with, without)
	}
}

func TestVoice(t *testing.T) {
	list := packets(t, "speech24.opus")
	var voiced int
	for i, p := range list {
		voice, known := opus.Voice(p)
		if !known {
			t.Fatalf("packet %d is of a mode without the flag", i)
		}
		if i < 4 && voice { // there are 100 ms of silence before the first word
			t.Errorf("voice in packet %d", i)
		}
		if voice {
			voiced++
		}
	}
	if voiced < len(list)/2 {
		t.Errorf("voice in %d of %d packets of speech", voiced, len(list))
	}
	if _, known := opus.Voice(packets(t, "music64.opus")[5]); known {
		t.Error("CELT has no flag")
	}
}

func TestDuration(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		want   time.Duration
	}{
		"SILK, 60 ms":           {[]byte{11 << 3}, 60 * time.Millisecond},
		"hybrid, 10 ms, twice":  {[]byte{14<<3 | 1}, 20 * time.Millisecond},
		"CELT, 2.5 ms":          {[]byte{28 << 3}, 2500 * time.Microsecond},
		"CELT, 20 ms, six":      {[]byte{31<<3 | 3, 6}, 120 * time.Millisecond},
		"too many":              {[]byte{31<<3 | 3, 7}, 0},
		"the count is missing":  {[]byte{31<<3 | 3}, 0},
		"nothing":               {nil, 0},
		"SILK, 10 ms, twice":    {[]byte{8<<3 | 2}, 20 * time.Millisecond},
		"hybrid, 20 ms, a pair": {[]byte{15<<3 | 2}, 40 * time.Millisecond},
	} {
		if got := opus.Duration(c.packet); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestNothingIsAllocatedForAFrame(t *testing.T) {
	pcm, dst := sound(t, "speech24.pcm")[8000:8320], make([]byte, media.MaxFrameBytes)
	list, out := packets(t, "speech24.opus"), make([]int16, media.MaxDecoded)
	e, d := newEncoder(t, 0), newDecoder(t)
	i := 0
	if n := testing.AllocsPerRun(100, func() {
		if _, err := e.Encode(pcm, dst); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decode(list[i%len(list)], out); err != nil {
			t.Fatal(err)
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range packets(f, "speech32.opus")[:4] {
		f.Add(p)
	}
	f.Add(packets(f, "music64.opus")[7])
	f.Add([]byte{3, 0xff, 0xff})
	good := packets(f, "speech24.opus")
	d := newDecoder(f)
	pcm := make([]int16, media.MaxDecoded)
	i := 0
	f.Fuzz(func(t *testing.T, payload []byte) {
		opus.Voice(payload)
		if n, err := d.Decode(payload, pcm); err == nil && opus.Duration(payload) != time.Duration(n)*time.Second/media.Rate {
			t.Fatalf("%d samples from a packet of %v", n, opus.Duration(payload))
		}
		if err := d.Conceal(payload, pcm[:media.FrameSamples]); err != nil && len(payload) == 0 {
			t.Fatal(err)
		}
		if i++; i%2 == 0 { // what came before does not spoil what comes after
			if n, err := d.Decode(good[i/2%len(good)], pcm); n != media.FrameSamples || err != nil {
				t.Fatalf("a good packet gave %d samples, %v", n, err)
			}
		}
	})
}

func BenchmarkFrame(b *testing.B) {
	pcm, dst := sound(b, "speech24.pcm"), make([]byte, media.MaxFrameBytes)
	b.Run("encode", func(b *testing.B) {
		e := newEncoder(b, 0)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			at := i * media.FrameSamples % (len(pcm) - media.FrameSamples)
			if _, err := e.Encode(pcm[at:at+media.FrameSamples], dst); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		list, out, d := encode(b, newEncoder(b, 0), pcm), make([]int16, media.MaxDecoded), newDecoder(b)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := d.Decode(list[i%len(list)], out); err != nil {
				b.Fatal(err)
			}
		}
	})
}
