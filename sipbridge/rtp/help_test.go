package rtp_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/dtmf"
	"plenum/components/media/tone"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/sdp"
)

// patience is how long a test waits for what happens at once.
const patience = time.Minute

var loopback = netip.MustParseAddr("127.0.0.1")

// firstPort gives each engine of the tests ports of its own, so that a test can say which are free.
var firstPort atomic.Int32

func newEngine(t testing.TB, change ...func(*rtp.Config)) *rtp.Engine {
	t.Helper()
	first := 41000 + int(firstPort.Add(1)-1)%40*200
	c := rtp.Config{First: first, Last: first + 199}
	for _, f := range change {
		f(&c)
	}
	e, err := rtp.NewEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// A witness records what a session tells.
type witness struct {
	mu      sync.Mutex
	list    []string
	quality []call.Quality
	more    chan struct{}
}

func newWitness() *witness { return &witness{more: make(chan struct{}, 1)} }

func (w *witness) add(format string, args ...any) {
	w.mu.Lock()
	w.list = append(w.list, fmt.Sprintf(format, args...))
	w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *witness) MediaReady()                    { w.add("ready") }
func (w *witness) TrackAdded(t *media.Track)      { w.add("added %s", t.Codec().Name) }
func (w *witness) TrackRemoved(t *media.Track)    { w.add("removed %s", t.Codec().Name) }
func (w *witness) DTMF(key byte, d time.Duration) { w.add("key %c %dms", key, d.Milliseconds()) }
func (w *witness) Held(on bool)                   { w.add("held %t", on) }
func (w *witness) Lost()                          { w.add("lost") }
func (w *witness) Quality(q call.Quality) {
	w.mu.Lock()
	w.quality = append(w.quality, q)
	w.mu.Unlock()
	w.add("quality")
}

// events are those so far, without reports of quality.
func (w *witness) events() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.list), func(s string) bool { return s == "quality" })
}

// await waits until something was told n times.
func (w *witness) await(t testing.TB, what string, n int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		found := 0
		for _, e := range w.list {
			if e == what {
				found++
			}
		}
		w.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-w.more:
		case <-deadline:
			t.Fatalf("%q was not told %d times: %q", what, n, w.events())
		}
	}
}

// A party is a session and what it has told.
type party struct {
	*rtp.Session
	*witness
}

func newParty(t testing.TB, e *rtp.Engine, o rtp.Options) *party {
	t.Helper()
	w := newWitness()
	o.Events = w
	if !o.Local.IsValid() {
		o.Local = loopback
	}
	s, err := e.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &party{s, w}
}

func (p *party) offer(t testing.TB) string {
	t.Helper()
	b, err := p.Offer()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (p *party) answer(t testing.TB, offer string) string {
	t.Helper()
	b, err := p.Answer([]byte(offer))
	if err != nil {
		t.Fatalf("%v of\n%s", err, offer)
	}
	return string(b)
}

func (p *party) accept(t testing.TB, answer string) {
	t.Helper()
	if err := p.Accept([]byte(answer)); err != nil {
		t.Fatalf("%v of\n%s", err, answer)
	}
}

// agree lets one party offer and the other answer. It returns both.
func agree(t testing.TB, from, to *party) (offer, answer string) {
	t.Helper()
	offer = from.offer(t)
	answer = to.answer(t, offer)
	from.accept(t, answer)
	return offer, answer
}

func (p *party) track(t testing.TB) *media.Track {
	t.Helper()
	for tr := range p.Tracks() {
		return tr
	}
	t.Fatal("there is no track")
	return nil
}

// read is a description that we have written.
func read(t testing.TB, description string) *sdp.Description {
	t.Helper()
	d, err := sdp.Parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines are those of a description that begin so.
func lines(description, prefix string) []string {
	var list []string
	for line := range strings.Lines(description) {
		if line = strings.TrimRight(line, "\r\n"); strings.HasPrefix(line, prefix) {
			list = append(list, line)
		}
	}
	return list
}

// A singer is a track of a tone in a codec, in packets of one frame, for as long as the test lasts.
type singer struct {
	*media.Track
	stop func()
}

func sing(t testing.TB, c media.Codec, hz float64) singer {
	t.Helper()
	enc, err := codec.NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	tr := media.NewTrack(media.TrackConfig{ID: fmt.Sprintf("tone of %.0f Hz", hz), Codec: c})
	layer := tr.AddLayer("", 0)
	g := tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 8000}})
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		pcm, payload := make([]int16, media.FrameSamples), make([]byte, media.MaxFrameBytes)
		h := media.Header{SSRC: uint32(hz), Sequence: uint16(hz * 7), Timestamp: uint32(hz * 1000)}
		media.Beat(ctx, func(uint32) {
			g.Read(pcm)
			n, err := enc.Encode(pcm, payload)
			if err != nil {
				t.Error(err)
				return
			}
			h.Sequence++
			h.Timestamp += c.FrameUnits()
			p := media.NewPacket(n)
			p.Make(h, payload[:n], time.Now())
			layer.Publish(p)
		})
	})
	var once sync.Once
	stop := func() { once.Do(func() { cancel(); done.Wait() }) }
	t.Cleanup(stop)
	return singer{tr, stop}
}

// A packet is what a packet of RTP says.
type packet struct {
	media.Header
	Payload []byte
}

// An ear decodes a track.
type ear struct {
	c    media.Codec
	mu   sync.Mutex
	dec  media.Decoder
	pcm  []int16 // the last second
	buf  []int16
	seen []packet // headers and payloads of all packets
	more chan struct{}
}

func listenTo(t testing.TB, tr *media.Track) *ear {
	t.Helper()
	dec, err := codec.NewDecoder(tr.Codec())
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{c: tr.Codec(), dec: dec, buf: make([]int16, media.MaxDecoded), more: make(chan struct{}, 1)}
	tr.Layers()[0].Subscribe(e)
	return e
}

func (e *ear) Receive(_ *media.Layer, p *media.Packet) {
	e.mu.Lock()
	n, err := e.dec.Decode(p.Payload, e.buf)
	if err == nil {
		e.pcm = append(e.pcm, e.buf[:n]...)
		e.pcm = e.pcm[max(0, len(e.pcm)-media.Rate):]
	}
	e.seen = append(e.seen, packet{Header: p.Header, Payload: slices.Clone(p.Payload)})
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// packets are all so far, once there are n.
func (e *ear) packets(t testing.TB, n int) []packet {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		list := slices.Clone(e.seen)
		e.mu.Unlock()
		if len(list) >= n {
			return list
		}
		select {
		case <-e.more:
		case <-deadline:
			t.Fatalf("%d packets have come, wanted %d", len(list), n)
		}
	}
}

// hears waits until a tone fills the last fifth of a second.
func (e *ear) hears(t testing.TB, hz float64) {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		last := e.pcm[max(0, len(e.pcm)-media.Rate/5):]
		ok := len(last) == media.Rate/5 && tone.Heard(last, hz)
		e.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-e.more:
		case <-deadline:
			t.Fatalf("%.0f Hz is not heard", hz)
		}
	}
}

// A phone is a minimal peer: two sockets, and whatever the test puts into them.
type phone struct {
	t         testing.TB
	rtp, rtcp *net.UDPConn
	to        netip.AddrPort // the session's
}

func newPhone(t testing.TB) *phone {
	t.Helper()
	p := &phone{t: t}
	for _, c := range []**net.UDPConn{&p.rtp, &p.rtcp} {
		s, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		*c = s
	}
	return p
}

func port(c *net.UDPConn) int { return int(c.LocalAddr().(*net.UDPAddr).AddrPort().Port()) }

// describe is a description with one line of sound. %RTP and %RTCP are its ports.
func (p *phone) describe(linesOfSound ...string) string {
	text := "v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.Join(linesOfSound, "\r\n") + "\r\n"
	return strings.NewReplacer("%RTP", strconv.Itoa(port(p.rtp)), "%RTCP", strconv.Itoa(port(p.rtcp))).Replace(text)
}

// aims sends to where a description says.
func (p *phone) aims(description string) {
	p.t.Helper()
	d := read(p.t, description)
	for i := range d.Media {
		if m := &d.Media[i]; m.Port != 0 {
			p.to = netip.AddrPortFrom(d.AddressOf(m), uint16(m.Port))
			return
		}
	}
	p.t.Fatal("the description has no media")
}

func (p *phone) send(h media.Header, payload []byte) { p.sendBy(p.rtp, h, payload) }

func (p *phone) sendBy(c *net.UDPConn, h media.Header, payload []byte) {
	p.t.Helper()
	if _, err := c.WriteToUDPAddrPort(media.AppendPacket(nil, h, nil, payload), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// next is the next packet of RTP.
func (p *phone) next() packet { return p.nextBy(p.rtp) }

func (p *phone) nextBy(c *net.UDPConn) packet {
	p.t.Helper()
	b := make([]byte, 2048)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, _, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		p.t.Fatal(err)
	}
	got := media.NewPacket(n)
	if err := got.Parse(copy(got.Buffer(), b[:n]), media.Extensions{}); err != nil {
		p.t.Fatal(err)
	}
	return packet{Header: got.Header, Payload: slices.Clone(got.Payload)}
}

// dialled is the sound of keys that are pressed for 100 ms each, in packets of A-law.
func dialled(t testing.TB, keys string) [][]byte {
	t.Helper()
	enc, err := codec.NewEncoder(media.PCMA)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for _, key := range []byte(keys) {
		sound, ok := dtmf.Tone(key)
		if !ok {
			t.Fatalf("%c is no key", key)
		}
		g := tone.NewGenerator(tone.Signal{Tone: sound, Cadence: []time.Duration{100 * time.Millisecond, 100 * time.Millisecond}})
		pcm := make([]int16, media.FrameSamples)
		for range 10 {
			g.Read(pcm)
			payload := make([]byte, media.MaxFrameBytes)
			n, err := enc.Encode(pcm, payload)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, payload[:n])
		}
	}
	return list
}
