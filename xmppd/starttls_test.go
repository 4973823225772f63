package xmppd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

var quiet = slog.New(slog.DiscardHandler)

// certificates are self-signed ones, the first the default.
type certificates []*tls.Certificate

func (c certificates) For(name string) *tls.Certificate {
	for _, cert := range c {
		if cert.Leaf.VerifyHostname(name) == nil {
			return cert
		}
	}
	return c[0]
}

func certificate(t testing.TB, names ...string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// Valid at the time of a bubble (the year 2000) as well as now.
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// secure runs a server that wants TLS.
func secure(t testing.TB, certs ...*tls.Certificate) *xmpptest.Server {
	t.Helper()
	if certs == nil {
		certs = append(certs, certificate(t, "example.org"))
	}
	return start(t, xmpptest.Options{
		Config: func(c *xmppd.Config) { c.AllowPlaintext = false },
		Deps: func(d *xmppd.Deps) {
			d.TLS = certificates(certs)
			withKeys(t)(d)
		},
	})
}

func clientTLS(change func(*tls.Config)) *tls.Config {
	c := &tls.Config{ServerName: "example.org", InsecureSkipVerify: true}
	if change != nil {
		change(c)
	}
	return c
}

// pipe is a connection to the server's port for direct TLS, or the other one.
func pipe(s *xmpptest.Server, direct bool) net.Conn {
	l := &oneListener{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	client, server := net.Pipe()
	l.conns <- server
	if direct {
		go s.ServeDirectTLS(l)
	} else {
		go s.ServeC2S(l)
	}
	return client
}

// exchange writes s and reads until what came ends with the pattern.
func exchange(t testing.TB, conn net.Conn, s, end string) string {
	t.Helper()
	if _, err := conn.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	defer conn.SetReadDeadline(time.Time{})
	var got []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(got), end); got = append(got, b[0]) {
		if _, err := conn.Read(b); err != nil {
			t.Fatalf("%s is not at the end of %q: %v", end, got, err)
		}
	}
	return string(got)
}

// startTLS upgrades conn.
func startTLS(t testing.TB, conn net.Conn, config *tls.Config) (*line, tls.ConnectionState) {
	t.Helper()
	exchange(t, conn, header, "</stream:features>")
	exchange(t, conn, "<starttls"+nsTLS+"/>", "<proceed"+nsTLS+"/>")
	return overTLS(t, conn, config)
}

func overTLS(t testing.TB, conn net.Conn, config *tls.Config) (*line, tls.ConnectionState) {
	t.Helper()
	c := tls.Client(conn, config)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return newLine(t, c), c.ConnectionState()
}

func TestBeforeTLSNothingElseIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := pipe(secure(t), false)
		defer conn.Close()
		got := exchange(t, conn, header, "</stream:features>")
		if !strings.Contains(got, "<stream:features><starttls"+nsTLS+"><required/></starttls><limits") {
			t.Error(got)
		}
		exchange(t, conn, plain("juliet", "juliet-secret"), "<failure"+nsSASL+"><encryption-required/></failure>")
	})
}

func TestWherePlainTextIsAllowedTLSIsOptional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{Deps: func(d *xmppd.Deps) { d.TLS = certificates{certificate(t, "example.org")} }})
		conn := pipe(s, false)
		got := exchange(t, conn, header, "</stream:features>")
		if !strings.Contains(got, "<starttls"+nsTLS+"/><mechanisms") {
			t.Error(got)
		}
		exchange(t, conn, "<starttls"+nsTLS+"/>", "<proceed"+nsTLS+"/>")
		l, _ := overTLS(t, conn, clientTLS(nil))
		l.send(loginJuliet + bindAny)
		l.expect("<jid>juliet@example.org/")
	})
}

func TestStartTLSAndScramPlus(t *testing.T) {
	for _, mechanism := range []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"} {
		t.Run(mechanism, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, state := startTLS(t, pipe(secure(t), false), clientTLS(nil))
				l.send(header)
				features := l.expect("<stream:features>.*</stream:features>$")[0]
				for _, want := range []string{
					"<mechanism>SCRAM-SHA-256-PLUS</mechanism>", "<mechanism>PLAIN</mechanism>",
					"<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/><channel-binding type='tls-server-end-point'/></sasl-channel-binding>",
				} {
					if !strings.Contains(features, want) {
						t.Errorf("%s is not in %s", want, features)
					}
				}
				if strings.Contains(features, "starttls") {
					t.Error("STARTTLS is offered again")
				}
				scram(l, "juliet", "juliet-secret", mechanism, &state)
				l.send(header + bindAny)
				l.expect("<jid>juliet@example.org/")
			})
		})
	}
}

func TestOldTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := secure(t)
		l, _ := startTLS(t, pipe(s, false), clientTLS(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }))
		l.send(header)
		l.expect("<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-server-end-point'/></sasl-channel-binding>")

		conn := pipe(s, false)
		exchange(t, conn, header, "</stream:features>")
		exchange(t, conn, "<starttls"+nsTLS+"/>", "<proceed"+nsTLS+"/>")
		c := tls.Client(conn, clientTLS(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }))
		if c.Handshake() == nil {
			t.Error("TLS 1.1 is accepted")
		}
	})
}

func TestPlainTextBeforeTheHandshakeIsNotCarriedOver(t *testing.T) {
	for name, injected := range map[string]string{
		"a login":  plain("juliet", "juliet-secret"),
		"a stream": header + plain("juliet", "juliet-secret"),
		"a space":  " ",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine(t, pipe(secure(t), false))
				l.send(header + "<starttls" + nsTLS + "/>" + injected)
				got := l.all()
				wantStreamError(t, got, "")
				if !strings.Contains(got, "<failure"+nsTLS+"/>") || strings.Contains(got, "success") || strings.Contains(got, "<proceed") {
					t.Error(got)
				}
			})
		})
	}
	t.Run("a login behind the answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			conn := pipe(secure(t), false)
			exchange(t, conn, header, "</stream:features>")
			exchange(t, conn, "<starttls"+nsTLS+"/>", "<proceed"+nsTLS+"/>")
			l := newLine(t, conn)
			l.send(plain("juliet", "juliet-secret"))
			if got := l.all(); strings.Contains(got, "success") {
				t.Errorf("%q", got)
			}
		})
	})
}

func TestStartTLSWhereItIsNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := secure(t)
		l, _ := startTLS(t, pipe(s, false), clientTLS(nil))
		l.send(header + "<starttls" + nsTLS + "/>")
		l.expect("<failure" + nsTLS + "/></stream:stream>$")
		l.all()

		l = dial(t, start(t, xmpptest.Options{}))
		l.send(header + "<starttls" + nsTLS + "/>")
		l.expect("<failure" + nsTLS + "/></stream:stream>$")
		l.all()
	})
}

func TestDirectTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := secure(t)
		l, state := overTLS(t, pipe(s, true), clientTLS(func(c *tls.Config) { c.NextProtos = []string{"xmpp-client"} }))
		if state.NegotiatedProtocol != "xmpp-client" {
			t.Errorf("protocol %q", state.NegotiatedProtocol)
		}
		l.send(strings.Replace(header, " to='example.org'", "", 1) + plain("juliet", "juliet-secret") + header + bindAny)
		l.expect("<jid>juliet@example.org/")

		c := tls.Client(pipe(s, true), clientTLS(func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }))
		if c.Handshake() == nil {
			t.Error("another protocol is accepted")
		}
	})
}

func TestTheCertificateFitsTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := secure(t, certificate(t, "default.example"), certificate(t, "example.org"))
		for name, sni := range map[string]string{"by SNI": "example.org", "by the stream header": ""} {
			_, state := startTLS(t, pipe(s, false), clientTLS(func(c *tls.Config) { c.ServerName = sni }))
			if names := state.PeerCertificates[0].DNSNames; !slices.Equal(names, []string{"example.org"}) {
				t.Errorf("%s: %v", name, names)
			}
		}
		_, state := overTLS(t, pipe(s, true), clientTLS(func(c *tls.Config) { c.ServerName = "" }))
		if names := state.PeerCertificates[0].DNSNames; !slices.Equal(names, []string{"default.example"}) {
			t.Errorf("without a name: %v", names)
		}
	})
}

// listen gives a port on the loopback interface; pipes have no buffer, and TLS may write both ways at once.
func listen(t testing.TB, serve func(net.Listener) error) (dial func() net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serve(l)
	return func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

func TestTLSSessionsAreResumed(t *testing.T) {
	dial := listen(t, secure(t).ServeDirectTLS)
	config := clientTLS(func(c *tls.Config) { c.ClientSessionCache = tls.NewLRUClientSessionCache(1) })
	for i := range 2 {
		l, state := overTLS(t, dial(), config)
		if state.DidResume != (i == 1) {
			t.Errorf("connection %d: resumed is %v", i, state.DidResume)
		}
		l.send(header)
		l.expect("<channel-binding type='tls-exporter'/>")
		scram(l, "juliet", "juliet-secret", "SCRAM-SHA-256-PLUS", &state)
	}
}

func TestATLSHandshakeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := secure(t)
		for _, direct := range []bool{true, false} {
			begin := time.Now()
			conn := pipe(s, direct)
			if !direct {
				exchange(t, conn, header, "</stream:features>")
				exchange(t, conn, "<starttls"+nsTLS+"/>", "<proceed"+nsTLS+"/>")
			}
			l := newLine(t, conn)
			l.send("\x16\x03\x01")
			if got := l.all(); got != "" {
				t.Errorf("%q", got)
			}
			if d := time.Since(begin); d < 9*time.Second || d > 11*time.Second {
				t.Errorf("closed after %v", d)
			}
		}
	})
}

func TestListenersThatNobodyCouldUseAreRefused(t *testing.T) {
	s := start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.AllowPlaintext = false }})
	if s.ServeDirectTLS(&oneListener{done: make(chan struct{})}) == nil {
		t.Error("direct TLS without a certificate")
	}
	if s.ServeC2S(&oneListener{done: make(chan struct{})}) == nil {
		t.Error("no certificate and no plain text")
	}
}
