package profiles_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"plenum/components/profiles"
)

// isGraph and isLogin report whom a request is for.
func isGraph(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1.0/") }
func isLogin(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/login/") }

// Whatever goes wrong with Graph, everybody stays as he is, and the settings say what it is. When it answers again, all is as it should be.
func TestTeamsFaults(t *testing.T) {
	answer := func(whose func(*http.Request) bool, status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !whose(r) {
				return false
			}
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return true
		}
	}
	cut := func(w http.ResponseWriter, r *http.Request) bool { // in the middle of its answer
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"value":[{"id":"id-juliet@verona.example","activity":"Avail`)
		return true
	}
	list := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/users") }
	permissions := ": the application needs the permissions Presence.Read.All and User.ReadBasic.All, with the consent of an administrator"
	for name, c := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request) bool
		again bool          // a server that begins anew, so that it asks for everything
		wait  time.Duration // until it is asked again; 0 for the usual time after a failure
		want  string
	}{
		"it has had enough":                       {answer(isGraph, 429, `{"error":{"code":"TooManyRequests"}}`, "Retry-After", "90"), false, 90 * time.Second, `Microsoft Graph answers with status 429, "TooManyRequests"`},
		"it has had enough for too long":          {answer(isGraph, 429, "", "Retry-After", "86400"), false, time.Hour, "Microsoft Graph answers with status 429"},
		"it says until when":                      {answer(isGraph, 503, "", "Retry-After", "yesterday"), false, 0, "Microsoft Graph answers with status 503"},
		"the token is refused":                    {answer(isGraph, 401, `{"error":{"code":"InvalidAuthenticationToken"}}`), false, 0, `Microsoft Graph answers with status 401, "InvalidAuthenticationToken"` + permissions},
		"the application may not":                 {answer(isGraph, 403, `{"error":{"code":"Forbidden"}}`), false, 0, `Microsoft Graph answers with status 403, "Forbidden"` + permissions},
		"it has failed":                           {answer(isGraph, 500, "<html>oops"), false, 0, "Microsoft Graph answers with status 500"},
		"its gateway does not reach it":           {answer(isGraph, 502, ""), false, 0, "Microsoft Graph answers with status 502"},
		"it answers in words":                     {answer(isGraph, 200, "all is well"), false, 0, "Microsoft Graph answers what is no JSON of the expected form"},
		"it answers without the list":             {answer(isGraph, 200, "{}"), false, 0, "Microsoft Graph answers with half of what was asked for"},
		"it answers without the list of users":    {answer(list, 200, `{"@odata.context":"x"}`), true, 0, "Microsoft Graph answers with half of what was asked for"},
		"it stops in the middle":                  {cut, false, 0, "Microsoft Graph answers with half of what was asked for"},
		"it leads elsewhere":                      {answer(isGraph, 302, "", "Location", "http://localhost:1/v1.0/"), false, 0, "Microsoft Graph answers with status 302"},
		"there is no token, for it is overloaded": {answer(isLogin, 429, "", "Retry-After", "60"), true, time.Minute, "Microsoft gives no token: status 429"},
		"there is no token, for it has failed":    {answer(isLogin, 500, "oops"), true, 0, "Microsoft gives no token: status 500"},
		"the secret is too old":                   {answer(isLogin, 401, `{"error":"invalid_client"}`, "Content-Type", "application/json"), true, 0, `Microsoft gives no token: status 401, "invalid_client"`},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMeeting(t, memory(t))
			m.does("InACall")
			m.is(m.called)
			if c.again {
				m.look = m.again()
			}
			m.graph.set(func() { m.graph.fault, m.graph.activities["juliet@verona.example"] = c.fault, "Available" })
			s := m.later(profiles.TeamsInterval)
			if s.Failure != c.want || s.Failures != 1 {
				t.Errorf("it is said %q, after %d failures", s.Failure, s.Failures)
			}
			m.is(m.called)
			m.graph.set(func() { m.graph.fault = nil })
			wait := c.wait
			if wait == 0 {
				wait = 2 * profiles.TeamsInterval
			}
			if s = m.later(wait - time.Millisecond); s.Failures != 1 {
				t.Errorf("it is asked before %s have passed", wait)
			}
			m.is(m.called)
			if s = m.later(time.Millisecond); s.Failure != "" || s.Failures != 0 {
				t.Errorf("afterwards it is said %q", s.Failure)
			}
			m.is("available")
		})
	}
}

// Who is slow is not waited for, and who is away is away.
func TestTeamsSlowAndAway(t *testing.T) {
	m := newMeeting(t, memory(t))
	m.does("InACall")
	m.timeout = 20 * time.Millisecond
	m.look = m.again()
	never := make(chan struct{})
	m.graph.set(func() {
		m.graph.fault = func(_ http.ResponseWriter, r *http.Request) bool {
			if isGraph(r) {
				select {
				case <-r.Context().Done():
				case <-never:
				}
			}
			return isGraph(r)
		}
	})
	if s := m.later(profiles.TeamsInterval); s.Failure != "Microsoft does not answer in time" {
		t.Errorf("when it is slow: %q", s.Failure)
	}
	m.is(m.called)
	close(never)
	m.server.Close()
	if s := m.later(time.Hour); s.Failure != "Microsoft cannot be reached" || s.Failures != 2 {
		t.Errorf("when it is away: %+v", s)
	}
	m.is(m.called)
}

// A token that is refused is not used again: what an administrator has allowed meanwhile is only in a new one. One that is good is.
func TestTeamsTokens(t *testing.T) {
	m := newMeeting(t, memory(t))
	m.does("InACall")
	m.does("Available")
	given := func() (n int) {
		m.graph.set(func() { n = m.graph.tokens })
		return n
	}
	if given() != 1 {
		t.Errorf("%d tokens were asked for", given())
	}
	m.graph.set(func() { m.graph.refuse = http.StatusForbidden })
	m.later(profiles.TeamsInterval)
	m.graph.set(func() { m.graph.refuse = 0 })
	if s := m.later(time.Minute); s.Failure != "" || given() != 2 {
		t.Errorf("after it was refused, %d tokens: %q", given(), s.Failure)
	}
}
