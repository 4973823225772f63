package g711_test

import (
	"testing"

	"plenum/components/media/g711"
)

// Values of G.711 tables 1 and 2: the ends of the segments and the codes with the bits as they are sent.
func TestCodesOfTheTables(t *testing.T) {
	for _, c := range []struct {
		name string
		law  *g711.Law
		code byte
		pcm  int16
	}{
		{"A-law, least positive", g711.ALaw, 0xd5, 8},
		{"A-law, least negative", g711.ALaw, 0x55, -8},
		{"A-law, greatest", g711.ALaw, 0xaa, 32256},
		{"A-law, least of all", g711.ALaw, 0x2a, -32256},
		{"A-law, first of the second segment", g711.ALaw, 0xc5, 264},
		{"A-law, first of the third segment", g711.ALaw, 0xf5, 528},
		{"µ-law, positive zero", g711.MuLaw, 0xff, 0},
		{"µ-law, one step", g711.MuLaw, 0xfe, 8},
		{"µ-law, greatest", g711.MuLaw, 0x80, 32124},
		{"µ-law, least of all", g711.MuLaw, 0x00, -32124},
		{"µ-law, first of the second segment", g711.MuLaw, 0xef, 132},
	} {
		t.Run(c.name, func(t *testing.T) {
			pcm, code := make([]int16, 1), make([]byte, 1)
			c.law.Decode(pcm, []byte{c.code})
			c.law.Encode(code, []int16{c.pcm})
			if pcm[0] != c.pcm || code[0] != c.code {
				t.Errorf("%#02x is %d, want %d; %d is %#02x", c.code, pcm[0], c.pcm, c.pcm, code[0])
			}
		})
	}
}

func TestEveryCodeComesBack(t *testing.T) {
	for name, law := range map[string]*g711.Law{"A-law": g711.ALaw, "µ-law": g711.MuLaw} {
		for c := range 256 {
			pcm, code := make([]int16, 1), make([]byte, 1)
			law.Decode(pcm, []byte{byte(c)})
			law.Encode(code, pcm)
			if int(code[0]) != c && !(law == g711.MuLaw && c == 0x7f) { // negative zero is sent as positive
				t.Errorf("%s: %#02x is %d is %#02x", name, c, pcm[0], code[0])
			}
		}
	}
}

// No sample is off by more than half a step, which is a 32nd of it, or half the smallest.
func TestNoSampleIsOffByMoreThanHalfAStep(t *testing.T) {
	for name, law := range map[string]*g711.Law{"A-law": g711.ALaw, "µ-law": g711.MuLaw} {
		for s := -32600; s <= 32600; s++ {
			code, pcm := make([]byte, 1), make([]int16, 1)
			law.Encode(code, []int16{int16(s)})
			law.Decode(pcm, code)
			if off, most := abs(int(pcm[0])-s), (abs(s)+132)/32+8; off > most {
				t.Fatalf("%s: %d became %d, %d away", name, s, pcm[0], off)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func BenchmarkFrame(b *testing.B) {
	pcm, code := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		pcm[i] = int16(i * 997)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g711.ALaw.Encode(code, pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g711.ALaw.Decode(pcm, code)
		}
	})
}
