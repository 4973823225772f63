//go:build interop

package interop

import (
	bin "encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/sipbridge/siptest"
)

// voicePackets is for how long somebody says the same again and again, in packets.
const voicePackets = 250

// voice is what somebody says, in G.711: harmonics with a rhythm like that of syllables, or the noise of a quiet room.
func voice(tb testing.TB, hz float64, talks bool) [][]byte {
	enc, err := codec.NewEncoder(media.PCMA)
	if err != nil {
		tb.Fatal(err)
	}
	noise := rand.New(rand.NewPCG(1, uint64(hz)))
	list := make([][]byte, voicePackets)
	for f := range list {
		pcm, payload := make([]int16, media.FrameSamples), make([]byte, media.MaxFrameBytes)
		for i := range pcm {
			at := float64(f*media.FrameSamples+i) / media.Rate
			pcm[i] = int16(noise.IntN(17) - 8)
			for h := 1.0; talks && h < 12; h++ {
				pcm[i] += int16(2500 / h * (0.5 + 0.5*math.Sin(2*math.Pi*4*at)) * math.Sin(2*math.Pi*h*hz*at))
			}
		}
		n, err := enc.Encode(pcm, payload)
		if err != nil {
			tb.Fatal(err)
		}
		list[f] = payload[:n]
	}
	return list
}

// An attendee is a telephone in this process, which is in a call. It sends the packets of its voice, and counts what it gets.
type attendee struct {
	sound *net.UDPConn
	to    *net.UDPAddr
	says  [][]byte
	heard atomic.Int64 // packets
	loud  atomic.Int64 // of these, with somebody's voice
}

var soundPort = regexp.MustCompile(`m=audio (\d+) `)

// attends registers a telephone and has it dial a number, which answers.
func attends(b *testing.B, srv *server, as phoneAccount, number string) *attendee {
	b.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	sound, err := net.ListenUDP("udp", &net.UDPAddr{IP: soundAt})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sound.Close() })
	p := siptest.New(b, conn, netip.MustParseAddrPort(srv.address(portSIP)), as.User, as.Secret, domain)
	if res := p.Register(time.Hour); res.StatusCode != 200 {
		b.Fatalf("%s: %d %s", as.User, res.StatusCode, res.Reason)
	}
	call := p.Dial(strings.ReplaceAll(number, "#", "%23"), fmt.Appendf(nil, "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio %d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
		sound.LocalAddr().(*net.UDPAddr).Port))
	res := call.Hears("200 INVITE")
	call.Ack(nil)
	m := soundPort.FindSubmatch(res.Body())
	if m == nil {
		b.Fatalf("no sound in %s", res.Body())
	}
	port, _ := strconv.Atoi(string(m[1]))
	return &attendee{sound: sound, to: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}}
}

// listen counts until the socket is closed.
func (c *attendee) listen() {
	buf := make([]byte, 2048)
	for {
		n, err := c.sound.Read(buf)
		if err != nil {
			return
		}
		if n > 12 && buf[1]&0x7f == 8 {
			c.heard.Add(1)
			if slices.ContainsFunc(buf[12:n], func(v byte) bool { return (v^0x55)&0x7f > 0x40 }) { // a 30th of full scale
				c.loud.Add(1)
			}
		}
	}
}

// speak sends n packets of everybody, one each 20 ms.
func speak(all []*attendee, n int, seq *uint16) {
	packet := make([]byte, 12+160)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range n {
		<-tick.C
		*seq++
		for i, c := range all {
			packet[0], packet[1] = 0x80, 8
			bin.BigEndian.PutUint16(packet[2:], *seq)
			bin.BigEndian.PutUint32(packet[4:], uint32(*seq)*160)
			bin.BigEndian.PutUint32(packet[8:], uint32(i+1))
			copy(packet[12:], c.says[int(*seq)%len(c.says)])
			_, _ = c.sound.WriteToUDP(packet, c.to)
		}
	}
}

// BenchmarkSIPConference is a group's conference of twenty telephones in G.711, which all send all the time, by sockets: what it takes of a core.
func BenchmarkSIPConference(b *testing.B) {
	const people = 20
	srv := startConfigured(b, "")
	api := srv.console()
	api.trunk(2)
	api.groupsAt(groupNumber)
	romeo := hostOf(b, srv)
	var group struct{ Number string }
	api.get("/groups/"+salesRoom, &group)
	phones := make([]phoneAccount, people)
	for i := range phones {
		name := fmt.Sprintf("user%d", i)
		phones[i] = api.phoneOf(api.employee(name, fmt.Sprintf("User %d", i), strconv.Itoa(200+i)))
		romeo.member(name)
	}
	romeo.events.awaitAll(b, "all members", people, func(e event) bool { return e.Is == "admitted" })
	all := make([]*attendee, people)
	for i := range all {
		all[i] = attends(b, srv, phones[i], group.Number)
	}
	var listening sync.WaitGroup
	for _, c := range all {
		listening.Go(c.listen)
	}
	defer listening.Wait()
	defer func() {
		for _, c := range all {
			_ = c.sound.Close()
		}
	}()
	seq := uint16(0)
	for _, talkers := range []int{0, 1, 3, people} {
		b.Run(fmt.Sprintf("%d of %d talk", talkers, people), func(b *testing.B) {
			for i, c := range all {
				c.says = voice(b, 110+10*float64(i), i < talkers)
			}
			speak(all, 250, &seq) // what was announced is over, and the mixer knows who talks
			for _, c := range all {
				c.heard.Store(0)
				c.loud.Store(0)
			}
			before, from := srv.cpu(), time.Now()
			speak(all, 1000, &seq)
			took := time.Since(from)
			b.ReportMetric(100*float64(srv.cpu()-before)/float64(took), "%core")
			last := all[people-1]
			b.ReportMetric(float64(last.heard.Load())/took.Seconds(), "packets/s")
			if heard := float64(last.heard.Load()) / took.Seconds(); heard < 48 || heard > 52 {
				b.Errorf("the last one gets %.1f packets a second", heard)
			}
			if loud := last.loud.Load() > last.heard.Load()/4; loud != (talkers > 0) {
				b.Errorf("%d talk, and the last one hears %d packets of voices, of %d", talkers, last.loud.Load(), last.heard.Load())
			}
		})
	}
}
