package digest_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
)

const realm = "example.com"

var (
	home   = netip.MustParseAddr("192.0.2.7")
	server = &digest.Server{Key: []byte("0123456789abcdef0123456789abcdef")}
	alice  = digest.Derive("alice", realm, `pass"word`)
)

func lookup(user string) (digest.HA1, bool) {
	if user == "alice" {
		return alice, true
	}
	return digest.HA1{}, false
}

func register() *sip.Request {
	return sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: realm})
}

// challenged is a response with some of the challenges.
func challenged(headers ...sip.Header) *sip.Response {
	res := sip.NewResponse(401, "Unauthorized")
	for _, h := range headers {
		res.AppendHeader(h)
	}
	return res
}

func TestPasswordIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name, user, password string
			from                 netip.Addr
			wait                 time.Duration
			want                 digest.Verdict
		}{
			{"right", "alice", `pass"word`, home, 0, digest.Accepted},
			{"a while later", "alice", `pass"word`, home, 4 * time.Minute, digest.Accepted},
			{"too late", "alice", `pass"word`, home, 6 * time.Minute, digest.Stale},
			{"another address of the network", "alice", `pass"word`, netip.MustParseAddr("192.0.2.200"), 0, digest.Accepted},
			{"stolen", "alice", `pass"word`, netip.MustParseAddr("198.51.100.1"), 0, digest.Stale},
			{"wrong password", "alice", "password", home, 0, digest.Wrong},
			{"wrong password with another's nonce", "alice", "password", netip.MustParseAddr("198.51.100.1"), 0, digest.Stale},
			{"unknown user", "bob", `pass"word`, home, 0, digest.Wrong},
			{"no user", "", `pass"word`, home, 0, digest.Invalid},
		} {
			for first := range 2 {
				both := server.Challenge(false, realm, home, false, false)
				if len(both) != 2 || !strings.Contains(both[0].Value(), "algorithm=SHA-256") || !strings.Contains(both[1].Value(), "algorithm=MD5") {
					t.Fatalf("challenges %v", both) // RFC 8760 §2.3: the better first
				}
				challenge := both[first:]
				time.Sleep(c.wait)
				req := register()
				if err := digest.Authorize(req, challenged(challenge...), c.user, c.password); err != nil {
					t.Fatal(err)
				}
				if user, got := server.Verify(req, realm, netip.AddrPortFrom(c.from, 5060), lookup); got != c.want || user != c.user {
					t.Errorf("%s, %s: got %v of %q, want %v", c.name, req.GetHeader("Authorization").Value(), got, user, c.want)
				}
			}
		}
	})
}

func TestCredentialsForSomethingElse(t *testing.T) {
	req := register()
	if err := digest.Authorize(req, challenged(server.Challenge(false, realm, home, false, false)...), "alice", `pass"word`); err != nil {
		t.Fatal(err)
	}
	good := req.GetHeader("Authorization").Value()
	for name, c := range map[string]struct {
		value  string
		method sip.RequestMethod
		uri    string
		want   digest.Verdict
	}{
		"the request itself":        {good, sip.REGISTER, "sip:example.com", digest.Accepted},
		"parameters":                {good, sip.REGISTER, "sip:example.com;transport=tcp", digest.Accepted},
		"another method":            {good, sip.INVITE, "sip:example.com", digest.Wrong},
		"an address without a user": {strings.Replace(good, "sip:example.com", "sip:192.0.2.1:5060", 1), sip.REGISTER, "sip:example.com", digest.Wrong},
		"another number":            {strings.Replace(good, `uri="sip:`, `uri="sip:110@`, 1), sip.REGISTER, "sip:+4990012345@example.com", digest.Invalid},
		"another realm":             {strings.Replace(good, `realm="example.com"`, `realm="other.example"`, 1), sip.REGISTER, "sip:example.com", digest.Missing},
		"another algorithm":         {strings.Replace(good, "SHA-256", "SHA-512-256", 1), sip.REGISTER, "sip:example.com", digest.Invalid},
		"one hash for the other":    {strings.Replace(good, "SHA-256", "MD5", 1), sip.REGISTER, "sip:example.com", digest.Wrong},
		"a forged nonce":            {strings.Replace(good, `nonce="`, `nonce="A`, 1), sip.REGISTER, "sip:example.com", digest.Stale},
		"a name given twice":        {good + `, realm="example.com"`, sip.REGISTER, "sip:example.com", digest.Invalid},
		"another scheme":            {"Basic YWxpY2U6cGFzcw==", sip.REGISTER, "sip:example.com", digest.Missing},
		"none":                      {"", sip.REGISTER, "sip:example.com", digest.Missing},
		"an open quote":             {`Digest realm="exam`, sip.REGISTER, "sip:example.com", digest.Invalid},
	} {
		var uri sip.Uri
		if err := sip.ParseUri(c.uri, &uri); err != nil {
			t.Fatal(err)
		}
		req := sip.NewRequest(c.method, uri)
		if c.value != "" {
			req.AppendHeader(sip.NewHeader("Authorization", c.value))
		}
		unused := &digest.Server{Key: server.Key}
		if _, got := unused.Verify(req, realm, netip.AddrPortFrom(home, 5060), lookup); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestClientKnowsWhenItIsRefused(t *testing.T) {
	req := register()
	for i, want := range []error{nil, digest.ErrRefused} {
		if err := digest.Authorize(req, challenged(server.Challenge(false, realm, home, false, false)...), "alice", "x"); !errors.Is(err, want) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	req = register()
	for i, stale := range []bool{false, true, true} {
		if err := digest.Authorize(req, challenged(server.Challenge(false, realm, home, stale, false)...), "alice", "x"); err != nil {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if n := len(req.GetHeaders("Authorization")); n != 1 {
		t.Errorf("%d credentials", n)
	}
	for _, unknown := range []string{`Digest realm="a", nonce="b", algorithm=SHA-512-256`, `Digest realm="a", nonce="b", qop="auth-conf"`, `Bearer x`, ""} {
		if err := digest.Authorize(register(), challenged(sip.NewHeader("WWW-Authenticate", unknown)), "alice", "x"); !errors.Is(err, digest.ErrUnsupported) {
			t.Errorf("%s: %v", unknown, err)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="alice", realm="example.com", nonce="x", uri="sip:example.com", response="y", qop=auth, nc=00000001, cnonce="z"`)
	f.Add(`Digest realm="a\"b", nonce=,,`)
	f.Add("digest \t=")
	f.Fuzz(func(t *testing.T, value string) {
		req := register()
		req.AppendHeader(sip.NewHeader("Authorization", value))
		if _, v := server.Verify(req, realm, netip.AddrPortFrom(home, 5060), lookup); v == digest.Accepted {
			t.Error("accepted without a nonce of ours")
		}
		if err := digest.Authorize(register(), challenged(sip.NewHeader("WWW-Authenticate", value)), "alice", "x"); err == nil && !strings.EqualFold(strings.TrimSpace(value)[:6], "digest") {
			t.Error("answered what is no challenge")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	server := &digest.Server{Key: server.Key}
	server.Remember(1 << 30)
	for b.Loop() {
		req := register()
		if err := digest.Authorize(req, challenged(server.Challenge(false, realm, home, false, false)...), "alice", `pass"word`); err != nil {
			b.Fatal(err)
		}
		if _, v := server.Verify(req, realm, netip.AddrPortFrom(home, 5060), lookup); v != digest.Accepted {
			b.Fatal(v)
		}
	}
}
