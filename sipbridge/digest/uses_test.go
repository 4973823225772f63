package digest_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
)

// A user is at a phone that uses one nonce for several requests.
type user struct {
	server   *digest.Server
	nonce    string
	requests uint16 // each comes from another port
}

func (u *user) challenged() {
	value := u.server.Challenge(false, realm, home, false, true)[0].Value()
	u.nonce = regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(value)[1]
}

// uses sends a request with a nonce count; an empty one is that of a phone which knows none (RFC 2069).
func (u *user) uses(nc string) digest.Verdict {
	hash := func(text string) string {
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	ha1, ha2 := hash(`alice:`+realm+`:pass"word`), hash("REGISTER:sip:"+realm)
	value := fmt.Sprintf(`Digest username="alice", realm=%q, nonce=%q, uri="sip:%s", response=%q`, realm, u.nonce, realm, hash(ha1+":"+u.nonce+":"+ha2))
	if nc != "" {
		value = fmt.Sprintf(`Digest username="alice", realm=%q, nonce=%q, uri="sip:%s", response=%q, cnonce="c", qop=auth, nc=%s`,
			realm, u.nonce, realm, hash(ha1+":"+u.nonce+":"+nc+":c:auth:"+ha2), nc)
	}
	u.requests++
	req := register()
	req.AppendHeader(sip.NewHeader("Authorization", value))
	_, v := u.server.Verify(req, realm, netip.AddrPortFrom(home, 5060+u.requests), lookup)
	return v
}

// Requests that use a nonce count on, may overtake each other, and are taken once each.
func TestReplaysAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			counts string
			want   string // a for accepted, s for stale, i for what cannot be read
		}{
			"one after the other":          {"00000001 00000002 00000003 0000000a 0000000B", "aaaaa"},
			"the same again":               {"00000001 00000001 00000002 00000001 00000002", "asass"},
			"overtaken on several sockets": {"00000001 00000004 00000002 00000003 00000002 00000005", "aaaasa"},
			"begins anywhere":              {"00000000 00000000 00000001", "asa"},
			"far ahead":                    {"00000001 00000100 00000002 000000c1 000000c0 00000100", "aasass"},
			"the greatest there is":        {"fffffffe ffffffff ffffffff 00000000 fffffffd", "aassa"},
			"no count":                     {"- -", "as"},
			"one without a count":          {"00000001 - 00000002", "aaa"},
			"what is no number":            {"0000000x 1 -0000001 +0000001", "iiii"},
		} {
			u := &user{server: &digest.Server{Key: server.Key}}
			u.challenged()
			got := ""
			for _, nc := range regexp.MustCompile(`\S+`).FindAllString(c.counts, -1) {
				if nc == "-" {
					nc = ""
				}
				got += map[digest.Verdict]string{digest.Accepted: "a", digest.Stale: "s", digest.Invalid: "i"}[u.uses(nc)]
			}
			if got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
	})
}

// What is forgotten of nonces is not made up for by trust: those that may have been used are good no more, and new ones are.
func TestNoncesThatAreForgottenAreStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 100
		u := &user{server: &digest.Server{Key: server.Key}}
		u.server.Remember(most)
		u.challenged()
		old := u.nonce
		if v := u.uses("00000001"); v != digest.Accepted {
			t.Fatal(v)
		}
		for i := range 2*most + 2 { // while phones log in like never before
			u.challenged()
			if v := u.uses("00000001"); v != digest.Accepted {
				t.Fatalf("nonce %d: %v", i, v)
			}
			time.Sleep(50 * time.Millisecond)
		}
		last := u.nonce
		u.nonce = old
		for _, nc := range []string{"00000001", "00000002"} {
			if v := u.uses(nc); v != digest.Stale {
				t.Errorf("an old nonce with count %s: %v", nc, v)
			}
		}
		u.nonce = last
		if v := u.uses("00000001"); v != digest.Stale {
			t.Errorf("a replay: %v", v)
		}
		for range 4 { // a phone that asks now and then
			time.Sleep(digest.NonceTime - time.Second)
			u.challenged()
			first, second := u.uses("00000001"), u.uses("00000001")
			if first != digest.Accepted || second != digest.Stale {
				t.Errorf("%v, and again: %v", first, second)
			}
		}
	})
}
