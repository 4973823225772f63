package transcode_test

import (
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/tone"
	"plenum/components/media/transcode"
	"plenum/xmppd/fault"
)

// A sender publishes a tone in a codec.
type sender struct {
	t     testing.TB
	codec media.Codec
	layer *media.Layer
	enc   media.Encoder
	voice *tone.Generator
	n     int // packets
	stamp uint32
}

func newSender(t testing.TB, c media.Codec) *sender {
	t.Helper()
	enc, err := codec.NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	return &sender{t: t, codec: c, enc: enc, layer: media.NewTrack(media.TrackConfig{ID: "voice", Codec: c}).AddLayer("", 0),
		voice: tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{600}, Amplitude: 6000}})}
}

func (s *sender) send(lost bool) {
	pcm, payload := make([]int16, media.FrameSamples), make([]byte, media.MaxFrameBytes)
	s.voice.Read(pcm)
	n, err := s.enc.Encode(pcm, payload)
	if err != nil {
		s.t.Fatal(err)
	}
	if !lost {
		p := media.NewPacket(n)
		p.Make(media.Header{SSRC: 1, Sequence: uint16(65000 + s.n), Timestamp: s.stamp}, payload[:n], time.Unix(1000, 0))
		p.Level, p.HasLevel = 20, true
		s.layer.Publish(p)
	}
	s.n++
	s.stamp += s.codec.FrameUnits()
}

type receiver struct {
	t       testing.TB
	dec     media.Decoder
	pcm     []int16
	headers []media.Header
	level   media.Level
}

func (r *receiver) Receive(_ *media.Layer, p *media.Packet) {
	pcm := make([]int16, media.MaxDecoded)
	n, err := r.dec.Decode(p.Payload, pcm)
	if err != nil {
		r.t.Error(err)
	}
	r.pcm, r.headers, r.level = append(r.pcm, pcm[:n]...), append(r.headers, p.Header), p.Level
}

func connect(t testing.TB, s *sender, c media.Codec) (*receiver, *media.Track) {
	t.Helper()
	track, err := transcode.New(s.layer.Track()).For([]media.Codec{media.VP8, c})
	if err != nil {
		t.Fatal(err)
	}
	dec, err := codec.NewDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{t: t, dec: dec}
	track.Layers()[0].Subscribe(r)
	return r, track
}

func TestEachCodecInEachOther(t *testing.T) {
	for _, from := range codec.All {
		for _, to := range codec.All {
			s := newSender(t, from)
			r, track := connect(t, s, to)
			if (track == s.layer.Track()) != (from == to) {
				t.Errorf("%s to %s is the same track: %v", from, to, track == s.layer.Track())
			}
			for range 30 {
				s.send(false)
			}
			if len(r.headers) != 30 || !tone.Heard(r.pcm[len(r.pcm)-3200:], 600) || r.level != 20 {
				t.Errorf("%s to %s: %d packets, the tone is heard: %v, level %d", from, to, len(r.headers), tone.Heard(r.pcm[len(r.pcm)-3200:], 600), r.level)
			}
		}
	}
}

func TestWhatIsLostIsMadeUp(t *testing.T) {
	s := newSender(t, media.PCMA)
	r, _ := connect(t, s, media.G722)
	for i := range 100 {
		s.send(i%10 == 5 || i%10 == 6)
	}
	if len(r.headers) != 100 {
		t.Errorf("%d of 100 packets", len(r.headers))
	}
	for i := 1; i < len(r.headers); i++ {
		if r.headers[i].Sequence != r.headers[i-1].Sequence+1 || r.headers[i].Timestamp != r.headers[i-1].Timestamp+160 {
			t.Fatalf("%+v follows %+v", r.headers[i], r.headers[i-1])
		}
	}
	if !tone.Heard(r.pcm, 600) {
		t.Error("the tone is lost")
	}
}

func TestAPauseStaysAPause(t *testing.T) {
	s := newSender(t, media.Opus)
	r, _ := connect(t, s, media.PCMU)
	for range 10 {
		s.send(false)
	}
	s.stamp += 50 * 960 // a second in which nothing was sent
	for range 10 {
		s.send(false)
	}
	if gap := r.headers[10].Timestamp - r.headers[9].Timestamp; len(r.headers) != 20 || gap != 51*160 || r.headers[10].Sequence != r.headers[9].Sequence+1 || !r.headers[10].Marker {
		t.Errorf("%d packets, a gap of %d, %+v", len(r.headers), gap, r.headers[10])
	}
}

func TestWhatComesLateIsDropped(t *testing.T) {
	s := newSender(t, media.PCMA)
	r, _ := connect(t, s, media.PCMU)
	for range 5 {
		s.send(false)
	}
	p := media.NewPacket(200)
	p.Make(media.Header{SSRC: 1, Sequence: 64990, Timestamp: 1}, make([]byte, 160), time.Time{})
	s.layer.Publish(p)
	s.n, s.stamp = s.n+20_000, s.stamp+1<<30 // and a new stream is taken up
	for range 5 {
		s.send(false)
	}
	if len(r.headers) != 10 {
		t.Errorf("%d packets", len(r.headers))
	}
}

func TestNothingIsDoneForNobody(t *testing.T) {
	s := newSender(t, media.PCMA)
	r, track := connect(t, s, media.Opus)
	if !s.layer.Wanted() {
		t.Error("the sender is not wanted")
	}
	track.Layers()[0].Unsubscribe(r)
	if s.layer.Wanted() {
		t.Error("the sender is wanted by nobody")
	}
	s.send(false)
	if len(r.headers) != 0 {
		t.Error("a packet")
	}
}

func TestOneEncoderForAllReceiversOfACodec(t *testing.T) {
	src := transcode.New(newSender(t, media.PCMA).layer.Track())
	a, err := src.For([]media.Codec{media.Opus})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := src.For([]media.Codec{media.Opus}); a != b {
		t.Error("two encoders")
	}
}

func TestWhatCannotBeTurned(t *testing.T) {
	video := transcode.New(media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video}))
	if _, err := video.For([]media.Codec{media.H264}); !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
	if _, err := video.For([]media.Codec{media.VP8}); err != nil {
		t.Errorf("error %v", err)
	}
	if _, err := transcode.New(newSender(t, media.PCMA).layer.Track()).For([]media.Codec{media.VP8}); !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkPacket(b *testing.B) {
	for _, c := range [][2]media.Codec{{media.Opus, media.PCMA}, {media.PCMA, media.Opus}, {media.G722, media.PCMA}} {
		b.Run(c[0].Name+" to "+c[1].Name, func(b *testing.B) {
			s := newSender(b, c[0])
			track, err := transcode.New(s.layer.Track()).For([]media.Codec{c[1]})
			if err != nil {
				b.Fatal(err)
			}
			track.Layers()[0].Subscribe(new(sink))
			pcm, payload := make([]int16, media.FrameSamples), make([]byte, media.MaxFrameBytes)
			s.voice.Read(pcm)
			n, _ := s.enc.Encode(pcm, payload)
			b.ReportAllocs()
			for i := uint32(0); b.Loop(); i++ {
				p := media.NewPacket(n)
				p.Make(media.Header{SSRC: 1, Sequence: uint16(i), Timestamp: i * c[0].FrameUnits()}, payload[:n], time.Time{})
				s.layer.Publish(p)
			}
		})
	}
}

type sink struct{ n int }

func (s *sink) Receive(_ *media.Layer, p *media.Packet) { s.n += len(p.Payload) }
