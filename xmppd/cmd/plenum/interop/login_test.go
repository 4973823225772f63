//go:build interop

package interop

import (
	"strings"
	"testing"

	"mellium.im/sasl"
)

func TestInteropSlixmppLogsIn(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	logsIn(t, s, slixmpp, "SCRAM-SHA-256", viaSTARTTLS, viaTLS)

	// As it comes, slixmpp binds by tls-unique, also in TLS 1.3, and takes a refusal for a failed login.
	for _, via := range []string{viaSTARTTLS, viaTLS} {
		stock := s.login("stock"+via, via)
		stock.Stock = true
		c := slixmpp(t, stock)
		if e := c.seen().await(t, "login", outcome); e.Mechanism != "SCRAM-SHA-256-PLUS" || e.Body != "" {
			t.Errorf("slixmpp as it comes, %s: %+v", via, e)
		}
		c.quit()
	}
	if strings.Contains(s.logged(), "login refused") {
		t.Error("slixmpp as it comes was refused once")
	}
}

func TestInteropProfanityLogsIn(t *testing.T) {
	counted(t)
	needsProfanity(t)
	logsIn(t, startServer(t), openProfanity, "SCRAM-SHA-256", viaSTARTTLS, viaTLS)
}

func TestInteropMelliumLogsIn(t *testing.T) {
	counted(t)
	s := startServer(t)
	logsIn(t, s, melliumClient(sasl.ScramSha256), "SCRAM-SHA-256", viaSTARTTLS, viaTLS)
	bound := s.login("bound", viaTLS)
	c := melliumClient(sasl.ScramSha256Plus)(t, bound)
	if e := c.seen().await(t, "login", outcome); e.Is != "online" {
		t.Errorf("SCRAM-SHA-256-PLUS: %+v", e)
	}
	c.quit()
}

// The build of xmpp.js for browsers knows PLAIN alone of the mechanisms with a password.
func TestInteropXMPPJSLogsIn(t *testing.T) {
	counted(t)
	needsXMPPJS(t)
	logsIn(t, startServer(t), xmppjs, "PLAIN", viaWebSocket)
}

// logsIn logs in by each way, with the wrong password and with the right one.
func logsIn(t *testing.T, s *server, open func(testing.TB, login) client, mechanism string, ways ...string) {
	t.Helper()
	for _, via := range ways {
		who := s.login("user-"+via, via)
		wrong := who
		wrong.Password = "Wrong-password-1"
		stranger := open(t, wrong)
		if e := stranger.seen().await(t, "refusal", outcome); e.Is != "refused" {
			t.Errorf("%s: a wrong password leads to %+v", via, e)
		}
		stranger.quit()

		c := open(t, who)
		e := c.seen().await(t, "login", outcome)
		if e.Is != "online" || e.Mechanism != mechanism || bare(e.To) != who.JID {
			t.Fatalf("%s: login with %s leads to %+v", via, mechanism, e)
		}
		t.Logf("%s: %s over %s with %s", e.Client, e.To, via, e.Mechanism)
		ran(e.Client)
		c.quit()
	}
}

func outcome(e event) bool { return e.Is == "online" || e.Is == "refused" }

// login makes an account and says how to connect.
func (s *server) login(name, via string) login {
	s.t.Helper()
	return s.as(s.user(name), via, "")
}

// as says how to connect for an account, with a resource of the client's choice when it is empty.
func (s *server) as(a account, via, resource string) login {
	port := map[string]int{viaSTARTTLS: portSTARTTLS, viaTLS: portTLS, viaWebSocket: portHTTPS}[via]
	return login{account: a, Resource: resource, Via: via, Port: s.port(port), CA: s.certificate()}
}
