package stack_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// A listener of whom we send datagrams to.
func guarded(t *testing.T, cfg stack.Config, refuse func(netip.AddrPort) bool) (s *stack.Stack, peer *end, send func(text string, times int) (answers int)) {
	t.Helper()
	s, err := stack.New(cfg, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(sip.OPTIONS, func(in *stack.In) { _ = in.Tx.Answer(sip.StatusOK) })
	if refuse != nil {
		s.Refuse(refuse)
	}
	w := &wire{}
	peer = w.listen(aliceAt)
	conn := w.listen(bobAt)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.ServePackets(ctx, conn) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, peer, func(text string, times int) (answers int) {
		for range times {
			if _, err := peer.WriteTo([]byte(text), conn.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			for len(peer.in) > 0 {
				<-peer.in
				answers++
			}
		}
		return answers
	}
}

func TestFloodsAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, send := guarded(t, stack.Config{Rate: 10, Burst: 50}, nil)
		if n := send(options("UDP", "x"), 100); n != 50 {
			t.Errorf("%d answers to 100 at once, want 50", n)
		}
		pass(2 * time.Second)
		if n := send(options("UDP", "x"), 100); n != 20 {
			t.Errorf("%d answers two seconds later, want 20", n)
		}
		if n := s.Stats().Dropped["flood"]; n != 130 {
			t.Errorf("%d dropped", n)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, _, send := guarded(t, stack.Config{Rate: 10, Burst: 50, Unlimited: []string{"192.0.2.0/24"}}, nil)
		if n := send(options("UDP", "x"), 100); n != 100 {
			t.Errorf("%d answers without a limit", n)
		}
	})
}

func TestStrangersGetNoAnswer(t *testing.T) {
	for name, text := range map[string]string{
		"a scanner":           strings.Replace(options("UDP", "x"), "Content-Length", "User-Agent: friendly-scanner\r\nContent-Length", 1),
		"one without a name":  strings.Replace(options("UDP", "x"), "To: <", "To: \"sipvicious\"<", 1),
		"another domain":      strings.Replace(options("UDP", "x"), "sip:example.com SIP", "sip:100@other.example SIP", 1),
		"no SIP":              "GET / HTTP/1.1\r\n\r\n",
		"a keep-alive":        "\r\n\r\n",
		"more than is likely": options("UDP", "x") + strings.Repeat("x", 17_000),
		"nothing":             "",
	} {
		synctest.Test(t, func(t *testing.T) {
			_, _, send := guarded(t, stack.Config{}, nil)
			if n := send(text, 1); n != 0 {
				t.Errorf("%s: %d answers", name, n)
			}
			if n := send(options("UDP", "y"), 1); n != 1 {
				t.Errorf("after %s: %d answers", name, n)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		_, _, send := guarded(t, stack.Config{}, func(a netip.AddrPort) bool { return a.String() == aliceAt })
		if n := send(options("UDP", "x"), 1); n != 0 {
			t.Errorf("somebody who is locked out gets %d answers", n)
		}
	})
}

// RFC 5626 §4.4.2: a phone keeps its flow open by STUN, over the socket of SIP.
func TestPhonesLearnTheirAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _ := guarded(t, stack.Config{}, nil)
		request := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "transaction1"...)
		if _, err := peer.WriteTo(request, peer.wire.ends[netip.MustParseAddrPort(bobAt)].LocalAddr()); err != nil {
			t.Fatal(err)
		}
		got := <-peer.in
		want := append([]byte{1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42}, "transaction1"...)
		want = append(want, 0, 0x20, 0, 8, 0, 1, 5060>>8^0x21, 5060&0xff^0x12, 192^0x21, 0^0x12, 2^0xa4, 1^0x42)
		if !bytes.Equal(got.b, want) {
			t.Errorf("got %x, want %x", got.b, want)
		}
	})
}
