package xmpptest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
)

// RunScripts runs testdata/*.xmpp files, each as a subtest on a server of its own inside testing/synctest: once on one
// server, and once with the users spread over two servers that are one system.
//
// A script is lines; a line that begins with white space continues the one before. '#' begins a comment; the first one
// names what the script shows, such as "# XEP-0045#enter-conflict". Who is a user or user/resource (resource "r" by default).
//
//	romeo connects                 log in, send initial presence, and take its reflection
//	romeo logs in                  without presence
//	romeo visits with TRACE        log in as a guest (SASL ANONYMOUS)
//	romeo and juliet are friends   both in each other's roster with subscription both; before they connect
//	romeo > <message …/>           send
//	romeo < <message …>…</message> the next stanza matches (see Match)
//	romeo ~ <presence …/>          some stanza that has come, or comes, matches; the others stay to be read
//	romeo silent                   nothing more comes
//	romeo ignores                  what has come until now is dropped
//	romeo closes, romeo breaks     the stream ends properly, or the connection is cut
//	romeo ended by conflict        the server ends the stream with this error
//	wait 5m                        time passes
//
// $name in a pattern captures; in what is sent it is replaced. $romeo is romeo's full JID once he is connected.
func RunScripts(t *testing.T, pattern string, register func(*xmppd.Server)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts match %s", pattern)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".xmpp")
		t.Run(name+"/one server", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := Start(t, register)
				runScript(t, file, string(text), func(string) *Server { return srv })
			})
		})
		t.Run(name+"/two servers", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := Two(t, register)
				where := map[string]*Server{}
				runScript(t, file, string(text), func(who string) *Server {
					if where[who] == nil {
						where[who] = []*Server{a, b}[len(where)%2]
					}
					return where[who]
				})
			})
		})
	}
}

type script struct {
	t       *testing.T
	pick    func(who string) *Server
	clients map[string]*Client
	vars    map[string]string
}

var action = regexp.MustCompile(`(?s)^(\S+)\s+(>|<|~|connects|logs in|visits with|silent|ignores|closes|breaks|ended by|and)(?:\s+(.*))?$`)

func runScript(t *testing.T, file, text string, pick func(string) *Server) {
	s := &script{t: t, pick: pick, clients: map[string]*Client{}, vars: map[string]string{}}
	var line string
	start := 0
	run := func() {
		if line != "" {
			s.step(fmt.Sprintf("%s:%d", file, start), line)
		}
		line = ""
	}
	for i, l := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(l)
		switch {
		case trimmed == "" || strings.HasPrefix(l, "#"):
		case l[0] == ' ' || l[0] == '\t':
			line += "\n" + trimmed
		default:
			run()
			line, start = trimmed, i+1
		}
	}
	run()
}

var variable = regexp.MustCompile(`\$[a-z][a-zA-Z0-9/]*`)

// expand replaces variables that are known.
func (s *script) expand(text string) string {
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		if c := s.clients[v[1:]]; c != nil {
			return c.JID.String()
		}
		if val, ok := s.vars[v[1:]]; ok {
			return val
		}
		return v
	})
}

func (s *script) step(at, line string) {
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s: %s", at, line)
		}
	}()
	if d, ok := strings.CutPrefix(line, "wait "); ok {
		dur, err := time.ParseDuration(d)
		if err != nil {
			s.t.Fatalf("%s: %v", at, err)
		}
		time.Sleep(dur) // fake time: the scripts run inside testing/synctest
		synctest.Wait()
		return
	}
	m := action.FindStringSubmatch(strings.Replace(line, "\n", " ", 1))
	if m == nil {
		s.t.Fatalf("%s: what does %q mean?", at, line)
	}
	who, verb, rest := m[1], m[2], m[3]
	if verb == "and" {
		s.friends(at, who, rest)
		return
	}
	if verb == "visits with" {
		s.clients[who] = s.pick(who).Visit(s.expand(rest))
		return
	}
	if verb == "connects" || verb == "logs in" {
		s.clients[who] = s.pick(who).Login(who)
		if verb == "connects" {
			s.clients[who].Available()
		}
		return
	}
	c := s.clients[who]
	if c == nil {
		s.t.Fatalf("%s: %s is not connected", at, who)
	}
	s.act(at, c, who, verb, rest)
}

func (s *script) act(at string, c *Client, who, verb, rest string) {
	switch verb {
	case ">":
		c.Send(s.expand(rest))
	case "<":
		p := c.Next()
		if err := Match(s.expand(rest), p, s.vars); err != nil {
			s.t.Fatalf("%s: %s expects\n  %s\nand gets\n  %s\n%v", at, who, s.expand(rest), p.Raw(), err)
		}
	case "~":
		p := c.Find(s.expand(rest))
		_ = Match(s.expand(rest), p, s.vars)
	case "silent":
		c.Silent()
	case "ignores":
		synctest.Wait()
		c.Drain()
	case "closes":
		c.Close()
		delete(s.clients, who)
	case "breaks":
		c.Cut()
		synctest.Wait()
		delete(s.clients, who)
	case "ended by":
		if got := c.Ended(); got != rest {
			s.t.Fatalf("%s: the stream ended by %q", at, got)
		}
		delete(s.clients, who)
	}
}

// friends makes two users each other's contacts, by the protocol.
func (s *script) friends(at, who, rest string) {
	other, ok := strings.CutSuffix(rest, " are friends")
	if !ok {
		s.t.Fatalf("%s: who are friends?", at)
	}
	a, b := s.pick(who).Login(who+"/friends"), s.pick(other).Login(other+"/friends")
	a.Available()
	b.Available()
	a.Send("<presence type='subscribe' to='" + b.JID.Bare().String() + "'/>")
	b.Find("<presence type='subscribe' from='" + a.JID.Bare().String() + "'>…</presence>")
	b.Send("<presence type='subscribed' to='" + a.JID.Bare().String() + "'/>")
	b.Send("<presence type='subscribe' to='" + a.JID.Bare().String() + "'/>")
	a.Find("<presence type='subscribe' from='" + b.JID.Bare().String() + "'>…</presence>")
	a.Send("<presence type='subscribed' to='" + b.JID.Bare().String() + "'/>")
	b.Find("<presence type='subscribed' from='" + a.JID.Bare().String() + "'>…</presence>")
	synctest.Wait()
	a.Close()
	b.Close()
	synctest.Wait()
}
