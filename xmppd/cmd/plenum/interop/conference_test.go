//go:build interop

package interop

import (
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// group makes a lasting group that lets guests in, and returns the token of its link.
func (x *talker) group() string {
	x.t.Helper()
	x.sends("<presence to='%s/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>", salesRoom)
	x.gets("<status code='110'/>")
	var form strings.Builder
	for _, f := range [][2]string{
		{"FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig"}, {"muc#roomconfig_persistentroom", "1"}, {"muc#roomconfig_membersonly", "1"},
		{"muc#roomconfig_whois", "anyone"}, {"{urn:plenum:group:0}allow_guests", "1"},
	} {
		form.WriteString("<field var='" + f[0] + "'><value>" + f[1] + "</value></field>")
	}
	x.sends("<iq type='set' id='form' to='%s'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>%s</x></query></iq>", salesRoom, form.String())
	x.gets("<iq ", "type='result'", "id='form'")
	x.sends("<iq type='get' id='link' to='%s'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>", salesRoom)
	var fields struct {
		List []struct {
			Var   string `xml:"var,attr"`
			Value string `xml:"value"`
		} `xml:"query>x>field"`
	}
	if err := xml.Unmarshal([]byte(x.gets("type='result'", "id='link'")), &fields); err != nil {
		x.t.Fatal(err)
	}
	for _, f := range fields.List {
		if f.Var == "{urn:plenum:group:0}guest_link" {
			return f.Value[strings.LastIndexByte(f.Value, '/')+1:]
		}
	}
	x.t.Fatal("the form has no link for guests")
	return ""
}

// talker opens a client of a new user that calls.
func (s *server) talker(t *testing.T, name string, hz float64) *talker {
	t.Helper()
	r, err := loginRaw(s.address(portTLS), trusting(t, s.certificate()), s.user(name), "talker")
	if err != nil {
		t.Fatal(err)
	}
	return newTalker(t, r, hz)
}

// guest opens a client of a guest who has a link, and enters.
func (s *server) guest(t *testing.T, token, nick string, hz float64) *talker {
	t.Helper()
	r, err := dialRawTo("guest."+domain, s.address(portTLS), trusting(t, s.certificate()))
	if err == nil {
		err = r.authBy("ANONYMOUS", token)
	}
	if err == nil {
		err = r.bind("talker")
	}
	if err != nil {
		t.Fatal(err)
	}
	x := newTalker(t, r, hz)
	x.sends("<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'/></presence>", salesRoom, nick)
	x.gets("<status code='110'/>")
	return x
}

// metric reads one of the server's figures.
func (s *server) metric(t *testing.T, name string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, s.certificate())}, Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get("https://" + s.address(portHTTPS) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (.*)$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("there is no metric %s", name)
	}
	return string(m[1])
}

// A guest waits with music; when a colleague joins with an ordinary client, which calls by message and takes one mix, the two hear each other; when he
// leaves, the guest waits with music again, and the meeting goes on when he comes back.
//
func TestInteropConferenceOfTalkers(t *testing.T) {
	counted(t)
	const romeoHz, sofiaHz = 440, 1000
	s := startServer(t)
	romeo := s.talker(t, "romeo", romeoHz)
	sofia := s.guest(t, romeo.group(), "Sofia", sofiaHz)

	sofia.dial(salesRoom+"/Conference", true)
	sofia.gets("<conference ", "state='waiting'", "you='waiting'")
	sofia.hearsMusic(romeoHz, sofiaHz)

	romeo.gets("from='"+salesRoom+"/Conference'", "state='waiting'")
	for range 2 {
		sofia.forgets()
		romeo.dial(salesRoom+"/Conference", false)
		sofia.gets("<conference ", "state='live'", "you='live'")
		romeo.hears(sofiaHz, romeoHz)
		sofia.hears(romeoHz, sofiaHz)
		sofia.forgets()
		romeo.hangUp()
		sofia.gets("<conference ", "state='hold'", "reason='moderator-left'")
		sofia.hearsMusic(romeoHz, sofiaHz)
	}
	if got := s.metric(t, `plenum_calls`); got != "1" {
		t.Errorf("there are %s calls, want the guest's", got)
	}
	sofia.hangUp()
	s.hasNoCalls(t)
}

// hasNoCalls waits until nothing is left of calls.
func (s *server) hasNoCalls(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		calls, transports := s.metric(t, `plenum_calls`), s.metric(t, `plenum_media_transports`)
		if calls == "0" && transports == "0" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s calls and %s transports are left", calls, transports)
		}
	}
}

// Media is cut without a word while signalling goes on. Three seconds harm nothing; after twelve the client has restarted ICE and the talk goes on, and
// nobody was told of anybody's leaving. Who is dead is out of the conference within 15 seconds, though his XMPP session waits to be resumed.
func TestInteropConferenceOutlivesCuts(t *testing.T) {
	counted(t)
	const romeoHz, julietHz = 440, 1000
	s := startServer(t)
	romeo := s.talker(t, "romeo", romeoHz)
	romeo.group()
	juliet := s.talker(t, "juliet", julietHz)
	romeo.admits(juliet, "Juliet")
	romeo.dial(salesRoom+"/Conference", true)
	juliet.dial(salesRoom+"/Conference", true)
	romeo.hears(julietHz, romeoHz)
	juliet.hears(romeoHz, julietHz)

	for _, length := range []time.Duration{3 * time.Second, 12 * time.Second} {
		romeo.forgets()
		juliet.network.cut(length)
		from := time.Now()
		romeo.hears(julietHz, romeoHz)
		juliet.hears(romeoHz, julietHz)
		t.Logf("after a cut of %v both hear each other %v after its end", length, time.Since(from).Round(10*time.Millisecond))
		<-time.After(16 * time.Second) // longer than anybody is waited for
		romeo.hears(julietHz, romeoHz)
		juliet.hears(romeoHz, julietHz)
		romeo.until("two people in the conference", func() bool {
			return !slices.ContainsFunc(romeo.heard, func(s string) bool { return strings.Contains(s, "people='1'") })
		})
	}

	romeo.forgets()
	from := time.Now()
	juliet.dies()
	romeo.gets("<conference ", "people='1'")
	gone := time.Since(from)
	t.Logf("who is dead is out after %v", gone.Round(10*time.Millisecond))
	if gone > 15*time.Second {
		t.Errorf("that is more than 15 seconds")
	}
	romeo.hangUp()
	s.hasNoCalls(t)
}

// cut drops everything for a while.
func (n *network) cut(length time.Duration) {
	n.isCut.Store(true)
	<-time.After(length)
	n.isCut.Store(false)
}

// The conference is on the server that has the room. Who is logged in at the other one calls it all the same: his stanzas and the answers to those
// of the conference are passed on, and his media goes straight to where the conference is.
func TestInteropConferenceOfTwoServers(t *testing.T) {
	counted(t)
	const romeoHz, julietHz = 440, 1000
	servers := startPair(t)
	romeo := servers[0].talker(t, "romeo", romeoHz)
	romeo.group()
	juliet := servers[1].talker(t, "juliet", julietHz)
	romeo.admits(juliet, "Juliet")
	juliet.dial(salesRoom+"/Conference", true)
	romeo.dial(salesRoom+"/Conference", false)
	romeo.hears(julietHz, romeoHz)
	juliet.hears(romeoHz, julietHz)
	juliet.hangUp()
	romeo.gets("<conference ", "people='1'")
	romeo.hangUp()
}

// admits makes somebody a member, who enters.
func (x *talker) admits(other *talker, nick string) {
	x.t.Helper()
	bare, _, _ := strings.Cut(other.jid, "/")
	x.sends("<iq type='set' id='member' to='%s'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='%s'/></query></iq>", salesRoom, bare)
	x.gets("<iq ", "type='result'", "id='member'")
	other.sends("<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'/></presence>", salesRoom, nick)
	other.gets("<status code='110'/>")
}
