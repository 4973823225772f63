package turn

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
)

// script is a socket at which packets lie ready; when there are no more it is closed.
type script struct {
	net.PacketConn
	packets []packet
}

type packet struct {
	data []byte
	from string
	err  error
}

func (s *script) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(s.packets) == 0 {
		return 0, nil, net.ErrClosed
	}
	p := s.packets[0]
	s.packets = s.packets[1:]
	if p.err != nil {
		return 0, nil, p.err
	}
	return copy(b, p.data), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(p.from)), nil
}

func TestRequestsFromOnePlaceAreLimited(t *testing.T) {
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw
	indication := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication)).Raw
	channel := []byte{0x40, 0, 0, 4, 1, 2, 3, 4}
	if !isRequest(request) || isRequest(indication) || isRequest(channel) || isRequest(nil) || isRequest([]byte{0}) ||
		isRequest(stun.MustBuild(stun.TransactionID, stun.BindingSuccess).Raw) || isRequest(stun.MustBuild(stun.TransactionID, stun.BindingError).Raw) {
		t.Error("what is a request is not told apart")
	}
	for _, c := range []struct {
		sentence string
		data     []byte
		from     []string
		passes   int
	}{
		{"one address", request, []string{"192.0.2.1:1", "192.0.2.1:2", "[::ffff:192.0.2.1]:3"}, requestsPerSecond},
		{"two addresses", request, []string{"192.0.2.1:1", "192.0.2.2:1"}, 2 * requestsPerSecond},
		{"one network", request, []string{"[2001:db8::1]:1", "[2001:db8::ffff:1]:1"}, requestsPerSecond},
		{"two networks", request, []string{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1"}, 2 * requestsPerSecond},
		{"data", channel, []string{"192.0.2.1:1"}, 1000},
		{"data before there is a channel", indication, []string{"192.0.2.1:1"}, 1000},
	} {
		synctest.Test(t, func(t *testing.T) {
			var s script
			for i := range 1000 {
				s.packets = append(s.packets, packet{data: c.data, from: c.from[i%len(c.from)]})
			}
			var f figures
			p := newPackets(&s, &f)
			if n := readAll(t, p); n != c.passes || f.throttled.Load() != int64(1000-c.passes) {
				t.Errorf("%s: %d pass, %d are counted", c.sentence, n, f.throttled.Load())
			}
			time.Sleep(time.Second)
			s.packets = []packet{{data: c.data, from: c.from[0]}, {err: errors.New("no memory")}, {data: c.data, from: c.from[0]}}
			if n := readAll(t, p); n != 2 {
				t.Errorf("%s: a second later %d pass", c.sentence, n)
			}
		})
	}
}

func readAll(t *testing.T, p *packets) (n int) {
	t.Helper()
	b := make([]byte, 100)
	for {
		if _, _, err := p.ReadFrom(b); errors.Is(err, net.ErrClosed) {
			if n == 0 || len(p.failed) != 1 {
				t.Error("the end was not told")
			}
			return n
		} else if err != nil {
			t.Fatal(err)
		}
		n++
	}
}

func TestConnectionsFromOnePlaceAreLimited(t *testing.T) {
	r := serve(t, Config{})
	var first net.Conn
	for i := range maxConnectionsFrom {
		conn, err := net.Dial("tcp", r.tcp.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i == 0 {
			first = conn
		}
	}
	conn, err := net.Dial("tcp", r.tcp.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !eof(conn) {
		t.Error("one more was taken")
	}
	if s := r.Stats(); s.Turned != 1 || s.Connections != maxConnectionsFrom {
		t.Errorf("%+v", s)
	}
	r.stop()
	if !eof(first) {
		t.Error("a connection is still there after the end")
	}
}

func TestSilentAndSlowConnectionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		var f figures
		l := newListener(nil, quiet.log, &f)
		c := l.add(here)
		begun := time.Now()
		if _, err := c.Read(make([]byte, 1)); err == nil || time.Since(begun) != firstTime {
			t.Errorf("silent from the first: %v after %s", err, time.Since(begun))
		}
		go there.Write([]byte("x"))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		begun = time.Now()
		if _, err := c.Read(make([]byte, 1)); err == nil || time.Since(begun) != idleTime {
			t.Errorf("silent later: %v after %s", err, time.Since(begun))
		}
		begun = time.Now()
		if _, err := c.Write(bytes.Repeat([]byte("x"), 1000)); err == nil || time.Since(begun) != writeTime {
			t.Errorf("does not read: %v after %s", err, time.Since(begun))
		}
		if f.connections.Load() != 0 || len(l.open) != 0 || len(l.from) != 0 {
			t.Error("a connection that takes nothing is still there")
		}
	})
}

// TestGarbageEndsAConnectionAndNothingElse: pion keeps a connection whose handshake failed.
func TestGarbageEndsAConnectionAndNothingElse(t *testing.T) {
	r := serve(t, Config{})
	for _, at := range []net.Addr{r.tcp, r.tls} {
		for _, garbage := range []string{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x00\x01\xff\xff" + string(bytes.Repeat([]byte{0}, 3000)), "\x40\x00\xff\xff" + string(bytes.Repeat([]byte{7}, 70000))} {
			conn, err := net.Dial("tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write([]byte(garbage))
			_ = conn.(*net.TCPConn).CloseWrite() // which fails when the server was faster
			if !closes(conn) {
				t.Errorf("%s: %.20q does not end the connection", at, garbage)
			}
			_ = conn.Close()
		}
	}
	for _, garbage := range [][]byte{nil, {0}, {0, 1}, bytes.Repeat([]byte{0xff}, 1600), bytes.Repeat([]byte{0}, 60000), append([]byte{0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 20)...)} {
		conn, err := net.Dial("udp", r.udp.String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(garbage)
		_ = conn.Close()
	}
	pass(t, r.relay("udp", romeo), r.relay("tls", juliet), "still there")
}

// closes reads to the end.
func closes(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	for b := make([]byte, 1000); ; {
		if _, err := conn.Read(b); err != nil {
			var late net.Error
			return !(errors.As(err, &late) && late.Timeout())
		}
	}
}
