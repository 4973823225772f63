package sfu_test

import (
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/jingle/transport"
)

// A detour is a socket that sends media elsewhere once there are sinks, and counts it: the receivers of the benchmark cost nothing.
type detour struct {
	transport.Socket
	sinks   *atomic.Pointer[map[netip.AddrPort]netip.AddrPort]
	written *atomic.Int64
	more    chan struct{}
}

func (d detour) WriteBatch(list []transport.Datagram) (int, error) {
	if sinks := d.sinks.Load(); sinks != nil {
		for i := range list {
			if to, ok := (*sinks)[list[i].To]; ok && list[i].Data[0] >= 128 {
				list[i].To = to
			}
		}
	}
	n, err := d.Socket.WriteBatch(list)
	d.written.Add(int64(max(n, 1)))
	select {
	case d.more <- struct{}{}:
	default:
	}
	return n, err
}

// sinks has an address that nobody reads from for each of the clients.
func sinks(b *testing.B, clients []*client) *map[netip.AddrPort]netip.AddrPort {
	out := map[netip.AddrPort]netip.AddrPort{}
	for _, c := range clients {
		s, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		to, _ := c.peer.Transport(0).Remote()
		out[to] = s.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return &out
}

// BenchmarkForward is packets of 1 kB from one publisher to each of its receivers, of pictures eight at once: header, sealing with AES-GCM, queue, and
// the write to UDP sockets whose buffers are full, so that nothing is paid for who receives. An operation is one packet to one receiver.
func BenchmarkForward(b *testing.B) {
	for _, kind := range []string{"sound", "picture"} {
		for _, n := range []int{1, 25, 100} {
			b.Run(fmt.Sprintf("%s to %d", kind, n), func(b *testing.B) { benchForward(b, kind == "sound", n) })
		}
	}
}

func benchForward(b *testing.B, sound bool, receivers int) {
	var to atomic.Pointer[map[netip.AddrPort]netip.AddrPort]
	var done atomic.Int64
	more := make(chan struct{}, 1)
	e, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}, NoTCP: true,
		Listen: func(at netip.AddrPort) (transport.Socket, error) {
			s, err := transport.ListenUDP(at)
			return detour{s, &to, &done, more}, err
		}})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	codec, kind, slot, payload := media.Opus, media.Audio, 0, make([]byte, 1000)
	if !sound {
		codec, kind, slot = media.VP8, media.Video, 3
		payload = append(picture(true, 1, 720), payload...) // a key frame each: whose pictures were given up goes on
	}
	track := media.NewTrack(media.TrackConfig{ID: "t", Codec: codec, Kind: kind})
	layer := track.AddLayer("", 720)
	var clients []*client
	for range receivers {
		c := dial(b, e, page)
		c.bind(slot, track)
		clients = append(clients, c)
	}
	burst := 1
	if !sound {
		burst = 8
	}
	publish := func(n uint16) {
		p := media.NewPacket(len(payload))
		p.Make(media.Header{Sequence: n, Timestamp: uint32(n) * 960, SSRC: 1}, payload, time.Now())
		layer.Publish(p)
	}
	publish(0)
	to.Store(sinks(b, clients))
	sequence, total := uint16(0), int64(0)
	publish(1)
	lost := func() (n int64) {
		for _, d := range []transport.Drop{transport.VoiceLate, transport.VideoLate, transport.WriteFailed} {
			n += int64(e.Counters().Dropped(d))
		}
		return n
	}
	b.ReportAllocs()
	b.ResetTimer()
	done.Store(0)
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for i := 0; i < b.N; i += receivers * burst {
		for total += int64(receivers * burst); total-done.Load()-lost() > 2000; { // no more than the writer can keep up with
			select {
			case <-more:
			case <-time.After(10 * time.Millisecond):
			}
		}
		for range burst {
			sequence++
			publish(sequence + 1)
		}
	}
	b.StopTimer()
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	cpu := after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(cpu)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(100*float64(lost())/float64(b.N), "%lost")
}
