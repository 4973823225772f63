package sasl

import (
	"crypto"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384, crypto.SHA512
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Channel binding types (RFC 9266, RFC 5929). tls-unique is taken from clients that know nothing else, and never announced: it has no definition
// for TLS 1.3, and is unsafe in TLS 1.2 without the extended master secret, where crypto/tls does not give it.
const (
	TLSExporter       = "tls-exporter"
	TLSServerEndPoint = "tls-server-end-point"
	tlsUnique         = "tls-unique"
)

// RFC 9266 §4.2.
const (
	exporterLabel  = "EXPORTER-Channel-Binding"
	exporterLength = 32 // bytes
)

// ChannelBindings returns the binding types to announce on this connection, strongest first (XEP-0440); none without TLS.
func ChannelBindings(cfg Config) []string {
	if cfg.TLS == nil {
		return nil
	}
	var bindings []string
	if cfg.TLS.Version >= tls.VersionTLS13 {
		bindings = append(bindings, TLSExporter)
	}
	if len(cfg.ServerEndPoint) > 0 {
		bindings = append(bindings, TLSServerEndPoint)
	}
	return bindings
}

// ServerEndPoint returns the tls-server-end-point data of a certificate (RFC 5929 §4.1): its hash by the hash of its own signature, or by
// SHA-256 where that is MD5 or SHA-1. It returns nil where the RFC defines nothing, as for Ed25519.
func ServerEndPoint(cert *x509.Certificate) []byte {
	var h crypto.Hash
	switch cert.SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1,
		x509.SHA256WithRSA, x509.DSAWithSHA256, x509.ECDSAWithSHA256, x509.SHA256WithRSAPSS:
		h = crypto.SHA256
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h = crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h = crypto.SHA512
	default:
		return nil
	}
	digest := h.New()
	digest.Write(cert.Raw)
	return digest.Sum(nil)
}

var errNoBinding = errors.New("unsupported-channel-binding-type")

// bindingData returns what the client must have mixed into its proof for this binding type.
func (cfg *Config) bindingData(name string) ([]byte, error) {
	switch {
	case cfg.TLS == nil:
	case name == TLSExporter && cfg.TLS.Version >= tls.VersionTLS13:
		return cfg.TLS.ExportKeyingMaterial(exporterLabel, nil, exporterLength)
	case name == TLSServerEndPoint && len(cfg.ServerEndPoint) > 0:
		return cfg.ServerEndPoint, nil
	case name == tlsUnique && cfg.Unique != nil:
		if data := cfg.Unique(); len(data) > 0 {
			return data, nil
		}
	}
	return nil, errNoBinding
}
