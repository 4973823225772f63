package stack_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// A wire joins packet sockets in memory. What lose names is lost.
type wire struct {
	ends map[netip.AddrPort]*end
	lose func(from, to netip.AddrPort, b []byte) bool
}

type packet struct {
	b    []byte
	from netip.AddrPort
}

type end struct {
	wire   *wire
	local  netip.AddrPort
	in     chan packet
	closed chan struct{}
}

func (w *wire) listen(address string) *end {
	e := &end{wire: w, local: netip.MustParseAddrPort(address), in: make(chan packet, 1000), closed: make(chan struct{})}
	if w.ends == nil {
		w.ends = map[netip.AddrPort]*end{}
	}
	w.ends[e.local] = e
	return e
}

func (e *end) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-e.in:
		return copy(b, p.b), net.UDPAddrFromAddrPort(p.from), nil
	case <-e.closed:
		return 0, nil, net.ErrClosed
	}
}

func (e *end) WriteTo(b []byte, to net.Addr) (int, error) {
	remote := to.(*net.UDPAddr).AddrPort()
	if e.wire.lose != nil && e.wire.lose(e.local, remote, b) {
		return len(b), nil
	}
	if other := e.wire.ends[remote]; other != nil {
		other.in <- packet{append([]byte(nil), b...), e.local}
	}
	return len(b), nil
}

func (e *end) Close() error                     { close(e.closed); return nil }
func (e *end) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(e.local) }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// start makes a stack at an address of a wire and stops it at the test's end, when it must have nothing left.
func start(t *testing.T, w *wire, address string) *stack.Stack {
	t.Helper()
	s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	conn := w.listen(address)
	go func() { done <- s.ServePackets(ctx, conn) }()
	synctest.Wait()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if st := s.Stats(); st.Mailboxes != 0 || st.ServerTransactions != 0 || st.ClientTransactions != 0 {
			t.Errorf("left behind: %+v", st)
		}
	})
	return s
}

const (
	aliceAt = "192.0.2.1:5060"
	bobAt   = "192.0.2.2:5060"
)

var toBob = stack.Flow{Transport: stack.UDP, Remote: netip.MustParseAddrPort(bobAt)}

func request(method sip.RequestMethod, callID string, seq uint32) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: "bob", Host: "example.com"})
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: "alice", Host: "example.com"}, Params: sip.HeaderParams{{K: "tag", V: "a"}}})
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: "bob", Host: "example.com"}})
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// heard collects what a client transaction reports.
type heard struct {
	mu    sync.Mutex
	codes []int
	err   error
}

func (h *heard) fault() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

func (h *heard) on(res *sip.Response, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.err = errors.Join(h.err, err)
		return
	}
	h.codes = append(h.codes, res.StatusCode)
}

func equal(t *testing.T, what string, got, want []int) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

// do sends a request and fails the test when it cannot go out.
func do(t *testing.T, s *stack.Stack, req *sip.Request, h *heard) *stack.ClientTx {
	t.Helper()
	tx, err := s.Do(req, toBob, h.on)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestInviteIsRepeatedUntilAnsweredAndAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		w := &wire{lose: func(_, _ netip.AddrPort, b []byte) bool { return sent.Add(1) <= 2 }}
		alice, bob := start(t, w, aliceAt), start(t, w, bobAt)
		bob.Handle(sip.INVITE, func(in *stack.In) {
			if err := in.Tx.Answer(sip.StatusRinging); err != nil {
				t.Error(err)
			}
			if err := in.Tx.Answer(sip.StatusBusyHere); err != nil {
				t.Error(err)
			}
			if err := in.Tx.Answer(sip.StatusOK); !errors.Is(err, stack.ErrAnswered) {
				t.Errorf("a second final answer: %v", err)
			}
		})
		var h heard
		do(t, alice, request(sip.INVITE, "1", 1), &h)
		pass(time.Minute)
		equal(t, "answers", h.codes, []int{180, 486})
		if st := alice.Stats(); st.ClientTransactions != 0 || st.Repeats != 2 {
			t.Errorf("alice: %+v", st)
		}
		if st := bob.Stats(); st.ServerTransactions != 0 || st.Mailboxes != 0 {
			t.Errorf("bob: %+v", st)
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice := start(t, &wire{}, aliceAt)
		var invite, options heard
		do(t, alice, request(sip.INVITE, "1", 1), &invite)
		do(t, alice, request(sip.OPTIONS, "2", 1), &options)
		pass(31 * time.Second)
		if invite.fault() != nil || options.fault() != nil {
			t.Error("given up too early")
		}
		pass(2 * time.Second)
		if !errors.Is(invite.err, stack.ErrTimeout) || !errors.Is(options.err, stack.ErrTimeout) {
			t.Errorf("got %v and %v", invite.err, options.err)
		}
		// RFC 3261 §17.1.1.2: INVITE goes out 7 times; §17.1.2.1: others 11 times, each first time included.
		if n := alice.Stats().Repeats; n != 6+10 {
			t.Errorf("%d repetitions, want 16", n)
		}
	})
}

func TestCancelWaitsForAProvisionalAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		alice, bob := start(t, w, aliceAt), start(t, w, bobAt)
		var cancelled atomic.Bool
		bob.Handle(sip.INVITE, func(in *stack.In) {
			in.Tx.OnCancel(func(cancel *sip.Request) {
				if r := cancel.GetHeader("Reason"); r == nil || r.Value() != "SIP;cause=200" {
					t.Errorf("reason %v", r)
				}
				cancelled.Store(true)
				_ = in.Tx.Answer(sip.StatusRequestTerminated)
			})
		})
		var h heard
		do(t, alice, request(sip.INVITE, "1", 1), &h).Cancel(sip.NewHeader("Reason", "SIP;cause=200"))
		pass(100 * time.Millisecond)
		if cancelled.Load() {
			t.Error("CANCEL went out before there was an answer (RFC 3261 §9.1)")
		}
		pass(time.Second)
		equal(t, "answers", h.codes, []int{100, 487})
		if !cancelled.Load() {
			t.Error("not cancelled")
		}
		pass(time.Minute)
	})
}

func TestAnswerOfADialogIsRepeatedByItsOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		alice, bob := start(t, w, aliceAt), start(t, w, bobAt)
		acks := 0
		var release func()
		bob.Handle(sip.INVITE, func(in *stack.In) {
			release = bob.Hold("1")
			ok := stack.Response(in.Request, sip.StatusOK)
			for range 2 {
				if err := in.Tx.Respond(ok); err != nil {
					t.Error(err)
				}
			}
		})
		bob.Handle(sip.ACK, func(in *stack.In) {
			if in.Tx != nil {
				t.Error("an ACK with a transaction")
			}
			acks++
		})
		var h heard
		do(t, alice, request(sip.INVITE, "1", 1), &h)
		synctest.Wait()
		equal(t, "answers", h.codes, []int{200, 200})
		ack := request(sip.ACK, "1", 1)
		ack.To().Params.Add("tag", "b")
		if err := alice.SendACK(ack, toBob); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if acks != 1 {
			t.Errorf("%d ACKs", acks)
		}
		if !bob.Post("1", func() {}) {
			t.Error("a held mailbox takes no posts")
		}
		release()
		pass(33 * time.Second)
		if bob.Post("1", func() {}) {
			t.Error("a mailbox that nobody holds takes posts")
		}
	})
}

func TestRequestsOfDialogsThatNobodyHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		alice, bob := start(t, w, aliceAt), start(t, w, bobAt)
		bob.Handle(sip.BYE, func(in *stack.In) { t.Error("BYE of nobody's dialog is handled") })
		bye := request(sip.BYE, "1", 2)
		bye.To().Params.Add("tag", "b")
		var h, none heard
		do(t, alice, bye, &h)
		do(t, alice, request("INFO", "2", 1), &none)
		synctest.Wait()
		equal(t, "BYE", h.codes, []int{481})
		equal(t, "INFO", none.codes, []int{405})
		pass(time.Minute)
	})
}

// pass lets time pass, and what is due in it happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
