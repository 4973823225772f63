package xmppd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"testing/iotest"
)

type oneCertificate tls.Certificate

func (c *oneCertificate) For(string) *tls.Certificate { return (*tls.Certificate)(c) }

func newOneCertificate(t testing.TB) *oneCertificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.org"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &oneCertificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// slowConn gives what it has byte by byte.
type slowConn struct{ net.Conn }

func (c slowConn) Read(p []byte) (int, error) { return iotest.OneByteReader(c.Conn).Read(p) }

// shake runs a handshake and returns both sides' states.
func shake(t *testing.T, s *Server, client *tls.Config, slow bool) (*secured, tls.ConnectionState) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	var under net.Conn = a
	if slow {
		under = slowConn{a}
	}
	client.InsecureSkipVerify, client.ServerName = true, "example.org"
	c := tls.Client(b, client)
	done := make(chan error, 1)
	go func() { done <- c.Handshake() }()
	_, sec, err := s.handshake(under, "example.org", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return sec, c.ConnectionState()
}

func TestTLSUniqueIsWhatTheClientSees(t *testing.T) {
	s := &Server{handshakes: newTLSConfigs(newOneCertificate(t))}
	sec, client := shake(t, s, &tls.Config{MaxVersion: tls.VersionTLS12}, false)
	if got := sec.tlsUnique(); len(got) == 0 || !bytes.Equal(got, client.TLSUnique) {
		t.Errorf("TLS 1.2: %x, the client has %x", got, client.TLSUnique)
	}
	seen := map[string]bool{}
	for _, test := range []struct {
		name   string
		client *tls.Config
		slow   bool
	}{
		{"in one piece", &tls.Config{}, false},
		{"byte by byte", &tls.Config{}, true},
		{"after a HelloRetryRequest", &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}, false},
	} {
		sec, _ := shake(t, s, test.client, test.slow)
		got := sec.tlsUnique()
		if len(got) != 32 && len(got) != 48 || seen[string(got)] {
			t.Errorf("TLS 1.3, %s: %x", test.name, got)
		}
		seen[string(got)] = true
		sec.tapped.tap.secret[0] ^= 1
		if got := sec.tlsUnique(); got != nil {
			t.Errorf("TLS 1.3, %s: a wrong secret gives %x", test.name, got)
		}
		sec.forget()
		if got := sec.tlsUnique(); got != nil {
			t.Errorf("TLS 1.3, %s: after the login: %x", test.name, got)
		}
	}
	if n := len(s.handshakes.taps.m); n != 0 {
		t.Errorf("%d handshakes are still watched", n)
	}
}

func FuzzFinishedTap(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbb\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x02xx"), uint8(1))
	f.Add([]byte("\x16\x03\x01\x00\x00\x17\x03\x03\x00\x00\x17\x03\x03\xff\xff"), uint8(7))
	f.Fuzz(func(t *testing.T, stream []byte, chunk uint8) {
		taps := &finishedTaps{m: map[[32]byte]*finishedTap{}}
		whole, parts := &finishedTap{taps: taps}, &finishedTap{taps: taps}
		whole.see(stream)
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), int(chunk%64)+1)
			parts.see(rest[:n])
			rest = rest[n:]
		}
		if whole.done != parts.done || whole.done && !bytes.Equal(whole.record, parts.record) {
			t.Errorf("whole %v %x, in parts %v %x", whole.done, whole.record, parts.done, parts.record)
		}
		if len(parts.record) > 1<<16+recordHeader {
			t.Errorf("%d bytes are kept", len(parts.record))
		}
		taps.untap(whole)
		taps.untap(parts)
		if len(taps.m) != 0 {
			t.Error("a handshake is still watched")
		}
	})
}
