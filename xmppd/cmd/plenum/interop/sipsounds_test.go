//go:build interop

package interop

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
)

// A sound is that of a phone: it sends all the time, and counts what it is sent.
type sound struct {
	conn    *net.UDPConn
	codec   media.Codec
	to      atomic.Pointer[netip.AddrPort]
	heard   atomic.Int64
	header  media.Header
	payload []byte
}

var mediaLine = regexp.MustCompile(`(?m)^m=audio (\d+) `)

// aims takes from a description where to send.
func (v *sound) aims(t testing.TB, description []byte) {
	m := mediaLine.FindSubmatch(description)
	if m == nil {
		t.Fatalf("no sound in %q", description)
	}
	to := netip.MustParseAddrPort("127.0.0.1:" + string(m[1]))
	v.to.Store(&to)
}

// describes is an offer or answer.
func (v *sound) describes(direction string) []byte {
	a := v.conn.LocalAddr().(*net.UDPAddr)
	name := "PCMA/8000"
	if v.codec == media.Opus {
		name = "opus/48000/2"
	}
	return fmt.Appendf(nil, "v=0\r\no=- 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:%[5]d %s\r\na=rtpmap:101 telephone-event/8000\r\na=%s\r\n",
		time.Now().Unix(), a.IP, a.IP, a.Port, v.header.PayloadType, name, direction)
}

// sends is the codec that the phone has, and whether it makes a noise or is silent.
func (v *sound) sends(t testing.TB, c media.Codec, noise bool) {
	t.Helper()
	enc, err := codec.NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	v.codec, v.payload, v.header.PayloadType = c, make([]byte, media.MaxFrameBytes), 8
	if c == media.Opus {
		v.header.PayloadType = 96
	}
	pcm := make([]int16, media.FrameSamples)
	for i := range pcm {
		if noise {
			pcm[i] = int16(i * 7919)
		}
	}
	n, err := enc.Encode(pcm, v.payload)
	if err != nil {
		t.Fatal(err)
	}
	v.payload = v.payload[:n]
}

// beats is in how many parts of a frame's time the phones send; each does in one of them.
const beats = 10

// sounds sends for all phones.
type sounds struct {
	mu   sync.Mutex
	next int
	all  [beats]map[*sound]bool
}

// newSounds speaks until the test ends.
func newSounds(t testing.TB) *sounds {
	vs, stop := new(sounds), make(chan struct{})
	for i := range vs.all {
		vs.all[i] = make(map[*sound]bool)
	}
	var beat sync.WaitGroup
	beat.Go(func() { vs.speak(stop) })
	t.Cleanup(func() {
		close(stop)
		beat.Wait()
	})
	return vs
}

// soundAt is the address of all sound, so that no packet of a call that is over comes to a socket that is for SIP by then.
var soundAt = net.IPv4(127, 0, 0, 3)

// add makes one, which ends with the test.
func (vs *sounds) add(t testing.TB) *sound {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: soundAt})
	if err != nil {
		t.Fatal(err)
	}
	v := &sound{conn: conn, header: media.Header{SSRC: uint32(conn.LocalAddr().(*net.UDPAddr).Port)}}
	v.sends(t, media.PCMA, true)
	vs.mu.Lock()
	part := vs.all[vs.next]
	part[v] = true
	vs.next = (vs.next + 1) % beats
	vs.mu.Unlock()
	var reads sync.WaitGroup
	reads.Go(func() {
		var buf [2048]byte
		for {
			if _, _, err := conn.ReadFromUDPAddrPort(buf[:]); err != nil {
				return
			}
			v.heard.Add(1)
		}
	})
	t.Cleanup(func() {
		vs.mu.Lock()
		delete(part, v)
		vs.mu.Unlock()
		_ = conn.Close()
		reads.Wait()
	})
	return v
}

// speak sends a packet for each, fifty times a second, until it is stopped. What the machine was too busy for is made up for.
func (vs *sounds) speak(stop <-chan struct{}) {
	const pause = media.FrameTime / beats
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var packet []byte
	for n, from := 0, time.Now(); ; {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		for ; time.Since(from) > time.Duration(n)*pause; n++ {
			packet = vs.beat(n%beats, packet)
		}
	}
}

func (vs *sounds) beat(part int, packet []byte) []byte {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	for v := range vs.all[part] {
		to := v.to.Load()
		if to == nil {
			continue
		}
		v.header.Sequence++
		v.header.Timestamp += v.codec.FrameUnits()
		packet = media.AppendPacket(packet[:0], v.header, nil, v.payload)
		_, _ = v.conn.WriteToUDPAddrPort(packet, *to)
	}
	return packet
}
