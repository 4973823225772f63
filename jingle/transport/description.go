package transport

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/ice/v4"

	"plenum/xmppd/fault"
)

// A Setup is the part that one side takes in the DTLS handshake (RFC 8842 §5.2).
type Setup string

const (
	ActPass Setup = "actpass" // either; only in an offer
	Active  Setup = "active"  // DTLS client
	Passive Setup = "passive" // DTLS server
)

// A Fingerprint is the hash of a certificate (RFC 8122 §5): pairs of hexadecimal digits with colons between them.
type Fingerprint struct {
	Hash  string // "sha-256", "sha-384" or "sha-512"
	Value string
}

// fingerprintOf hashes a certificate; ok is false for a hash that is not known, or not safe any more.
func fingerprintOf(hash string, certificate []byte) (sum []byte, ok bool) {
	switch strings.ToLower(hash) {
	case "sha-256":
		h := sha256.Sum256(certificate)
		return h[:], true
	case "sha-384":
		h := sha512.Sum384(certificate)
		return h[:], true
	case "sha-512":
		h := sha512.Sum512(certificate)
		return h[:], true
	}
	return nil, false
}

// octets reads the value; nil when it is not a list of pairs of digits.
func (f Fingerprint) octets() []byte {
	if len(f.Value) == 0 || len(f.Value)%3 != 2 {
		return nil
	}
	for i := 2; i < len(f.Value); i += 3 {
		if f.Value[i] != ':' {
			return nil
		}
	}
	sum, err := hex.DecodeString(strings.ReplaceAll(f.Value, ":", ""))
	if err != nil || 3*len(sum)-1 != len(f.Value) {
		return nil
	}
	return sum
}

// Match reports whether this is the fingerprint of the certificate (DER).
func (f Fingerprint) Match(certificate []byte) bool {
	sum, ok := fingerprintOf(f.Hash, certificate)
	return ok && slices.Equal(sum, f.octets())
}

func newFingerprint(hash string, certificate []byte) Fingerprint {
	sum, _ := fingerprintOf(hash, certificate)
	pairs := make([]string, len(sum))
	for i := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString(sum[i : i+1]))
	}
	return Fingerprint{Hash: hash, Value: strings.Join(pairs, ":")}
}

// A Description is what both sides must know of a transport. Candidates follow one by one.
type Description struct {
	Ufrag, Pwd   string
	Fingerprints []Fingerprint // one of them must match
	Setup        Setup
}

// validate says what is wrong with a description of the peer.
func (d Description) validate() error {
	switch { // RFC 8839 §5.4
	case !iceString(d.Ufrag, 4):
		return fault.New(fault.Invalid, "the ICE user fragment has not 4 to 256 letters, digits, + and /")
	case !iceString(d.Pwd, 22):
		return fault.New(fault.Invalid, "the ICE password has not 22 to 256 letters, digits, + and /")
	case d.Setup != ActPass && d.Setup != Active && d.Setup != Passive:
		return fault.Newf(fault.Invalid, "the DTLS setup %q is none of actpass, active and passive", string(d.Setup))
	case !slices.ContainsFunc(d.Fingerprints, Fingerprint.usable):
		return fault.New(fault.Invalid, "no fingerprint by sha-256, sha-384 or sha-512 was given")
	}
	return nil
}

func (f Fingerprint) usable() bool {
	sum, ok := fingerprintOf(f.Hash, nil)
	return ok && len(f.octets()) == len(sum)
}

// sameFingerprints reports whether both name the same certificates.
func sameFingerprints(a, b []Fingerprint) bool {
	return slices.EqualFunc(a, b, func(a, b Fingerprint) bool {
		return strings.EqualFold(a.Hash, b.Hash) && strings.EqualFold(a.Value, b.Value)
	})
}

// iceString reports whether s is made of ice-char only (RFC 8839 §5.1), at least so many and at most 256.
// Compat: libnice and others also put - and _ there.
func iceString(s string, atLeast int) bool {
	if len(s) < atLeast || len(s) > 256 {
		return false
	}
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_=", c) >= 0) {
			return false
		}
	}
	return true
}

// A Candidate is one address of a transport (RFC 8839 §5.1).
type Candidate struct {
	Foundation string
	Component  int    // 1; RTCP shares it
	Protocol   string // "udp" or "tcp"
	Priority   uint32
	Address    netip.AddrPort
	Type       string         // "host", "srflx", "prflx" or "relay"
	Related    netip.AddrPort // not valid for host candidates
	TCPType    string         // "active", "passive" or "so"; empty for UDP
}

// candidateOf is what is told to the peer.
func candidateOf(c ice.Candidate) (Candidate, bool) {
	ip, err := netip.ParseAddr(c.Address())
	if err != nil {
		return Candidate{}, false
	}
	out := Candidate{
		Foundation: c.Foundation(), Component: int(c.Component()), Protocol: "udp", Priority: c.Priority(),
		Address: netip.AddrPortFrom(ip.Unmap(), uint16(c.Port())), Type: c.Type().String(),
	}
	if c.NetworkType().IsTCP() {
		out.Protocol, out.TCPType = "tcp", c.TCPType().String()
	}
	return out, true
}

// agent turns a candidate of the peer into the agent's form.
func (c Candidate) agent() (ice.Candidate, error) {
	network, tcp := strings.ToLower(c.Protocol), ice.TCPTypeUnspecified
	ip := c.Address.Addr().Unmap()
	switch {
	case c.Component != 1:
		return nil, fault.New(fault.Invalid, "the candidate is for a second component, but RTCP is multiplexed")
	case !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || c.Address.Port() == 0 || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return nil, fault.New(fault.Invalid, "the candidate has no address that something can be sent to")
	case len(c.Foundation) > 256:
		return nil, fault.New(fault.Invalid, "the candidate's foundation is too long")
	case network == "tcp" && c.Type != "host":
		return nil, fault.New(fault.Invalid, "only host candidates are taken over TCP")
	case network == "tcp":
		if tcp = ice.NewTCPType(c.TCPType); tcp == ice.TCPTypeUnspecified {
			return nil, fault.New(fault.Invalid, "the candidate does not say which end opens its TCP connection")
		}
	case network != "udp":
		return nil, fault.Newf(fault.Invalid, "the candidate's protocol %q is neither udp nor tcp", c.Protocol)
	}
	address, port := ip.WithZone("").String(), int(c.Address.Port())
	related, relatedPort := "0.0.0.0", 0
	if c.Related.IsValid() {
		related, relatedPort = c.Related.Addr().String(), int(c.Related.Port())
	}
	switch c.Type {
	case "host":
		return ice.NewCandidateHost(&ice.CandidateHostConfig{Network: network, Address: address, Port: port, Component: 1,
			Priority: c.Priority, Foundation: c.Foundation, TCPType: tcp})
	case "srflx":
		return ice.NewCandidateServerReflexive(&ice.CandidateServerReflexiveConfig{Network: network, Address: address, Port: port, Component: 1,
			Priority: c.Priority, Foundation: c.Foundation, RelAddr: related, RelPort: relatedPort})
	case "prflx":
		return ice.NewCandidatePeerReflexive(&ice.CandidatePeerReflexiveConfig{Network: network, Address: address, Port: port, Component: 1,
			Priority: c.Priority, Foundation: c.Foundation, RelAddr: related, RelPort: relatedPort})
	case "relay":
		return ice.NewCandidateRelay(&ice.CandidateRelayConfig{Network: network, Address: address, Port: port, Component: 1,
			Priority: c.Priority, Foundation: c.Foundation, RelAddr: related, RelPort: relatedPort})
	}
	return nil, fault.Newf(fault.Invalid, "the candidate's type %q is not known", c.Type)
}
