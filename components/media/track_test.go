package media_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/xmppd/fault"
)

// packet makes a packet with one octet of payload, or the start of a VP8 key frame.
func packet(sequence uint16, now time.Time, payload ...byte) *media.Packet {
	p := media.NewPacket(100)
	p.Make(media.Header{Sequence: sequence, SSRC: 1}, payload, now)
	return p
}

type receiver struct{ got []uint16 }

func (r *receiver) Receive(_ *media.Layer, p *media.Packet) { r.got = append(r.got, p.Sequence) }

type publisher struct{ keyframes, demands, loss int }

func (p *publisher) FollowLoss(_ *media.Layer, percent int) { p.loss = percent }

func (p *publisher) RequestKeyframe(*media.Layer) { p.keyframes++ }
func (p *publisher) DemandChanged(*media.Layer)   { p.demands++ }

func TestEveryReceiverGetsEachPacketOnce(t *testing.T) {
	track := media.NewTrack(media.TrackConfig{Codec: media.Opus})
	l := track.AddLayer("", 0)
	var a, b receiver
	l.Subscribe(&a)
	l.Subscribe(&a)
	for _, n := range []uint16{65534, 65535, 0, 65535, 1} { // one came twice
		l.Publish(packet(n, time.Now(), 1))
		if n == 0 {
			l.Subscribe(&b)
		}
	}
	l.Unsubscribe(&a)
	l.Publish(packet(2, time.Now(), 1))
	if !slices.Equal(a.got, []uint16{65534, 65535, 0, 1}) || !slices.Equal(b.got, []uint16{1, 2}) {
		t.Errorf("a got %v, b %v", a.got, b.got)
	}
}

func TestAStreamThatBeginsAnewIsNoRepetition(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.Opus}).AddLayer("", 0)
	var r receiver
	l.Subscribe(&r)
	for _, ssrc := range []uint32{1, 2} {
		p := media.NewPacket(10)
		p.Make(media.Header{SSRC: ssrc, Sequence: 7}, []byte{1}, time.Now())
		l.Publish(p)
	}
	if len(r.got) != 2 {
		t.Errorf("got %v", r.got)
	}
}

func TestPacketsAreKeptForRetransmission(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video, Ring: 16}).AddLayer("", 0)
	for n := range uint16(40) {
		l.Publish(packet(n+65520, time.Now(), byte(n)))
	}
	for n := range uint16(40) {
		p := l.Packet(n + 65520)
		if (p != nil) != (n >= 24) {
			t.Errorf("packet %d of 40 is kept: %v", n, p != nil)
		}
		if p != nil {
			if p.Payload[0] != byte(n) {
				t.Errorf("packet %d has the payload of %d", n, p.Payload[0])
			}
			p.Release()
		}
	}
}

// A retransmission is read while the publisher overwrites the ring: what is got is always what was asked for.
func TestReadersNeverSeeAnotherPacket(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.Opus, Ring: 2}).AddLayer("", 0)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for n := uint16(0); ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if p := l.Packet(n); p != nil {
					if p.Sequence != n || p.Payload[0] != byte(n) {
						t.Errorf("asked for %d, got %d", n, p.Sequence)
					}
					p.Release()
				}
			}
		})
	}
	for n := range 100_000 {
		l.Publish(packet(uint16(n), time.Time{}, byte(n)))
	}
	close(done)
	wg.Wait()
}

func TestABlockedOrClosedTrackIsSilent(t *testing.T) {
	track := media.NewTrack(media.TrackConfig{Codec: media.Opus})
	l := track.AddLayer("", 0)
	var r receiver
	l.Subscribe(&r)
	now := time.Now()
	track.SetLevel(20, true, now)
	track.SetBlocked(true)
	if l.Publish(packet(1, now, 1)) {
		t.Error("published while blocked")
	}
	if level, voice := track.Level(now); level != media.Silence || voice {
		t.Errorf("level %d while blocked", level)
	}
	track.SetBlocked(false)
	l.Publish(packet(2, now, 1))
	track.Close()
	l.Publish(packet(3, now, 1))
	if !slices.Equal(r.got, []uint16{2}) || l.Packet(2) != nil {
		t.Errorf("got %v; packet kept after close: %v", r.got, l.Packet(2) != nil)
	}
}

func TestLevelsGrowOld(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.Opus}).AddLayer("", 0)
	now := time.Now()
	p := packet(1, now, 1)
	p.Level, p.HasLevel, p.Voice = 30, true, true
	l.Publish(p)
	if level, voice := l.Track().Level(now.Add(100 * time.Millisecond)); level != 30 || !voice {
		t.Errorf("level %d, voice %v", level, voice)
	}
	if level, voice := l.Track().Level(now.Add(200 * time.Millisecond)); level != media.Silence || voice {
		t.Errorf("level %d, voice %v after it had grown old", level, voice)
	}
}

func TestMeasure(t *testing.T) {
	loud, quiet := make([]int16, 320), make([]int16, 320)
	for i := range loud {
		loud[i], quiet[i] = -32768, 33 // 20·lg(33/32768) is −59.9
	}
	for _, c := range []struct {
		pcm  []int16
		want media.Level
	}{{loud, 0}, {quiet, 60}, {make([]int16, 320), 127}, {nil, 127}} {
		if got := media.Measure(c.pcm); got != c.want {
			t.Errorf("level %d, want %d", got, c.want)
		}
	}
}

func TestKeyframesAreAskedForTogetherAndUntilOneComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p publisher
		l := media.NewTrack(media.TrackConfig{Codec: media.Codec{Name: "vp8", Clock: 90000}, Kind: media.Video, Publisher: &p}).AddLayer("", 360)
		for range 20 {
			l.RequestKeyframe()
		}
		if p.keyframes != 1 {
			t.Fatalf("asked %d times at once", p.keyframes)
		}
		delta, key := []byte{0x10, 0x01}, []byte{0x10, 0x00}
		send := func(n uint16, payload []byte) {
			time.Sleep(200 * time.Millisecond)
			l.Publish(packet(n, time.Now(), payload...))
		}
		for n := range uint16(6) { // 1.2 s without one: at 0.6 and 1.2 s
			send(n, delta)
		}
		if p.keyframes != 3 {
			t.Errorf("asked %d times in 1.2 s", p.keyframes)
		}
		send(6, key)
		for n := range uint16(6) {
			send(7+n, delta)
		}
		if p.keyframes != 3 {
			t.Errorf("asked again after a key frame, %d times", p.keyframes)
		}
	})
}

func TestThePublisherIsToldWhetherALayerIsWanted(t *testing.T) {
	var p publisher
	l := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video, Publisher: &p}).AddLayer("h", 360)
	var a, b receiver
	for _, step := range []struct {
		do      func()
		wanted  bool
		demands int
	}{
		{func() { l.Subscribe(&a) }, true, 1},
		{func() { l.Subscribe(&b) }, true, 1},
		{func() { l.Unsubscribe(&a) }, true, 1},
		{func() { l.Unsubscribe(&b) }, false, 2},
		{func() { l.Unsubscribe(&b) }, false, 2},
	} {
		step.do()
		if l.Wanted() != step.wanted || p.demands != step.demands {
			t.Errorf("wanted %v, told %d times", l.Wanted(), p.demands)
		}
	}
}

func TestLossIsReportedToWhoCanFollowIt(t *testing.T) {
	var p publisher
	media.NewTrack(media.TrackConfig{Codec: media.Opus, Publisher: &p}).AddLayer("", 0).ReportLoss(7)
	media.NewTrack(media.TrackConfig{Codec: media.Opus}).AddLayer("", 0).ReportLoss(8)
	if p.loss != 7 {
		t.Errorf("loss of %d", p.loss)
	}
}

func TestLayersComeAndGo(t *testing.T) {
	track := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video})
	low, high := track.AddLayer("q", 180), track.AddLayer("f", 720)
	if !slices.Equal(track.Layers(), []*media.Layer{low, high}) || track.Layer("f") != high || track.Layer("h") != nil {
		t.Errorf("layers %v", track.Layers())
	}
	track.RemoveLayer(low)
	if !slices.Equal(track.Layers(), []*media.Layer{high}) {
		t.Errorf("layers %v", track.Layers())
	}
}

func TestBitrate(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video}).AddLayer("", 0)
	now := time.Unix(1000, 0)
	for n := range uint16(200) { // 100 octets each 10 ms are 80 kbit/s
		p := packet(n, now, make([]byte, 88)...)
		l.Publish(p)
		now = now.Add(10 * time.Millisecond)
	}
	if got := l.Bitrate(); got < 78_000 || got > 82_000 {
		t.Errorf("%d bit/s, want 80,000", got)
	}
}

func TestASourceOfAnotherCodecIsRefused(t *testing.T) {
	track := media.NewTrack(media.TrackConfig{Codec: media.Opus})
	if got, err := track.For([]media.Codec{media.PCMA, {Name: "OPUS", Clock: 48000, Channels: 2, Format: "useinbandfec=1"}}); err != nil || got != track {
		t.Errorf("track %v, %v", got, err)
	}
	if _, err := track.For([]media.Codec{media.PCMA}); !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(map[int]string{1: "1 receiver", 100: "100 receivers"}[n], func(b *testing.B) {
			l := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video}).AddLayer("", 0)
			for range n {
				l.Subscribe(new(counter))
			}
			raw := media.AppendPacket(nil, media.Header{SSRC: 1}, []media.Extension{{ID: 1, Data: []byte{20}}}, make([]byte, 1000))
			now, sequence := time.Now(), uint16(0)
			b.ReportAllocs()
			for b.Loop() {
				p := media.NewPacket(len(raw))
				sequence++
				raw[2], raw[3] = byte(sequence>>8), byte(sequence)
				if p.Parse(copy(p.Buffer(), raw), media.Extensions{AudioLevel: 1}) != nil {
					b.Fatal("refused")
				}
				p.Arrival = now
				l.Publish(p)
			}
		})
	}
}

type counter struct{ n int }

func (c *counter) Receive(*media.Layer, *media.Packet) { c.n++ }
