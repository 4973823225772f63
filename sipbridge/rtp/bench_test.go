package rtp_test

import (
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/transcode"
	"plenum/sipbridge/rtp"
)

// A relay is two legs, each bound to the other, and the sockets of their phones.
type relay struct {
	in, out *phone
	header  media.Header
	packet  []byte
	payload []byte
	buf     [2048]byte
}

func newRelay(t testing.TB, security rtp.Security) *relay {
	t.Helper()
	a, p := answered(t, rtp.Options{Security: security}, "m=audio %RTP RTP/AVP 8 101", events)
	b, q := answered(t, rtp.Options{Security: security}, "m=audio %RTP RTP/AVP 8 101", events)
	if err := b.Bind(0, a.track(t)); err != nil {
		t.Fatal(err)
	}
	if err := a.Bind(0, b.track(t)); err != nil {
		t.Fatal(err)
	}
	r := &relay{in: p, out: q, header: media.Header{PayloadType: 8, SSRC: 9}, payload: make([]byte, 160)}
	_ = q.rtp.SetReadDeadline(time.Now().Add(time.Hour))
	r.pass(t)
	return r
}

// pass sends a packet to one leg and takes it from the other.
func (r *relay) pass(t testing.TB) {
	r.header.Sequence++
	r.header.Timestamp += 160
	r.packet = media.AppendPacket(r.packet[:0], r.header, nil, r.payload)
	if _, err := r.in.rtp.WriteToUDPAddrPort(r.packet, r.in.to); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.out.rtp.ReadFromUDPAddrPort(r.buf[:]); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsAllocatedForAPacketThatIsPassedOn(t *testing.T) {
	r := newRelay(t, rtp.Plain)
	for range 200 {
		r.pass(t) // pools and scheduler are warm
	}
	if n := testing.AllocsPerRun(2000, func() { r.pass(t) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// used is the processor time of the test so far; other work on the machine does not count.
func used(t testing.TB) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// cpu reports the processor time of an operation, less that of what the test does itself.
func cpu(b *testing.B, own time.Duration) func() {
	begin := used(b)
	return func() { b.ReportMetric(float64(used(b)-begin)/float64(b.N)/1e3-float64(own)/1e3, "cpu-µs/op") }
}

// wayThrough is the processor time that it costs to send a packet to a socket and to read it there.
func wayThrough(t testing.TB) time.Duration {
	a, p := newPhone(t), newPhone(t)
	a.to = p.rtp.LocalAddr().(*net.UDPAddr).AddrPort()
	packet, buf := make([]byte, 172), make([]byte, 2048)
	const n = 20000
	begin := used(t)
	for range n {
		_, _ = a.rtp.WriteToUDPAddrPort(packet, a.to)
		_, _, _ = p.rtp.ReadFromUDPAddrPort(buf)
	}
	return (used(t) - begin) / n
}

// BenchmarkRelay is one packet of G.711 from a socket through two legs to a socket.
func BenchmarkRelay(b *testing.B) {
	r := newRelay(b, rtp.Plain)
	defer cpu(b, wayThrough(b))()
	for b.Loop() {
		r.pass(b)
	}
}

// BenchmarkCalls is many calls at once, with packets of 20 ms as they come in life; an operation is one such beat of all of them. It reports the share of
// a processor that a call takes, without what it costs the test to send, and by how much memory and goroutines have grown: for hours with
// -benchtime 180000x for each.
func BenchmarkCalls(b *testing.B) {
	for name, codecs := range map[string][2]media.Codec{"300 G711": {media.PCMA, media.PCMA}, "30 OpusG711": {media.Opus, media.PCMA}} {
		b.Run(name, func(b *testing.B) {
			calls := 300
			if codecs[0] == media.Opus {
				calls = 30
			}
			e := newEngine(b, func(c *rtp.Config) { c.First, c.Last = 50000, 51999 })
			list := make([]*talk, calls)
			for i := range list {
				list[i] = newTalk(b, e, codecs)
			}
			sending := sendingTime(b, list[0])
			heap, goroutines := held()
			begin, at := used(b), time.Now()
			tick := time.NewTicker(media.FrameTime)
			defer tick.Stop()
			n := 0
			for b.Loop() {
				for _, c := range list {
					c.speak()
				}
				n++
				<-tick.C
			}
			spent := used(b) - begin - time.Duration(n*2*calls)*sending
			b.ReportMetric(100*spent.Seconds()/time.Since(at).Seconds()/float64(calls), "%core/call")
			var sent uint64
			for _, c := range list {
				sent += c.legs[0].Stats().Sent + c.legs[1].Stats().Sent
			}
			b.ReportMetric(float64(sent)/float64(2*calls*n)*100, "%sent")
			heapAfter, goroutinesAfter := held()
			b.ReportMetric(heapAfter-heap, "kB-grown")
			b.ReportMetric(goroutinesAfter-goroutines, "goroutines-grown")
		})
	}
}

// held is how many kB of memory are in use, and how many goroutines there are.
func held() (heap, goroutines float64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1000, float64(runtime.NumGoroutine())
}

// A talk is a call of two phones, who speak.
type talk struct {
	legs     [2]*party
	phones   [2]*phone
	payloads [2][]byte
	headers  [2]media.Header
	codecs   [2]media.Codec
	packet   [2048]byte
}

func newTalk(b *testing.B, e *rtp.Engine, codecs [2]media.Codec) *talk {
	c := &talk{codecs: codecs}
	for i, codec := range codecs {
		c.legs[i], c.phones[i] = newParty(b, e, rtp.Options{}), newPhone(b)
		line := []string{offered}
		c.headers[i] = media.Header{PayloadType: 8, SSRC: uint32(i)}
		if codec == media.Opus {
			line, c.headers[i].PayloadType = []string{"m=audio %RTP RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", events}, 96
		}
		c.phones[i].aims(c.legs[i].answer(b, c.phones[i].describe(line...)))
		c.payloads[i] = noiseOf(b, codec)
	}
	for i := range c.legs {
		if err := c.legs[i].Bind(0, transcode.New(c.legs[1-i].track(b))); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

// noiseOf is a frame that is no silence.
func noiseOf(b testing.TB, c media.Codec) []byte {
	enc, err := codec.NewEncoder(c)
	if err != nil {
		b.Fatal(err)
	}
	payload, pcm := make([]byte, media.MaxFrameBytes), make([]int16, media.FrameSamples)
	for n := range pcm {
		pcm[n] = int16(n * 7919)
	}
	n, err := enc.Encode(pcm, payload)
	if err != nil {
		b.Fatal(err)
	}
	return payload[:n]
}

// speak sends a packet from both.
func (c *talk) speak() {
	for i, p := range c.phones {
		c.headers[i].Sequence++
		c.headers[i].Timestamp += c.codecs[i].FrameUnits()
		_, _ = p.rtp.WriteToUDPAddrPort(media.AppendPacket(c.packet[:0], c.headers[i], nil, c.payloads[i]), p.to)
	}
}

// sendingTime is the processor time of sending one packet to a socket that nobody reads.
func sendingTime(b *testing.B, c *talk) time.Duration {
	sink := newPhone(b)
	to := sink.rtp.LocalAddr().(*net.UDPAddr).AddrPort()
	const n = 20000
	begin := used(b)
	for range n {
		_, _ = c.phones[0].rtp.WriteToUDPAddrPort(c.packet[:172], to)
	}
	return (used(b) - begin) / n
}
