package certs_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/cmd/internal/certs"
)

func pairIn(dir, name string) certs.Pair {
	return certs.Pair{Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key")}
}

func selfSigned(t *testing.T, pair certs.Pair, names ...string) {
	t.Helper()
	if err := certs.WriteSelfSigned(pair, names); err != nil {
		t.Fatal(err)
	}
}

func TestSelfSignedCertificateServesItsNames(t *testing.T) {
	pair := pairIn(filepath.Join(t.TempDir(), "tls"), "plenum")
	selfSigned(t, pair, "example.org", "groups.example.org", "127.0.0.1")
	set, err := certs.Load([]certs.Pair{pair})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(set.Leaves()[0])
	listener, err := tls.Listen("tcp", "127.0.0.1:0", set.TLS("xmpp-client"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	for _, name := range []string{"example.org", "groups.example.org", "127.0.0.1"} {
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{ServerName: name, RootCAs: roots, NextProtos: []string{"xmpp-client"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := conn.ConnectionState().NegotiatedProtocol; got != "xmpp-client" {
			t.Errorf("%s: protocol %q", name, got)
		}
		_ = conn.Close()
	}
	if _, isECDSA := set.Leaves()[0].PublicKey.(*ecdsa.PublicKey); !isECDSA {
		t.Error("the key is not ECDSA")
	}
	if info, err := os.Stat(pair.Key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key: %v %v", info.Mode(), err)
	}
	if left := time.Until(set.Expires()); left < 9*365*24*time.Hour {
		t.Errorf("expires in %v", left)
	}
	if err := certs.WriteSelfSigned(pair, []string{"other.org"}); err == nil {
		t.Error("existing files are overwritten")
	}
}

// Two certificates of one name name their keys, so that none is looked for under the other.
func TestSelfSignedCertificatesNameTheirKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"one", "two"} {
		pair := pairIn(t.TempDir(), name)
		selfSigned(t, pair, "localhost")
		set, err := certs.Load([]certs.Pair{pair})
		if err != nil {
			t.Fatal(err)
		}
		leaf := set.Leaves()[0]
		if id := string(leaf.AuthorityKeyId); id == "" || id != string(leaf.SubjectKeyId) || seen[id] {
			t.Errorf("the key is %x, made by %x", leaf.SubjectKeyId, leaf.AuthorityKeyId)
		} else {
			seen[id] = true
		}
	}
}

func TestTheNameChoosesTheCertificate(t *testing.T) {
	dir := t.TempDir()
	first, second := pairIn(dir, "first"), pairIn(dir, "second")
	selfSigned(t, first, "one.example")
	selfSigned(t, second, "two.example", "*.two.example")
	set, err := certs.Load([]certs.Pair{first, second})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"one.example": "one.example", "two.example": "two.example", "groups.two.example": "two.example",
		"three.example": "one.example", "": "one.example",
	} {
		got, err := set.Get(&tls.ClientHelloInfo{ServerName: name, Conn: (net.Conn)(nil)})
		if err != nil || got.Leaf.Subject.CommonName != want {
			t.Errorf("%q gets %v, %v", name, got.Leaf.Subject, err)
		}
	}
	missing := set.Missing([]string{"two.example", "a.b.two.example", "four.example"})
	if !slices.Equal(missing, []string{"a.b.two.example", "four.example"}) {
		t.Errorf("missing %v", missing)
	}
}

func TestReloadTakesNewFilesAndKeepsTheOldOnesWhenTheyAreBroken(t *testing.T) {
	pair := pairIn(t.TempDir(), "plenum")
	selfSigned(t, pair, "old.example")
	set, err := certs.Load([]certs.Pair{pair})
	if err != nil {
		t.Fatal(err)
	}
	remove(t, pair)
	if err := set.Reload(); err == nil || !strings.Contains(err.Error(), pair.Cert) {
		t.Errorf("files that are gone: %v", err)
	}
	if got := set.For("").Leaf.Subject.CommonName; got != "old.example" {
		t.Errorf("after a failed reload: %s", got)
	}
	selfSigned(t, pair, "new.example")
	if err := set.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := set.For("").Leaf.Subject.CommonName; got != "new.example" {
		t.Errorf("after the reload: %s", got)
	}
}

func TestUnusableFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	one, two := pairIn(dir, "one"), pairIn(dir, "two")
	selfSigned(t, one, "one.example")
	selfSigned(t, two, "two.example")
	for name, c := range map[string]struct {
		pairs []certs.Pair
		want  string
	}{
		"no certificate at all":    {nil, "[[tls.certificates]]"},
		"a file that is not there": {[]certs.Pair{one, {Cert: "/nowhere.crt", Key: two.Key}}, "/nowhere.crt"},
		"the key of another":       {[]certs.Pair{{Cert: one.Cert, Key: two.Key}}, two.Key},
	} {
		if _, err := certs.Load(c.pairs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s in it", name, err, c.want)
		}
	}
}

func remove(t *testing.T, pair certs.Pair) {
	t.Helper()
	for _, file := range []string{pair.Cert, pair.Key} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
