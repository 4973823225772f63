package xmppd_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>"

// socket is a client on WebSocket.
type socket struct {
	t    testing.TB
	conn *websocket.Conn
}

func serveWS(t testing.TB, s *xmpptest.Server) string {
	t.Helper()
	h := httptest.NewServer(s.WebSocketHandler())
	t.Cleanup(h.Close)
	return h.URL
}

func dialWS(t testing.TB, url string) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	return &socket{t, conn}
}

func (s *socket) send(messages ...string) {
	s.t.Helper()
	for _, m := range messages {
		if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(m)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// next is the next message; errors give "closed CODE" or "lost".
func (s *socket) next() string {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	_, b, err := s.conn.Read(ctx)
	if code := websocket.CloseStatus(err); code >= 0 {
		return "closed " + code.String()
	}
	if err != nil {
		return "lost"
	}
	return string(b)
}

// want checks that the next messages begin with these words and are complete elements.
func (s *socket) want(prefixes ...string) (last string) {
	s.t.Helper()
	for _, p := range prefixes {
		if last = s.next(); !strings.HasPrefix(last, p) {
			s.t.Fatalf("want %s, got %s", p, last)
		}
	}
	return last
}

const (
	wsOpen     = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' id='"
	wsFeatures = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
	wsClose    = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
	wsNormal   = "closed StatusNormalClosure"
)

func wsError(condition string) string {
	return "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
}

func (s *socket) login() {
	s.t.Helper()
	s.send(open)
	s.want(wsOpen, wsFeatures+"<mechanisms")
	s.send(plain("juliet", "juliet-secret"))
	s.want("<success")
	s.send(open)
	s.want(wsOpen, wsFeatures+"<bind")
	s.send(strings.Replace(bindAny, "<iq ", "<iq xmlns='jabber:client' ", 1))
	s.want("<iq xmlns='jabber:client' type='result' id='b'><bind")
}

func TestWebSocket(t *testing.T) {
	s := start(t, xmpptest.Options{})
	c := dialWS(t, serveWS(t, s))
	c.login()
	c.send("<iq xmlns='jabber:client' type='get' id='1' to='example.org'><nothing xmlns='urn:test'/></iq>", " ")
	if got := c.want("<iq xmlns='jabber:client'"); !strings.Contains(got, "<service-unavailable") {
		t.Error(got)
	}
	c.send(wsClose)
	c.want(wsClose, wsNormal)
	waitFor(t, "the session ends", func() bool { return len(s.AllSessions()) == 0 })
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain: " + what)
		}
	}
}

func TestWebSocketErrors(t *testing.T) {
	url := serveWS(t, start(t, xmpptest.Options{}))
	for name, c := range map[string]struct {
		send []string
		want []string
	}{
		"a header of TCP":                {[]string{header + "</stream:stream>"}, []string{wsOpen, wsError("invalid-namespace"), wsClose, wsNormal}},
		"an unknown host":                {[]string{strings.Replace(open, "example.org", "example.com", 1)}, []string{wsOpen, wsError("host-unknown"), wsClose, wsNormal}},
		"something other than open":      {[]string{"<begin xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>"}, []string{wsOpen, wsError("bad-format"), wsClose, wsNormal}},
		"text that is not XML":           {[]string{"hello"}, []string{wsOpen, wsError("not-well-formed"), wsClose, wsNormal}},
		"close instead of open":          {[]string{wsClose}, []string{wsOpen, wsClose, wsNormal}},
		"a stanza before login":          {[]string{open, "<message xmlns='jabber:client'/>"}, []string{wsOpen, wsFeatures, wsError("not-authorized"), wsClose, wsNormal}},
		"two elements in one message":    {[]string{open, "<a xmlns='x'/><b xmlns='x'/>"}, []string{wsOpen, wsFeatures, wsError("not-well-formed"), wsClose, wsNormal}},
		"half an element":                {[]string{open, "<message xmlns='jabber:client'>"}, []string{wsOpen, wsFeatures, wsError("not-well-formed"), wsClose, wsNormal}},
		"open twice":                     {[]string{open, open}, []string{wsOpen, wsFeatures, wsError("bad-format"), wsClose, wsNormal}},
		"a message that is too big":      {[]string{open, "<message xmlns='jabber:client'>" + strings.Repeat("x", 20_000) + "</message>"}, []string{wsOpen, wsFeatures, wsError("policy-violation"), wsClose, wsNormal}},
		"STARTTLS, which has no meaning": {[]string{open, "<starttls" + nsTLS + "/>"}, []string{wsOpen, wsFeatures, "<failure" + nsTLS, wsClose, wsNormal}},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialWS(t, url)
			s.send(c.send...)
			s.want(c.want...)
		})
	}
	t.Run("a binary message", func(t *testing.T) {
		s := dialWS(t, url)
		s.conn.Write(t.Context(), websocket.MessageBinary, []byte(open))
		s.want("closed StatusUnsupportedData")
	})
}

func TestWebSocketHandshakesThatAreRefused(t *testing.T) {
	url := serveWS(t, start(t, xmpptest.Options{}))
	secureURL := serveWS(t, secure(t))
	for name, c := range map[string]struct {
		url       string
		protocols []string
		status    int
	}{
		"without subprotocol":      {url, nil, http.StatusBadRequest},
		"with another subprotocol": {url, []string{"sip"}, http.StatusBadRequest},
		"without TLS":              {secureURL, []string{"xmpp"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			_, r, err := websocket.Dial(t.Context(), c.url, &websocket.DialOptions{Subprotocols: c.protocols})
			if err == nil || r == nil || r.StatusCode != c.status {
				t.Errorf("%v %v", r, err)
			}
		})
	}
}

func TestWebSocketOverTLS(t *testing.T) {
	h := httptest.NewTLSServer(secure(t).WebSocketHandler())
	defer h.Close()
	conn, _, err := websocket.Dial(t.Context(), h.URL, &websocket.DialOptions{HTTPClient: h.Client(), Subprotocols: []string{"xmpp"}})
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{t, conn}
	s.login()
	s.send(wsClose)
	s.want(wsClose, wsNormal)
}

func TestWebSocketTakesItsTimeForALogin(t *testing.T) {
	url := serveWS(t, start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.LoginTimeout = time.Second }}))
	s := dialWS(t, url)
	s.want(wsOpen, wsError("connection-timeout"), wsClose, wsNormal)
}

func TestAWebSocketThatDoesNotAnswerPingsIsGone(t *testing.T) {
	s := start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.WebSocketPing = time.Second }})
	c := dialWS(t, serveWS(t, s))
	c.login()
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	if _, _, err := c.conn.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a client that answers pings: %v", err)
	}
}

// A stopped server ends the stream, and a session of a WebSocket that breaks ends.
func TestWebSocketEnds(t *testing.T) {
	s := start(t, xmpptest.Options{})
	url := serveWS(t, s)
	broken, told := dialWS(t, url), dialWS(t, url)
	broken.login()
	told.login()
	broken.conn.CloseNow()
	waitFor(t, "the broken session ends", func() bool { return len(s.AllSessions()) == 1 })
	go s.Stop()
	told.want(wsError("system-shutdown"), wsClose, wsNormal)
}

func TestHTTPConnectionsAreCountedOut(t *testing.T) {
	s := start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.Connections = 1 }})
	url := serveWS(t, s)
	for range 3 { // a handshake that fails after it was counted in
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Protocol: xmpp\r\nConnection: close\r\n\r\n")
		io.ReadAll(conn)
		conn.Close()
	}
	dialWS(t, url).login()
	_, r, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"xmpp"}})
	if err == nil || r == nil || r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v %v", r, err)
	}
}
