package wav_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/tone"
	"plenum/components/media/wav"
	"plenum/xmppd/fault"
)

// file makes a file with a format and data; further chunks may stand before the data.
func file(code, channels, rate, bits int, data []byte, before ...byte) []byte {
	var b []byte
	b = append(b, "RIFF\x00\x00\x00\x00WAVE"...)
	b = append(b, before...)
	b = append(b, "fmt \x10\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(code))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func TestFormats(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want []int16
	}{
		"16 bits":             {file(1, 1, 16000, 16, []byte{1, 0, 0xff, 0xff, 0, 0x80}), []int16{1, -1, -32768}},
		"8 bits":              {file(1, 1, 16000, 8, []byte{128, 255, 0}), []int16{0, 127 << 8, -32768}},
		"24 bits":             {file(1, 1, 16000, 24, []byte{9, 1, 0, 9, 0xff, 0xff}), []int16{1, -1}},
		"32 bits":             {file(1, 1, 16000, 32, []byte{9, 9, 1, 0}), []int16{1}},
		"A-law":               {file(6, 1, 16000, 8, []byte{0xaa, 0x55}), []int16{32256, -8}},
		"µ-law":               {file(7, 1, 16000, 8, []byte{0x80, 0xff}), []int16{32124, 0}},
		"two channels":        {file(1, 2, 16000, 16, []byte{100, 0, 200, 0, 10, 0, 20, 0}), []int16{150, 15}},
		"chunks before":       {file(1, 1, 16000, 16, []byte{5, 0}, append([]byte("LIST\x03\x00\x00\x00"), 1, 2, 3, 0)...), []int16{5}},
		"a half sample":       {file(1, 1, 16000, 16, []byte{5, 0, 7}), []int16{5}},
		"written to a pipe":   {append(bytes.TrimSuffix(file(1, 1, 16000, 16, nil), []byte{0, 0, 0, 0}), 0xff, 0xff, 0xff, 0xff, 5, 0, 6, 0), []int16{5, 6}},
		"nothing but headers": {file(1, 1, 16000, 16, nil), []int16{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wav.Read(bytes.NewReader(c.file), time.Second)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	good := file(1, 1, 16000, 16, make([]byte, 100))
	for name, c := range map[string]struct {
		file []byte
		kind fault.Kind
	}{
		"nothing":                  {nil, fault.Invalid},
		"something else":           {[]byte("\x89PNG 1234567890"), fault.Invalid},
		"only a header":            {good[:12], fault.Invalid},
		"cut off in the format":    {good[:30], fault.Invalid},
		"data without a format":    {append(slices.Clone(good[:12]), good[36:]...), fault.Invalid},
		"no channels":              {file(1, 0, 16000, 16, nil), fault.Invalid},
		"too many channels":        {file(1, 9, 16000, 16, nil), fault.Invalid},
		"no rate":                  {file(1, 1, 0, 16, nil), fault.Invalid},
		"an odd rate":              {file(1, 1, 16001, 16, make([]byte, 10)), fault.Invalid},
		"an unknown format":        {file(85, 1, 16000, 16, nil), fault.Invalid},
		"12 bits":                  {file(1, 1, 16000, 12, nil), fault.Invalid},
		"longer than is allowed":   {file(1, 1, 16000, 16, make([]byte, 32002)), fault.Limit},
		"a chunk beyond the end":   {file(1, 1, 16000, 16, nil, []byte("LIST\xff\xff\xff\x7f")...), fault.Invalid},
		"a format that is too big": {append(slices.Clone(good[:12]), "fmt \xff\xff\xff\x7f"...), fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := wav.Read(bytes.NewReader(c.file), time.Second); !fault.Is(err, c.kind) {
				t.Errorf("error %v, want one of kind %v", err, c.kind)
			}
		})
	}
}

func TestOtherRates(t *testing.T) {
	for _, rate := range []int{8000, 22050, 44100, 48000} {
		var data []byte
		for i := range rate {
			data = binary.LittleEndian.AppendUint16(data, uint16(int16(8000*math.Sin(2*math.Pi*600*float64(i)/float64(rate)))))
		}
		pcm, err := wav.Read(bytes.NewReader(file(1, 1, rate, 16, data)), time.Second)
		if err != nil || len(pcm) < media.Rate-1 || len(pcm) > media.Rate+1 {
			t.Fatalf("%d: %d samples, %v", rate, len(pcm), err)
		}
		if a := tone.Amplitude(pcm[3200:12800], 600); math.Abs(a-8000) > 80 {
			t.Errorf("%d: amplitude %.0f", rate, a)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := wav.NewWriter(f, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]int16{10, 20, -30, -50}); err != nil {
		t.Fatal(err)
	}
	read := func() []int16 {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pcm, err := wav.Read(bytes.NewReader(b), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return pcm
	}
	if got := read(); !slices.Equal(got, []int16{15, -40}) {
		t.Errorf("before it was closed: %v", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(); !slices.Equal(got, []int16{15, -40}) {
		t.Errorf("%v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(1, 2, 44100, 24, make([]byte, 60)))
	f.Add(file(7, 1, 8000, 8, make([]byte, 60), []byte("LIST\x02\x00\x00\x0012")...))
	f.Fuzz(func(t *testing.T, data []byte) {
		pcm, err := wav.Read(bytes.NewReader(data), time.Second)
		if err == nil && len(pcm) > media.Rate+1 {
			t.Fatalf("%d samples of a second", len(pcm))
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatal(err)
		}
	})
}
