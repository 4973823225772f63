package codec_test

import (
	"math"
	"testing"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/xmppd/fault"
)

func tone(hz float64, at, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(at+i)/media.Rate))
	}
	return pcm
}

// loudness is that of one tone in pcm, as a share of its amplitude of 8000.
func loudness(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, s := range pcm {
		w := 2 * math.Pi * hz * float64(i) / media.Rate
		re += float64(s) * math.Cos(w)
		im += float64(s) * math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm)) / 8000
}

func TestATonePassesThroughEachCodec(t *testing.T) {
	for _, c := range codec.All {
		t.Run(c.Name, func(t *testing.T) {
			enc, err := codec.NewEncoder(c)
			if err != nil {
				t.Fatal(err)
			}
			dec, err := codec.NewDecoder(c)
			if err != nil {
				t.Fatal(err)
			}
			var out []int16
			payload, pcm := make([]byte, media.MaxFrameBytes), make([]int16, media.MaxDecoded)
			for f := range 50 {
				n, err := enc.Encode(tone(700, f*media.FrameSamples, media.FrameSamples), payload)
				if err != nil || n == 0 {
					t.Fatalf("%d octets, %v", n, err)
				}
				if f == 30 { // one frame is lost
					if err := dec.Conceal(nil, pcm[:media.FrameSamples]); err != nil {
						t.Fatal(err)
					}
					out = append(out, pcm[:media.FrameSamples]...)
					continue
				}
				m, err := dec.Decode(payload[:n], pcm)
				if err != nil || m != media.FrameSamples {
					t.Fatalf("%d samples, %v", m, err)
				}
				out = append(out, pcm[:m]...)
			}
			for at := 6400; at < 14400; at += 1600 {
				least := 0.8
				if at == 9600 { // here the lost frame lies; an encoder that expects speech is not good at guessing a tone
					least = 0.4
				}
				if l := loudness(out[at:at+1600], 700); l < least || l > 1.2 {
					t.Errorf("the tone comes out %.2f times as loud at %d", l, at)
				}
			}
		})
	}
}

func TestACodecThatThereIsNot(t *testing.T) {
	if _, err := codec.NewEncoder(media.VP8); !fault.Is(err, fault.Invalid) {
		t.Errorf("encoder: %v", err)
	}
	if _, err := codec.NewDecoder(media.Codec{Name: "opus", Clock: 8000}); !fault.Is(err, fault.Invalid) {
		t.Errorf("decoder: %v", err)
	}
}

func TestPayloadsThatAreTooLongAreRefused(t *testing.T) {
	for _, c := range []media.Codec{media.G722, media.PCMA, media.PCMU} {
		dec, err := codec.NewDecoder(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dec.Decode(make([]byte, 1400), make([]int16, media.MaxDecoded)); err == nil {
			t.Errorf("%s: 1400 octets were taken", c)
		}
		if n, err := dec.Decode(make([]byte, 1), make([]int16, media.MaxDecoded)); n != 2 || err != nil {
			t.Errorf("%s: one octet gave %d samples, %v", c, n, err)
		}
	}
}

func TestNothingIsAllocatedForAFrame(t *testing.T) {
	for _, c := range codec.All {
		enc, _ := codec.NewEncoder(c)
		dec, _ := codec.NewDecoder(c)
		in, payload, out := tone(300, 0, media.FrameSamples), make([]byte, media.MaxFrameBytes), make([]int16, media.MaxDecoded)
		if n := testing.AllocsPerRun(50, func() {
			k, _ := enc.Encode(in, payload)
			dec.Decode(payload[:k], out)
			if c != media.Opus { // gopus allocates as it conceals, which is seldom
				dec.Conceal(nil, out[:media.FrameSamples])
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", c, n)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range codec.All {
		enc, _ := codec.NewEncoder(c)
		dec, _ := codec.NewDecoder(c)
		in, payload, out := tone(300, 0, media.FrameSamples), make([]byte, media.MaxFrameBytes), make([]int16, media.MaxDecoded)
		n := 0
		b.Run(c.Name+" encode", func(b *testing.B) {
			for b.Loop() {
				n, _ = enc.Encode(in, payload)
			}
		})
		b.Run(c.Name+" decode", func(b *testing.B) {
			for b.Loop() {
				dec.Decode(payload[:n], out)
			}
		})
	}
}

func TestSamples(t *testing.T) {
	for _, c := range codec.All {
		enc, _ := codec.NewEncoder(c)
		payload := make([]byte, media.MaxFrameBytes)
		n, _ := enc.Encode(tone(300, 0, media.FrameSamples), payload)
		if got := codec.Samples(c, payload[:n]); got != media.FrameSamples {
			t.Errorf("%s: a frame has %d samples", c, got)
		}
	}
	if codec.Samples(media.PCMA, make([]byte, 1300)) != 0 || codec.Samples(media.VP8, []byte{1, 2}) != 0 || codec.Samples(media.Opus, nil) != 0 {
		t.Error("samples of what is no payload")
	}
}
