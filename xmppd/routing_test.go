package xmppd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/xmppd/xmpptest"
)

// RFC 6121 §8.5 as a table, told from outside: what a stanza of a stranger does in each situation of its addressee.

// situation is a state of juliet's account: its sessions with their presence.
type situation struct {
	name     string
	sessions map[string]string // resource → presence; "" for none
}

// The resources of the last situation, of which r and phone take messages for the account.
var situations = []situation{
	{"no account", nil},
	{"nobody there", map[string]string{}},
	{"connected only", map[string]string{"bound": ""}},
	{"negative only", map[string]string{"tv": "<presence><priority>-1</priority></presence>"}},
	{"several", map[string]string{
		"r": "<presence/>", "phone": "<presence><priority>5</priority></presence>",
		"tv": "<presence><priority>-1</priority></presence>", "bound": "",
	}},
}

// What becomes of a stanza: "error", "offline", "nothing", or the resources that get it.
type fate string

const (
	refused = fate("error")
	later   = fate("offline")
	lost    = fate("nothing")
	them    = fate("phone r") // who takes messages for the account
)

// messageFates holds for each type: to the account, by situation; then to a resource that is not there.
var messageFates = map[string][2][5]fate{
	//           no account, nobody, connected, negative, several
	"":          {{refused, later, later, later, them}, {refused, refused, refused, refused, refused}},
	"normal":    {{refused, later, later, later, them}, {refused, refused, refused, refused, refused}},
	"strange":   {{refused, later, later, later, them}, {refused, refused, refused, refused, refused}},
	"chat":      {{refused, later, later, later, them}, {refused, later, later, later, them}},
	"groupchat": {{refused, refused, refused, refused, refused}, {refused, refused, refused, refused, refused}},
	"headline":  {{lost, lost, lost, lost, them}, {lost, lost, lost, lost, lost}},
	"error":     {{lost, lost, lost, lost, lost}, {lost, lost, lost, lost, lost}},
}

// scene is a server, or two, with romeo and juliet's sessions.
type scene struct {
	t     *testing.T
	pick  func() *xmpptest.Server
	romeo *xmpptest.Client
	hers  map[string]*xmpptest.Client
	n     int
}

func play(t *testing.T, sit situation, fn func(*scene)) {
	for _, servers := range []string{"one server", "two servers"} {
		t.Run(sit.name+"/"+servers, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scene{t: t, hers: map[string]*xmpptest.Client{}}
				list := []*xmpptest.Server{}
				if servers == "one server" {
					list = append(list, xmpptest.Start(t))
				} else {
					a, b := xmpptest.Two(t, nothing)
					list = append(list, a, b)
				}
				n := 0
				s.pick = func() *xmpptest.Server { n++; return list[n%len(list)] }
				s.romeo = s.pick().Login("romeo")
				s.enter(sit)
				fn(s)
			})
		})
	}
}

func (s *scene) enter(sit situation) {
	if sit.sessions == nil {
		return
	}
	s.pick().Login("juliet/maker").Close() // makes the account
	for _, r := range []string{"r", "phone", "tv", "bound"} {
		if p, ok := sit.sessions[r]; ok {
			c := s.pick().Login("juliet/" + r)
			s.hers[r] = c
			if p != "" {
				c.Send(p)
			}
		}
	}
	synctest.Wait()
	for _, c := range s.hers {
		c.Drain()
	}
}

// stanza sends one of romeo's and says what became of it.
func (s *scene) stanza(local, typ, to, children string) fate {
	s.t.Helper()
	s.n++
	id := fmt.Sprintf("s%d", s.n)
	attr := " id='" + id + "'"
	if typ != "" {
		attr += " type='" + typ + "'"
	}
	if to != "" {
		attr += " to='" + to + "'"
	}
	s.romeo.Send("<" + local + attr + ">" + children + "</" + local + ">")
	synctest.Wait()
	var got []string
	for r, c := range s.hers {
		for _, p := range c.Drain() {
			if p.ID() != id || p.Type() != typ || p.From() != s.romeo.JID.String() {
				s.t.Errorf("%s got %s", r, p.Raw())
			}
			got = append(got, r)
		}
	}
	slices.Sort(got)
	for _, p := range s.romeo.Drain() {
		if p.ID() != id || p.Type() != "error" || p.From() != to {
			s.t.Errorf("romeo got %s", p.Raw())
		}
		e, _ := p.Child("jabber:client", "error")
		c, _ := e.First()
		got = append(got, string(refused))
		if c.Local() != "service-unavailable" {
			got = append(got, c.Local())
		}
	}
	if len(got) == 0 {
		return lost
	}
	return fate(strings.Join(got, " "))
}

// waiting takes what waits for juliet, if anything does, by logging in once more.
func (s *scene) waiting() bool {
	s.t.Helper()
	c := s.pick().Login("juliet/fetch")
	c.Send("<presence/>")
	synctest.Wait()
	found := false
	for _, p := range c.Drain() {
		found = found || p.Local() == "message"
	}
	c.Close()
	synctest.Wait()
	for _, x := range s.hers {
		x.Drain()
	}
	return found
}

func (s *scene) expect(what string, got, want fate) {
	s.t.Helper()
	if want == later && got == lost && s.waiting() {
		return
	}
	if got != want {
		s.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

const goneError = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

func TestRoutingOfMessages(t *testing.T) {
	for i, sit := range situations {
		play(t, sit, func(s *scene) {
			for typ, fates := range messageFates {
				body := "<body>a</body>"
				if typ == "error" {
					body += goneError
				}
				for kind, to := range []string{"juliet@example.org", "juliet@example.org/gone"} {
					s.expect("message '"+typ+"' to "+to, s.stanza("message", typ, to, body), fates[kind][i])
				}
				for r := range sit.sessions { // whoever is connected gets what is addressed to it
					to := "juliet@example.org/" + r
					s.expect("message '"+typ+"' to "+to, s.stanza("message", typ, to, body), fate(r))
				}
			}
			if sit.sessions != nil && s.waiting() {
				t.Error("something waits that should not")
			}
		})
	}
}

func TestRoutingOfIQs(t *testing.T) {
	for _, sit := range situations {
		play(t, sit, func(s *scene) {
			for typ, c := range map[string]struct {
				children string
				want     fate // when no client gets it
			}{
				"get": {"<q xmlns='urn:q'/>", refused}, "set": {"<q xmlns='urn:q'/>", refused},
				"result": {"", lost}, "error": {goneError, lost},
			} {
				for _, to := range []string{
					"juliet@example.org", "juliet@example.org/gone", // the server answers for the account
					"example.org", "example.org/gone",
				} {
					s.expect("iq '"+typ+"' to "+to, s.stanza("iq", typ, to, c.children), c.want)
				}
				for r := range sit.sessions {
					to := "juliet@example.org/" + r
					s.expect("iq '"+typ+"' to "+to, s.stanza("iq", typ, to, c.children), fate(r))
				}
			}
		})
	}
}

func TestRoutingOfPresence(t *testing.T) {
	for _, sit := range situations {
		play(t, sit, func(s *scene) {
			available := lost
			if len(sit.sessions) > 0 {
				var list []string
				for r, p := range sit.sessions {
					if p != "" {
						list = append(list, r)
					}
				}
				slices.Sort(list)
				if len(list) > 0 {
					available = fate(strings.Join(list, " "))
				}
			}
			for _, typ := range []string{"", "unavailable"} {
				s.expect("presence '"+typ+"'", s.stanza("presence", typ, "juliet@example.org", ""), available)
			}
			s.expect("an error to the account", s.stanza("presence", "error", "juliet@example.org", goneError), lost)
			for _, typ := range []string{"", "unavailable", "error"} {
				children := ""
				if typ == "error" {
					children = goneError
				}
				s.expect("presence '"+typ+"' to nobody", s.stanza("presence", typ, "juliet@example.org/gone", children), lost)
				s.expect("presence '"+typ+"' to the server", s.stanza("presence", typ, "example.org", children), lost)
				for r := range sit.sessions {
					s.expect("presence '"+typ+"' to "+r, s.stanza("presence", typ, "juliet@example.org/"+r, children), fate(r))
				}
			}
		})
	}
}
