package turn

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"

	"plenum/xmppd/jid"
)

// Times of what is relayed.
const (
	// allocationTime is after how long a relayed address ends that its client does not ask to keep, as RFC 8656 §3.2 recommends.
	allocationTime = 10 * time.Minute
	// longestCall is how long credentials that have run out still keep up what was begun with them: a client has no way to
	// give others for a relayed address (RFC 8656 §5).
	longestCall = 24 * time.Hour
)

// Credentials let a client relay until Expires.
type Credentials struct {
	Username, Password string
	Expires            time.Time // in UTC, whole seconds
}

// Credentials makes what one user or guest shows to the server: the name is the end of their time and who it is, the password an
// HMAC of it (draft-uberti-behave-turn-rest-00). The name travels in the open, so that it does not say the address of anybody.
func (s *Server) Credentials(who jid.JID, now time.Time) Credentials {
	expires := now.Add(s.cfg.CredentialTime).UTC().Truncate(time.Second)
	name := strconv.FormatInt(expires.Unix(), 10) + ":" + s.pseudonym(who)
	return Credentials{name, s.password(name), expires}
}

func (s *Server) pseudonym(who jid.JID) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte("user\x00" + who.Bare().String()))
	return hex.EncodeToString(mac.Sum(nil)[:10])
}

func (s *Server) password(name string) string {
	mac := hmac.New(sha1.New, s.secret)
	mac.Write([]byte(name))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate gives the key that the client must have signed its request with (RFC 8489 §9.2.2), and who it is.
func (s *Server) authenticate(request *pion.RequestAttributes) (user string, key []byte, ok bool) {
	end, user, ok := strings.Cut(request.Username, ":")
	expires, err := strconv.ParseInt(end, 10, 64)
	if !ok || err != nil || user == "" || request.Realm != s.deps.Realm {
		s.figures.refusedAuth.Add(1)
		return "", nil, false
	}
	last := time.Unix(expires, 0)
	if request.Method != stun.MethodAllocate {
		last = last.Add(longestCall)
	}
	if !time.Now().Before(last) {
		s.figures.refusedAuth.Add(1)
		return "", nil, false
	}
	return user, pion.GenerateAuthKey(request.Username, request.Realm, s.password(request.Username)), true
}
