package xmppd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
	"unsafe"
)

// cutConn lets through what is written only up to a limit; the rest waits.
type cutConn struct {
	net.Conn
	limit int // negative: none
	rest  []byte
}

func (c *cutConn) Write(p []byte) (int, error) {
	n := len(p)
	if c.limit >= 0 && n > c.limit {
		c.rest = append(c.rest, p[c.limit:]...)
		p = p[:c.limit]
	}
	_, err := c.Conn.Write(p)
	return n, err
}

func tlsPair(t *testing.T) (client *tls.Conn, cut *cutConn, server *tls.Conn) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	cut = &cutConn{Conn: a, limit: -1}
	client = tls.Client(cut, &tls.Config{InsecureSkipVerify: true})
	server = tls.Server(b, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	if err := server.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	return client, cut, server
}

// held is how large the input buffers are.
func held(c *tls.Conn) int {
	at := unsafe.Pointer(c)
	return (*bytes.Buffer)(unsafe.Add(at, tlsRawInput)).Cap() + (*bytes.Buffer)(unsafe.Add(at, tlsHand)).Cap()
}

// A failure here means that crypto/tls has changed: then nothing is given back, and the names in tlsidle.go are to be looked up.
func TestARestingTLSConnectionHoldsNoInput(t *testing.T) {
	if tlsRawInput < 0 || tlsHand < 0 || tlsInput < 0 {
		t.Fatal("crypto/tls has other buffers than those known here")
	}
	client, _, server := tlsPair(t)
	text := bytes.Repeat([]byte("0123456789"), 1500)
	for range 3 {
		if n := held(server); n < 1000 {
			t.Errorf("only %d bytes are held after reading: are these the buffers?", n)
		}
		restTLS(server)
		if n := held(server); n != 0 {
			t.Errorf("%d bytes are held at rest", n)
		}
		if _, err := client.Write(text); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(text))
		if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%v; the text has changed: %v", err, !bytes.Equal(got, text))
		}
	}
}

func TestHalfARecordOutlastsTheRest(t *testing.T) {
	client, cut, server := tlsPair(t)
	cut.limit = 9
	if _, err := client.Write([]byte("a record in two pieces")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	server.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := server.Read(got); !isTimeout(err) {
		t.Fatal(err)
	}
	restTLS(server)
	if held(server) == 0 {
		t.Error("what has come of the record is thrown away")
	}
	server.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := cut.Conn.Write(cut.rest); err != nil {
		t.Fatal(err)
	}
	n, err := server.Read(got)
	if err != nil || string(got[:n]) != "a record in two pieces" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	cut.limit = -1
	client.Write([]byte("two"))
	io.ReadFull(server, got[:1])
	restTLS(server) // the rest of the record has been decrypted
	if n, err := io.ReadFull(server, got[:2]); err != nil || string(got[:n]) != "wo" {
		t.Fatalf("%q, %v", got[:n], err)
	}
}
