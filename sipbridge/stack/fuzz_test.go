package stack_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

func seeds(f *testing.F) [][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/torture/*.sip")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	var all [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, text)
	}
	return append(all, []byte(options("UDP", "x")), bytes.ReplaceAll([]byte(options("UDP", "y")), []byte("OPTIONS"), []byte("CANCEL")))
}

// Whatever comes in a datagram, whole or cut off, the server goes on and has nothing left of it a minute later: ask looks at that.
func FuzzDatagram(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text, uint16(len(text)))
		f.Add(text, uint16(len(text)/2))
	}
	f.Fuzz(func(t *testing.T, text []byte, end uint16) {
		synctest.Test(t, func(t *testing.T) {
			code, answer := ask(t, text[:min(int(end), len(text))])
			if code != 0 && (code < 100 || code > 699 || bytes.Count([]byte(answer), []byte("\r\n\r\n")) < 1) {
				t.Errorf("answered %q", answer)
			}
		})
	})
}

// The same over a connection, in pieces.
func FuzzStream(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(append(append(text, "\r\n\r\n"...), text...), uint16(len(text)/2))
	}
	f.Fuzz(func(t *testing.T, text []byte, cut uint16) {
		synctest.Test(t, func(t *testing.T) {
			s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
			if err != nil {
				t.Fatal(err)
			}
			s.Handle(sip.OPTIONS, func(in *stack.In) { _ = in.Tx.Answer(sip.StatusOK) })
			s.Handle(sip.INVITE, func(in *stack.In) { _ = in.Tx.Answer(sip.StatusBusyHere) })
			d := &door{make(chan net.Conn), make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.ServeListener(ctx, d, stack.TCP) }()
			server, client := net.Pipe()
			d.conns <- visitor{server}
			go io.Copy(io.Discard, client)
			at := min(int(cut), len(text))
			for _, piece := range [][]byte{text[:at], text[at:]} {
				client.Write(piece) // the server may have had enough
			}
			client.Close()
			pass(2 * time.Minute)
			if st := s.Stats(); st.Connections != 0 || st.Mailboxes != 0 || st.ServerTransactions != 0 {
				t.Errorf("left behind: %+v", st)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	})
}

// A door is a listener in memory.
type door struct {
	conns  chan net.Conn
	closed chan struct{}
}

type visitor struct{ net.Conn }

func (v visitor) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(aliceAt))
}
func (v visitor) LocalAddr() net.Addr { return (&door{}).Addr() }

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error   { close(d.closed); return nil }
func (d *door) Addr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(bobAt)) }
