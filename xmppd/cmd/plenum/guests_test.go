package main

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/components/muc"
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

// meet runs fn in such a server. Nothing of it has a socket, so that time and all goroutines are the test's own.
func meet(t *testing.T, fn func(t *testing.T, m *meeting)) {
	synctest.Test(t, func(t *testing.T) {
		m := &meeting{t: t, parts: assemble(t, t.TempDir())}
		defer closing(t, m.parts)
		if err := m.xmpp.Start(); err != nil {
			t.Fatal(err)
		}
		defer m.xmpp.Stop(context.Background())
		m.begin()
		fn(t, m)
	})
}

func (m *meeting) begin() {
	t := m.t
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
	}
	for _, u := range []*user{m.romeo, m.guest, m.mercutio, m.other, stranger} {
		u.drain()
	}
	for _, room := range []string{"sales@groups.localhost", "friends@groups.localhost"} {
		if n := m.rooms.Present(context.Background(), jid.MustParse(room))[jid.MustParse(room)]; n != (muc.Present{Occupants: 2, Guests: 1}) {
			t.Fatalf("in %s are %+v", room, n)
		}
	}
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

// drain is all that somebody has got until nothing more comes.
func (u *user) drain() (all []*xmlstream.Packet) {
	synctest.Wait()
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

// mayBeAskedOfServer are what a guest may ask of that domain alone: he calls too.
var mayBeAskedOfServer = regexp.MustCompile(`^<iq type='get'[^>]*><(services|credentials) xmlns='urn:xmpp:extdisco:2'`)

// own says that the guest may send a stanza after all.
func own(x, to string) bool {
	switch to {
	case "guest.localhost":
		return mayBeAsked.MatchString(x) || mayBeAskedOfServer.MatchString(x)
	case "":
		return strings.HasPrefix(x, "<presence type='unavailable'") || strings.Contains(x, "urn:ietf:params:xml:ns:xmpp-session")
	}
	return false
}

var address = regexp.MustCompile(`[A-Za-z0-9._-]+@localhost`)

// TestAGuestReachesHisGroupAndNothingElse sends each kind of stanza to everybody and everything there is. (A-017, and the security of
// guests in general.)
func TestAGuestReachesHisGroupAndNothingElse(t *testing.T) { meet(t, reachNothing) }

func reachNothing(t *testing.T, m *meeting) {
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
func TestInHisGroupAGuestDoesWhatParticipantsDo(t *testing.T) { meet(t, participate) }

func participate(t *testing.T, m *meeting) {
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
			if to == "sales@groups.localhost" && strings.Contains(x, "urn:xmpp:jingle-message:0") {
				continue // a call to the conference
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
func TestNobodyReachesAGuestButThroughHisGroup(t *testing.T) { meet(t, reachGuest) }

func reachGuest(t *testing.T, m *meeting) {
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

// TestNoAddressIsShownToAGuest has everything happen in the group that can, and reads each byte that the guest gets.
func TestNoAddressIsShownToAGuest(t *testing.T) { meet(t, seeNoAddress) }

func seeNoAddress(t *testing.T, m *meeting) {
	seen := 0
	look := func(what string) {
		t.Helper()
		for _, p := range m.guest.drain() {
			seen++
			if at := address.FindString(string(p.Raw())); at != "" {
				t.Errorf("%s: the guest is shown %s:\n  %s", what, at, p.Raw())
			}
		}
	}
	for _, to := range []string{"sales@groups.localhost", "sales@groups.localhost/Visitor", "sales@groups.localhost/Romeo"} {
		for _, x := range m.everything() {
			if strings.Contains(x, "<destroy/>") || strings.Contains(x, "nick='Romeo'") || strings.Contains(x, "type='unavailable'") || strings.HasPrefix(x, "<presence type='error'") || strings.HasPrefix(x, "<message type='error'") {
				continue // that would be the end
			}
			m.romeo.ask(addressed(x, "q", to))
			look(x)
		}
	}
	named := "<reply xmlns='urn:xmpp:reply:0' to='romeo@localhost/r' id='1'/><nick xmlns='http://jabber.org/protocol/nick'>romeo@localhost</nick>" +
		"<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='romeo@localhost'/></addresses>" +
		"<encrypted xmlns='urn:xmpp:omemo:2'><header><keys jid='romeo@localhost'/></header></encrypted><delay xmlns='urn:xmpp:delay' from='romeo@localhost' stamp='2026-01-01T00:00:00Z'/>" +
		"<forwarded xmlns='urn:xmpp:forward:0'><message from='romeo@localhost' xmlns='jabber:client'/></forwarded><x xmlns='jabber:x:conference' jid='x@groups.localhost' reason='romeo@localhost'/>" +
		"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='romeo@localhost'/></x><stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='1'/>" +
		"<moderated xmlns='urn:xmpp:message-moderate:1' by='romeo@localhost'/><query xmlns='jabber:x:oob-not' jid='romeo@localhost'/>"
	admin := func(item string) string {
		return "<iq type='set' id='a' to='sales@groups.localhost'><query xmlns='http://jabber.org/protocol/muc#admin'><item " + item + "/></query></iq>"
	}
	configure := func(name, value string) string {
		return "<iq type='set' id='c' to='sales@groups.localhost'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'><field var='" + name + "'><value>" + value + "</value></field></x></query></iq>"
	}
	for _, x := range []string{
		"<message type='groupchat' id='m' to='sales@groups.localhost'><body>b</body>" + named + "</message>",
		"<message type='groupchat' id='n' to='sales@groups.localhost'><subject>s</subject>" + named + "</message>",
		"<message type='chat' id='o' to='sales@groups.localhost/Visitor'><body>b</body>" + named + "</message>",
		"<presence to='sales@groups.localhost/Romeo'><status>s</status>" + named + "</presence>",
		"<presence to='sales@groups.localhost/Montague'><status>s</status>" + named + "</presence>",
		"<presence to='sales@groups.localhost/Montague'><x xmlns='http://jabber.org/protocol/muc'/>" + named + "</presence>",
		admin("jid='mercutio@localhost' affiliation='member'"), admin("jid='mercutio@localhost' affiliation='admin'"), admin("jid='mercutio@localhost' affiliation='outcast'"),
		admin("jid='mercutio@localhost' affiliation='none'"), admin("nick='Visitor' role='visitor'"), admin("nick='Visitor' role='participant'"),
		configure("muc#roomconfig_whois", "moderators"), configure("muc#roomconfig_whois", "anyone"), configure("muc#roomconfig_moderatedroom", "1"), configure("muc#roomconfig_roomname", "Other"),
		configure("muc#roomconfig_membersonly", "0"), configure("muc#roomconfig_membersonly", "1"),
	} {
		m.romeo.ask(x)
		look(x)
	}
	for _, x := range []string{
		"<iq type='get' id='i' to='sales@groups.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		"<iq type='get' id='i' to='sales@groups.localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
		"<iq type='get' id='i' to='guest.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		"<iq type='get' id='i' to='guest.localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
		"<presence to='sales@groups.localhost/Visitor'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
	} {
		m.guest.send(x)
		look(x)
	}
	// Mercutio enters, writes and leaves; Romeo leaves, and the group ends.
	for _, x := range []struct {
		u      *user
		stanza string
	}{
		{m.romeo, admin("jid='mercutio@localhost' affiliation='member'")},
		{m.mercutio, "<presence to='sales@groups.localhost/Mercutio'><x xmlns='http://jabber.org/protocol/muc'/>" + named + "</presence>"},
		{m.mercutio, "<message type='groupchat' id='p' to='sales@groups.localhost'><body>b</body>" + named + "</message>"},
		{m.romeo, admin("nick='Mercutio' role='none'")},
		{m.romeo, "<presence type='unavailable' to='sales@groups.localhost/Montague'>" + named + "</presence>"},
		{m.romeo, "<iq type='set' id='d' to='sales@groups.localhost'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy><reason>r</reason></destroy></query></iq>"},
	} {
		x.u.ask(x.stanza)
		look(x.stanza)
	}
	if seen < 40 {
		t.Errorf("the guest got %d stanzas: too few for this to mean anything", seen)
	}
}
