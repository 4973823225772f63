package xmppd

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/idna"
)

// CertFile names a certificate chain and its private key.
type CertFile struct {
	Cert string `toml:"cert" doc:"File with the certificate and its intermediates, PEM, the certificate first."`
	Key  string `toml:"key" doc:"File with the private key, PEM."`
}

// CertStore holds the server's certificates and chooses by name: an exact one first, then a wildcard, then the first in
// the list. It can be reloaded while handshakes run.
type CertStore struct {
	load    func() ([]tls.Certificate, error)
	reload  sync.Mutex // one Reload at a time
	current atomic.Pointer[certGeneration]
}

// certGeneration is what one load has brought; immutable. Its configs make their own session ticket keys, so that a
// ticket never outlives the certificate it was given under.
type certGeneration struct {
	certs   []tls.Certificate
	byName  map[string][]int // lower-case ASCII name, maybe with "*." → indexes into certs
	direct  []*tls.Config    // for ALPN, by the certificate that is shown without SNI
	upgrade []*tls.Config    // for STARTTLS, where ALPN does not apply
}

// NewCertStore loads PEM pairs from files. At least one is needed.
func NewCertStore(files ...CertFile) (*CertStore, error) {
	return newCertStore(func() ([]tls.Certificate, error) {
		var certs []tls.Certificate
		for _, f := range files {
			c, err := loadPair(f)
			if err != nil {
				return nil, err
			}
			certs = append(certs, c)
		}
		return certs, nil
	})
}

// NewStaticCertStore serves certificates from memory.
func NewStaticCertStore(certs ...tls.Certificate) (*CertStore, error) {
	return newCertStore(func() ([]tls.Certificate, error) { return slices.Clone(certs), nil })
}

func newCertStore(load func() ([]tls.Certificate, error)) (*CertStore, error) {
	s := &CertStore{load: load}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

func loadPair(f CertFile) (tls.Certificate, error) {
	chain, err := os.ReadFile(f.Cert)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate: %w", err)
	}
	key, err := os.ReadFile(f.Key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read private key: %w", err)
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	return c, nil
}

// Reload reads all files again. New handshakes get the new certificates; on any error the old ones stay in use.
func (s *CertStore) Reload() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	certs, err := s.load()
	if err != nil {
		return err
	}
	g, err := newCertGeneration(certs)
	if err != nil {
		return err
	}
	s.current.Store(g)
	return nil
}

func newCertGeneration(certs []tls.Certificate) (*certGeneration, error) {
	if len(certs) == 0 {
		return nil, errors.New("no TLS certificate is configured")
	}
	g := &certGeneration{certs: certs, byName: map[string][]int{}}
	for i := range certs {
		c := &certs[i]
		if c.Leaf == nil {
			leaf, err := x509.ParseCertificate(c.Certificate[0])
			if err != nil {
				return nil, fmt.Errorf("parse certificate %d: %w", i+1, err)
			}
			c.Leaf = leaf
		}
		for _, name := range certNames(c.Leaf) {
			g.byName[name] = append(g.byName[name], i)
		}
	}
	for i := range certs {
		g.upgrade = append(g.upgrade, g.config(i))
		direct := g.config(i)
		direct.NextProtos = []string{ALPNClient}
		g.direct = append(g.direct, direct)
	}
	return g, nil
}

func certNames(leaf *x509.Certificate) []string {
	names := leaf.DNSNames
	if len(names) == 0 && leaf.Subject.CommonName != "" {
		names = []string{leaf.Subject.CommonName}
	}
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	return lower
}

// config makes a configuration that shows certificate i to clients without SNI.
func (g *certGeneration) config(i int) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, // RFC 9325 §3.1.1
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == "" {
				return &g.certs[i], nil
			}
			candidates := g.candidates(hello.ServerName)
			for _, c := range candidates {
				if hello.SupportsCertificate(&g.certs[c]) == nil {
					return &g.certs[c], nil
				}
			}
			return &g.certs[candidates[0]], nil
		},
	}
}

// candidates are the certificates for a name, at least one: several when it has both an ECDSA and an RSA one.
func (g *certGeneration) candidates(name string) []int {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if c := g.byName[name]; c != nil {
		return c
	}
	if _, parent, ok := strings.Cut(name, "."); ok {
		if c := g.byName["*."+parent]; c != nil {
			return c
		}
	}
	return []int{0}
}

// Setup implements TLS.
func (s *CertStore) Setup(host string, direct bool) TLSSetup {
	g := s.current.Load()
	configs := g.upgrade
	if direct {
		configs = g.direct
	}
	fallback := 0
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && host != "" {
		fallback = g.candidates(ascii)[0]
	}
	return TLSSetup{Config: configs[fallback], Leaf: func(cs tls.ConnectionState) *x509.Certificate { return g.leaf(cs, fallback) }}
}

// leaf tells which certificate a handshake has shown. With several for the name it cannot: TLS does not keep it.
func (g *certGeneration) leaf(cs tls.ConnectionState, fallback int) *x509.Certificate {
	if cs.ServerName == "" {
		return g.certs[fallback].Leaf
	}
	if c := g.candidates(cs.ServerName); len(c) == 1 {
		return g.certs[c[0]].Leaf
	}
	return nil
}

// Config is for listeners of other protocols, such as HTTPS: it always shows the current certificates.
func (s *CertStore) Config(alpn ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: alpn,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.current.Load().upgrade[0].GetCertificate(hello)
		},
	}
}

// Leaves are the certificates in use, in the order of the list, to warn of those that expire.
func (s *CertStore) Leaves() []*x509.Certificate {
	g := s.current.Load()
	leaves := make([]*x509.Certificate, len(g.certs))
	for i := range g.certs {
		leaves[i] = g.certs[i].Leaf
	}
	return leaves
}
