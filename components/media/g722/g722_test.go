package g722_test

import (
	"hash/crc32"
	"math"
	"testing"

	"plenum/components/media/g722"
)

// signal is made with integers alone, so that it is the same on every machine: sweeps, noise, silence and overload.
func signal(n int) []int16 {
	pcm := make([]int16, n)
	phase, noise := 0, uint32(1)
	for i := range pcm {
		noise = noise*1664525 + 1013904223
		phase += 20 + i/8%3000
		v := phase%65536 - 32768
		if v = 2*max(v, -v) - 32768; i/4000%4 == 1 {
			v = int(int16(noise >> 16))
		}
		switch i / 16000 % 3 {
		case 0:
			v /= 4
		case 1:
			v = min(max(3*v, -32768), 32767)
		}
		if i/8000%5 == 4 {
			v = 0
		}
		pcm[i] = int16(v)
	}
	return pcm
}

// What another implementation makes of the same signal has the same sums (CRC-32).
const (
	wantCode  = 0x07fc1281
	wantSound = 0x291fef3a
)

func TestCodeIsBitExact(t *testing.T) {
	pcm := signal(96000)
	code := make([]byte, len(pcm)/2)
	n := g722.NewEncoder().Encode(code, pcm)
	if sum := crc32.ChecksumIEEE(code); n != 48000 || sum != wantCode {
		t.Errorf("%d octets of code with sum %#08x, want %#08x", n, sum, wantCode)
	}
	for i := range 8000 { // codes that no encoder makes
		code = append(code, byte(i*i>>3))
	}
	out := make([]int16, 2*len(code))
	n = g722.NewDecoder().Decode(out, code)
	raw := make([]byte, 0, 2*n)
	for _, s := range out {
		raw = append(raw, byte(s), byte(uint16(s)>>8))
	}
	if sum := crc32.ChecksumIEEE(raw); n != 112000 || sum != wantSound {
		t.Errorf("%d samples with sum %#08x, want %#08x", n, sum, wantSound)
	}
}

func TestChunksMakeNoDifference(t *testing.T) {
	pcm := signal(20000)
	whole := make([]byte, len(pcm)/2)
	g722.NewEncoder().Encode(whole, pcm)
	e, d := g722.NewEncoder(), g722.NewDecoder()
	want, got := make([]int16, len(pcm)), make([]int16, 0, len(pcm))
	g722.NewDecoder().Decode(want, whole)
	for at, i := 0, 0; at < len(pcm); i++ {
		n := min(2*(1+i*37%200), len(pcm)-at)
		code, out := make([]byte, n/2), make([]int16, n)
		e.Encode(code, pcm[at:at+n])
		d.Decode(out, code)
		got = append(got, out...)
		at += n
	}
	for i := range want {
		if want[i] != got[i] {
			t.Fatalf("sample %d is %d in pieces, %d in one", i, got[i], want[i])
		}
	}
}

func TestSpeechBandsComeThrough(t *testing.T) {
	for _, hz := range []float64{300, 1000, 3000, 5000, 6500} {
		in := make([]int16, 16000)
		for i := range in {
			in[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/16000))
		}
		code, out := make([]byte, 8000), make([]int16, 16000)
		g722.NewEncoder().Encode(code, in)
		g722.NewDecoder().Decode(out, code)
		var re, im, all float64
		for i, s := range out[8000:] {
			w := 2 * math.Pi * hz * float64(i) / 16000
			re += float64(s) * math.Cos(w) / 4000
			im += float64(s) * math.Sin(w) / 4000
			all += float64(s) * float64(s) / 8000
		}
		tone := (re*re + im*im) / 2
		snr := 10 * math.Log10(tone/(all-tone))
		if level := math.Sqrt(2 * tone); level < 7000 || level > 9000 || snr < 15 {
			t.Errorf("%v Hz at 8000 came out at %.0f, %.1f dB above the noise", hz, level, snr)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	pcm, code := signal(32000)[16000:16320], make([]byte, 160)
	b.Run("encode", func(b *testing.B) {
		e := g722.NewEncoder()
		b.ReportAllocs()
		for b.Loop() {
			e.Encode(code, pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		d := g722.NewDecoder()
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(pcm, code)
		}
	})
}
