package digest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Why a challenge is not answered.
var (
	ErrRefused     = errors.New("the user name or the password is wrong")
	ErrUnsupported = errors.New("the server asks for a kind of authentication that is not known here")
)

// Authorize answers the challenges of a 401 or 407: the next try of the request gets credentials, in place of older ones for the same realm. The caller
// raises the CSeq. It returns ErrRefused when the server does not accept what it had asked for.
func Authorize(req *sip.Request, res *sip.Response, user, password string) error {
	challenge, answer := "www-authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		challenge, answer = "proxy-authenticate", "Proxy-Authorization"
	}
	for _, h := range res.GetHeaders(challenge) {
		p, ok := parse(h.Value())
		if !ok {
			continue
		}
		algorithm, session, ok := knownAlgorithm(p["algorithm"])
		qop, qopKnown := chooseQOP(p["qop"])
		if !ok || !qopKnown || p["nonce"] == "" {
			continue // the next may be one we know: the server has put the best first (RFC 8760 §2.4)
		}
		if had := removeOld(req, answer, p["realm"]); had != "" && !strings.EqualFold(p["stale"], "true") {
			return ErrRefused
		}
		req.AppendHeader(sip.NewHeader(answer, answerTo(req, p, algorithm, session, qop, user, password)))
		return nil
	}
	return ErrUnsupported
}

func knownAlgorithm(name string) (algorithm string, session, ok bool) {
	base, isSession := strings.CutSuffix(strings.ToUpper(name), "-SESS")
	switch base {
	case "", MD5:
		return MD5, isSession, true
	case SHA256:
		return SHA256, isSession, true
	}
	return "", false, false
}

// chooseQOP prefers auth, since the body may be changed by those who pass it on (RFC 7616 §3.3).
func chooseQOP(offered string) (qop string, ok bool) {
	if offered == "" {
		return "", true
	}
	for _, known := range []string{"auth", "auth-int"} {
		for o := range strings.SplitSeq(offered, ",") {
			if strings.EqualFold(strings.TrimSpace(o), known) {
				return known, true
			}
		}
	}
	return "", false
}

// removeOld takes away what the request had for the realm, and returns its nonce.
func removeOld(req *sip.Request, name, realm string) (nonce string) {
	old := req.GetHeaders(name)
	for req.RemoveHeader(name) {
	}
	for _, h := range old {
		if p, ok := parse(h.Value()); ok && p["realm"] == realm {
			nonce = p["nonce"]
		} else {
			req.AppendHeader(h)
		}
	}
	return nonce
}

func answerTo(req *sip.Request, p params, algorithm string, session bool, qop, user, password string) string {
	const nc = "00000001"
	var random [12]byte
	rand.Read(random[:])
	cnonce := hex.EncodeToString(random[:])
	uri := req.Recipient.String()
	ha1 := hash(algorithm, user, p["realm"], password)
	if session {
		ha1 = hash(algorithm, ha1, p["nonce"], cnonce)
	}
	ha2 := hash(algorithm, string(req.Method), uri)
	if qop == "auth-int" {
		ha2 = hash(algorithm, string(req.Method), uri, hash(algorithm, string(req.Body())))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%q", quote(user), quote(p["realm"]), quote(p["nonce"]), quote(uri),
		response(algorithm, ha1, p["nonce"], nc, cnonce, qop, ha2))
	if p["algorithm"] != "" {
		b.WriteString(", algorithm=" + p["algorithm"])
	}
	if qop != "" || session {
		b.WriteString(", cnonce=" + quote(cnonce))
	}
	if qop != "" {
		b.WriteString(", qop=" + qop + ", nc=" + nc)
	}
	if opaque, ok := p["opaque"]; ok {
		b.WriteString(", opaque=" + quote(opaque))
	}
	return b.String()
}
