package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The algorithms that are offered, best first (RFC 8760 §2.4).
const (
	SHA256 = "SHA-256"
	MD5    = "MD5"
)

// HA1 is what a server knows of a password: one hash of user, realm and password for each algorithm.
type HA1 struct {
	MD5    [md5.Size]byte
	SHA256 [sha256.Size]byte
}

// Derive makes the hashes of a password.
func Derive(user, realm, password string) HA1 {
	text := []byte(user + ":" + realm + ":" + password)
	return HA1{MD5: md5.Sum(text), SHA256: sha256.Sum256(text)}
}

// hash is H of RFC 7616 §3.3, in hex; parts are joined by colons.
func hash(algorithm string, parts ...string) string {
	text := []byte(strings.Join(parts, ":"))
	if algorithm == SHA256 {
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}

func (h HA1) hex(algorithm string) string {
	if algorithm == SHA256 {
		return hex.EncodeToString(h.SHA256[:])
	}
	return hex.EncodeToString(h.MD5[:])
}

// response is what proves the knowledge of a password (RFC 7616 §3.4.1). Without qop it is that of RFC 2069.
func response(algorithm, ha1, nonce, nc, cnonce, qop, ha2 string) string {
	if qop == "" {
		return hash(algorithm, ha1, nonce, ha2)
	}
	return hash(algorithm, ha1, nonce, nc, cnonce, qop, ha2)
}
