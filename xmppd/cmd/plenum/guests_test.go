package main

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// meeting is a whole server with a public group, in which romeo and a guest are.
type meeting struct {
	*parts
	t            *testing.T
	romeo, guest *user
	other        *user // a guest of the same group, not in it now
	mercutio     *user // alone in another public group, and a friend of romeo's
}

func meet(t *testing.T) *meeting {
	t.Helper()
	m := &meeting{t: t, parts: assemble(t, t.TempDir())}
	t.Cleanup(func() { closing(t, m.parts) })
	if err := m.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.xmpp.Stop(context.Background()) })
	for _, name := range []string{"romeo", "mercutio"} {
		if _, err := m.accounts.Create(context.Background(), directory.NewAccount{JID: jid.MustParse(name + "@localhost"), Password: "Wherefore4"}); err != nil {
			t.Fatal(err)
		}
	}
	m.romeo, m.mercutio = enter(t, m.xmpp, "romeo@localhost/r"), enter(t, m.xmpp, "mercutio@localhost/r")
	token, otherToken := m.group("Sales", "romeo@localhost"), m.group("Friends", "mercutio@localhost")
	m.guest, m.other = m.visit(token), m.visit(token)
	stranger := m.visit(otherToken)
	for _, x := range []struct {
		u    *user
		room string
	}{{m.romeo, "sales@groups.localhost/Romeo"}, {m.mercutio, "friends@groups.localhost/Mercutio"}, {stranger, "friends@groups.localhost/Stranger"}, {m.guest, "sales@groups.localhost/Visitor"}} {
		x.u.send("<presence/>") // a guest has nobody to show himself to
		x.u.send("<presence to='" + x.room + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
		m.waitFor(x.u, "<status code='110'/>")
	}
	m.waitFor(m.romeo, "/Visitor")
	m.romeo.drain()
	m.guest.drain()
	m.mercutio.drain()
	m.other.drain()
	return m
}

// group makes a public group and gives the token of its link.
func (m *meeting) group(name, owner string) string {
	m.t.Helper()
	ctx, by := context.Background(), jid.MustParse(owner)
	g, err := m.groups.Create(ctx, conference.New{Name: name, Owners: []jid.JID{by}})
	if err != nil {
		m.t.Fatal(err)
	}
	access, err := m.groups.SetGuests(ctx, by, g.Room, true)
	if err != nil {
		m.t.Fatal(err)
	}
	return access.Access.Token
}

func (m *meeting) visit(token string) *user {
	m.t.Helper()
	local, err := m.groups.Admit(context.Background(), token, netip.Addr{})
	if err != nil {
		m.t.Fatal(err)
	}
	return enter(m.t, m.xmpp, local+"@guest.localhost/r")
}

// waitFor takes what somebody gets until there is something in it.
func (m *meeting) waitFor(u *user, text string) {
	m.t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case p := <-u.got:
			if strings.Contains(string(p.Raw()), text) {
				return
			}
		case <-late:
			m.t.Fatalf("%s waits in vain for %s", u.JID(), text)
		}
	}
}

// drain is all that somebody has got until now.
func (u *user) drain() (all []*xmlstream.Packet) {
	u.ask("<iq type='get' id='settle' to='" + u.JID().Domain() + "'><ping xmlns='urn:xmpp:ping'/></iq>")
	for {
		select {
		case p := <-u.got:
			all = append(all, p)
		default:
			return all
		}
	}
}

// everyMessage and everyPresence are stanzas of all types; the types of IQ are in probes.
var everyMessage = []string{
	`<message><body>b</body></message>`, `<message type='normal'><body>b</body></message>`, `<message type='chat'><body>b</body></message>`,
	`<message type='groupchat'><body>b</body></message>`, `<message type='headline'><body>b</body></message>`,
	`<message type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
	`<message type='unheard-of'><body>b</body></message>`,
	`<message><x xmlns='jabber:x:conference' jid='sales@groups.localhost'/></message>`,
	`<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='mercutio@localhost'/></x></message>`,
	`<message><x xmlns='http://jabber.org/protocol/muc#user'><decline to='mercutio@localhost'><reason>r</reason></decline></x></message>`,
	`<message type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='1'/><store xmlns='urn:xmpp:hints'/></message>`,
	`<message><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'/></event></message>`,
	`<message><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field></x></message>`,
}

var everyPresence = []string{
	`<presence><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
	`<presence type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
	`<presence type='unheard-of'/>`,
}

var everyIQ = []string{
	`<iq type='result'><query xmlns='urn:test'/></iq>`,
	`<iq type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
	`<iq type='set'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='1'/></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
	`<iq type='set'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
	`<iq type='set'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='moderator'/></query></iq>`,
	`<iq type='set'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Romeo' role='none'/></query></iq>`,
	`<iq type='set'><moderate xmlns='urn:xmpp:message-moderate:1' id='5'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>`,
}

// everything is all that a guest may think of, without addresses.
func (m *meeting) everything() []string {
	all := slices.Concat(everyMessage, everyPresence, everyIQ, probes)
	for _, x := range pubSubProbes {
		all = append(all, strings.ReplaceAll(x, "NODE", "urn:xmpp:bookmarks:1"))
	}
	for _, r := range m.xmpp.Routes() {
		all = append(all, "<iq type='"+r.Type+"'><"+r.Local+" xmlns='"+r.Space+"'/></iq>")
	}
	return all
}

func addressed(x, id, to string) string {
	at := strings.IndexAny(x, "/> ")
	if to != "" {
		to = " to='" + to + "'"
	}
	return x[:at] + " id='" + id + "'" + to + x[at:]
}

// mayBeAsked are what a guest may ask of the domain he has logged in at, and of his room.
var mayBeAsked = regexp.MustCompile(`^<iq type='get'[^>]*><(ping|query) xmlns='(urn:xmpp:ping|http://jabber\.org/protocol/disco#(info|items))'`)

// own says that the guest may send a stanza after all.
func own(x, to string) bool {
	switch to {
	case "guest.localhost":
		return mayBeAsked.MatchString(x)
	case "":
		return strings.HasPrefix(x, "<presence type='unavailable'") || strings.Contains(x, "urn:ietf:params:xml:ns:xmpp-session")
	}
	return false
}

var address = regexp.MustCompile(`[A-Za-z0-9._-]+@localhost`)

// TestAGuestReachesHisGroupAndNothingElse sends each kind of stanza to everybody and everything there is. (A-017, and the security of
// guests in general.)
func TestAGuestReachesHisGroupAndNothingElse(t *testing.T) {
	m := meet(t)
	strangers := []*user{m.romeo, m.mercutio, m.other}
	targets := []string{
		"", m.guest.JID().String(), m.guest.JID().Bare().String(), "guest.localhost", "nobody@guest.localhost", m.other.JID().String(), m.other.JID().Bare().String(),
		"localhost", "localhost/x", "romeo@localhost", "romeo@localhost/r", "romeo@localhost/gone", "mercutio@localhost", "nobody@localhost", "nobody@localhost/r",
		"groups.localhost", "friends@groups.localhost", "friends@groups.localhost/Mercutio", "friends@groups.localhost/New", "new@groups.localhost/Owner",
		"new@groups.localhost", "upload.localhost", "pbx.localhost", "+49891234@pbx.localhost", "example.org", "somebody@example.org", "somebody@example.org/r",
	}
	refused := 0
	for _, to := range targets {
		for _, x := range m.everything() {
			if own(x, to) {
				continue
			}
			stanza := addressed(x, "q", to)
			got := m.guest.ask(stanza)
			answered := strings.Contains(got, "type='error' id='q'") && strings.Contains(got, "<not-allowed ") && strings.Count(got, "<error ") == 1 &&
				!strings.Contains(got, "\n")
			silent := strings.Contains(x, "type='error'") || strings.Contains(x, "type='result'") || strings.HasPrefix(x, "<presence type='unavailable'")
			if silent && got != "" || !silent && !answered {
				t.Errorf("%s is answered by\n  %s", stanza, got)
			}
			if answered {
				refused++
			}
		}
		for _, u := range strangers {
			for _, p := range u.drain() {
				t.Errorf("to %q: %s gets %s", to, u.JID(), p.Raw())
			}
		}
	}
	t.Logf("%d stanzas refused", refused)
	// Nothing has become of it: no room, no roster, nothing at the accounts.
	if list, err := m.rooms.List(context.Background(), "", 10); err != nil || len(list) != 2 {
		t.Errorf("rooms: %v, %v", list, err)
	}
	for _, u := range []*user{m.romeo, m.mercutio} {
		if got := u.ask("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"); strings.Contains(got, "<item ") {
			t.Error(got)
		}
		if got := u.ask("<iq type='set' id='m'><query xmlns='urn:xmpp:mam:2'/></iq>"); strings.Contains(got, "guest.localhost") {
			t.Error(got)
		}
	}
}

// TestInHisGroupAGuestDoesWhatParticipantsDo, and no more: each kind of stanza to the room and to those in it. Whatever he gets, no
// address of anybody stands in it.
func TestInHisGroupAGuestDoesWhatParticipantsDo(t *testing.T) {
	m := meet(t)
	may := regexp.MustCompile(`^<(message type='groupchat'><body>|presence|message type='error')`)
	for _, to := range []string{"sales@groups.localhost", "sales@groups.localhost/Romeo", "sales@groups.localhost/Visitor", "sales@groups.localhost/Nobody"} {
		for _, x := range m.everything() {
			if may.MatchString(x) && !strings.Contains(x, "type='subscrib") && !strings.Contains(x, "type='unsubscrib") && !strings.Contains(x, "type='probe'") {
				continue
			}
			if strings.Contains(x, "<message") && (strings.Contains(to, "/") || strings.Contains(x, "jabber:x:data")) || to == "sales@groups.localhost" && mayBeAsked.MatchString(x) ||
				strings.Contains(to, "/") && strings.Contains(x, "urn:xmpp:ping") {
				continue // private messages, forms, disco, XEP-0410: the room answers in its own time
			}
			stanza := addressed(x, "q", to)
			got := m.guest.ask(stanza)
			silent := strings.Contains(x, "type='error'") || strings.Contains(x, "type='result'")
			if !silent && !(strings.Contains(got, "type='error' id='q'") && strings.Contains(got, "<not-allowed ")) || silent && got != "" {
				t.Errorf("%s is answered by\n  %s", stanza, got)
			}
			if address.MatchString(got) {
				t.Errorf("%s shows an address:\n  %s", stanza, got)
			}
		}
	}
	for _, p := range m.romeo.drain() {
		t.Errorf("romeo gets %s", p.Raw())
	}
}

// TestNobodyReachesAGuestButThroughHisGroup sends each kind of stanza to a guest, from a colleague who is in the group with him.
func TestNobodyReachesAGuestButThroughHisGroup(t *testing.T) {
	m := meet(t)
	for _, u := range []*user{m.romeo, m.mercutio, m.other} {
		for _, to := range []string{m.guest.JID().String(), m.guest.JID().Bare().String()} {
			for _, x := range m.everything() {
				got := u.ask(addressed(x, "q", to))
				if strings.Contains(got, "type='result'") || strings.Contains(got, "type='get'") {
					t.Errorf("%s to %s is answered by\n  %s", x, to, got)
				}
			}
		}
	}
	for _, p := range m.guest.drain() {
		t.Errorf("the guest gets %s", p.Raw())
	}
}
