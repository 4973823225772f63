package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// selfSignedYears is long because each renewal must be accepted by hand in every client.
const selfSignedYears = 10

// backdate lets clients with a slow clock accept a new certificate.
const backdate = time.Hour

// keyIDBytes is as long as the identifiers of keys are that others make.
const keyIDBytes = 20

// WriteSelfSigned makes an ECDSA P-256 key and a certificate signed with it for the names (domains or IP addresses, the
// first one is the subject), and writes both. It keeps files that exist.
func WriteSelfSigned(pair Pair, names []string) error {
	if len(names) == 0 {
		return errors.New("a certificate needs a name")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(public)
	id := sum[:keyIDBytes]
	now := time.Now().UTC()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0]},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.AddDate(selfSignedYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // so that a client can be told to trust this one certificate
		// So that it is not looked for under a certificate of the same name that is trusted, too: another server's on this machine (RFC 5280 §4.2.1.1).
		SubjectKeyId: id, AuthorityKeyId: id,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make a certificate for %s: %w", names[0], err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writeNew(pair.Key, 0o600, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		writeNew(pair.Cert, 0o644, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func writeNew(path string, mode os.FileMode, block *pem.Block) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(pem.Encode(f, block), f.Sync(), f.Close())
}
