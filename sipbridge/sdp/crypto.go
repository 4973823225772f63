package sdp

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/pion/srtp/v3"
)

// A Suite is a way to protect RTP.
type Suite struct {
	Name    string
	Profile srtp.ProtectionProfile
	Key     int // octets of the master key
	Salt    int // and of the salt behind it
}

// Suites are those that there are (RFC 4568 §6.2, RFC 7714 §14.2), best first: GCM costs a fifth of the others, and a tag of four octets may be guessed.
var Suites = []Suite{
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
}

// A Crypto is a crypto attribute: the key with which the one who wrote it sends.
type Crypto struct {
	Tag   int
	Suite Suite
	Key   []byte // master key and salt
	MKI   []byte // stands in each packet, when there is one
}

// Equal reports whether both are the same key for the same suite.
func (c Crypto) Equal(d Crypto) bool {
	return c.Suite == d.Suite && bytes.Equal(c.Key, d.Key) && bytes.Equal(c.MKI, d.MKI)
}

// Cryptos are the keys of a line that can be used.
func (m *Media) Cryptos() []Crypto {
	var list []Crypto
	for _, a := range m.Attributes {
		if strings.EqualFold(a.Name, "crypto") {
			if c, ok := parseCrypto(a.Value); ok {
				list = append(list, c)
			}
		}
	}
	return list
}

// parseCrypto reads the value of a crypto attribute (RFC 4568 §9.1).
func parseCrypto(value string) (c Crypto, ok bool) {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return c, false
	}
	if c.Tag, ok = number(fields[0], 999999999); !ok {
		return c, false
	}
	if c.Suite, ok = suite(fields[1]); !ok {
		return c, false
	}
	for _, parameter := range fields[3:] { // others change what is sent, and must not be passed over (RFC 4568 §6.3.7)
		if !strings.HasPrefix(parameter, "-") && !strings.HasPrefix(strings.ToUpper(parameter), "WSH=") {
			return c, false
		}
	}
	method, rest, _ := strings.Cut(fields[2], ":")
	if !strings.EqualFold(method, "inline") || strings.Contains(rest, ";") {
		return c, false
	}
	parts := strings.Split(rest, "|")
	key, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil { // Compat: phones that leave out the padding
		key, err = base64.RawStdEncoding.DecodeString(parts[0])
	}
	if err != nil || len(key) != c.Suite.Key+c.Suite.Salt {
		return c, false
	}
	c.Key = key
	for _, part := range parts[1:] {
		if id, length, isMKI := strings.Cut(part, ":"); isMKI {
			if c.MKI, ok = mki(id, length); !ok {
				return c, false
			}
		} // else how many packets the key is good for: more than any call has
	}
	return c, true
}

// mki is the identifier as it stands in packets.
func mki(id, length string) ([]byte, bool) {
	n, okLength := number(length, 128)
	v, err := strconv.ParseUint(id, 10, 64)
	if !okLength || err != nil || n == 0 {
		return nil, false
	}
	b := make([]byte, n)
	for i := n - 1; i >= 0; i, v = i-1, v>>8 {
		b[i] = byte(v)
	}
	return b, v == 0
}

func suite(name string) (Suite, bool) {
	for _, s := range Suites {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Suite{}, false
}

// AddCrypto appends a key to the line.
func (m *Media) AddCrypto(c Crypto) {
	m.Add("crypto", strconv.Itoa(c.Tag)+" "+c.Suite.Name+" inline:"+base64.StdEncoding.EncodeToString(c.Key))
}
