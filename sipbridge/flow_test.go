package sipbridge_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/siptest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/jid"
)

// A door is a service for one phone that comes by TCP, which is registered by whatever connection it was heard by last.
type door struct {
	came chan *arrival
	t    *testing.T

	mu    sync.Mutex
	flows []stack.Flow
	at    sip.Uri
}

func (d *door) Authenticate(in *stack.In) (sipbridge.Phone, bool) {
	d.register(in)
	return sipbridge.Phone{Device: "ann", Owner: jid.MustParse("ann@example.com")}, true
}

func (d *door) register(in *stack.In) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flows, d.at = []stack.Flow{in.Flow}, in.Request.Contact().Address
}

func (d *door) Bindings(string) []sipbridge.Binding {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []sipbridge.Binding{{Contact: d.at, Flow: d.flows[0]}}
}

func (d *door) Incoming(in sipbridge.Incoming, l call.Leg, o call.Offer) (call.Sink, error) {
	a := &arrival{in, o, &leg{l, d.t, make(chan call.Event, 100)}}
	d.came <- a
	return a.leg, nil
}

// A phone loses its connection: before an answer that ends its call, afterwards it is found again.
func TestConnectionIsLost(t *testing.T) {
	d := &door{came: make(chan *arrival, 1), t: t}
	st, err := stack.New(stack.Config{}, stack.Parts{Log: quiet(t), Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := sipbridge.New(sipbridge.Config{}, sipbridge.Parts{
		Stack: st, Phones: d, Owner: d, Domain: "example.com", Log: quiet(t),
		Media: func(o rtp.Options) (sipbridge.Media, error) { return &fakeMedia{Options: o}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	st.Handle(sip.REGISTER, func(in *stack.In) {
		d.register(in)
		if err := in.Tx.Answer(sip.StatusOK); err != nil {
			t.Error(err)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- st.ServeListener(ctx, l, stack.TCP) }()
	t.Cleanup(func() {
		closing, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		if err := service.Close(closing); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := st.Close(closing); err != nil {
			t.Error(err)
		}
	})
	connect := func() (*siptest.Phone, net.Conn) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return siptest.New(t, siptest.Stream(c), netip.AddrPort{}, "ann", "", "example.com"), c
	}

	p, conn := connect()
	p.Dial("100", []byte("offer"))
	a := <-d.came
	conn.Close()
	a.says(call.Ended{Reason: call.Cancelled})

	p, conn = connect()
	c := p.Dial("100", []byte("offer"))
	a = <-d.came
	a.Send(call.Answer{})
	c.Hears("200 INVITE")
	c.Ack(nil)
	a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
	conn.Close()
	back, _ := connect()
	if res := back.Register(time.Minute); res.StatusCode != sip.StatusOK {
		t.Fatal(res)
	}
	a.Send(call.Hold{})
	again := back.Request(sip.INVITE)
	back.Answer(again, sip.StatusOK, "", []byte("answer"))
	back.Request(sip.ACK)
	a.Send(call.Hangup{Reason: call.Success})
	back.Answer(back.Request(sip.BYE), sip.StatusOK, "", nil)
	a.says(call.Resumed{}, call.Ended{Reason: call.Success})
}

func quiet(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }
