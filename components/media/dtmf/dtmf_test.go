package dtmf_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/dtmf"
	"plenum/components/media/tone"
	"plenum/xmppd/fault"
)

var start = time.Unix(1000, 0)

// send plays keys through a sender and returns its packets, with the frame that each stands for.
func send(t *testing.T, keys string, d time.Duration) (packets []dtmf.Packet, frames []int) {
	t.Helper()
	s := dtmf.NewSender(8000)
	if err := s.Press(keys, d); err != nil {
		t.Fatal(err)
	}
	for f := 0; s.Busy(); f++ {
		if p, ok := s.Next(uint32(160 * f)); ok {
			packets, frames = append(packets, p), append(frames, f)
		}
	}
	return packets, frames
}

func TestAKeyAsItIsSent(t *testing.T) {
	packets, frames := send(t, "5", 60*time.Millisecond)
	want := []struct {
		marker, end bool
		duration    uint16
	}{{true, false, 160}, {false, false, 320}, {false, true, 480}, {false, true, 480}, {false, true, 480}}
	if len(packets) != len(want) || !slices.Equal(frames, []int{0, 1, 2, 3, 4}) {
		t.Fatalf("%d packets in frames %v", len(packets), frames)
	}
	for i, p := range packets {
		e, err := dtmf.ParseEvent(p.Payload[:])
		if err != nil || e.Key() != '5' || e.End != want[i].end || e.Duration != want[i].duration || p.Marker != want[i].marker || p.Timestamp != 0 {
			t.Errorf("packet %d is %+v, %+v", i, p, e)
		}
	}
}

func TestKeysArriveAsTheyWereSent(t *testing.T) {
	for name, lost := range map[string]func(i int) bool{
		"all packets":                func(int) bool { return false },
		"but the first of each":      func(i int) bool { return i%7 == 0 },
		"but two of the three last":  func(i int) bool { return i%7 > 4 },
		"each packet in three":       func(i int) bool { return i%3 == 1 },
		"none that says the end":     func(i int) bool { return i%7 >= 4 },
		"only the one that ends it":  func(i int) bool { return i%7 != 4 },
		"only the first of each key": func(i int) bool { return i%7 != 0 },
	} {
		t.Run(name, func(t *testing.T) {
			packets, frames := send(t, "1#d0", 100*time.Millisecond)
			r := dtmf.NewReceiver(8000)
			var got string
			take := func(p dtmf.Press, ok bool) {
				if ok {
					got += string(rune(p.Key))
				}
			}
			for i, p := range packets {
				if lost(i) {
					continue
				}
				now := start.Add(time.Duration(frames[i]) * media.FrameTime)
				press, ok, err := r.Receive(p.Timestamp, p.Payload[:], now)
				if err != nil {
					t.Fatal(err)
				}
				take(press, ok)
				take(r.Expire(now))
			}
			take(r.Expire(start.Add(time.Minute)))
			if got != "1#D0" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHowLongAKeyWasPressed(t *testing.T) {
	packets, _ := send(t, "7", 240*time.Millisecond)
	r := dtmf.NewReceiver(8000)
	for i, p := range packets {
		if press, ok, _ := r.Receive(p.Timestamp, p.Payload[:], start); ok != (i == 11) || ok && press.Duration != 240*time.Millisecond {
			t.Errorf("packet %d: %+v, %v", i, press, ok)
		}
	}
}

func TestAVeryLongKeyIsOne(t *testing.T) {
	r := dtmf.NewReceiver(8000)
	var n int
	for _, c := range []struct {
		timestamp uint32
		event     dtmf.Event
	}{{100, dtmf.Event{Code: 3, Duration: 160}}, {100, dtmf.Event{Code: 3, Duration: 0xffff}}, {100 + 0xffff, dtmf.Event{Code: 3, Duration: 160}}, {100 + 0xffff, dtmf.Event{Code: 3, End: true, Duration: 8000}}} {
		p, ok, err := r.Receive(c.timestamp, dtmf.AppendEvent(nil, c.event), start)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			n++
			if d := p.Duration.Round(time.Millisecond); d != 9192*time.Millisecond {
				t.Errorf("pressed for %v", d)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d presses", n)
	}
}

func TestWhatIsNoKey(t *testing.T) {
	r := dtmf.NewReceiver(8000)
	if _, ok, err := r.Receive(1, dtmf.AppendEvent(nil, dtmf.Event{Code: 16, End: true, Duration: 100}), start); ok || err != nil {
		t.Errorf("a flash is a key: %v", err)
	}
	if _, _, err := r.Receive(1, []byte{1, 2, 3}, start); err == nil {
		t.Error("three octets were taken")
	}
	if dtmf.Valid("12x") || !dtmf.Valid("") || !dtmf.Valid("0*#aD") {
		t.Error("wrong keys")
	}
	s := dtmf.NewSender(48000)
	if err := s.Press("12?", 0); !fault.Is(err, fault.Invalid) || s.Busy() {
		t.Errorf("%v", err)
	}
	if err := s.Press(string(make([]byte, 0))+"0123456789012345678901234567890123456789012345678901234567890123x"[:64], 0); err != nil {
		t.Error(err)
	}
	if err := s.Press("1", 0); !fault.Is(err, fault.Limit) {
		t.Errorf("%v", err)
	}
}

// line is sound in which keys are pressed, each as long as given, with a pause of the same length after it.
func line(t testing.TB, keys string, d time.Duration, before int, gain float64) []int16 {
	t.Helper()
	pcm := make([]int16, before)
	for _, k := range []byte(keys) {
		tn, ok := dtmf.Tone(k)
		if !ok {
			t.Fatalf("no tone for %q", k)
		}
		tn.Amplitude *= gain
		part := make([]int16, int(d)*media.Rate/int(time.Second))
		tone.NewGenerator(tone.Signal{Tone: tn}).Read(part)
		pcm = append(append(pcm, part...), make([]int16, len(part))...)
	}
	return append(pcm, make([]int16, 640)...)
}

func detect(pcm []int16) string {
	var d dtmf.Detector
	var keys []byte
	for len(pcm) >= media.FrameSamples {
		if k := d.Detect(pcm[:media.FrameSamples]); k != 0 {
			keys = append(keys, k)
		}
		pcm = pcm[media.FrameSamples:]
	}
	return string(keys)
}

func TestKeysAreHeardWhereverTheyBegin(t *testing.T) {
	for before := 0; before < 320; before += 37 {
		for _, d := range []time.Duration{40 * time.Millisecond, 50 * time.Millisecond, 120 * time.Millisecond} {
			for _, gain := range []float64{0.05, 1, 2.5} {
				if got := detect(line(t, dtmf.Keys, d, before, gain)); got != dtmf.Keys {
					t.Errorf("keys of %v, %d samples late, at %v: heard %q", d, before, gain, got)
				}
			}
		}
	}
}

func TestKeysAreHeardThroughTheCodecsOfTelephones(t *testing.T) {
	for _, c := range []media.Codec{media.PCMA, media.PCMU} {
		enc, err := codec.NewEncoder(c)
		if err != nil {
			t.Fatal(err)
		}
		dec, err := codec.NewDecoder(c)
		if err != nil {
			t.Fatal(err)
		}
		var heard []int16
		payload, pcm := make([]byte, media.MaxFrameBytes), make([]int16, media.MaxDecoded)
		for in := line(t, dtmf.Keys, 60*time.Millisecond, 100, 0.5); len(in) >= media.FrameSamples; in = in[media.FrameSamples:] {
			n, _ := enc.Encode(in[:media.FrameSamples], payload)
			m, _ := dec.Decode(payload[:n], pcm)
			heard = append(heard, pcm[:m]...)
		}
		if got := detect(heard); got != dtmf.Keys {
			t.Errorf("%s: heard %q", c, got)
		}
	}
}

func TestWhatIsNotTakenForAKey(t *testing.T) {
	two := func(a, b, amplitudeA, amplitudeB float64, d time.Duration) []int16 {
		x, y := make([]int16, int(d)*media.Rate/int(time.Second)), make([]int16, int(d)*media.Rate/int(time.Second))
		tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{a}, Amplitude: amplitudeA}}).Read(x)
		tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{b}, Amplitude: amplitudeB}}).Read(y)
		for i := range x {
			x[i] += y[i]
		}
		return append(x, make([]int16, 640)...)
	}
	noise := make([]int16, 32000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = int16(random.IntN(16000) - 8000)
	}
	for name, pcm := range map[string][]int16{
		"noise":                        noise,
		"silence":                      make([]int16, 3200),
		"a tone of one row":            two(770, 770, 4000, 4000, time.Second),
		"the tone of a free line":      two(425, 425, 4000, 4000, time.Second),
		"a pair that differs too much": two(770, 1336, 8000, 2000, time.Second),
		"a pair of two rows":           two(697, 852, 5000, 5000, time.Second),
		"20 ms of a key":               two(770, 1336, 5000, 5000, 20*time.Millisecond),
		"too quiet":                    two(770, 1336, 80, 80, time.Second),
	} {
		if got := detect(pcm); got != "" {
			t.Errorf("%s: heard %q", name, got)
		}
	}
	if got := detect(two(770*1.015, 1336*0.985, 5000, 5000, 60*time.Millisecond)); got != "5" {
		t.Errorf("a key that is a little out of tune: %q", got)
	}
}

func TestAKeyWithABriefGapIsOne(t *testing.T) {
	pcm := line(t, "5", 200*time.Millisecond, 0, 1)
	clear(pcm[1600:1700]) // 6 ms
	if got := detect(pcm); got != "5" {
		t.Errorf("heard %q", got)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0, 100, 5, 10, 0, 160, 0, 100, 5, 138, 1, 64})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := dtmf.NewReceiver(8000)
		now := start
		for len(data) >= 2 {
			n := min(2+int(data[0]%6), len(data))
			if p, ok, _ := r.Receive(uint32(data[1])*80, data[2:n], now); ok && (p.Key == 0 || p.Duration < 0) {
				t.Fatalf("%+v", p)
			}
			now = now.Add(time.Duration(data[0]) * time.Millisecond)
			r.Expire(now)
			data = data[n:]
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	var d dtmf.Detector
	pcm := line(b, "5", 100*time.Millisecond, 0, 1)[:media.FrameSamples]
	b.ReportAllocs()
	for b.Loop() {
		d.Detect(pcm)
	}
}
