//go:build interop

package interop

import (
	bin "encoding/binary"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/srtp/v3"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/tone"
	"plenum/sipbridge/sdp"
)

// A tap listens to what is sent to a telephone, on the loopback interface. baresip writes nothing into its file any more once it was on hold.
type tap struct {
	port   int // of the telephone
	socket int
	keys   []*srtp.Context // that may have been agreed on; none where what is sent is not encrypted

	mu   sync.Mutex
	pcm  []int16   // the last half second
	last time.Time // when it came
}

// tapped listens to a telephone in a call. It is nil where only root may. Where what is sent is encrypted the keys are those that the telephone has logged.
func (p *phone) tapped(c media.Codec) *tap {
	p.t.Helper()
	if os.Geteuid() != 0 {
		p.t.Log("what a telephone on hold hears is not looked at: only root may listen")
		return nil
	}
	port := p.mediaPort()
	everything := int(bin.NativeEndian.Uint16([]byte{0, syscall.ETH_P_ALL})) // in the order of the network
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, everything)
	if err != nil {
		p.t.Fatal(err)
	}
	lo, err := net.InterfaceByName("lo")
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrLinklayer{Protocol: uint16(everything), Ifindex: lo.Index})
	}
	if err == nil {
		err = syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	decoder, err := codec.NewDecoder(c)
	if err != nil {
		p.t.Fatal(err)
	}
	a := &tap{port: port, socket: socket, keys: p.keys()}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		a.listen(decoder, stop)
	}()
	p.t.Cleanup(func() {
		close(stop)
		<-stopped
		_ = syscall.Close(socket)
	})
	return a
}

// keys are all those that stand in what the telephone has sent and got: that of the server is among them.
func (p *phone) keys() (list []*srtp.Context) {
	p.t.Helper()
	for _, m := range regexp.MustCompile(`a=crypto:([^\r\n]+)`).FindAllStringSubmatch(p.logged(), -1) {
		line := sdp.Media{Attributes: []sdp.Attribute{{Name: "crypto", Value: m[1]}}}
		for _, c := range line.Cryptos() {
			ctx, err := srtp.CreateContext(c.Key[:c.Suite.Key], c.Key[c.Suite.Key:], c.Suite.Profile)
			if err != nil {
				p.t.Fatal(err)
			}
			list = append(list, ctx)
		}
	}
	return list
}

// open decrypts a packet by the key by which it was encrypted, if it was.
func (a *tap) open(rtp []byte) ([]byte, bool) {
	if len(a.keys) == 0 {
		return rtp, true
	}
	for _, k := range a.keys {
		if opened, err := k.DecryptRTP(nil, rtp, nil); err == nil {
			return opened, true
		}
	}
	return nil, false
}

// mediaPort is where the telephone's last description wants its sound.
func (p *phone) mediaPort() int {
	p.t.Helper()
	all := regexp.MustCompile(`a=tool:baresip[^\n]*\n(?:\s*[a-z]=[^\n]*\n)*?\s*m=audio (\d+)`).FindAllStringSubmatch(p.logged(), -1)
	if all == nil {
		p.t.Fatalf("no description of media of the phone %s", p.name)
	}
	port, _ := strconv.Atoi(all[len(all)-1][1])
	return port
}

func (a *tap) listen(d media.Decoder, stop <-chan struct{}) {
	frame, pcm := make([]byte, 4096), make([]int16, media.MaxDecoded)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, from, err := syscall.Recvfrom(a.socket, frame, 0)
		if link, ok := from.(*syscall.SockaddrLinklayer); err != nil || !ok || link.Pkttype == syscall.PACKET_OUTGOING || n < 14+20+8+12 {
			continue // each packet is seen twice, as it goes and as it comes
		}
		ip := frame[14:n]
		udp := ip[int(ip[0]&15)*4:]
		if ip[9] != syscall.IPPROTO_UDP || len(udp) < 8+12 || int(bin.BigEndian.Uint16(udp[2:])) != a.port {
			continue
		}
		if rtp, ok := a.open(udp[8:]); ok && rtp[0] == 0x80 && !media.IsRTCP(rtp) {
			if n, err := d.Decode(rtp[12:], pcm); err == nil {
				a.mu.Lock()
				a.pcm, a.last = append(a.pcm, pcm[:n]...), time.Now()
				a.pcm = a.pcm[max(0, len(a.pcm)-media.Rate/2):]
				a.mu.Unlock()
			}
		}
	}
}

// until looks at the last half second of what was sent.
func (a *tap) until(t testing.TB, what string, so func([]int16) bool) {
	t.Helper()
	if a == nil {
		return
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a.mu.Lock()
		fine := len(a.pcm) == media.Rate/2 && time.Since(a.last) < time.Second && so(a.pcm)
		level, tones := media.Measure(a.pcm), spectrum(a.pcm)
		a.mu.Unlock()
		if fine {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for a phone to be sent %s; level %d,%s", what, level, tones)
		}
	}
}

// music waits until what is sent is sound, and no tone.
func (a *tap) music(t testing.TB, not ...float64) {
	t.Helper()
	a.until(t, "music", func(pcm []int16) bool {
		for _, hz := range not {
			if tone.Amplitude(pcm, hz) > audible {
				return false
			}
		}
		return media.Measure(pcm) < media.Quiet
	})
}

// tone waits until what is sent is a tone.
func (a *tap) tone(t testing.TB, hz float64) {
	t.Helper()
	a.until(t, "a tone", func(pcm []int16) bool { return tone.Heard(pcm, hz) })
}

// tones waits until all of these tones are sent at the same time.
func (a *tap) tones(t testing.TB, hz ...float64) {
	t.Helper()
	a.until(t, fmt.Sprintf("the tones %v", hz), func(pcm []int16) bool {
		return !slices.ContainsFunc(hz, func(hz float64) bool { return tone.Amplitude(pcm, hz) < audible })
	})
}
