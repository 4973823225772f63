package xmppd

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"hash"
	"net"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// A finishedTap keeps what the client's Finished message of a TLS 1.3 handshake can be had from: the record it came in, and the secret that it
// is encrypted with. OpenSSL gives that message to programs that ask for tls-unique, which TLS 1.3 does not define. A man in the middle has two
// handshakes with two such messages, so it binds as well as it did before TLS 1.3.
//
// Compat: slixmpp before 1.8.4 (Debian 12), binds by tls-unique alone, whatever the server announces, and reports a failed login first.
type finishedTap struct {
	taps   *finishedTaps
	record []byte // the one being read, or the one with Finished, with its header
	body   int    // bytes of the record's body still to come
	keep   bool   // the record's body is kept
	random [32]byte
	known  bool // random is
	done   bool
	secret []byte // client_handshake_traffic_secret (RFC 8446 §7.1)
}

// finishedTaps are the handshakes under way, by the client's random, for which crypto/tls reports secrets.
type finishedTaps struct {
	mu sync.Mutex
	m  map[[32]byte]*finishedTap
}

// Of the record layer and of handshake messages (RFC 8446 §4, §5).
const (
	recordHeader      = 5
	recordHandshake   = 22
	recordData        = 23
	maxFinishedRecord = 512 // bytes; Finished takes less than 100
	helloRandom       = 4 + 2
	messageFinished   = 20
	messageHeader     = 4
)

// A tappedConn shows a tap what is read. It lives as long as the connection.
type tappedConn struct {
	net.Conn
	tap *finishedTap // nil when nobody wants to know any more
}

func (c *tappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.tap != nil {
		c.tap.see(p[:n])
	}
	return n, err
}

// see takes down the record with the client's Finished: the first encrypted one.
func (f *finishedTap) see(b []byte) {
	for len(b) > 0 && !f.done {
		if len(f.record) < recordHeader && f.body == 0 {
			n := min(recordHeader-len(f.record), len(b))
			f.record = append(f.record, b[:n]...)
			b = b[n:]
			if len(f.record) == recordHeader {
				f.begin()
			}
			continue
		}
		n := min(f.body, len(b))
		if f.keep {
			f.record = append(f.record, b[:n]...)
		}
		f.body -= n
		b = b[n:]
		if f.body == 0 {
			f.end()
		}
	}
}

// begin decides what happens with a record whose header is there.
func (f *finishedTap) begin() {
	f.body = int(f.record[3])<<8 | int(f.record[4])
	f.keep = f.record[0] == recordHandshake && !f.known || f.record[0] == recordData && f.body <= maxFinishedRecord
	switch {
	case f.record[0] == recordData && !f.keep:
		f.stop()
	case f.body == 0:
		f.end()
	}
}

func (f *finishedTap) end() {
	body := f.record[recordHeader:]
	switch {
	case f.record[0] == recordData:
		f.done = true // and record is Finished
		return
	case f.keep && len(body) >= helloRandom+len(f.random):
		f.known = true
		copy(f.random[:], body[helloRandom:])
		f.taps.mu.Lock()
		f.taps.m[f.random] = f
		f.taps.mu.Unlock()
	}
	f.record = f.record[:0]
}

// stop ends the taking down without a result.
func (f *finishedTap) stop() { f.done, f.record = true, nil }

// tap watches the handshake of conn.
func (t *finishedTaps) tap(conn net.Conn) *tappedConn {
	return &tappedConn{conn, &finishedTap{taps: t}}
}

// untap is called after the handshake.
func (t *finishedTaps) untap(f *finishedTap) {
	if !f.known {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m[f.random] == f {
		delete(t.m, f.random)
	}
}

var secretLabel = []byte("CLIENT_HANDSHAKE_TRAFFIC_SECRET ")

// Write is what crypto/tls reports secrets to, a line each: label, client random, secret. One kind stays in memory until the login is over; the
// others are dropped.
func (t *finishedTaps) Write(line []byte) (int, error) {
	rest, ok := bytes.CutPrefix(line, secretLabel)
	if !ok {
		return len(line), nil
	}
	name, text, _ := bytes.Cut(bytes.TrimSpace(rest), []byte{' '})
	var random [32]byte
	secret := make([]byte, hex.DecodedLen(len(text)))
	if len(name) != hex.EncodedLen(len(random)) {
		return len(line), nil
	}
	if _, err := hex.Decode(random[:], name); err != nil {
		return len(line), nil
	}
	if _, err := hex.Decode(secret, text); err != nil {
		return len(line), nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.m[random]; f != nil {
		f.secret = secret
	}
	return len(line), nil
}

// forget drops what was taken down: the login is over.
func (s *secured) forget() { s.tapped.tap = nil }

// tlsUnique is the binding data of tls-unique as the client sees it, or nil (RFC 5929 §3; for TLS 1.3 see finishedTap).
func (s *secured) tlsUnique() []byte {
	if s.state.Version < tls.VersionTLS13 {
		return s.state.TLSUnique
	}
	if s.tapped == nil {
		return nil // a WebSocket: TLS is HTTP's
	}
	if f := s.tapped.tap; f != nil && f.done && !s.state.DidResume {
		return verifyData(s.state.CipherSuite, f.secret, f.record)
	}
	return nil
}

// verifyData decrypts the first record that a client has encrypted and returns what its Finished message holds (RFC 8446 §4.4.4, §5.2), or nil.
func verifyData(suite uint16, secret, record []byte) []byte {
	newHash, newAEAD, keySize := suiteOf(suite)
	if newHash == nil || len(secret) != newHash().Size() || len(record) <= recordHeader {
		return nil
	}
	aead, err := newAEAD(expandLabel(newHash, secret, "key", keySize))
	if err != nil {
		return nil
	}
	nonce := expandLabel(newHash, secret, "iv", aead.NonceSize()) // the sequence number is 0
	plain, err := aead.Open(nil, nonce, record[recordHeader:], record[:recordHeader])
	if err != nil {
		return nil
	}
	plain = bytes.TrimRight(plain, "\x00") // padding
	size := newHash().Size()
	if len(plain) != messageHeader+size+1 || plain[0] != messageFinished || plain[len(plain)-1] != recordHandshake {
		return nil
	}
	return plain[messageHeader : messageHeader+size]
}

// suiteOf knows the cipher suites of TLS 1.3 that Go has (RFC 8446 §B.4).
func suiteOf(suite uint16) (newHash func() hash.Hash, newAEAD func(key []byte) (cipher.AEAD, error), keySize int) {
	gcm := func(key []byte) (cipher.AEAD, error) {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
		return sha256.New, gcm, 16
	case tls.TLS_AES_256_GCM_SHA384:
		return sha512.New384, gcm, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		return sha256.New, chacha20poly1305.New, chacha20poly1305.KeySize
	}
	return nil, nil, 0
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
func expandLabel(newHash func() hash.Hash, secret []byte, label string, length int) []byte {
	label = "tls13 " + label
	info := append([]byte{byte(length >> 8), byte(length), byte(len(label))}, label...)
	out, err := hkdf.Expand(newHash, secret, string(append(info, 0)), length)
	if err != nil {
		panic(err) // the lengths are constants
	}
	return out
}
