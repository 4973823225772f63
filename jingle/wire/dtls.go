package wire

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"

	"plenum/xmppd/xmlstream"
)

// Setup is who begins the DTLS handshake (RFC 8842 §5): an active party sends the first packet, a passive one is the server.
type Setup string

const (
	ActPass  Setup = "actpass" // of an offer: either
	Act      Setup = "active"
	Passive  Setup = "passive"
	HoldConn Setup = "holdconn" // not now
)

// Fingerprint is a <fingerprint/> of XEP-0320: the hash of the certificate that its sender will show.
type Fingerprint struct {
	Hash  string // lower case, "sha-256"
	Setup Setup  // empty when not stated
	Sum   []byte
}

// sizes are the lengths of the hashes of RFC 8122 §5 that are still in use; of others any length is taken.
var sizes = map[string]int{"sha-1": sha1.Size, "sha-224": sha256.Size224, "sha-256": sha256.Size, "sha-384": sha512.Size384, "sha-512": sha512.Size}

func parseFingerprint(e xmlstream.Element) (f Fingerprint, err error) {
	r := reader{e: e}
	f = Fingerprint{Hash: strings.ToLower(r.required("hash")), Setup: Setup(r.short("setup"))}
	switch f.Setup {
	case "", ActPass, Act, Passive, HoldConn:
	default:
		r.fail("the setup of a fingerprint is actpass, active, passive or holdconn")
	}
	v := text(e)
	if len(v) > maxName {
		r.fail("the fingerprint is too long")
		return f, r.err
	}
	var bad error
	f.Sum, bad = hex.DecodeString(strings.ReplaceAll(v, ":", ""))
	if size := sizes[f.Hash]; bad != nil || len(f.Sum) == 0 || size != 0 && len(f.Sum) != size {
		r.fail("this is no fingerprint of %s", f.Hash)
	}
	return f, r.err
}

// String is the hash as it is written: pairs of upper case digits with colons.
func (f Fingerprint) String() string {
	b := make([]byte, 0, 3*len(f.Sum))
	for i, c := range f.Sum {
		if i > 0 {
			b = append(b, ':')
		}
		const digits = "0123456789ABCDEF"
		b = append(b, digits[c>>4], digits[c&15])
	}
	return string(b)
}

func (f Fingerprint) build(b *xmlstream.Builder) {
	b.Element("fingerprint", NSDTLS, f.String(), "hash", f.Hash, "setup", string(f.Setup))
}
