package dscp_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"plenum/sipbridge/dscp"
)

// Datagrams arrive with the mark, over IPv4, over IPv6, and over IPv4 from a socket that serves both.
func TestDatagramsAreMarked(t *testing.T) {
	for name, c := range map[string]struct{ from, to string }{
		"IPv4": {"127.0.0.1:0", "127.0.0.1:0"}, "IPv6": {"[::1]:0", "[::1]:0"}, "both": {"[::]:0", "127.0.0.1:0"},
	} {
		to, err := net.ListenPacket("udp", c.to)
		if err != nil {
			t.Skipf("%s: %v", name, err)
		}
		defer to.Close()
		from, err := net.ListenPacket("udp", c.from)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		raw, err := to.(*net.UDPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTOS, 1)
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
		})
		if err := dscp.Mark(from, dscp.Expedited); err != nil {
			t.Fatal(name, err)
		}
		if _, err := from.WriteTo([]byte("x"), to.LocalAddr()); err != nil {
			t.Fatal(name, err)
		}
		_ = to.SetReadDeadline(time.Now().Add(time.Minute))
		control := make([]byte, 256)
		_, n, _, _, err := to.(*net.UDPConn).ReadMsgUDP(make([]byte, 16), control)
		if err != nil {
			t.Fatal(name, err)
		}
		list, err := syscall.ParseSocketControlMessage(control[:n])
		if err != nil || len(list) != 1 || list[0].Data[0] != dscp.Expedited<<2 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

func TestConnectionsAreMarked(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := dscp.Mark(c, dscp.ClassThree); err != nil {
		t.Fatal(err)
	}
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		if tos, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TOS); err != nil || tos != dscp.ClassThree<<2 {
			t.Errorf("%#x, %v", tos, err)
		}
	})
}
