package trunk_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
)

// kept is a listener whose connections can be cut.
type kept struct {
	net.Listener
	conns chan net.Conn
}

func (k *kept) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err == nil {
		k.conns <- c
	}
	return c, err
}

// Who is registered by a connection cannot be reached when it is gone, and registers anew at once, by another.
func TestALostConnectionIsReplaced(t *testing.T) {
	registered := make(chan stack.Flow, 10)
	stacks := make([]*stack.Stack, 2)
	for i := range stacks {
		s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com", "provider.example"}})
		if err != nil {
			t.Fatal(err)
		}
		stacks[i] = s
		t.Cleanup(func() {
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	stacks[1].Handle(sip.REGISTER, func(in *stack.In) {
		contact := *in.Request.Contact()
		contact.Params = sip.HeaderParams{{K: "expires", V: "600"}}
		if in.Tx.Answer(sip.StatusOK, &contact) != nil {
			return // it came by the connection that is being lost
		}
		registered <- in.Flow
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &kept{l, make(chan net.Conn, 10)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- stacks[1].ServeListener(ctx, listener, stack.TCP) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	list := registering()
	list.Accounts[0].Transport = "tcp"
	service, err := trunk.New(trunk.Config{}, trunk.Parts{Stack: stacks[0], Directory: &trunks{list: []directory.Trunk{list}}, Log: slog.New(slog.DiscardHandler),
		Resolve: func(context.Context, sip.Uri) ([]stack.Flow, error) {
			return []stack.Flow{{Transport: stack.TCP, Remote: l.Addr().(*net.TCPAddr).AddrPort(), Name: "provider.example"}}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	service.Start()
	t.Cleanup(service.Close)
	before := netip.AddrPort{}
	for range 3 {
		select {
		case f := <-registered:
			if f.Remote == before {
				t.Errorf("it is registered by the lost connection from %s", f.Remote)
			}
			before = f.Remote
		case <-time.After(time.Minute):
			t.Fatal("it does not register")
		}
		if err := (<-listener.conns).Close(); err != nil {
			t.Error(err)
		}
	}
}
