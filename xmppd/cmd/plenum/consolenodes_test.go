package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// caller asks the API of a server in another process.
type caller struct {
	t            *testing.T
	client       http.Client
	cookie, csrf string
}

func callerOf(t *testing.T, s twin) *caller {
	return &caller{t: t, client: http.Client{Transport: &http.Transport{
		TLSClientConfig: trusting(t, s.data, "example.org"),
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := tls.Dialer{Config: trusting(t, s.data, "example.org")}
			return d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(8443+s.ports)))
		},
	}}}
}

func (c *caller) do(method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequest(method, "https://example.org/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-CSRF-Token", c.csrf)
	r.Header.Set("Cookie", c.cookie)
	resp, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, set := range resp.Cookies() {
		c.cookie = set.Name + "=" + set.Value
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	_ = json.Unmarshal(answer, &m) // no content is no object
	return resp.StatusCode, m
}

func (c *caller) logIn(login, password string) {
	c.t.Helper()
	status, session := c.do(http.MethodPost, "/session", map[string]any{"login": login, "password": password})
	if status != http.StatusOK {
		c.t.Fatalf("%s cannot log in: %d %v", login, status, session)
	}
	c.csrf = session["csrf"].(string)
}

// A session of one server is one of the other, and either shows what happens on both.
func TestConsoleOfTwoServers(t *testing.T) {
	server := twoServers(t)
	succeeds(t, "Wherefore4\n", "user", "add", "clara", "--role", "system-administrator", "--data", server[0].data)
	one, two := callerOf(t, server[0]), callerOf(t, server[1])
	one.logIn("clara", "Wherefore4")
	two.cookie, two.csrf = one.cookie, one.csrf
	eventually(t, "the other server knows clara", func() bool {
		status, session := two.do(http.MethodGet, "/session", nil)
		return status == http.StatusOK && session["user"] == "clara@example.org"
	})
	form := map[string]any{"login": "juliet", "password": "Wherefore4", "displayName": "Juliet", "extension": "100", "auth": "internal", "email": "", "language": "", "callWaiting": true,
		"faxExtension": "", "voicemail": "none", "softphone": false, "mobile": false, "mobileNumber": "", "level": "", "disabled": false}
	if status, made := two.do(http.MethodPost, "/users", form); status != http.StatusCreated {
		t.Fatalf("juliet: %d %v", status, made)
	}
	eventually(t, "the first server shows juliet", func() bool {
		status, _ := one.do(http.MethodGet, "/users/juliet@example.org", nil)
		return status == http.StatusOK
	})
	form["login"] = "nurse"
	if status, taken := one.do(http.MethodPost, "/users", form); status != http.StatusUnprocessableEntity || !strings.Contains(fmt.Sprint(taken["errors"]), "code:taken") {
		t.Errorf("an extension that was given on the other server: %d %v", status, taken)
	}
	for i, c := range []*caller{one, two} {
		if _, o := c.do(http.MethodGet, "/overview", nil); len(o["nodes"].([]any)) != 2 || !strings.Contains(fmt.Sprint(o["health"]), "Together with node"+strconv.Itoa(1-i)) {
			t.Errorf("node%d sees %v", i, o)
		}
		eventually(t, "it is said that both speak SIP", func() bool {
			_, o := c.do(http.MethodGet, "/overview", nil)
			return strings.Contains(fmt.Sprint(o["health"]), "2 servers speak SIP: ")
		})
	}
	if status, _ := two.do(http.MethodDelete, "/session", nil); status != http.StatusNoContent {
		t.Errorf("the log-out on the second: %d", status)
	}
	if status, _ := one.do(http.MethodGet, "/session", nil); status != http.StatusUnauthorized {
		t.Errorf("after it, the first: %d", status)
	}
	server[0].stop()
	server[1].stop()
}
