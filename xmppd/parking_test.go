package xmppd_test

import (
	"crypto/tls"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// overSockets runs fn with a server whose clients rest after a moment, over plain TCP and over TLS; connect logs juliet in
// and binds a resource, or sends something instead of that.
func overSockets(t *testing.T, config func(*xmppd.Config), fn func(t *testing.T, s *xmpptest.Server, connect func(...string) *line)) {
	if runtime.GOOS != "linux" {
		t.Skip("connections are parked on Linux only")
	}
	for name, direct := range map[string]bool{"TCP": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			s := start(t, xmpptest.Options{Config: config, Deps: func(d *xmppd.Deps) {
				d.Log, d.TLS = quiet, certificates{certificate(t, "example.org")}
			}})
			s.RestAfter(time.Millisecond)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			serve := s.ServeC2S
			if direct {
				serve = s.ServeDirectTLS
			}
			go serve(l)
			fn(t, s, func(instead ...string) *line {
				conn, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				if direct {
					conn = tls.Client(conn, clientTLS(nil))
				}
				c := newLine(t, conn)
				if len(instead) > 0 {
					c.send(loginJuliet + instead[0])
					return c
				}
				c.send(loginJuliet + bindJuliet)
				c.expect("</jid></bind></iq>")
				return c
			})
		})
	}
}

const bindJuliet = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"

// until waits for a state that comes by itself.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it does not come to that", what)
		}
	}
}

func parked(t *testing.T, s *xmpptest.Server, n int) {
	t.Helper()
	until(t, "parked connections", func() bool {
		got, _ := s.Parked()
		return got == n
	})
}

const askRoster, rosterAnswer = "<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>", "<iq type='result' id='q'.*</iq>"

func TestAParkedConnectionGoesOn(t *testing.T) {
	overSockets(t, nil, func(t *testing.T, s *xmpptest.Server, connect func(...string) *line) {
		c := connect()
		for _, pieces := range [][]string{{askRoster}, {askRoster + " "}, {"<iq type='get' i", "d='q'><query xmlns='jabber:", "iq:roster'/></iq>"}, {" ", "\n" + askRoster}} {
			for _, piece := range pieces {
				parked(t, s, 1)
				_, before := s.Parked()
				c.send(piece)
				until(t, "the connection is parked again", func() bool {
					n, times := s.Parked()
					return n == 1 && times > before
				})
			}
			c.expect(rosterAnswer)
		}
		_, before := s.Parked()
		s.AllSessions()[0].Send(xmlstream.MustParse("<message><body>hello</body></message>"))
		c.expect("hello")
		if n, times := s.Parked(); n != 1 || times != before {
			t.Errorf("what goes out wakes the reader: %d parked, %d times", n, times-before)
		}
	})
}

func TestAParkedConnectionEnds(t *testing.T) {
	for _, c := range []struct {
		sentence string
		end      func(s *xmpptest.Server, c *line, connect func(...string) *line)
		want     string // stream error; "-" for none
		left     int    // sessions
	}{
		{"the client closes its stream", func(_ *xmpptest.Server, c *line, _ func(...string) *line) { c.send("</stream:stream>") }, "", 0},
		{"the connection is lost", func(_ *xmpptest.Server, c *line, _ func(...string) *line) { c.conn.Close() }, "-", 0},
		{"the resource is bound again", func(_ *xmpptest.Server, _ *line, connect func(...string) *line) { connect() }, "conflict", 1},
		{"the server ends the session", func(s *xmpptest.Server, _ *line, _ func(...string) *line) {
			s.AllSessions()[0].Close("policy-violation", "")
		}, "policy-violation", 0},
		{"the server stops", func(s *xmpptest.Server, _ *line, _ func(...string) *line) { s.Stop() }, "system-shutdown", 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			overSockets(t, nil, func(t *testing.T, s *xmpptest.Server, connect func(...string) *line) {
				client := connect()
				parked(t, s, 1)
				c.end(s, client, connect)
				got := client.all()
				want := "</stream:stream>"
				if c.want != "" {
					want = "<stream:error><" + c.want + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
				}
				if c.want != "-" && !strings.Contains(got, want) {
					t.Errorf("%s is not in %q", want, got)
				}
				until(t, "sessions", func() bool { return len(s.AllSessions()) == c.left })
				parked(t, s, c.left)
			})
		})
	}
}

// XEP-0198#resumption: a client resumes its session while the old connection is parked.
func TestAParkedConnectionGivesWayToAResumption(t *testing.T) {
	overSockets(t, nil, func(t *testing.T, s *xmpptest.Server, connect func(...string) *line) {
		c := connect()
		c.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
		previd := c.expect("<enabled[^>]* id='([^']+)'[^>]*/>")[1]
		parked(t, s, 1)
		next := connect("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + previd + "'/>")
		next.expect("<resumed[^>]*/>")
		c.all()
		parked(t, s, 1)
		next.send(askRoster)
		next.expect(rosterAnswer)
		if n := len(s.AllSessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestAParkedClientIsAskedForASignOfLife(t *testing.T) {
	short := func(c *xmppd.Config) { c.IdleTimeout = time.Second }
	overSockets(t, short, func(t *testing.T, s *xmpptest.Server, connect func(...string) *line) {
		c := connect()
		parked(t, s, 1)
		id := c.expect("<iq type='get' id='([^']+)'.*urn:xmpp:ping.*</iq>")[1]
		c.send("<iq type='result' id='" + id + "'/>")
		parked(t, s, 1)
	})
}
