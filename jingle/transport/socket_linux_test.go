package transport

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func listenTest(t testing.TB, at string) *udpSocket {
	t.Helper()
	s, err := ListenUDP(netip.MustParseAddrPort(at))
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.(*udpSocket)
}

// collect reads so many datagrams.
func collect(t testing.TB, s *udpSocket, n int) (out [][]byte, from netip.AddrPort) {
	t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Minute))
	list := make([]Arrival, reads)
	for len(out) < n {
		for i := range list {
			list[i].Data = make([]byte, 2000)
		}
		got, err := s.ReadBatch(list)
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(out), n, err)
		}
		for _, a := range list[:got] {
			out, from = append(out, a.Data), a.From
		}
	}
	return out, from
}

func TestDatagramsComeAsTheyWereSent(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		here, a, b := listenTest(t, at), listenTest(t, at), listenTest(t, at)
		var list []Datagram
		want := map[*udpSocket][][]byte{}
		add := func(to *udpSocket, sizes ...int) {
			for _, n := range sizes {
				d := bytes.Repeat([]byte{byte(len(list))}, n)
				list = append(list, Datagram{d, to.LocalAddr()})
				want[to] = append(want[to], d)
			}
		}
		add(a, 1100, 1100, 1100, 300) // a picture, whose last packet is shorter
		add(b, 1100, 1100, 1200, 1200, 40, 40, 41)
		add(a, 1500, 1500, 7) // longer than may be joined
		for range 100 {
			add(b, 500)
		}
		for at := 0; at < len(list); {
			n, err := here.WriteBatch(list[at:min(at+batch, len(list))])
			if err != nil {
				t.Fatal(err)
			}
			at += n
		}
		for _, to := range []*udpSocket{a, b} {
			got, from := collect(t, to, len(want[to]))
			if from != here.LocalAddr() {
				t.Errorf("from %v, sent from %v", from, here.LocalAddr())
			}
			for i := range got {
				if !bytes.Equal(got[i], want[to][i]) {
					t.Errorf("%s: datagram %d has %d octets, want %d", at, i, len(got[i]), len(want[to][i]))
				}
			}
		}
	}
}

func TestWhatIsJoined(t *testing.T) {
	a, b := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:2")
	type d struct {
		size int
		to   netip.AddrPort
	}
	long := make([]d, 100)
	for i := range long {
		long[i] = d{500, a}
	}
	for name, c := range map[string]struct {
		list []d
		want int
	}{
		"one":                   {[]d{{5, a}}, 1},
		"of one length":         {[]d{{5, a}, {5, a}, {5, a}}, 3},
		"the last is shorter":   {[]d{{5, a}, {5, a}, {3, a}, {3, a}}, 3},
		"a longer one":          {[]d{{5, a}, {5, a}, {6, a}}, 2},
		"another address":       {[]d{{5, a}, {5, b}, {5, a}}, 1},
		"no more than are sent": {long, maxJoined},
		"too long for a path":   {[]d{{1500, a}, {1500, a}}, 1},
		"too long together":     {slices.Repeat([]d{{1452, a}}, 50), maxMessage / 1452},
	} {
		var list []Datagram
		for _, x := range c.list {
			list = append(list, Datagram{make([]byte, x.size), x.to})
		}
		if n := joined(list); n != c.want {
			t.Errorf("%s: %d are joined", name, n)
		}
	}
}

// A kernel that takes no joined datagrams gets them one by one.
func TestWhatCannotBeJoined(t *testing.T) {
	here, there := listenTest(t, "127.0.0.1:0"), listenTest(t, "127.0.0.1:0")
	if !here.out.joins {
		t.Skip("this kernel joins nothing anyway")
	}
	for i := range here.out.controls {
		here.out.controls[i].header.Type = 0x7fff // which no kernel knows
	}
	var list []Datagram
	for n := range byte(10) {
		list = append(list, Datagram{bytes.Repeat([]byte{n}, 1000), there.LocalAddr()})
	}
	if n, err := here.WriteBatch(list); n != len(list) || err != nil {
		t.Fatalf("%d written, %v", n, err)
	}
	got, _ := collect(t, there, len(list))
	for i := range got {
		if !bytes.Equal(got[i], list[i].Data) {
			t.Errorf("datagram %d is another", i)
		}
	}
	for range maxRefused {
		if n, err := here.WriteBatch(list); n != len(list) || err != nil {
			t.Fatalf("%d written, %v", n, err)
		}
	}
	if here.out.joins {
		t.Error("it is tried for ever")
	}
}

// The datagram that cannot be sent is named; those before it are gone, those after it can go.
func TestADatagramThatCannotBeSent(t *testing.T) {
	here, there := listenTest(t, "127.0.0.1:0"), listenTest(t, "127.0.0.1:0")
	good := Datagram{make([]byte, 10), there.LocalAddr()}
	list := []Datagram{good, good, {make([]byte, 10), netip.MustParseAddrPort("[2001:db8::1]:5")}, good}
	if n, err := here.WriteBatch(list); n != 2 || err == nil {
		t.Errorf("%d written, %v", n, err)
	}
	if n, err := here.WriteBatch(list[3:]); n != 1 || err != nil {
		t.Errorf("%d written, %v", n, err)
	}
	collect(t, there, 3)
	_ = here.Close()
	if _, err := here.WriteBatch(list); err == nil {
		t.Error("a closed socket writes")
	}
	if _, err := here.ReadBatch([]Arrival{{Data: make([]byte, 10)}}); err == nil {
		t.Error("a closed socket reads")
	}
}

// BenchmarkWrite is the CPU time for packets of 1 kB to 100 receivers, of which each gets so many in a row. On loopback that is the way up to the
// receiver's socket too.
func BenchmarkWrite(b *testing.B) {
	for _, run := range []int{1, 3, 8} {
		for _, how := range []string{"alone", "joined"} {
			b.Run(strconv.Itoa(run)+" "+how, func(b *testing.B) {
				here := listenTest(b, "127.0.0.1:0")
				here.out.joins = here.out.joins && how == "joined"
				var to [100]netip.AddrPort
				for i := range to {
					s := listenTest(b, "127.0.0.1:0")
					_ = s.conn.SetReadBuffer(1) // what nobody reads is dropped
					to[i] = s.LocalAddr()
				}
				var list [batch]Datagram
				data := make([]byte, 1000)
				b.ReportAllocs()
				var before, after syscall.Rusage
				_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
				n := 0
				for b.Loop() {
					if n++; n%batch != 0 {
						continue
					}
					for i := range list {
						list[i] = Datagram{data, to[(n+i)/run%len(to)]}
					}
					if sent, err := here.WriteBatch(list[:]); sent != batch {
						b.Fatal(sent, err)
					}
				}
				_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
				b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano()+after.Stime.Nano()-before.Stime.Nano())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
