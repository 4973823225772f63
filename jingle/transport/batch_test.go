package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// What is written in runs comes out as it was put in: each datagram for itself, in order.
func TestRunsAreCutApart(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		t.Run(address, func(t *testing.T) {
			at := netip.AddrPortFrom(netip.MustParseAddr(address), 0)
			s, err := ListenUDP(at)
			if err != nil {
				t.Skip(err) // no IPv6 here
			}
			defer s.Close()
			var readers [3]*net.UDPConn
			for i := range readers {
				if readers[i], err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); err != nil {
					t.Fatal(err)
				}
				defer readers[i].Close()
			}
			var list []Datagram
			var want [3][][]byte
			for n := range 300 {
				to := n / 5 % 3
				data := make([]byte, []int{1000, 1000, 1000, 700, 1000, 40, 40}[n%7])
				binary.BigEndian.PutUint32(data, uint32(n))
				list = append(list, Datagram{data, unmap(readers[to].LocalAddr().(*net.UDPAddr).AddrPort())})
				want[to] = append(want[to], data)
			}
			for rest := list; len(rest) > 0; {
				n, err := s.WriteBatch(rest)
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			b := make([]byte, 2000)
			for i, r := range readers {
				_ = r.SetReadDeadline(time.Now().Add(10 * time.Second))
				for k, data := range want[i] {
					n, err := r.Read(b)
					if err != nil || !slices.Equal(b[:n], data) {
						t.Fatalf("datagram %d to reader %d has %d octets of %d, %v", k, i, n, len(data), err)
					}
				}
			}
			t.Logf("segments: %v", s.(*udpSocket).segments)
		})
	}
}

func TestRuns(t *testing.T) {
	a, b := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:2")
	type d struct {
		size int
		to   netip.AddrPort
	}
	long := make([]d, 100)
	for i := range long {
		long[i] = d{1500, a}
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
		"no more than are sent": {long, maxRun},
	} {
		var list []Datagram
		for _, x := range c.list {
			list = append(list, Datagram{make([]byte, x.size), x.to})
		}
		if n := runOf(list); n != c.want {
			t.Errorf("%s: a run of %d", name, n)
		}
	}
}

func TestPacketsOfATransportAreGathered(t *testing.T) {
	// Numbers that fall on the same place of the table are told apart.
	ts := []*Transport{{number: 7}, {number: 7 + 2*batch}, {number: 8}}
	var list []*Buffer
	for i, n := range []int{0, 1, 2, 0, -1, 1, 0, 2} {
		b := &Buffer{n: i}
		if n >= 0 {
			b.t = ts[n]
		}
		list = append(list, b)
	}
	var g gatherer
	for range 2 {
		again := slices.Clone(list)
		g.gather(again)
		var got []int
		for _, b := range again {
			got = append(got, b.n)
		}
		if !slices.Equal(got, []int{0, 3, 6, 1, 5, 2, 7, 4}) {
			t.Errorf("order %v", got)
		}
	}
}
