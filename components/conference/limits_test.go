package conference_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

const stanzas = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"

// full is the answer to a login when all places are taken; it says so.
func full(t *testing.T, srv *xmpptest.Server, token, want string) {
	t.Helper()
	_, failure := srv.Anonymous(token)
	if failure == nil {
		t.Error("a guest is let in")
		return
	}
	if got := string(failure.Raw()); !strings.Contains(got, "<temporary-auth-failure/>") || !strings.Contains(got, want) {
		t.Errorf("%s instead of %q", got, want)
	}
}

// TestAGroupHasPlaces: guests.per_group, and what an administrator says about one group.
func TestAGroupHasPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, a := start(t, conference.Config{PerGroup: 2}, muc.Config{})
		token := open(t, c)
		first := enter(srv.Visit(token), "First")
		enter(srv.Visit(token), "Second")
		full(t, srv, token, "all places for guests of this group are taken")
		if d, err := c.Door(ctx, token, netip.Addr{}); err != nil || !d.Full || d.Name != "Sales" || d.Room != sales {
			t.Errorf("%+v, %v", d, err)
		}
		a.limit(sales, 3)
		third := enter(srv.Visit(token), "Third")
		full(t, srv, token, "all places")
		// Who leaves for good makes place.
		first.Close()
		synctest.Wait()
		if d, err := c.Door(ctx, token, netip.Addr{}); err != nil || d.Full {
			t.Errorf("%+v, %v", d, err)
		}
		a.limit(sales, 2)
		full(t, srv, token, "all places")
		// One who has logged in and comes too late is refused by the room.
		a.limit(sales, 3)
		late := srv.Visit(token)
		a.limit(sales, 2)
		late.Send("<presence to='sales@groups.example.org/Late'>" + muckx + "</presence>")
		late.Find("<presence type='error'><error type='wait'><service-unavailable " + stanzas + "/>…</error></presence>")
		_ = third
	})
}

// TestTheServerHasPlaces: guests.total, on two servers, which count together.
func TestTheServerHasPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{Total: 3})
		token := open(t, c[0])
		g, err := c[1].Create(ctx, conference.New{Name: "Other", Owners: []jid.JID{romeo}})
		if err != nil {
			t.Fatal(err)
		}
		other, err := c[1].SetGuests(ctx, romeo, g.Room, true)
		if err != nil {
			t.Fatal(err)
		}
		srv[0].Visit(token)
		srv[1].Visit(other.Access.Token)
		last := srv[1].Visit(token)
		time.Sleep(time.Second)
		for i := range srv {
			full(t, srv[i], token, "all places for guests are taken")
			if got := c[i].Counts(); got != (conference.Counts{Public: 2, Guests: 3, Places: 3}) {
				t.Errorf("server %d: %+v", i, got)
			}
		}
		last.Close()
		time.Sleep(time.Second)
		srv[0].Visit(other.Access.Token)
		// The guests of a server that has died take no place.
		srv[1].Kill()
		time.Sleep(time.Minute)
		srv[0].Visit(token)
		if n := c[0].Counts().Guests; n != 3 {
			t.Errorf("%d guests", n)
		}
	})
}

// TestLoginsOfOneAddress: guests.logins_per_minute. An IPv6 network is one address, and loopback is none.
func TestLoginsOfOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c, _ := start(t, conference.Config{LoginsPerMinute: 3}, muc.Config{})
		token := open(t, c)
		for name, x := range map[string]struct {
			addr func(i int) string
			want int // of 10
		}{
			"one address":       {func(int) string { return "192.0.2.1" }, 3},
			"many addresses":    {func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }, 10},
			"one IPv6 network":  {func(i int) string { return fmt.Sprintf("2001:db8::%d", i) }, 3},
			"IPv4 in IPv6":      {func(int) string { return "::ffff:192.0.2.9" }, 3},
			"loopback":          {func(int) string { return "127.0.0.1" }, 10},
			"IPv6 loopback too": {func(int) string { return "::1" }, 10},
		} {
			n := 0
			for i := range 10 {
				if _, err := c.Admit(ctx, token, netip.MustParseAddr(x.addr(i))); err == nil {
					n++
				} else if !fault.Is(err, fault.Limit) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n != x.want {
				t.Errorf("%s: %d are let in", name, n)
			}
		}
		time.Sleep(20 * time.Second)
		if _, err := c.Admit(ctx, token, netip.MustParseAddr("192.0.2.1")); err != nil {
			t.Errorf("after 20 seconds: %v", err)
		}
		// Who logs in and never binds a resource does not hold a place for ever.
		if n := c.Counts().Guests; n != 40 {
			t.Errorf("%d guests", n)
		}
		time.Sleep(3 * time.Minute)
		if n := c.Counts().Guests; n != 0 {
			t.Errorf("%d guests later", n)
		}
	})
}

// TestGuessingTokensIsThrottled, at the login and at the door alike.
func TestGuessingTokensIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c, _ := start(t, conference.Config{}, muc.Config{})
		token := open(t, c)
		addr := netip.MustParseAddr("192.0.2.1")
		tries := 0
		for {
			_, err := c.Door(ctx, fmt.Sprintf("token-%d", 1000+tries), addr)
			if fault.Is(err, fault.Limit) {
				break
			}
			if !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			if tries++; tries > 1000 {
				t.Fatal("one may guess without end")
			}
		}
		if tries != 100 {
			t.Errorf("%d tries", tries)
		}
		if _, err := c.Door(ctx, token, addr); !fault.Is(err, fault.Limit) {
			t.Errorf("a link that exists: %v", err)
		}
		if _, err := c.Door(ctx, token, netip.MustParseAddr("192.0.2.2")); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
	})
}

// TestAGuestWhoFloods is told to be quiet: rooms.guest_messages_per_second, and how often he may enter.
func TestAGuestWhoFloods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := start(t, conference.Config{}, muc.Config{GuestMessagesPerSecond: 1})
		token := open(t, c)
		owner := enter(srv.Login("romeo"), "Romeo")
		flood := func(what, stanza, refusal string, passes int) {
			t.Helper()
			guest := enter(srv.Visit(token), "Visitor")
			synctest.Wait()
			owner.Drain()
			for range 50 {
				guest.Send(stanza)
			}
			synctest.Wait()
			heard, refused := 0, 0
			for _, p := range owner.Drain() {
				if strings.HasSuffix(p.From(), "/Visitor") {
					heard++
				}
			}
			for _, p := range guest.Drain() {
				if p.Type() == "error" && xmpptest.Match(refusal, p, map[string]string{}) == nil {
					refused++
				}
			}
			if heard > passes || refused < 50-passes {
				t.Errorf("%s: the others hear %d, %d are refused", what, heard, refused)
			}
			guest.Close()
			time.Sleep(time.Minute)
		}
		flood("messages", "<message type='groupchat' to='sales@groups.example.org'><body>x</body></message>",
			"<message type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></message>", 10)
		flood("private messages", "<message type='chat' to='sales@groups.example.org/Romeo'><body>x</body></message>",
			"<message type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></message>", 10)
		flood("presence", "<presence to='sales@groups.example.org/Visitor'><status>x</status></presence>",
			"<presence type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></presence>", 10)
		flood("entering again", "<presence to='sales@groups.example.org/Visitor'>"+muckx+"<status>x</status></presence>",
			"<presence type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></presence>", 10)
		flood("requests", "<iq type='get' id='1' to='sales@groups.example.org'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
			"<iq type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></iq>", 10)
		flood("leaving and entering", "<presence type='unavailable' to='sales@groups.example.org/Visitor'/><presence to='sales@groups.example.org/Visitor'>"+muckx+"</presence>",
			"<presence type='error'><error type='wait'><policy-violation "+stanzas+"/>…</error></presence>", 24) // 12 times in, 12 times out
	})
}

// TestAGuestWhoIsInNoRoomGoes after a while: he takes a place.
func TestAGuestWhoIsInNoRoomGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		token := open(t, c[0])
		in := enter(srv[1].Visit(token), "In")
		out := srv[1].Visit(token)
		time.Sleep(10*time.Minute + 10*time.Second)
		if got := out.Ended(); got != "connection-timeout" {
			t.Errorf("the session ended by %q", got)
		}
		in.Send("<message type='groupchat' to='sales@groups.example.org' id='1'><body>x</body></message>")
		in.Find("<message type='groupchat' id='1'>…</message>")
		if n := c[0].Counts().Guests; n != 1 {
			t.Errorf("%d guests", n)
		}
	})
}

// TestBannedGuestsFillNoLists: who comes back has another address.
func TestBannedGuestsFillNoLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := start(t, conference.Config{}, muc.Config{})
		token := open(t, c)
		owner := enter(srv.Login("romeo"), "Romeo")
		guest := enter(srv.Visit(token), "Visitor")
		admin := "<query xmlns='http://jabber.org/protocol/muc#admin'>"
		owner.Send("<iq type='set' id='1' to='sales@groups.example.org'>" + admin + "<item nick='Visitor' affiliation='outcast'/></query></iq>")
		owner.Find("<iq type='result' id='1'/>")
		if got := guest.Ended(); got != "policy-violation" {
			t.Errorf("the session ended by %q", got)
		}
		owner.Send("<iq type='get' id='2' to='sales@groups.example.org'>" + admin + "<item affiliation='outcast'/></query></iq>")
		owner.Find("<iq type='result' id='2'>" + admin + "</query></iq>")
		// The domain of the guests can be banned as a whole.
		owner.Send("<iq type='set' id='3' to='sales@groups.example.org'>" + admin + "<item jid='guest.example.org' affiliation='outcast'/></query></iq>")
		owner.Find("<iq type='result' id='3'/>")
		other := srv.Visit(token)
		other.Send("<presence to='sales@groups.example.org/Other'>" + muckx + "</presence>")
		other.Find("<presence type='error'><error type='auth'><forbidden " + stanzas + "/>…</error></presence>")
	})
}
