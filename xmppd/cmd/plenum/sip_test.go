package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// Without TLS phones speak SIP on loopback alone, unless the operator wants it otherwise.
func TestSIPWithoutTLSIsOnLoopback(t *testing.T) {
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	for _, c := range []struct {
		listen string
		allow  bool
		want   string // "": where everything else listens
	}{
		{"", false, "127.0.0.1"},
		{"192.0.2.1", false, "127.0.0.1"},
		{"127.0.0.1", false, ""},
		{"::1", false, ""},
		{"", true, ""},
		{"192.0.2.1", true, ""},
	} {
		p.cfg.Listen, p.cfg.SIP.AllowPlaintext = c.listen, c.allow
		for _, s := range p.sipServices() {
			if s.key == "sip" && s.address != c.want {
				t.Errorf("listen %q, allowed %t: %s is at %q, want %q", c.listen, c.allow, s.name, s.address, c.want)
			}
		}
	}
}

// A phone in a browser comes by the HTTPS port, and is asked for the secret of its device.
func TestPhonesInBrowsersComeByWebSocket(t *testing.T) {
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	web := httptest.NewServer(p.web)
	defer web.Close()
	ws, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http")+sipPath, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	register := "REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS browser.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:100@localhost>;tag=1\r\n" +
		"To: <sip:100@localhost>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContact: <sip:100@browser.invalid;transport=ws>\r\nContent-Length: 0\r\n\r\n"
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(register)); err != nil {
		t.Fatal(err)
	}
	_, answer, err := ws.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SIP/2.0 401 ", `realm="localhost"`, "algorithm=SHA-256", "algorithm=MD5"} {
		if !strings.Contains(string(answer), want) {
			t.Errorf("no %q in %s", want, answer)
		}
	}
}
