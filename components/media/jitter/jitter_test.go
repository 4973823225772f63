package jitter_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/g711"
	"plenum/components/media/jitter"
	"plenum/components/media/tone"
)

// A sent packet: when it arrives, and its number in the order of sending.
type sent struct {
	at     time.Duration
	number int
}

// A network makes a stream of packets of 20 ms of a steady tone and plays it.
type network struct {
	delay    func(i int) time.Duration // of the i-th packet
	lost     func(i int) bool
	drift    float64 // of the sender's clock, in parts
	packets  int
	skipping func(frame int) bool
}

type outcome struct {
	stats          jitter.Stats
	played, silent int
	glitches       int // frames after the first in which the tone is not whole
}

var start = time.Unix(1000, 0)

func (n network) run(t *testing.T) outcome {
	t.Helper()
	b, err := jitter.New(media.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	// A frame has ten periods of 500 Hz, so that all frames are the same.
	pcm, payload := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*float64(i)/16))
	}
	g711.MuLaw.Encode(payload, pcm)
	var arrivals []sent
	period := time.Duration(float64(media.FrameTime) / (1 + n.drift))
	for i := range n.packets {
		if n.lost == nil || !n.lost(i) {
			at := time.Duration(i) * period
			if n.delay != nil {
				at += n.delay(i)
			}
			arrivals = append(arrivals, sent{at, i})
		}
	}
	slices.SortStableFunc(arrivals, func(a, b sent) int { return int(a.at - b.at) })

	var o outcome
	frame := make([]int16, media.FrameSamples)
	for f := 0; f < n.packets; f++ {
		now := time.Duration(f)*media.FrameTime + 7*time.Millisecond
		for len(arrivals) > 0 && arrivals[0].at <= now {
			i := arrivals[0].number
			p := media.NewPacket(200)
			p.Make(media.Header{SSRC: 1, Sequence: uint16(i + 65000), Timestamp: uint32(i * 160)}, payload, start.Add(arrivals[0].at))
			b.Receive(nil, p)
			p.Release()
			arrivals = arrivals[1:]
		}
		if n.skipping != nil && n.skipping(f) {
			b.Skip()
			continue
		}
		switch b.Frame(frame) {
		case jitter.Nothing:
			o.silent++
		case jitter.Played:
			o.played++
			if o.played > 1 && n.packets < 1000 && tone.Amplitude(frame, 500) < 6500 {
				o.glitches++
			}
		}
	}
	o.stats = b.Stats()
	return o
}

func TestASteadyStreamIsPlayedWhole(t *testing.T) {
	o := network{packets: 500}.run(t)
	if o.silent > 2 || o.glitches > 0 || o.stats.Made > 0 || o.stats.Late > 0 || o.stats.Dropped > 1 {
		t.Errorf("%+v", o)
	}
}

func TestAShakyNetwork(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	o := network{packets: 3000, delay: func(int) time.Duration { return time.Duration(random.IntN(60)) * time.Millisecond }}.run(t)
	if share := float64(o.stats.Made+o.stats.Late) / 3000; share > 0.05 {
		t.Errorf("%.1f %% were late or made up: %+v", 100*share, o)
	}
}

func TestPacketsThatOvertakeEachOther(t *testing.T) {
	o := network{packets: 500, delay: func(i int) time.Duration {
		if i%10 == 3 {
			return 45 * time.Millisecond
		}
		return 0
	}}.run(t)
	if o.stats.Late > 12 || o.stats.Made > 14 || o.stats.Inserted == 0 { // until it has learnt that they do, after two seconds
		t.Errorf("%+v", o)
	}
}

func TestLostPacketsAreConcealed(t *testing.T) {
	o := network{packets: 1000, lost: func(i int) bool { return i%20 == 7 }}.run(t)
	if o.stats.Lost != 50 || o.stats.Made < 50 || o.stats.Made > 55 || o.silent > 2 {
		t.Errorf("%+v", o)
	}
}

func TestAPauseOfTheSender(t *testing.T) {
	o := network{packets: 1000, lost: func(i int) bool { return i > 300 && i < 500 }}.run(t)
	// 3 frames are made up, the rest is silence, and then it goes on.
	if o.silent < 180 || o.silent > 205 || o.played < 780 || o.stats.Made > 20 {
		t.Errorf("%+v", o)
	}
}

func TestAStallIsCaughtUpWith(t *testing.T) {
	// For a second nothing comes, and then all at once: it is not played a second late.
	o := network{packets: 1500, delay: func(i int) time.Duration {
		if i >= 300 && i < 350 {
			return time.Duration(350-i) * media.FrameTime
		}
		return 0
	}}.run(t)
	if o.stats.Dropped < 30 || o.stats.Dropped > 60 {
		t.Errorf("%+v", o)
	}
}

func TestAnotherClockIsFollowed(t *testing.T) {
	for _, drift := range []float64{0.002, -0.002} { // ten times what sound cards have
		o := network{packets: 3000, drift: drift}.run(t) // a minute: 120 ms
		if o.stats.Made > 30 || o.silent > 10 || o.stats.Late > 0 || drift > 0 && (o.stats.Dropped < 3 || o.stats.Dropped > 9) {
			t.Errorf("drift %v: %+v", drift, o)
		}
	}
}

func TestSkippingKeepsPace(t *testing.T) {
	o := network{packets: 1000, skipping: func(f int) bool { return f/100%2 == 1 }}.run(t)
	if o.silent > 2 || o.stats.Made > 2 || o.stats.Dropped > 2 || o.played < 490 {
		t.Errorf("%+v", o)
	}
}

func TestANewStreamBeginsAnew(t *testing.T) {
	b, err := jitter.New(media.PCMA)
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, media.FrameSamples)
	played := 0
	for i := range 200 {
		h := media.Header{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(160 * i)}
		if i >= 100 { // restarted: other numbers, other clock
			h = media.Header{SSRC: 2, Sequence: uint16(i + 40000), Timestamp: uint32(160*i) + 1<<31}
		}
		p := media.NewPacket(200)
		p.Make(h, make([]byte, 160), start.Add(time.Duration(i)*media.FrameTime))
		b.Receive(nil, p)
		p.Release()
		if b.Frame(frame) == jitter.Played {
			played++
		}
	}
	if played < 190 {
		t.Errorf("%d of 200 frames played: %+v", played, b.Stats())
	}
	b.Close()
}

func TestPacketsOfOtherLengths(t *testing.T) {
	for _, octets := range []int{80, 240, 480} { // 10, 30, 60 ms
		b, err := jitter.New(media.PCMA)
		if err != nil {
			t.Fatal(err)
		}
		frame := make([]int16, media.FrameSamples)
		played, sentUnits := 0, 0
		for f := range 300 {
			for sentUnits < 160*(f+1) {
				p := media.NewPacket(500)
				p.Make(media.Header{SSRC: 1, Sequence: uint16(sentUnits / octets), Timestamp: uint32(sentUnits)}, make([]byte, octets), start.Add(time.Duration(sentUnits)*time.Second/8000))
				b.Receive(nil, p)
				p.Release()
				sentUnits += octets
			}
			if b.Frame(frame) == jitter.Played {
				played++
			}
		}
		if played < 285 {
			t.Errorf("packets of %d octets: %d of 300 frames played: %+v", octets, played, b.Stats())
		}
	}
}

func TestVideoIsNotPlayed(t *testing.T) {
	if _, err := jitter.New(media.VP8); err == nil {
		t.Error("a buffer for VP8")
	}
}

func TestNothingIsAllocatedForAFrame(t *testing.T) {
	b, err := jitter.New(media.Opus)
	if err != nil {
		t.Fatal(err)
	}
	enc, _ := codec.NewEncoder(media.Opus)
	payload := make([]byte, media.MaxFrameBytes)
	k, _ := enc.Encode(make([]int16, media.FrameSamples), payload)
	frame, i := make([]int16, media.FrameSamples), 0
	if n := testing.AllocsPerRun(300, func() {
		p := media.NewPacket(k)
		p.Make(media.Header{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(960 * i)}, payload[:k], start.Add(time.Duration(i)*media.FrameTime))
		b.Receive(nil, p)
		p.Release()
		b.Frame(frame)
		i++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever comes, frames can be had.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 0, 4, 9, 0, 200, 7, 7, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := jitter.New(media.PCMA)
		if err != nil {
			t.Fatal(err)
		}
		frame := make([]int16, media.FrameSamples)
		now, sequence := start, uint16(0)
		for len(data) >= 3 {
			sequence += uint16(int16(int8(data[0]))) * uint16(1+data[1]>>6*100)
			p := media.NewPacket(2000)
			p.Make(media.Header{SSRC: uint32(data[1] & 1), Sequence: sequence, Timestamp: uint32(sequence) * 160}, make([]byte, int(data[2])*8), now)
			b.Receive(nil, p)
			p.Release()
			switch data[1] & 6 {
			case 0:
				b.Frame(frame)
			case 2:
				b.Skip()
			}
			now = now.Add(time.Duration(data[2]) * time.Millisecond)
			data = data[3:]
		}
		for range 200 { // all that is there is given, and then there is silence
			b.Frame(frame)
		}
		if b.Frame(frame) != jitter.Nothing {
			t.Fatal("sound without packets")
		}
		b.Close()
	})
}

func BenchmarkSkip(b *testing.B) {
	buffer, err := jitter.New(media.Opus)
	if err != nil {
		b.Fatal(err)
	}
	enc, _ := codec.NewEncoder(media.Opus)
	payload := make([]byte, media.MaxFrameBytes)
	k, _ := enc.Encode(make([]int16, media.FrameSamples), payload)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		p := media.NewPacket(k)
		p.Make(media.Header{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(960 * i)}, payload[:k], start.Add(time.Duration(i)*media.FrameTime))
		buffer.Receive(nil, p)
		p.Release()
		buffer.Skip()
		i++
	}
}
