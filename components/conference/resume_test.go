package conference_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

var (
	ctx   = context.Background()
	sales = jid.MustParse("sales@groups.example.org")
	romeo = jid.MustParse("romeo@example.org")
)

// open makes the group sales, which is public, and gives its token.
func open(t *testing.T, c *conference.Service) (token string) {
	t.Helper()
	if _, err := c.Create(ctx, conference.New{Name: "Sales", Owners: []jid.JID{romeo}, Members: []jid.JID{jid.MustParse("juliet@example.org")}}); err != nil {
		t.Fatal(err)
	}
	g, err := c.SetGuests(ctx, romeo, sales, true)
	if err != nil {
		t.Fatal(err)
	}
	return g.Access.Token
}

const muckx = "<x xmlns='http://jabber.org/protocol/muc'/>"

// enter lets somebody enter the group, and takes all that he is told.
func enter(c *xmpptest.Client, nick string) *xmpptest.Client {
	c.Send("<presence to='sales@groups.example.org/" + nick + "'>" + muckx + "</presence>")
	c.Find("<presence from='sales@groups.example.org/" + nick + "'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/>…</x></presence>")
	c.Find("<message type='groupchat'><subject/></message>")
	c.Drain()
	return c
}

// visit is a guest with stream management, who has entered; id is that of his session.
func visit(srv *xmpptest.Server, token, nick string) (c *xmpptest.Client, id string) {
	c = srv.Visit(token)
	c.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	id, _ = c.Find("<enabled xmlns='urn:xmpp:sm:3'/>").Attr("id")
	return enter(c, nick), id
}

// TestAGuestComesBackUnderHisName, if within a minute.
func TestAGuestComesBackUnderHisName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := start(t, conference.Config{PerGroup: 1}, muc.Config{})
		token := open(t, c)
		owner := enter(srv.Login("romeo"), "Romeo")
		guest, id := visit(srv, token, "Visitor")
		guest.Cut()
		time.Sleep(30 * time.Second)
		owner.Drain()
		owner.Send("<message type='groupchat' to='sales@groups.example.org' id='1'><body>Still there?</body></message>")
		owner.Find("<message type='groupchat' id='1'>…</message>")
		// There is no other place: his own is kept for him.
		if _, failure := srv.Anonymous(token); failure == nil {
			t.Error("a second guest gets in")
		}
		local := guest.JID.Local()
		back, failure := srv.Anonymous(token + ":" + local + ":" + id)
		if failure != nil {
			t.Fatalf("he does not get back: %s", failure.Raw())
		}
		back.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>")
		back.Find("<resumed xmlns='urn:xmpp:sm:3'/>")
		back.Find("<message type='groupchat' id='1'><body>Still there?</body>…</message>")
		back.Send("<message type='groupchat' to='sales@groups.example.org' id='2'><body>Yes</body></message>")
		owner.Find("<message type='groupchat' id='2' from='sales@groups.example.org/Visitor'>…</message>")
		owner.Silent()
		// Later his session is over; the room knows.
		back.Cut()
		time.Sleep(61 * time.Second)
		owner.Find("<presence type='unavailable' from='sales@groups.example.org/Visitor'>…</presence>")
		again, failure := srv.Anonymous(token + ":" + local + ":" + id)
		if failure != nil {
			t.Fatalf("there is no place for a new guest: %s", failure.Raw())
		}
		if again.Bind("r").JID.Local() == local {
			t.Error("the session is over, and the name is given out again")
		}
	})
}

// TestNobodyComesBackAsSomebodyElse without the id of his session.
func TestNobodyComesBackAsSomebodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := start(t, conference.Config{}, muc.Config{})
		token := open(t, c)
		guest, id := visit(srv, token, "Visitor")
		local := guest.JID.Local()
		for _, trace := range []string{
			token + ":" + local, token + ":" + local + ":", token + ":" + local + ":wrong", token + "::" + id, token + ":" + strings.ToUpper(local) + ":" + id,
			token + ":" + local[:16] + ":" + id, token + ":" + local + "x:" + id, token + ":romeo:" + id,
		} {
			other, failure := srv.Anonymous(trace)
			if failure != nil {
				t.Errorf("%s: %s", trace, failure.Raw())
				continue
			}
			if j := other.Bind("x").JID; j.Local() == local || j.Local() == "romeo" {
				t.Errorf("%s: logged in as %s", trace, j)
			}
		}
		for _, trace := range []string{"", ":" + local + ":" + id, "token-2:" + local + ":" + id, "token-1 "} {
			if other, failure := srv.Anonymous(trace); failure == nil {
				t.Errorf("%q: logged in as %s", trace, other.Bind("x").JID)
			}
		}
	})
}

// TestAGuestComesBackToAnotherServer: the session that the first one has ends, and he enters again under the same name.
func TestAGuestComesBackToAnotherServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		token := open(t, c[0])
		guest, id := visit(srv[0], token, "Visitor")
		guest.Cut()
		synctest.Wait()
		back, failure := srv[1].Anonymous(token + ":" + guest.JID.Local() + ":" + id)
		if failure != nil {
			t.Fatalf("he does not get back: %s", failure.Raw())
		}
		back.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>")
		back.Find("<failed xmlns='urn:xmpp:sm:3'>…</failed>")
		if back.Bind(""); back.JID.Bare() != guest.JID.Bare() {
			t.Errorf("he is %s now", back.JID)
		}
		enter(back, "Visitor")
		time.Sleep(time.Second)
		for i := range c {
			if n := c[i].Counts().Guests; n != 1 {
				t.Errorf("server %d counts %d guests", i, n)
			}
		}
	})
}

// TestAGuestHasOneSession: a second one, which needs the id of the first, ends it.
func TestAGuestHasOneSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := start(t, conference.Config{}, muc.Config{})
		token := open(t, c)
		guest, id := visit(srv, token, "Visitor")
		back, _ := srv.Anonymous(fmt.Sprintf("%s:%s:%s", token, guest.JID.Local(), id))
		back.Bind("other")
		if got := guest.Ended(); got != "conflict" {
			t.Errorf("the first one ended by %q", got)
		}
		if n := c.Counts().Guests; n != 1 {
			t.Errorf("%d guests", n)
		}
	})
}
