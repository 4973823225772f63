package transport_test

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"

	"plenum/jingle/transport"
)

// A virtualSocket is a socket of pion's virtual network.
type virtualSocket struct{ conn net.PacketConn }

func (s virtualSocket) ReadBatch(list []transport.Arrival) (int, error) {
	n, from, err := s.conn.ReadFrom(list[0].Data)
	if err != nil {
		return 0, err
	}
	list[0] = transport.Arrival{Data: list[0].Data[:n], From: from.(*net.UDPAddr).AddrPort()}
	return 1, nil
}

func (s virtualSocket) WriteBatch(list []transport.Datagram) (int, error) {
	for i, d := range list {
		if _, err := s.conn.WriteTo(d.Data, net.UDPAddrFromAddrPort(d.To)); err != nil {
			return i, err
		}
	}
	return len(list), nil
}

func (s virtualSocket) LocalAddr() netip.AddrPort {
	a := s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

func (s virtualSocket) Close() error { return s.conn.Close() }

// virtualEngine is an engine at an address of a virtual network.
func virtualEngine(t *testing.T, n *vnet.Net, address string) *transport.Engine {
	return newEngine(t, transport.Config{Addresses: []string{address}, Port: 19302, NoTCP: true, Net: n,
		Listen: func(at netip.AddrPort) (transport.Socket, error) {
			c, err := n.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
			return virtualSocket{c}, err
		}})
}

func virtualNet(t *testing.T, address string) *vnet.Net {
	t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{address}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var building sync.Mutex

// network is a server with a public address and a client behind a NAT of its own.
func network(t *testing.T, nat vnet.NATType, loss int) (server, client *vnet.Net, cut func(bool)) {
	t.Helper()
	building.Lock() // the network numbers its interfaces with a counter that is not made for tests beside each other
	defer building.Unlock()
	quiet := &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	internet, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "192.0.2.0/24", LoggerFactory: quiet})
	if err != nil {
		t.Fatal(err)
	}
	home, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", StaticIPs: []string{"192.0.2.20"}, NATType: &nat, LoggerFactory: quiet})
	if err != nil {
		t.Fatal(err)
	}
	server, client = virtualNet(t, "192.0.2.10"), virtualNet(t, "10.0.0.2")
	filter, err := vnet.NewLossFilter(server, loss, vnet.WithLossSeed(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(internet.AddNet(filter), home.AddNet(client), internet.AddRouter(home), internet.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = internet.Stop() })
	return server, client, func(off bool) {
		rate := loss
		if off {
			rate = 100
		}
		if err := filter.SetLossRate(rate, true); err != nil {
			t.Error(err)
		}
	}
}

func TestBehindNATWithLoss(t *testing.T) {
	for _, test := range []struct {
		name string
		nat  vnet.NATType
		loss int
	}{
		{"port restricted", vnet.NATType{MappingBehavior: vnet.EndpointIndependent, FilteringBehavior: vnet.EndpointAddrPortDependent}, 0},
		{"symmetric", vnet.NATType{MappingBehavior: vnet.EndpointAddrPortDependent, FilteringBehavior: vnet.EndpointAddrPortDependent}, 0},
		{"symmetric, a fifth is lost", vnet.NATType{MappingBehavior: vnet.EndpointAddrPortDependent, FilteringBehavior: vnet.EndpointAddrPortDependent}, 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				serverNet, clientNet, _ := network(t, test.nat, test.loss)
				server := newParty(t, virtualEngine(t, serverNet, "192.0.2.10"), false)
				client := newParty(t, virtualEngine(t, clientNet, "10.0.0.2"), true)
				connect(t, client, server)
				if to, _ := server.Remote(); to.Addr() != netip.MustParseAddr("192.0.2.20") {
					t.Errorf("packets go to %v", to)
				}
				for n := range uint16(200) {
					send(client, 7, n, transport.Voice)
				}
				for range 100 {
					server.receive().Release()
				}
			})
		})
	}
}

// A browser that dies is gone within 15 s.
func TestPeerThatDiesIsGoneInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		serverNet, clientNet, cut := network(t, vnet.NATType{}, 0)
		server := newParty(t, virtualEngine(t, serverNet, "192.0.2.10"), false)
		client := newParty(t, virtualEngine(t, clientNet, "10.0.0.2"), true)
		connect(t, client, server)
		begin := time.Now()
		cut(true)
		if err := server.await(transport.Lost); !errors.Is(err, transport.ErrGone) {
			t.Errorf("lost with %v", err)
		}
		if err := awaitFailure(t, server); !errors.Is(err, transport.ErrGone) {
			t.Errorf("failed with %v", err)
		}
		if took := time.Since(begin); took.Seconds() > 15 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestPeerThatComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		serverNet, clientNet, cut := network(t, vnet.NATType{}, 0)
		server := newParty(t, virtualEngine(t, serverNet, "192.0.2.10"), false)
		client := newParty(t, virtualEngine(t, clientNet, "10.0.0.2"), true)
		connect(t, client, server)
		cut(true)
		if err := server.await(transport.Lost); !errors.Is(err, transport.ErrGone) {
			t.Errorf("lost with %v", err)
		}
		cut(false)
		server.await(transport.Connected)
		pass(t, client, server)
	})
}
