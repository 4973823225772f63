package directory

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"plenum/xmppd/jid"
)

// Device kinds.
const (
	PhoneDevice     = "phone" // a desk phone, or any other thing that speaks SIP
	SoftphoneDevice = "softphone"
	MobileDevice    = "mobile"
	FaxDevice       = "fax"
)

// Encryption says which calls of a SIP device are let through.
type Encryption string

const (
	AnyEncryption      Encryption = "" // with or without TLS and SRTP
	EncryptionRequired Encryption = "required"
)

// SIP reports whether the device registers by SIP.
func (o *Object) SIP() bool { return o.Device == PhoneDevice || o.Device == SoftphoneDevice }

// DeviceInput is the form of a device that is made by hand. Devices that come with a switch of their user keep kind, name and owner.
type DeviceInput struct {
	Device     string // PhoneDevice or SoftphoneDevice; stays for ever
	Name       string
	Owner      jid.JID // zero for a device that nobody has
	Location   string  // instead of an owner; empty for none
	Encryption Encryption
}

func (in DeviceInput) tidy() DeviceInput {
	in.Name, in.Owner = strings.TrimSpace(in.Name), in.Owner.Bare()
	return in
}

func (in *DeviceInput) check(bySwitch bool) FieldErrors {
	var bad FieldErrors
	if in.Encryption != AnyEncryption && in.Encryption != EncryptionRequired {
		bad.add("encryption", "unknown", "encryption is either left to the device or required")
	}
	if bySwitch {
		return bad
	}
	if in.Device != PhoneDevice && in.Device != SoftphoneDevice {
		bad.add("device", "unknown", "a device made by hand is a phone or a softphone")
	}
	if in.Location != "" && !in.Owner.IsZero() {
		bad.add("location", "conflict", "a device belongs to a user or to a location, not to both")
	}
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	return append(bad, lineErrors("name", "the name", in.Name, MaxObjectName)...)
}

// SIPDevice is what a registrar must know of a device.
type SIPDevice struct {
	ID         string
	Name       string
	Owner      jid.JID // who is logged in at its location, where it has one; zero: nobody has the device
	Location   string  // to which it belongs; empty for none
	User       string
	Keys       HA1
	Encryption Encryption
}

// HA1 is what digest authentication needs in the place of a secret (RFC 7616 §3.4.2), by both algorithms of RFC 8760.
type HA1 struct {
	MD5    [md5.Size]byte
	SHA256 [sha256.Size]byte
}

// NewHA1 hashes a secret.
func NewHA1(user, realm, secret string) HA1 {
	text := []byte(user + ":" + realm + ":" + secret)
	return HA1{md5.Sum(text), sha256.Sum256(text)}
}

// Hex returns both in the form in which they go into a response.
func (h *HA1) Hex() (md5, sha256 string) {
	return hex.EncodeToString(h.MD5[:]), hex.EncodeToString(h.SHA256[:])
}

// sealText is HA1 with its realm as it is sealed: of another realm it fits nobody.
func (h *HA1) sealText(realm string) []byte {
	return slices.Concat(h.MD5[:], h.SHA256[:], []byte(realm))
}

func parseHA1(text []byte, realm string) (h HA1, err error) {
	if len(text) < md5.Size+sha256.Size {
		return h, errors.New("it is too short")
	}
	copy(h.MD5[:], text)
	copy(h.SHA256[:], text[md5.Size:])
	if string(text[md5.Size+sha256.Size:]) != realm {
		return h, errors.New("it was made for another domain")
	}
	return h, nil
}

const (
	readable    = "abcdefghjkmnpqrstuvwxyz23456789" // what nobody confuses when he types it
	secretSize  = 16                                // characters; 79 bits
	sipUserTail = 4
	maxSIPUser  = 32 // characters before the tail
)

func randomText(n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		var draw [1]byte
		rand.Read(draw[:])
		if int(draw[0]) < 256/len(readable)*len(readable) { // all characters alike
			b = append(b, readable[int(draw[0])%len(readable)])
		}
	}
	return string(b)
}

// newSIPUser draws a user name for a device: extension or login name of its owner and a tail, so that it can be read and not be guessed.
func newSIPUser(extension, login string) string {
	head := extension
	if head == "" {
		head = login
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, head)
	if plain == "" || plain != head || len(head) > maxSIPUser {
		plain = "phone"
	}
	return plain + "-" + randomText(sipUserTail)
}
