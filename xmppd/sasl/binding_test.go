package sasl_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	mellium "mellium.im/sasl"

	"plenum/xmppd/sasl"
)

func TestChannelBinding(t *testing.T) {
	tests := []struct {
		name      string
		version   uint16
		mechanism string
		gs2       string
		spoil     bool // the client sees another connection than the server, as with somebody in between
		condition string
	}{
		{"tls-exporter with SHA-256", tls.VersionTLS13, sasl.ScramSHA256Plus, "p=tls-exporter,,", false, ""},
		{"tls-exporter with SHA-1", tls.VersionTLS13, sasl.ScramSHA1Plus, "p=tls-exporter,,", false, ""},
		{"tls-server-end-point in TLS 1.3", tls.VersionTLS13, sasl.ScramSHA256Plus, "p=tls-server-end-point,,", false, ""},
		{"tls-server-end-point in TLS 1.2", tls.VersionTLS12, sasl.ScramSHA256Plus, "p=tls-server-end-point,,", false, ""},
		{"somebody in between is found by tls-exporter", tls.VersionTLS13, sasl.ScramSHA256Plus, "p=tls-exporter,,", true, sasl.NotAuthorized},
		{"somebody in between is found by tls-server-end-point", tls.VersionTLS13, sasl.ScramSHA256Plus, "p=tls-server-end-point,,", true,
			sasl.NotAuthorized},
		{"tls-exporter in TLS 1.2 is not supported", tls.VersionTLS12, sasl.ScramSHA256Plus, "p=tls-exporter,,", false, sasl.NotAuthorized},
		{"an unknown binding is not supported", tls.VersionTLS13, sasl.ScramSHA256Plus, "p=tls-unique,,", false, sasl.NotAuthorized},
		{"tls-unique, where it is to be had", tls.VersionTLS12, sasl.ScramSHA256Plus, "p=tls-unique,,", false, ""},
		{"somebody in between is found by tls-unique", tls.VersionTLS12, sasl.ScramSHA256Plus, "p=tls-unique,,", true, sasl.NotAuthorized},
		{"a -PLUS mechanism without binding is malformed", tls.VersionTLS13, sasl.ScramSHA256Plus, "n,,", false, sasl.MalformedRequest},
		{"a client that saw no -PLUS although it was announced is refused", tls.VersionTLS13, sasl.ScramSHA256, "y,,", false, sasl.NotAuthorized},
		{"a client that cannot bind is accepted", tls.VersionTLS13, sasl.ScramSHA256, "n,,", false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cert := newCertificate(t)
			server, peer := tlsPair(t, cert, test.version)
			cfg := newConfig(t)
			cfg.TLS = &server
			cfg.ServerEndPoint = sasl.ServerEndPoint(cert.Leaf)
			c := scramClient{mechanism: test.mechanism, user: "juliet", password: secret, gs2: test.gs2}
			switch test.gs2 {
			case "p=tls-exporter,,":
				material, err := peer.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
				if err != nil {
					t.Fatal(err)
				}
				c.binding = material
			case "p=tls-unique,,":
				cfg.Unique = func() []byte { return server.TLSUnique }
				c.binding = bytes.Clone(peer.TLSUnique)
			case "p=tls-server-end-point,,":
				digest := sha256.Sum256(peer.PeerCertificates[0].Raw)
				c.binding = digest[:]
			}
			if test.spoil {
				c.binding[0] ^= 1
			}
			_, failure := c.login(t, cfg)
			wantCondition(t, failure, test.condition)
		})
	}
}

func TestMelliumClientWithBinding(t *testing.T) {
	mechanisms := map[string]mellium.Mechanism{sasl.ScramSHA256Plus: mellium.ScramSha256Plus, sasl.ScramSHA1Plus: mellium.ScramSha1Plus}
	for name, mechanism := range mechanisms {
		t.Run(name, func(t *testing.T) {
			server, peer := tlsPair(t, newCertificate(t), tls.VersionTLS13)
			cfg := newConfig(t)
			cfg.TLS = &server
			c := mellium.NewClient(mechanism, mellium.TLSState(peer), mellium.RemoteMechanisms(sasl.Offered(cfg)...),
				mellium.Credentials(func() (user, pass, identity []byte) { return []byte("juliet"), []byte(secret), nil }))
			wantCondition(t, converse(t, c, name, cfg), "")
		})
	}
}

func TestServerEndPoint(t *testing.T) {
	raw := []byte("certificate")
	sum256, sum384, sum512 := sha256.Sum256(raw), sha512.Sum384(raw), sha512.Sum512(raw)
	tests := []struct {
		name      string
		algorithm x509.SignatureAlgorithm
		want      []byte
	}{
		{"SHA-1 is replaced by SHA-256", x509.SHA1WithRSA, sum256[:]},
		{"MD5 is replaced by SHA-256", x509.MD5WithRSA, sum256[:]},
		{"SHA-256 stays", x509.SHA256WithRSA, sum256[:]},
		{"SHA-384 stays", x509.ECDSAWithSHA384, sum384[:]},
		{"SHA-512 stays", x509.SHA512WithRSAPSS, sum512[:]},
		{"Ed25519 has no binding", x509.PureEd25519, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := sasl.ServerEndPoint(&x509.Certificate{Raw: raw, SignatureAlgorithm: test.algorithm})
			if string(got) != string(test.want) {
				t.Errorf("hash is %x, want %x", got, test.want)
			}
		})
	}
}

func newCertificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, key, &key.PublicKey)
}

func sign(t testing.TB, key crypto.Signer, public any) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "capulet.lit"},
		DNSNames:     []string{"capulet.lit"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestEd25519CertificateHasNoEndPoint(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got := sasl.ServerEndPoint(sign(t, key, public).Leaf); got != nil {
		t.Errorf("hash is %x", got)
	}
}

// tlsPair shakes hands over a pipe and returns what each side knows of the connection.
func tlsPair(t testing.TB, cert tls.Certificate, version uint16) (server, client tls.ConnectionState) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true})
	c := tls.Client(b, &tls.Config{RootCAs: roots, ServerName: "capulet.lit", MinVersion: version, MaxVersion: version})
	result := make(chan error, 1)
	go func() { result <- s.Handshake() }()
	if err := errors.Join(c.Handshake(), <-result); err != nil {
		t.Fatal(err)
	}
	return s.ConnectionState(), c.ConnectionState()
}
