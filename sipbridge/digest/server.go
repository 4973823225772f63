package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// NonceTime is how long a nonce is good. A phone that comes later is given a new one without asking its user.
const NonceTime = 5 * time.Minute

// A nonce is a time in seconds, some random bytes, and a MAC of both, of the realm and of the network it was given to.
const (
	nonceHead = 8
	nonceMAC  = 16
)

// A Server challenges and checks. It remembers which nonces were used with a right password, and nothing of anybody else.
type Server struct {
	Key  []byte // of the nonces: 32 random bytes, others with each start. With another key a phone's next request is challenged as stale, and its user sees nothing
	used used
}

// Verdict is what became of a check.
type Verdict uint8

const (
	Missing  Verdict = iota // there are no credentials for the realm
	Accepted                // the password was known
	Stale                   // the nonce is too old, not from here, or was used like this before: challenge again, saying so
	Wrong                   // the password was not known, or there is no such user. Who has sent it has received a challenge of ours
	Invalid                 // the credentials cannot be read
)

// Challenge is the headers of a 401, or with proxy of a 407: one for each algorithm, the better first (RFC 8760 §2.3), or that of MD5 alone for a phone
// that knows nothing else and fails over what it does not know.
func (s *Server) Challenge(proxy bool, realm string, source netip.Addr, stale, onlyMD5 bool) []sip.Header {
	name := "WWW-Authenticate"
	if proxy {
		name = "Proxy-Authenticate"
	}
	value := "Digest realm=" + quote(realm) + `, nonce="` + s.nonce(realm, source) + `", qop="auth", `
	if stale {
		value += "stale=true, "
	}
	md5 := sip.NewHeader(name, value+"algorithm="+MD5)
	if onlyMD5 {
		return []sip.Header{md5}
	}
	return []sip.Header{sip.NewHeader(name, value+"algorithm="+SHA256), md5}
}

// Verify checks the credentials of a request for a realm. lookup finds a user's hashes. An unknown user takes the same time and gets the same verdict as
// a wrong password.
func (s *Server) Verify(req *sip.Request, realm string, from netip.AddrPort, lookup func(user string) (HA1, bool)) (user string, v Verdict) {
	p, v := credentials(req, realm)
	if p == nil {
		return "", v
	}
	user = p["username"]
	algorithm := MD5
	switch a := p["algorithm"]; {
	case strings.EqualFold(a, SHA256):
		algorithm = SHA256
	case a != "" && !strings.EqualFold(a, MD5):
		return user, Invalid
	}
	qop := p["qop"]
	count, err := strconv.ParseUint(p["nc"], 16, 32)
	if user == "" || p["nonce"] == "" || p["response"] == "" || !covers(p["uri"], &req.Recipient) ||
		qop != "" && (!strings.EqualFold(qop, "auth") || len(p["nc"]) != 8 || err != nil || p["cnonce"] == "") {
		return user, Invalid
	}
	nonce, made, fresh := s.read(p["nonce"], realm, from.Addr())
	if !fresh { // else a forged address would be blamed for wrong passwords
		return user, Stale
	}
	ha1, known := lookup(user)
	ha2 := hash(algorithm, string(req.Method), p["uri"])
	want := response(algorithm, ha1.hex(algorithm), p["nonce"], p["nc"], p["cnonce"], qop, ha2)
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(p["response"]))) == 1
	if !right || !known {
		return user, Wrong
	}
	// RFC 7616 §3.4: a count that comes twice is a replay. Credentials without one (RFC 2069) are good once for each nonce.
	// Compat: some phones never count on; they are asked each time, and know what to do as the nonce is called stale.
	if !s.used.take(nonce, made, uint32(count), identity(req, from, p["response"])) {
		return user, Stale
	}
	return user, Accepted
}

// credentials finds those for the realm. A phone may send some for other realms besides (RFC 3261 §22.3).
func credentials(req *sip.Request, realm string) (params, Verdict) {
	v := Missing
	for _, name := range []string{"authorization", "proxy-authorization"} {
		for _, h := range req.GetHeaders(name) {
			p, ok := parse(h.Value())
			if !ok {
				if len(h.Value()) >= 6 && strings.EqualFold(h.Value()[:6], "digest") {
					v = Invalid
				}
				continue
			}
			if p["realm"] == realm {
				return p, Accepted
			}
		}
	}
	return nil, v
}

// covers says that the credentials are for the URI that is asked for (RFC 7616 §3.4.6).
// Compat: phones leave out parameters, sipp and some gateways write the address of the server in the place of the URI. So what counts is that
// credentials for one number are not taken for another.
func covers(uri string, recipient *sip.Uri) bool {
	var u sip.Uri
	if uri == recipient.String() {
		return true
	}
	if uri == "" || sip.ParseUri(uri, &u) != nil {
		return false
	}
	return (u.User == "" || u.User == recipient.User) && u.Raw() == recipient.Raw()
}

func (s *Server) nonce(realm string, source netip.Addr) string {
	var b [nonceHead + nonceMAC]byte
	binary.BigEndian.PutUint32(b[:], uint32(time.Now().Unix()))
	rand.Read(b[4:nonceHead])
	copy(b[nonceHead:], s.mac(b[:nonceHead], realm, source))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// read checks a nonce, and says when it was made and by what it is remembered.
func (s *Server) read(nonce, realm string, source netip.Addr) (id uint64, made time.Time, fresh bool) {
	var b [nonceHead + nonceMAC]byte
	if n, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(nonce)[:min(len(nonce), base64.RawURLEncoding.EncodedLen(len(b)))]); err != nil || n != len(b) ||
		len(nonce) != base64.RawURLEncoding.EncodedLen(len(b)) {
		return 0, made, false
	}
	if !hmac.Equal(b[nonceHead:], s.mac(b[:nonceHead], realm, source)) {
		return 0, made, false
	}
	made = time.Unix(int64(binary.BigEndian.Uint32(b[:])), 0)
	age := time.Since(made)
	return binary.BigEndian.Uint64(b[nonceHead:]), made, age > -NonceTime && age <= NonceTime
}

// mac binds a nonce to the network it was given to: a phone may change its address within a provider's pool, but a thief elsewhere cannot use it.
func (s *Server) mac(head []byte, realm string, source netip.Addr) []byte {
	m := hmac.New(sha256.New, s.Key)
	m.Write(head)
	bits := 24
	if source = source.Unmap(); source.Is6() {
		bits = 56
	}
	if network, err := source.Prefix(bits); err == nil {
		m.Write(network.Addr().AsSlice())
	}
	m.Write([]byte(realm))
	return m.Sum(nil)[:nonceMAC]
}
