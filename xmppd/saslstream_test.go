package xmppd_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	mellium "mellium.im/sasl"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/xmpptest"
)

// keyAccounts has juliet only, with SCRAM keys.
type keyAccounts struct{ keys sasl.Keys }

func withKeys(t testing.TB) func(*xmppd.Deps) {
	keys, err := sasl.DeriveKeys("juliet-secret", sasl.MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	return func(d *xmppd.Deps) { d.Accounts = keyAccounts{keys} }
}

func (a keyAccounts) Lookup(_ context.Context, j jid.JID) (sasl.Account, error) {
	if j.Local() != "juliet" {
		return sasl.Account{}, fault.New(fault.NotFound, "no such account")
	}
	return sasl.Account{Keys: a.keys}, nil
}

func (a keyAccounts) Exists(_ context.Context, j jid.JID) (bool, error) {
	return j.Local() == "juliet", nil
}

func TestFailedLogins(t *testing.T) {
	auth := func(mechanism, text string) string {
		return "<auth" + nsSASL + " mechanism='" + mechanism + "'>" + text + "</auth>"
	}
	b64 := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct{ send, want string }{
		"a wrong password":                      {plain("juliet", "nonsense"), "not-authorized"},
		"an unknown user":                       {plain("nobody", "nonsense"), "not-authorized"},
		"an unknown mechanism":                  {auth("DIGEST-MD5", "="), "invalid-mechanism"},
		"no mechanism":                          {"<auth" + nsSASL + "/>", "invalid-mechanism"},
		"channel binding without TLS":           {auth("SCRAM-SHA-256-PLUS", b64([]byte("p=tls-exporter,,n=juliet,r=abc"))), "invalid-mechanism"},
		"anonymous where accounts live":         {auth("ANONYMOUS", "="), "invalid-mechanism"},
		"text that is not base64":               {auth("PLAIN", "$$$"), "incorrect-encoding"},
		"base64 without its padding":            {auth("PLAIN", "AGp1bGlldA"), "incorrect-encoding"},
		"base64 with spaces":                    {auth("PLAIN", "AGp1 bGlldA=="), "incorrect-encoding"},
		"base64 with bits behind the end":       {auth("PLAIN", "AB=="), "incorrect-encoding"},
		"an empty message":                      {auth("PLAIN", "="), "malformed-request"},
		"a message without password":            {auth("PLAIN", b64([]byte("juliet"))), "malformed-request"},
		"a SCRAM message that is none":          {auth("SCRAM-SHA-256", b64([]byte("juliet"))), "malformed-request"},
		"another user's authorization identity": {auth("PLAIN", b64([]byte("romeo@example.org\x00juliet\x00juliet-secret"))), "invalid-authzid"},
		"a response to nothing":                 {"<response" + nsSASL + ">=</response>", "malformed-request"},
		"an abort":                              {auth("PLAIN", "") + "<abort" + nsSASL + "/>", "aborted"},
		"an abort of nothing":                   {"<abort" + nsSASL + "/>", "aborted"},
		"a second exchange inside of the first": {auth("PLAIN", "") + plain("juliet", "juliet-secret"), "malformed-request"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, start(t, xmpptest.Options{}))
				l.send(header + c.send)
				l.expect("<failure" + nsSASL + "><" + c.want + "/>(<text xml:lang='en'>[^<]*</text>)?</failure>$")
				l.send(plain("juliet", "juliet-secret"))
				l.expect("<success" + nsSASL + "/>$")
			})
		})
	}
}

func TestLoginsAreNotTriedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(header + strings.Repeat(plain("juliet", "nonsense"), 5))
		got := l.all()
		wantStreamError(t, got, "policy-violation")
		if n := strings.Count(got, "<failure"); n != 5 {
			t.Errorf("%d failures", n)
		}
	})
}

func TestPlainAsksForAMissingMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(header + "<auth" + nsSASL + " mechanism='PLAIN'/>")
		l.expect("<challenge" + nsSASL + "></challenge>$")
		l.send("<response" + nsSASL + ">" + base64.StdEncoding.EncodeToString([]byte("\x00juliet\x00juliet-secret")) + "</response>")
		l.expect("<success" + nsSASL + "/>$")
	})
}

// scram logs in with mellium's client side, and returns what stood in success.
func scram(l *line, user, password, mechanism string, state *tls.ConnectionState) {
	l.t.Helper()
	m := map[string]mellium.Mechanism{
		"SCRAM-SHA-1": mellium.ScramSha1, "SCRAM-SHA-256": mellium.ScramSha256,
		"SCRAM-SHA-1-PLUS": mellium.ScramSha1Plus, "SCRAM-SHA-256-PLUS": mellium.ScramSha256Plus,
	}[mechanism]
	options := []mellium.Option{
		mellium.Credentials(func() ([]byte, []byte, []byte) { return []byte(user), []byte(password), nil }),
		mellium.RemoteMechanisms("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1"),
	}
	if state != nil {
		options = append(options, mellium.TLSState(*state))
	} else {
		options[1] = mellium.RemoteMechanisms("SCRAM-SHA-256", "SCRAM-SHA-1")
	}
	client := mellium.NewClient(m, options...)
	_, first, err := client.Step(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	l.send("<auth" + nsSASL + " mechanism='" + mechanism + "'>" + base64.StdEncoding.EncodeToString(first) + "</auth>")
	challenge, _ := base64.StdEncoding.DecodeString(l.expect("<challenge" + nsSASL + ">([^<]*)</challenge>$")[1])
	_, proof, err := client.Step(challenge)
	if err != nil {
		l.t.Fatal(err)
	}
	l.send("<response" + nsSASL + ">" + base64.StdEncoding.EncodeToString(proof) + "</response>")
	signature, _ := base64.StdEncoding.DecodeString(l.expect("<success" + nsSASL + ">([^<]*)</success>$")[1])
	if _, _, err := client.Step(signature); err != nil {
		l.t.Fatal(err)
	}
}

func TestScramLogsIn(t *testing.T) {
	for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
		t.Run(mechanism, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, start(t, xmpptest.Options{Deps: withKeys(t)}))
				l.send(header)
				l.expect("</stream:features>$")
				scram(l, "juliet", "juliet-secret", mechanism, nil)
				l.send(header + bindAny)
				l.expect("<jid>juliet@example.org/[^<]+</jid>")
			})
		})
	}
}

func TestTheIdentityComesFromTheLoginAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		forged := strings.Replace(header, "<stream:stream ", "<stream:stream from='romeo@example.org' ", 1)
		l.send(forged + plain("juliet", "juliet-secret") + forged + bindAny)
		l.expect("<jid>juliet@example.org/[^<]+</jid>")
	})
}

func TestEverythingMayComeInOneBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send("\n " + header + "\n" + plain("juliet", "juliet-secret") + " \n" + header + "\n" + bindAny +
			"<iq type='get' id='x' to='example.org'><nothing xmlns='urn:test'/></iq>")
		ids := map[string]bool{}
		for range 2 {
			ids[l.expect(`<stream:stream from='example.org' id='([^']+)'`)[1]] = true
		}
		if len(ids) != 2 {
			t.Error("the second stream has the id of the first")
		}
		l.expect("<sm xmlns='urn:xmpp:sm:3'/>")
		l.expect("<jid>juliet@example.org/[^<]+</jid>")
		l.expect("<service-unavailable")
	})
}

func TestBindRequestsThatAreRefused(t *testing.T) {
	bind := func(attrs, resource string) string {
		return "<iq " + attrs + "><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>" + resource + "</bind></iq>"
	}
	for name, c := range map[string]struct{ send, want string }{
		"a resource that no profile allows": {bind("type='set' id='1'", "<resource>a&#x7;b</resource>"), "not-well-formed"},
		"a resource that is not valid":      {bind("type='set' id='1'", "<resource>&#x2028;</resource>"), "bad-request"},
		"a resource that is too long":       {bind("type='set' id='1'", "<resource>"+strings.Repeat("x", 1024)+"</resource>"), "bad-request"},
		"a request of type get":             {bind("type='get' id='1'", ""), "bad-request"},
		"a request without id":              {bind("type='set'", ""), "bad-request"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, start(t, xmpptest.Options{}))
				l.send(loginJuliet + c.send)
				l.expect("<" + c.want + " xmlns=")
			})
		})
	}
}

func TestAResourceOfOnesChoiceIsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(loginJuliet + "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a&amp;'&lt;</resource></bind></iq>")
		l.expect("<iq type='result' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@example.org/a&amp;&apos;&lt;</jid></bind></iq>$")
	})
}

func TestRequestsBeforeTheLogin(t *testing.T) {
	register := func(s *xmppd.Server) {
		s.AddStreamFeature(xmppd.BeforeLogin, "<register xmlns='http://jabber.org/features/iq-register'/>")
		s.HandlePreAuthIQ("jabber:iq:register", "query", func(_ context.Context, iq *xmppd.PreAuthIQ) (any, error) {
			switch {
			case iq.Type == xmppd.Get:
				return "<query xmlns='jabber:iq:register'><username/><instructions>" + iq.Domain + "</instructions></query>", nil
			case iq.Payload.Text() == "panic":
				panic("a bug")
			case iq.Payload.Text() == "conflict":
				return nil, fault.New(fault.Conflict, "taken")
			case iq.Payload.Text() == "fail":
				return nil, errors.New("a secret of the server")
			}
			return nil, nil
		})
	}
	request := func(typ, text string) string {
		return "<iq type='" + typ + "' id='r'><query xmlns='jabber:iq:register'>" + text + "</query></iq>"
	}
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{Register: register, Deps: func(d *xmppd.Deps) { d.Log = quiet }})
		l := dial(t, s)
		l.send(header)
		l.expect("<register xmlns='http://jabber.org/features/iq-register'/>")
		l.send(request("get", ""))
		l.expect("<iq type='result' id='r' from='example.org'><query xmlns='jabber:iq:register'><username/><instructions>example.org</instructions></query></iq>$")
		l.send(request("set", ""))
		l.expect("<iq type='result' id='r' from='example.org'/>$")
		l.send(request("set", "conflict"))
		l.expect("<iq type='error' id='r' from='example.org'><error type='cancel'><conflict .*</iq>$")
		for _, secret := range []string{"panic", "fail"} {
			l.send(request("set", secret))
			if got := l.expect("<iq type='error'.*<internal-server-error .*</iq>$")[0]; strings.Contains(got, "secret") || strings.Contains(got, "bug") {
				t.Error(got)
			}
		}
		l.send(request("result", ""))
		l.expect("<bad-request ")
		l.send(strings.Repeat(request("get", ""), 20))
		wantStreamError(t, header2(l.all()), "policy-violation")
	})
	synctest.Test(t, func(t *testing.T) { // one stream makes accounts, as many as there may be, and has time for the next
		l := dial(t, start(t, xmpptest.Options{Register: register}))
		l.send(header)
		l.expect("<register xmlns='http://jabber.org/features/iq-register'/>")
		for range 30 {
			l.send(request("get", "") + request("set", ""))
			l.expect("<iq type='result' id='r' from='example.org'/>$")
			time.Sleep(10 * time.Minute)
			synctest.Wait()
		}
		time.Sleep(21 * time.Minute)
		wantStreamError(t, header2(l.all()), "connection-timeout")
	})
}

// header2 puts the header back that the test has taken.
func header2(rest string) string {
	return "<?xml version='1.0'?><stream:stream from='x' id='x' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + rest
}

func TestAStanzaHasTheLanguageOfItsStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(loginJuliet + "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>")
		l.expect("</jid></bind></iq>")
		l.send("<message to='juliet@example.org/r' id='a'><body>Hallo</body></message><message to='juliet@example.org/r' id='b' xml:lang='it'><body>Ciao</body></message>")
		if a := l.expect("<message [^>]*id='a'[^>]*>")[0]; !strings.Contains(a, "xml:lang='de'") {
			t.Error(a)
		}
		if b := l.expect("<message [^>]*id='b'[^>]*>")[0]; !strings.Contains(b, "xml:lang='it'") {
			t.Error(b)
		}
	})
}
