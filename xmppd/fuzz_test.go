package xmppd_test

import (
	"context"
	"encoding/base64"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// watched tells when the server has let go of a connection.
type watched struct {
	net.Conn
	closed chan struct{}
}

func (w *watched) Close() error {
	select {
	case <-w.closed:
	default:
		close(w.closed)
	}
	return w.Conn.Close()
}

// FuzzNegotiation sends arbitrary bytes in each state of a stream. Whatever comes, the server does not panic, lets go of the
// connection soon after its client did, and keeps nothing of it.
func FuzzNegotiation(f *testing.F) {
	scramFirst := "<auth" + nsSASL + " mechanism='SCRAM-SHA-256'>" + base64.StdEncoding.EncodeToString([]byte("n,,n=juliet,r=abcdefghij")) + "</auth>"
	states := []string{
		"", header, header + "<auth" + nsSASL + " mechanism='PLAIN'/>", header + scramFirst,
		header + plain("juliet", "juliet-secret"), loginJuliet, loginJuliet + bindAny,
		loginJuliet + bindAny + "<enable xmlns='urn:xmpp:sm:3'/>",
	}
	for i := range states {
		for _, s := range []string{
			header, "<starttls" + nsTLS + "/>", plain("juliet", "juliet-secret"), scramFirst,
			"<response" + nsSASL + ">Yz1iaXdzLHI9YQ==</response>", "<response" + nsSASL + ">=</response>", "<abort" + nsSASL + "/>", header + bindAny, bindAny,
			"<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", resume("x", 3), "<enable xmlns='urn:xmpp:sm:3' resume='1'/>",
			"<r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='4294967295'/>", "<presence/><presence type='unavailable'/>", "</stream:stream>",
			"<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "<message to='juliet@example.org'><body>&lt;</body></message>",
			"<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>", "<!DOCTYPE a>", "\x16\x03\x01", " ",
		} {
			f.Add(uint8(i), []byte(s))
		}
	}
	s := start(f, xmpptest.Options{
		Register: func(s *xmppd.Server) {
			s.HandlePreAuthIQ("jabber:iq:register", "query", func(context.Context, *xmppd.PreAuthIQ) (any, error) { return nil, nil })
		},
		Deps: func(d *xmppd.Deps) {
			withKeys(f)(d)
			d.Log, d.TLS = quiet, certificates{certificate(f, "example.org")}
		},
	})
	l := &oneListener{conns: make(chan net.Conn), done: make(chan struct{})}
	go s.ServeC2S(l)
	f.Fuzz(func(t *testing.T, state uint8, data []byte) {
		client, server := net.Pipe()
		w := &watched{Conn: server, closed: make(chan struct{})}
		l.conns <- w
		go io.Copy(io.Discard, client)
		client.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(client, states[int(state)%len(states)]+string(data)); err != nil && !strings.Contains(err.Error(), "closed pipe") {
			t.Errorf("the server does not read: %v", err)
		}
		client.Close()
		select {
		case <-w.closed:
		case <-time.After(time.Minute):
			t.Fatal("the server holds the connection")
		}
		for _, x := range s.AllSessions() { // one that waits to be resumed
			x.Close("", "")
		}
		waitFor(t, "the session ends", func() bool { return len(s.AllSessions()) == 0 })
		if s.Stats().Panics > 0 {
			t.Fatal("panic")
		}
	})
}
