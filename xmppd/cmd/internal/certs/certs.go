// Package certs holds the server's certificates: it picks one for each name that a client asks for, and reads them again
// while the server runs.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// Pair names the files of one certificate.
type Pair struct {
	Cert string `toml:"cert" doc:"File with the certificate and those that lead to its root, PEM, the server's own first. Relative to the configuration's folder."`
	Key  string `toml:"key" doc:"File with the private key, PEM."`
}

// Validate reports what is missing.
func (p *Pair) Validate() error {
	var errs []error
	if p.Cert == "" {
		errs = append(errs, errors.New("cert: name the file with the certificate"))
	}
	if p.Key == "" {
		errs = append(errs, errors.New("key: name the file with the private key"))
	}
	return errors.Join(errs...)
}

// Set is the certificates in use. Its methods may be called from everywhere.
type Set struct {
	pairs   []Pair
	current atomic.Pointer[[]*tls.Certificate] // never empty; its certificates do not change
}

// Load reads the pairs, at least one. The first serves clients that ask for no name or for one that none has.
func Load(pairs []Pair) (*Set, error) {
	s := &Set{pairs: slices.Clone(pairs)}
	if len(pairs) == 0 {
		return nil, errors.New("no certificate is configured: name one under [[tls.certificates]]")
	}
	return s, s.Reload()
}

// Reload reads the files again. When one of them is not usable, all certificates stay as they were.
func (s *Set) Reload() error {
	var list []*tls.Certificate
	var errs []error
	for _, pair := range s.pairs {
		certificate, err := read(pair)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, certificate)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.current.Store(&list)
	return nil
}

func read(pair Pair) (*tls.Certificate, error) {
	cert, err := os.ReadFile(pair.Cert)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	key, err := os.ReadFile(pair.Key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate's key: %w", err)
	}
	certificate, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", pair.Cert, pair.Key, err)
	}
	return &certificate, nil
}

// Get picks the certificate for a connection: the first whose names fit the server name the client asked for. It is made
// for tls.Config.GetCertificate.
func (s *Set) Get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.For(hello.ServerName), nil
}

// For picks the certificate for a name. An empty or foreign name gets the first one.
func (s *Set) For(name string) *tls.Certificate {
	list := *s.current.Load()
	if name != "" {
		for _, c := range list {
			if c.Leaf.VerifyHostname(name) == nil {
				return c
			}
		}
	}
	return list[0]
}

// Missing are those of the names that no certificate has.
func (s *Set) Missing(names []string) []string {
	var missing []string
	for _, name := range names {
		if !slices.ContainsFunc(*s.current.Load(), func(c *tls.Certificate) bool { return c.Leaf.VerifyHostname(name) == nil }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// Expires is when the first of the certificates expires.
func (s *Set) Expires() time.Time {
	list := *s.current.Load()
	return slices.MinFunc(list, func(a, b *tls.Certificate) int { return a.Leaf.NotAfter.Compare(b.Leaf.NotAfter) }).Leaf.NotAfter
}

// Leaves are the server's own certificates, without those that lead to a root.
func (s *Set) Leaves() []*x509.Certificate {
	var leaves []*x509.Certificate
	for _, c := range *s.current.Load() {
		leaves = append(leaves, c.Leaf)
	}
	return leaves
}

// TLS is a configuration for listeners that follows the set. Protocols are for ALPN (RFC 7301) and may be empty.
func (s *Set) TLS(protocols ...string) *tls.Config {
	return &tls.Config{GetCertificate: s.Get, MinVersion: tls.VersionTLS12, NextProtos: protocols}
}
