package mix_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/mix"
	"plenum/components/media/tone"
	"plenum/xmppd/fault"
)

var start = time.Unix(1000, 0)

// A party says a tone and listens.
type party struct {
	t       testing.TB
	port    *mix.Port
	track   *media.Track
	layer   *media.Layer
	voice   *tone.Generator
	encoder media.Encoder
	decoder media.Decoder
	codec   media.Codec
	levels  bool // states its level
	talks   bool
	n       int

	heard   []int16
	packets []*media.Packet
	headers []media.Header
	sizes   []int
}

func join(t testing.TB, m *mix.Mixer, c media.Codec, hz, amplitude float64) *party {
	t.Helper()
	p := &party{t: t, port: m.Join(), codec: c, levels: true, talks: true, voice: tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: amplitude}})}
	p.track = media.NewTrack(media.TrackConfig{Codec: c})
	p.layer = p.track.AddLayer("", 0)
	var err error
	if p.encoder, err = codec.NewEncoder(c); err != nil {
		t.Fatal(err)
	}
	if p.decoder, err = codec.NewDecoder(c); err != nil {
		t.Fatal(err)
	}
	if err := p.port.SetInput(p.track); err != nil {
		t.Fatal(err)
	}
	out, err := p.port.For([]media.Codec{c})
	if err != nil {
		t.Fatal(err)
	}
	out.Layers()[0].Subscribe(p)
	return p
}

// Receive implements media.Receiver.
func (p *party) Receive(_ *media.Layer, packet *media.Packet) {
	pcm := make([]int16, media.MaxDecoded)
	n, err := p.decoder.Decode(packet.Payload, pcm)
	if err != nil {
		p.t.Errorf("decode what was mixed: %v", err)
	}
	p.heard = append(p.heard, pcm[:n]...)
	p.packets, p.headers, p.sizes = append(p.packets, packet), append(p.headers, packet.Header), append(p.sizes, len(packet.Payload))
}

func (p *party) say(now time.Time) {
	pcm, payload := make([]int16, media.FrameSamples), make([]byte, media.MaxFrameBytes)
	if p.talks {
		p.voice.Read(pcm)
	}
	n, err := p.encoder.Encode(pcm, payload)
	if err != nil {
		p.t.Fatal(err)
	}
	packet := media.NewPacket(n)
	packet.Make(media.Header{SSRC: 7, Sequence: uint16(p.n), Timestamp: uint32(p.n) * p.codec.FrameUnits()}, payload[:n], now)
	if p.levels {
		packet.HasLevel, packet.Level, packet.Voice = true, media.Measure(pcm), p.talks
	}
	p.layer.Publish(packet)
	p.n++
}

// A conference ticks.
type conference struct {
	*mix.Mixer
	n uint32
}

func (c *conference) run(frames int, parties ...*party) {
	for range frames {
		now := start.Add(time.Duration(c.n) * media.FrameTime)
		for _, p := range parties {
			p.say(now)
		}
		c.Tick(c.n, now)
		c.n++
	}
}

// hears reports how loud a tone was in the last fifth of a second, in relation to 4000.
func (p *party) hears(hz float64) float64 {
	if len(p.heard) < 3200 {
		p.t.Fatalf("%d samples heard", len(p.heard))
	}
	return tone.Amplitude(p.heard[len(p.heard)-3200:], hz) / 4000
}

func TestEverybodyHearsTheOthersAndNotHimself(t *testing.T) {
	for _, c := range codec.All {
		t.Run(c.Name, func(t *testing.T) {
			m := &conference{Mixer: mix.New()}
			a, b := join(t, m.Mixer, c, 500, 4000), join(t, m.Mixer, c, 700, 4000)
			x := join(t, m.Mixer, c, 900, 4000)
			x.talks = false
			m.run(75, a, b, x)
			for _, w := range []struct {
				name   string
				p      *party
				hz     float64
				listen bool
			}{{"a", a, 500, false}, {"a", a, 700, true}, {"b", b, 500, true}, {"b", b, 700, false}, {"x", x, 500, true}, {"x", x, 700, true}} {
				loud := w.p.hears(w.hz)
				if w.listen && (loud < 0.6 || loud > 1.3) || !w.listen && loud > 0.1 {
					t.Errorf("%s hears %v Hz at %.2f", w.name, w.hz, loud)
				}
			}
		})
	}
}

func TestCodecsMeet(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	var parties []*party
	for i, c := range codec.All {
		p := join(t, m.Mixer, c, 500+200*float64(i), 4000)
		p.talks = i < 2
		parties = append(parties, p)
	}
	m.run(75, parties...)
	for i, p := range parties {
		for j, hz := range []float64{500, 700} {
			if loud := p.hears(hz); i != j && (loud < 0.6 || loud > 1.3) {
				t.Errorf("%s hears %v Hz at %.2f", p.codec, hz, loud)
			}
		}
	}
}

func TestListenersShareOnePacket(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	a := join(t, m.Mixer, media.Opus, 500, 4000)
	x, y := join(t, m.Mixer, media.Opus, 0, 0), join(t, m.Mixer, media.Opus, 0, 0)
	x.talks, y.talks = false, false
	m.run(20, a, x, y)
	for i := range x.packets {
		if x.packets[i] != y.packets[i] {
			t.Fatalf("packet %d was made twice", i)
		}
	}
	if a.packets[19] == x.packets[19] {
		t.Error("who speaks hears himself")
	}
}

func TestNumbersGoOnWhenSomebodyBeginsToSpeak(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	a, b := join(t, m.Mixer, media.PCMA, 500, 4000), join(t, m.Mixer, media.PCMA, 700, 4000)
	for i := range 10 {
		b.talks = i%2 == 0
		m.run(30, a, b)
	}
	for i := 1; i < len(b.headers); i++ {
		before, h := b.headers[i-1], b.headers[i]
		if h.Sequence != before.Sequence+1 || h.Timestamp != before.Timestamp+160 || h.SSRC != before.SSRC {
			t.Fatalf("%+v follows %+v", h, before)
		}
	}
	if len(b.headers) != 300 {
		t.Errorf("%d packets in 300 frames", len(b.headers))
	}
}

func TestAFourthVoiceWaits(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	var loud []*party
	for i := range 3 {
		loud = append(loud, join(t, m.Mixer, media.PCMA, 500+200*float64(i), 8000))
	}
	whisper, x := join(t, m.Mixer, media.PCMA, 1500, 500), join(t, m.Mixer, media.PCMA, 0, 0)
	x.talks = false
	m.run(50, append(loud, whisper, x)...)
	if l := x.hears(1500); l > 0.02 {
		t.Errorf("the fourth is heard at %.2f", l)
	}
	loud[0].talks = false
	m.run(60, append(loud, whisper, x)...)
	if l := x.hears(1500); l < 0.1 {
		t.Errorf("the fourth is heard at %.2f when there is room", l)
	}
}

func TestLevelsAreMeasuredWherePacketsDoNotSayThem(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	a, x := join(t, m.Mixer, media.PCMA, 500, 4000), join(t, m.Mixer, media.PCMA, 0, 0)
	a.levels, x.levels, x.talks = false, false, false
	m.run(50, a, x)
	if l := x.hears(500); l < 0.8 {
		t.Errorf("heard at %.2f", l)
	}
	if level, _ := a.track.Level(start.Add(50 * media.FrameTime)); level > 30 {
		t.Errorf("the track's level is %d", level)
	}
	if m.Dominant() != a.port {
		t.Error("another is dominant")
	}
}

func TestABlockedVoiceIsNotHeard(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	a, x := join(t, m.Mixer, media.PCMA, 500, 4000), join(t, m.Mixer, media.PCMA, 0, 0)
	x.talks = false
	m.run(30, a, x)
	a.track.SetBlocked(true)
	m.run(50, a, x)
	if l := x.hears(500); l > 0.02 {
		t.Errorf("heard at %.2f", l)
	}
	a.track.SetBlocked(false)
	m.run(30, a, x)
	if l := x.hears(500); l < 0.8 {
		t.Errorf("heard at %.2f afterwards", l)
	}
}

// A tone that was taken for the noise of the room is heard once the party that was muted speaks again, in whatever codec.
func TestWhoUnmutesIsHeard(t *testing.T) {
	for _, c := range codec.All {
		t.Run(c.Name, func(t *testing.T) {
			m := &conference{Mixer: mix.New()}
			a, x := join(t, m.Mixer, c, 500, 4000), join(t, m.Mixer, c, 0, 0)
			a.levels, x.levels, x.talks = c.Is(media.Opus), false, false
			m.run(30*50, a, x)
			a.track.SetMuted(true)
			m.run(50, a, x)
			if l := x.hears(500); l > 0.02 {
				t.Errorf("heard at %.2f while muted", l)
			}
			a.track.SetMuted(false)
			m.run(30, a, x)
			if l := x.hears(500); l < 0.8 {
				t.Errorf("heard at %.2f afterwards", l)
			}
		})
	}
}

func TestLoudVoicesAreNotCut(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	tap := new(recording)
	m.SetTap(tap)
	var loud []*party
	for i := range 3 {
		loud = append(loud, join(t, m.Mixer, media.G722, 500+210*float64(i), 25000))
	}
	m.run(60, loud...)
	pcm := tap.pcm[len(tap.pcm)-8000:]
	var all, tones float64
	for _, s := range pcm {
		all += float64(s) * float64(s)
		if s == math.MaxInt16 || s == math.MinInt16 {
			t.Fatal("cut")
		}
	}
	for i := range 3 {
		a := tone.Amplitude(pcm, 500+210*float64(i))
		tones += a * a / 2 * float64(len(pcm))
	}
	if tones/all < 0.98 {
		t.Errorf("%.1f %% of the energy is not what was said", 100*(1-tones/all))
	}
	if l := media.Measure(pcm); l > 8 {
		t.Errorf("level %d", l)
	}
}

type recording struct{ pcm []int16 }

func (r *recording) Write(pcm []int16) { r.pcm = append(r.pcm, pcm...) }

func TestWhoLeavesIsNotHeardAndHearsNothing(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	a, x := join(t, m.Mixer, media.PCMA, 500, 4000), join(t, m.Mixer, media.PCMA, 0, 0)
	x.talks = false
	m.run(30, a, x)
	a.port.Leave()
	n := len(a.packets)
	m.run(30, a, x)
	if l := x.hears(500); l > 0.02 {
		t.Errorf("heard at %.2f", l)
	}
	if len(a.packets) != n {
		t.Error("who left still hears")
	}
	if _, err := a.port.For([]media.Codec{media.Opus}); !fault.Is(err, fault.NotFound) {
		t.Errorf("error %v", err)
	}
	if a.layer.Wanted() {
		t.Error("the mixer still wants to hear who left")
	}
}

func TestSilenceIsEncodedOnce(t *testing.T) {
	m := &conference{Mixer: mix.New()}
	x := join(t, m.Mixer, media.Opus, 500, 4000)
	x.talks = false
	m.run(100, x)
	last := x.packets[99]
	if l := media.Measure(x.heard[len(x.heard)-320:]); l < 80 {
		t.Errorf("silence at level %d", l)
	}
	if len(last.Payload) > 20 {
		t.Errorf("%d octets of silence", len(last.Payload))
	}
}

func TestCodecsThatAreNotMixed(t *testing.T) {
	p := mix.New().Join()
	if _, err := p.For([]media.Codec{media.VP8}); !fault.Is(err, fault.Invalid) {
		t.Errorf("output: %v", err)
	}
	if err := p.SetInput(media.NewTrack(media.TrackConfig{Codec: media.VP8})); !fault.Is(err, fault.Invalid) {
		t.Errorf("input: %v", err)
	}
	a, err := p.For([]media.Codec{media.VP8, media.PCMU, media.Opus})
	if err != nil || a.Codec() != media.PCMU {
		t.Errorf("%v, %v", a, err)
	}
	if b, _ := p.For([]media.Codec{media.PCMU}); b != a {
		t.Error("a second track for the same codec")
	}
}

// What is reported of one listener's packets makes the mixer send more of Opus to all, who share them.
func TestLossIsFollowed(t *testing.T) {
	octets := func(loss int) (n int) {
		m := &conference{Mixer: mix.New()}
		a, x := join(t, m.Mixer, media.PCMA, 150, 8000), join(t, m.Mixer, media.Opus, 0, 0)
		x.talks = false
		out, err := x.port.For([]media.Codec{media.Opus})
		if err != nil {
			t.Fatal(err)
		}
		out.Layers()[0].ReportLoss(loss)
		m.run(150, a, x)
		for _, h := range x.sizes[50:] {
			n += h
		}
		return n
	}
	if with, without := octets(20), octets(0); with == without {
		t.Errorf("%d octets with loss and without", with)
	}
}

func TestRunKeepsTheBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := mix.New()
		x := join(t, m, media.PCMA, 0, 0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.Run(ctx)
		}()
		time.Sleep(2*time.Second - time.Millisecond)
		cancel()
		<-done
		if len(x.headers) != 100 {
			t.Errorf("%d packets in two seconds", len(x.headers))
		}
	})
}
