package xmppd_test

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// team is a roster source in which all members see each other.
type team struct {
	name string

	mu      sync.Mutex
	members []jid.JID
	index   map[jid.JID]bool // of members; made when needed
	version int
}

func (s *team) has(who jid.JID) bool {
	if s.index == nil {
		s.index = map[jid.JID]bool{}
		for _, m := range s.members {
			s.index[m] = true
		}
	}
	return s.index[who]
}

func (s *team) item(contact jid.JID) xmppd.RosterItem {
	return xmppd.RosterItem{Contact: contact, Name: "team's " + contact.Local(), Groups: []string{s.name},
		Subscription: xmppd.SubscriptionTo | xmppd.SubscriptionFrom}
}

func (s *team) RosterItem(_ context.Context, owner, contact jid.JID) (xmppd.RosterItem, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner == contact || !s.has(owner) || !s.has(contact) {
		return xmppd.RosterItem{}, false, nil
	}
	return s.item(contact), true, nil
}

func (s *team) RosterItems(_ context.Context, owner jid.JID) (iter.Seq[xmppd.RosterItem], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var items []xmppd.RosterItem
	if s.has(owner) {
		for _, m := range s.members {
			if m != owner {
				items = append(items, s.item(m))
			}
		}
	}
	return slices.Values(items), nil
}

func (s *team) RosterVersion(context.Context, jid.JID) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Itoa(s.version), nil
}

const both = xmppd.SubscriptionTo | xmppd.SubscriptionFrom

// set replaces the members.
func (s *team) set(members ...string) (before, after []jid.JID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.members
	s.members, s.index = nil, nil
	for _, m := range members {
		s.members = append(s.members, jid.MustParse(m+"@example.org"))
	}
	s.version++
	return before, s.members
}

// change is set, and tells clients.
func (s *team) change(t *testing.T, srv *xmppd.Server, members ...string) {
	before, after := s.set(members...)
	err := srv.RosterChanged(srv.Context(), func(owner jid.JID) iter.Seq[xmppd.RosterChange] {
		return func(yield func(xmppd.RosterChange) bool) {
			for _, contact := range union(before, after) {
				c := xmppd.RosterChange{Contact: contact}
				if slices.Contains(before, owner) && slices.Contains(before, contact) {
					c.Before = both
				}
				if slices.Contains(after, owner) && slices.Contains(after, contact) {
					c.After = both
				}
				if owner != contact && c.Before != c.After && !yield(c) {
					return
				}
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func union(a, b []jid.JID) []jid.JID {
	all := slices.Concat(a, b)
	slices.SortFunc(all, jid.JID.Compare)
	return slices.Compact(all)
}

const getRoster = "<iq type='get' id='roster'><query xmlns='jabber:iq:roster' ver=''/></iq>"

func rosterOf(c *xmpptest.Client) *xmlstream.Packet {
	c.Send(getRoster)
	return c.Find("<iq type='result' id='roster'>…</iq>")
}

func TestRostersAreTheSumOfTheirSources(t *testing.T) {
	red := &team{name: "Red"}
	srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(red) })
	romeo, juliet := srv.Login("romeo"), srv.Login("juliet")
	rosterOf(romeo)
	rosterOf(juliet)
	romeo.Available()
	juliet.Available()
	romeo.Send("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' name='My love'><group>Mine</group></item></query></iq>")
	romeo.Find("<iq type='result' id='1'/>")
	romeo.Find("<iq type='set'>…</iq>")

	red.change(t, srv.Server, "romeo", "juliet", "nurse")
	romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' name='My love' subscription='both'><group>Mine</group><group>Red</group></item></query></iq>")
	romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='nurse@example.org' name='team&apos;s nurse' subscription='both'><group>Red</group></item></query></iq>")
	romeo.Find("<presence from='juliet@example.org/r' to='romeo@example.org'/>")
	juliet.Find("<presence from='romeo@example.org/r' to='juliet@example.org'/>")

	// Presence goes by the sum, at login too.
	nurse := srv.Login("nurse").Available()
	nurse.Find("<presence from='romeo@example.org/r'/>")
	nurse.Find("<presence from='juliet@example.org/r'/>")
	romeo.Find("<presence from='nurse@example.org/r'/>")

	// An own request to a member is granted by the server.
	nurse.Send("<presence type='subscribe' to='romeo@example.org'/>")
	nurse.Find("<presence type='subscribed' from='romeo@example.org'/>")

	// Members cannot be removed, but what is one's own can.
	romeo.Send("<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='nurse@example.org' subscription='remove'/></query></iq>")
	romeo.Find("<iq type='error' id='2'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
	romeo.Send("<iq type='set' id='3'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' subscription='remove'/></query></iq>")
	romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' name='team&apos;s juliet' subscription='both'><group>Red</group></item></query></iq>")
	romeo.Find("<iq type='result' id='3'/>")

	before, _ := rosterOf(romeo).First()
	ver, _ := before.Attr("ver")
	red.change(t, srv.Server, "romeo", "nurse")
	romeo.Find("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@example.org' subscription='remove'/></query></iq>")
	romeo.Find("<presence type='unavailable' from='juliet@example.org/r'/>")
	juliet.Find("<presence type='unavailable' from='romeo@example.org/r'/>")
	after, _ := rosterOf(romeo).First()
	if now, _ := after.Attr("ver"); now == ver || now == "" {
		t.Errorf("the version was %q and is %q", ver, now)
	}
	romeo.Send("<presence><status>among ourselves</status></presence>")
	nurse.Find("<presence from='romeo@example.org/r'><status>among ourselves</status></presence>")
	romeo.Find("<presence from='romeo@example.org/r'><status>among ourselves</status></presence>")
	juliet.Send("<iq type='get' id='end'><x xmlns='urn:test'/></iq>")
	for juliet.Next().ID() != "end" {
	}
	juliet.Silent()
}

// hall is a component that notes what it gets.
type hall struct{ got chan *xmppd.Stanza }

func (h hall) Deliver(_ context.Context, in *xmppd.Stanza) { h.got <- in }

func (h hall) expect(t *testing.T, pattern string) {
	t.Helper()
	in := <-h.got
	if err := xmpptest.Match(pattern, in.Packet, map[string]string{}); err != nil {
		t.Errorf("the component expects\n  %s\nand gets\n  %s\n%v", pattern, in.Packet.Raw(), err)
	}
}

func TestComponentsGetAndSendPresence(t *testing.T) {
	h := hall{make(chan *xmppd.Stanza, 100)}
	srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddComponent("hall.example.org", h) })
	romeo := srv.Login("romeo")
	rosterOf(romeo)
	romeo.Available()
	romeo.Send("<presence to='room@hall.example.org/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	h.expect(t, "<presence from='romeo@example.org/r' to='room@hall.example.org/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	srv.Route(xmlstream.MustParse("<presence from='room@hall.example.org/Nurse' to='romeo@example.org/r'/>"))
	romeo.Expect("<presence from='room@hall.example.org/Nurse' to='romeo@example.org/r'/>")
	srv.Route(xmlstream.MustParse("<presence from='room@hall.example.org/Nurse' to='romeo@example.org/none'/>"))
	srv.Route(xmlstream.MustParse("<presence from='room@hall.example.org/Nurse' to='nobody@example.org'/>"))
	srv.Route(xmlstream.MustParse("<presence type='error' from='room@hall.example.org/Nurse' to='romeo@example.org/r'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"))
	romeo.Expect("<presence type='error' from='room@hall.example.org/Nurse'>…</presence>")

	// Subscriptions between an account and a component's address.
	romeo.Send("<presence type='subscribe' to='gate@hall.example.org'/>")
	romeo.Expect("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='gate@hall.example.org' subscription='none' ask='subscribe'/></query></iq>")
	h.expect(t, "<presence type='subscribe' from='romeo@example.org' to='gate@hall.example.org'/>")
	srv.Route(xmlstream.MustParse("<presence type='subscribed' from='gate@hall.example.org' to='romeo@example.org'/>"))
	romeo.Expect("<presence type='subscribed' from='gate@hall.example.org'/>")
	romeo.Expect("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='gate@hall.example.org' subscription='to'/></query></iq>")
	srv.Route(xmlstream.MustParse("<presence type='probe' from='gate@hall.example.org' to='romeo@example.org'/>"))
	h.expect(t, "<presence type='unsubscribed' from='romeo@example.org' to='gate@hall.example.org'/>")
	srv.Route(xmlstream.MustParse("<presence type='subscribe' from='gate@hall.example.org' to='romeo@example.org'/>"))
	romeo.Expect("<presence type='subscribe' from='gate@hall.example.org'/>")
	romeo.Send("<presence type='subscribed' to='gate@hall.example.org'/>")
	romeo.Expect("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='gate@hall.example.org' subscription='both'/></query></iq>")
	h.expect(t, "<presence type='subscribed' from='romeo@example.org' to='gate@hall.example.org'/>")
	h.expect(t, "<presence from='romeo@example.org/r' to='gate@hall.example.org'/>")
	srv.Route(xmlstream.MustParse("<presence type='probe' from='gate@hall.example.org' to='romeo@example.org'/>"))
	h.expect(t, "<presence from='romeo@example.org/r' to='gate@hall.example.org'/>")
	phone := srv.Login("romeo/phone")
	phone.Available()
	h.expect(t, "<presence type='probe' from='romeo@example.org/phone' to='gate@hall.example.org'/>")
	h.expect(t, "<presence from='romeo@example.org/phone' to='gate@hall.example.org'/>")

	romeo.Cut()
	h.expect(t, "<presence type='unavailable' from='romeo@example.org/r' to='gate@hall.example.org'/>")
	h.expect(t, "<presence type='unavailable' from='romeo@example.org/r' to='room@hall.example.org/Romeo'/>")
}

func TestHooksKeepPresenceFromCrossing(t *testing.T) {
	quiet := jid.MustParse("tybalt@example.org")
	var mu sync.Mutex
	var initial, ended int
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		s.Hooks.Presence.Add(xmppd.Authorize, func(ev *xmppd.Presence) error {
			if ev.Side == xmppd.Inbound && ev.Owner == quiet || ev.Side == xmppd.Outbound && ev.To.Bare() == quiet {
				return xmppd.Errorf("not-acceptable", "")
			}
			return nil
		})
		s.Hooks.Presence.Add(xmppd.Rewrite, func(ev *xmppd.Presence) error {
			ev.Packet = ev.Packet.Rewrite(xmlstream.Rewrite{Append: []byte("<seen xmlns='urn:test'/>")})
			return nil
		})
		s.Hooks.Presence.Add(xmppd.Observe, func(ev *xmppd.Presence) error {
			mu.Lock()
			defer mu.Unlock()
			if ev.Initial {
				initial++
			}
			if ev.Packet.Type() == "unavailable" && ev.To.IsZero() {
				ended++
			}
			return nil
		})
		s.AddRosterSource(&team{members: []jid.JID{quiet, jid.MustParse("romeo@example.org"), jid.MustParse("juliet@example.org")}})
	})
	tybalt := srv.Login("tybalt")
	tybalt.Send("<presence/>")
	juliet, romeo := srv.Login("juliet"), srv.Login("romeo")
	juliet.Send("<presence/>")
	romeo.Send("<presence/>")
	juliet.Find("<presence from='romeo@example.org/r'><seen xmlns='urn:test'/></presence>")
	romeo.Send("<presence id='1' to='tybalt@example.org'/>")
	romeo.Find("<presence type='error' id='1'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
	romeo.Send("<presence id='2' type='subscribe' to='tybalt@example.org'/>")
	romeo.Find("<presence type='error' id='2'>…</presence>")
	romeo.Send("<presence><show>away</show></presence>")
	juliet.Find("<presence from='romeo@example.org/r'><show>away</show><seen xmlns='urn:test'/></presence>")
	tybalt.Find("<presence from='tybalt@example.org/r'><seen xmlns='urn:test'/></presence>")
	romeo.Cut()
	juliet.Find("<presence type='unavailable' from='romeo@example.org/r'/>")
	tybalt.Silent()
	srv.Stop()
	mu.Lock()
	defer mu.Unlock()
	if initial != 3 || ended != 3 {
		t.Errorf("%d sessions have become available and %d unavailable, want 3 and 3", initial, ended)
	}
}

func TestRostersAreLimited(t *testing.T) {
	srv := xmpptest.StartWith(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.RosterItems = 2 }})
	romeo := srv.Login("romeo")
	add := func(who string) {
		romeo.Send("<iq type='set' id='" + who + "'><query xmlns='jabber:iq:roster'><item jid='" + who + "@example.org'/></query></iq>")
	}
	add("a")
	romeo.Expect("<iq type='result' id='a'/>")
	add("b")
	romeo.Expect("<iq type='result' id='b'/>")
	add("c")
	romeo.Expect("<iq type='error' id='c'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
	romeo.Send("<presence type='subscribe' id='d' to='d@example.org'/>")
	romeo.Expect("<presence type='error' id='d'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></presence>")
	add("a")
	romeo.Expect("<iq type='result' id='a'/>")

	// Who has asked is no contact yet, and becomes one only where there is room.
	juliet := srv.Login("juliet")
	juliet.Send("<presence type='subscribe' to='romeo@example.org'/>")
	romeo.Available()
	romeo.Find("<presence type='subscribe' from='juliet@example.org'/>")
	romeo.Send("<presence type='subscribed' id='e' to='juliet@example.org'/>")
	// Find: the request may have come twice, live and as one that was pending when he became available.
	romeo.Find("<presence type='error' id='e'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></presence>")
}
