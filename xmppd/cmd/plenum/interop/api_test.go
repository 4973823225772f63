//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// A console is an administrator's session at the JSON API.
type console struct {
	t      testing.TB
	base   string
	client *http.Client
	csrf   string
}

// console logs an administrator in.
func (s *server) console() *console {
	s.t.Helper()
	return s.consoleOf(s.administrator())
}

func (s *server) consoleOf(who account) *console {
	s.t.Helper()
	return s.session(who, "/session")
}

// appOf logs a user in to what is for users.
func (s *server) appOf(who account) *console {
	s.t.Helper()
	return s.session(who, "/app/session")
}

func (s *server) session(who account, at string) *console {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &console{
		t: s.t, base: fmt.Sprintf("https://localhost:%d/api/v1", s.port(portHTTPS)),
		client: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{TLSClientConfig: trusting(s.t, s.certificate())}},
	}
	s.t.Cleanup(c.client.CloseIdleConnections)
	var session struct{ CSRF string }
	c.post(at, map[string]string{"login": who.JID, "password": who.Password}, &session)
	c.csrf = session.CSRF
	return c
}

func (c *console) get(path string, answer any)        { c.t.Helper(); c.do("GET", path, nil, answer) }
func (c *console) post(path string, body, answer any) { c.t.Helper(); c.do("POST", path, body, answer) }
func (c *console) put(path string, body, answer any)  { c.t.Helper(); c.do("PUT", path, body, answer) }

// do makes a request, which has to succeed.
func (c *console) do(method, path string, body, answer any) {
	c.t.Helper()
	status, got := c.ask(method, path, body)
	var err error
	if status/100 != 2 {
		err = fmt.Errorf("%d: %s", status, got)
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(got, answer)
	}
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// ask makes a request, and returns what it is answered by.
func (c *console) ask(method, path string, body any) (status int, answer []byte) {
	c.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-CSRF-Token", c.csrf)
	response, err := c.client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, answer
}
