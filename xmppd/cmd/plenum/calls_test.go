package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"plenum/jingle/turn"
	"plenum/xmppd"
)

// TestEverybodyIsToldOfTheRelay: users and guests, each with credentials of their own. (A-017: nobody else's.)
func TestEverybodyIsToldOfTheRelay(t *testing.T) { meet(t, toldOfTheRelay) }

func toldOfTheRelay(t *testing.T, m *meeting) {
	name := regexp.MustCompile(` username='([^']+)' password='([^']+)'`)
	seen := map[string]bool{}
	for _, x := range []struct {
		u      *user
		domain string
	}{{m.romeo, "localhost"}, {m.mercutio, "localhost"}, {m.guest, "guest.localhost"}, {m.other, "guest.localhost"}} {
		got := x.u.ask("<iq type='get' id='s' to='" + x.domain + "'><services xmlns='urn:xmpp:extdisco:2'/></iq>")
		all := name.FindAllStringSubmatch(got, -1)
		if strings.Count(got, "<service ") != 3 || len(all) != 2 || !strings.Contains(got, "<service type='stun' host='localhost' port='3478' transport='udp'/><service type='turn' host='localhost' port='3478' transport='udp' restricted='true'") {
			t.Fatalf("%s gets %s", x.u.JID(), got)
		}
		if c := m.turn.Credentials(x.u.JID(), time.Now()); all[0][1] != c.Username || all[0][2] != c.Password {
			t.Errorf("%s gets %v, not %+v", x.u.JID(), all[0], c)
		}
		if seen[all[0][2]] {
			t.Errorf("%s gets somebody else's credentials", x.u.JID())
		}
		seen[all[0][2]] = true
	}
	if got := m.guest.ask("<iq type='get' id='s' to='localhost'><services xmlns='urn:xmpp:extdisco:2'/></iq>"); !strings.Contains(got, "<not-allowed ") {
		t.Errorf("a guest asks the users' domain: %s", got)
	}
}

func TestTheRelayIsCheckedAndCanBeSwitchedOff(t *testing.T) {
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	s := &serverState{parts: p}
	if got := s.checkTURN(turn.Stats{Relayed: 3, Total: 900}); got.State != "ok" {
		t.Errorf("%+v", got)
	}
	if got := s.checkTURN(turn.Stats{Relayed: 800, Total: 900}); got.State != "warn" || got.Action == "" {
		t.Errorf("%+v", got)
	}
	if len(p.turnServices()) != 2 { // without certificates there is no TLS
		t.Errorf("%+v", p.turnServices())
	}
	cfg, err := localserveCommand{Domain: "localhost", AllowPlaintext: true, portFlags: portFlags{TURN: -1}}.config(&folder{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS.Certificates = nil
	off, err := build(t.Context(), cfg, quietLogs())
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, off)
	if off.turn != nil || len(off.turnServices()) != 0 || strings.Contains(strings.Join(off.xmpp.Features(xmppd.ToServer), " "), turn.NS) {
		t.Error("it is still there")
	}
}

func TestAddressesOutside(t *testing.T) {
	for _, c := range []struct {
		list  []string
		fault string
	}{
		{nil, ""},
		{[]string{"203.0.113.7", "2001:db8::7"}, ""},
		{[]string{"203.0.113.7", "::ffff:203.0.113.8"}, "the second address"},
		{[]string{"chat.example.org"}, "no IP address"},
		{[]string{"0.0.0.0"}, "no IP address"},
	} {
		got, err := (&Config{Outside: c.list}).external()
		if c.fault == "" && (err != nil || len(got) != len(c.list)) || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%v: %v, %v", c.list, got, err)
		}
	}
	ports := Ports{Relay: 64000, Offset: 600}
	if err := ports.Validate(); err == nil || !strings.Contains(err.Error(), "999 others") {
		t.Errorf("a relay beyond the last port: %v", err)
	}
}

// TestConferencesCanBeSwitchedOff: without a port for media nobody is told that a room can be called.
func TestConferencesCanBeSwitchedOff(t *testing.T) {
	on := assemble(t, t.TempDir())
	defer closing(t, on)
	if on.calls == nil || len(on.calls.Features("groups.localhost")) == 0 || len(on.mediaPorts()) != 1 || on.mediaPorts()[0] != 19302 {
		t.Errorf("media at %v, features %q", on.mediaPorts(), on.calls.Features("groups.localhost"))
	}
	cfg, err := localserveCommand{Domain: "localhost", AllowPlaintext: true, portFlags: portFlags{Media: -1}}.config(&folder{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS.Certificates = nil
	off, err := build(t.Context(), cfg, quietLogs())
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, off)
	if off.calls != nil || off.groups.Signalling != nil || off.mediaPorts() != nil || off.openMedia() != nil || off.media.Load() != nil {
		t.Error("calls are served without media")
	}
}
