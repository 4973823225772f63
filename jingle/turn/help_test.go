package turn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// relayPort is the first port of the relays of these tests; those in use are passed over, so that they may share.
const relayPort = 28000

var (
	romeo  = jid.MustParse("romeo@example.org/r")
	juliet = jid.MustParse("juliet@example.org/r")
)

// running is a server at sockets of this machine.
type running struct {
	*Server
	t             testing.TB
	udp, tcp, tls net.Addr
	stop          func() // ends it, and waits
}

func sealer(t testing.TB) Sealer {
	t.Helper()
	s, err := directory.NewSealer(make([]byte, directory.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// build makes a server on loopback that does not listen.
func build(t testing.TB, db *store.DB, cfg Config, more ...func(*Deps)) *Server {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	deps := Deps{Log: slog.New(slog.DiscardHandler), Store: db, Seal: sealer(t), Realm: "example.org", Listen: "127.0.0.1", Relay: relayPort}
	for _, change := range more {
		change(&deps)
	}
	s, err := New(context.Background(), cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve runs a server until the test ends.
func serve(t testing.TB, cfg Config, more ...func(*Deps)) *running {
	t.Helper()
	r := &running{Server: build(t, storetest.OpenMemory(t), cfg, more...), t: t}
	here := net.JoinHostPort(r.deps.Listen, "0")
	conn, err := net.ListenPacket("udp", here)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := net.Listen("tcp", here)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := tls.Listen("tcp", here, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	if err != nil {
		t.Fatal(err)
	}
	r.udp, r.tcp, r.tls = conn.LocalAddr(), plain.Addr(), sealed.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 3)
	go func() { ended <- r.ServePackets(ctx, conn) }()
	go func() { ended <- r.ServeListener(ctx, plain) }()
	go func() { ended <- r.ServeListener(ctx, sealed) }()
	r.stop = func() {
		cancel()
		for range 3 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		r.stop = func() {}
	}
	t.Cleanup(func() { r.stop() })
	return r
}

func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"example.org"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// quiet is a log that is not read.
var quiet = loggers{slog.New(slog.DiscardHandler)}

var _ logging.LoggerFactory = quiet

// client connects over "udp", "tcp" or "tls".
func (r *running) client(over string, c Credentials) *pion.Client {
	r.t.Helper()
	var conn net.PacketConn
	var err error
	var stream net.Conn
	at := r.udp
	switch over {
	case "udp":
		conn, err = net.ListenPacket("udp", net.JoinHostPort(r.deps.Listen, "0"))
	case "tcp":
		at = r.tcp
		stream, err = net.Dial("tcp", at.String())
	case "tls":
		at = r.tls
		stream, err = tls.Dial("tcp", at.String(), &tls.Config{InsecureSkipVerify: true})
	}
	if err == nil && stream != nil {
		conn = pion.NewSTUNConn(stream)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: at.String(), TURNServerAddr: at.String(), Username: c.Username, Password: c.Password, Realm: "example.org", Conn: conn, LoggerFactory: quiet})
	if err == nil {
		err = client.Listen()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { client.Close(); _ = conn.Close() })
	return client
}

// relay gives somebody a relayed address.
func (r *running) relay(over string, who jid.JID) net.PacketConn {
	r.t.Helper()
	conn, err := r.client(over, r.Credentials(who, time.Now())).Allocate()
	if err != nil {
		r.t.Fatalf("%s over %s: %v", who, over, err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// pass sends a packet from one relayed address to another, after the latter has let it in.
func pass(t testing.TB, from, to net.PacketConn, text string) {
	t.Helper()
	if _, err := to.WriteTo([]byte("hello"), from.LocalAddr()); err != nil { // makes the permission
		t.Fatal(err)
	}
	if _, err := from.WriteTo([]byte(text), to.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 2000)
	if err := to.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		n, at, err := to.ReadFrom(got)
		if err != nil {
			t.Fatalf("%q from %s has not come: %v", text, from.LocalAddr(), err)
		}
		if string(got[:n]) == text {
			if at.String() != from.LocalAddr().String() {
				t.Errorf("it came from %s, not from %s", at, from.LocalAddr())
			}
			return
		}
	}
}

// eof reports whether the server has closed a connection.
func eof(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := conn.Read(make([]byte, 1))
	var late net.Error
	return err != nil && !(errors.As(err, &late) && late.Timeout())
}
