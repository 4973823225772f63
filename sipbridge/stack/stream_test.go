package stack_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// served is a stack that listens on loopback by every transport.
type served struct {
	*stack.Stack
	tcp, tls netip.AddrPort
	web      *httptest.Server
	lost     chan stack.Flow
	roots    *x509.CertPool
}

// serve starts one; it answers OPTIONS with 200 and INVITE with what answer says.
func serve(t *testing.T, cfg stack.Config) *served {
	t.Helper()
	cert, roots := certificate(t)
	s, err := stack.New(cfg, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}, RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	out := &served{Stack: s, lost: make(chan stack.Flow, 10), roots: roots}
	s.OnFlowLost(func(f stack.Flow) { out.lost <- f })
	s.Handle(sip.OPTIONS, func(in *stack.In) {
		if err := in.Tx.Answer(sip.StatusOK); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	listen := func(transport string, wrap func(net.Listener) net.Listener) netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- s.ServeListener(ctx, wrap(l), transport) }()
		return netip.MustParseAddrPort(l.Addr().String())
	}
	out.tcp = listen(stack.TCP, func(l net.Listener) net.Listener { return l })
	out.tls = listen(stack.TLS, func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
	})
	out.web = httptest.NewServer(s.WebSocketHandler())
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("serve: %v", err)
			}
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		out.web.Close()
		if st := s.Stats(); st.Connections != 0 || st.Mailboxes != 0 || st.ServerTransactions != 0 || st.ClientTransactions != 0 {
			t.Errorf("left behind: %+v", st)
		}
	})
	return out
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// options is an OPTIONS request as text.
func options(transport, callID string) string {
	return "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/" + transport + " phone.invalid;branch=z9hG4bK" + callID + ";rport\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: " + callID + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}

// answer reads one message without a body.
func answer(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q: %v", b.String(), err)
		}
		if b.WriteString(line); line == "\r\n" {
			return b.String()
		}
	}
}

func TestStreams(t *testing.T) {
	s := serve(t, stack.Config{})
	for _, transport := range []string{stack.TCP, stack.TLS} {
		t.Run(transport, func(t *testing.T) {
			var conn net.Conn
			var err error
			if transport == stack.TCP {
				conn, err = net.Dial("tcp", s.tcp.String())
			} else {
				conn, err = tls.Dial("tcp", s.tls.String(), &tls.Config{RootCAs: s.roots, ServerName: "example.com"})
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			// Two requests at once, the second in pieces, and pings between them.
			text := options(transport, "one") + "\r\n\r\n" + options(transport, "two")
			for _, piece := range []string{text[:len(text)-40], text[len(text)-40:]} {
				if _, err := io.WriteString(conn, piece); err != nil {
					t.Fatal(err)
				}
			}
			got := answer(t, in)
			got += answer(t, in)
			got += answer(t, in)
			for _, want := range []string{"SIP/2.0 200 OK\r\n", "Call-ID: one\r\n", "Call-ID: two\r\n", "\r\n\r\n"} {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in %q", want, got)
				}
			}
			conn.Close()
			if f := <-s.lost; f.Transport != transport || f.Conn == 0 {
				t.Errorf("lost %+v", f)
			}
		})
	}
}

func TestStreamEndsWhereFramingEnds(t *testing.T) {
	s := serve(t, stack.Config{})
	for name, text := range map[string]string{
		"no length":       strings.Replace(options("TCP", "x"), "Content-Length: 0\r\n", "", 1),
		"negative length": strings.Replace(options("TCP", "x"), "Length: 0", "Length: -1", 1),
		"two lengths":     strings.Replace(options("TCP", "x"), "Content-Length: 0", "Content-Length: 0\r\nl: 5", 1),
		"much too long":   strings.Replace(options("TCP", "x"), "Length: 0", "Length: 70000", 1),
		"no end":          "OPTIONS sip:example.com SIP/2.0\r\n" + strings.Repeat("X: y\r\n", 6000),
	} {
		conn, err := net.Dial("tcp", s.tcp.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
		conn.Close()
		<-s.lost
	}
}

func TestConnectionsOfAnAddressAreLimited(t *testing.T) {
	s := serve(t, stack.Config{PerAddress: 1})
	first, err := net.Dial("tcp", s.tcp.String())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := io.WriteString(first, options("TCP", "x")); err != nil {
		t.Fatal(err)
	}
	answer(t, bufio.NewReader(first))
	second, err := net.Dial("tcp", s.tcp.String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("a second connection is served")
	}
}

func TestConnectionsAreOpenedAndShared(t *testing.T) {
	s := serve(t, stack.Config{})
	client, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.org"}, RootCAs: s.roots})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	type result struct {
		code int
		err  error
	}
	ask := func(f stack.Flow, callID string) (result, stack.Flow) {
		done := make(chan result, 1)
		tx, err := client.Do(request(sip.OPTIONS, callID, 1), f, func(res *sip.Response, err error) {
			if err != nil {
				done <- result{err: err}
			} else {
				done <- result{code: res.StatusCode}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		r := <-done
		return r, tx.Flow()
	}
	for _, c := range []struct {
		flow stack.Flow
		ok   bool
	}{
		{stack.Flow{Transport: stack.TCP, Remote: s.tcp}, true},
		{stack.Flow{Transport: stack.TLS, Remote: s.tls, Name: "example.com"}, true},
		{stack.Flow{Transport: stack.TLS, Remote: s.tls, Name: "example.net"}, false},
		{stack.Flow{Transport: stack.WSS, Remote: s.tls}, false},
		{stack.Flow{Transport: stack.TCP, Remote: s.tcp, Conn: 1 << 40}, false},
	} {
		first, used := ask(c.flow, "1"+c.flow.Transport+c.flow.Name)
		if (first.code == 200) != c.ok || (first.err == nil) != c.ok {
			t.Errorf("%+v: %+v", c.flow, first)
		}
		if !c.ok {
			continue
		}
		if again, other := ask(c.flow, "2"+c.flow.Transport); again.code != 200 || other != used {
			t.Errorf("%+v: again %+v by %+v, not %+v", c.flow, again, other, used)
		}
	}
}

func TestAnswerThatIsLostWithItsConnection(t *testing.T) {
	s := serve(t, stack.Config{})
	arrived := make(chan *stack.In, 1)
	s.Handle(sip.INVITE, func(in *stack.In) { arrived <- in })
	conn, err := net.Dial("tcp", s.tcp.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(options("TCP", "x"), "OPTIONS", "INVITE")); err != nil {
		t.Fatal(err)
	}
	in := <-arrived
	failed := make(chan error, 1)
	if _, err := s.Do(request(sip.OPTIONS, "y", 1), in.Flow, func(_ *sip.Response, err error) { failed <- err }); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for !strings.HasPrefix(answer(t, r), "OPTIONS ") {
	}
	conn.Close()
	if err := <-failed; !errors.Is(err, stack.ErrFlowLost) {
		t.Errorf("got %v", err)
	}
}

func TestWebSocket(t *testing.T) {
	s := serve(t, stack.Config{AllowPlaintext: true})
	url := "ws" + strings.TrimPrefix(s.web.URL, "http")
	if _, _, err := websocket.Dial(t.Context(), url, nil); err == nil {
		t.Error("a WebSocket without the subprotocol sip is accepted")
	}
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	for _, c := range []struct{ send, want string }{
		{options("WS", "one"), "SIP/2.0 200 OK\r\n"},
		{"\r\n\r\n", "\r\n"},
	} {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(c.send)); err != nil {
			t.Fatal(err)
		}
		_, got, err := ws.Read(t.Context())
		if err != nil || !strings.HasPrefix(string(got), c.want) {
			t.Errorf("%q: got %q, %v", c.send, got, err)
		}
	}
	// A ping is answered while somebody reads, also one with something in it.
	reading, cancel := context.WithCancel(t.Context())
	go ws.Read(reading)
	if err := ws.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	if f := <-s.lost; f.Transport != stack.WS {
		t.Errorf("lost %+v", f)
	}
}

func TestWebSocketWithoutTLSMustBeAllowed(t *testing.T) {
	s := serve(t, stack.Config{})
	_, res, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(s.web.URL, "http"), &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err == nil || res.StatusCode != 403 {
		t.Errorf("got %v", err)
	}
}

func TestSilentConnectionsOfStrangersAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(sip.OPTIONS, func(in *stack.In) { _ = in.Tx.Answer(sip.StatusOK) })
		s.Handle(sip.INVITE, func(in *stack.In) { _ = in.Tx.Answer(sip.StatusOK) })
		d := &door{make(chan net.Conn), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.ServeListener(ctx, d, stack.TCP) }()
		open := func(method string) net.Conn {
			server, client := net.Pipe()
			d.conns <- visitor{server}
			if _, err := io.WriteString(client, strings.ReplaceAll(options("TCP", method), "OPTIONS", method)); err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, client)
			return client
		}
		stranger, caller := open("OPTIONS"), open("INVITE")
		pass(50 * time.Second)
		if _, err := io.WriteString(stranger, "\r\n\r\n"); err != nil {
			t.Errorf("closed too early: %v", err)
		}
		pass(50 * time.Second)
		if n := s.Stats().Connections; n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
		pass(2 * time.Minute)
		if n := s.Stats().Connections; n != 1 {
			t.Errorf("%d connections, want that of the call alone", n)
		}
		pass(2 * time.Hour)
		if n := s.Stats().Connections; n != 0 {
			t.Errorf("%d connections after two silent hours", n)
		}
		caller.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
