package turn

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	pion "github.com/pion/turn/v5"
)

func TestClientsMeetOverEachTransport(t *testing.T) {
	r := serve(t, Config{})
	for _, over := range []string{"udp", "tcp", "tls"} {
		client := r.client(over, Credentials{})
		if _, err := client.SendBindingRequest(); err != nil {
			t.Errorf("STUN over %s: %v", over, err)
		}
		for _, other := range []string{"udp", "tls"} {
			a, b := r.relay(over, romeo), r.relay(other, juliet)
			pass(t, a, b, "over "+over)
			pass(t, b, a, "and back over "+other)
		}
	}
	s := r.Stats()
	if s.Relayed != 12 || s.Taken != 12 || s.ToPeers == 0 || s.FromPeers == 0 || s.Connections < 3 || s.RefusedPeers+s.RefusedQuota+s.RefusedAuth != 0 {
		t.Errorf("%+v", s)
	}
	r.stop()
	if s := r.Stats(); s.Relayed != 0 || s.Connections != 0 {
		t.Errorf("after the end: %+v", s)
	}
	if len(r.places.taken) != 0 {
		t.Errorf("places are still taken: %v", r.places.taken)
	}
}

func TestClientsMeetOverIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	_ = l.Close()
	r := serve(t, Config{}, func(d *Deps) { d.Listen = "::1" })
	a, b := r.relay("udp", romeo), r.relay("tls", juliet)
	if at := a.LocalAddr().(*net.UDPAddr); !at.IP.Equal(net.IPv6loopback) {
		t.Fatalf("relayed at %s", at)
	}
	pass(t, a, b, "over six")
	pass(t, b, a, "and back")
}

func TestARelayedAddressIsGivenBackByItsClient(t *testing.T) {
	r := serve(t, Config{PerUser: 1})
	for _, over := range []string{"udp", "tcp", "udp"} {
		client := r.client(over, r.Credentials(romeo, time.Now()))
		conn, err := client.Allocate()
		if err != nil {
			t.Fatalf("over %s: %v", over, err)
		}
		if err := conn.Close(); err != nil { // a request with lifetime 0, without waiting for the answer
			t.Fatal(err)
		}
		if _, err := client.SendBindingRequest(); err != nil { // which is handled after that
			t.Fatal(err)
		}
		if n := r.places.count(); n != 0 {
			t.Errorf("over %s: %d are still taken", over, n)
		}
	}
}

func TestBehindNATClientsMeetByTheOuterAddress(t *testing.T) {
	r := serve(t, Config{}, func(d *Deps) { d.External = addresses("203.0.113.7") })
	a, b := r.relay("udp", romeo), r.relay("tcp", juliet)
	if at := a.LocalAddr().(*net.UDPAddr); at.IP.String() != "203.0.113.7" || at.Port < relayPort || at.Port >= relayPort+RelayPorts {
		t.Fatalf("relayed at %s", at)
	}
	pass(t, a, b, "out and in again")
	pass(t, b, a, "and back")
}

func TestNothingIsRelayedToWhereItMustNotGo(t *testing.T) {
	r := serve(t, Config{})
	client := r.client("udp", r.Credentials(romeo, time.Now()))
	conn, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, ip := range []string{"10.0.0.1", "127.0.0.2", "169.254.169.254", "0.0.0.0", "192.168.1.1", "224.0.0.1", "255.255.255.255", "::ffff:10.0.0.1", "::ffff:169.254.169.254"} {
		err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: 80})
		if err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if n := r.Stats().RefusedPeers; n != 9 {
		t.Errorf("%d refusals", n)
	}
	// The address at which the relay itself is may be named, for the other relayed addresses; what else listens there gets nothing.
	service, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	for _, to := range []net.Addr{service.LocalAddr(), r.udp} {
		if _, err := conn.WriteTo([]byte("attack"), to); err != nil {
			t.Fatal(err)
		}
	}
	other := r.relay("udp", juliet)
	if _, err := service.WriteTo([]byte("from a service"), conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	pass(t, other, conn, "the packets before this one have been looked at")
	if n := r.Stats().RefusedPeers; n != 12 {
		t.Errorf("%d refusals", n)
	}
	_ = service.SetReadDeadline(time.Now())
	if n, _, err := service.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("the service got %d bytes", n)
	}
}

func TestAnAddressThatWasAllowedIsReached(t *testing.T) {
	r := serve(t, Config{AllowPeers: []string{"127.0.0.1"}})
	conn := r.relay("tls", romeo)
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if _, err := conn.WriteTo([]byte("ping"), peer.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	_ = peer.SetReadDeadline(time.Now().Add(time.Minute))
	n, from, err := peer.ReadFrom(got)
	if err != nil || string(got[:n]) != "ping" || from.String() != conn.LocalAddr().String() {
		t.Errorf("%q from %v, %v", got[:n], from, err)
	}
}

func TestLimitsOfRelayedAddresses(t *testing.T) {
	r := serve(t, Config{PerUser: 2, Total: 3})
	r.relay("udp", romeo)
	r.relay("tcp", romeo)
	_, err := r.client("udp", r.Credentials(romeo, time.Now())).Allocate()
	if err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a third one: %v", err)
	}
	r.relay("udp", juliet)
	if _, err := r.client("tls", r.Credentials(juliet, time.Now())).Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a fourth in all: %v", err)
	}
	if s := r.Stats(); s.RefusedQuota != 2 || s.Relayed != 3 {
		t.Errorf("%+v", s)
	}
	if err := r.places.take("another"); err == nil {
		t.Error("a place beyond the last was taken")
	}
}

func TestOnlyUDPIsRelayed(t *testing.T) {
	r := serve(t, Config{})
	if _, err := r.client("tcp", r.Credentials(romeo, time.Now())).AllocateTCP(); err == nil || !strings.Contains(err.Error(), "508") {
		t.Errorf("a TCP port: %v", err)
	}
	g := newGenerator(r.Server)
	if _, err := g.AllocateConn(pion.AllocateConnConfig{}); err == nil {
		t.Error("a connection was made")
	}
	for _, port := range []int{relayPort - 1, relayPort + RelayPorts, 53} {
		if _, _, err := g.AllocatePacketConn(pion.AllocateListenerConfig{Network: "udp4", UserID: "x", RequestedPort: port}); err == nil {
			t.Errorf("port %d was given out", port)
		}
	}
	if _, _, err := g.AllocatePacketConn(pion.AllocateListenerConfig{Network: "udp6", UserID: "x"}); err == nil {
		t.Error("an IPv6 address was given out where there is none")
	}
	if n := r.places.count(); n != 0 {
		t.Errorf("%d places are taken", n)
	}
	g.close()
	if _, _, err := g.AllocatePacketConn(pion.AllocateListenerConfig{Network: "udp4", UserID: "x"}); err == nil || r.places.count() != 0 {
		t.Errorf("after the end: %v, %d taken", err, r.places.count())
	}
}

func TestMoreThanTheBandwidthIsDropped(t *testing.T) {
	r := serve(t, Config{Bandwidth: 10_000, AllowPeers: []string{"127.0.0.1"}})
	conn := r.relay("udp", romeo)
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	for range 40 { // 40 kB at once
		if _, err := conn.WriteTo(make([]byte, 1000), peer.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.client("udp", Credentials{}).SendBindingRequest(); err != nil { // the socket's packets are handled in their order
		t.Fatal(err)
	}
	if s := r.Stats(); s.OverBandwidth < 20 || s.ToPeers < 10_000 {
		t.Errorf("%+v", s)
	}
	synctest.Test(t, func(t *testing.T) {
		b := bucket{rate: 100}
		b.start(time.Now())
		if !b.take(100, time.Now()) || b.take(1, time.Now()) {
			t.Error("a second's worth may come at once, and no more")
		}
		time.Sleep(500 * time.Millisecond)
		if b.take(51, time.Now()) || !b.take(50, time.Now()) {
			t.Error("half a second later half as much may come")
		}
		time.Sleep(time.Hour)
		if b.take(101, time.Now()) || !b.take(100, time.Now()) {
			t.Error("an hour later a second's worth may come")
		}
	})
}

func TestWhereRelayedAddressesAre(t *testing.T) {
	if got := relayAddresses("::ffff:10.0.0.1"); len(got) != 1 || got[0] != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("at one address: %v", got)
	}
	for _, everywhere := range []string{"", "0.0.0.0", "::"} {
		got := relayAddresses(everywhere)
		if len(got) == 0 || len(got) > 2 || len(got) == 2 && got[0].Is4() == got[1].Is4() {
			t.Errorf("at %q: %v", everywhere, got)
		}
		for _, ip := range got {
			if ip.IsUnspecified() {
				t.Errorf("at %q: %v", everywhere, got)
			}
		}
	}
	r := serve(t, Config{})
	if !r.Unreachable() {
		t.Error("loopback can be reached from outside")
	}
	if build(t, r.deps.Store, r.cfg, func(d *Deps) { d.External = addresses("8.8.8.8") }).Unreachable() || build(t, r.deps.Store, r.cfg, func(d *Deps) { d.Listen = "8.8.8.8" }).Unreachable() {
		t.Error("the internet cannot be reached from outside")
	}
}

func TestASocketThatFailsEndsTheService(t *testing.T) {
	s := serve(t, Config{}).Server
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Close(), l.Close()
	if err := s.ServePackets(context.Background(), conn); err == nil {
		t.Error("no fault of a closed socket")
	}
	if err := s.ServeListener(context.Background(), l); err == nil {
		t.Error("no fault of a closed listener")
	}
}
